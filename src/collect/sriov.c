/* Virtual functions and functions given to virtual machines, from sysfs. */
#include "collect/keyed.h"
#include "collect/pci.h"

enum { NUMVFS, TOTALVFS, BOUND, GROUPS, DEVICES };

/* clang-format off */
static const struct signal signals[] = {
	[NUMVFS]   = { "vfio.sriov.numvfs",   "sriov_numvfs",   FACT,  ONE, PCI,  NONE, CHEAP, "virtual functions that this physical function has now" },
	[TOTALVFS] = { "vfio.sriov.totalvfs", "sriov_totalvfs", FACT,  ONE, PCI,  NONE, CHEAP, "virtual functions that this physical function can have" },
	[BOUND]    = { "vfio.bound",          NULL,             STATE, ONE, PCI,  NONE, CHEAP, "1: a VFIO driver has this function; a virtual machine or a user program drives it, and the host's counters stand still" },
	[GROUPS]   = { "vfio.groups",         NULL,             GAUGE, ONE, HOST, NONE, CHEAP, "IOMMU groups that can be opened through VFIO" },
	[DEVICES]  = { "vfio.devices",        NULL,             GAUGE, ONE, HOST, NONE, CHEAP, "devices that can be opened through VFIO without a group (6.6 and later)" },
};
/* clang-format on */

enum { TEXT_PF = 2, TEXT_GROUPS, TEXT_DEVICES, TEXT_BOUND };

#define NO_SRIOV "no device here can have virtual functions"
#define NO_VF "no virtual functions"
#define NO_VFIO "no VFIO driver is loaded: no function is given to a virtual machine"

/*
 * sriov_numvfs takes the lock of the device: while functions are being created it answers late. The
 * drivers that vendors add call themselves mlx5_vfio_pci or hisi-acc-vfio-pci.
 */
static const struct text_source texts[] = {
	{ .path = "sys/bus/pci/devices/*/sriov_numvfs", .who = "pci:%1", .absent = NO_SRIOV },
	{ .path = "sys/bus/pci/devices/*/sriov_totalvfs", .who = "pci:%1", .absent = NO_SRIOV },
	[TEXT_PF] = { .path = "sys/bus/pci/devices/*/physfn",
		.who = "pci:%1",
		.kind = LINK_TEXT,
		.absent = NO_VF },
	[TEXT_GROUPS] = { .path = "sys/class/vfio",
		.who = "host",
		.kind = LIST_TEXT,
		.absent = NO_VFIO },
	[TEXT_DEVICES] = { .path = "sys/class/vfio-dev",
		.who = "host",
		.kind = LIST_TEXT,
		.absent = NO_VFIO },
	[TEXT_BOUND] = { .path = "sys/bus/pci/drivers/vfio-pci",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true,
		.absent = NO_VFIO },
	{ .path = "sys/bus/pci/drivers/*-vfio-pci",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true,
		.absent = NO_VFIO },
	{ .path = "sys/bus/pci/drivers/*_vfio_pci",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true,
		.absent = NO_VFIO },
};

static int64_t count_lines(str text)
{
	int64_t n = 0;
	str line;

	while (str_next_line(&text, &line))
		n++;
	return n;
}

/* A driver's directory has a link for each function it drives, among files of its own. */
static void parse_bound(struct emit *out, str names)
{
	str name;

	while (str_next_line(&names, &name))
		if (pci_is_address(name))
			emit_at(out, BOUND, pci_of_path(out, name), 0, 1);
}

static int parse(struct emit *out, unsigned text, str from)
{
	uint32_t pf;

	switch (text) {
	case NUMVFS:
	case TOTALVFS:
		return parse_one_value(out, text, from);
	case TEXT_PF:
		pf = pci_of_path(out, from);
		if (pf != ENTITY_NONE)
			emit_relation(out, out->who, VIA_PF, pf);
		return 0;
	case TEXT_GROUPS:
		emit(out, GROUPS, count_lines(from));
		return 0;
	case TEXT_DEVICES:
		emit(out, DEVICES, count_lines(from));
		return 0;
	default:
		parse_bound(out, from);
		return 0;
	}
}

const struct collector sriov_collector = {
	.name = "sriov",
	.about = "virtual functions, and functions given to virtual machines",
	.pace = RARE,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
