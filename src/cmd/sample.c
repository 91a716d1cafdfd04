/* faultline sample: every row of one reading. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/follow.h"
#include "cmd/from_store.h"
#include "cmd/pace.h"
#include "show/rows.h"

extern const struct command sample_command;

struct request {
	const char *root, *store;
	bool json, nonzero, self, follow;
	struct pace pace;
	struct window window;
};

static void say_no_memory(void)
{
	say("no memory for the rows; free some, or raise the limit on address space (ulimit -v)");
}

/* The first reading in full, then what changed. `before`: the reading before, if there was one. */
static bool print_reading(
	struct watching *w, const struct request *request, struct ledger_copy *before)
{
	bool (*keep)(const struct session *, const struct block *) =
		request->self ? NULL : is_not_self;
	char time[CLOCK_TEXT];
	struct view view;

	if (session_view(&w->session, &w->answer, keep, &view) < 0) {
		say_no_memory();
		return false;
	}
	printf("# %s\n", clock_format(w->frame.wall_ns, time));
	if (before->offsets)
		rows_tsv_changes(stdout, &w->session, &view, before, &w->frame, keep);
	else
		rows_tsv(stdout, &w->session, &view, request->nonzero);
	ledger_copy_free(before);
	ledger_copy_take(&w->session.ledger, before);
	arena_release(&w->answer, w->answer.base);
	return command_flush();
}

/* The next reading that is asked for: of the machine when it is due, of a tape as it was recorded. */
static bool next_reading(struct watching *w, struct pace *pace)
{
	struct host_clock clock;

	if (!host_is_tape(w->host))
		return pace_next(pace);
	while (host_next(w->host) == 0) {
		host_clock(w->host, &clock);
		if (pace_takes(pace, clock.mono_ns))
			return true;
	}
	return false;
}

static int print_readings(struct watching *w, struct request *request)
{
	struct ledger_copy before = { 0 };
	bool good = true;

	while (good && next_reading(w, &request->pace))
		good = watching_tick(w) && print_reading(w, request, &before);
	ledger_copy_free(&before);
	if (good && !request->pace.taken) {
		say("%s/tape: not a single whole reading; record again", request->root);
		return EXIT_CANNOT;
	}
	if (host_damage(w->host))
		say("%s/tape: %s", request->root, host_damage(w->host));
	return good ? EXIT_FINE : EXIT_CANNOT;
}

static int run_series(struct request *request)
{
	struct host *host;
	struct watching w;
	int code;

	if (request->root ? !command_tape(request->root, &host) : !command_host(NULL, &host))
		return EXIT_CANNOT;
	if (!watching_open_for_ticks(&w, host))
		return EXIT_CANNOT;
	code = print_readings(&w, request);
	watching_close(&w);
	return code;
}

static int print_all(struct watching *w, const struct request *request, int64_t wall_ns)
{
	struct view view;

	if (session_view(&w->session, &w->answer, request->self ? NULL : is_not_self, &view) < 0) {
		say_no_memory();
		return EXIT_CANNOT;
	}
	if (request->json)
		rows_json(stdout, &w->session, &view, request->nonzero, wall_ns);
	else
		rows_tsv(stdout, &w->session, &view, request->nonzero);
	return EXIT_FINE;
}

static int run_once(const struct request *request)
{
	struct host *host;
	struct watching w;
	int code = EXIT_CANNOT;

	if (!command_host(request->root, &host) || !watching_open(&w, host))
		return EXIT_CANNOT;
	if (watching_tick(&w))
		code = print_all(&w, request, watching_time(&w));
	watching_close(&w);
	return code;
}

/* ---- a store ---- */

static bool is_series(const struct request *request)
{
	const struct window *w = &request->window;

	return request->pace.every_ns || (!w->at && !window_is_open(w));
}

/* What changed since the reading that was printed before, not since the tick before. */
static bool print_stored(
	struct watching *w, const struct request *request, struct ledger_copy *before)
{
	frame_clear(&w->frame);
	if (before->offsets)
		ledger_changes(&w->session.ledger, before, &w->frame);
	return print_reading(w, request, before);
}

static int print_walk(struct from_store *f, struct watching *w, struct request *request)
{
	struct ledger_copy before = { 0 };
	struct store_window window = window_of(&request->window, &f->about);
	enum from_store_found found = from_store_walk(f, &w->session, &window);
	bool good = found == FROM_STORE_FINE;
	int64_t end_ns;

	while (good) {
		found = from_store_next(f, &w->frame, &end_ns, NULL);
		if (found != FROM_STORE_FINE)
			break;
		if (!request->pace.every_ns || pace_takes(&request->pace, w->frame.mono_ns))
			good = print_stored(w, request, &before);
	}
	ledger_copy_free(&before);
	if (found == FROM_STORE_EMPTY && good && !f->any)
		from_store_say_empty(f, &window);
	return good && f->any && found == FROM_STORE_EMPTY ? EXIT_FINE : EXIT_CANNOT;
}

static int print_state(struct from_store *f, struct watching *w, const struct request *request)
{
	if (from_store_at(f, &request->window, 0, w, NULL) != FROM_STORE_FINE)
		return EXIT_CANNOT;
	return print_all(w, request, w->frame.wall_ns);
}

