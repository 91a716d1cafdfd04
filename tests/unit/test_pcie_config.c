/* Capabilities of PCI functions: made config spaces to rows, right and wrong ones. */
#include "test.h"

#include "tree.h"

#include <linux/pci_regs.h>

#include "collect/run.h"

extern const struct collector pcie_link_collector, pcie_config_collector;
static const struct collector *const list[] = { &pcie_link_collector, &pcie_config_collector };

enum {
	EXPRESS = 0x40,
	POWER = 0x80,
	MSIX = 0x90,
	MSI = 0xa0,
	AER = 0x100,
	ACS = 0x140,
	DPC = 0x150
};
enum { SECONDARY = 0x170, SUBSTATES = 0x180 };

static const char port[] = "0000:00:01.0", nic[] = "0000:01:00.0";

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	unsigned char space[4096], reply[8192];
	size_t n;
};

static void set_word(struct bench *b, size_t at, unsigned value)
{
	b->space[at] = (unsigned char)value;
	b->space[at + 1] = (unsigned char)(value >> 8);
}

static void set_long(struct bench *b, size_t at, uint32_t value)
{
	set_word(b, at, value & 0xffff);
	set_word(b, at + 2, value >> 16);
}

static void put_head(struct bench *b, unsigned at, unsigned n)
{
	const unsigned char head[4] = { (unsigned char)at, (unsigned char)(at >> 8),
		(unsigned char)n, (unsigned char)(n >> 8) };

	memcpy(b->reply + b->n, head, sizeof(head));
	b->n += sizeof(head);
}

static void put_piece(struct bench *b, unsigned at, unsigned n)
{
	put_head(b, at, n);
	memcpy(b->reply + b->n, b->space + at, n);
	b->n += n;
}

/* A port with all there is, or an endpoint. */
static void make_space(struct bench *b, unsigned type)
{
	memset(b->space, 0, sizeof(b->space));
	set_word(b, PCI_VENDOR_ID, 0x8086);
	b->space[EXPRESS] = PCI_CAP_ID_EXP;
	set_word(b, EXPRESS + PCI_EXP_FLAGS, 2 | type << 4 | PCI_EXP_FLAGS_SLOT);
	set_long(b, EXPRESS + PCI_EXP_DEVCAP, 2);
	set_word(b, EXPRESS + PCI_EXP_DEVCTL, 0x2915 | 1 << 5);
	set_long(b, EXPRESS + PCI_EXP_LNKCAP,
		16 << 4 | 4 | PCI_EXP_LNKCAP_DLLLARC | PCI_EXP_LNKCAP_LBNC);
	set_word(b, EXPRESS + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPM_L1);
	set_word(b, EXPRESS + PCI_EXP_LNKSTA, 8 << 4 | 3 | PCI_EXP_LNKSTA_DLLLA);
	set_long(b, EXPRESS + PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_AIP | PCI_EXP_SLTCAP_PCP);
	set_word(b, EXPRESS + PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_ATTN_IND_BLINK);
	set_word(b, EXPRESS + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS);
	set_word(b, EXPRESS + PCI_EXP_LNKCTL2, 4);
	b->space[POWER] = PCI_CAP_ID_PM;
	b->space[MSIX] = PCI_CAP_ID_MSIX;
	set_word(b, MSIX + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | 4);
	b->space[MSI] = PCI_CAP_ID_MSI;
	set_word(b, AER, PCI_EXT_CAP_ID_ERR);
	set_word(b, ACS, PCI_EXT_CAP_ID_ACS);
	set_word(b, DPC, PCI_EXT_CAP_ID_DPC);
	set_word(b, SECONDARY, PCI_EXT_CAP_ID_SECPCI);
	set_word(b, SUBSTATES, PCI_EXT_CAP_ID_L1SS);
}

