/* Marking what was ruled out. */
#include "score/mark.h"

/* The answer uses a member of the set other than this one: then the set is not denied. */
static bool uses_another(
	const struct coordinates *set, const struct coordinate *than, const struct coordinate *at)
{
	return !coordinate_covers(than, at) && set_covers(set, at);
}

static bool set_is_used(
	const struct coordinates *set, const struct answer *answer, const struct coordinate *than)
{
	for (size_t i = 0; i < answer->n_roots; i++)
		if (uses_another(set, than, &answer->candidates[i].at))
			return true;
	for (size_t i = 0; i < answer->n_links; i++)
		if (uses_another(set, than, &answer->links[i].from.at) ||
			uses_another(set, than, &answer->links[i].to.at))
			return true;
	for (size_t i = 0; i < answer->n_symptoms; i++)
		if (uses_another(set, than, &answer->symptoms[i].at))
			return true;
	return false;
}

static bool is_used_itself(const struct answer *answer, const struct coordinate *out)
{
	for (size_t i = 0; i < answer->n_roots; i++)
		if (coordinate_covers(out, &answer->candidates[i].at))
			return true;
	for (size_t i = 0; i < answer->n_links; i++)
		if (coordinate_covers(out, &answer->links[i].from.at) ||
			coordinate_covers(out, &answer->links[i].to.at))
			return true;
	return false;
}

/* An item said of all entities is said of those of the set too. */
static bool denies(const struct coordinates *set, const struct coordinate *out)
{
	for (size_t i = 0; i < set->n; i++)
		if (signal_covers(set->items[i].signal, out->signal) &&
			(entity_covers(set->items[i].entity, out->entity) ||
				entity_covers(out->entity, set->items[i].entity)))
			return true;
	return false;
}

static bool is_denied(
	const struct coordinates *set, const struct answer *answer, const struct coordinate *out)
{
	return denies(set, out) && (is_used_itself(answer, out) || !set_is_used(set, answer, out));
}

/* A node that no edge must reach may have stayed away: then it is right to say that it was flat. */
static bool must_be(const struct label *label, size_t node)
{
	for (size_t i = 0; i < label->n_edges; i++)
		if (label->edges[i].cause == node || label->edges[i].effect == node)
			return true;
	return label->n_edges == 0 && node == 0;
}

static bool contradicts(const struct label *label, const struct answer *answer,
	const struct answer_out *out, const struct mark *mark)
{
	if (out->reason == OUT_CONSEQUENCE)
		return mark->root != ROOT_RIGHT && denies(&label->root, &out->at);
	if (is_denied(&label->root, answer, &out->at))
		return true;
	for (size_t i = 0; i < label->n_chain; i++)
		if (must_be(label, i) && is_denied(&label->chain[i], answer, &out->at))
			return true;
	return false;
}

static void mark_precision(const struct label *label, const struct answer *answer,
	struct arena *arena, struct mark *mark)
{
	for (size_t i = 0; i < answer->n_outs; i++) {
		const struct answer_out *out = &answer->outs[i];
		bool wrong = contradicts(label, answer, out, mark);

		mark_count(mark, RULE_OUT_PRECISION, !wrong);
		if (wrong)
			mark_remark(mark, arena,
				"rules out %s of %s as %s, which is part of what happened",
				out->at.signal, out->at.entity, rule_out_names[out->reason]);
	}
}

/* A line that the log does not have at all is said of the host, and holds for each device. */
static bool is_said_of(const struct answer_out *out, const struct coordinate *at)
{
	return entity_covers(at->entity, out->at.entity) ||
	       entity_covers(out->at.entity, at->entity) ||
	       (strcmp(out->at.entity, "host") == 0 && strstr(out->at.signal, ".log."));
}

static bool is_out(const struct decoy *decoy, const struct answer *answer)
{
	for (size_t i = 0; i < answer->n_outs; i++) {
		const struct answer_out *out = &answer->outs[i];

		if (signal_covers(decoy->at.signal, out->at.signal) &&
			is_said_of(out, &decoy->at) && decoy->reasons & 1u << out->reason)
			return true;
	}
	return false;
}

void mark_outs(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	/* where nothing happened nothing can be ruled out wrongly: counting it would flatter */
	if (label->kind != CASE_HEALTHY)
		mark_precision(label, answer, arena, mark);
	for (size_t i = 0; i < label->n_decoys; i++) {
		bool out = is_out(&label->decoys[i], answer);

		mark->decoys++;
		mark->decoys_out += out;
		mark_count(mark, RULE_OUT_COVERAGE, out);
		if (!out)
			mark_remark(mark, arena,
				"the decoy %s of %s is not ruled out for a right reason",
				label->decoys[i].at.signal, label->decoys[i].at.entity);
	}
}
