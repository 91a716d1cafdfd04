/* Cgroups of version 2: memory events and use, pressure, CPU quota, dying groups; every file that a
 * group has. */
#include <errno.h>
#include <stdio.h>

#include "collect/run.h"

/* A key is "file" for one value, "file:key" for a line of it. clang-format off */
static const struct signal signals[] = {
	{ "cgroup.memory.current", "memory.current", GAUGE, BYTES, CGROUP, NONE, CHEAP,
		"memory charged to the group" },
	{ "cgroup.memory.swap", "memory.swap.current", GAUGE, BYTES, CGROUP, NONE, CHEAP,
		"swap charged to the group" },
	{ "cgroup.memory.low", "memory.low", FACT, TEXT, CGROUP, NONE, CHEAP,
		"memory protected from reclaim while others have some to give" },
	{ "cgroup.memory.high", "memory.high", FACT, TEXT, CGROUP, NONE, CHEAP,
		"limit over which the group is throttled and reclaimed; max: none" },
	{ "cgroup.memory.max", "memory.max", FACT, TEXT, CGROUP, NONE, CHEAP,
		"limit over which the OOM killer comes; max: none" },
	{ "cgroup.memory.events.low", "memory.events:low", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"times it was reclaimed although under its low protection" },
	{ "cgroup.memory.events.high", "memory.events:high", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"times tasks were throttled for being over memory.high" },
	{ "cgroup.memory.events.max", "memory.events:max", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"times it was about to exceed memory.max" },
	{ "cgroup.memory.events.oom", "memory.events:oom", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"times an allocation was about to fail at the limit" },
	{ "cgroup.memory.events.oom_kill", "memory.events:oom_kill", COUNTER, ONE, CGROUP, NONE,
		CHEAP, "tasks killed by any OOM killer" },
	{ "cgroup.memory.events.oom_group_kill", "memory.events:oom_group_kill", COUNTER, ONE,
		CGROUP, NONE, CHEAP, "times the whole group was killed (5.17 and later)" },
	{ "cgroup.memory.events.sock_throttled", "memory.events:sock_throttled", COUNTER, ONE,
		CGROUP, NONE, CHEAP,
		"times its sockets were throttled for memory (newest kernels)" },
	{ "cgroup.psi.memory.some.total", "memory.pressure:some", COUNTER, USEC, CGROUP, NONE,
		CHEAP, "time in which some task of the group waited for memory" },
	{ "cgroup.psi.memory.full.total", "memory.pressure:full", COUNTER, USEC, CGROUP, NONE,
		CHEAP, "time in which all its tasks that had work waited for memory" },
	{ "cgroup.psi.cpu.some.total", "cpu.pressure:some", COUNTER, USEC, CGROUP, NONE, CHEAP,
		"time in which some task of the group waited for a CPU" },
	{ "cgroup.psi.cpu.full.total", "cpu.pressure:full", COUNTER, USEC, CGROUP, NONE, CHEAP,
		"time in which all its tasks that had work waited for a CPU" },
	{ "cgroup.psi.io.some.total", "io.pressure:some", COUNTER, USEC, CGROUP, NONE, CHEAP,
		"time in which some task of the group waited for I/O" },
	{ "cgroup.psi.io.full.total", "io.pressure:full", COUNTER, USEC, CGROUP, NONE, CHEAP,
		"time in which all its tasks that had work waited for I/O" },
	{ "cgroup.psi.irq.full.total", "irq.pressure:full", COUNTER, USEC, CGROUP, NONE, CHEAP,
		"time in which interrupts took the CPU from the group" },
	{ "cgroup.cpu.usage", "cpu.stat:usage_usec", COUNTER, USEC, CGROUP, NONE, CHEAP,
		"CPU time of the group" },
	{ "cgroup.cpu.periods", "cpu.stat:nr_periods", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"periods of its CPU quota that passed" },
	{ "cgroup.cpu.throttled", "cpu.stat:nr_throttled", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"periods in which the quota was used up and the group stopped" },
	{ "cgroup.cpu.throttled_time", "cpu.stat:throttled_usec", COUNTER, USEC, CGROUP, NONE,
		CHEAP, "time its CPUs stood still for the quota" },
	{ "cgroup.cpu.max", "cpu.max", FACT, TEXT, CGROUP, NONE, CHEAP,
		"CPU quota and period in us; max: none" },
	{ "cgroup.descendants", "cgroup.stat:nr_descendants", GAUGE, ONE, CGROUP, NONE, CHEAP,
		"living groups below" },
	{ "cgroup.dying", "cgroup.stat:nr_dying_descendants", GAUGE, ONE, CGROUP, NONE, CHEAP,
		"deleted groups below that something still holds" },
	{ "cgroup.pids.current", "pids.current", GAUGE, ONE, CGROUP, NONE, CHEAP,
		"tasks in the group" },
	{ "cgroup.pids.max", "pids.max", FACT, TEXT, CGROUP, NONE, CHEAP,
		"limit on tasks; max: none" },
	{ "cgroup.pids.events.max", "pids.events:max", COUNTER, ONE, CGROUP, NONE, CHEAP,
		"forks that failed at the limit" },
	{ "cgroup.rdma.current", "rdma.current", FACT, TEXT, CGROUP, NONE, CHEAP,
		"RDMA handles and objects in use, by device" },
	{ "cgroup.rdma.max", "rdma.max", FACT, TEXT, CGROUP, NONE, CHEAP,
		"limit on RDMA handles and objects, by device" },
};
/* clang-format on */

