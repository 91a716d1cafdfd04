/* faultline explain: why has this host become slow or broken? */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/explain_live.h"
#include "cmd/replay.h"
#include "cmd/store_path.h"
#include "show/explain_json.h"
#include "show/explain_text.h"
#include "show/rules.h"

extern const struct command explain_command;

enum { EXIT_UNDETERMINED = 4, EXIT_NO_DATA = 5, LOGS = 16 };

struct request {
	struct replay_options replay;
	const char *logs[LOGS];
	char usual[STORE_PATH]; /* the store that is meant when none is named */
	bool json, rules, follow;
};

static int exit_code(const struct report *r)
{
	if (r->n_ticks == 0 && r->n_events == 0)
		return EXIT_NO_DATA;
	return r->verdict == UNDETERMINED ? EXIT_UNDETERMINED : EXIT_FINE;
}

static bool print(const struct request *request, const struct report *report)
{
	if (!request->json) {
		explain_text(stdout, report);
		return true;
	}
	if (explain_json(stdout, report) == 0)
		return true;
	say("the answer could not be written as JSON; is there memory and room?");
	return false;
}

static int answer(struct replay *replay, const struct request *request)
{
	struct report report;

	if (replay->damage[0] && request->replay.root)
		say("%s: %s; what comes before it is explained", request->replay.root,
			replay->damage);
	if (!replay_explain(replay, &report) || !print(request, &report))
		return EXIT_CANNOT;
	return exit_code(&report);
}

/* One answer after the other: each is whole when it is seen. */
static bool print_another(void *self, const struct report *report)
{
	return print(self, report) && putchar('\n') != EOF && command_flush();
}

static int run_live(struct request *request)
{
	return explain_live(&request->replay, print_another, request) ? EXIT_FINE : EXIT_CANNOT;
}

static int run_request(struct request *request)
{
	struct replay replay;
	int code;

	if (!replay_open(&request->replay, &replay))
		return EXIT_CANNOT;
	code = answer(&replay, request);
	replay_close(&replay);
	return code;
}

static bool take_option(struct request *request, int option)
{
	struct replay_options *o = &request->replay;

	switch (option) {
	case 'r':
		o->root = optarg;
		return true;
	case 's':
		o->store = optarg;
		return true;
	case 'l':
		if (o->n_logs == LOGS) {
			command_usage(&explain_command, "too many logs:", optarg);
			return false;
		}
		request->logs[o->n_logs++] = optarg;
		return true;
	case 'd':
	case 'e':
	case 'c':
		o->live = true;
		return pace_option(&o->pace, &explain_command, option, optarg);
	case 'R':
		request->rules = true;
		return true;
	case 'v':
		request->follow = true;
		return true;
	case WINDOW_FROM:
	case WINDOW_TO:
	case WINDOW_LAST:
		return window_option(&o->window, &explain_command, option, optarg);
	case 'f':
		return command_format(&explain_command, "text", optarg, &request->json);
	default:
		return false;
	}
}

/* False, and said: what was asked for does not go together. */
static bool is_plausible(struct request *request)
{
	const struct replay_options *o = &request->replay;
	const char *problem = NULL;

	if ((o->root || o->store) && o->live)
		problem = "--for watches this machine, not a recording";
	else if (o->root && o->store)
		problem = "--root and --store exclude each other";
	else if (request->follow &&
		 (o->root || o->live || o->n_logs || o->window.first_ns || o->window.last_ns))
		problem = "--live is of a recorder: --store FILE and --last D go with it";
	if (problem)
		command_usage(&explain_command, problem, "");
	return !problem && window_check(&o->window, &explain_command) &&
	       (!o->live || pace_check(&o->pace, &explain_command));
}

/* Somebody who asks for the last minutes means those that the recorder of this machine kept. */
static bool choose_usual(struct request *request)
{
	struct replay_options *o = &request->replay;

	if (o->root || o->store || o->n_logs || o->live)
		return true;
	if (window_is_open(&o->window) && !request->follow) {
		command_usage(&explain_command,
			"nothing to explain:", "give --last, --store, --root, --log or --for");
		return false;
	}
	if (store_default_path(request->usual) && access(request->usual, F_OK) == 0) {
		o->store = request->usual;
		return true;
	}
	say("explain: nothing was recorded in %s; start faultline record, or give --store FILE, --root DIR or --log FILE",
		request->usual[0] ? request->usual : "a home directory");
	return false;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "store", required_argument, NULL, 's' },
		{ "log", required_argument, NULL, 'l' },
		PACE_OPTIONS,
		{ "rules", no_argument, NULL, 'R' },
		{ "live", no_argument, NULL, 'v' },
		WINDOW_OPTIONS,
		{ "format", required_argument, NULL, 'f' },
		{ 0 },
	};
	struct request request = { .replay = { .pace = { .every_ns = SECOND_NS } } };
	int option;

	while ((option = command_option(&explain_command, argc, argv, options)) != -1)
		if (!take_option(&request, option))
			return EXIT_CANNOT;
	if (optind < argc)
		return command_usage(&explain_command, "too many words:", argv[optind]);
	if (request.rules) {
		rules_markdown(stdout, knowledge);
		return EXIT_FINE;
	}
	request.replay.logs = request.logs;
	if (!is_plausible(&request) || !choose_usual(&request))
		return EXIT_CANNOT;
	return request.follow ? run_live(&request) : run_request(&request);
}

const struct command explain_command = {
	.name = "explain",
	.usage = "[--store FILE | --root DIR | --for D] [--last D] [--log FILE] [--format F]",
	.about = "why it became slow: the root, the chain, what was ruled out",
	.help = "  --store FILE   a recording of faultline record; without any source and with a\n"
		"                 window, the one that is recorded on this machine\n"
		"  --root DIR     a recording of faultline snap --every 1s --for 60s DIR\n"
		"  --log FILE     a log beside it, or alone (again for more): dmesg, journalctl,\n"
		"                 syslog; - is standard input\n"
		"  --for D        watch this machine for so long instead of reading a recording\n"
		"  --every D      ... so often (1s)\n"
		"  --live         follow the recorder of the store: an answer now, and each time\n"
		"                 that it has become another one\n"
		"  --from A\n"
		"  --to B         only what lies between: 2026-11-22T03:10:00Z, 03:10:00, -10m,\n"
		"                 @1763750400.25, mono:123.4\n"
		"  --last D       only the last so much of the recording or log\n"
		"  --format json  one object (docs/schema/explain.json)\n"
		"  --rules        what it knows, as a page (docs/rules.md)\n\n"
		"Exit codes: 0 it answered, 4 undetermined, 5 no data, 3 could not run.\n",
	.run = run,
};
