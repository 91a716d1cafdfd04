/* Page reclaim, compaction, faults and NUMA balancing, from /proc/vmstat. */
#include "collect/keyed.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "memory.allocstall.normal",  "allocstall_normal",    COUNTER, ONE,   HOST, NONE, FREE, "allocations that had to reclaim pages themselves (normal zone)" },
	{ "memory.allocstall.movable", "allocstall_movable",   COUNTER, ONE,   HOST, NONE, FREE, "allocations that had to reclaim pages themselves (movable zone)" },
	{ "memory.compact.stall",      "compact_stall",        COUNTER, ONE,   HOST, NONE, FREE, "allocations that waited for compaction" },
	{ "memory.compact.fail",       "compact_fail",         COUNTER, ONE,   HOST, NONE, FREE, "compactions that freed no block of the wanted size" },
	{ "memory.scan.direct",        "pgscan_direct",        COUNTER, PAGES, HOST, NONE, FREE, "pages scanned by tasks in direct reclaim" },
	{ "memory.scan.kswapd",        "pgscan_kswapd",        COUNTER, PAGES, HOST, NONE, FREE, "pages scanned by kswapd" },
	{ "memory.steal.direct",       "pgsteal_direct",       COUNTER, PAGES, HOST, NONE, FREE, "pages freed by tasks in direct reclaim" },
	{ "memory.steal.kswapd",       "pgsteal_kswapd",       COUNTER, PAGES, HOST, NONE, FREE, "pages freed by kswapd" },
	{ "memory.fault.major",        "pgmajfault",           COUNTER, ONE,   HOST, NONE, FREE, "page faults that had to read from disk" },
	{ "memory.swap.in",            "pswpin",               COUNTER, PAGES, HOST, NONE, FREE, "pages read from swap" },
	{ "memory.swap.out",           "pswpout",              COUNTER, PAGES, HOST, NONE, FREE, "pages written to swap" },
	{ "memory.oom_kill",           "oom_kill",             COUNTER, ONE,   HOST, NONE, FREE, "tasks killed by the kernel's OOM killer" },
	{ "memory.thp.fallback",       "thp_fault_fallback",   COUNTER, ONE,   HOST, NONE, FREE, "huge pages that could not be had at a fault" },
	{ "memory.refault.file",       "workingset_refault_file", COUNTER, PAGES, HOST, NONE, FREE, "pages of files read again soon after reclaim took them: the working set does not fit" },
	{ "numa.balance.hint_faults",  "numa_hint_faults",     COUNTER, ONE,   HOST, NONE, FREE, "faults that NUMA balancing made on purpose" },
	{ "numa.balance.local",        "numa_hint_faults_local", COUNTER, ONE, HOST, NONE, FREE, "of those, on pages that were local already" },
	{ "numa.balance.migrated",     "numa_pages_migrated",  COUNTER, PAGES, HOST, NONE, FREE, "pages moved between nodes by NUMA balancing" },
	{ "numa.migrate.fail",         "pgmigrate_fail",       COUNTER, PAGES, HOST, NONE, FREE, "pages that could not be moved between nodes" },
};
/* clang-format on */

static const struct text_source texts[] = {
	{ .path = "proc/vmstat", .who = "host" },
};

const struct collector vmstat_collector = {
	.name = "vmstat",
	.about = "page reclaim, compaction, faults and NUMA balancing",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse_keyed,
};
