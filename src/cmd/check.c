/* faultline check: what is wrong with this host now, layer by layer. */
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/deep.h"
#include "cmd/from_store.h"
#include "cmd/rates.h"
#include "show/check.h"

extern const struct command check_command;

static const int64_t usual_ns = 5 * SECOND_NS; /* of a recording, where rates cost no time */
/* before that: the rarest collectors are read once a minute */
static const int64_t lookback_ns = 125 * SECOND_NS;

struct request {
	const char *root, *store;
	bool json, deep;
	int64_t for_ns;
	struct window window;
};

/* A line of proc that names the host; "?" when it cannot be read. */
static const char *line_of(struct watching *w, const char *path)
{
	str text;

	if (host_read(w->host, &w->answer, 0, path, NULL, &text) < 0)
		return "?";
	text = arena_copy(&w->answer, str_trim(text));
	return text.n ? text.p : "?";
}

static double up_seconds(struct watching *w)
{
	str text, word;
	int64_t centi;

	if (host_read(w->host, &w->answer, 0, "proc/uptime", NULL, &text) == 0 &&
		str_next_word(&text, &word) && str_fixed(word, 2, &centi) == 0)
		return (double)centi / 100;
	return host_is_live(w->host) ? (double)clock_boot_ns() / 1e9 : 0;
}

static uint64_t count_reads(const struct run *run)
{
	const struct run_cost *costs;
	size_t n = run_costs(run, &costs);
	uint64_t reads = 0;

	for (size_t i = 0; i < n; i++)
		reads += costs[i].reads;
	return reads;
}

static const char *unseen_namespaces(struct watching *w)
{
	uint64_t n = host_namespaces_unseen(w->host);

	return n ? arena_printf(&w->answer,
			   "%llu network namespaces or processes were not looked into: no permission, or more than %d",
			   (unsigned long long)n, HOST_MAX_NAMESPACES)
		 : NULL;
}

/* Why a file is absent can be said of a machine; of a tree that somebody put together it cannot. */
static void doubt_absences(struct watching *w)
{
	for (unsigned i = 0; !host_knows_absence(w->host) && i < w->session.n_sources; i++)
		if (w->session.sources[i].absent)
			w->session.sources[i].absent = "the tree does not have it";
}

/* mono_ns is when it began, for what it cost; 0: it is not the machine itself. */
static int answer(struct watching *w, const struct request *request,
	const struct judge_window *window, const struct check_answer *begun, int64_t mono_ns)
{
	struct check_answer a = *begun;
	struct health health;

	a.session = &w->session;
	a.health = &health;
	if (judge(window, knowledge, &w->answer, &health) < 0) {
		say("no memory for the answer; free some, or raise the limit on address space (ulimit -v)");
		return EXIT_CANNOT;
	}
	if (request->deep)
		deep_ask(w, &health);
	if (mono_ns) {
		a.cpu_ms = (double)clock_cpu_ns() / 1e6;
		a.wall_ms = (double)(clock_mono_ns() - mono_ns) / 1e6;
	}
	(request->json ? check_json : check_text)(stdout, &a);
	return health.n_critical ? EXIT_CRITICAL : health.n_warning ? EXIT_WARNING : EXIT_FINE;
}

/* ---- a machine, or a tree that stands in for it ---- */

static int answer_of_host(struct watching *w, const struct request *request,
	const struct judge_window *window, int64_t begin_ns, int64_t mono_ns)
{
	struct check_answer a = {
		.host = line_of(w, "proc/sys/kernel/hostname"),
		.release = line_of(w, "proc/sys/kernel/osrelease"),
		.notes = { unseen_namespaces(w) },
		.begin_ns = begin_ns,
		.wall_ns = watching_time(w),
		.reads = count_reads(w->run),
	};

	doubt_absences(w);
	return answer(w, request, window, &a, host_is_live(w->host) ? mono_ns : 0);
}

static int watch_and_answer(struct watching *w, const struct request *request)
{
	struct judge_window window = { .session = &w->session, .frame = &w->frame };
	struct ledger_copy first = { 0 };
	int64_t begin_ns, mono_ns = clock_mono_ns();
	int code = EXIT_CANNOT;

	if (!watching_tick(w))
		return EXIT_CANNOT;
	begin_ns = w->frame.wall_ns;
	if (request->for_ns) {
		int64_t from = w->frame.mono_ns;

		ledger_copy_take(&w->session.ledger, &first);
		clock_sleep_until(from + request->for_ns);
		if (!watching_tick(w)) {
			ledger_copy_free(&first);
			return EXIT_CANNOT;
		}
		window.first = &first;
		window.seconds = (double)(w->frame.mono_ns - from) / 1e9;
	}
	window.up_seconds = up_seconds(w);
	code = answer_of_host(w, request, &window, begin_ns, mono_ns);
	ledger_copy_free(&first);
	return code;
}