static void make_reply(struct bench *b)
{
	b->n = 0;
	put_piece(b, 0, 64);
	put_piece(b, EXPRESS, 0x34);
	put_piece(b, POWER, 8);
	put_piece(b, MSIX, 4);
	put_piece(b, MSI, 4);
	put_piece(b, AER, 0x38);
	put_piece(b, ACS, 8);
	put_piece(b, DPC, 12);
	put_piece(b, SECONDARY, 12);
	put_piece(b, SUBSTATES, 12);
	put_head(b, 0, 0);
}

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));

	tree_make(b->dir);
	tree_text(b->dir, "sys/bus/pci/devices/0000:01:00.0/power/runtime_status", "active\n");
	make_space(b, PCI_EXP_TYPE_ROOT_PORT);
	return 0;
}

static void close_run(struct bench *b)
{
	if (!b->run)
		return;
	b->run = run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	b->host = host_close(b->host);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	close_run(b);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static void write_reply(struct bench *b, const char *function)
{
	char path[128];

	snprintf(path, sizeof(path), "ask/pci/%s/config", function);
	tree_write(b->dir, path, b->reply, b->n);
}

static void open_run(struct bench *b)
{
	close_run(b);
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	assert_int_equal(
		run_open(b->host, &b->session, list, 2, &(struct run_options){ 0 }, &b->run), 0);
}

static void read_reply(struct bench *b)
{
	write_reply(b, nic);
	open_run(b);
	run_tick(b->run, &b->frame);
}

static void read_space(struct bench *b)
{
	make_reply(b);
	read_reply(b);
	assert_int_equal(b->frame.n_failures, 0);
}

static const struct block *block_of(const struct bench *b, const char *signal, const char *function)
{
	char entity[64];

	snprintf(entity, sizeof(entity), "pci:%s", function);
	return ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));
}

/* -1: nobody says it. */
static int64_t bit_of(const struct bench *b, const char *signal, unsigned sub)
{
	const struct block *block = block_of(b, signal, nic);

	return block && block_has(block, sub) ? block->values[sub] : -1;
}

static int64_t value_of(const struct bench *b, const char *signal)
{
	return bit_of(b, signal, 0);
}

static const char *text_of(const struct bench *b, const char *signal)
{
	static char text[256];
	int64_t value = value_of(b, signal);
	str found = value < 0 ? STR("") : names_get(&b->session.texts, (uint32_t)value);

	snprintf(text, sizeof(text), "%.*s", STR_ARG(found));
	return text;
}

static void a_port_says_what_it_has(void **state)
{
	struct bench *b = *state;

	set_word(b, EXPRESS + PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_FED);
	set_word(b, POWER + PCI_PM_CTRL, 0x2003);
	set_long(b, SECONDARY + 8, 0x00000111);
	set_word(b, SUBSTATES + PCI_L1SS_CTL1, 0x0004);
	set_word(b, ACS + PCI_ACS_CTRL, PCI_ACS_SV | PCI_ACS_RR);
	read_space(b);
	assert_string_equal(text_of(b, "pcie.port.type"), "root port");
	assert_string_equal(text_of(b, "pcie.reporting"), "correctable fatal");
	assert_int_equal(value_of(b, "pcie.detected.correctable"), 1);
	assert_int_equal(value_of(b, "pcie.detected.nonfatal"), 0);
	assert_int_equal(value_of(b, "pcie.detected.fatal"), 1);
	assert_int_equal(value_of(b, "pcie.detected.unsupported"), 0);
	assert_int_equal(value_of(b, "pcie.payload"), 256);
	assert_int_equal(value_of(b, "pcie.payload.max"), 512);
	assert_int_equal(value_of(b, "pcie.read_request"), 512);
	assert_int_equal(value_of(b, "pcie.relaxed_ordering"), 1);
	assert_int_equal(value_of(b, "pcie.extended_tag"), 1);
	assert_int_equal(value_of(b, "pcie.no_snoop"), 1);
	assert_string_equal(text_of(b, "pcie.link.aspm"), "L1");
	assert_string_equal(text_of(b, "pcie.link.substates"), "ASPM_L1.2");
	assert_int_equal(value_of(b, "pcie.link.active"), 1);
	assert_int_equal(value_of(b, "pcie.link.training"), 0);
	assert_int_equal(value_of(b, "pcie.link.bandwidth_changed"), 0);
	assert_int_equal(value_of(b, "pcie.link.speed.target"), 16000);
	assert_int_equal(value_of(b, "pcie.link.lane_errors"), 3);
	assert_int_equal(value_of(b, "pcie.slot.present"), 1);
	assert_int_equal(value_of(b, "pcie.slot.power_fault"), 0);
	assert_string_equal(text_of(b, "pcie.slot.attention"), "blinking");
	assert_int_equal(value_of(b, "pcie.power_state"), 3);
	assert_int_equal(value_of(b, "pcie.msi.enabled"), 0);
	assert_int_equal(value_of(b, "pcie.msix.enabled"), 1);
	assert_int_equal(value_of(b, "pcie.msix.masked"), 0);
	assert_int_equal(value_of(b, "pcie.msix.vectors"), 5);
	assert_string_equal(text_of(b, "pcie.acs"), "validation request_redirect");
}

