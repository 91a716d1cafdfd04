/* Marking the verdict, the root, honesty and calibration. */
#include "score/mark.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void mark_count(struct mark *mark, enum measure_id id, bool good)
{
	mark->tallies[id].good += good;
	mark->tallies[id].all += 1;
}

void mark_remark(struct mark *mark, struct arena *arena, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!mark->remarks)
		mark->remarks = arena_take(arena, MARK_REMARKS * sizeof(*mark->remarks));
	if (!mark->remarks || mark->n_remarks == MARK_REMARKS)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < mark->n_remarks; i++)
		if (strcmp(mark->remarks[i], text) == 0)
			return;
	mark->remarks[mark->n_remarks++] = arena_printf(arena, "%s", text);
}

static bool is_allowed(const struct label *label, enum conclusion verdict)
{
	return label->verdicts & 1u << verdict;
}

static bool first_root_right(const struct label *label, const struct answer *answer)
{
	return answer->n_roots && set_covers(&label->root, &answer->candidates[0].at);
}

static bool among_three(const struct label *label, const struct answer *answer)
{
	for (size_t i = 0; i < answer->n_candidates && i < 3; i++)
		if (set_covers(&label->root, &answer->candidates[i].at))
			return true;
	return false;
}

enum root_mark mark_root(const struct label *label, const struct answer *answer)
{
	if (first_root_right(label, answer))
		return ROOT_RIGHT;
	if (label->root.n && among_three(label, answer))
		return ROOT_IN_TOP3;
	return answer->n_roots ? ROOT_WRONG : ROOT_NONE;
}

static bool is_entity_right(const struct label *label, const struct answer *answer)
{
	for (size_t i = 0; answer->n_roots && i < label->root.n; i++)
		if (entity_covers(label->root.items[i].entity, answer->candidates[0].at.entity))
			return true;
	return false;
}

static bool leaves_open(const struct answer *answer)
{
	return answer->verdict == UNDETERMINED || answer->verdict == POSSIBLE;
}

/* Nobody could know, and the answer does not claim to. */
static bool is_excused(const struct label *label, const struct answer *answer)
{
	return (label_is_root_unread(label) || is_allowed(label, UNDETERMINED)) &&
	       leaves_open(answer) && !answer->n_roots;
}

static void mark_roots(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	const struct coordinate *want = &label->root.items[0], *got;

	mark->entity_right = is_entity_right(label, answer);
	if (is_excused(label, answer))
		return;
	mark_count(mark, ROOT_TOP1, mark->root == ROOT_RIGHT);
	mark_count(mark, ROOT_TOP3, mark->root == ROOT_RIGHT || mark->root == ROOT_IN_TOP3);
	mark_count(mark, ROOT_ENTITY, mark->entity_right);
	if (mark->root == ROOT_RIGHT)
		return;
	if (!answer->n_roots) {
		mark_remark(
			mark, arena, "names no root; it was %s of %s", want->signal, want->entity);
		return;
	}
	got = &answer->candidates[0].at;
	mark_remark(mark, arena, "names %s of %s as the root; it was %s of %s", got->signal,
		got->entity, want->signal, want->entity);
}

static void mark_faulty(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	bool detected = answer->verdict != NO_FAULT;

	mark_count(mark, DETECTION_RECALL, detected);
	if (detected)
		mark_count(mark, DETECTION_PRECISION, true);
	mark_roots(label, answer, arena, mark);
	mark_chain(label, answer, arena, mark);
}

static void mark_healthy(const struct label *label, const struct answer *answer,
	struct arena *arena, struct mark *mark)
{
	bool quiet = is_allowed(label, answer->verdict) && !answer->n_roots;

	mark_count(mark, HEALTHY_QUIET, quiet);
	if (!quiet)
		mark_count(mark, DETECTION_PRECISION, false);
	mark->tallies[ROOTS_PER_DAY] =
		(struct tally){ (double)answer->n_roots, answer->span_s / 86400 };
	for (size_t i = 0; i < answer->n_roots; i++)
		mark_remark(mark, arena, "names a root where there is none: %s of %s",
			answer->candidates[i].at.signal, answer->candidates[i].at.entity);
	if (answer->span_s <= 0)
		mark_remark(mark, arena,
			"does not say how long the window was: it adds nothing to roots_per_day");
}

