/* Speed, width and power state of PCIe links, from /sys/bus/pci/devices. */
#include <errno.h>

#include "collect/collector.h"
#include "collect/pci.h"

enum { STATUS, WIDTH, WIDTH_MAX, SPEED, SPEED_MAX };

/* clang-format off */
static const struct signal signals[] = {
	[STATUS]    = { "pcie.runtime_status", "runtime_status",     STATE, TEXT,          PCI, NONE, CHEAP, "active, or suspended to save power: then nothing is asked of the link, because that would wake it" },
	[SPEED]     = { "pcie.link.speed",     "current_link_speed", STATE, MEGATRANSFERS, PCI, NONE, CHEAP, "speed of the link now; GPUs lower it when idle" },
	[SPEED_MAX] = { "pcie.link.speed.max", "max_link_speed",     FACT,  MEGATRANSFERS, PCI, NONE, CHEAP, "highest speed this function can do; the port above it may do less" },
	[WIDTH]     = { "pcie.link.width",     "current_link_width", STATE, LANES,         PCI, NONE, CHEAP, "lanes in use now; no row: the link is down, or a virtual function" },
	[WIDTH_MAX] = { "pcie.link.width.max", "max_link_width",     FACT,  LANES,         PCI, NONE, CHEAP, "most lanes this function can use; the port above it may have fewer" },
};
/* clang-format on */

#define NO_LINK "no PCIe links: no PCIe, or a kernel before 4.13"

/*
 * In the order of the signals. While a function is being removed, its registers answer -EINVAL; while
 * it is being reset or wakes up, a reader waits (pci_cfg_access_lock), for ever when that hangs.
 */
static const struct text_source texts[] = {
	[STATUS] = { .path = "sys/bus/pci/devices/*/power/runtime_status",
		.who = "pci:%1",
		.absent = "a kernel without runtime power management" },
	[WIDTH] = { .path = "sys/bus/pci/devices/*/current_link_width",
		.who = "pci:%1",
		.asks_device = true,
		.may_be_silent = true,
		.normal_error = -EINVAL,
		.absent = NO_LINK },
	[WIDTH_MAX] = { .path = "sys/bus/pci/devices/*/max_link_width",
		.who = "pci:%1",
		.asks_device = true,
		.may_be_silent = true,
		.absent = NO_LINK },
	[SPEED] = { .path = "sys/bus/pci/devices/*/current_link_speed",
		.who = "pci:%1",
		.asks_device = true,
		.may_be_silent = true,
		.normal_error = -EINVAL,
		.absent = NO_LINK },
	[SPEED_MAX] = { .path = "sys/bus/pci/devices/*/max_link_speed",
		.who = "pci:%1",
		.asks_device = true,
		.may_be_silent = true,
		.absent = NO_LINK },
};

/*
 * "16.0 GT/s PCIe", "8 GT/s" before 5.8, "Unknown", "Unknown speed": the last two are no news and
 * no damage.
 */
static int parse_speed(struct emit *out, unsigned row, str from)
{
	int64_t speed;
	str word;

	if (!str_next_word(&from, &word))
		return -EBADMSG;
	if (str_is(word, "Unknown"))
		return 0;
	if (str_fixed(word, 3, &speed) < 0 || !str_next_word(&from, &word) || !str_is(word, "GT/s"))
		return -EBADMSG;
	emit(out, row, speed);
	return 0;
}

/*
 * 0 is no width: an empty slot, a virtual function, a function inside the root complex. 255 is the
 * kernel's word for unknown, and the registers of a device that fell off the bus read as 63.
 */
static int parse_width(struct emit *out, unsigned row, str from)
{
	enum { MOST_LANES = 32 };
	uint64_t lanes;

	if (str_u64(str_trim(from), &lanes) < 0)
		return -EBADMSG;
	if (lanes > 0 && lanes <= MOST_LANES)
		emit(out, row, (int64_t)lanes);
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	switch (text) {
	case STATUS:
		emit_text(out, STATUS, out->who, str_trim(from));
		return 0;
	case SPEED:
	case SPEED_MAX:
		return parse_speed(out, text, from);
	default:
		return parse_width(out, text, from);
	}
}

/*
 * drivers/pci/pci-sysfs.c: current_link_* wakes the function and reads its registers. A port whose
 * slot is empty keeps a speed that means nothing.
 */
static bool may_read(const struct emit *out, unsigned text, uint32_t who)
{
	if (text == WIDTH)
		return !pci_sleeps(out, STATUS, who);
	return text != SPEED || pci_said(out, WIDTH, who);
}

const struct collector pcie_link_collector = {
	.name = "pcie_link",
	.about = "speed, width and power state of PCIe links",
	.pace = SOON,
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.may_read = may_read,
};
