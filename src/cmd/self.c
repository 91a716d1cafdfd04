/* faultline self: what faultline itself costs. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cmd/command.h"
#include "host/host.h"

extern const struct command self_command;

static void print_costs(const struct run *run)
{
	const struct run_cost *costs;
	size_t n = run_costs(run, &costs);
	struct run_cost sum = { 0 };

	printf("%-14s %9s %9s %6s %6s %8s %7s  %s\n", "collector", "first us", "again us", "reads",
		"failed", "bytes", "rows", "status");
	for (size_t i = 0; i < n; i++) {
		const struct run_cost *c = &costs[i];

		printf("%-14s %9" PRId64 " %9" PRId64 " %6" PRIu64 " %6" PRIu64 " %8" PRIu64
		       " %7" PRIu64 "  %s\n",
			c->collector->name, (c->total_ns - c->last_ns) / 1000, c->last_ns / 1000,
			c->reads / c->ticks, c->failed / c->ticks, c->bytes / c->ticks,
			c->rows / c->ticks, host_reason(c->status));
		sum.total_ns += c->total_ns - c->last_ns;
		sum.last_ns += c->last_ns;
		sum.reads += c->reads / c->ticks;
		sum.failed += c->failed / c->ticks;
		sum.bytes += c->bytes / c->ticks;
		sum.rows += c->rows / c->ticks;
	}
	printf("%-14s %9" PRId64 " %9" PRId64 " %6" PRIu64 " %6" PRIu64 " %8" PRIu64 " %7" PRIu64
	       "\n",
		"all", sum.total_ns / 1000, sum.last_ns / 1000, sum.reads, sum.failed, sum.bytes,
		sum.rows);
}

static int run_on(const char *root)
{
	struct host *host;
	struct watching w;
	int64_t cpu_ns;

	if (!command_host(root, &host) || !watching_open(&w, host))
		return EXIT_CANNOT;
	if (!watching_tick(&w) || !watching_tick(&w)) {
		watching_close(&w);
		return EXIT_CANNOT;
	}
	cpu_ns = clock_cpu_ns();
	print_costs(w.run);
	printf("\ntwo readings: %.1f ms of CPU; %u entities, %u texts, %u blocks of cells, %u relations\n"
	       "second frame: %u rows changed, %" PRIu64 " dropped\n",
		(double)cpu_ns / 1e6, w.session.entities.names.n, w.session.texts.n,
		w.session.ledger.n, w.session.relations.n, w.frame.n_rows, w.frame.dropped);
	watching_close(&w);
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "root", required_argument, NULL, 'r' }, { 0 } };
	const char *root = NULL;
	int option;

	while ((option = command_option(&self_command, argc, argv, options)) != -1) {
		if (option != 'r')
			return EXIT_CANNOT;
		root = optarg;
	}
	if (optind < argc)
		return command_usage(&self_command, "too many words:", argv[optind]);
	return run_on(root);
}

const struct command self_command = {
	.name = "self",
	.usage = "[--root DIR]",
	.about = "show what faultline itself costs, collector by collector",
	.help = "Reads twice: the first reading opens the files, the second one finds them open.\n\n"
		"  --root DIR  read a tree instead of this machine\n",
	.run = run,
};
