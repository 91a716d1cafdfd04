/* PCIe errors as each function and root port counted them, from the aer_* files of sysfs. */
#include <errno.h>

#include "collect/collector.h"

enum {
	COR,
	NONFATAL,
	FATAL,
	COR_MESSAGES,
	NONFATAL_MESSAGES,
	FATAL_MESSAGES,
	ROOT_COR,
	ROOT_NONFATAL,
	ROOT_FATAL
};
enum { MESSAGES = COR_MESSAGES - COR, FIRST_ROOT_TEXT = 3 };

/* clang-format off */
static const struct signal signals[] = {
	[COR]               = { "pcie.aer.correctable",          "aer_dev_correctable", COUNTER, ONE, PCI, BY_COR_BIT,   CHEAP, "correctable errors this function saw, by status bit" },
	[NONFATAL]          = { "pcie.aer.nonfatal",             "aer_dev_nonfatal",    COUNTER, ONE, PCI, BY_UNCOR_BIT, CHEAP, "uncorrectable errors that left the link usable, by status bit" },
	[FATAL]             = { "pcie.aer.fatal",                "aer_dev_fatal",       COUNTER, ONE, PCI, BY_UNCOR_BIT, CHEAP, "uncorrectable errors that made the link unreliable, by status bit" },
	[COR_MESSAGES]      = { "pcie.aer.correctable.messages", "TOTAL_ERR_COR",       COUNTER, ONE, PCI, NONE,         CHEAP, "correctable error messages of this function; one message may set several bits" },
	[NONFATAL_MESSAGES] = { "pcie.aer.nonfatal.messages",    "TOTAL_ERR_NONFATAL",  COUNTER, ONE, PCI, NONE,         CHEAP, "non-fatal error messages of this function; one message may set several bits" },
	[FATAL_MESSAGES]    = { "pcie.aer.fatal.messages",       "TOTAL_ERR_FATAL",     COUNTER, ONE, PCI, NONE,         CHEAP, "fatal error messages of this function; one message may set several bits" },
	[ROOT_COR]          = { "pcie.aer.rootport.correctable", "aer_rootport_total_err_cor",      COUNTER, ONE, PCI, NONE, CHEAP, "correctable error messages that came in at this root port, its own included" },
	[ROOT_NONFATAL]     = { "pcie.aer.rootport.nonfatal",    "aer_rootport_total_err_nonfatal", COUNTER, ONE, PCI, NONE, CHEAP, "non-fatal error messages that came in at this root port, its own included" },
	[ROOT_FATAL]        = { "pcie.aer.rootport.fatal",       "aer_rootport_total_err_fatal",    COUNTER, ONE, PCI, NONE, CHEAP, "fatal error messages that came in at this root port, its own included" },
};
/* clang-format on */

static const char no_aer[] =
	"no PCIe error counters: the device has no AER, the firmware keeps AER to itself, or the "
	"kernel was built without it (4.19 is the first that counts)";

static const struct text_source texts[] = {
	{ .path = "sys/bus/pci/devices/*/aer_dev_correctable", .who = "pci:%1", .absent = no_aer },
	{ .path = "sys/bus/pci/devices/*/aer_dev_nonfatal", .who = "pci:%1", .absent = no_aer },
	{ .path = "sys/bus/pci/devices/*/aer_dev_fatal", .who = "pci:%1", .absent = no_aer },
	{ .path = "sys/bus/pci/devices/*/aer_rootport_total_err_cor",
		.who = "pci:%1",
		.absent = no_aer },
	{ .path = "sys/bus/pci/devices/*/aer_rootport_total_err_nonfatal",
		.who = "pci:%1",
		.absent = no_aer },
	{ .path = "sys/bus/pci/devices/*/aer_rootport_total_err_fatal",
		.who = "pci:%1",
		.absent = no_aer },
};

/*
 * "RxErr 1", and "Receiver Error 1" in 4.19: the number is the last word, the name all before it.
 */
static int parse_line(struct emit *out, unsigned row, str line)
{
	str name, number;
	uint64_t value;
	int bit;

	line = str_trim(line);
	if (!str_cut_last(line, ' ', &name, &number))
		return line.n ? -EBADMSG : 0;
	name = str_trim(name);
	if (str_is(name, out->signals[row + MESSAGES].key)) {
		if (str_u64(number, &value) < 0)
			return -EBADMSG;
		emit(out, row + MESSAGES, (int64_t)value);
		return 0;
	}
	bit = aer_bit(out->signals[row].sub, name);
	if (bit < 0)
		return 0;
	if (str_u64(number, &value) < 0)
		return -EBADMSG;
	emit_at(out, row, out->who, (unsigned)bit, (int64_t)value);
	return 0;
}

static int parse_total(struct emit *out, unsigned row, str from)
{
	uint64_t value;

	if (str_u64(str_trim(from), &value) < 0)
		return -EBADMSG;
	emit(out, row, (int64_t)value);
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	str line;
	int r = 0;

	if (text >= FIRST_ROOT_TEXT)
		return parse_total(out, ROOT_COR + text - FIRST_ROOT_TEXT, from);
	while (str_next_line(&from, &line))
		if (parse_line(out, COR + text, line) < 0)
			r = -EBADMSG;
	return r;
}

const struct collector pcie_aer_collector = {
	.name = "pcie_aer",
	.about = "PCIe errors, by function, severity and status bit",
	.pace = SOON,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
