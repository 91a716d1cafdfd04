/* faultline sample: every row of one reading. */
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/pace.h"
#include "show/rows.h"

extern const struct command sample_command;

struct request {
	const char *root;
	bool json, nonzero, self;
	struct pace pace;
};

/* The first reading in full, then what changed. `before`: the reading before, if there was one. */
static bool print_reading(
	struct watching *w, const struct request *request, struct ledger_copy *before)
{
	bool (*keep)(const struct session *, const struct block *) =
		request->self ? NULL : is_not_self;
	char time[CLOCK_TEXT];
	struct view view;

	if (session_view(&w->session, &w->answer, keep, &view) < 0) {
		say("no memory for the rows; free some, or raise the limit on address space (ulimit -v)");
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

static int run_request(const struct request *request)
{
	struct host *host;
	struct watching w;
	struct view view;

	if (!command_host(request->root, &host) || !watching_open(&w, host))
		return EXIT_CANNOT;
	if (!watching_tick(&w) || session_view(&w.session, &w.answer,
					  request->self ? NULL : is_not_self, &view) < 0) {
		watching_close(&w);
		return EXIT_CANNOT;
	}
	if (request->json)
		rows_json(stdout, &w.session, &view, request->nonzero, watching_time(&w));
	else
		rows_tsv(stdout, &w.session, &view, request->nonzero);
	watching_close(&w);
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "format", required_argument, NULL, 'f' },
		{ "nonzero", no_argument, NULL, 'n' },
		{ "self", no_argument, NULL, 's' },
		PACE_OPTIONS,
		{ 0 },
	};
	struct request request = { 0 };
	int option;

	while ((option = command_option(&sample_command, argc, argv, options)) != -1) {
		switch (option) {
		case 'r':
			request.root = optarg;
			break;
		case 'f':
			request.json = strcmp(optarg, "json") == 0;
			if (!request.json && strcmp(optarg, "tsv") != 0)
				return command_usage(&sample_command, "unknown format", optarg);
			break;
		case 'n':
			request.nonzero = true;
			break;
		case 's':
			request.self = true;
			break;
		case '?':
		case ':':
			return EXIT_CANNOT;
		default:
			if (!pace_option(&request.pace, &sample_command, option, optarg))
				return EXIT_CANNOT;
		}
	}
	if (optind < argc)
		return command_usage(&sample_command, "too many words:", argv[optind]);
	if (!pace_check(&request.pace, &sample_command))
		return EXIT_CANNOT;
	if (request.pace.every_ns && request.json)
		return command_usage(&sample_command, "--every prints tsv only", "");
	return request.pace.every_ns ? run_series(&request) : run_request(&request);
}

const struct command sample_command = {
	.name = "sample",
	.usage = "[--root DIR] [--every D] [--format tsv|json] [--nonzero] [--self]",
	.about = "print every row of one reading, or what changes in many",
	.help = "  --root DIR     read a tree (a snap, an unpacked sosreport) instead of this machine\n"
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
