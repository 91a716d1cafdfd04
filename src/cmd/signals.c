/* faultline signals: all that faultline can observe. */
#include <getopt.h>
#include <stdio.h>

#include "base/say.h"
#include "cmd/command.h"
#include "collect/self.h"
#include "show/signals.h"

extern const struct command signals_command;

/* Nothing is read: the catalog is what the tables say. */
static bool link_tables(struct catalog *catalog)
{
	if (catalog_open(catalog) < 0) {
		say("no memory for the catalog; free some, or raise the limit on address space (ulimit -v)");
		return false;
	}
	for (size_t i = 0; i < n_collectors; i++)
		catalog_link(catalog, collectors[i]->signals, collectors[i]->n_signals);
	catalog_link(catalog, self_signals, n_self_signals);
	return true;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "doc", no_argument, NULL, 'd' }, { 0 } };
	struct catalog catalog;
	bool doc = false;
	int option;

	while ((option = command_option(&signals_command, argc, argv, options)) != -1) {
		if (option != 'd')
			return EXIT_CANNOT;
		doc = true;
	}
	if (optind + 1 < argc)
		return command_usage(&signals_command, "too many words:", argv[optind + 1]);
	if (!link_tables(&catalog))
		return EXIT_CANNOT;
	if (doc)
		signals_markdown(stdout, &catalog);
	else if (signals_list(stdout, &catalog, str_of(optind < argc ? argv[optind] : "")) == 0)
		say("no signal begins with %s; faultline signals lists all", argv[optind]);
	catalog_close(&catalog);
	return EXIT_FINE;
}

const struct command signals_command = {
	.name = "signals",
	.usage = "[--doc] [PREFIX]",
	.about = "list all that faultline can observe",
	.help = "  PREFIX  only those whose name begins with it: faultline signals rdma.\n"
		"  --doc   as the page docs/signals.md (make docs writes it)\n",
	.run = run,
};
