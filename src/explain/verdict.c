/* The verdict: which roots cover what is felt, and how sure that is. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "explain/inquiry.h"

static const double confirmed_db = 20, likely_db = 10, worth_db = 10;
enum { CANDIDATES = 256, ALTERNATIVES = 8 };

struct trial {
	struct inquiry *q;
	struct hypothesis *all;
	size_t n;
	struct root *roots;
	struct hypothesis *chosen[ROOTS_MOST];
	size_t n_roots;
	struct alternative *alternatives;
};

static int find_hypotheses(struct trial *t)
{
	for (uint32_t i = 0; i < t->q->n; i++) {
		if (!may_be_root(t->q, i))
			continue;
		if (t->n == CANDIDATES)
			t->q->report->dropped++;
		else if (hypothesis_make(t->q, i, &t->all[t->n++]) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Symptoms that it reaches and no root before it covers. */
static unsigned uncovered(const struct inquiry *q, const struct hypothesis *h)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < q->n; i++)
		n += (h->reached[i] || i == h->suspect) && explains(q, h->suspect, i) &&
		     !q->suspects[i].explained_by;
	return n;
}

static bool is_explained(const struct inquiry *q, const struct hypothesis *h)
{
	return q->suspects[h->suspect].explained_by != 0;
}

/* One setting, changed in several places at once: all interrupts of a device, moved by one command. */
static bool is_one_act(const struct onset *x, const struct onset *y)
{
	return x->sig == y->sig && x->node.indicator->origin == CHANGED &&
	       x->node.began.lo_ns == y->node.began.lo_ns &&
	       x->node.began.hi_ns == y->node.began.hi_ns;
}

/* Two cells or counters of one entity that tell the same are not two answers. */
static bool is_the_same(
	const struct inquiry *q, const struct hypothesis *a, const struct hypothesis *b)
{
	const struct onset *x = q->suspects[a->suspect].onset, *y = q->suspects[b->suspect].onset;

	return is_one_act(x, y) ||
	       (x->node.who == y->node.who &&
		       catalog_layer(&q->tape->session->catalog, x->sig) ==
			       catalog_layer(&q->tape->session->catalog, y->sig));
}

/*
 * Beside a root, what is only a link somewhere is no second one: that it is left over says that
 * something was not explained, and no more.
 */
static bool is_left_over(const struct trial *t, const struct hypothesis *h)
{
	return t->n_roots > 0 && t->q->suspects[h->suspect].onset->node.indicator->role != CAUSE;
}

static struct hypothesis *best_of(struct trial *t)
{
	struct hypothesis *best = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct hypothesis *h = &t->all[i];

		if (is_explained(t->q, h) || is_left_over(t, h) || !uncovered(t->q, h))
			continue;
		if (!best || h->score_db > best->score_db)
			best = h;
	}
	return best;
}

/* The next best that would explain some of the same. */
static double next_db(const struct trial *t, const struct hypothesis *root)
{
	double next = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct hypothesis *h = &t->all[i];
		bool rivals = false;

		for (uint32_t s = 0; s < t->q->n && !rivals; s++)
			rivals = h->reached[s] && root->reached[s] &&
				 is_symptom(t->q->suspects[s].onset);
		if (h != root && rivals && !is_the_same(t->q, h, root) && h->score_db > next)
			next = h->score_db;
	}
	return next;
}

static void choose(struct trial *t, struct hypothesis *h)
{
	struct inquiry *q = t->q;

	t->chosen[t->n_roots] = h;
	t->roots[t->n_roots++] = (struct root){
		.node = &q->suspects[h->suspect].onset->node,
		.score_db = h->score_db,
		.over_next_db = h->score_db - next_db(t, h),
		.layers = h->n_layers,
	};
	for (uint32_t i = 0; i < q->n; i++)
		if ((h->reached[i] || i == h->suspect) && !q->suspects[i].explained_by)
			q->suspects[i].explained_by = (uint32_t)t->n_roots;
}

/* ---- how sure ---- */

/* Some rule says what may have caused it, and that could not be read. */
static bool has_open_cause(const struct inquiry *q, const struct hypothesis *h)
{
	uint16_t sig = q->suspects[h->suspect].onset->sig;

	for (unsigned i = 0; i < q->n_rules; i++) {
		const struct linked_rule *r = &q->rules[i];

		if (!rule_is_to(r, sig) || r->from_wire)
			continue;
		for (unsigned k = 0; k < r->n_from; k++)
			if (is_open_question(q, r->from[k]))
				return true;
	}
	return false;
}

static enum conclusion conclude(const struct inquiry *q, const struct hypothesis *h, double over)
{
	const struct onset *o = q->suspects[h->suspect].onset;
	bool cause = o->node.indicator->role == CAUSE;