/* What a recorder reads from now on: the first reading in full. */
static int print_followed(struct watching *w, const struct request *request)
{
	struct ledger_copy before = { 0 };
	struct events unheard = { 0 };
	struct follow *follow = NULL;
	int64_t end_ns;
	int r = events_open(&unheard) < 0 ? -ENOMEM
					  : follow_open(request->store, &w->session, &follow);

	if (r < 0)
		follow_say(request->store, r);
	while (r >= 0 && (r = follow_next(follow, -1, &w->frame, &end_ns, &unheard)) >= 0 &&
		r != FOLLOW_ENDED) {
		events_clear(&unheard);
		if (r == FOLLOW_TICK && !w->frame.fast && !print_reading(w, request, &before))
			r = -EPIPE;
	}
	ledger_copy_free(&before);
	follow_close(follow);
	events_close(&unheard);
	return r == FOLLOW_ENDED ? EXIT_FINE : EXIT_CANNOT;
}

static int run_follow(struct request *request)
{
	struct watching w;
	int code = EXIT_CANNOT;

	if (from_store_session(&w)) {
		code = print_followed(&w, request);
		watching_close(&w);
	}
	return code;
}

static int run_store(struct request *request)
{
	struct from_store f;
	struct watching w;
	int code = EXIT_CANNOT;

	if (from_store_open(&f, request->store) == FROM_STORE_FINE && from_store_session(&w)) {
		code = is_series(request) ? print_walk(&f, &w, request)
					  : print_state(&f, &w, request);
		watching_close(&w);
	}
	from_store_close(&f);
	return code;
}

/* ---- options ---- */

static bool take_option(struct request *request, int option)
{
	switch (option) {
	case 'r':
		request->root = optarg;
		return true;
	case 'S':
		request->store = optarg;
		return true;
	case 'f':
		return command_format(&sample_command, "tsv", optarg, &request->json);
	case 'n':
		request->nonzero = true;
		return true;
	case 's':
		request->self = true;
		return true;
	case 'W':
		request->follow = true;
		return true;
	case '?':
	case ':':
		return false;
	default:
		return window_is_option(option)
			       ? window_option(&request->window, &sample_command, option, optarg)
			       : pace_option(&request->pace, &sample_command, option, optarg);
	}
}

static const char *contradiction(const struct request *q)
{
	if (q->root && q->store)
		return "--root and --store exclude each other";
	if (!q->store && !window_is_open(&q->window))
		return "--at, --from, --to and --last choose in a recording: give --store";
	if (q->follow &&
		(!q->store || q->pace.every_ns || q->window.at || !window_is_open(&q->window)))
		return "--follow is of the recorder of --store FILE, from now on";
	if (q->window.at && q->pace.every_ns)
		return "--at is one reading, --every are many";
	return q->json && (q->follow || is_series(q)) ? "many readings are printed as tsv only"
						      : NULL;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "store", required_argument, NULL, 'S' },
		{ "format", required_argument, NULL, 'f' },
		{ "nonzero", no_argument, NULL, 'n' },
		{ "self", no_argument, NULL, 's' },
		{ "follow", no_argument, NULL, 'W' },
		PACE_OPTIONS,
		WINDOW_OPTIONS,
		WINDOW_AT_OPTION,
		{ 0 },
	};
	struct request request = { 0 };
	int option;

	while ((option = command_option(&sample_command, argc, argv, options)) != -1)
		if (!take_option(&request, option))
			return EXIT_CANNOT;
	if (optind < argc)
		return command_usage(&sample_command, "too many words:", argv[optind]);
	if (!pace_check(&request.pace, &sample_command) ||
		!window_check(&request.window, &sample_command))
		return EXIT_CANNOT;
	if (contradiction(&request))
		return command_usage(&sample_command, contradiction(&request), "");
	if (request.store)
		return request.follow ? run_follow(&request) : run_store(&request);
	return request.pace.every_ns ? run_series(&request) : run_once(&request);
}

const struct command sample_command = {
	.name = "sample",
	.usage = "[--root DIR | --store FILE] [--every D] [--format F] [OPTION...]",
	.about = "print every row of one reading, or what changes in many",
	.help = "  --root DIR     read a tree (a snap, an unpacked sosreport) instead of this machine\n"
		"  --store FILE   read a recording of faultline record: its last reading\n"
		"  --at T         ... the reading at that time: 2026-11-22T03:10:00Z, -10m, mono:123.4\n"
		"  --from A --to B\n"
		"  --last D       ... reading after reading, between two times or before the end\n"
		"  --follow       ... what its recorder reads from now on, until it ends\n"
		"  --format tsv   signal, entity, sub and value, separated by tabs (the default)\n"
		"  --format json  one object (docs/schema/sample.json)\n"
		"  --nonzero      leave out rows whose value is 0\n"
		"  --self         also what faultline itself cost\n"
		"  --every 1s     reading after reading, that far apart (10ms to 7d)\n"
		"  --for 60s      from the first to the last; --count N: how many; else until SIGINT\n\n"
		"With --every each reading begins with a line \"# TIME\". The first has every row, the\n"
		"others those that are new or changed, then those that are gone, with the value \"-\".\n"
		"With --root DIR of a tape (snap --every) the readings are those recorded; without --every\n"
		"the last one of them is read.\n",
	.run = run,
};
