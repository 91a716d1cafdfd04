/* faultline score: how right are the answers of explain, on recordings of which the truth is known? */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/say.h"
#include "cmd/replay.h"
#include "listen/listen.h"
#include "score/examine.h"
#include "score/scorecard.h"
#include "show/explain_json.h"

extern const struct command score_command;

enum { REQUIREMENTS = 64, SCORE_BYTES = 1 << 30 };

struct request {
	const char *dir, *only;
	bool json;
	struct requirement requirements[REQUIREMENTS];
	size_t n_requirements;
	struct examination examination;
};

/* ---- who answers: this build ---- */

/* Behind the collectors stand what is written in the log and what is heard beside it. */
static const char *source(int number)
{
	static const char *const more[] = { "log", "notifications" };
	size_t i = (size_t)number;

	if (i < n_collectors)
		return collectors[i]->name;
	i -= n_collectors;
	return i < sizeof(more) / sizeof(*more) ? more[i] : NULL;
}

static bool has_signal(const struct signal *table, size_t n, const char *pattern)
{
	for (size_t i = 0; i < n; i++)
		if (signal_covers(pattern, table[i].name))
			return true;
	return false;
}

/* What the log tells, and nothing else does, is of kind EVENT. */
static bool log_gives(const char *pattern)
{
	struct catalog log;
	bool gives = false;

	if (catalog_open(&log) < 0)
		return false;
	log_link_signals(&log);
	for (uint16_t id = 0; id < catalog_size(&log) && !gives; id++)
		gives = catalog_get(&log, id)->kind == EVENT &&
			signal_covers(pattern, catalog_get(&log, id)->name);
	catalog_close(&log);
	return gives;
}

static bool listeners_give(const char *pattern)
{
	for (size_t i = 0; i < n_listeners; i++)
		if (has_signal(listeners[i]->signals, listeners[i]->n_signals, pattern))
			return true;
	return false;
}

static bool collector_gives(const struct collector *c, const char *pattern)
{
	if (has_signal(c->signals, c->n_signals, pattern))
		return true;
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < knowledge[layer]->n_derives; i++) {
			const struct derive *d = &knowledge[layer]->derives[i];

			if (signal_covers(pattern, d->name) &&
				has_signal(c->signals, c->n_signals, d->of))
				return true;
		}
	return false;
}

static bool gives(int number, const char *pattern)
{
	size_t i = (size_t)number;

	if (i < n_collectors)
		return collector_gives(collectors[i], pattern);
	return i == n_collectors ? log_gives(pattern) : listeners_give(pattern);
}

