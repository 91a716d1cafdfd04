/* What the capabilities of PCI functions say: errors latched, links, slots, containment, interrupts. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>

#include "collect/config_space.h"
#include "collect/pci.h"
#include "collect/pcie_payload.h"
#include "collect/run.h"

enum row {
	PORT_TYPE,
	POWER_STATE,
	REPORTING,
	COR_DETECTED,
	NONFATAL_DETECTED,
	FATAL_DETECTED,
	UNSUPPORTED_DETECTED,
	PAYLOAD,
	PAYLOAD_MAX,
	READ_REQUEST,
	RELAXED_ORDERING,
	EXTENDED_TAG,
	NO_SNOOP,
	ASPM,
	SUBSTATES,
	LINK_DISABLED,
	LINK_TRAINING,
	LINK_ACTIVE,
	LINK_MANAGED,
	LINK_AUTONOMOUS,
	LINK_TARGET,
	LINK_TRANSITIONS,
	LANE_ERRORS,
	SLOT_PRESENT,
	SLOT_POWER_FAULT,
	SLOT_LINK_CHANGED,
	SLOT_ATTENTION,
	COR_LATCHED,
	NONFATAL_LATCHED,
	FATAL_LATCHED,
	COR_STATUS,
	COR_MASK,
	UNCOR_STATUS,
	UNCOR_MASK,
	UNCOR_SEVERITY,
	FIRST_ERROR,
	ROOT_REPORTING,
	DPC_TRIGGER,
	DPC_TRIGGERED,
	DPC_REASON,
	ACS,
	MSI,
	MSIX,
	MSIX_MASKED,
	MSIX_VECTORS,
	FIRST_OF_PATH,
};

/* clang-format off */
static const struct signal signals[] = {
	[PORT_TYPE]            = { "pcie.port.type",                 NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "what it is on its link: endpoint, root port, upstream or downstream port of a switch, ..." },
	[POWER_STATE]          = { "pcie.power_state",               NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "0: D0, it works; 3: D3, it is off but for its config space" },
	[REPORTING]            = { "pcie.reporting",                 NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "errors of which it sends a message to its root port: correctable, nonfatal, fatal, unsupported; or none (Device Control)" },
	[COR_DETECTED]         = { "pcie.detected.correctable",      NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: an error was corrected since somebody cleared this bit, reported or not (Device Status)" },
	[NONFATAL_DETECTED]    = { "pcie.detected.nonfatal",         NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: a transaction was lost since somebody cleared this bit, reported or not (Device Status)" },
	[FATAL_DETECTED]       = { "pcie.detected.fatal",            NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link became unreliable since somebody cleared this bit, reported or not (Device Status)" },
	[UNSUPPORTED_DETECTED] = { "pcie.detected.unsupported",      NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: it was asked for what it does not have, as in every scan of the bus (Device Status)" },
	[PAYLOAD]              = { "pcie.payload",                   NULL, FACT,    BYTES, PCI, NONE, FIRMWARE, "most data in a packet it sends, as it is set" },
	[PAYLOAD_MAX]          = { "pcie.payload.max",               NULL, FACT,    BYTES, PCI, NONE, FIRMWARE, "most data in a packet, as it could be set" },
	[READ_REQUEST]         = { "pcie.read_request",              NULL, FACT,    BYTES, PCI, NONE, FIRMWARE, "most data it asks for in one request" },
	[RELAXED_ORDERING]     = { "pcie.relaxed_ordering",          NULL, FACT,    ONE,   PCI, NONE, FIRMWARE, "1: its writes may overtake each other" },
	[EXTENDED_TAG]         = { "pcie.extended_tag",              NULL, FACT,    ONE,   PCI, NONE, FIRMWARE, "1: 256 of its requests may be under way, 0: 32" },
	[NO_SNOOP]             = { "pcie.no_snoop",                  NULL, FACT,    ONE,   PCI, NONE, FIRMWARE, "1: it may pass by the caches of CPUs" },
	[ASPM]                 = { "pcie.link.aspm",                 NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "states in which the link may sleep between packets: L0s, L1; or none" },
	[SUBSTATES]            = { "pcie.link.substates",            NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "deeper states of L1 that are on: PCI-PM_L1.2, PCI-PM_L1.1, ASPM_L1.2, ASPM_L1.1; or none" },
	[LINK_DISABLED]        = { "pcie.link.disabled",             NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link below this port was switched off" },
	[LINK_TRAINING]        = { "pcie.link.training",             NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link below this port is being trained just now" },
	[LINK_ACTIVE]          = { "pcie.link.active",               NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link below this port carries packets; 0: it is down, or nothing is there" },
	[LINK_MANAGED]         = { "pcie.link.bandwidth_changed",    NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link below this port was trained again, or became slower or narrower because it was unreliable, since somebody cleared this bit" },
	[LINK_AUTONOMOUS]      = { "pcie.link.bandwidth_chosen",     NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link below this port changed its speed or width by itself, not because it was unreliable, since somebody cleared this bit" },
	[LINK_TARGET]          = { "pcie.link.speed.target",         NULL, FACT,    MEGATRANSFERS, PCI, NONE, FIRMWARE, "speed above which the link is not to be trained" },
	[LINK_TRANSITIONS]     = { "pcie.link.transitions",          NULL, COUNTER, ONE,   PCI, NONE, FIRMWARE, "times that speed, width or activity of the link were others than at the reading before, or it had been trained again: counted by faultline since it began" },
	[LANE_ERRORS]          = { "pcie.link.lane_errors",          NULL, STATE,   LANES, PCI, NONE, FIRMWARE, "lanes that saw an error since somebody cleared their bits; training leaves some behind" },
	[SLOT_PRESENT]         = { "pcie.slot.present",              NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: a card is in the slot of this port" },
	[SLOT_POWER_FAULT]     = { "pcie.slot.power_fault",          NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the slot's power controller found a fault" },
	[SLOT_LINK_CHANGED]    = { "pcie.slot.link_changed",         NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the link of the slot came or went, and nobody has taken note" },
	[SLOT_ATTENTION]       = { "pcie.slot.attention",            NULL, STATE,   TEXT,  PCI, NONE, FIRMWARE, "the slot's attention light: on, blinking, off" },
	[COR_LATCHED]          = { "pcie.aer.latched.correctable",   NULL, STATE,   ONE,   PCI, BY_COR_BIT,   FIRMWARE, "1: the error stands in the function's status and is not masked, so a message should have told of it; the kernel clears what it was told of" },
	[NONFATAL_LATCHED]     = { "pcie.aer.latched.nonfatal",      NULL, STATE,   ONE,   PCI, BY_UNCOR_BIT, FIRMWARE, "the same of uncorrectable errors that are set to be non-fatal" },
	[FATAL_LATCHED]        = { "pcie.aer.latched.fatal",         NULL, STATE,   ONE,   PCI, BY_UNCOR_BIT, FIRMWARE, "the same of uncorrectable errors that are set to be fatal" },
	[COR_STATUS]           = { "pcie.aer.correctable.status",    NULL, STATE,   TEXT,  PCI, NONE, FIRMWARE, "the register: all correctable errors that are latched, masked ones too" },
	[COR_MASK]             = { "pcie.aer.correctable.mask",      NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "the register: correctable errors that are not to be reported" },
	[UNCOR_STATUS]         = { "pcie.aer.uncorrectable.status",  NULL, STATE,   TEXT,  PCI, NONE, FIRMWARE, "the register: all uncorrectable errors that are latched, masked ones too" },
	[UNCOR_MASK]           = { "pcie.aer.uncorrectable.mask",    NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "the register: uncorrectable errors that are not to be reported" },
	[UNCOR_SEVERITY]       = { "pcie.aer.uncorrectable.severity", NULL, FACT,   TEXT,  PCI, NONE, FIRMWARE, "the register: uncorrectable errors that are fatal" },
	[FIRST_ERROR]          = { "pcie.aer.first_error",           NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "bit of the uncorrectable error that came first, of those that are latched" },
	[ROOT_REPORTING]       = { "pcie.aer.rootport.reporting",    NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "messages for which the root port interrupts: correctable, nonfatal, fatal; or none" },
	[DPC_TRIGGER]          = { "pcie.dpc.trigger",               NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "errors for which the port takes its link down: off, fatal, nonfatal (and fatal)" },
	[DPC_TRIGGERED]        = { "pcie.dpc.triggered",             NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: the port contains an error and holds its link down" },
	[DPC_REASON]           = { "pcie.dpc.reason",                NULL, STATE,   TEXT,  PCI, NONE, FIRMWARE, "why it does: an error it saw itself, or a message from below" },
	[ACS]                  = { "pcie.acs",                       NULL, FACT,    TEXT,  PCI, NONE, FIRMWARE, "what keeps functions apart and is on: validation, blocking, request and completion redirect, ...; or none" },
	[MSI]                  = { "pcie.msi.enabled",               NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: it interrupts by MSI" },
	[MSIX]                 = { "pcie.msix.enabled",              NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: it interrupts by MSI-X" },
	[MSIX_MASKED]          = { "pcie.msix.masked",               NULL, STATE,   ONE,   PCI, NONE, FIRMWARE, "1: all its MSI-X vectors are masked at once: it interrupts nobody" },
	[MSIX_VECTORS]         = { "pcie.msix.vectors",              NULL, FACT,    ONE,   PCI, NONE, FIRMWARE, "how many MSI-X vectors it has" },
	[FIRST_OF_PATH + PAYLOAD_ABOVE]       = { "pcie.payload.above",     NULL, STATE, BYTES, PCI, NONE, FIRMWARE, "most data in a packet that all ports above it take, as they are set: a longer one is malformed to them; of endpoints behind a root port" },
	[FIRST_OF_PATH + PAYLOAD_POSSIBLE]    = { "pcie.payload.possible",  NULL, FACT, BYTES, PCI, NONE, FIRMWARE, "most data in a packet that its root port and all below that could be set to; no row: one of them sleeps" },
	[FIRST_OF_PATH + PAYLOAD_UNUSED]      = { "pcie.payload.unused",    NULL, FACT, BYTES, PCI, NONE, FIRMWARE, "it is set to the least, 128, and its path could take packets of so many" },
	[FIRST_OF_PATH + PAYLOAD_SMALL_READS] = { "pcie.read_request.small", NULL, FACT, BYTES, PCI, NONE, FIRMWARE, "it asks for the least at a time, though its path could take packets of more than 128" },
};
/* clang-format on */

enum { CONFIG };
static const struct text_source texts[] = {
	[CONFIG] = { .path = "ask/pci/*/config",
		.who = "pci:%1",
		.may_be_silent = true,
		.absent = "no PCI bus" },
};

enum { MOST_LINKS = 1024, NO_VENDOR = 0xffff };

struct link {
	uint32_t who;
	uint16_t status; /* as it was read last */
	int64_t transitions;
};

struct state {
	struct link links[MOST_LINKS];
	unsigned n_links, next;
	struct payload_paths paths;
};

/* What a function has, beside the capabilities themselves. */
enum has {
	ITS_OWN = 1 << 0, /* of a virtual function the settings are its physical function's */
	A_LINK = 1 << 1,
	A_LINK_BELOW = 1 << 2,
	A_SLOT = 1 << 3,
	ACTIVE_REPORTED = 1 << 4,
	BANDWIDTH_REPORTED = 1 << 5,
	POWER_CONTROLLER = 1 << 6,
	SECOND_REGISTERS = 1 << 7,
};

struct function {
	struct emit *out;
	unsigned has;
	struct payload_function *path; /* NULL: nobody asks for it */
};

/* ---- values ---- */

struct field {
	enum row row;
	unsigned at, mask, needs;
};

static void emit_fields(const struct function *f, const struct config_piece *piece,
	const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *field = &fields[i];

		if ((f->has & field->needs) == field->needs)
			emit(f->out, field->row,
				(config_word(piece, field->at) & field->mask) /
					(field->mask & (0U - field->mask)));
	}
}

/* The names of the bits that are set, lowest first. */
static void emit_names(
	const struct function *f, enum row row, unsigned bits, const char *const *names, unsigned n)
{
	char text[160] = "none";
	size_t used = 0;

	for (unsigned i = 0; i < n && used < sizeof(text); i++)
		if (bits >> i & 1)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
				used ? " " : "", names[i]);
	emit_text(f->out, row, f->out->who, str_of(text));
}

static void emit_register(const struct function *f, enum row row, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", value);
	emit_text(f->out, row, f->out->who, str_of(text));
}

static void emit_name(
	const struct function *f, enum row row, unsigned i, const char *const *names, size_t n)
{
	if (i < n && names[i])
		emit_text(f->out, row, f->out->who, str_of(names[i]));
}

#define LENGTH(list) (sizeof(list) / sizeof(*(list)))

/* ---- PCI Express ---- */

static const char *const port_types[] = {
	[PCI_EXP_TYPE_ENDPOINT] = "endpoint",
	[PCI_EXP_TYPE_LEG_END] = "legacy endpoint",
	[PCI_EXP_TYPE_ROOT_PORT] = "root port",
	[PCI_EXP_TYPE_UPSTREAM] = "upstream port",
	[PCI_EXP_TYPE_DOWNSTREAM] = "downstream port",
	[PCI_EXP_TYPE_PCI_BRIDGE] = "bridge to PCI",
	[PCI_EXP_TYPE_PCIE_BRIDGE] = "bridge from PCI",
	[PCI_EXP_TYPE_RC_END] = "endpoint of the root complex",
	[PCI_EXP_TYPE_RC_EC] = "event collector of the root complex",
};
static const char *const reported_names[] = { "correctable", "nonfatal", "fatal", "unsupported" };
static const char *const aspm_names[] = { "L0s", "L1" };

/* PCIe base specification 7.5.3 */
static const struct field express_fields[] = {
	{ COR_DETECTED, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_CED, 0 },
	{ NONFATAL_DETECTED, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_NFED, 0 },
	{ FATAL_DETECTED, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_FED, 0 },
	{ UNSUPPORTED_DETECTED, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_URD, 0 },
	{ RELAXED_ORDERING, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN, ITS_OWN },
	{ EXTENDED_TAG, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_EXT_TAG, ITS_OWN },
	{ NO_SNOOP, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_NOSNOOP_EN, ITS_OWN },
	{ LINK_DISABLED, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_LD, A_LINK_BELOW },
	{ LINK_TRAINING, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_LT, A_LINK_BELOW },
	{ LINK_ACTIVE, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA, A_LINK_BELOW | ACTIVE_REPORTED },
	{ LINK_MANAGED, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_LBMS, A_LINK_BELOW | BANDWIDTH_REPORTED },
	{ LINK_AUTONOMOUS, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_LABS, A_LINK_BELOW | BANDWIDTH_REPORTED },
	{ SLOT_PRESENT, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS, A_SLOT },
	{ SLOT_LINK_CHANGED, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_DLLSC, A_SLOT },
	{ SLOT_POWER_FAULT, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PFD, A_SLOT | POWER_CONTROLLER },
};

static unsigned type_of(const struct config_piece *express)
{
	return (config_word(express, PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
}

static unsigned what_it_has(const struct config_piece *express, unsigned has)
{
	unsigned type = type_of(express), flags = config_word(express, PCI_EXP_FLAGS);
	uint32_t link = config_long(express, PCI_EXP_LNKCAP);
	uint32_t slot = config_long(express, PCI_EXP_SLTCAP);
	bool port = type == PCI_EXP_TYPE_ROOT_PORT || type == PCI_EXP_TYPE_DOWNSTREAM;

	if (!(has & ITS_OWN) || !(link & PCI_EXP_LNKCAP_MLW))
		return has;
	has |= A_LINK | (port ? A_LINK_BELOW : 0);
	has |= port && (flags & PCI_EXP_FLAGS_SLOT) ? A_SLOT : 0;
	has |= link & PCI_EXP_LNKCAP_DLLLARC ? ACTIVE_REPORTED : 0;
	has |= link & PCI_EXP_LNKCAP_LBNC ? BANDWIDTH_REPORTED : 0;
	has |= slot & PCI_EXP_SLTCAP_PCP ? POWER_CONTROLLER : 0;
	has |= (flags & PCI_EXP_FLAGS_VERS) > 1 ? SECOND_REGISTERS : 0;
	return has;
}

/* 128 bytes, doubled so many times; two of the eight settings are reserved. */
static void emit_size(const struct function *f, enum row row, unsigned setting)
{
	enum { MOST_SETTING = 5 };

	if (setting <= MOST_SETTING)
		emit(f->out, row, 128 << setting);
}

static void emit_settings(const struct function *f, const struct config_piece *express)
{
	unsigned control = config_word(express, PCI_EXP_DEVCTL);

	emit_names(f, REPORTING, control, reported_names, LENGTH(reported_names));
	emit_size(f, PAYLOAD, (control & PCI_EXP_DEVCTL_PAYLOAD) >> 5);
	emit_size(f, PAYLOAD_MAX, config_word(express, PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_PAYLOAD);
	emit_size(f, READ_REQUEST, (control & PCI_EXP_DEVCTL_READRQ) >> 12);
	payload_settings(f->path, express);
}

/* The function's place among those that have a link; they come in the same order each time. */
static struct link *link_of(struct state *state, uint32_t who)
{
	struct link *link;

	for (unsigned i = 0; i < state->n_links; i++) {
		unsigned at = (state->next + i) % state->n_links;

		if (state->links[at].who == who) {
			state->next = at + 1;
			return &state->links[at];
		}
	}
	if (state->n_links == MOST_LINKS)
		return NULL;
	link = &state->links[state->n_links++];
	*link = (struct link){ .who = who, .transitions = -1 };
	return link;
}

static bool is_transition(unsigned before, unsigned after)
{
	enum {
		LEVELS = PCI_EXP_LNKSTA_CLS | PCI_EXP_LNKSTA_NLW | PCI_EXP_LNKSTA_DLLLA,
		LATCHED = PCI_EXP_LNKSTA_LBMS | PCI_EXP_LNKSTA_LABS,
	};

	return ((before ^ after) & LEVELS) || (after & ~before & LATCHED);
}

static void emit_transitions(const struct function *f, unsigned status)
{
	struct link *link = link_of(f->out->state, f->out->who);

	if (!link)
		return;
	if (link->transitions < 0)
		link->transitions = 0;
	else
		link->transitions += is_transition(link->status, status);
	link->status = (uint16_t)status;
	emit(f->out, LINK_TRANSITIONS, link->transitions);
}

/* What knows one speed only may have 0 there, as all functions have but the first (7.5.3.19). */
static void emit_target(const struct function *f, const struct config_piece *express)
{
	static const int64_t speeds[] = { 0, 2500, 5000, 8000, 16000, 32000, 64000 };
	unsigned target = config_word(express, PCI_EXP_LNKCTL2) & PCI_EXP_LNKCTL2_TLS;
	unsigned highest = config_word(express, PCI_EXP_LNKCAP) & PCI_EXP_LNKCAP_SLS;

	if (target == 0 && highest == PCI_EXP_LNKCAP_SLS_2_5GB)
		target = PCI_EXP_LNKCTL2_TLS_2_5GT;
	if (target && target < LENGTH(speeds))
		emit(f->out, LINK_TARGET, speeds[target]);
}

static void emit_link(const struct function *f, const struct config_piece *express)
{
	emit_names(f, ASPM, config_word(express, PCI_EXP_LNKCTL), aspm_names, LENGTH(aspm_names));
	if (f->has & SECOND_REGISTERS)
		emit_target(f, express);
	emit_transitions(f, config_word(express, PCI_EXP_LNKSTA));
}

static void say_express(struct function *f, const struct config_piece *express)
{
	static const char *const lights[] = { NULL, "on", "blinking", "off" };
	bool light;

	f->has = what_it_has(express, f->has);
	light = (f->has & A_SLOT) && (config_word(express, PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_AIP);
	emit_name(f, PORT_TYPE, type_of(express), port_types, LENGTH(port_types));
	emit_fields(f, express, express_fields, LENGTH(express_fields));
	if (f->has & ITS_OWN)
		emit_settings(f, express);
	if (f->has & A_LINK)
		emit_link(f, express);
	if (light)
		emit_name(f, SLOT_ATTENTION,
			(config_word(express, PCI_EXP_SLTCTL) & PCI_EXP_SLTCTL_AIC) >> 6, lights,
			LENGTH(lights));
}

/* ---- advanced error reporting ---- */

/* The bits that have a meaning, so that a 0 of them does too: 7.8.4.2 and 7.8.4.5. */
static const uint32_t correctable_bits = 0x0000f1c1, uncorrectable_bits = 0xfffff030;

static void emit_bits(const struct function *f, enum row row, uint32_t bits, uint32_t set)
{
	struct block *b = emit_block(f->out, row, f->out->who, 32);

	for (unsigned bit = 0; bit < 32; bit++)
		if (bits >> bit & 1)
			emit_cell(f->out, b, bit, set >> bit & 1);
}

static void say_aer(struct function *f, const struct config_piece *aer)
{
	uint32_t status = config_long(aer, PCI_ERR_UNCOR_STATUS);
	uint32_t mask = config_long(aer, PCI_ERR_UNCOR_MASK);
	uint32_t severity = config_long(aer, PCI_ERR_UNCOR_SEVER);
	uint32_t corrected = config_long(aer, PCI_ERR_COR_STATUS);
	uint32_t corrected_mask = config_long(aer, PCI_ERR_COR_MASK);
	unsigned first = PCI_ERR_CAP_FEP(config_word(aer, PCI_ERR_CAP));

	emit_bits(f, COR_LATCHED, correctable_bits, corrected & ~corrected_mask);
	emit_bits(f, NONFATAL_LATCHED, uncorrectable_bits & ~severity, status & ~mask);
	emit_bits(f, FATAL_LATCHED, uncorrectable_bits & severity, status & ~mask);
	emit_register(f, COR_STATUS, corrected);
	emit_register(f, COR_MASK, corrected_mask);
	emit_register(f, UNCOR_STATUS, status);
	emit_register(f, UNCOR_MASK, mask);
	emit_register(f, UNCOR_SEVERITY, severity);
	if (status >> first & 1)
		emit(f->out, FIRST_ERROR, first);
	if (aer->n > PCI_ERR_ROOT_COMMAND)
		emit_names(f, ROOT_REPORTING, config_word(aer, PCI_ERR_ROOT_COMMAND),
			reported_names, 3);
}

/* ---- the others ---- */

static void say_power(struct function *f, const struct config_piece *power)
{
	emit(f->out, POWER_STATE, config_word(power, PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK);
}

static void say_msi(struct function *f, const struct config_piece *msi)
{
	emit(f->out, MSI, config_word(msi, PCI_MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE);
}

static void say_msix(struct function *f, const struct config_piece *msix)
{
	static const struct field fields[] = {
		{ MSIX, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE, 0 },
		{ MSIX_MASKED, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_MASKALL, 0 },
	};

	emit_fields(f, msix, fields, LENGTH(fields));
	emit(f->out, MSIX_VECTORS, (config_word(msix, PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1);
}

static void say_acs(struct function *f, const struct config_piece *acs)
{
	static const char *const names[] = { "validation", "blocking", "request_redirect",
		"completion_redirect", "upstream_forwarding", "egress_control",
		"direct_translated" };

	emit_names(f, ACS, config_word(acs, PCI_ACS_CTRL), names, LENGTH(names));
}

static void say_dpc(struct function *f, const struct config_piece *dpc)
{
	static const char *const triggers[] = { "off", "fatal", "nonfatal" };
	static const char *const reasons[] = { "an uncorrectable error of its own",
		"a non-fatal message", "a fatal message", "see the extension of the reason" };
	unsigned status = config_word(dpc, PCI_EXP_DPC_STATUS);

	emit_name(
		f, DPC_TRIGGER, config_word(dpc, PCI_EXP_DPC_CTL) & 3, triggers, LENGTH(triggers));
	emit(f->out, DPC_TRIGGERED, status & PCI_EXP_DPC_STATUS_TRIGGER);
	if (status & PCI_EXP_DPC_STATUS_TRIGGER)
		emit_name(f, DPC_REASON, (status & PCI_EXP_DPC_STATUS_TRIGGER_RSN) >> 1, reasons,
			LENGTH(reasons));
}

enum { LANE_ERROR_STATUS = 8, LANES_END = 12 };

static void say_lanes(struct function *f, const struct config_piece *lanes)
{
	if (f->has & A_LINK)
		emit(f->out, LANE_ERRORS,
			__builtin_popcount(config_long(lanes, LANE_ERROR_STATUS)));
}

static void say_substates(struct function *f, const struct config_piece *substates)
{
	static const char *const names[] = { "PCI-PM_L1.2", "PCI-PM_L1.1", "ASPM_L1.2",
		"ASPM_L1.1" };

	emit_names(f, SUBSTATES, config_word(substates, PCI_L1SS_CTL1), names, LENGTH(names));
}

/* ---- one reply ---- */

static const struct capability {
	unsigned id;
	bool extended;
	size_t least; /* bytes of it that are needed */
	void (*say)(struct function *f, const struct config_piece *piece);
} capabilities[] = {
	{ PCI_CAP_ID_EXP, false, PCI_EXP_LNKCAP, say_express },
	{ PCI_CAP_ID_PM, false, PCI_PM_SIZEOF, say_power },
	{ PCI_CAP_ID_MSI, false, 4, say_msi },
	{ PCI_CAP_ID_MSIX, false, 4, say_msix },
	{ PCI_EXT_CAP_ID_ERR, true, PCI_ERR_HEADER_LOG, say_aer },
	{ PCI_EXT_CAP_ID_ACS, true, PCI_ACS_EGRESS_CTL_V, say_acs },
	{ PCI_EXT_CAP_ID_DPC, true, PCI_EXP_DPC_RP_PIO_STATUS, say_dpc },
	{ PCI_EXT_CAP_ID_SECPCI, true, LANES_END, say_lanes },
	{ PCI_EXT_CAP_ID_L1SS, true, PCI_L1SS_CTL2, say_substates },
};

static bool is_of(const struct capability *c, unsigned at, const struct config_piece *piece)
{
	bool extended = at >= PCI_CFG_SPACE_SIZE;

	return at > 0 && c->extended == extended &&
	       c->id == (extended ? config_word(piece, 0) : piece->p[PCI_CAP_LIST_ID]);
}

/* Of two of a kind the first counts. -EBADMSG: it has less than it needs. */
static int say_capability(struct function *f, const struct capability *c, str from)
{
	struct config_piece piece;
	unsigned at;

	while (config_next(&from, &at, &piece) > 0) {
		if (!is_of(c, at, &piece))
			continue;
		if (piece.n < c->least)
			return -EBADMSG;
		c->say(f, &piece);
		return 0;
	}
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;
	struct function f = { .out = out };
	struct config_piece header;
	int r = config_header(from, &header);

	(void)text;
	if (r < 0)
		return r;
	out->who = emit_global_entity(out, PCI, out->match[0]);
	f.has = config_word(&header, PCI_VENDOR_ID) == NO_VENDOR ? 0 : ITS_OWN;
	f.path = payload_last(&state->paths, out->who);
	payload_header(f.path, &header);
	for (size_t i = 0; i < LENGTH(capabilities); i++)
		if (say_capability(&f, &capabilities[i], from) < 0)
			r = -EBADMSG;
	payload_whole(f.path, r == 0);
	return r;
}

/*
 * False: nobody else need be asked, because what follows the header is for CAP_SYS_ADMIN. A function
 * that sleeps would be woken.
 */
static bool ask_function(struct collect *c, str name)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	uint32_t who = emit_global_entity(out, PCI, name);
	char function[32], key[64];
	const struct host_question question = { .key = key, .function = function };
	int r;

	payload_add(&state->paths, who, name);
	if (pci_is_asleep(out->session, who))
		return true;
	snprintf(function, sizeof(function), "%.*s", STR_ARG(name));
	snprintf(key, sizeof(key), "pci/%s/config", function);
	r = collect_ask(c, CONFIG, 0, &question);
	if (r == -EACCES || r == -EPERM) {
		collect_failure(c, CONFIG, ENTITY_NONE, r);
		return false;
	}
	if (r < 0 && r != -ENOENT)
		collect_failure(c, CONFIG, who, r);
	return true;
}

static int collect(struct collect *c)
{
	struct emit *out = collect_emit(c);
	struct state *state = out->state;
	str names, name;
	int r = collect_list(c, "sys/bus/pci/devices", &names);

	if (r < 0 && !host_absence(r))
		collect_failure(c, CONFIG, ENTITY_NONE, r);
	payload_begin(&state->paths);
	while (r == 0 && str_next_line(&names, &name)) {
		if (str_ends(name, STR("/")))
			name.n--;
		if (pci_is_address(name) && !ask_function(c, name))
			return -EACCES;
	}
	payload_emit(out, &state->paths, FIRST_OF_PATH);
	return r;
}

const struct collector pcie_config_collector = {
	.name = "pcie_config",
	.about =
		"capabilities of PCI functions: latched errors, links, slots, containment, interrupts",
	.pace = SLOW,
	/* As pcie_command: where pcie_link hangs, and beside it. */
	.may_hang = true,
	.with_former = true, /* who sleeps is what pcie_link said just now */
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.state_size = sizeof(struct state),
};
