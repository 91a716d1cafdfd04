/* Putting a case to whoever answers. */
#include "score/examine.h"

#include <errno.h>
#include <math.h>

#include "base/clock.h"
#include "base/own.h"

/* One case under examination. */
struct sitting {
	const struct examination *e;
	const struct corpus_case *c;
	struct arena *arena;  /* of the mark */
	struct arena answers; /* of one answer at a time: they are long, and there are many */
	const char *dir;
	const char *problem;
};

enum { ANSWER_BYTES = 512 << 20 };

static int ask(struct sitting *s, const struct question *q, struct answer *ret)
{
	OWN_MEMORY char *text = NULL;
	size_t size = 0;
	FILE *json;
	bool answered;

	if (recording_interrupted())
		return -EINTR;
	json = open_memstream(&text, &size);
	if (!json) {
		s->problem = "no memory for the answer; free some";
		return -EBADMSG;
	}
	answered = s->e->answerer->ask(q, json);
	if (fclose(json) != 0 || recording_interrupted())
		return recording_interrupted() ? -EINTR : -EBADMSG;
	if (!answered)
		return -EBADMSG;
	return answer_parse((str){ text, size },
		arena_printf(&s->answers, "the answer to %s", s->c->name), &s->answers, ret,
		&s->problem);
}

static struct question whole(const struct sitting *s)
{
	return (struct question){ .dir = s->dir, .without = -1 };
}

static int ask_right(struct sitting *s, const struct question *q, bool *ret_right)
{
	char *before = arena_mark(&s->answers);
	struct answer answer;
	int r = ask(s, q, &answer);

	if (r < 0)
		return r;
	*ret_right = mark_is_right(&s->c->label, &answer);
	arena_release(&s->answers, before);
	return 0;
}

/*
 * When was the first right one? Asked second by second: a verdict that comes may go again, so that
 * halving would find any right one.
 */
static int look_for_likely(struct sitting *s, const struct answer *full, struct mark *mark)
{
	const struct label *label = &s->c->label;
	double end_ns = (double)full->from_ns + full->span_s * (double)SECOND_NS;

	for (int second = 1; second <= EXAMINE_SECONDS; second++) {
		struct question q = whole(s);
		bool right;
		int r;

		q.clock = label->clock;
		q.until_ns = label->injected_ns + second * SECOND_NS;
		if ((double)q.until_ns > end_ns)
			break;
		r = ask_right(s, &q, &right);
		if (r < 0)
			return r;
		if (right) {
			mark_time(mark, second);
			return 0;
		}
	}
	mark_time(mark, INFINITY);
	return 0;
}

static int measure_time(struct sitting *s, const struct answer *full, struct mark *mark)
{
	const struct label *label = &s->c->label;
	double since_s = ((double)label->injected_ns - (double)full->from_ns) / (double)SECOND_NS;

	if (label->kind == CASE_HEALTHY || mark->is_void || label_is_root_unread(label))
		return 0;
	if (full->clock != label->clock || full->span_s <= 0) {
		mark_remark(mark, s->arena,
			"the label and the answer have different clocks: no time to a right likely");
		return 0;
	}
	if (since_s < 0 || since_s > full->span_s) {
		s->problem = arena_printf(s->arena,
			"%s: injected_at of label.json is not within the recording; correct it",
			s->c->name);
		return -EBADMSG;
	}
	if (mark_is_right(label, full))
		return look_for_likely(s, full, mark);
	mark_time(mark, INFINITY);
	return 0;
}

static bool is_given(const struct answerer *who, const char *pattern)
{
	for (int source = 0; who->source(source); source++)
		if (who->gives(source, pattern))
			return true;
	return false;
}

/* All acceptable roots that anybody could see come from this source. */
static bool takes_root(const struct answerer *who, int source, const struct label *label)
{
	bool takes = false;

	for (size_t i = 0; i < label->root.n; i++) {
		const char *signal = label->root.items[i].signal;

		if (who->gives(source, signal))
			takes = true;
		else if (is_given(who, signal))
			return false;
	}
	return takes;
}

static int vary(struct sitting *s, const struct question *q, const struct variation *variation,
	struct mark *mark)
{
	char *before = arena_mark(&s->answers);
	struct answer answer;
	int r = ask(s, q, &answer);

