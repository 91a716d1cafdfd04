/*
 * Where the processes that have queue pairs may run and do run, and where the memory of their cgroups lies, seen from
 * the NUMA nodes of their RDMA devices. Whose queue pairs they are was asked by collect/rdma_resource.c.
 */
#include <errno.h>
#include <stdio.h>

#include "collect/users.h"

enum { CPUS_ALLOWED, TASK_OUTSIDE, BOUND, OUTSIDE, MEMORY, MEMORY_OUTSIDE, MEMORY_BOUND };

/* clang-format off */
static const struct signal signals[] = {
	[CPUS_ALLOWED]   = { "numa.rdma.cpus",           NULL, FACT,  TEXT,     TASK,   NONE,    CHEAP, "CPUs that a process with queue pairs may run on, as its first thread is bound; with more than one node" },
	[TASK_OUTSIDE]   = { "numa.rdma.task.outside",   NULL, GAUGE, SHARE_E4, TASK,   NONE,    CHEAP, "CPU time of a process with queue pairs since the reading before, as a share of one CPU, on CPUs behind the link between sockets from its RDMA devices, as the last CPU of each thread tells" },
	[BOUND]          = { "numa.rdma.bound",          NULL, STATE, ONE,      TASK,   NONE,    CHEAP, "1: none of its threads may run on a CPU near its RDMA devices, and no other process with queue pairs there is bound near: the work was not spread over both sides" },
	[OUTSIDE]        = { "numa.rdma.outside",        NULL, GAUGE, SHARE_E4, RDMA,   NONE,    CHEAP, "of the CPU time of all processes with queue pairs of the device since the reading before, the share on CPUs behind the link between sockets; no row for less than a hundredth of a CPU" },
	[MEMORY]         = { "numa.rdma.memory",         NULL, GAUGE, BYTES,    CGROUP, BY_NODE, CHEAP, "anonymous and shared memory on each node, of a cgroup with processes that have queue pairs; without huge pages" },
	[MEMORY_OUTSIDE] = { "numa.rdma.memory.outside", NULL, GAUGE, SHARE_E4, CGROUP, NONE,    CHEAP, "of that, the share on nodes behind the link between sockets from these processes' RDMA devices; no row for less than 64 MiB" },
	[MEMORY_BOUND]   = { "numa.rdma.memory.bound",   NULL, STATE, ONE,      CGROUP, NONE,    CHEAP, "1: all its processes with queue pairs are bound to CPUs near their RDMA devices" },
};
/* clang-format on */

enum { CGROUP_TEXT = USERS_TEXTS, MOUNTS_TEXT, NUMA_STAT_TEXT, TEXT_COUNT };

/*
 * Not read: /proc/PID/numa_maps, which walks all page tables of the process with its map locked (fs/proc/task_mmu.c);
 * a cgroup's memory.numa_stat is counted anyway.
 */
static const struct text_source texts[TEXT_COUNT] = {
	[USERS_STAT] = { .path = "proc/PID/task/TID/stat", .who = "host", .may_be_silent = true },
	[USERS_STATUS] = { .path = "proc/PID/task/TID/status",
		.who = "host",
		.may_be_silent = true },
	[CGROUP_TEXT] = { .path = "proc/PID/cgroup",
		.who = "host",
		.may_be_silent = true,
		.absent = "kernel without cgroups" },
	[MOUNTS_TEXT] = { .path = "proc/mounts", .who = "host", .may_be_silent = true },
	[NUMA_STAT_TEXT] = { .path = "sys/fs/cgroup/.../memory.numa_stat",
		.who = "host",
		.may_be_silent = true,
		.absent =
			"the groups of processes with queue pairs have no memory controller of cgroup v2, or "
			"the kernel is older than 5.10" },
};

static const int64_t least_share = 100; /* a hundredth of a CPU */
static const int64_t least_memory = 64 << 20;

/* A group holds what is near or far only where all its processes agree on it. */
struct group {
	char path[TASK_PATH];
	uint64_t far;
	bool bound_near;
};

struct state {
	struct users users;
	struct group groups[USERS_MOST];
	unsigned n_groups;
	/* what was parsed last */
	char root[TASK_PATH], cgroup[TASK_PATH];
	struct node_memory memory;
};

