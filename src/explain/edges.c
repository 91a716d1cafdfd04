/* Edges: which onset may have led to which, by rule, place and time. */
#include <errno.h>
#include <math.h>

#include "base/clock.h"
#include "explain/inquiry.h"

/* The kernel stamps its log by another clock than the one that the ticks have. */
static const double stamp_slack_s = 0.1;
static const int32_t long_lag_ms = 10000;

double seconds(int64_t later, int64_t earlier)
{
	return (double)(later - earlier) / (double)SECOND_NS;
}

/*
 * The effect began between to.lo and to.hi, the cause between from.lo and from.hi: so the lag lies
 * between the two differences. What was there from the start began at the first tick at the latest.
 */
void lag_of(const struct onset *from, const struct onset *to, double *ret_min_s, double *ret_max_s)
{
	const struct moment *f = &from->node.began, *t = &to->node.began;

	if (from->from_start && to->from_start) {
		*ret_min_s = -INFINITY;
		*ret_max_s = INFINITY;
		return;
	}
	*ret_min_s = to->from_start ? -INFINITY : seconds(t->lo_ns, f->hi_ns);
	*ret_max_s = seconds(t->hi_ns, from->from_start ? f->hi_ns : f->lo_ns);
}

/* What happened several times may have had its effect at any of them. */
double again_s(const struct inquiry *q, const struct onset *cause)
{
	const struct node *node = &cause->node;

	if (cause->from_start || node->count < 2)
		return 0;
	if (node->ended.lo_ns == NOT_YET)
		return fmax(0, seconds(q->report->until_ns, node->began.hi_ns));
	return fmax(0, seconds(node->ended.lo_ns, node->began.lo_ns));
}

static bool is_in_time(const struct inquiry *q, const struct rule *rule, const struct onset *from,
	const struct onset *to)
{
	double least, most;

	lag_of(from, to, &least, &most);
	return most >= rule->lag_min_ms / 1e3 - stamp_slack_s &&
	       least - again_s(q, from) <= rule->lag_max_ms / 1e3 + stamp_slack_s;
}

static void edge_add(struct inquiry *q, uint32_t from, uint32_t to, unsigned rule)
{
	struct suspect *f = &q->suspects[from], *t = &q->suspects[to];

	if (q->n_edges == EDGES_MOST) {
		q->report->dropped++;
		return;
	}
	for (uint32_t at = f->out; at; at = q->edges[at - 1].next_out)
		if (q->edges[at - 1].to == to)
			return;
	q->edges[q->n_edges] = (struct edge){ from, to, (uint16_t)rule, f->out, t->in };
	f->out = t->in = ++q->n_edges;
}

/* At most so much of the time can it have cost: too little to be felt in how much is moved. */
static bool is_too_small(const struct onset *from, const struct onset *to)
{
	const struct indicator *in = from->node.indicator;
	double lasted_s, cost_s = in->cost_ms / 1e3 * (double)from->node.count;
	int64_t end_ns = from->node.ended.hi_ns;

	if (in->cost_ms <= 0 || to->node.indicator->how != SENSE_TRAFFIC || from->from_start)
		return false;
	if (end_ns == NOT_YET)
		end_ns = to->node.began.hi_ns > from->node.began.hi_ns + 10 * SECOND_NS
				 ? to->node.began.hi_ns
				 : from->node.began.hi_ns + 10 * SECOND_NS;
	lasted_s = fmax(1, seconds(end_ns, from->node.began.lo_ns));
	return cost_s / lasted_s < 0.01;
}

/* By rule, place and time `from` may have led to `to`; a cause that is too small is noted. */
static bool is_possible(struct inquiry *q, const struct linked_rule *r, uint32_t from, uint32_t to)
{
	struct suspect *f = &q->suspects[from];
	const struct suspect *t = &q->suspects[to];
	bool too_small;

	if (from == to || !rule_is_from(r, f->onset->sig) ||
		!is_in_time(q, r->rule, f->onset, t->onset) ||
		!places_meet(q, &f->places, &t->places, r->rule->where))
		return false;
	too_small = is_too_small(f->onset, t->onset);
	f->too_small |= too_small;
	return !too_small;
}

/*
 * Where a rule allows much time, an effect belongs to the last cause before it: what the kernel
 * recovered from a minute ago does not explain what fails now.
 */
static bool is_outdated(
	const struct linked_rule *r, const struct onset *from, const struct onset *last)
{
	return r->rule->lag_max_ms > long_lag_ms && !rule_is_to(r, from->sig) &&
	       from->node.began.hi_ns < last->node.began.lo_ns;
}

/* `possible` has room for all suspects. */
static void find_causes(struct inquiry *q, unsigned rule, uint32_t to, uint32_t *possible)
{
	const struct linked_rule *r = &q->rules[rule];
	const struct onset *last = NULL;
	uint32_t n = 0;

	for (uint32_t from = 0; from < q->n; from++) {
		const struct onset *o = q->suspects[from].onset;

		if (!is_possible(q, r, from, to))
			continue;
		possible[n++] = from;
		if (!last || o->node.began.lo_ns > last->node.began.lo_ns)
			last = o;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!is_outdated(r, q->suspects[possible[i]].onset, last))
			edge_add(q, possible[i], to, rule);
}

int edges_find(struct inquiry *q)
{
	uint32_t *possible = arena_take(q->a, (q->n + 1) * sizeof(*possible));

	q->edges = arena_take(q->a, EDGES_MOST * sizeof(*q->edges));
	if (!q->edges || !possible)
		return -ENOMEM;
	for (unsigned rule = 0; rule < q->n_rules; rule++)
		for (uint32_t to = 0; to < q->n; to++)
			if (rule_is_to(&q->rules[rule], q->suspects[to].onset->sig))
				find_causes(q, rule, to, possible);
	return 0;
}

/* One cell of a watched signal is where the rule says that the effect shows. */
static bool meets_cell(const struct inquiry *q, const struct suspect *cause,
	const struct linked_rule *r, const struct watched *w, unsigned sub)
{
	struct places places;

	places_of(q, catalog_get(&q->tape->session->catalog, w->sig), w->who, sub,
		cause->onset->node.began, &places);
	return places_meet(q, &cause->places, &places, r->rule->where);
}

static bool meets_any_cell(const struct inquiry *q, const struct suspect *cause,
	const struct linked_rule *r, const struct watched *w)
{
	const struct tape *tape = q->tape;

	if (catalog_get(&tape->session->catalog, w->sig)->sub != BY_CPU)
		return meets_cell(q, cause, r, w, 0);
	for (uint32_t at = tape->first[w->sig]; at; at = tape->series[at - 1].next)
		if (tape->series[at - 1].who == w->who &&
			meets_cell(q, cause, r, w, tape->series[at - 1].sub))
			return true;
	return false;
}

bool effect_was_watched(
	const struct inquiry *q, const struct suspect *cause, const struct linked_rule *r)
{
	for (size_t i = 0; i < q->onsets->n_watched; i++) {
		const struct watched *w = &q->onsets->watched[i];

		/* a line that the log does not have says little: it is rate-limited, or was lost */
		if (rule_is_to(r, w->sig) && w->indicator->how != SENSE_EVENT && w->samples &&
			meets_any_cell(q, cause, r, w))
			return true;
	}
	return false;
}