enum {
	MOUNTS,
	FIRST_FILE,
	MEMORY_EVENTS = FIRST_FILE + 5,
	CPU_MAX = FIRST_FILE + 11,
	PIDS_CURRENT = FIRST_FILE + 13
};

/* Where no group has the controller's files: because it is on v1, or because nobody turned it on.
 */
enum controller { MEMORY, CPU_QUOTA, PIDS, CONTROLLERS };
static const struct {
	const char *name, *off, *on_v1;
} controllers[CONTROLLERS] = {
	[MEMORY] = { "memory", "no group has the memory controller turned on",
		"memory controller is on v1" },
	[CPU_QUOTA] = { "cpu", "no group has the cpu controller turned on",
		"cpu controller is on v1" },
	[PIDS] = { "pids", "no group has the pids controller turned on",
		"pids controller is on v1" },
};
#define PRESSURE_ABSENT                                                                            \
	"no pressure of groups: kernel without CONFIG_PSI, psi=0, or cgroup.pressure is 0"

#define GROUP_FILE(file, why)                                                                      \
	{                                                                                          \
		.path = "sys/fs/cgroup/.../" file, .who = "host", .absent = why                    \
	}
static const struct text_source texts[] = {
	[MOUNTS] = { .path = "proc/mounts",
		.who = "host",
		.may_be_silent = true,
		.absent = "the mount table tells where cgroup v2 is, and cannot be read" },
	GROUP_FILE("memory.current", NULL),
	GROUP_FILE("memory.swap.current", NULL),
	GROUP_FILE("memory.low", NULL),
	GROUP_FILE("memory.high", NULL),
	GROUP_FILE("memory.max", NULL),
	[MEMORY_EVENTS] = GROUP_FILE("memory.events", NULL),
	GROUP_FILE("memory.pressure", PRESSURE_ABSENT),
	GROUP_FILE("cpu.pressure", PRESSURE_ABSENT),
	GROUP_FILE("io.pressure", PRESSURE_ABSENT),
	GROUP_FILE("irq.pressure", "kernel without IRQ_TIME_ACCOUNTING, or before 6.1"),
	GROUP_FILE("cpu.stat", "the kernel has no cpu.stat in cgroup v2"),
	[CPU_MAX] = GROUP_FILE("cpu.max", NULL),
	GROUP_FILE("cgroup.stat", "the kernel has no cgroup.stat (before 4.14)"),
	[PIDS_CURRENT] = GROUP_FILE("pids.current", NULL),
	GROUP_FILE("pids.max", NULL),
	GROUP_FILE("pids.events", NULL),
	GROUP_FILE("rdma.current", "no group has the rdma controller turned on"),
	GROUP_FILE("rdma.max", NULL),
};
enum {
	TEXTS_N = sizeof(texts) / sizeof(*texts),
	MOST_GROUPS = 256,
	DEEPEST = 6,
	PATH_BYTES = 1024
};

struct state {
	char root[PATH_BYTES]; /* where cgroup v2 is mounted, without the first slash; "" if it is
				  not */
	bool on_v1[CONTROLLERS];
};

static bool has_option(str options, const char *wanted)
{
	str option = options;

	while (str_cut(options, ',', &option, &options))
		if (str_is(option, wanted))
			return true;
	return str_is(options, wanted);
}

/* "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,... 0 0", "cgroup /sys/fs/cgroup/memory cgroup
 * rw,memory 0 0" */
static void parse_mount(struct state *state, str where, str type, str options)
{
	if (str_is(type, "cgroup2") && where.n > 1 && where.n < PATH_BYTES && !state->root[0])
		snprintf(state->root, sizeof(state->root), "%.*s", (int)where.n - 1, where.p + 1);
	for (unsigned i = 0; i < CONTROLLERS && str_is(type, "cgroup"); i++)
		state->on_v1[i] |= has_option(options, controllers[i].name);
}