	if (r < 0)
		return r;
	mark_variant(&s->c->label, &answer, variation, s->arena, mark);
	arena_release(&s->answers, before);
	return 0;
}

static int degrade(struct sitting *s, struct mark *mark)
{
	const struct answerer *who = s->e->answerer;
	struct question q = whole(s);
	const char *source;
	int r;

	mark->variants = arena_take(s->arena, EXAMINE_VARIANTS * sizeof(*mark->variants));
	if (!mark->variants) {
		s->problem = "no memory for the variants; score a part with --only";
		return -EBADMSG;
	}
	for (q.without = 0; q.without < EXAMINE_VARIANTS - 1 && (source = who->source(q.without));
		q.without++) {
		struct variation variation = { arena_printf(s->arena, "without %s", source),
			takes_root(who, q.without, &s->c->label), false };

		r = vary(s, &q, &variation, mark);
		if (r < 0)
			return r;
	}
	q = whole(s);
	q.every_ns = 10 * SECOND_NS;
	return vary(s, &q, &(struct variation){ "every 10 s", false, true }, mark);
}

static void remark_unknown(struct sitting *s, const struct coordinates *set, struct mark *mark)
{
	for (size_t i = 0; i < set->n; i++)
		if (!is_given(s->e->answerer, set->items[i].signal))
			mark_remark(mark, s->arena,
				"label.json names %s, which no source of this build has",
				set->items[i].signal);
}

/* A slip of the pen in a label can never be matched: it would lower the score in silence. */
static void remark_all_unknown(struct sitting *s, struct mark *mark)
{
	const struct label *label = &s->c->label;

	remark_unknown(s, &label->symptom, mark);
	remark_unknown(s, &label->root, mark);
	for (size_t i = 0; i < label->n_chain; i++)
		remark_unknown(s, &label->chain[i], mark);
	for (size_t i = 0; i < label->n_decoys; i++)
		remark_unknown(s, &(struct coordinates){ &label->decoys[i].at, 1 }, mark);
	for (size_t i = 0; i < label->n_missing; i++) {
		struct coordinate at = { label->missing[i], "*" };

		remark_unknown(s, &(struct coordinates){ &at, 1 }, mark);
	}
}

static int examine_answerer(struct sitting *s, struct mark *ret)
{
	struct question q = whole(s);
	struct answer answer;
	int64_t begin_ns = clock_mono_ns();
	double took_s;
	int r = ask(s, &q, &answer);

	if (r < 0)
		return r;
	took_s = (double)(clock_mono_ns() - begin_ns) / (double)SECOND_NS;
	mark_case(&s->c->label, &answer, s->arena, ret);
	ret->explain_s = took_s;
	remark_all_unknown(s, ret);
	if (s->e->time)
		r = measure_time(s, &answer, ret);
	return r == 0 && s->e->degrade ? degrade(s, ret) : r;
}

static int examine_recording(struct sitting *s, struct mark *ret)
{
	struct recording recording = { 0 };
	int r = recording_open(s->c, s->arena, &recording, &s->problem);

	if (r < 0)
		return r;
	s->dir = recording.path;
	r = examine_answerer(s, ret);
	recording_close(&recording);
	return r;
}

static int examine_answers(struct sitting *s, struct mark *ret)
{
	const char *path = arena_printf(s->arena, "%s/%s.json", s->e->answers, s->c->name);
	struct answer answer;
	int r = answer_load(path, &s->answers, &answer, &s->problem);

	if (r == 0)
		mark_case(&s->c->label, &answer, s->arena, ret);
	return r;
}

int examine_case(const struct examination *e, const struct corpus_case *c, struct arena *arena,
	struct mark *ret, const char **ret_problem)
{
	struct sitting s = { .e = e, .c = c, .arena = arena };
	int r;

	if (arena_open(&s.answers, ANSWER_BYTES) < 0) {
		*ret_problem =
			"no memory for an answer; raise the limit on address space (ulimit -v)";
		return -EBADMSG;
	}
	r = e->answers ? examine_answers(&s, ret) : examine_recording(&s, ret);
	if (r < 0)
		*ret_problem = s.problem ? arena_printf(arena, "%s", s.problem) : NULL;
	arena_close(&s.answers);
	return r;
}
