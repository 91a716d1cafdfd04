/* What was ruled out, and by which counter: one reason each, and never what was not read. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "explain/inquiry.h"
#include "model/reading.h"

enum { RULED_OUT = 4096 };

struct ruling {
	struct inquiry *q;
	struct ruled_out *list;
	size_t n;
	const struct onset *felt; /* the first symptom; NULL: nothing is felt */
};

static void add(struct ruling *r, uint16_t sig, uint32_t who, enum rule_out reason, bool near,
	const char *evidence)
{
	if (r->n < RULED_OUT)
		r->list[r->n++] =
			(struct ruled_out){ catalog_get(&r->q->tape->session->catalog, sig), who,
				reason, evidence, near };
	else
		r->q->report->dropped++;
}

static bool is_root(const struct inquiry *q, uint16_t sig, uint32_t who)
{
	for (size_t i = 0; i < q->report->n_roots; i++) {
		const struct node *node = q->report->roots[i].node;

		if (node->who == who &&
			node->signal == catalog_get(&q->tape->session->catalog, sig))
			return true;
	}
	return false;
}

/* By rule and place it could have led to something of the case. */
static bool could_lead(
	const struct ruling *r, const struct places *places, uint16_t sig, unsigned where)
{
	const struct inquiry *q = r->q;

	for (unsigned i = 0; i < q->n_rules; i++) {
		if (!rule_is_from(&q->rules[i], sig))
			continue;
		for (uint32_t s = 0; s < q->n; s++) {
			const struct suspect *suspect = &q->suspects[s];

			if ((suspect->explained_by || is_hard_symptom(suspect->onset)) &&
				rule_is_to(&q->rules[i], suspect->onset->sig) &&
				places_meet(q, places, &suspect->places,
					q->rules[i].rule->where & where))
				return true;
		}
	}
	return false;
}

/* What may be anywhere is not near. */
static bool is_near(const struct ruling *r, const struct places *places, uint16_t sig)
{
	return could_lead(r, places, sig, ~(unsigned)ANYWHERE);
}

/* ---- did not move ---- */

static uint32_t tick_at(const struct tape *tape, int64_t at_ns)
{
	uint32_t i = 0;

	while (i + 1 < tape->n_ticks && tape->ticks[i + 1].begin_ns <= at_ns)
		i++;
	return i;
}

/* Growth of all cells of (sig, who) between two ticks; false when it went back or was not there. */
static bool growth_of(const struct tape *tape, uint16_t sig, uint32_t who, uint32_t from,
	uint32_t to, double *ret)
{
	const struct signal *signal = catalog_get(&tape->session->catalog, sig);

	*ret = 0;
	for (uint32_t at = tape->first[sig]; at; at = tape->series[at - 1].next) {
		const struct series *s = &tape->series[at - 1];
		uint32_t hint = 0;
		int64_t a, b;
		uint64_t grown;

		if (s->who != who)
			continue;
		if (!series_value(s, from, &hint, &a) || !series_value(s, to, &hint, &b) ||
			counter_growth(signal, a, b, &grown) != GREW)
			return false;
		*ret += (double)grown;
	}
	return true;
}

struct contrast {
	double without, with; /* a second */
	double seconds_without, seconds_with;
	bool counts; /* of things, not of time: chance is known */
};

/* The last tick until then in which the signal was read; the first one at all if there is none. */
static uint32_t read_tick(const struct tape *tape, uint16_t sig, uint32_t until)
{
	uint32_t i = until;

	while (i > 0 && !tape_was_read(tape, sig, i))
		i--;
	while (i < tape->n_ticks && !tape_was_read(tape, sig, i))
		i++;
	return i;
}

static double seconds_from(const struct tape *tape, uint32_t a, uint32_t b)
{
	return (double)(tape->ticks[b].begin_ns - tape->ticks[a].begin_ns) / (double)SECOND_NS;
}

static bool contrast_of(const struct ruling *r, uint16_t sig, uint32_t who, struct contrast *ret)
{
	const struct tape *tape = r->q->tape;
	const struct moment *end = &r->felt->node.ended;
	uint32_t first = read_tick(tape, sig, 0);
	uint32_t from = read_tick(tape, sig, tick_at(tape, r->felt->node.began.lo_ns));
	uint32_t to = read_tick(
		tape, sig, end->lo_ns == NOT_YET ? tape->n_ticks - 1 : tick_at(tape, end->hi_ns));
	double without, with;

	if (from <= first || to <= from || to == tape->n_ticks ||
		!growth_of(tape, sig, who, first, from, &without) ||
		!growth_of(tape, sig, who, from, to, &with))
		return false;
	ret->seconds_without = seconds_from(tape, first, from);
	ret->seconds_with = seconds_from(tape, from, to);
	ret->counts = unit_seconds(catalog_get(&tape->session->catalog, sig)->unit) == 0;
	ret->without = without / ret->seconds_without;
	ret->with = with / ret->seconds_with;
	return true;
}

