/* Hypotheses: were this the root, what would have to follow, what of it did, and what did not? */
#include <errno.h>
#include <math.h>

#include "explain/inquiry.h"

/* In dB. What is not said to come from elsewhere is a judgement of ours, and stands here to be read. */
static const double must_follows = 0.9, may_follow = 0.5; /* chance of an effect, given the cause */
static const double only_by_shortcut = -6;                /* what lies between was not seen */
static const double of_a_shortcut = 0.05, out_of_order = 0.1;
static const double least_chance = 1e-4; /* of an effect without the cause */
static const double of_anything = 5; /* what may come from anywhere on the host comes more often */
static const double most_a_signal = 12, most_a_layer = 20;
/* something must have caused what is not a cause, and nothing that was seen did */
static const double prior_of_cause = 3, prior_of_link = -6, prior_of[ORIGINS] = { 0, 2, 4, 6 };
static const double nobody_saw_it_begin = -10, felt = 6, most_felt = 18;
static const double may_is_flat = -1.5; /* most effects that may follow mostly do not */
static const double ended_together = 6, outlived = -6, harmless_before = -6, most_harmless = -12;
static const double recovers_within_s = 15;

double log_ratio_db(double a, double b)
{
	return 10 * log10(a / b);
}

bool is_symptom(const struct onset *o)
{
	return (o->node.indicator->role == SYMPTOM || o->node.indicator->felt) && !o->from_start;
}

bool is_hard_symptom(const struct onset *o)
{
	return is_symptom(o) && o->shape != IDLE && o->shape != SLOWED;
}

static double cap(double value, double most)
{
	return value > most ? most : value < -most ? -most : value;
}

/* How wide the moment is in which the effect could have begun and still count. */
static double window_s(const struct inquiry *q, const struct rule *rule, const struct onset *cause,
	const struct onset *effect)
{
	const struct moment *m = &effect->node.began;
	double width = m->lo_ns == BEFORE_THE_TAPE ? 0 : seconds(m->hi_ns, m->lo_ns);

	return (rule->lag_max_ms - rule->lag_min_ms) / 1e3 + width + again_s(q, cause);
}

/* How often the same began elsewhere on the tape: its chance to fall into the window by itself. */
static double chance_of(const struct inquiry *q, const struct rule *rule, const struct onset *cause,
	const struct onset *effect)
{
	double others = 0.05; /* what never happened may */

	for (size_t i = 0; i < q->onsets->n; i++) {
		const struct onset *o = &q->onsets->items[i];

		others += o != effect && o->sig == effect->sig && o->node.who == effect->node.who &&
			  o->node.sub == effect->node.sub;
	}
	if (rule->where & ANYWHERE)
		others *= of_anything;
	return fmin(
		0.5, fmax(least_chance, others * window_s(q, rule, cause, effect) / q->seconds));
}

static double chance_given(const struct rule *rule)
{
	return rule->need == MUST ? must_follows : may_follow;
}

static int layer_of(const struct inquiry *q, const struct onset *o)
{
	return catalog_layer(&q->tape->session->catalog, o->sig);
}

struct scoring {
	struct inquiry *q;
	struct hypothesis *h;
	double by_layer[LAYERS];
	uint32_t *queue, n_queue;
};

static void score_effect(struct scoring *s, const struct edge *e)
{
	const struct onset *cause = s->q->suspects[e->from].onset;
	const struct onset *effect = s->q->suspects[e->to].onset;
	const struct rule *rule = s->q->rules[e->rule].rule;
	int layer = layer_of(s->q, effect);
	double gain = effect->from_start ? 1
					 : log_ratio_db(chance_given(rule),
						   chance_of(s->q, rule, cause, effect));

	if (layer >= 0)
		s->by_layer[layer] += fmax(0, cap(gain, most_a_signal));
	s->h->sticky |= rule->sticky;
}

static void reach(struct scoring *s, uint32_t edge)
{
	const struct edge *e = &s->q->edges[edge];

	if (s->h->reached[e->to])
		return;
	s->h->reached[e->to] = true;
	s->h->via[e->to] = edge + 1;
	s->queue[s->n_queue++] = e->to;
	score_effect(s, e);
}

/* Did an effect of this rule follow this suspect? */
static bool has_effect(const struct inquiry *q, uint32_t from, const struct linked_rule *r)
{
	for (uint32_t at = q->suspects[from].out; at; at = q->edges[at - 1].next_out)
		if (rule_is_to(r, q->suspects[q->edges[at - 1].to].onset->sig))
			return true;
	return false;
}

static double score_absence(struct scoring *s, uint32_t from, bool is_root)
{
	struct inquiry *q = s->q;
	const struct suspect *cause = &q->suspects[from];
	double sum = 0;

	for (unsigned i = 0; i < q->n_rules; i++) {
		const struct linked_rule *r = &q->rules[i];
		bool must = r->rule->need == MUST;

		if (!rule_is_from(r, cause->onset->sig) || (!must && !is_root) ||
			has_effect(q, from, r) || !effect_was_watched(q, cause, r))
			continue;
		sum += must ? log_ratio_db(1 - must_follows, 1 - least_chance) : may_is_flat;
		s->h->must_missing += must;
		s->h->flat += !must;
	}
	return fmax(sum, -most_a_layer);
}

