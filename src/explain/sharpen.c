/* Moments made exact: where the kernel told when it happened, a reading's interval shrinks to that. */
#include "explain/inquiry.h"

static bool meet(struct moment a, struct moment b)
{
	return a.lo_ns <= b.hi_ns && b.lo_ns <= a.hi_ns;
}

/*
 * The kernel's words within the interval: from the first of them to the last, each of which may be meant. What began to
 * be so began with the first, unless that was said before the interval.
 */
static bool told_of(const struct inquiry *q, const struct linked_rule *r, const struct onset *o,
	struct moment *ret)
{
	bool begins = o->node.indicator->how != SENSE_CHANGE, found = false;

	for (size_t i = 0; i < q->onsets->n; i++) {
		const struct onset *word = &q->onsets->items[i];
		struct moment burst = { word->node.began.lo_ns, word->node.ended.hi_ns };

		if (!word->event || word->node.who != o->node.who || !rule_is_to(r, word->sig) ||
			!meet(burst, o->node.began))
			continue;
		if (begins && burst.lo_ns >= o->node.began.lo_ns)
			burst.hi_ns = word->node.began.hi_ns;
		if (!found)
			*ret = burst;
		else if (!begins && burst.hi_ns > ret->hi_ns)
			ret->hi_ns = burst.hi_ns;
		found = true;
	}
	return found;
}

static void sharpen(const struct inquiry *q, struct onset *o)
{
	struct moment *began = &o->node.began, told = *began;

	if (o->event || o->from_start || began->lo_ns == BEFORE_THE_TAPE)
		return;
	for (unsigned i = 0; i < q->n_rules; i++) {
		const struct linked_rule *r = &q->rules[i];

		if (!r->rule->tells || !rule_is_from(r, o->sig) || !told_of(q, r, o, &told))
			continue;
		began->lo_ns = told.lo_ns > began->lo_ns ? told.lo_ns : began->lo_ns;
		began->hi_ns = told.hi_ns < began->hi_ns ? told.hi_ns : began->hi_ns;
	}
}

void moments_sharpen(struct inquiry *q)
{
	for (size_t i = 0; i < q->onsets->n; i++)
		sharpen(q, &q->onsets->items[i]);
}