/* It was read at or after the moment in which the first symptom showed: before, it may have been still. */
static bool was_read_since(const struct ruling *r, uint16_t sig)
{
	const struct tape *tape = r->q->tape;
	uint32_t shown;

	if (!r->felt || tape->n_ticks == 0)
		return true;
	shown = tick_at(tape, r->felt->node.began.lo_ns);
	if (shown + 1 < tape->n_ticks)
		shown++;
	for (uint32_t i = shown; i < tape->n_ticks; i++)
		if (tape_was_read(tape, sig, i))
			return true;
	return false;
}

/*
 * Two Poisson rates: their square roots differ by less than chance allows, or by too little to
 * matter. What differs is not ruled out, whatever the detectors thought of it.
 */
static bool is_invariant(const struct contrast *c)
{
	double z = 2 * (sqrt(c->with) - sqrt(c->without)) /
		   sqrt(1 / c->seconds_with + 1 / c->seconds_without);

	return (c->counts && fabs(z) < 1.96) ||
	       (c->with < 1.25 * c->without && c->with > 0.8 * c->without);
}

static const char *rate_text(const struct signal *signal, double rate, char out[READING_TEXT])
{
	double unit = unit_seconds(signal->unit);

	return reading_format(signal, unit > 0 ? rate * unit : rate, out);
}

static void rule_out_moving(struct ruling *r, const struct watched *w, bool near)
{
	const struct signal *signal = catalog_get(&r->q->tape->session->catalog, w->sig);
	char a[READING_TEXT], b[READING_TEXT];
	struct contrast c;

	if (!r->felt)
		return;
	if (signal->kind != COUNTER) {
		add(r, w->sig, w->who, OUT_INVARIANT, near,
			"it was so from the start, with and without the symptom");
		return;
	}
	if (!contrast_of(r, w->sig, w->who, &c) || !is_invariant(&c))
		return;
	add(r, w->sig, w->who, OUT_INVARIANT, near,
		arena_printf(r->q->a, "%s without, %s with the symptom",
			rate_text(signal, c.without, a), rate_text(signal, c.with, b)));
}

static void rule_out_still(struct ruling *r, const struct watched *w, bool near)
{
	const struct signal *signal = catalog_get(&r->q->tape->session->catalog, w->sig);
	char text[READING_TEXT];
	const char *evidence;

	if (!was_read_since(r, w->sig))
		return;
	/* a share below its level may have moved all the same */
	if (w->indicator->how == SENSE_SHARE && w->high > w->indicator->floor / 3) {
		rule_out_moving(r, w, near);
		return;
	}
	if (w->indicator->how == SENSE_NOISY && w->high > 0) {
		rule_out_moving(r, w, near);
		return;
	}
	if (w->low > w->high)
		evidence = arena_printf(r->q->a, "the same in %u readings", w->samples);
	else if (w->high == 0 || w->low == w->high)
		evidence = arena_printf(r->q->a, "%s in %u readings",
			reading_format(signal, w->high, text), w->samples);
	else
		evidence = arena_printf(r->q->a, "at most %s in %u readings",
			reading_format(signal, w->high, text), w->samples);
	add(r, w->sig, w->who, OUT_FLAT, near, evidence);
}

/* ---- moved ---- */

static const struct suspect *suspect_of(const struct inquiry *q, const struct watched *w)
{
	const struct suspect *found = NULL;

	for (uint32_t i = 0; i < q->n; i++) {
		const struct suspect *s = &q->suspects[i];

		if (s->onset->sig != w->sig || s->onset->node.who != w->who)
			continue;
		if (s->explained_by)
			return s;
		found = found && !found->onset->from_start ? found : s;
	}
	return found;
}

static const char *later_text(const struct ruling *r, const struct suspect *s)
{
	return arena_printf(r->q->a, "it began %.1f s or more after the first symptom",
		(double)(s->onset->node.began.lo_ns - r->felt->node.began.hi_ns) /
			(double)SECOND_NS);
}

/* It was there, and what it leads to takes less time than went by. */
static const char *earlier_text(const struct ruling *r, const struct suspect *s)
{
	return arena_printf(r->q->a,
		"it began %.1f s or more before the first symptom, longer than its effect takes",
		fmax(0, (double)(r->felt->node.began.lo_ns - s->onset->node.began.hi_ns) /
				(double)SECOND_NS));
}

static bool is_alternative(const struct inquiry *q, const struct suspect *s)
{
	for (size_t i = 0; i < q->report->n_alternatives; i++)
		if (q->report->alternatives[i].node == &s->onset->node)
			return true;
	return false;
}

