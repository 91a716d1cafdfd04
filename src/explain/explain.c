/* Explain: from onsets, relations and rules to a report. */
#include "explain/explain.h"

#include <errno.h>

#include "base/clock.h"
#include "explain/inquiry.h"

static const double short_log_s = 60; /* an excerpt says little about what is usual */

static int find_suspects(struct inquiry *q)
{
	q->suspects = arena_take_zeroed(q->a, (q->onsets->n + 1) * sizeof(*q->suspects));
	if (!q->suspects)
		return -ENOMEM;
	for (size_t i = 0; i < q->onsets->n; i++) {
		const struct onset *o = &q->onsets->items[i];
		struct suspect *s = &q->suspects[q->n];

		if (o->node.indicator->role == CONTEXT)
			continue;
		s->onset = o;
		places_of(q, o->node.signal, o->node.who, o->node.sub, o->node.began, &s->places);
		q->n++;
	}
	return 0;
}

static void find_window(struct inquiry *q)
{
	const struct tape *tape = q->tape;
	struct report *r = q->report;
	bool ticks = tape->n_ticks > 0;

	if (ticks) {
		r->from_ns = tape->ticks[0].begin_ns;
		r->until_ns = tape->ticks[tape->n_ticks - 1].end_ns;
	} else if (tape->n_events) {
		r->from_ns = tape->events[0].lo_ns;
		r->until_ns = tape->events[tape->n_events - 1].hi_ns;
	}
	q->seconds = (double)(r->until_ns - r->from_ns) / (double)SECOND_NS;
	if (!ticks && q->seconds < short_log_s)
		q->seconds = short_log_s;
	if (q->seconds <= 0)
		q->seconds = 1;
	r->has_time = ticks || tape->clock != NO_STAMP;
	r->n_ticks = tape->n_ticks;
	r->n_events = tape->n_events;
	r->n_series = tape->n_series;
	r->dropped = tape->dropped + q->onsets->dropped;
	for (uint32_t i = 0; i < tape->n_ticks; i++)
		r->n_gaps += tape->ticks[i].gap;
}

/* ---- times as people know them ---- */

static void to_wall(const struct tape *tape, int64_t *at_ns)
{
	if (*at_ns != BEFORE_THE_TAPE && *at_ns != NOT_YET)
		tape_wall(tape, *at_ns, at_ns);
}

/* Last of all, when nothing is compared any more. */
static void show_wall_times(struct inquiry *q)
{
	int64_t wall;

	q->report->has_wall = tape_wall(q->tape, q->report->from_ns, &wall);
	if (!q->report->has_wall)
		return;
	for (size_t i = 0; i < q->onsets->n; i++) {
		struct node *node = &q->onsets->items[i].node;

		to_wall(q->tape, &node->began.lo_ns);
		to_wall(q->tape, &node->began.hi_ns);
		to_wall(q->tape, &node->ended.lo_ns);
		to_wall(q->tape, &node->ended.hi_ns);
	}
	to_wall(q->tape, &q->report->from_ns);
	to_wall(q->tape, &q->report->until_ns);
}

/* ---- the sentence ---- */

static const char *title_of(const struct node *node)
{
	return node->indicator->title ? node->indicator->title : node->what;
}

/* The first of what is felt that is not the root itself. */
static const struct node *felt_first(const struct report *r)
{
	for (size_t i = 0; i < r->n_symptoms; i++)
		if (!r->n_roots || r->symptoms[i] != r->roots[0].node)
			return r->symptoms[i];
	return NULL;
}

static const char *felt_text(const struct inquiry *q)
{
	const struct report *r = q->report;
	const struct node *felt = felt_first(r);
	str who;

	if (!felt)
		return r->n_symptoms ? "that is all that is felt" : "nothing is felt of it so far";
	who = entity_text(&q->tape->session->entities, felt->who);
	return arena_printf(q->a, "it is felt as: %s (%.*s)%s", title_of(felt), STR_ARG(who),
		r->n_symptoms > 1 ? " and more" : "");
}

static const char *root_text(const struct inquiry *q)
{
	const struct node *root = q->report->roots[0].node;
	str who = entity_text(&q->tape->session->entities, root->who);

	return arena_printf(q->a, "%.*s: %s; %s", STR_ARG(who), title_of(root), felt_text(q));
}

static const char *summary(const struct inquiry *q)
{
	const struct report *r = q->report;

	if (r->n_roots)
		return root_text(q);
	if (r->n_unexplained && r->n_alternatives)
		return arena_printf(
			q->a, "%s, and what would decide could not be read", felt_text(q));
	if (r->n_unexplained)
		return arena_printf(
			q->a, "%s, and nothing that was seen explains it", felt_text(q));
	if (r->n_symptoms)
		return "work ended, and nothing shows that any was waiting";
	return "nothing was seen that hurts, or that is about to";
}

int explain(const struct tape *tape, const struct onsets *onsets,
	const struct knowledge *const *known, struct arena *a, struct report *ret)
{
	struct inquiry q = {
		.tape = tape, .onsets = onsets, .known = known, .a = a, .report = ret
	};

	*ret = (struct report){ .session = tape->session };
	find_window(&q);
	if (relations_index(&q) < 0 || rules_link(&q) < 0)
		return -ENOMEM;
	moments_sharpen(&q);
	if (find_suspects(&q) < 0 || edges_find(&q) < 0 || verdict_find(&q) < 0 ||
		rule_outs_find(&q) < 0 || unchecked_find(&q) < 0)
		return -ENOMEM;
	ret->summary = summary(&q);
	show_wall_times(&q);
	return 0;
}
