/* The per-CPU backlog of the network stack, from /proc/net/softnet_stat. */
#include <errno.h>

#include "collect/collector.h"

enum {
	PROCESSED,
	DROPPED,
	TIME_SQUEEZE,
	RECEIVED_RPS,
	FLOW_LIMIT,
	BACKLOG,
	INPUT_QUEUE,
	PROCESS_QUEUE
};

/* clang-format off */
static const struct signal signals[] = {
	[PROCESSED]     = { "softirq.softnet.processed",    NULL, COUNTER, PACKETS, HOST, BY_CPU, FREE, "frames this CPU took through the stack, backlog included", 32 },
	[DROPPED]       = { "softirq.softnet.dropped",      NULL, COUNTER, PACKETS, HOST, BY_CPU, FREE, "frames dropped because the CPU's backlog was full (RPS, veth, loopback; not ring drops)", 32 },
	[TIME_SQUEEZE]  = { "softirq.softnet.time_squeeze", NULL, COUNTER, ONE,     HOST, BY_CPU, FREE, "times the receive softirq ran out of budget or time with work left", 32 },
	[RECEIVED_RPS]  = { "softirq.softnet.received_rps", NULL, COUNTER, ONE,     HOST, BY_CPU, FREE, "times another CPU woke this one to take steered packets", 32 },
	[FLOW_LIMIT]    = { "softirq.softnet.flow_limit",   NULL, COUNTER, PACKETS, HOST, BY_CPU, FREE, "frames of a large flow dropped to spare the backlog for small ones", 32 },
	[BACKLOG]       = { "softirq.softnet.backlog",      NULL, GAUGE,   PACKETS, HOST, BY_CPU, FREE, "frames that wait in the backlog now (5.10 and later)" },
	[INPUT_QUEUE]   = { "softirq.softnet.input_queue",  NULL, GAUGE,   PACKETS, HOST, BY_CPU, FREE, "of those, not yet taken up by the softirq (6.4 and later)" },
	[PROCESS_QUEUE] = { "softirq.softnet.process_queue", NULL, GAUGE,  PACKETS, HOST, BY_CPU, FREE, "of those, taken up and being worked on (6.4 and later)" },
};
/* clang-format on */

/*
 * net/core/net-procfs.c: softnet_seq_show(). Columns 4 to 9 are always 0; 13 is the CPU, since
 * 5.10.
 */
static const struct {
	unsigned column, row;
} columns[] = {
	{ 1, PROCESSED },
	{ 2, DROPPED },
	{ 3, TIME_SQUEEZE },
	{ 10, RECEIVED_RPS },
	{ 11, FLOW_LIMIT },
	{ 12, BACKLOG },
	{ 14, INPUT_QUEUE },
	{ 15, PROCESS_QUEUE },
};
enum { COLUMNS = 15, FEWEST = 9, CPU_COLUMN = 13 };

static int parse_line(struct emit *out, str line, unsigned nth)
{
	uint64_t value[COLUMNS + 1] = { 0 };
	unsigned n = 0, cpu;
	str word;

	while (n < COLUMNS && str_next_word(&line, &word))
		if (str_hex(word, &value[++n]) < 0)
			return -EBADMSG;
	if (n < FEWEST)
		return -EBADMSG;
	cpu = n >= CPU_COLUMN ? (unsigned)value[CPU_COLUMN] : nth;
	if (cpu >= UINT16_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		if (columns[i].column <= n)
			emit_at(out, columns[i].row, out->who, cpu,
				(int64_t)value[columns[i].column]);
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	unsigned nth = 0;
	str line;
	int r = 0;

	(void)text;
	while (str_next_line(&from, &line))
		if (parse_line(out, line, nth++) < 0)
			r = -EBADMSG;
	return r;
}

static const struct text_source texts[] = {
	{ .path = "proc/net/softnet_stat", .who = "host" },
};

const struct collector softnet_collector = {
	.name = "softnet",
	.about = "the per-CPU backlog of the network stack",
	.fast = 1,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
