/* How much memory there is and what holds it, from /proc/meminfo. */
#include "collect/keyed.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "memory.total",            "MemTotal",        GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory the kernel can use" },
	{ "memory.free",             "MemFree",         GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory that nobody uses" },
	{ "memory.available",        "MemAvailable",    GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory that could be had without swapping" },
	{ "memory.unevictable",      "Unevictable",     GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory that reclaim cannot take" },
	{ "memory.mlocked",          "Mlocked",         GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory locked with mlock()" },
	{ "memory.swap.total",       "SwapTotal",       GAUGE, KIBIBYTES, HOST, NONE, FREE, "swap space" },
	{ "memory.swap.free",        "SwapFree",        GAUGE, KIBIBYTES, HOST, NONE, FREE, "swap space that nobody uses" },
	{ "memory.dirty",            "Dirty",           GAUGE, KIBIBYTES, HOST, NONE, FREE, "file pages that must be written" },
	{ "memory.writeback",        "Writeback",       GAUGE, KIBIBYTES, HOST, NONE, FREE, "file pages that are being written" },
	{ "memory.anon",             "AnonPages",       GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory of processes, without files" },
	{ "memory.shmem",            "Shmem",           GAUGE, KIBIBYTES, HOST, NONE, FREE, "shared memory and tmpfs" },
	{ "memory.slab",             "Slab",            GAUGE, KIBIBYTES, HOST, NONE, FREE, "kernel objects" },
	{ "memory.slab.unreclaim",   "SUnreclaim",      GAUGE, KIBIBYTES, HOST, NONE, FREE, "kernel objects that reclaim cannot take" },
	{ "memory.page_tables",      "PageTables",      GAUGE, KIBIBYTES, HOST, NONE, FREE, "page tables of processes" },
	{ "memory.commit.limit",     "CommitLimit",     GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory that may be promised (with vm.overcommit_memory = 2)" },
	{ "memory.commit.used",      "Committed_AS",    GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory that was promised to processes" },
	{ "memory.vmalloc.used",     "VmallocUsed",     GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory of vmalloc(): modules, large tables, stacks" },
	{ "memory.percpu",           "Percpu",          GAUGE, KIBIBYTES, HOST, NONE, FREE, "memory of the per-CPU allocator" },
	{ "memory.huge.total",       "HugePages_Total", GAUGE, ONE,       HOST, NONE, FREE, "huge pages of the default size in the pool" },
	{ "memory.huge.free",        "HugePages_Free",  GAUGE, ONE,       HOST, NONE, FREE, "of those, not in use" },
	{ "memory.huge.reserved",    "HugePages_Rsvd",  GAUGE, ONE,       HOST, NONE, FREE, "of the free ones, promised already" },
	{ "memory.huge.surplus",     "HugePages_Surp",  GAUGE, ONE,       HOST, NONE, FREE, "huge pages over the size of the pool" },
	{ "memory.huge.size",        "Hugepagesize",    FACT,  KIBIBYTES, HOST, NONE, FREE, "default size of a huge page" },
};
/* clang-format on */

static const struct text_source texts[] = {
	{ .path = "proc/meminfo", .who = "host" },
};

const struct collector meminfo_collector = {
	.name = "meminfo",
	.about = "how much memory there is and what holds it",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse_keyed,
};
