/* Which CPUs there are and which are kept apart, from /sys/devices/system/cpu. */
#include "collect/keyed.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "sched.cpus.online",    "online",    FACT, TEXT, HOST, NONE, FREE, "CPUs that run" },
	{ "sched.cpus.possible",  "possible",  FACT, TEXT, HOST, NONE, FREE, "CPUs that the kernel has room for" },
	{ "sched.cpus.offline",   "offline",   FACT, TEXT, HOST, NONE, FREE, "CPUs that could run and do not; no row when there are none" },
	{ "sched.cpus.isolated",  "isolated",  FACT, TEXT, HOST, NONE, FREE, "CPUs out of load balancing (isolcpus=); no row when there are none" },
	{ "sched.cpus.nohz_full", "nohz_full", FACT, TEXT, HOST, NONE, FREE, "CPUs without a tick while they run one task; no row when there are none" },
};
/* clang-format on */

static const struct text_source texts[] = {
	{ .path = "sys/devices/system/cpu/online", .who = "host" },
	{ .path = "sys/devices/system/cpu/possible", .who = "host" },
	{ .path = "sys/devices/system/cpu/offline", .who = "host", .may_be_silent = true },
	{ .path = "sys/devices/system/cpu/isolated", .who = "host", .may_be_silent = true },
	{ .path = "sys/devices/system/cpu/nohz_full", .who = "host", .may_be_silent = true },
};

/* drivers/base/cpu.c printed the list of no CPUs as "(null)" until 6.6. */
static int parse(struct emit *out, unsigned text, str from)
{
	return str_is(str_trim(from), "(null)") ? 0 : parse_one_value(out, text, from);
}

const struct collector cpu_collector = {
	.name = "cpu",
	.about = "which CPUs there are and which are kept apart",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