static double score_layers(struct scoring *s)
{
	double sum = 0;

	for (unsigned layer = 0; layer < LAYERS; layer++)
		sum += fmin(s->by_layer[layer], most_a_layer);
	return sum;
}

/* Its cause may be another host, which nobody here can see. */
bool may_come_by_wire(const struct inquiry *q, uint16_t sig)
{
	for (unsigned i = 0; i < q->n_rules; i++)
		if (q->rules[i].from_wire && rule_is_to(&q->rules[i], sig))
			return true;
	return false;
}

/* How often the same begins elsewhere on the tape: what is common is there by chance. */
static double score_rarity(
	const struct inquiry *q, const struct hypothesis *h, const struct onset *root)
{
	unsigned others = 1;

	for (uint32_t i = 0; i < q->n; i++) {
		const struct onset *o = q->suspects[i].onset;

		others += o != root && o->sig == root->sig && !h->reached[i] && !o->from_start;
	}
	return -10 * log10(others);
}

static double score_prior(const struct inquiry *q, const struct onset *o)
{
	const struct indicator *in = o->node.indicator;
	double role = in->role == CAUSE             ? prior_of_cause
		      : may_come_by_wire(q, o->sig) ? 0
						    : prior_of_link;

	return prior_of[in->origin] + role + (o->from_start ? nobody_saw_it_begin : 0);
}

/* It was there before, and nobody felt anything. */
static double score_exposure(const struct scoring *s, const struct onset *root)
{
	const struct inquiry *q = s->q;
	double sum = 0;

	for (uint32_t i = 0; i < q->n; i++) {
		const struct onset *o = q->suspects[i].onset;

		if (o != root && o->sig == root->sig && o->node.who == root->node.who &&
			o->node.sub == root->node.sub &&
			o->node.began.hi_ns < root->node.began.lo_ns && !s->q->suspects[i].out)
			sum += harmless_before;
	}
	return fmax(sum, most_harmless);
}

static bool is_over_at_once(const struct onset *o)
{
	return o->shape == HAPPENED || o->node.indicator->how == SENSE_CHANGE;
}

/* Did what is felt end when the root did? */
static double score_recovery(const struct scoring *s, const struct onset *root)
{
	const struct inquiry *q = s->q;
	double sum = 0;

	if (root->node.ended.lo_ns == NOT_YET || is_over_at_once(root))
		return 0;
	for (uint32_t i = 0; i < q->n; i++) {
		const struct onset *o = q->suspects[i].onset;

		if (!s->h->reached[i] || !is_hard_symptom(o))
			continue;
		if (o->node.ended.lo_ns == NOT_YET)
			sum += s->h->sticky ? 0 : outlived;
		else if (seconds(o->node.ended.lo_ns, root->node.ended.hi_ns) < recovers_within_s &&
			 seconds(o->node.ended.hi_ns, root->node.ended.lo_ns) > -1)
			sum += ended_together;
	}
	return cap(sum, ended_together);
}

/*
 * Work that just ended needs no cause. What is a cause for certain may have ended it; what is only a
 * link somewhere is no reason to think so.
 */
bool explains(const struct inquiry *q, uint32_t root, uint32_t symptom)
{
	const struct onset *o = q->suspects[symptom].onset;

	return is_symptom(o) &&
	       (q->suspects[root].onset->node.indicator->role == CAUSE || o->shape != IDLE);
}

static double count_reached(struct scoring *s)
{
	struct inquiry *q = s->q;
	unsigned n_felt = 0;
	uint32_t layers = 0; /* one bit each */

	for (uint32_t i = 0; i < q->n; i++) {
		int layer = layer_of(q, q->suspects[i].onset);

		if (!s->h->reached[i] && i != s->h->suspect)
			continue;
		layers |= layer >= 0 ? 1u << layer : 0;
		s->h->n_symptoms += s->h->reached[i] && explains(q, s->h->suspect, i);
		n_felt += s->h->reached[i] && is_symptom(q->suspects[i].onset) &&
			  q->suspects[i].onset->shape != IDLE;
	}
	s->h->n_layers = (unsigned)__builtin_popcount(layers);
	return fmin(felt * n_felt, most_felt);
}

/* All that a suspect leads to, found once. */
static const uint64_t *find_ends(struct inquiry *q, uint32_t from)
{
	uint64_t *ends = arena_take_zeroed(q->a, (q->n / 64 + 1) * sizeof(*ends));
	uint32_t *queue = arena_take(q->a, (q->n + 1) * sizeof(*queue)), n = 0;

	if (!ends || !queue)
		return NULL;
	queue[n++] = from;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t at = q->suspects[queue[i]].out; at; at = q->edges[at - 1].next_out) {
			uint32_t to = q->edges[at - 1].to;

			if (ends[to / 64] >> (to % 64) & 1)
				continue;
			ends[to / 64] |= UINT64_C(1) << (to % 64);
			if (to != from)
				queue[n++] = to;
		}
	return q->suspects[from].leads_to = ends;
}