	if (!cause && may_come_by_wire(q, o->sig))
		return over >= likely_db ? EXTERNAL : POSSIBLE;
	if (!cause && has_open_cause(q, h))
		return UNDETERMINED;
	if (cause && over >= confirmed_db && h->n_layers >= 2 && !h->must_missing &&
		!o->from_start && !has_open_cause(q, h))
		return CONFIRMED;
	return over >= likely_db ? LIKELY : POSSIBLE;
}

/* Of several roots the least sure one says how sure the whole is. */
static enum conclusion conclude_all(const struct trial *t)
{
	enum conclusion all = CONFIRMED;

	for (size_t i = 0; i < t->n_roots; i++) {
		enum conclusion c = conclude(t->q, t->chosen[i], t->roots[i].over_next_db);

		if (i == 0 || (c > all && c != EXTERNAL && all != EXTERNAL))
			all = c;
	}
	return all;
}

/* ---- a fault that nobody feels yet ---- */

/* How often it was, over all of its episodes and cells. */
static uint64_t count_of(const struct inquiry *q, const struct onset *root)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < q->n; i++) {
		const struct onset *o = q->suspects[i].onset;

		if (o->sig == root->sig && o->node.who == root->node.who)
			n += o->node.count;
	}
	return n;
}

static bool has_effect(const struct inquiry *q, const struct hypothesis *h)
{
	for (uint32_t i = 0; i < q->n; i++)
		if (h->reached[i])
			return true;
	return false;
}

static bool is_latent(const struct inquiry *q, const struct hypothesis *h)
{
	const struct onset *o = q->suspects[h->suspect].onset;
	const struct indicator *in = o->node.indicator;

	return in->role == CAUSE && !o->from_start && count_of(q, o) >= in->least &&
	       (in->origin == HARDWARE || (in->origin == HAZARD && has_effect(q, h)));
}

static void choose_latent(struct trial *t)
{
	while (t->n_roots < ROOTS_MOST) {
		struct hypothesis *best = NULL;

		for (size_t i = 0; i < t->n; i++)
			if (!is_explained(t->q, &t->all[i]) && is_latent(t->q, &t->all[i]) &&
				(!best || t->all[i].score_db > best->score_db))
				best = &t->all[i];
		if (!best)
			return;
		choose(t, best);
	}
}

/* ---- what is written down ---- */

static bool has_hard_symptom(const struct inquiry *q)
{
	for (uint32_t i = 0; i < q->n; i++)
		if (is_hard_symptom(q->suspects[i].onset))
			return true;
	return false;
}

static int list_symptoms(struct inquiry *q)
{
	const struct node **all = arena_take(q->a, (q->n + 1) * sizeof(*all));
	const struct node **rest = arena_take(q->a, (q->n + 1) * sizeof(*rest));

	if (!all || !rest)
		return -ENOMEM;
	q->report->symptoms = all;
	q->report->unexplained = rest;
	for (uint32_t i = 0; i < q->n; i++) {
		const struct suspect *s = &q->suspects[i];

		if (!is_symptom(s->onset))
			continue;
		all[q->report->n_symptoms++] = &s->onset->node;
		if (!s->explained_by && is_hard_symptom(s->onset))
			rest[q->report->n_unexplained++] = &s->onset->node;
	}
	return 0;
}

static const char *why_not(struct inquiry *q, const struct hypothesis *h)
{
	const char *text = "a fault of its own that nothing is felt of";

	if (h->n_symptoms)
		text = arena_printf(q->a, "it would explain %u of what is felt", h->n_symptoms);
	if (h->must_missing)
		text = arena_printf(q->a, "%s; %u of its effects must follow and did not", text,
			h->must_missing);
	if (h->flat)
		text = arena_printf(q->a, "%s; %u that may follow did not", text, h->flat);
	if (q->suspects[h->suspect].onset->from_start)
		text = arena_printf(q->a, "%s; it was there from the start", text);
	return text;
}

static int by_score(const void *a, const void *b)
{
	const struct hypothesis *x = *(const struct hypothesis *const *)a;
	const struct hypothesis *y = *(const struct hypothesis *const *)b;

	if (x->score_db != y->score_db)
		return x->score_db > y->score_db ? -1 : 1;
	return x->suspect < y->suspect ? -1 : x->suspect > y->suspect;
}

/* The others that would explain something, best first. */
static int list_alternatives(struct trial *t, double best_db)
{
	struct inquiry *q = t->q;
	const struct hypothesis **list = arena_take(q->a, (t->n + 1) * sizeof(*list));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++)
		if (!is_explained(q, &t->all[i]) &&
			(t->all[i].n_symptoms || is_latent(q, &t->all[i])))
			list[n++] = &t->all[i];
	qsort(list, n, sizeof(*list), by_score);
	for (size_t i = 0; i < n && i < ALTERNATIVES; i++)
		t->alternatives[q->report->n_alternatives++] = (struct alternative){
			.node = &q->suspects[list[i]->suspect].onset->node,
			.score_db = list[i]->score_db,
			.behind_db = best_db - list[i]->score_db,
			.why = why_not(q, list[i]),
		};
	q->report->alternatives = t->alternatives;
	return 0;
}