static void what_is_latched_is_told_by_bit_and_severity(void **state)
{
	struct bench *b = *state;

	set_long(b, AER + PCI_ERR_COR_STATUS, PCI_ERR_COR_RCVR | PCI_ERR_COR_ADV_NFAT);
	set_long(b, AER + PCI_ERR_COR_MASK, PCI_ERR_COR_ADV_NFAT);
	set_long(b, AER + PCI_ERR_UNCOR_STATUS,
		PCI_ERR_UNC_COMP_TIME | PCI_ERR_UNC_MALF_TLP | PCI_ERR_UNC_UNSUP);
	set_long(b, AER + PCI_ERR_UNCOR_MASK, PCI_ERR_UNC_UNSUP);
	set_long(b, AER + PCI_ERR_UNCOR_SEVER, PCI_ERR_UNC_MALF_TLP | PCI_ERR_UNC_DLP);
	set_long(b, AER + PCI_ERR_CAP, 18);
	set_long(b, AER + PCI_ERR_ROOT_COMMAND, 5);
	read_space(b);
	assert_int_equal(bit_of(b, "pcie.aer.latched.correctable", 0), 1);
	assert_int_equal(bit_of(b, "pcie.aer.latched.correctable", 6), 0);
	assert_int_equal(bit_of(b, "pcie.aer.latched.correctable", 13), 0);
	assert_int_equal(bit_of(b, "pcie.aer.latched.correctable", 1), -1);
	assert_int_equal(bit_of(b, "pcie.aer.latched.nonfatal", 14), 1);
	assert_int_equal(bit_of(b, "pcie.aer.latched.nonfatal", 20), 0);
	assert_int_equal(bit_of(b, "pcie.aer.latched.nonfatal", 18), -1);
	assert_int_equal(bit_of(b, "pcie.aer.latched.fatal", 18), 1);
	assert_int_equal(bit_of(b, "pcie.aer.latched.fatal", 4), 0);
	assert_int_equal(bit_of(b, "pcie.aer.latched.fatal", 14), -1);
	assert_string_equal(text_of(b, "pcie.aer.correctable.status"), "0x00002001");
	assert_string_equal(text_of(b, "pcie.aer.correctable.mask"), "0x00002000");
	assert_string_equal(text_of(b, "pcie.aer.uncorrectable.status"), "0x00144000");
	assert_string_equal(text_of(b, "pcie.aer.uncorrectable.mask"), "0x00100000");
	assert_string_equal(text_of(b, "pcie.aer.uncorrectable.severity"), "0x00040010");
	assert_int_equal(value_of(b, "pcie.aer.first_error"), 18);
	assert_string_equal(text_of(b, "pcie.aer.rootport.reporting"), "correctable fatal");
}

static void a_pointer_to_what_is_not_latched_points_nowhere(void **state)
{
	struct bench *b = *state;

	set_long(b, AER + PCI_ERR_CAP, 18);
	read_space(b);
	assert_int_equal(value_of(b, "pcie.aer.first_error"), -1);
}