static bool leads_anywhere(const struct inquiry *q, uint16_t sig)
{
	for (unsigned i = 0; i < q->n_rules; i++)
		if (rule_is_from(&q->rules[i], sig))
			return true;
	return false;
}

static void rule_out_moved(
	struct ruling *r, const struct watched *w, const struct suspect *s, bool near)
{
	struct inquiry *q = r->q;

	if (s->explained_by) {
		add(r, w->sig, w->who, OUT_CONSEQUENCE, false,
			arena_printf(q->a, "%s explains it",
				q->report->roots[s->explained_by - 1].node->signal->name));
	} else if (is_alternative(q, s) || !r->felt || is_symptom(s->onset)) {
		return;
	} else if (s->onset->from_start) {
		rule_out_moving(r, w, near);
	} else if (s->onset->node.began.lo_ns > r->felt->node.began.hi_ns) {
		add(r, w->sig, w->who, OUT_TOO_LATE, near, later_text(r, s));
	} else if (s->too_small) {
		add(r, w->sig, w->who, OUT_TOO_SMALL, near,
			arena_printf(q->a, "%llu of it cost %.3g ms each at most",
				(unsigned long long)s->onset->node.count, w->indicator->cost_ms));
	} else if (!s->out && could_lead(r, &s->places, w->sig, ~0u)) {
		add(r, w->sig, w->who, OUT_TOO_LATE, near, earlier_text(r, s));
	} else if (!s->out && leads_anywhere(q, w->sig)) {
		add(r, w->sig, w->who, OUT_WRONG_PLACE, false,
			"no path leads from it to what is felt");
	}
}

/* Two indicators may look at one signal: what moved for one of them is not flat for the other. */
static bool is_told_already(const struct inquiry *q, const struct watched *w)
{
	for (const struct watched *o = q->onsets->watched;
		o < q->onsets->watched + q->onsets->n_watched; o++)
		if (o != w && o->sig == w->sig && o->who == w->who &&
			(o->onsets > w->onsets || (o->onsets == w->onsets && o < w)))
			return true;
	return false;
}

static void rule_out_watched(struct ruling *r, const struct watched *w)
{
	struct inquiry *q = r->q;
	const struct suspect *s = w->onsets ? suspect_of(q, w) : NULL;
	struct places places;
	bool near;

	if ((w->indicator->role != CAUSE && w->indicator->role != LINK) ||
		is_root(q, w->sig, w->who) || is_told_already(q, w))
		return;
	places_of(q, catalog_get(&q->tape->session->catalog, w->sig), w->who, 0,
		r->felt ? r->felt->node.began : (struct moment){ BEFORE_THE_TAPE, NOT_YET },
		&places);
	near = is_near(r, &places, w->sig);
	if (s)
		rule_out_moved(r, w, s, near);
	else if (w->samples > 1 && w->unknown * 10 < w->samples)
		rule_out_still(r, w, near);
}

/* A log that was read and has no such line rules it out, as far as logs do; so does a listener that heard nothing. */
static void rule_out_silent(struct ruling *r, const struct indicator *in)
{
	struct inquiry *q = r->q;
	uint16_t sig = catalog_find(&q->tape->session->catalog, str_of(in->signal));
	uint32_t host = names_find(&q->tape->session->entities.names, STR("host"));

	if (in->how != SENSE_EVENT || sig == SIGNAL_NONE || host == ENTITY_NONE ||
		(in->role != CAUSE && in->role != LINK) || unread_reason(q, sig))
		return;
	for (size_t i = 0; i < q->onsets->n_watched; i++)
		if (q->onsets->watched[i].sig == sig)
			return;
	add(r, sig, host, OUT_FLAT, false,
		is_heard(q, sig) ? "no such notification came" : "no such line in the log");
}

static void find_felt(struct ruling *r)
{
	for (uint32_t i = 0; i < r->q->n && !r->felt; i++)
		if (is_hard_symptom(r->q->suspects[i].onset))
			r->felt = r->q->suspects[i].onset;
}

int rule_outs_find(struct inquiry *q)
{
	struct ruling r = { .q = q, .list = arena_take(q->a, RULED_OUT * sizeof(*r.list)) };

	if (!r.list)
		return -ENOMEM;
	find_felt(&r);
	for (size_t i = 0; i < q->onsets->n_watched; i++)
		rule_out_watched(&r, &q->onsets->watched[i]);
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < q->known[layer]->n_indicators; i++)
			rule_out_silent(&r, &q->known[layer]->indicators[i]);
	q->report->ruled_out = r.list;
	q->report->n_ruled_out = r.n;
	return 0;
}
