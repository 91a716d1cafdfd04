/* Marking: what an answer is worth, held against the label of its case. Pure. */
#pragma once

#include "score/answer.h"
#include "score/measure.h"

/* Texts of the mark live in the arena. */
void mark_case(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *ret);

/* The parts of it. */
void mark_chain(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark);
void mark_outs(const struct label *label, const struct answer *answer, struct arena *arena,
	struct mark *mark);

enum root_mark mark_root(const struct label *label, const struct answer *answer);

/*
 * The case once more, with less to see. `root_gone`: what was taken away held the root, so nobody
 * need find it. `sampled`: thinned, nothing was taken away.
 */
struct variation {
	const char *name;
	bool root_gone, sampled;
};
void mark_variant(const struct label *label, const struct answer *answer,
	const struct variation *variation, struct arena *arena, struct mark *mark);

/* The answer is right and says so: what the time to it is measured for. */
bool mark_is_right(const struct label *label, const struct answer *answer);

/* The first right one came so many seconds after the injection; INFINITY: none came. */
void mark_time(struct mark *mark, double seconds);

void mark_count(struct mark *mark, enum measure_id id, bool good);
void mark_remark(struct mark *mark, struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