static void containment_says_why(void **state)
{
	struct bench *b = *state;

	read_space(b);
	assert_int_equal(value_of(b, "pcie.dpc.triggered"), 0);
	assert_string_equal(text_of(b, "pcie.dpc.trigger"), "off");
	assert_int_equal(value_of(b, "pcie.dpc.reason"), -1);
	set_word(b, DPC + PCI_EXP_DPC_CTL, PCI_EXP_DPC_CTL_EN_NONFATAL);
	set_word(b, DPC + PCI_EXP_DPC_STATUS, PCI_EXP_DPC_STATUS_TRIGGER | 2 << 1);
	read_space(b);
	assert_int_equal(value_of(b, "pcie.dpc.triggered"), 1);
	assert_string_equal(text_of(b, "pcie.dpc.trigger"), "nonfatal");
	assert_string_equal(text_of(b, "pcie.dpc.reason"), "a fatal message");
}

/* What it does not have is not 0. */
static void an_endpoint_has_no_slot_and_nothing_below(void **state)
{
	struct bench *b = *state;

	make_space(b, PCI_EXP_TYPE_ENDPOINT);
	read_space(b);
	assert_string_equal(text_of(b, "pcie.port.type"), "endpoint");
	assert_int_equal(value_of(b, "pcie.slot.present"), -1);
	assert_int_equal(value_of(b, "pcie.slot.attention"), -1);
	assert_int_equal(value_of(b, "pcie.link.active"), -1);
	assert_int_equal(value_of(b, "pcie.link.bandwidth_changed"), -1);
	assert_int_equal(value_of(b, "pcie.link.speed.target"), 16000);
	assert_int_equal(value_of(b, "pcie.link.transitions"), 0);
}

static void a_virtual_function_has_no_settings(void **state)
{
	struct bench *b = *state;

	make_space(b, PCI_EXP_TYPE_ENDPOINT);
	set_word(b, PCI_VENDOR_ID, 0xffff);
	set_word(b, EXPRESS + PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_NFED);
	read_space(b);
	assert_int_equal(value_of(b, "pcie.detected.nonfatal"), 1);
	assert_int_equal(value_of(b, "pcie.msix.enabled"), 1);
	assert_int_equal(value_of(b, "pcie.reporting"), -1);
	assert_int_equal(value_of(b, "pcie.payload"), -1);
	assert_int_equal(value_of(b, "pcie.relaxed_ordering"), -1);
	assert_int_equal(value_of(b, "pcie.link.transitions"), -1);
	assert_int_equal(value_of(b, "pcie.link.lane_errors"), -1);
}

