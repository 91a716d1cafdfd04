/* faultline topo: where devices, their interrupts and CPUs sit, and how near they are to each other. */
#include <getopt.h>
#include <stdio.h>

#include "base/say.h"
#include "cmd/command.h"
#include "show/topo.h"

extern const struct command topo_command;

enum { MOST_COLLECTORS = 16, MOST_NOTES = 16 };

struct request {
	const char *root;
	bool json;
};

/* What it takes; the rest of the host is left alone. */
static bool is_wanted(const char *name)
{
	static const char *const wanted[] = { "cmdline", "gpu", "infiniband", "interrupts",
		"irq_affinity", "netdev", "numa", "pcie", "sriov" };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (strcmp(wanted[i], name) == 0)
			return true;
	return false;
}

static size_t choose_collectors(const struct collector **list)
{
	size_t n = 0;

	for (size_t i = 0; i < n_collectors && n < MOST_COLLECTORS; i++)
		if (is_wanted(collectors[i]->name))
			list[n++] = collectors[i];
	return n;
}

static const char *line_of(struct watching *w, const char *path)
{
	str text;

	if (host_read(w->host, &w->answer, 0, path, NULL, &text) < 0)
		return "?";
	text = arena_copy(&w->answer, str_trim(text));
	return text.n ? text.p : "?";
}

/* Without these the picture has a hole: the others are of devices that a host need not have. */
static bool is_needed(const char *path)
{
	static const char *const needed[] = { "sys/bus/pci/devices/*",
		"sys/bus/pci/devices/*/numa_node", "sys/bus/pci/devices/*/class",
		"sys/devices/system/node/node*/cpulist", "sys/devices/system/node/node*/distance",
		"proc/irq/*/smp_affinity_list" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (strcmp(needed[i], path) == 0)
			return true;
	return false;
}

static const char *why(struct watching *w, const struct source *source, int error)
{
	return host_absence(error) && host_knows_absence(w->host) && source->absent
		       ? source->absent
		       : host_reason(error);
}

/* What failed, and of what is absent only what leaves a hole. */
static size_t find_notes(struct watching *w, const char **notes)
{
	const struct session *s = &w->session;
	size_t n = 0;

	for (uint32_t i = 0; i < w->frame.n_reads && n < MOST_NOTES; i++) {
		const struct source_read *read = &w->frame.reads[i];
		const struct source *source = &s->sources[read->source];

		if (read->source < s->n_sources && read->status < 0 && read->failed == 0 &&
			(is_needed(source->path) || !host_absence(read->status)))
			notes[n++] = arena_printf(
				&w->answer, "%s: %s", source->path, why(w, source, read->status));
	}
	for (uint32_t i = 0; i < w->frame.n_failures && n < MOST_NOTES; i++) {
		const struct failure *f = &w->frame.failures[i];
		str who = f->who == ENTITY_NONE ? STR("all") : entity_text(&s->entities, f->who);

		if (f->source < s->n_sources)
			notes[n++] = arena_printf(&w->answer, "%s of %.*s: %s",
				s->sources[f->source].path, STR_ARG(who), host_reason(f->error));
	}
	return n;
}

static int answer(struct watching *w, const struct request *request)
{
	const char *notes[MOST_NOTES];
	struct topology topology;
	struct topo_answer a = {
		.topology = &topology,
		.host = line_of(w, "proc/sys/kernel/hostname"),
		.release = line_of(w, "proc/sys/kernel/osrelease"),
		.wall_ns = watching_time(w),
		.notes = notes,
		.n_notes = find_notes(w, notes),
	};

	if (topology_of(&w->session, &w->answer, &topology) < 0) {
		say("no memory for the answer; free some, or raise the limit on address space (ulimit -v)");
		return EXIT_CANNOT;
	}
	(request->json ? topo_json : topo_text)(stdout, &a);
	return EXIT_FINE;
}

static int run_on(const struct request *request)
{
	const struct collector *list[MOST_COLLECTORS];
	size_t n = choose_collectors(list);
	struct host *host;
	struct watching w;
	int code = EXIT_CANNOT;

	if (!command_host(request->root, &host) || !watching_open_some(&w, host, list, n))
		return EXIT_CANNOT;
	if (watching_tick(&w))
		code = answer(&w, request);
	watching_close(&w);
	return code;
}

static bool take_option(struct request *request, int option)
{
	switch (option) {
	case 'r':
		request->root = optarg;
		return true;
	case 'f':
		return command_format(&topo_command, "text", optarg, &request->json);
	default:
		return false;
	}
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "format", required_argument, NULL, 'f' },
		{ 0 },
	};
	struct request request = { 0 };
	int option;

	while ((option = command_option(&topo_command, argc, argv, options)) != -1)
		if (!take_option(&request, option))
			return EXIT_CANNOT;
	if (optind < argc)
		return command_usage(&topo_command, "too many words:", argv[optind]);
	return run_on(&request);
}

const struct command topo_command = {
	.name = "topo",
	.usage = "[--root DIR] [--format text|json]",
	.about = "show where devices, their interrupts and CPUs sit",
	.help = "A matrix of network, NVMe and graphics devices and NUMA nodes, as sysfs has them: PIX, PXB,\n"
		"PHB, NODE or SYS, from near to far, ? where it is not known; then each device with its\n"
		"driver, node and near CPUs, and where its interrupts go; of a GPU, which NICs are nearest to it\n"
		"(those with RDMA, where there are some). Virtual functions are left out.\n\n"
		"  --root DIR     read a tree (a snap, an unpacked sosreport) instead of this machine\n"
		"  --format json  one object (docs/schema/topo.json)\n\n"
		"Exit code: 0 done, 3 could not run.\n",
	.run = run,
};
