/* faultline sample: every row of one reading. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/command.h"
#include "show/rows.h"

extern const struct command sample_command;

struct request {
	const char *root;
	bool json, nonzero, self;
};

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
		default:
			return EXIT_CANNOT;
		}
	}
	if (optind < argc)
		return command_usage(&sample_command, "too many words:", argv[optind]);
	return run_request(&request);
}

const struct command sample_command = {
	.name = "sample",
	.usage = "[--root DIR] [--format tsv|json] [--nonzero] [--self]",
	.about = "print every row of one reading",
	.help = "  --root DIR     read a tree (a snap, an unpacked sosreport) instead of this machine\n"
		"  --format tsv   signal, entity, sub and value, separated by tabs (the default)\n"
		"  --format json  one object (docs/schema/sample.json)\n"
		"  --nonzero      leave out rows whose value is 0\n"
		"  --self         also what faultline itself cost\n",
	.run = run,
};
