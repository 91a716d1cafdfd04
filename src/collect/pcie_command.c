/* The command register of each PCI function: may it read and write memory, does it answer at all. */
#include <errno.h>

#include "collect/collector.h"
#include "collect/pci.h"

enum { PRESENT, BUS_MASTER, MEMORY, INTX_DISABLED };

/* clang-format off */
static const struct signal signals[] = {
	[PRESENT]       = { "pcie.config.present",        NULL, STATE, ONE, PCI, NONE, CHEAP, "1: the function answers; 0: all that is read of it is ones, as of a slot without a card" },
	[BUS_MASTER]    = { "pcie.command.bus_master",    NULL, STATE, ONE, PCI, NONE, CHEAP, "1: it may read and write memory (DMA) and send interrupts as messages; 0: it cannot" },
	[MEMORY]        = { "pcie.command.memory",        NULL, STATE, ONE, PCI, NONE, CHEAP, "1: it answers to accesses of its memory; 0: a driver would read ones only" },
	[INTX_DISABLED] = { "pcie.command.intx_disabled", NULL, STATE, ONE, PCI, NONE, CHEAP, "1: its interrupt line is off, as with MSI or MSI-X" },
};
/* clang-format on */

/* PCI Local Bus Specification 3.0, 6.1 and 6.2.2; include/uapi/linux/pci_regs.h */
enum {
	HEAD_BYTES = 16,  /* no more: each word is a question to the device */
	WHOLE_BYTES = 64, /* what recordings of the whole header have */
	VENDOR_AT = 0,
	COMMAND_AT = 4,
	TYPE_AT = 14,
	COMMAND_MEMORY = 1 << 1,
	COMMAND_MASTER = 1 << 2,
	COMMAND_INTX_DISABLE = 1 << 10,
	TYPE_MASK = 0x7f,
	TYPE_BRIDGE = 1,
	NO_VENDOR = 0xffff,
};

static const struct text_source texts[] = {
	{ .path = "sys/bus/pci/devices/*/config",
		.who = "pci:%1",
		.most_bytes = HEAD_BYTES,
		.absent = "no PCI bus" },
};

static unsigned word_at(str from, size_t at)
{
	return (unsigned)(unsigned char)from.p[at] | (unsigned)(unsigned char)from.p[at + 1] << 8;
}

static bool is_all_ones(str from)
{
	for (size_t i = 0; i < from.n; i++)
		if ((unsigned char)from.p[i] != 0xff)
			return false;
	return true;
}

/*
 * A virtual function has no vendor of its own in there, and its memory is enabled in its physical
 * function. CardBus bridges have another header.
 */
static int parse(struct emit *out, unsigned text, str from)
{
	unsigned command, type;

	(void)text;
	if (from.n != HEAD_BYTES && from.n != WHOLE_BYTES)
		return -EBADMSG;
	emit(out, PRESENT, !is_all_ones(from));
	command = word_at(from, COMMAND_AT);
	type = (unsigned char)from.p[TYPE_AT] & TYPE_MASK;
	if (is_all_ones(from) || type > TYPE_BRIDGE)
		return 0;
	emit(out, BUS_MASTER, (command & COMMAND_MASTER) != 0);
	if (word_at(from, VENDOR_AT) == NO_VENDOR)
		return 0;
	emit(out, MEMORY, (command & COMMAND_MEMORY) != 0);
	emit(out, INTX_DISABLED, (command & COMMAND_INTX_DISABLE) != 0);
	return 0;
}

/*
 * drivers/pci/pci-sysfs.c: to read it wakes the function. Whether it sleeps was said by pcie_link,
 * which runs before this one.
 */
static bool may_read(const struct emit *out, unsigned text, uint32_t who)
{
	(void)text;
	return !pci_is_asleep(out->session, who);
}

const struct collector pcie_command_collector = {
	.name = "pcie_command",
	.about = "what PCI functions may do: DMA, memory, interrupts; whether they answer",
	.pace = SLOW,
	/* Where pcie_link hangs, and beside it. Functions without a link are of the chipset, or made
	 * by a hypervisor: for those alone no process is worth its memory. */
	.may_hang = true,
	.with_former = true, /* who sleeps is what pcie_link said just now */
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.may_read = may_read,
};