/* ---- texts ---- */

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	switch (text) {
	case USERS_STAT:
	case USERS_STATUS:
		return users_parse(&state->users, text, from);
	case CGROUP_TEXT:
		task_text_cgroup(from, state->cgroup);
		return 0;
	case MOUNTS_TEXT:
		task_text_mount(from, state->root);
		return 0;
	default:
		return task_text_memory(from, &state->memory);
	}
}

/* ---- who has queue pairs of what ---- */

static void add_queue_pair(
	struct users *u, const struct session *s, const struct block *b, uint16_t owner)
{
	const struct block *name = session_said(s, b->who, owner);
	struct user *p;

	if (b->values[0] <= 0 || b->values[0] > INT32_MAX)
		return;
	if (!name) {
		u->whole = false;
		return;
	}
	p = users_add(u, (uint32_t)b->values[0]);
	if (!p)
		return;
	snprintf(p->comm, sizeof(p->comm), "%.*s",
		STR_ARG(names_get(&s->texts, (uint32_t)name->values[0])));
	users_use(u, p, users_device_of_qp(u, s, b->who));
}

/* Each one is counted, and a bounded number has rows of its own: some may always be too new for that. */
static bool are_mostly_named(const struct session *s)
{
	uint16_t counts = catalog_find(&s->catalog, STR("rdma.qps"));
	uint16_t state = catalog_find(&s->catalog, STR("rdma.qp.state"));
	int64_t all = 0, named = 0;

	for (uint32_t i = 0; i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];

		for (unsigned sub = 0; b->sig == counts && sub < b->n; sub++)
			all += block_has(b, sub) ? b->values[sub] : 0;
		named += b->sig == state && block_has(b, 0);
	}
	/* those of a device whose answer was cut are not counted */
	return named <= all && all - named <= all / 8;
}

static void find_processes(struct emit *out)
{
	struct state *state = out->state;
	struct users *u = &state->users;
	const struct session *s = out->session;
	uint16_t pid = catalog_find(&s->catalog, STR("rdma.qp.pid"));
	uint16_t owner = catalog_find(&s->catalog, STR("rdma.qp.owner"));

	state->n_groups = 0;
	if (!users_begin(u, s) || pid == SIGNAL_NONE)
		return;
	for (uint32_t i = 0; i < s->ledger.n; i++)
		if (s->ledger.blocks[i].sig == pid && block_has(&s->ledger.blocks[i], 0))
			add_queue_pair(u, s, &s->ledger.blocks[i], owner);
	u->whole &= are_mostly_named(s);
}

/* ---- reading ---- */

static void add_cpus(struct emit *out, const struct user *p)
{
	const struct state *state = out->state;
	char text[TEXT_BYTES];

	emit_text(out, CPUS_ALLOWED, p->who, cpus_text(&state->users.allowed, text, sizeof(text)));
}

/* Groups are no more than processes. */
static void note_group(struct state *state, const struct user *p)
{
	struct group *g = state->groups;

	if (!state->cgroup[0] || strcmp(state->cgroup, "/") == 0)
		return;
	while (g < state->groups + state->n_groups && strcmp(g->path, state->cgroup) != 0)
		g++;
	if (g == state->groups + state->n_groups) {
		*g = (struct group){ .far = UINT64_MAX, .bound_near = true };
		memcpy(g->path, state->cgroup, sizeof(g->path));
		state->n_groups++;
	}
	g->far &= p->unplaced ? 0 : p->far;
	g->bound_near &= !p->unplaced && p->bound_near;
}

/* A number that another process has got is not the one that made the queue pairs. */
static bool read_threads(struct collect *c, struct user *p)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;

	if (!users_read_first(c, &state->users, p))
		return false;
	add_cpus(out, p);
	users_read_others(c, &state->users, p);
	return true;
}

static void read_process(struct collect *c, struct user *p)
{
	char path[64];

	if (!p->unplaced && !read_threads(c, p))
		return;
	snprintf(path, sizeof(path), "proc/%u/cgroup", p->pid);
	if (collect_text(c, CGROUP_TEXT, p->who, path, true) == 0)
		note_group(collect_emit(c)->state, p);
}