static int parse_mounts(struct state *state, str from)
{
	str line, device, where, type, options;

	*state = (struct state){ 0 };
	while (str_next_line(&from, &line))
		if (str_next_word(&line, &device) && str_next_word(&line, &where) &&
			str_next_word(&line, &type) && str_next_word(&line, &options))
			parse_mount(state, where, type, options);
	return 0;
}

/* The number of a pressure line is its total: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0". */
static str number_of(str line)
{
	str word = { "", 0 }, value;

	while (str_next_word(&line, &word))
		;
	return str_cut(word, '=', NULL, &value) ? value : word;
}

static int emit_number(struct emit *out, unsigned row, str number)
{
	uint64_t value;

	if (str_u64(number, &value) < 0)
		return -EBADMSG;
	emit(out, row, (int64_t)value);
	return 0;
}

static int parse_lines(struct emit *out, str from)
{
	char key[96];
	unsigned hint = 0;
	str line, word;
	int row, r = 0;

	while (str_next_line(&from, &line)) {
		if (!str_next_word(&line, &word))
			continue;
		snprintf(key, sizeof(key), "%.*s:%.*s", STR_ARG(out->leaf), STR_ARG(word));
		row = emit_row_of(out, str_of(key), &hint);
		if (row >= 0 && emit_number(out, (unsigned)row, number_of(line)) < 0)
			r = -EBADMSG;
	}
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	unsigned hint = 0;
	int row;

	if (text == MOUNTS)
		return parse_mounts(out->state, from);
	row = emit_row_of(out, out->leaf, &hint);
	if (row < 0)
		return parse_lines(out, from);
	if (str_trim(from).n == 0)
		return -EBADMSG;
	if (out->signals[row].unit != TEXT)
		return emit_number(out, (unsigned)row, str_trim(from));
	emit_text(out, (unsigned)row, out->who, str_trim(from));
	return 0;
}

/* Which files a group has depends on its controllers: only what is listed is read. */
static void read_group(struct collect *c, const char *dir, uint32_t who, str names)
{
	char path[PATH_BYTES];
	str name;

	while (str_next_line(&names, &name))
		for (unsigned text = FIRST_FILE; text < TEXTS_N; text++) {
			if (!str_eq(name, str_base(str_of(texts[text].path))))
				continue;
			if (snprintf(path, sizeof(path), "%s/%.*s", dir, STR_ARG(name)) <
				PATH_BYTES)
				collect_text(c, text, who, path, true);
		}
}

struct walk_state {
	struct collect *c;
	size_t root_n;
	unsigned groups;
};

/* `path` is a buffer of PATH_BYTES that the levels share; it is as it was on return. */
static void read_tree(struct walk_state *w, char *path, unsigned depth, uint32_t parent)
{
	struct emit *out = collect_emit(w->c);
	size_t n = strlen(path);
	str names, name, group;
	uint32_t who;

	if (collect_list(w->c, path, &names) < 0)
		return;
	w->groups++;
	group = str_from(str_of(path), w->root_n);
	who = emit_global_entity(out, CGROUP, group.n ? group : STR("/"));
	emit_relation(out, who, VIA_PARENT, parent);
	read_group(w->c, path, who, names);
	while (depth < DEEPEST && str_next_line(&names, &name)) {
		if (!str_ends(name, STR("/")) || n + name.n + 1 >= PATH_BYTES)
			continue;
		if (w->groups == MOST_GROUPS) {
			collect_failure(w->c, FIRST_FILE, who, -E2BIG);
			return;
		}
		snprintf(path + n, PATH_BYTES - n, "/%.*s", (int)name.n - 1, name.p);
		read_tree(w, path, depth + 1, who);
		path[n] = '\0';
	}
}

/* The reason of an absent file is known only once the mounts are. */
static void tell_why(struct collect *c, const struct state *state)
{
	static const unsigned first_text[CONTROLLERS] = { MEMORY_EVENTS, CPU_MAX, PIDS_CURRENT };

	for (unsigned i = 0; i < CONTROLLERS; i++)
		collect_absent(c, first_text[i],
			state->on_v1[i] ? controllers[i].on_v1 : controllers[i].off);
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	const struct state *state = out->state;
	struct walk_state walk = { .c = c };
	char path[PATH_BYTES];

	collect_text(c, MOUNTS, ENTITY_NONE, "proc/mounts", true);
	if (!state->root[0])
		return -ENOENT;
	tell_why(c, state);
	snprintf(path, sizeof(path), "%s", state->root);
	walk.root_n = strlen(path);
	read_tree(&walk, path, 0, ENTITY_NONE);
	return 0;
}

const struct collector cgroup_collector = {
	.name = "cgroup",
	.about = "cgroup v2: memory events and use, pressure, CPU quota, tasks",
	.pace = SOON,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