/* ---- the chain ---- */

static struct link link_of(const struct inquiry *q, const struct edge *e)
{
	const struct onset *from = q->suspects[e->from].onset, *to = q->suspects[e->to].onset;
	const struct rule *rule = q->rules[e->rule].rule;
	struct link link = { .from = &from->node, .to = &to->node, .rule = rule };

	lag_of(from, to, &link.lag_min_s, &link.lag_max_s);
	if (link.lag_min_s > rule->lag_max_ms / 1e3) /* after one of the later times */
		link.lag_min_s = 0;
	link.lag_min_s = fmax(link.lag_min_s, rule->lag_min_ms / 1e3);
	link.lag_max_s = fmin(link.lag_max_s, rule->lag_max_ms / 1e3);
	/* that the effect was sampled first says nothing; that it may have come first does not help */
	if (link.lag_min_s < 0 && link.lag_max_s > 0)
		link.lag_min_s = 0;
	return link;
}

/* Back from each symptom to the root: that is what the answer is about. */
static void mark_path(const struct inquiry *q, const struct hypothesis *h, bool *on_path)
{
	for (uint32_t i = 0; i < q->n; i++) {
		if (!h->reached[i] || !is_symptom(q->suspects[i].onset))
			continue;
		for (uint32_t at = i; at != h->suspect; at = q->edges[h->via[at] - 1].from)
			on_path[at] = true;
	}
}

static int list_links(struct trial *t)
{
	struct inquiry *q = t->q;
	struct link *links = arena_take(q->a, (q->n_edges + 1) * sizeof(*links));

	if (!links)
		return -ENOMEM;
	q->report->links = links;
	for (size_t r = 0; r < t->n_roots; r++) {
		const struct hypothesis *h = t->chosen[r];
		bool *on_path = arena_take_zeroed(q->a, q->n * sizeof(*on_path));

		if (!on_path)
			return -ENOMEM;
		mark_path(q, h, on_path);
		for (uint32_t i = 0; i < q->n; i++) {
			struct link *link = &links[q->report->n_links];

			if (!h->reached[i] || q->suspects[i].explained_by != r + 1)
				continue;
			*link = link_of(q, &q->edges[h->via[i] - 1]);
			link->on_path = on_path[i];
			q->report->n_links++;
		}
	}
	return 0;
}

/* ---- all of it ---- */

/*
 * A root of which what would decide could not be read is none: it stays an alternative, its chain is
 * not told as if it were one, and what it would explain is left unexplained. False: it was the first.
 */
static bool drop_undetermined(struct trial *t)
{
	size_t kept = 0;

	while (kept < t->n_roots &&
		conclude(t->q, t->chosen[kept], t->roots[kept].over_next_db) != UNDETERMINED)
		kept++;
	for (uint32_t i = 0; i < t->q->n; i++)
		if (t->q->suspects[i].explained_by > kept)
			t->q->suspects[i].explained_by = 0;
	t->n_roots = kept;
	return kept > 0;
}

static void choose_felt(struct trial *t)
{
	while (t->n_roots < ROOTS_MOST) {
		struct hypothesis *best = best_of(t);

		if (!best || best->score_db < worth_db)
			return;
		choose(t, best);
	}
}

static enum conclusion decide(struct trial *t)
{
	struct inquiry *q = t->q;

	choose_felt(t);
	if (t->n_roots)
		return drop_undetermined(t) ? conclude_all(t) : UNDETERMINED;
	if (has_hard_symptom(q))
		return UNDETERMINED;
	choose_latent(t);
	if (t->n_roots)
		return LATENT;
	/* what did not fit might have been anything */
	return q->onsets->dropped ? UNDETERMINED : NO_FAULT;
}

int verdict_find(struct inquiry *q)
{
	struct trial t = {
		.q = q,
		.all = arena_take(q->a, CANDIDATES * sizeof(*t.all)),
		.roots = arena_take(q->a, ROOTS_MOST * sizeof(*t.roots)),
		.alternatives = arena_take(q->a, ALTERNATIVES * sizeof(*t.alternatives)),
	};

	if (!t.all || !t.roots || !t.alternatives || find_hypotheses(&t) < 0)
		return -ENOMEM;
	q->report->verdict = decide(&t);
	q->report->roots = t.roots;
	q->report->n_roots = t.n_roots;
	if (list_links(&t) < 0 || list_symptoms(q) < 0 ||
		list_alternatives(&t, t.n_roots ? t.roots[0].score_db : 0) < 0)
		return -ENOMEM;
	return 0;
}
