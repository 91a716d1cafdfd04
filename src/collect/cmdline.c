/* Which kernel runs, and what it was told at boot, from /proc/cmdline. */
#include "collect/collector.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "hardware.kernel.release",       NULL,                 FACT, TEXT, HOST, NONE, FREE, "version of the running kernel" },
	{ "hardware.kernel.cmdline",       NULL,                 FACT, TEXT, HOST, NONE, FREE, "the whole command line of the kernel" },
	{ "iommu.cmdline.iommu",           "iommu",              FACT, TEXT, HOST, NONE, FREE, "boot parameter: pt maps nothing, nopt and strict cost the most" },
	{ "iommu.cmdline.intel_iommu",     "intel_iommu",        FACT, TEXT, HOST, NONE, FREE, "boot parameter: on, off, sm_on, ..." },
	{ "iommu.cmdline.amd_iommu",       "amd_iommu",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: on, off, ..." },
	{ "iommu.cmdline.passthrough",     "iommu.passthrough",  FACT, TEXT, HOST, NONE, FREE, "boot parameter: 1 maps nothing" },
	{ "iommu.cmdline.strict",          "iommu.strict",       FACT, TEXT, HOST, NONE, FREE, "boot parameter: 0 lets the IOMMU forget mappings lazily" },
	{ "iommu.cmdline.forcedac",        "iommu.forcedac",     FACT, TEXT, HOST, NONE, FREE, "boot parameter: 1 allocates I/O addresses above 4 GiB first" },
	{ "iommu.cmdline.swiotlb",         "swiotlb",            FACT, TEXT, HOST, NONE, FREE, "boot parameter: bounce buffers" },
	{ "vfio.cmdline.ids",              "vfio-pci.ids",       FACT, TEXT, HOST, NONE, FREE, "boot parameter: devices given to VFIO" },
	{ "pcie.cmdline.pcie_aspm",        "pcie_aspm",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: power saving of PCIe links" },
	{ "pcie.cmdline.pcie_aspm_policy", "pcie_aspm.policy",   FACT, TEXT, HOST, NONE, FREE, "boot parameter: power saving of PCIe links" },
	{ "pcie.cmdline.pci",              "pci",                FACT, TEXT, HOST, NONE, FREE, "boot parameter: noaer, pcie_bus_perf, realloc, ..." },
	{ "pcie.cmdline.pcie_ports",       "pcie_ports",         FACT, TEXT, HOST, NONE, FREE, "boot parameter: compat leaves AER and hotplug to firmware" },
	{ "irq.cmdline.irqaffinity",       "irqaffinity",        FACT, TEXT, HOST, NONE, FREE, "boot parameter: CPUs that take interrupts by default" },
	{ "irq.cmdline.noirqbalance",      "noirqbalance",       FACT, TEXT, HOST, NONE, FREE, "boot parameter: the kernel does not balance interrupts" },
	{ "irq.cmdline.threadirqs",        "threadirqs",         FACT, TEXT, HOST, NONE, FREE, "boot parameter: interrupt handlers run as threads" },
	{ "irq.cmdline.nox2apic",          "nox2apic",           FACT, TEXT, HOST, NONE, FREE, "boot parameter: at most 255 CPUs can take interrupts" },
	{ "sched.cmdline.isolcpus",        "isolcpus",           FACT, TEXT, HOST, NONE, FREE, "boot parameter: CPUs the scheduler leaves alone" },
	{ "sched.cmdline.nohz",            "nohz",               FACT, TEXT, HOST, NONE, FREE, "boot parameter: idle CPUs without a tick" },
	{ "sched.cmdline.nohz_full",       "nohz_full",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: CPUs without a tick while one task runs" },
	{ "sched.cmdline.rcu_nocbs",       "rcu_nocbs",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: CPUs whose RCU work runs elsewhere" },
	{ "sched.cmdline.psi",             "psi",                FACT, TEXT, HOST, NONE, FREE, "boot parameter: pressure stall information" },
	{ "sched.cmdline.preempt",         "preempt",            FACT, TEXT, HOST, NONE, FREE, "boot parameter: none, voluntary, full, lazy" },
	{ "sched.cmdline.nosmt",           "nosmt",              FACT, TEXT, HOST, NONE, FREE, "boot parameter: one thread a core" },
	{ "sched.cmdline.maxcpus",         "maxcpus",            FACT, TEXT, HOST, NONE, FREE, "boot parameter: CPUs brought up at boot" },
	{ "sched.cmdline.nr_cpus",         "nr_cpus",            FACT, TEXT, HOST, NONE, FREE, "boot parameter: most CPUs the kernel knows" },
	{ "sched.cmdline.skew_tick",       "skew_tick",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: 1 spreads the ticks of the CPUs" },
	{ "sched.cmdline.nowatchdog",      "nowatchdog",         FACT, TEXT, HOST, NONE, FREE, "boot parameter: no lockup detectors" },
	{ "sched.cmdline.mitigations",     "mitigations",        FACT, TEXT, HOST, NONE, FREE, "boot parameter: defences against CPU flaws, which cost system call time" },
	{ "sched.cmdline.idle",            "idle",               FACT, TEXT, HOST, NONE, FREE, "boot parameter: poll never sleeps" },
	{ "sched.cmdline.max_cstate",      "processor.max_cstate", FACT, TEXT, HOST, NONE, FREE, "boot parameter: deepest sleep of a CPU" },
	{ "sched.cmdline.intel_max_cstate", "intel_idle.max_cstate", FACT, TEXT, HOST, NONE, FREE, "boot parameter: deepest sleep of a CPU" },
	{ "sched.cmdline.intel_pstate",    "intel_pstate",       FACT, TEXT, HOST, NONE, FREE, "boot parameter: who sets the CPU's frequency" },
	{ "sched.cmdline.amd_pstate",      "amd_pstate",         FACT, TEXT, HOST, NONE, FREE, "boot parameter: who sets the CPU's frequency" },
	{ "sched.cmdline.clocksource",     "clocksource",        FACT, TEXT, HOST, NONE, FREE, "boot parameter: anything but tsc makes reading the time slow" },
	{ "sched.cmdline.tsc",             "tsc",                FACT, TEXT, HOST, NONE, FREE, "boot parameter: trust in the CPU's counter" },
	{ "numa.cmdline.numa",             "numa",               FACT, TEXT, HOST, NONE, FREE, "boot parameter: off makes one node of all" },
	{ "numa.cmdline.numa_balancing",   "numa_balancing",     FACT, TEXT, HOST, NONE, FREE, "boot parameter: pages follow the tasks that use them" },
	{ "memory.cmdline.thp",            "transparent_hugepage", FACT, TEXT, HOST, NONE, FREE, "boot parameter: always, madvise, never" },
	{ "memory.cmdline.hugepages",      "hugepages",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: huge pages set aside" },
	{ "memory.cmdline.hugepagesz",     "hugepagesz",         FACT, TEXT, HOST, NONE, FREE, "boot parameter: their size" },
	{ "memory.cmdline.mem",            "mem",                FACT, TEXT, HOST, NONE, FREE, "boot parameter: memory the kernel uses" },
	{ "cgroup.cmdline.disable",        "cgroup_disable",     FACT, TEXT, HOST, NONE, FREE, "boot parameter: controllers that are off" },
	{ "cgroup.cmdline.no_v1",          "cgroup_no_v1",       FACT, TEXT, HOST, NONE, FREE, "boot parameter: controllers kept off the old hierarchies" },
	{ "cgroup.cmdline.unified",        "systemd.unified_cgroup_hierarchy", FACT, TEXT, HOST, NONE, FREE, "boot parameter: 0 asks systemd for the old hierarchies" },
	{ "gpu.cmdline.modeset",           "nomodeset",          FACT, TEXT, HOST, NONE, FREE, "boot parameter: no graphics drivers" },
};
/* clang-format on */
enum { RELEASE, WHOLE, FIRST_PARAMETER, N_SIGNALS = sizeof(signals) / sizeof(*signals) };

enum { CMDLINE, OSRELEASE };
static const struct text_source texts[] = {
	[CMDLINE] = { .path = "proc/cmdline", .who = "host" },
	[OSRELEASE] = { .path = "proc/sys/kernel/osrelease", .who = "host" },
};

/*
 * lib/cmdline.c: next_arg(). Blanks between double quotes do not separate; "--" ends the kernel's
 * part.
 */
static bool next_parameter(str *rest, str *ret_name, str *ret_value)
{
	bool quoted = false;
	size_t n = 0;
	str word;

	*rest = str_trim(*rest);
	while (n < rest->n &&
		(quoted || (rest->p[n] != ' ' && rest->p[n] != '\t' && rest->p[n] != '\n')))
		quoted ^= rest->p[n++] == '"';
	word = (str){ rest->p, n };
	*rest = str_from(*rest, n);
	if (n == 0 || str_is(word, "--"))
		return false;
	/* a flag is its own value */
	*ret_name = *ret_value = word;
	str_cut(word, '=', ret_name, ret_value);
	if (ret_value->n >= 2 && str_starts(*ret_value, STR("\"")) &&
		str_ends(*ret_value, STR("\"")))
		*ret_value = (str){ ret_value->p + 1, ret_value->n - 2 };
	return true;
}

/* kernel/params.c: dash and underscore are one. */
static bool is_parameter(str name, const char *key)
{
	size_t i;

	for (i = 0; i < name.n && key[i]; i++)
		if (name.p[i] != key[i] && !(name.p[i] == '-' && key[i] == '_') &&
			!(name.p[i] == '_' && key[i] == '-'))
			return false;
	return i == name.n && !key[i];
}

/* Some may be given several times, and all count: they stand behind each other. */
static void emit_parameter(struct emit *out, unsigned row, str from)
{
	char all[TEXT_BYTES];
	bool found = false;
	size_t n = 0;
	str name, value;

	while (next_parameter(&from, &name, &value)) {
		if (!is_parameter(name, signals[row].key) || value.n + 1 > sizeof(all) - n)
			continue;
		if (found)
			all[n++] = ' ';
		memcpy(all + n, value.p, value.n);
		n += value.n;
		found = true;
	}
	if (found)
		emit_text(out, row, out->who, (str){ all, n });
}

static int row_of(str name)
{
	for (unsigned row = FIRST_PARAMETER; row < N_SIGNALS; row++)
		if (is_parameter(name, signals[row].key))
			return (int)row;
	return -1;
}

/* Few words of the line are ours: only for those is it searched for others of their name. */
static void emit_parameters(struct emit *out, str from)
{
	bool done[N_SIGNALS] = { 0 };
	str rest = from, name, value;

	while (next_parameter(&rest, &name, &value)) {
		int row = row_of(name);

		if (row < 0 || done[row])
			continue;
		done[row] = true;
		emit_parameter(out, (unsigned)row, from);
	}
}

static int parse(struct emit *out, unsigned text, str from)
{
	from = str_trim(from);
	if (from.n)
		emit_text(out, text == OSRELEASE ? RELEASE : WHOLE, out->who, from);
	if (text != OSRELEASE)
		emit_parameters(out, from);
	return 0;
}

const struct collector cmdline_collector = {
	.name = "cmdline",
	.about = "which kernel runs, and what it was told at boot",
	.pace = RARE,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