/* Whether b is among what a leads to. */
static bool leads_to(struct inquiry *q, uint32_t a, uint32_t b)
{
	const uint64_t *ends = q->suspects[a].leads_to;

	if (!ends)
		ends = find_ends(q, a);
	return ends && (ends[b / 64] >> (b % 64) & 1);
}

static bool may_precede(const struct onset *cause, const struct onset *effect)
{
	return cause->from_start || cause->node.began.lo_ns <= effect->node.began.hi_ns;
}

/* How likely it is that an edge is the way it went. */
static double likelihood(const struct inquiry *q, const struct edge *e)
{
	const struct rule *rule = q->rules[e->rule].rule;
	double chance = rule->shortcut ? of_a_shortcut : chance_given(rule);

	return may_precede(q->suspects[e->from].onset, q->suspects[e->to].onset)
		       ? chance
		       : chance * out_of_order;
}

/*
 * The likeliest way from the root to a suspect. A shortcut is there for when what lies between could
 * not be seen. Where two things lead to each other the way does not turn back.
 */
static double way_to(struct scoring *s, uint32_t suspect, double *ways)
{
	struct inquiry *q = s->q;

	if (suspect == s->h->suspect)
		return 1;
	if (ways[suspect] > 0)
		return ways[suspect];
	ways[suspect] = least_chance; /* as it was reached at first */
	for (uint32_t at = q->suspects[suspect].in; at; at = q->edges[at - 1].next_in) {
		uint32_t parent = q->edges[at - 1].from;
		double way;

		if ((!s->h->reached[parent] && parent != s->h->suspect) ||
			leads_to(q, suspect, parent))
			continue;
		way = likelihood(q, &q->edges[at - 1]) * way_to(s, parent, ways);
		if (way >= ways[suspect]) {
			ways[suspect] = way;
			s->h->via[suspect] = at;
		}
	}
	return ways[suspect];
}

static int find_ways(struct scoring *s)
{
	double *ways = arena_take_zeroed(s->q->a, s->q->n * sizeof(*ways));

	for (uint32_t i = 0; ways && i < s->q->n; i++)
		if (s->h->reached[i])
			way_to(s, i, ways);
	return ways ? 0 : -ENOMEM;
}

/* Some symptom is reached only over what should lie between and was not seen. */
static double score_shortcuts(const struct scoring *s)
{
	const struct inquiry *q = s->q;

	for (uint32_t i = 0; i < q->n; i++)
		if (s->h->reached[i] && is_symptom(q->suspects[i].onset) &&
			q->rules[q->edges[s->h->via[i] - 1].rule].rule->shortcut)
			return only_by_shortcut;
	return 0;
}

int hypothesis_make(struct inquiry *q, uint32_t suspect, struct hypothesis *ret)
{
	struct scoring s = { .q = q, .h = ret };
	const struct onset *root = q->suspects[suspect].onset;
	double absent = 0;

	*ret = (struct hypothesis){
		.suspect = suspect,
		.reached = arena_take_zeroed(q->a, q->n * sizeof(*ret->reached)),
		.via = arena_take_zeroed(q->a, q->n * sizeof(*ret->via)),
	};
	s.queue = arena_take(q->a, (q->n + 1) * sizeof(*s.queue));
	if (!ret->reached || !ret->via || !s.queue)
		return -ENOMEM;
	ret->reached[suspect] = true;
	s.queue[s.n_queue++] = suspect;
	for (uint32_t i = 0; i < s.n_queue; i++) {
		/* edges were put in front of each other: the first found is the last in the list */
		for (uint32_t at = q->suspects[s.queue[i]].out; at; at = q->edges[at - 1].next_out)
			reach(&s, at - 1);
		absent += score_absence(&s, s.queue[i], i == 0);
	}
	ret->reached[suspect] = false;
	ret->score_db = score_prior(q, root) + score_rarity(q, ret, root) + score_layers(&s) +
			absent + count_reached(&s) + score_exposure(&s, root) +
			score_recovery(&s, root);
	if (find_ways(&s) < 0)
		return -ENOMEM;
	ret->score_db += score_shortcuts(&s);
	return 0;
}

/*
 * It may, by its role, and nothing that was seen explains it. In a circle the one that began first
 * leads.
 */
bool may_be_root(struct inquiry *q, uint32_t suspect)
{
	const struct onset *o = q->suspects[suspect].onset;
	enum role role = o->node.indicator->role;

	if (role != CAUSE && role != LINK)
		return false;
	for (uint32_t at = q->suspects[suspect].in; at; at = q->edges[at - 1].next_in) {
		uint32_t parent = q->edges[at - 1].from;

		if (!leads_to(q, suspect, parent) || parent < suspect)
			return false;
	}
	return true;
}