/* Its symptom did not move, so nobody can say what a good answer is; a wrong root is a bad one. */
static void mark_void(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark)
{
	if (answer->n_roots && mark->root != ROOT_RIGHT)
		mark_roots(label, answer, arena, mark);
}

static bool is_ruled_out(const struct answer *answer, const char *pattern)
{
	for (size_t i = 0; i < answer->n_outs; i++)
		if (signal_covers(pattern, answer->outs[i].at.signal))
			return true;
	return false;
}

/* What was not checked may be said of many at once, "psi.*". */
static bool is_unchecked(const struct answer *answer, const char *pattern)
{
	for (size_t i = 0; i < answer->n_unchecked; i++)
		if (signal_covers(pattern, answer->unchecked[i].signal) ||
			signal_covers(answer->unchecked[i].signal, pattern))
			return true;
	return false;
}

static void mark_honesty(const struct label *label, const struct answer *answer,
	struct arena *arena, struct mark *mark)
{
	for (size_t i = 0; i < label->n_missing; i++) {
		const char *missing = label->missing[i];
		bool claims = is_ruled_out(answer, missing);
		bool honest = !claims && is_unchecked(answer, missing);

		mark_count(mark, HONESTY, honest);
		if (!honest)
			mark_remark(mark, arena, "%s could not be read, and the answer %s", missing,
				claims ? "rules it out" : "does not say so");
	}
	if (label_is_root_unread(label)) {
		bool honest = leaves_open(answer) || mark->root == ROOT_RIGHT;

		mark_count(mark, HONESTY, honest);
		if (!honest)
			mark_remark(mark, arena, "the root could not be read, and the answer is %s",
				conclusion_names[answer->verdict]);
	}
}

static void mark_calibration(const struct answer *answer, struct mark *mark)
{
	if (answer->verdict == CONFIRMED)
		mark_count(mark, CONFIRMED_RIGHT, mark->root == ROOT_RIGHT);
	if (answer->verdict == LIKELY)
		mark_count(mark, LIKELY_RIGHT, mark->root == ROOT_RIGHT);
}

static void mark_verdict(const struct label *label, const struct answer *answer,
	struct arena *arena, struct mark *mark)
{
	bool right = is_allowed(label, answer->verdict) || is_excused(label, answer);

	mark_count(mark, VERDICT, right);
	if (!right)
		mark_remark(mark, arena, "the verdict %s is none that the label allows",
			conclusion_names[answer->verdict]);
}

void mark_case(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *ret)
{
	*ret = (struct mark){
		.name = label->name,
		.kind = label->kind,
		.is_void = label_is_void(label),
		.verdict = answer->verdict,
		.root = mark_root(label, answer),
		.likely_s = -1,
		.explain_s = -1,
	};
	if (ret->is_void) {
		mark_void(label, answer, arena, ret);
		if (answer->n_roots)
			mark_calibration(answer, ret);
		return;
	}
	if (label->kind == CASE_HEALTHY)
		mark_healthy(label, answer, arena, ret);
	else
		mark_faulty(label, answer, arena, ret);
	mark_verdict(label, answer, arena, ret);
	mark_outs(label, answer, arena, ret);
	mark_honesty(label, answer, arena, ret);
	mark_calibration(answer, ret);
}

void mark_variant(const struct label *label, const struct answer *answer,
	const struct variation *variation, struct arena *arena, struct mark *mark)
{
	enum root_mark root = mark_root(label, answer);
	bool sound = answer->verdict != CONFIRMED || root == ROOT_RIGHT;

	mark->variants[mark->n_variants++] =
		(struct variant){ variation->name, answer->verdict, root };
	mark_count(mark, DEGRADED_SOUND, sound);
	if (!sound)
		mark_remark(mark, arena, "%s: a wrong root is confirmed", variation->name);
	if (mark->kind == CASE_HEALTHY || mark->is_void || mark->root != ROOT_RIGHT)
		return;
	if (!variation->root_gone)
		mark_count(mark, variation->sampled ? SAMPLED_TOP1 : DEGRADED_TOP1,
			root == ROOT_RIGHT);
}

bool mark_is_right(const struct label *label, const struct answer *answer)
{
	bool says_so = answer->verdict == CONFIRMED || answer->verdict == LIKELY ||
		       is_allowed(label, answer->verdict);

	return says_so && first_root_right(label, answer);
}

void mark_time(struct mark *mark, double seconds)
{
	mark->likely_s = seconds;
	mark_count(mark, TIME_TO_LIKELY, isfinite(seconds));
}
