/* How often each softirq vector ran on each CPU, from /proc/softirqs. */
#include <errno.h>

#include "collect/columns.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "softirq.count.hi",       "HI",       COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the high-priority tasklets",                  32 },
	{ "softirq.count.timer",    "TIMER",    COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the timer softirq",                           32 },
	{ "softirq.count.net_tx",   "NET_TX",   COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the transmit softirq (runs, not packets)",    32 },
	{ "softirq.count.net_rx",   "NET_RX",   COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the receive softirq (runs, not packets)",     32 },
	{ "softirq.count.block",    "BLOCK",    COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the block completion softirq",                32 },
	{ "softirq.count.irq_poll", "IRQ_POLL", COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the interrupt polling softirq",               32 },
	{ "softirq.count.tasklet",  "TASKLET",  COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the ordinary tasklets",                       32 },
	{ "softirq.count.sched",    "SCHED",    COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the load balancer of the scheduler",          32 },
	{ "softirq.count.hrtimer",  "HRTIMER",  COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the high-resolution timer softirq",           32 },
	{ "softirq.count.rcu",      "RCU",      COUNTER, ONE, HOST, BY_CPU, FREE, "runs of the RCU callbacks softirq",                   32 },
};
/* clang-format on */

enum { MOST_NAME = 32 };

/* A vector that is newer than our table: "softirq.count." and its name in lower case. */
static uint16_t signal_of(struct emit *out, str vector)
{
	char name[MOST_NAME + 16] = "softirq.count.";
	size_t n = strlen(name);
	unsigned hint = 0;
	int row = emit_row_of(out, vector, &hint);

	if (row >= 0)
		return (uint16_t)(out->first_signal + row);
	if (vector.n > MOST_NAME)
		return SIGNAL_NONE;
	for (size_t i = 0; i < vector.n; i++, n++) {
		char c = vector.p[i];

		name[n] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		if (!((name[n] >= 'a' && name[n] <= 'z') || name[n] == '_' ||
			    (name[n] >= '0' && name[n] <= '9')))
			return SIGNAL_NONE;
	}
	return emit_own_signal(out, (str){ name, n }, 0);
}

static int parse_line(struct emit *out, const struct cpu_columns *columns, str line)
{
	str vector, rest;
	struct block *b;
	uint16_t sig;

	if (!str_cut(line, ':', &vector, &rest))
		return 0;
	sig = signal_of(out, str_trim(vector));
	if (sig == SIGNAL_NONE)
		return 0;
	b = ledger_block(&out->session->ledger, out->owner, out->who, sig, columns->cells);
	return cpu_columns_emit(out, b, columns, &rest);
}

static int parse(struct emit *out, unsigned text, str from)
{
	(void)text;
	return cpu_table_parse(out, from, parse_line);
}

/* fs/proc/softirqs.c prints possible CPUs: there may be more than /proc/interrupts has. */
static const struct text_source texts[] = {
	{ .path = "proc/softirqs", .who = "host" },
};

const struct collector softirqs_collector = {
	.name = "softirqs",
	.about = "how often each softirq vector ran on each CPU",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
