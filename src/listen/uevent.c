/*
 * Kernel uevents: PCI error recovery, devices and drivers that come and go. lib/kobject_uevent.c
 * writes "ACTION@DEVPATH", a NUL, then KEY=VALUE and a NUL each.
 */
#include "listen/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "base/pci_address.h"
#include "listen/listen.h"

enum row {
	RECOVERY,
	RECOVERED,
	NOT_RECOVERED,
	PCI_ADDED,
	PCI_REMOVED,
	PCI_BOUND,
	PCI_UNBOUND,
	PCI_CHANGED,
	NET_ADDED,
	NET_REMOVED,
	NET_MOVED,
	RDMA_ADDED,
	RDMA_REMOVED,
	RDMA_MOVED,
	GPU_WEDGED,
	CPU_ONLINE,
	CPU_OFFLINE,
	LOST,
};

/* clang-format off */
static const struct signal signals[] = {
	[RECOVERY]      = { "pcie.notice.recovery",        "BEGIN_RECOVERY",      EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification (not its log) that recovery from a PCIe error began for the device", 0, WRAPS },
	[RECOVERED]     = { "pcie.notice.recovery.done",   "SUCCESSFUL_RECOVERY", EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification (not its log) that the device recovered from a PCIe error", 0, WRAPS },
	[NOT_RECOVERED] = { "pcie.notice.recovery.failed", "FAILED_RECOVERY",     EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification (not its log) that the device did not recover from a PCIe error", 0, WRAPS },
	[PCI_ADDED]     = { "pcie.notice.added",           "add",                 EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification that a PCI function appeared", 0, WRAPS },
	[PCI_REMOVED]   = { "pcie.notice.removed",         "remove",              EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification that a PCI function is gone", 0, WRAPS },
	[PCI_BOUND]     = { "pcie.notice.bound",           "bind",                EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification that a driver took the PCI function", 0, WRAPS },
	[PCI_UNBOUND]   = { "pcie.notice.unbound",         "unbind",              EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification that the driver left the PCI function", 0, WRAPS },
	[PCI_CHANGED]   = { "pcie.notice.changed",         "change",              EVENT, ONE, PCI,    NONE, FREE, "the kernel's notification that something of the PCI function changed, as its number of virtual functions", 0, WRAPS },
	[NET_ADDED]     = { "nic.notice.device.added",     "add",                 EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that the device of an interface was made, or came from another namespace", 0, WRAPS },
	[NET_REMOVED]   = { "nic.notice.device.removed",   "remove",              EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that the device of an interface is gone, or went to another namespace", 0, WRAPS },
	[NET_MOVED]     = { "nic.notice.device.renamed",   "move",                EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification (not its log) that the device of an interface has another name", 0, WRAPS },
	[RDMA_ADDED]    = { "rdma.notice.added",           "add",                 EVENT, ONE, RDMA,   NONE, FREE, "the kernel's notification (not its log) that an RDMA device appeared", 0, WRAPS },
	[RDMA_REMOVED]  = { "rdma.notice.removed",         "remove",              EVENT, ONE, RDMA,   NONE, FREE, "the kernel's notification that an RDMA device is gone", 0, WRAPS },
	[RDMA_MOVED]    = { "rdma.notice.renamed",         "move",                EVENT, ONE, RDMA,   NONE, FREE, "the kernel's notification that an RDMA device has another name", 0, WRAPS },
	[GPU_WEDGED]    = { "gpu.notice.wedged",           "WEDGED",              EVENT, ONE, GPU,    NONE, FREE, "the kernel's notification that a GPU hangs and what brings it back", 0, WRAPS },
	[CPU_ONLINE]    = { "sched.notice.cpu.online",     "online",              EVENT, ONE, CPU,    NONE, FREE, "the kernel's notification that a CPU was taken into use", 0, WRAPS },
	[CPU_OFFLINE]   = { "sched.notice.cpu.offline",    "offline",             EVENT, ONE, CPU,    NONE, FREE, "the kernel's notification that a CPU was taken out of use", 0, WRAPS },
	[LOST]          = { "self.notice.uevent.lost",     NULL,                  EVENT, ONE, HOST,   NONE, FREE, "notifications about devices came faster than they were read: some are missing", 0, WRAPS },
};

/* What is understood: the first row that fits. `key` = `value` has to be there, where there is a key. */
static const struct {
	const char *action, *subsystem, *key, *value;
	enum row row;
	enum scope scope;
	enum event_severity severity;
	const char *text;
} kinds[] = {
	{ "change",  "pci", "ERROR_EVENT", "BEGIN_RECOVERY",      RECOVERY,      PCI, EVENT_WARNING,  "recovery from a PCIe error begins" },
	{ "change",  "pci", "ERROR_EVENT", "SUCCESSFUL_RECOVERY", RECOVERED,     PCI, EVENT_INFO,     "recovered from a PCIe error" },
	{ "change",  "pci", "ERROR_EVENT", "FAILED_RECOVERY",     NOT_RECOVERED, PCI, EVENT_CRITICAL, "did not recover from a PCIe error" },
	{ "change",  "pci",        NULL,     NULL, PCI_CHANGED,  PCI,    EVENT_INFO,     "the PCI function changed" },
	{ "add",     "pci",        NULL,     NULL, PCI_ADDED,    PCI,    EVENT_INFO,     "a PCI function appeared" },
	{ "remove",  "pci",        NULL,     NULL, PCI_REMOVED,  PCI,    EVENT_WARNING,  "the PCI function is gone" },
	{ "bind",    "pci",        NULL,     NULL, PCI_BOUND,    PCI,    EVENT_INFO,     "a driver took the PCI function" },
	{ "unbind",  "pci",        NULL,     NULL, PCI_UNBOUND,  PCI,    EVENT_WARNING,  "the driver left the PCI function" },
	{ "add",     "net",        NULL,     NULL, NET_ADDED,    NETDEV, EVENT_INFO,     "the interface appeared" },
	{ "remove",  "net",        NULL,     NULL, NET_REMOVED,  NETDEV, EVENT_WARNING,  "the interface is gone" },
	{ "move",    "net",        NULL,     NULL, NET_MOVED,    NETDEV, EVENT_INFO,     "the interface has another name" },
	{ "add",     "infiniband", NULL,     NULL, RDMA_ADDED,   RDMA,   EVENT_INFO,     "the RDMA device appeared" },
	{ "remove",  "infiniband", NULL,     NULL, RDMA_REMOVED, RDMA,   EVENT_WARNING,  "the RDMA device is gone" },
	{ "move",    "infiniband", NULL,     NULL, RDMA_MOVED,   RDMA,   EVENT_INFO,     "the RDMA device has another name" },
	{ "change",  "drm",        "WEDGED", NULL, GPU_WEDGED,   GPU,    EVENT_CRITICAL, "the GPU hangs" },
	{ "online",  "cpu",        NULL,     NULL, CPU_ONLINE,   CPU,    EVENT_INFO,     "the CPU is in use" },
	{ "offline", "cpu",        NULL,     NULL, CPU_OFFLINE,  CPU,    EVENT_WARNING,  "the CPU is out of use" },
};

/* What stands behind the event's own words, where the message has it. */
static const struct { const char *key, *words; } said_too[] = {
	{ "DRIVER", "driver" },
	{ "PCI_ID", "id" },
	{ "DEVICE_ONLINE", "online" },
	{ "DEVPATH_OLD", "before at" },
	{ "WEDGED", "recovery by" },
};
/* clang-format on */

static const char *const moves[] = { "add", "remove", "move", "online", "offline" };
/* of what collectors list */
static const char *const listed[] = { "pci", "net", "queues", "infiniband", "cpu", "node", "drm",
	"hwmon", "thermal", "nvme", "edac" };

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static bool next_pair(str *rest, str *ret)
{
	while (rest->n) {
		if (!str_cut(*rest, '\0', ret, rest)) {
			*ret = *rest;
			*rest = (str){ NULL, 0 };
		}
		if (ret->n)
			return true;
	}
	return false;
}

/* Empty where the message does not have it. */
static str value_of(str pairs, const char *key)
{
	str pair, name, value;

	while (next_pair(&pairs, &pair))
		if (str_cut(pair, '=', &name, &value) && str_is(name, key))
			return value;
	return (str){ "", 0 };
}

static bool is_one_of(str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(word, list[i]))
			return true;
	return false;
}

/* Whom the message is about; "" when it does not say so. */
static str name_of(enum scope scope, str pairs)
{
	str path = value_of(pairs, "DEVPATH"), base = str_base(path);
	uint64_t number;

	switch (scope) {
	case PCI:
		return pci_is_address(value_of(pairs, "PCI_SLOT_NAME"))
			       ? value_of(pairs, "PCI_SLOT_NAME")
			       : pci_last_of_path(path);
	case GPU:
		return pci_last_of_path(path);
	case CPU:
		return str_numbered(base, STR("cpu"), &number) == 0 ? str_from(base, 3)
								    : (str){ "", 0 };
	default:
		return value_of(pairs, "INTERFACE").n ? value_of(pairs, "INTERFACE") : base;
	}
}

static bool fits(size_t kind, str action, str subsystem, str pairs)
{
	str value;

	if (!str_is(action, kinds[kind].action) || !str_is(subsystem, kinds[kind].subsystem))
		return false;
	if (!kinds[kind].key)
		return true;
	value = value_of(pairs, kinds[kind].key);
	return kinds[kind].value ? str_is(value, kinds[kind].value) : value.n > 0;
}

static void say_kind(size_t kind, str pairs, struct notices *out)
{
	const struct notice n = { .row = kinds[kind].row,
		.severity = kinds[kind].severity,
		.scope = kinds[kind].scope,
		.name = name_of(kinds[kind].scope, pairs) };
	char more[NOTICE_TEXT] = "";
	size_t at = 0;

	if (n.name.n == 0 || n.name.n > 64)
		return;
	for (size_t i = 0; i < COUNT(said_too); i++) {
		str value = value_of(pairs, said_too[i].key);

		if (value.n && value.n < 128)
			at += (size_t)snprintf(more + at, sizeof(more) - at, ", %s %.*s",
				said_too[i].words, STR_ARG(value));
		if (at >= sizeof(more) - 1)
			break;
	}
	notice_say(out, &n, "%s%s", kinds[kind].text, more);
}

int uevent_parse(str message, struct notices *out)
{
	str pairs, head, action, subsystem;

	if (!str_cut(message, '\0', &head, &pairs) || !str_cut(head, '@', &action, NULL) ||
		!str_eq(action, value_of(pairs, "ACTION")))
		return -EBADMSG;
	if (value_of(pairs, "SYNTH_UUID").n)
		return 0; /* somebody asked for it (udevadm trigger): nothing happened to the device */
	subsystem = value_of(pairs, "SUBSYSTEM");
	if (is_one_of(action, moves, COUNT(moves)) && is_one_of(subsystem, listed, COUNT(listed)))
		out->rescan = true;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (fits(i, action, subsystem, pairs)) {
			say_kind(i, pairs, out);
			break;
		}
	return 0;
}

static void take(void *self, str message)
{
	struct notices *out = self;

	uevent_parse(message, out);
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	struct hearing h = { .listening = l, .ns = "" };
	struct notices out = hearing_notices(&h);
	int r = hear_netlink(fd, take, &out);

	(void)tag;
	if (r == -ENOBUFS) {
		notice_say(&out,
			&(struct notice){ .row = LOST, .severity = EVENT_WARNING, .scope = HOST },
			"notifications about devices were lost: the queue was full");
		out.rescan = true;
		r = 0;
	}
	if (out.rescan)
		listening_ask_rescan(l);
	return r;
}

enum { OF_KERNEL = 1 }; /* udev speaks in group 2 */

static int open_uevents(struct listening *l)
{
	int fd = host_netlink_listen(listening_host(l), 0, NETLINK_KOBJECT_UEVENT, OF_KERNEL);

	return fd < 0 ? fd : listening_add(l, fd, EPOLLIN, 0);
}

const struct listener uevent_listener = {
	.name = "uevent",
	.about = "devices and drivers that come and go, and recovery from PCIe errors",
	.source = "netlink/kobject-uevent",
	.signals = signals,
	.n_signals = COUNT(signals),
	.open = open_uevents,
	.ready = ready,
};
