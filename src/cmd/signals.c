/* faultline signals: all that faultline can observe. */
#include <getopt.h>
#include <stdio.h>

#include "base/say.h"
#include "cmd/command.h"
#include "show/signals.h"

extern const struct command signals_command;

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "doc", no_argument, NULL, 'd' }, { 0 } };
	struct catalog catalog;
	bool doc = false;
	int option, code = EXIT_FINE;

	while ((option = command_option(&signals_command, argc, argv, options)) != -1) {
		if (option != 'd')
			return EXIT_CANNOT;
		doc = true;
	}
	if (optind + 1 < argc)
		return command_usage(&signals_command, "too many words:", argv[optind + 1]);
	if (!command_catalog(&catalog))
		return EXIT_CANNOT;
	if (doc)
		signals_markdown(stdout, &catalog, knowledge);
	else if (signals_list(stdout, &catalog, knowledge,
			 str_of(optind < argc ? argv[optind] : "")) == 0) {
		say("no signal begins with %s; faultline signals lists all", argv[optind]);
		code = EXIT_CANNOT;
	}
	catalog_close(&catalog);
	return code;
}

const struct command signals_command = {
	.name = "signals",
	.usage = "[--doc] [PREFIX]",
	.about = "list all that faultline can observe",
	.help = "  PREFIX  only those whose name begins with it: faultline signals rdma.\n"
		"  --doc   as the page docs/signals.md (make docs writes it)\n",
	.run = run,
};