/* ---- rows ---- */

static void emit_process(struct emit *out, const struct user *p, int64_t window_ns)
{
	const struct state *state = out->state;

	if (state->users.whole)
		emit_at(out, BOUND, p->who, 0, users_is_bound(&state->users, p, p->devices));
	if (window_ns > 0 && p->seen_before)
		emit_at(out, TASK_OUTSIDE, p->who, 0, users_share_of_cpu(p->far_ticks, window_ns));
}

static void emit_device(struct emit *out, const struct used_device *d, int64_t window_ns)
{
	if (window_ns > 0 && users_share_of_cpu(d->ticks, window_ns) >= least_share)
		emit_at(out, OUTSIDE, d->who, 0,
			(int64_t)((double)d->far_ticks / (double)d->ticks * 10000));
}

/* Nodes without CPUs (CXL, memory of GPUs) are no other socket, however far they are. */
static void emit_memory(struct emit *out, uint32_t who, const struct group *g)
{
	const struct state *state = out->state;
	const struct node_memory *memory = &state->memory;
	struct block *b = emit_block(out, MEMORY, who, NEAR_NODES);
	int64_t all = 0, far = 0;

	for (unsigned node = 0; node < NEAR_NODES; node++) {
		if (!(memory->has >> node & 1))
			continue;
		emit_cell(out, b, node, memory->bytes[node]);
		all += memory->bytes[node] / 4096;
		if (g->far & state->users.near.with_cpus & UINT64_C(1) << node)
			far += memory->bytes[node] / 4096;
	}
	emit_at(out, MEMORY_BOUND, who, 0, g->bound_near);
	if (all >= least_memory / 4096)
		emit_at(out, MEMORY_OUTSIDE, who, 0, (int64_t)((double)far / (double)all * 10000));
}

static void read_group(struct collect *c, const struct group *g)
{
	struct emit *out = collect_emit(c);
	const struct state *state = out->state;
	uint32_t who = emit_global_entity(out, CGROUP, str_of(g->path));
	char path[2 * TASK_PATH + 32];

	snprintf(path, sizeof(path), "%s%s/memory.numa_stat", state->root, g->path);
	if (collect_text(c, NUMA_STAT_TEXT, who, path, true) == 0)
		emit_memory(out, who, g);
}

static void emit_all(struct emit *out)
{
	struct state *state = out->state;
	struct users *u = &state->users;
	int64_t window_ns = users_window_ns(u, out->at_ns);

	users_sum(u);
	for (unsigned i = 0; i < u->n; i++)
		if (u->items[i].read)
			emit_process(out, &u->items[i], window_ns);
	for (unsigned i = 0; i < u->n_devices; i++)
		emit_device(out, &u->devices[i], window_ns);
}

/*
 * Where nobody has queue pairs, or all of them have ended meanwhile, there was nothing to read, as the first text
 * says; what the others would have told is not missed.
 */
static void spare_texts(struct collect *c, const struct state *state)
{
	bool any = false;

	for (unsigned i = 0; i < state->users.n; i++)
		any |= state->users.items[i].read;
	if (!any && !state->users.failed)
		collect_spare(c, USERS_STATUS);
	if (!any)
		collect_spare(c, CGROUP_TEXT);
	for (unsigned text = MOUNTS_TEXT; text < TEXT_COUNT && !state->n_groups; text++)
		collect_spare(c, text);
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;

	find_processes(out);
	if (state->users.over)
		collect_failure(c, USERS_STAT, ENTITY_NONE, -E2BIG);
	for (unsigned i = 0; i < state->users.n; i++)
		read_process(c, &state->users.items[i]);
	emit_all(out);
	users_end(&state->users, out->at_ns);
	if (state->n_groups)
		collect_text(c, MOUNTS_TEXT, ENTITY_NONE, "proc/mounts", true);
	for (unsigned i = 0; i < state->n_groups && state->root[0]; i++)
		read_group(c, &state->groups[i]);
	spare_texts(c, state);
	return 0;
}

const struct collector rdma_place_collector = {
	.name = "rdma_place",
	.about =
		"where processes with queue pairs run and have their memory, seen from their RDMA devices",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
