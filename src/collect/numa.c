/* Where memory was allocated, how far nodes are apart and which CPUs each has, from
 * /sys/devices/system/node. */
#include <errno.h>

#include "collect/keyed.h"

enum {
	ONLINE,
	HAS_MEMORY,
	TOTAL,
	FREE_MEMORY,
	HIT,
	MISS,
	FOREIGN,
	INTERLEAVE,
	LOCAL,
	OTHER,
	DISTANCE
};

/* clang-format off */
static const struct signal signals[] = {
	[ONLINE]      = { "numa.online",       "online",         FACT,    TEXT,      HOST, NONE,    FREE,  "nodes there are" },
	[HAS_MEMORY]  = { "numa.has_memory",   "has_memory",     FACT,    TEXT,      HOST, NONE,    FREE,  "nodes that have memory" },
	[TOTAL]       = { "numa.memory.total", "MemTotal:",      GAUGE,   KIBIBYTES, NODE, NONE,    CHEAP, "memory of this node" },
	[FREE_MEMORY] = { "numa.memory.free",  "MemFree:",       GAUGE,   KIBIBYTES, NODE, NONE,    CHEAP, "memory of this node that nobody uses" },
	[HIT]         = { "numa.hit",          "numa_hit",       COUNTER, PAGES,     NODE, NONE,    FREE,  "pages allocated here as intended" },
	[MISS]        = { "numa.miss",         "numa_miss",      COUNTER, PAGES,     NODE, NONE,    FREE,  "pages allocated here though another node was wanted" },
	[FOREIGN]     = { "numa.foreign",      "numa_foreign",   COUNTER, PAGES,     NODE, NONE,    FREE,  "pages wanted here and allocated on another node" },
	[INTERLEAVE]  = { "numa.interleave",   "interleave_hit", COUNTER, PAGES,     NODE, NONE,    FREE,  "pages allocated here because the policy spreads them" },
	[LOCAL]       = { "numa.local",        "local_node",     COUNTER, PAGES,     NODE, NONE,    FREE,  "pages allocated here by CPUs of this node" },
	[OTHER]       = { "numa.other",        "other_node",     COUNTER, PAGES,     NODE, NONE,    FREE,  "pages allocated here by CPUs of other nodes" },
	[DISTANCE]    = { "numa.distance",     "distance",       FACT,    ONE,       NODE, BY_NODE, FREE,  "distance to each node; 10 is the node itself" },
};
/* clang-format on */

enum { ONLINE_TEXT, HAS_MEMORY_TEXT, NUMASTAT_TEXT, MEMINFO_TEXT, DISTANCE_TEXT, CPULIST_TEXT };

#define NO_NUMA "kernel without CONFIG_NUMA"

/* The list of nodes comes first: the columns of the distances go by it. */
static const struct text_source texts[] = {
	[ONLINE_TEXT] = { .path = "sys/devices/system/node/online",
		.who = "host",
		.layer = "numa",
		.absent = NO_NUMA },
	[HAS_MEMORY_TEXT] = { .path = "sys/devices/system/node/has_memory",
		.who = "host",
		.layer = "numa",
		.absent = NO_NUMA },
	[NUMASTAT_TEXT] = { .path = "sys/devices/system/node/node*/numastat",
		.who = "node:%1",
		.layer = "numa",
		.absent = NO_NUMA },
	[MEMINFO_TEXT] = { .path = "sys/devices/system/node/node*/meminfo",
		.who = "node:%1",
		.layer = "numa",
		.absent = NO_NUMA },
	[DISTANCE_TEXT] = { .path = "sys/devices/system/node/node*/distance",
		.who = "node:%1",
		.layer = "numa",
		.absent = NO_NUMA },
	[CPULIST_TEXT] = { .path = "sys/devices/system/node/node*/cpulist",
		.who = "node:%1",
		.layer = "numa",
		.absent = NO_NUMA,
		.may_be_silent = true },
};

enum { MOST_NODES = 1024 }; /* CONFIG_NODES_SHIFT is at most 10 */

struct state {
	unsigned n;
	uint16_t online[MOST_NODES];
};

static int parse_online(struct emit *out, str from)
{
	struct state *state = out->state;
	struct cpu_list list = { .rest = str_trim(from) };
	unsigned node;

	for (state->n = 0; state->n < MOST_NODES && cpu_list_next(&list, &node); state->n++)
		state->online[state->n] = (uint16_t)node;
	return parse_one_value(out, ONLINE_TEXT, from);
}

/* "Node 0 MemFree:        3746896 kB" */
static int parse_meminfo(struct emit *out, str from)
{
	unsigned hint = 0;
	str line, word;
	uint64_t value;
	int row, r = 0;

	while (str_next_line(&from, &line)) {
		if (!str_next_word(&line, &word) || !str_is(word, "Node") ||
			!str_next_word(&line, &word) || !str_next_word(&line, &word))
			continue;
		row = emit_row_of(out, word, &hint);
		if (row < 0)
			continue;
		if (str_next_word(&line, &word) && str_u64(word, &value) == 0)
			emit(out, (unsigned)row, (int64_t)value);
		else
			r = -EBADMSG;
	}
	return r;
}

/*
 * drivers/base/node.c, node_read_distance(): one number for each online node, so the third need not
 * be node 2.
 */
static int parse_distance(struct emit *out, str from)
{
	const struct state *state = out->state;
	uint64_t distance;
	str word;
	int r = 0;

	from = str_trim(from);
	for (unsigned i = 0; str_next_word(&from, &word); i++) {
		if (i >= state->n || str_u64(word, &distance) < 0) {
			r = -EBADMSG;
			continue;
		}
		emit_at(out, DISTANCE, out->who, state->online[i], (int64_t)distance);
	}
	return r;
}

static int parse_cpulist(struct emit *out, str from)
{
	struct cpu_list list = { .rest = str_trim(from) };
	unsigned cpu;

	while (cpu_list_next(&list, &cpu))
		emit_relation(out, emit_numbered(out, CPU, cpu), VIA_NODE, out->who);
	return list.rest.n ? -EBADMSG : 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case ONLINE_TEXT:
		return parse_online(out, from);
	case NUMASTAT_TEXT:
		return parse_keyed(out, text, from);
	case MEMINFO_TEXT:
		return parse_meminfo(out, from);
	case DISTANCE_TEXT:
		return parse_distance(out, from);
	case CPULIST_TEXT:
		return parse_cpulist(out, from);
	default:
		return parse_one_value(out, text, from);
	}
}

const struct collector numa_collector = {
	.name = "numa",
	.about = "where memory was allocated, how far nodes are apart and which CPUs each has",
	.pace = SOON,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.state_size = sizeof(struct state),
};