/* An old one ends where its link does; what stands behind belongs to another capability. */
static void the_first_version_has_fewer_registers(void **state)
{
	struct bench *b = *state;

	make_space(b, PCI_EXP_TYPE_ENDPOINT);
	set_word(b, EXPRESS + PCI_EXP_FLAGS, 1);
	b->n = 0;
	put_piece(b, 0, 64);
	put_piece(b, EXPRESS, 0x14);
	put_head(b, 0, 0);
	read_reply(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_string_equal(text_of(b, "pcie.link.aspm"), "L1");
	assert_int_equal(value_of(b, "pcie.link.speed.target"), -1);
	assert_int_equal(value_of(b, "pcie.link.transitions"), 0);
}

static void reserved_settings_are_no_news(void **state)
{
	struct bench *b = *state;

	set_word(b, EXPRESS + PCI_EXP_DEVCTL, 0x7000 | 7 << 5);
	set_word(b, EXPRESS + PCI_EXP_LNKCTL2, 15);
	set_word(b, EXPRESS + PCI_EXP_FLAGS, 2 | 15 << 4);
	read_space(b);
	assert_string_equal(text_of(b, "pcie.reporting"), "none");
	assert_int_equal(value_of(b, "pcie.port.type"), -1);
	assert_int_equal(value_of(b, "pcie.payload"), -1);
	assert_int_equal(value_of(b, "pcie.read_request"), -1);
	assert_int_equal(value_of(b, "pcie.link.speed.target"), -1);
}

static void what_knows_one_speed_only_has_no_target(void **state)
{
	struct bench *b = *state;

	set_word(b, EXPRESS + PCI_EXP_LNKCTL2, 0);
	read_space(b);
	assert_int_equal(value_of(b, "pcie.link.speed.target"), -1);
	set_word(b, EXPRESS + PCI_EXP_LNKCAP, 16 << 4 | 1);
	read_space(b);
	assert_int_equal(value_of(b, "pcie.link.speed.target"), 2500);
}

static void assert_nothing_is_said(struct bench *b, int error)
{
	assert_int_equal(b->frame.n_failures, 1);
	assert_int_equal(b->frame.failures[0].error, error);
	for (size_t i = 0; i < pcie_config_collector.n_signals; i++)
		for (unsigned sub = 0; sub < 32; sub++)
			assert_int_equal(bit_of(b, pcie_config_collector.signals[i].name, sub), -1);
}

static void a_reply_that_was_cut_says_nothing(void **state)
{
	struct bench *b = *state;
	size_t whole;

	make_reply(b);
	whole = b->n;
	for (size_t cut = 1; cut <= whole; cut++) {
		b->n = whole - cut;
		read_reply(b);
		assert_nothing_is_said(b, -EBADMSG);
	}
	b->n = whole + 1;
	read_reply(b);
	assert_nothing_is_said(b, -EBADMSG);
}

static void pieces_that_lie_are_refused(void **state)
{
	static const unsigned lies[][2] = { { 0x20, 0x34 }, { 0xffff, 4 }, { 0xffe, 4 },
		{ 0x40, 0xffff }, { 0x40, 3 } };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		make_reply(b);
		b->n = i == 0 ? 0 : 68; /* over the header itself, or behind it */
		put_head(b, lies[i][0], lies[i][1]);
		b->n += lies[i][1] < 64 ? lies[i][1] : 64;
		put_head(b, 0, 0);
		read_reply(b);
		assert_nothing_is_said(b, -EBADMSG);
	}
}

/* What it has is said; what it should have more of is not. */
static void a_capability_that_is_too_short_is_not_read(void **state)
{
	struct bench *b = *state;

	b->n = 0;
	put_piece(b, 0, 64);
	put_piece(b, EXPRESS, 0x34);
	put_piece(b, POWER, 4);
	put_piece(b, AER, 0x18);
	put_head(b, 0, 0);
	read_reply(b);
	assert_int_equal(b->frame.n_failures, 1);
	assert_int_equal(value_of(b, "pcie.payload"), 256);
	assert_int_equal(value_of(b, "pcie.power_state"), -1);
	assert_string_equal(text_of(b, "pcie.aer.correctable.mask"), "");
	assert_int_equal(bit_of(b, "pcie.aer.latched.correctable", 0), -1);
}

static void of_two_of_a_kind_the_first_counts(void **state)
{
	struct bench *b = *state;

	b->n = 0;
	put_piece(b, 0, 64);
	put_piece(b, MSIX, 4);
	set_word(b, MSIX + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_MASKALL | 9);
	put_piece(b, MSIX, 4);
	put_head(b, 0, 0);
	read_reply(b);
	assert_int_equal(value_of(b, "pcie.msix.vectors"), 5);
	assert_int_equal(value_of(b, "pcie.msix.masked"), 0);
}

