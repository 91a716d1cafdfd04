/* faultline explain: why has this host become slow or broken? */
#include <getopt.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/replay.h"
#include "show/explain_json.h"
#include "show/explain_text.h"
#include "show/rules.h"

extern const struct command explain_command;

enum { EXIT_UNDETERMINED = 4, EXIT_NO_DATA = 5, LOGS = 16 };

struct request {
	struct replay_options replay;
	const char *logs[LOGS];
	bool json, rules;
};

static int exit_code(const struct report *r)
{
	if (r->n_ticks == 0 && r->n_events == 0)
		return EXIT_NO_DATA;
	return r->verdict == UNDETERMINED ? EXIT_UNDETERMINED : EXIT_FINE;
}

static int answer(struct replay *replay, const struct request *request)
{
	struct report report;

	if (replay->damage[0])
		say("%s: %s; what comes before it is explained", request->replay.root,
			replay->damage);
	if (!replay_explain(replay, &report))
		return EXIT_CANNOT;
	if (request->json) {
		if (explain_json(stdout, &report) < 0) {
			say("the answer could not be written as JSON; is there memory and room?");
			return EXIT_CANNOT;
		}
	} else {
		explain_text(stdout, &report);
	}
	return exit_code(&report);
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

/* A moment of the window; both of its ends are told by the same clock. */
static bool take_time(struct request *request, const char *text, int64_t *ret)
{
	struct replay_options *o = &request->replay;
	enum clock_kind kind;

	if (clock_parse(str_of(text), clock_wall_ns(), &kind, ret) < 0 || *ret <= 0) {
		command_usage(&explain_command, "not a time:", text);
		return false;
	}
	if ((o->first_ns && o->last_ns) && o->in_mono != (kind == MONO_CLOCK)) {
		command_usage(&explain_command, "--from and --to are of two clocks:", text);
		return false;
	}
	o->in_mono = kind == MONO_CLOCK;
	return true;
}

static bool take_span(struct request *request, const char *text)
{
	if (clock_duration(str_of(text), &request->replay.span_ns) == 0 &&
		request->replay.span_ns > 0)
		return true;
	command_usage(&explain_command, "not a duration:", text);
	return false;
}

static bool take_option(struct request *request, int option)
{
	struct replay_options *o = &request->replay;

	switch (option) {
	case 'r':
		o->root = optarg;
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
	case 'F':
		return take_time(request, optarg, &o->first_ns);
	case 'T':
		return take_time(request, optarg, &o->last_ns);
	case 'L':
		return take_span(request, optarg);
	case 'f':
		request->json = strcmp(optarg, "json") == 0;
		if (request->json || strcmp(optarg, "text") == 0)
			return true;
		command_usage(&explain_command, "unknown format", optarg);
		return false;
	default:
		return false;
	}
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "log", required_argument, NULL, 'l' },
		PACE_OPTIONS,
		{ "rules", no_argument, NULL, 'R' },
		{ "from", required_argument, NULL, 'F' },
		{ "to", required_argument, NULL, 'T' },
		{ "last", required_argument, NULL, 'L' },
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
	if (request.replay.root && request.replay.live)
		return command_usage(
			&explain_command, "--for watches this machine, not", "a recording");
	if (!request.replay.root && !request.replay.n_logs && !request.replay.live)
		return command_usage(
			&explain_command, "nothing to explain:", "give --root, --log or --for");
	if (request.replay.live && !pace_check(&request.replay.pace, &explain_command))
		return EXIT_CANNOT;
	return run_request(&request);
}

const struct command explain_command = {
	.name = "explain",
	.usage = "[--root DIR | --for D] [--log FILE] [--format text|json]",
	.about = "why it became slow: the root, the chain, what was ruled out",
	.help = "  --root DIR     a recording of faultline snap --every 1s --for 60s DIR\n"
		"  --log FILE     a log beside it, or alone (again for more): dmesg, journalctl,\n"
		"                 syslog; - is standard input\n"
		"  --for D        watch this machine for so long instead of reading a recording\n"
		"  --every D      ... so often (1s)\n"
		"  --from A\n"
		"  --to B         only what lies between: 2026-11-22T03:10:00Z, 03:10:00, -10m,\n"
		"                 @1763750400.25, mono:123.4\n"
		"  --last D       only the last so much of the recording or log\n"
		"  --format json  one object (docs/schema/explain.json)\n"
		"  --rules        what it knows, as a page (docs/rules.md)\n\n"
		"Exit codes: 0 it answered, 4 undetermined, 5 no data, 3 could not run.\n",
	.run = run,
};
