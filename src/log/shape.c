/* What the further lines of a message look like: error details, stack traces, dumps. */
#include "log/shape.h"

/* clang-format off */
static const char *const trace_words[] = {
	/* registers and stacks: arch/x86/kernel/dumpstack.c, process_64.c, lib/dump_stack.c */
	"Call Trace:", "CPU: ", "Hardware name:", "RIP: ", "Code: ", "RSP: ", "RAX: ", "RDX: ", "RBP: ", "R10: ", "R13: ",
	"FS:  ", "CS:  ", "CR2: ", "DR0: ", "DR3: ", "PKRU: ", "ORIG_RAX: ", "Modules linked in:", "---[ end trace",
	"WARNING: CPU: ", "irq event stamp", "hardirqs last", "softirqs last", "NMI backtrace", "Sending NMI", "task:",
	"Workqueue: ", "Tainted: ", "\"echo 0 >",
	/* arm64 */
	"pstate: ", "pc : ", "lr : ", "sp : ", "x29: ", "x26: ", "x23: ", "x20: ", "x17: ", "x14: ", "x11: ", "x8 : ", "x5 : ", "x2 : ",
	/* mm/show_mem.c, mm/oom_kill.c, mm/memcontrol.c */
	"Mem-Info:", "active_anon:", "Node ", "lowmem_reserve", "Swap cache", "Free swap", "Total swap", "Tasks state",
	"[  ", "oom-kill:", "oom_reaper:", "memory: usage", "memory+swap: usage", "swap: usage",
	"kmem: usage", "Memory cgroup stats for", "Unreclaimable slab", "SLUB: ", "cache: ", "node ",
	/* kernel/rcu/tree_stall.h, kernel/irq/spurious.c, arch/x86/kernel/cpu/mce/core.c */
	"rcu: \t", "rcu:  ", "\t(t=", "(t=", "handlers:", "[<", "mce: [Hardware Error]:",
	/* drivers/iommu/intel/dmar.c, iommu.c */
	"DMAR: Dump", "root entry:", "context entry:", "pasid", "pte level", "page table", "DMAR: QI ", "QI HEAD", "QI PRIOR",
};

static const char *const detail_words[] = {
	/* drivers/pci/pcie/aer.c, dpc.c */
	"device [", "AER:  ", "AER: TLP Header", "AER: device [", "AER: [", "AER: aer_", "TLP Header", "[", "DPC: [", "DPC: RP PIO", "DPC: TLP",
	"DPC: rp_pio", "DPC:  ",
	/* drivers/net/ethernet/mellanox/mlx5/core/health.c */
	"assert_", "fw_ver", "time ", "hw_id", "rfr ", "crr ", "severity ", "irisc_index", "synd ", "ext_synd", "raw fw_ver",
	"Sensor name[", "cqe_dump",
};
/* clang-format on */

/* The text is not empty. */
static bool begins_with_one(str text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text.p[0] == words[i][0] && str_starts(text, str_of(words[i])))
			return true;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* "inactive_anon 0", "4194174 pages RAM": counts of a memory dump. */
static bool is_count(str text)
{
	str word, rest = text, number;

	if (!str_next_word(&rest, &word) || !str_next_word(&rest, &number))
		return false;
	if (is_digit(word.p[0]))
		return str_starts(number, STR("page")) || str_starts(number, STR("total")) ||
		       str_starts(number, STR("slab")) || str_starts(number, STR("in"));
	for (size_t i = 0; i < word.n; i++)
		if ((word.p[i] < 'a' || word.p[i] > 'z') && word.p[i] != '_' &&
			!is_digit(word.p[i]))
			return false;
	for (size_t i = 0; i < number.n; i++)
		if (!is_digit(number.p[i]))
			return false;
	return rest.n == 0;
}

/* "00000000: 00 00 00 00": a hex dump; "{1}[Hardware Error]: ": what firmware reports. */
static bool is_dump(str text)
{
	size_t n = 0;

	if (str_starts(text, STR("{")))
		return str_cut(text, '}', NULL, &text) &&
		       str_starts(text, STR("[Hardware Error]:"));
	while (n < text.n && is_hex(text.p[n]))
		n++;
	return n == 8 && n < text.n && text.p[n] == ':';
}

bool shape_is_trace(str text)
{
	if (text.n == 0 || text.p[0] == ' ' || text.p[0] == '\t')
		return text.n > 0;
	return begins_with_one(text, trace_words, sizeof(trace_words) / sizeof(*trace_words)) ||
	       is_count(text) || is_dump(text);
}

bool shape_is_detail(str rest)
{
	str place, after;

	/* mlx5_core says function, line and process first */
	if (str_cut(rest, ' ', &place, &after) && str_ends(place, STR("(pid")) &&
		str_cut(after, ' ', NULL, &after))
		rest = after;
	if (rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == '\t')
		return rest.n > 0;
	return begins_with_one(rest, detail_words, sizeof(detail_words) / sizeof(*detail_words));
}

enum report_part shape_report_part(str text)
{
	if (memmem(text.p, text.n, "Bus Error: severity=", 20))
		return REPORT_DETAIL;
	return memmem(text.p, text.n, " received", 9) ? REPORT_SOURCE : NO_REPORT;
}