/* The numbers of the two lists are apart: 5 of the second is no MSI. */
static void the_two_lists_are_not_confused(void **state)
{
	struct bench *b = *state;

	set_word(b, ACS, PCI_CAP_ID_MSI);
	b->n = 0;
	put_piece(b, 0, 64);
	put_piece(b, ACS, 8);
	set_word(b, POWER, PCI_EXT_CAP_ID_DPC);
	put_piece(b, POWER, 12);
	put_head(b, 0, 0);
	read_reply(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_int_equal(value_of(b, "pcie.msi.enabled"), -1);
	assert_int_equal(value_of(b, "pcie.dpc.triggered"), -1);
}

static void a_device_that_is_gone_is_a_failure(void **state)
{
	struct bench *b = *state;

	memset(b->space, 0xff, 64);
	b->n = 0;
	put_piece(b, 0, 64);
	put_head(b, 0, 0);
	read_reply(b);
	assert_nothing_is_said(b, -ENODEV);
	/* it went while it was read */
	make_space(b, PCI_EXP_TYPE_ENDPOINT);
	memset(b->space + AER, 0xff, 0x38);
	make_reply(b);
	read_reply(b);
	assert_nothing_is_said(b, -ENODEV);
}

static void tick_with_status(struct bench *b, unsigned status, int64_t expected)
{
	set_word(b, EXPRESS + PCI_EXP_LNKSTA, status);
	make_reply(b);
	write_reply(b, nic);
	run_tick(b->run, &b->frame);
	assert_int_equal(value_of(b, "pcie.link.transitions"), expected);
}

static void transitions_are_counted_from_reading_to_reading(void **state)
{
	enum { UP = 8 << 4 | 3 | PCI_EXP_LNKSTA_DLLLA, TRAINED = UP | PCI_EXP_LNKSTA_LBMS };
	struct bench *b = *state;

	set_word(b, EXPRESS + PCI_EXP_LNKSTA, UP);
	read_space(b);
	assert_int_equal(value_of(b, "pcie.link.transitions"), 0);
	tick_with_status(b, UP, 0);
	tick_with_status(b, TRAINED, 1);
	tick_with_status(b, TRAINED, 1);
	tick_with_status(b, UP, 1); /* somebody cleared it */
	tick_with_status(b, UP | PCI_EXP_LNKSTA_LT, 1);
	tick_with_status(b, UP | PCI_EXP_LNKSTA_LABS, 2);
	tick_with_status(b, 4 << 4 | 3 | PCI_EXP_LNKSTA_DLLLA, 3);
	tick_with_status(b, 4 << 4 | 1 | PCI_EXP_LNKSTA_DLLLA, 4);
	tick_with_status(b, 4 << 4 | 1, 5);
}

static void what_sleeps_is_not_asked(void **state)
{
	struct bench *b = *state;

	read_space(b);
	assert_int_equal(value_of(b, "pcie.payload"), 256);
	tree_text(b->dir, "sys/bus/pci/devices/0000:01:00.0/power/runtime_status", "suspended\n");
	run_tick(b->run, &b->frame);
	assert_int_equal(value_of(b, "pcie.payload"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

static void no_permission_is_said_once(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "sys/bus/pci/devices/0000:00:01.0/power/runtime_status", "active\n");
	tree_text(b->dir, "manifest.json",
		"{\"files\": {\"ask/pci/0000:00:01.0/config\": {\"errno\": \"EACCES\"},"
		" \"ask/pci/0000:01:00.0/config\": {\"errno\": \"EACCES\"}},"
		" \"lists\": {\"sys/bus/pci/devices\": [\"0000:00:01.0\", \"0000:01:00.0\"]}}");
	make_reply(b);
	read_reply(b);
	assert_nothing_is_said(b, -EACCES);
	assert_int_equal(b->frame.failures[0].who, ENTITY_NONE);
	assert_null(block_of(b, "pcie.payload", port));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
		TEST(a_port_says_what_it_has),
		TEST(what_is_latched_is_told_by_bit_and_severity),
		TEST(a_pointer_to_what_is_not_latched_points_nowhere),
		TEST(containment_says_why),
		TEST(an_endpoint_has_no_slot_and_nothing_below),
		TEST(a_virtual_function_has_no_settings),
		TEST(the_first_version_has_fewer_registers),
		TEST(reserved_settings_are_no_news),
		TEST(what_knows_one_speed_only_has_no_target),
		TEST(a_reply_that_was_cut_says_nothing),
		TEST(pieces_that_lie_are_refused),
		TEST(a_capability_that_is_too_short_is_not_read),
		TEST(of_two_of_a_kind_the_first_counts),
		TEST(the_two_lists_are_not_confused),
		TEST(a_device_that_is_gone_is_a_failure),
		TEST(transitions_are_counted_from_reading_to_reading),
		TEST(what_sleeps_is_not_asked),
		TEST(no_permission_is_said_once),
	};

	return RUN_TESTS(tests);
}
