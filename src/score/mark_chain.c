/* Marking the chain: which of the label's edges were found, which links are false, and the order. */
#include "score/mark.h"

enum {
	NO_NODE = -1,
	A_FRIEND = -2,
	STEPS = 4 /* that a finer answer may put into one edge */
};                /* a friend: root or symptom of the label, no node of its chain */

struct pair {
	int from, to;
};

static int node_of(const struct label *label, const struct coordinate *at)
{
	for (size_t i = 0; i < label->n_chain; i++)
		if (set_covers(&label->chain[i], at))
			return (int)i;
	return set_covers(&label->root, at) || set_covers(&label->symptom, at) ? A_FRIEND : NO_NODE;
}

static bool is_linked(const struct label *label, const struct answer *answer, int from, int to)
{
	for (size_t i = 0; i < answer->n_links; i++)
		if (node_of(label, &answer->links[i].from.at) == from &&
			node_of(label, &answer->links[i].to.at) == to)
			return true;
	return false;
}

/* A step between two nodes: one that the label does not know, or one of those that stand between. */
static bool is_between(int node, int from, int to)
{
	return node < 0 || (node > from && node < to);
}

/*
 * The same, by way of steps between: a finer answer than the label's tells the same edge. From link
 * `at` on, which has been followed; at most so deep.
 */
static bool leads_on(const struct label *label, const struct answer *answer, size_t at, int from,
	int to, unsigned depth)
{
	int here = node_of(label, &answer->links[at].to.at);

	if (here == to)
		return true;
	if (!is_between(here, from, to) || depth == 0)
		return false;
	for (size_t i = 0; i < answer->n_links; i++)
		if (coordinate_same(&answer->links[i].from.at, &answer->links[at].to.at) &&
			leads_on(label, answer, i, from, to, depth - 1))
			return true;
	return false;
}

static bool is_found(const struct label *label, const struct answer *answer, int from, int to)
{
	for (size_t i = 0; i < answer->n_links; i++)
		if (node_of(label, &answer->links[i].from.at) == from &&
			leads_on(label, answer, i, from, to, STEPS))
			return true;
	return false;
}

static bool is_false(struct pair p, bool on_path)
{
	if (p.from >= 0 && p.to >= 0)
		return p.to < p.from;
	return on_path && (p.from == NO_NODE || p.to == NO_NODE);
}

/* The same link said twice is one mistake. */
static bool was_there(const struct answer *answer, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (coordinate_same(&answer->links[k].from.at, &answer->links[i].from.at) &&
			coordinate_same(&answer->links[k].to.at, &answer->links[i].to.at))
			return true;
	return false;
}

static bool is_unknown(const struct label *label, const struct coordinate *at)
{
	return node_of(label, at) == NO_NODE;
}

/* A step that the label does not know is one mistake, however many links lead to and from it. */
static bool was_counted(const struct label *label, const struct answer *answer, size_t i)
{
	const struct coordinate *from = &answer->links[i].from.at, *to = &answer->links[i].to.at;

	for (size_t k = 0; k < i; k++) {
		const struct answer_link *l = &answer->links[k];
		bool from_met =
			coordinate_same(&l->from.at, from) || coordinate_same(&l->to.at, from);
		bool to_met = coordinate_same(&l->from.at, to) || coordinate_same(&l->to.at, to);

		if (l->on_path &&
			((is_unknown(label, from) && from_met && !is_unknown(label, to)) ||
				(is_unknown(label, to) && to_met && !is_unknown(label, from))))
			return true;
	}
	return false;
}

static void mark_false_links(const struct label *label, const struct answer *answer,
	struct arena *arena, struct mark *mark)
{
	for (size_t i = 0; i < answer->n_links; i++) {
		const struct answer_link *link = &answer->links[i];
		struct pair p = { node_of(label, &link->from.at), node_of(label, &link->to.at) };

		if (!is_false(p, link->on_path) || was_there(answer, i) ||
			was_counted(label, answer, i))
			continue;
		mark->edges_false++;
		mark_remark(mark, arena, "%s: %s of %s -> %s of %s",
			p.from >= 0 && p.to >= 0 ? "a link the wrong way round"
						 : "a link that the label does not know",
			link->from.at.signal, link->from.at.entity, link->to.at.signal,
			link->to.at.entity);
	}
}

static void mark_edges(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	for (size_t i = 0; i < label->n_edges; i++) {
		const struct edge *e = &label->edges[i];

		mark->edges_expected++;
		if (is_found(label, answer, (int)e->cause, (int)e->effect))
			mark->edges_found++;
		else
			mark_remark(mark, arena, "the edge %s -> %s was not found",
				label->chain[e->cause].items[0].signal,
				label->chain[e->effect].items[0].signal);
	}
}

/* The earliest that the answer saw of a node. */
static bool see(const struct label *label, const struct answer_node *node, int wanted,
	struct moment *began, bool seen)
{
	if (node_of(label, &node->at) != wanted)
		return seen;
	if (!seen || node->began.hi_ns < began->hi_ns ||
		(node->began.hi_ns == began->hi_ns && node->began.lo_ns < began->lo_ns))
		*began = node->began;
	return true;
}

static bool node_began(
	const struct label *label, const struct answer *answer, int node, struct moment *ret)
{
	bool seen = false;

	for (size_t i = 0; i < answer->n_roots; i++)
		seen = see(label, &answer->candidates[i], node, ret, seen);
	for (size_t i = 0; i < answer->n_links; i++) {
		seen = see(label, &answer->links[i].from, node, ret, seen);
		seen = see(label, &answer->links[i].to, node, ret, seen);
	}
	for (size_t i = 0; i < answer->n_symptoms; i++)
		seen = see(label, &answer->symptoms[i], node, ret, seen);
	return seen;
}

static void mark_order(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	for (size_t i = 0; i < label->n_edges; i++) {
		int cause = (int)label->edges[i].cause, effect = (int)label->edges[i].effect;
		struct moment a, b;
		bool before, after, good;

		if (!node_began(label, answer, cause, &a) || !node_began(label, answer, effect, &b))
			continue;
		before = a.hi_ns <= b.lo_ns;
		after = b.hi_ns <= a.lo_ns;
		if (before == after) /* they overlap, or are the same instant: nobody can tell */
			continue;
		good = before && !is_linked(label, answer, effect, cause);
		mark_count(mark, ORDER, good);
		if (!good)
			mark_remark(mark, arena, "%s is seen before its cause %s",
				label->chain[effect].items[0].signal,
				label->chain[cause].items[0].signal);
	}
}

void mark_chain(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	double wrong;

	mark_edges(label, answer, arena, mark);
	mark_false_links(label, answer, arena, mark);
	wrong = (double)(mark->edges_false + mark->edges_expected - mark->edges_found);
	mark->tallies[CHAIN_F1].good = mark->edges_found;
	mark->tallies[CHAIN_F1].all = mark->edges_found + wrong / 2;
	mark_order(label, answer, arena, mark);
}