static int check_host(const struct request *request)
{
	struct host *host;
	struct watching w;
	int code;

	if (!command_host(request->root, &host) || !watching_open(&w, host))
		return EXIT_CANNOT;
	code = watch_and_answer(&w, request);
	watching_close(&w);
	return code;
}

/* ---- a store ---- */

static int64_t span_of(const struct request *request)
{
	return request->for_ns ? request->for_ns : usual_ns;
}

static int judge_store(struct from_store *f, const struct request *request, struct watching *w,
	const struct tape *tape)
{
	struct judge_window window = { .session = &w->session,
		.frame = &w->frame,
		.up_seconds = (double)w->frame.boot_ns / 1e9 };
	struct check_answer a = { .wall_ns = w->frame.wall_ns, .begin_ns = w->frame.wall_ns };
	struct rates rates;
	int code;

	from_store_era(f, w->frame.wall_ns, &w->answer, &a.host, &a.release);
	if (rates_take(tape, span_of(request), &rates)) {
		window.first = &rates.first;
		window.seconds = rates.window_s;
		window.signal_seconds = rates.seconds;
		a.begin_ns -= (int64_t)(rates.window_s * 1e9);
	}
	code = answer(w, request, &window, &a, 0);
	rates_free(&rates);
	return code;
}

static int check_opened(struct from_store *f, const struct request *request)
{
	struct watching w;
	struct tape tape;
	int code = EXIT_CANNOT;

	if (!from_store_session(&w))
		return EXIT_CANNOT;
	if (tape_open(&tape, &w.session) == 0 &&
		from_store_at(f, &request->window, span_of(request) + lookback_ns, &w, &tape) ==
			FROM_STORE_FINE)
		code = judge_store(f, request, &w, &tape);
	tape_close(&tape);
	watching_close(&w);
	return code;
}

static int check_store(const struct request *request)
{
	struct from_store f;
	int code = EXIT_CANNOT;

	if (from_store_open(&f, request->store) == FROM_STORE_FINE)
		code = check_opened(&f, request);
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
	case 's':
		request->store = optarg;
		return true;
	case 'D':
		request->deep = true;
		return true;
	case WINDOW_AT:
		return window_option(&request->window, &check_command, option, optarg);
	case 'f':
		return command_format(&check_command, "text", optarg, &request->json);
	case 'd':
		if (clock_duration(str_of(optarg), &request->for_ns) == 0 &&
			request->for_ns >= 100 * MS_NS && request->for_ns <= 86400 * SECOND_NS)
			return true;
		command_usage(&check_command, "not a duration of 100ms to 1d:", optarg);
		return false;
	default:
		return false;
	}
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "store", required_argument, NULL, 's' },
		WINDOW_AT_OPTION,
		{ "format", required_argument, NULL, 'f' },
		{ "for", required_argument, NULL, 'd' },
		{ "deep", no_argument, NULL, 'D' },
		{ 0 },
	};
	struct request request = { 0 };
	int option;

	while ((option = command_option(&check_command, argc, argv, options)) != -1)
		if (!take_option(&request, option))
			return EXIT_CANNOT;
	if (optind < argc)
		return command_usage(&check_command, "too many words:", argv[optind]);
	if (request.root && request.for_ns)
		return command_usage(&check_command,
			"--for needs a live machine; a tree is one reading:", request.root);
	if (request.deep && (request.root || request.store))
		return command_usage(&check_command,
			"--deep asks devices, and needs a live machine instead of",
			request.root ? request.root : request.store);
	if (request.root && request.store)
		return command_usage(&check_command, "--root and --store exclude each other", "");
	if (request.window.at && !request.store)
		return command_usage(
			&check_command, "--at chooses in a recording:", "give --store");
	return request.store ? check_store(&request) : check_host(&request);
}

const struct command check_command = {
	.name = "check",
	.usage = "[--root DIR|--store FILE [--at T]|--deep] [--for D] [--format json]",
	.about = "say what is wrong with this host now, layer by layer",
	.help = "Each layer is YES (something is wrong), NO (seen, nothing wrong) or BLIND (not seen,\n"
		"and why). Counters of errors since boot are shown as history, not as alarms.\n\n"
		"  --root DIR     read a tree (a snap, an unpacked sosreport) instead of this machine\n"
		"  --store FILE   the last state in a recording of faultline record\n"
		"  --at T         the state then: 2026-11-22T03:10:00Z, 03:10:00, -10m, mono:123.4\n"
		"  --for 5s       read twice, that far apart, and judge rates as well; of a recording\n"
		"                 the rates over so long before that moment (5s)\n"
		"  --deep         ask devices whose health reporters (devlink) are in error for a\n"
		"                 diagnosis, and the kernel for stored dumps; needs root, and a sick\n"
		"                 device may take long to answer. Nothing is cleared or recovered\n"
		"  --format json  one object (docs/schema/check.json)\n\n"
		"Exit code: 0 healthy, 1 warning, 2 critical, 3 could not run. BLIND changes nothing.\n",
	.run = run,
};