static bool answer(struct replay *replay, const struct question *q, FILE *json)
{
	struct report report;

	if (replay->damage[0] || replay->tape.n_ticks == 0) {
		say("%s: %s; restore the recording, or record the case again", q->dir,
			replay->damage[0] ? replay->damage : "not one reading in it");
		return false;
	}
	if (!replay_explain(replay, &report))
		return false;
	if (explain_json(json, &report) == 0)
		return true;
	say("%s: no memory for the answer; free some", q->dir);
	return false;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool ask(const struct question *q, FILE *json)
{
	bool is_store = is_file(q->dir);
	struct replay_options options = {
		.root = is_store ? NULL : q->dir,
		.store = is_store ? q->dir : NULL,
		.withhold = q->without < 0 ? NULL : source(q->without),
		.thin_ns = q->every_ns,
		.window = { .last_ns = q->until_ns, .in_mono = q->clock == MONO_STAMP },
	};
	struct replay replay;
	bool answered;

	if (!replay_open(&options, &replay))
		return false;
	answered = answer(&replay, q, json);
	replay_close(&replay);
	return answered;
}

static const struct answerer this_build = { ask, source, gives };

/* ---- the corpus ---- */

static int print(const struct request *request, const struct scorecard *card)
{
	if (!request->json) {
		scorecard_text(stdout, card);
	} else if (scorecard_json(stdout, card) == -ENOMEM) {
		say("no memory for the score; free some, or score a part with --only");
		return EXIT_CANNOT;
	}
	for (size_t i = 0; i < card->n_requirements; i++)
		if (!requirement_met(&card->requirements[i], card->marks, card->n_marks))
			return EXIT_WARNING;
	return EXIT_FINE;
}

static int fail(const char *problem)
{
	if (problem)
		say("%s", problem);
	return EXIT_CANNOT;
}

static int examine_all(const struct request *request, const struct corpus *corpus,
	struct arena *arena, struct mark *marks)
{
	const char *problem = NULL;

	for (size_t i = 0; i < corpus->n_cases; i++) {
		int r = examine_case(
			&request->examination, &corpus->cases[i], arena, &marks[i], &problem);

		if (r < 0)
			return fail(problem);
	}
	return EXIT_FINE;
}

static int score(const struct request *request, struct arena *arena)
{
	struct corpus corpus;
	struct scorecard card = { .requirements = request->requirements,
		.n_requirements = request->n_requirements };
	const char *problem = NULL;
	struct mark *marks;
	int code;

	if (corpus_read(request->dir, request->only, arena, &corpus, &problem) < 0)
		return fail(problem);
	marks = arena_take_zeroed(arena, corpus.n_cases * sizeof(*marks));
	if (!marks)
		return fail("no memory for the score; free some, or score a part with --only");
	recording_guard();
	code = examine_all(request, &corpus, arena, marks);
	recording_unguard();
	if (code != EXIT_FINE)
		return code;
	card.corpus = corpus.dir;
	card.marks = marks;
	card.n_marks = corpus.n_cases;
	return print(request, &card);
}

static int run_request(const struct request *request)
{
	struct arena arena;
	int code;

	if (arena_open(&arena, SCORE_BYTES) < 0)
		return fail(
			"no memory for the score; raise the limit on address space (ulimit -v)");
	code = score(request, &arena);
	arena_close(&arena);
	return code;
}

/* ---- options ---- */

static bool take_requirement(struct request *request, const char *text)
{
	if (request->n_requirements == REQUIREMENTS) {
		command_usage(&score_command, "too many requirements:", text);
		return false;
	}
	if (requirement_read(text, &request->requirements[request->n_requirements]) == 0) {
		request->n_requirements++;
		return true;
	}
	command_usage(&score_command, "not a requirement like real.root_top1>=0.95:", text);
	return false;
}

static bool take_option(struct request *request, int option)
{
	switch (option) {
	case 'r':
		return take_requirement(request, optarg);
	case 'o':
		request->only = optarg;
		return true;
	case 'a':
		request->examination.answers = optarg;
		return true;
	case 'd':
		request->examination.degrade = true;
		return true;
	case 'q':
		request->examination.time = false;
		return true;
	case 'f':
		return command_format(&score_command, "text", optarg, &request->json);
	default:
		return false;
	}
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "require", required_argument, NULL, 'r' },
		{ "only", required_argument, NULL, 'o' },
		{ "answers", required_argument, NULL, 'a' },
		{ "degrade", no_argument, NULL, 'd' },
		{ "quick", no_argument, NULL, 'q' },
		{ "format", required_argument, NULL, 'f' },
		{ 0 },
	};
	struct request request = { .examination = { .answerer = &this_build, .time = true } };
	int option;

	/* the corpus may stand before its options, as one says it */
	while ((option = command_option(&score_command, argc, argv, options)) != -1 ||
		(optind < argc && !request.dir)) {
		if (option == -1)
			request.dir = argv[optind++];
		else if (!take_option(&request, option))
			return EXIT_CANNOT;
	}
	if (!request.dir)
		return command_usage(&score_command, "no corpus given", "");
	if (optind < argc)
		return command_usage(&score_command, "too many words:", argv[optind]);
	if (request.examination.answers && request.examination.degrade)
		return command_usage(&score_command,
			"--degrade asks anew, which saved answers cannot:", "--answers");
	return run_request(&request);
}

const struct command score_command = {
	.name = "score",
	.usage = "DIR [--require MEASURE>=VALUE]... [--only NAME] [--degrade]",
	.about = "how right explain is, on recordings of which the truth is known",
	.help = "DIR holds a directory for each case: label.json (docs/schema/label.json: what really\n"
		"happened) and the recording: recording.store or recording.store.xz, or a tape in the\n"
		"directory recording or recording.tar.xz. Real, synthetic and healthy cases are\n"
		"counted apart, with 95 % intervals; a case whose symptom did not move is void, and\n"
		"counts only when a wrong root is named.\n\n"
		"  --require real.root_top1>=0.95  fail below; without a kind, in every kind that\n"
		"                 measured it. <= for roots_per_day and time_to_likely\n"
		"  --only NAME    this case alone\n"
		"  --answers DIR  mark DIR/NAME.json (explain --format json) instead of asking\n"
		"  --degrade      ask again without each source in turn, and with a reading every 10 s:\n"
		"                 a wrong root must never be confirmed\n"
		"  --quick        do not look for the first right likely second by second\n"
		"  --format json  one object (docs/schema/score.json)\n\n"
		"Measures: root_top1 root_top3 root_entity verdict detection_precision\n"
		"detection_recall healthy_quiet roots_per_day chain_f1 order rule_out_precision\n"
		"rule_out_coverage honesty confirmed_right likely_right time_to_likely\n"
		"degraded_sound degraded_top1 sampled_top1\n\n"
		"Exit code: 0 scored, 1 below a --require, 3 could not run.\n",
	.run = run,
};
