/* How interfaces are set up and how their links fare, from the "ethtool" family of generic netlink. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>

#include "collect/genl.h"
#include "collect/interfaces.h"

enum row {
	RING_RX,
	RING_TX,
	RING_RX_MAX,
	RING_TX_MAX,
	RING_RX_BUFFER,
	CHANNEL_COMBINED,
	CHANNEL_RX,
	CHANNEL_TX,
	CHANNEL_OTHER,
	CHANNEL_COMBINED_MAX,
	CHANNEL_RX_MAX,
	CHANNEL_TX_MAX,
	CHANNEL_COMPLETION,
	COALESCE_RX_USECS,
	COALESCE_RX_FRAMES,
	COALESCE_TX_USECS,
	COALESCE_TX_FRAMES,
	COALESCE_ADAPTIVE_RX,
	COALESCE_ADAPTIVE_TX,
	PAUSE_AUTONEG,
	PAUSE_RX,
	PAUSE_TX,
	PAUSE_RX_FRAMES,
	PAUSE_TX_FRAMES,
	FEC_MODES,
	FEC_AUTO,
	FEC_ACTIVE,
	FEC_CORRECTED,
	FEC_UNCORRECTABLE,
	FEC_CORRECTED_BITS,
	LINK_REASON,
	LINK_SQI,
	LINK_SQI_MAX,
	LINK_DOWN_COUNT,
	LINK_AUTONEG,
	LINK_LANES,
	MODULE_POLICY,
	MODULE_POWER,
};

/* clang-format off */
static const struct signal signals[] = {
	[RING_RX]              = { "nic.ring.rx",               NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "places in each receive ring" },
	[RING_TX]              = { "nic.ring.tx",               NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "places in each transmit ring" },
	[RING_RX_MAX]          = { "nic.ring.rx_max",           NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "most places a receive ring may have" },
	[RING_TX_MAX]          = { "nic.ring.tx_max",           NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "most places a transmit ring may have" },
	[RING_RX_BUFFER]       = { "nic.ring.rx_buffer",        NULL, FACT,    BYTES,   NETDEV, NONE, FREE,     "length of a receive buffer" },
	[CHANNEL_COMBINED]     = { "nic.channel.combined",      NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "channels that receive and send, with one interrupt for both" },
	[CHANNEL_RX]           = { "nic.channel.rx",            NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "channels that only receive" },
	[CHANNEL_TX]           = { "nic.channel.tx",            NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "channels that only send" },
	[CHANNEL_OTHER]        = { "nic.channel.other",         NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "channels for other events, such as the link's" },
	[CHANNEL_COMBINED_MAX] = { "nic.channel.combined_max",  NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "most channels that receive and send" },
	[CHANNEL_RX_MAX]       = { "nic.channel.rx_max",        NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "most channels that only receive" },
	[CHANNEL_TX_MAX]       = { "nic.channel.tx_max",        NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "most channels that only send" },
	[CHANNEL_COMPLETION]   = { "nic.channel.completion",    NULL, FACT,    TEXT,    NETDEV, NONE, FREE,     "shared: one interrupt reports what was received and sent; separate: one for each; mixed" },
	[COALESCE_RX_USECS]    = { "nic.coalesce.rx_delay",     NULL, FACT,    USEC,    NETDEV, NONE, FREE,     "how long a received packet may wait for its interrupt" },
	[COALESCE_RX_FRAMES]   = { "nic.coalesce.rx_frames",    NULL, FACT,    PACKETS, NETDEV, NONE, FREE,     "received packets that wait for one interrupt at most" },
	[COALESCE_TX_USECS]    = { "nic.coalesce.tx_delay",     NULL, FACT,    USEC,    NETDEV, NONE, FREE,     "how long the report of a sent packet may wait for its interrupt" },
	[COALESCE_TX_FRAMES]   = { "nic.coalesce.tx_frames",    NULL, FACT,    PACKETS, NETDEV, NONE, FREE,     "sent packets that wait for one interrupt at most" },
	[COALESCE_ADAPTIVE_RX] = { "nic.coalesce.adaptive_rx",  NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "1: the driver tunes the delay of receiving by itself" },
	[COALESCE_ADAPTIVE_TX] = { "nic.coalesce.adaptive_tx",  NULL, FACT,    ONE,     NETDEV, NONE, FREE,     "1: the driver tunes the delay of sending by itself" },
	[PAUSE_AUTONEG]        = { "nic.pause.autoneg",         NULL, FACT,    ONE,     NETDEV, NONE, FIRMWARE, "1: both ends agree on pause frames by themselves" },
	[PAUSE_RX]             = { "nic.pause.rx_enabled",      NULL, FACT,    ONE,     NETDEV, NONE, FIRMWARE, "1: pause frames that come are obeyed" },
	[PAUSE_TX]             = { "nic.pause.tx_enabled",      NULL, FACT,    ONE,     NETDEV, NONE, FIRMWARE, "1: pause frames are sent when there is no room" },
	[PAUSE_RX_FRAMES]      = { "nic.mac.rx.pause",          NULL, COUNTER, PACKETS, NETDEV, NONE, FIRMWARE, "pause frames received, as the standard counts them (aPAUSEMACCtrlFramesReceived)" },
	[PAUSE_TX_FRAMES]      = { "nic.mac.tx.pause",          NULL, COUNTER, PACKETS, NETDEV, NONE, FIRMWARE, "pause frames sent, as the standard counts them (aPAUSEMACCtrlFramesTransmitted)" },
	[FEC_MODES]            = { "nic.fec.modes",             NULL, FACT,    TEXT,    NETDEV, NONE, FIRMWARE, "error corrections that somebody has allowed" },
	[FEC_AUTO]             = { "nic.fec.auto",              NULL, FACT,    ONE,     NETDEV, NONE, FIRMWARE, "1: the driver chooses the error correction" },
	[FEC_ACTIVE]           = { "nic.fec.active",            NULL, STATE,   TEXT,    NETDEV, NONE, FIRMWARE, "error correction that the link uses" },
	[FEC_CORRECTED]        = { "nic.fec.corrected",         NULL, COUNTER, ONE,     NETDEV, NONE, FIRMWARE, "blocks that error correction mended" },
	[FEC_UNCORRECTABLE]    = { "nic.fec.uncorrectable",     NULL, COUNTER, ONE,     NETDEV, NONE, FIRMWARE, "blocks that error correction could not mend: their packets are lost" },
	[FEC_CORRECTED_BITS]   = { "nic.fec.corrected_bits",    NULL, COUNTER, ONE,     NETDEV, NONE, FIRMWARE, "bits that error correction mended" },
	[LINK_REASON]          = { "nic.link.down_reason",      NULL, STATE,   TEXT,    NETDEV, NONE, FIRMWARE, "why the link is down, as the device sees it; no row: it is up, or the device does not tell" },
	[LINK_SQI]             = { "nic.link.sqi",              NULL, GAUGE,   ONE,     NETDEV, NONE, FIRMWARE, "quality of the signal, up to sqi_max" },
	[LINK_SQI_MAX]         = { "nic.link.sqi_max",          NULL, FACT,    ONE,     NETDEV, NONE, FIRMWARE, "highest quality of the signal" },
	[LINK_DOWN_COUNT]      = { "nic.link.down_count",       NULL, COUNTER, ONE,     NETDEV, NONE, FIRMWARE, "times the link went down, as the device counts (6.3 and later)", 32 },
	[LINK_AUTONEG]         = { "nic.link.autoneg",          NULL, FACT,    ONE,     NETDEV, NONE, FIRMWARE, "1: both ends agree on speed and duplex by themselves" },
	[LINK_LANES]           = { "nic.link.lanes",            NULL, STATE,   LANES,   NETDEV, NONE, FIRMWARE, "lanes of the link on the wire" },
	[MODULE_POLICY]        = { "nic.module.power_policy",   NULL, FACT,    TEXT,    NETDEV, NONE, FIRMWARE, "when the transceiver may use full power" },
	[MODULE_POWER]         = { "nic.module.power_mode",     NULL, STATE,   TEXT,    NETDEV, NONE, FIRMWARE, "power the transceiver uses: low takes the link down" },
};

/* The numbers of the questions; those up to COALESCE are answered from the driver's memory. */
enum { RINGS, CHANNELS, COALESCE, PAUSE, FEC, LINKSTATE, LINKMODES, MODULE, QUESTIONS, DEVICE = QUESTIONS };
_Static_assert((int)QUESTIONS <= (int)INTERFACE_QUESTIONS, "each has a patience of its own");

static const struct {
	const char *name;
	uint8_t ask, reply;
	uint32_t flags;
} questions[] = {
	[RINGS]     = { "rings",     ETHTOOL_MSG_RINGS_GET,     ETHTOOL_MSG_RINGS_GET_REPLY,     0 },
	[CHANNELS]  = { "channels",  ETHTOOL_MSG_CHANNELS_GET,  ETHTOOL_MSG_CHANNELS_GET_REPLY,  0 },
	[COALESCE]  = { "coalesce",  ETHTOOL_MSG_COALESCE_GET,  ETHTOOL_MSG_COALESCE_GET_REPLY,  0 },
	[PAUSE]     = { "pause",     ETHTOOL_MSG_PAUSE_GET,     ETHTOOL_MSG_PAUSE_GET_REPLY,     ETHTOOL_FLAG_STATS },
	[FEC]       = { "fec",       ETHTOOL_MSG_FEC_GET,       ETHTOOL_MSG_FEC_GET_REPLY,       ETHTOOL_FLAG_STATS },
	[LINKSTATE] = { "linkstate", ETHTOOL_MSG_LINKSTATE_GET, ETHTOOL_MSG_LINKSTATE_GET_REPLY, 0 },
	[LINKMODES] = { "linkmodes", ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_MSG_LINKMODES_GET_REPLY, ETHTOOL_FLAG_COMPACT_BITSETS },
	[MODULE]    = { "module",    ETHTOOL_MSG_MODULE_GET,    ETHTOOL_MSG_MODULE_GET_REPLY,    0 },
};

#define ASKED(name) { .path = "ask/ethtool_netlink/*/" name, .who = "netdev:%1", .may_be_silent = true }
static const struct text_source texts[] = {
	[RINGS]     = ASKED("rings"),
	[CHANNELS]  = ASKED("channels"),
	[COALESCE]  = ASKED("coalesce"),
	[PAUSE]     = ASKED("pause"),
	[FEC]       = ASKED("fec"),
	[LINKSTATE] = ASKED("linkstate"),
	[LINKMODES] = ASKED("linkmodes"),
	[MODULE]    = ASKED("module"),
	[DEVICE]    = INTERFACE_DEVICES,
};

/* 6.3, include/uapi/linux/ethtool_netlink.h */
enum { LINKSTATE_EXT_DOWN_CNT = 7 };
enum { KNOWN_ATTRIBUTES = 32 };

static const struct {
	uint8_t question, type, row;
} numbers[] = {
	{ RINGS, ETHTOOL_A_RINGS_RX, RING_RX },
	{ RINGS, ETHTOOL_A_RINGS_TX, RING_TX },
	{ RINGS, ETHTOOL_A_RINGS_RX_MAX, RING_RX_MAX },
	{ RINGS, ETHTOOL_A_RINGS_TX_MAX, RING_TX_MAX },
	{ RINGS, ETHTOOL_A_RINGS_RX_BUF_LEN, RING_RX_BUFFER },
	{ CHANNELS, ETHTOOL_A_CHANNELS_COMBINED_COUNT, CHANNEL_COMBINED },
	{ CHANNELS, ETHTOOL_A_CHANNELS_RX_COUNT, CHANNEL_RX },
	{ CHANNELS, ETHTOOL_A_CHANNELS_TX_COUNT, CHANNEL_TX },
	{ CHANNELS, ETHTOOL_A_CHANNELS_OTHER_COUNT, CHANNEL_OTHER },
	{ CHANNELS, ETHTOOL_A_CHANNELS_COMBINED_MAX, CHANNEL_COMBINED_MAX },
	{ CHANNELS, ETHTOOL_A_CHANNELS_RX_MAX, CHANNEL_RX_MAX },
	{ CHANNELS, ETHTOOL_A_CHANNELS_TX_MAX, CHANNEL_TX_MAX },
	{ COALESCE, ETHTOOL_A_COALESCE_RX_USECS, COALESCE_RX_USECS },
	{ COALESCE, ETHTOOL_A_COALESCE_RX_MAX_FRAMES, COALESCE_RX_FRAMES },
	{ COALESCE, ETHTOOL_A_COALESCE_TX_USECS, COALESCE_TX_USECS },
	{ COALESCE, ETHTOOL_A_COALESCE_TX_MAX_FRAMES, COALESCE_TX_FRAMES },
	{ COALESCE, ETHTOOL_A_COALESCE_USE_ADAPTIVE_RX, COALESCE_ADAPTIVE_RX },
	{ COALESCE, ETHTOOL_A_COALESCE_USE_ADAPTIVE_TX, COALESCE_ADAPTIVE_TX },
	{ PAUSE, ETHTOOL_A_PAUSE_AUTONEG, PAUSE_AUTONEG },
	{ PAUSE, ETHTOOL_A_PAUSE_RX, PAUSE_RX },
	{ PAUSE, ETHTOOL_A_PAUSE_TX, PAUSE_TX },
	{ FEC, ETHTOOL_A_FEC_AUTO, FEC_AUTO },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_SQI, LINK_SQI },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_SQI_MAX, LINK_SQI_MAX },
	{ LINKSTATE, LINKSTATE_EXT_DOWN_CNT, LINK_DOWN_COUNT },
	{ LINKMODES, ETHTOOL_A_LINKMODES_AUTONEG, LINK_AUTONEG },
	{ LINKMODES, ETHTOOL_A_LINKMODES_LANES, LINK_LANES },
};

/* Counters in a nest: 8 bytes each, those of error correction followed by as many for each lane. */
static const struct {
	uint8_t question, nest, type, row;
} counters[] = {
	{ PAUSE, ETHTOOL_A_PAUSE_STATS, ETHTOOL_A_PAUSE_STAT_RX_FRAMES, PAUSE_RX_FRAMES },
	{ PAUSE, ETHTOOL_A_PAUSE_STATS, ETHTOOL_A_PAUSE_STAT_TX_FRAMES, PAUSE_TX_FRAMES },
	{ FEC, ETHTOOL_A_FEC_STATS, ETHTOOL_A_FEC_STAT_CORRECTED, FEC_CORRECTED },
	{ FEC, ETHTOOL_A_FEC_STATS, ETHTOOL_A_FEC_STAT_UNCORR, FEC_UNCORRECTABLE },
	{ FEC, ETHTOOL_A_FEC_STATS, ETHTOOL_A_FEC_STAT_CORR_BITS, FEC_CORRECTED_BITS },
};

/* Numbers that stand for words: enum ethtool_link_ext_state, link modes, module power of linux/ethtool.h */
static const struct {
	uint8_t question, type, row, number;
	const char *word;
} words[] = {
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 0, "autonegotiation" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 1, "link training failed" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 2, "logical mismatch" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 3, "bad signal integrity" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 4, "no cable" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 5, "cable issue" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 6, "module EEPROM issue" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 7, "calibration failed" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 8, "power budget exceeded" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 9, "overheat" },
	{ LINKSTATE, ETHTOOL_A_LINKSTATE_EXT_STATE, LINK_REASON, 10, "module" },
	{ FEC, ETHTOOL_A_FEC_ACTIVE, FEC_ACTIVE, ETHTOOL_LINK_MODE_FEC_NONE_BIT, "none" },
	{ FEC, ETHTOOL_A_FEC_ACTIVE, FEC_ACTIVE, ETHTOOL_LINK_MODE_FEC_RS_BIT, "rs" },
	{ FEC, ETHTOOL_A_FEC_ACTIVE, FEC_ACTIVE, ETHTOOL_LINK_MODE_FEC_BASER_BIT, "baser" },
	{ FEC, ETHTOOL_A_FEC_ACTIVE, FEC_ACTIVE, ETHTOOL_LINK_MODE_FEC_LLRS_BIT, "llrs" },
	{ MODULE, ETHTOOL_A_MODULE_POWER_MODE_POLICY, MODULE_POLICY, 1, "high" },
	{ MODULE, ETHTOOL_A_MODULE_POWER_MODE_POLICY, MODULE_POLICY, 2, "auto" },
	{ MODULE, ETHTOOL_A_MODULE_POWER_MODE, MODULE_POWER, 1, "low" },
	{ MODULE, ETHTOOL_A_MODULE_POWER_MODE, MODULE_POWER, 2, "high" },
};
/* clang-format on */

/* ---- one answer ---- */

static int emit_numbers(struct emit *out, unsigned question, uint32_t who, const str *attributes)
{
	int64_t value;
	int r = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		str from = attributes[numbers[i].type];

		if (numbers[i].question != question || !from.p)
			continue;
		if (genl_number(from, &value) == 0)
			emit_at(out, numbers[i].row, who, 0, value);
		else
			r = -EBADMSG;
	}
	return r;
}

static int emit_counters(struct emit *out, unsigned question, uint32_t who, const str *attributes)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		str inside[KNOWN_ATTRIBUTES] = { 0 }, from;
		int64_t value;

		if (counters[i].question != question)
			continue;
		if (!attributes_sort(attributes[counters[i].nest], inside, KNOWN_ATTRIBUTES))
			r = -EBADMSG;
		from = inside[counters[i].type];
		/* empty: the driver does not count it (netdevsim) */
		if (from.n == 0)
			continue;
		if (from.n < sizeof(value) || from.n % sizeof(value) != 0) {
			r = -EBADMSG;
			continue;
		}
		memcpy(&value, from.p, sizeof(value));
		emit_at(out, counters[i].row, who, 0, value);
	}
	return r;
}

static int emit_words(struct emit *out, unsigned question, uint32_t who, const str *attributes)
{
	int64_t value;
	int r = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		str from = attributes[words[i].type];

		if (words[i].question != question || !from.p)
			continue;
		if (genl_number(from, &value) < 0)
			r = -EBADMSG;
		else if (value == words[i].number)
			emit_text(out, words[i].row, who, str_of(words[i].word));
	}
	return r;
}

static int emit_completion(struct emit *out, uint32_t who, const str *attributes)
{
	int64_t shared = 0, rx = 0, tx = 0;

	if (!attributes[ETHTOOL_A_CHANNELS_COMBINED_COUNT].p &&
		!attributes[ETHTOOL_A_CHANNELS_RX_COUNT].p)
		return 0;
	if ((attributes[ETHTOOL_A_CHANNELS_COMBINED_COUNT].p &&
		    genl_number(attributes[ETHTOOL_A_CHANNELS_COMBINED_COUNT], &shared) < 0) ||
		(attributes[ETHTOOL_A_CHANNELS_RX_COUNT].p &&
			genl_number(attributes[ETHTOOL_A_CHANNELS_RX_COUNT], &rx) < 0) ||
		(attributes[ETHTOOL_A_CHANNELS_TX_COUNT].p &&
			genl_number(attributes[ETHTOOL_A_CHANNELS_TX_COUNT], &tx) < 0))
		return -EBADMSG;
	if (shared || rx || tx)
		emit_text(out, CHANNEL_COMPLETION, who,
			!shared      ? STR("separate")
			: (rx || tx) ? STR("mixed")
				     : STR("shared"));
	return 0;
}

/* The names of the bits of a bitset that lists what is set; longer lists are cut. */
static int emit_modes(struct emit *out, uint32_t who, str bitset)
{
	str in_set[ETHTOOL_A_BITSET_MAX + 1] = { 0 };
	struct attribute bit;
	char text[128];
	size_t n = 0;

	if (!attributes_sort(bitset, in_set, ETHTOOL_A_BITSET_MAX + 1))
		return -EBADMSG;
	while (attribute_next(&in_set[ETHTOOL_A_BITSET_BITS], &bit)) {
		str in_bit[ETHTOOL_A_BITSET_BIT_MAX + 1] = { 0 }, name;

		attributes_sort(bit.value, in_bit, ETHTOOL_A_BITSET_BIT_MAX + 1);
		name = attribute_text(in_bit[ETHTOOL_A_BITSET_BIT_NAME]);
		if (name.n == 0 || n + 1 + name.n > sizeof(text))
			continue;
		if (n)
			text[n++] = ' ';
		memcpy(text + n, name.p, name.n);
		n += name.n;
	}
	emit_text(out, FEC_MODES, who, (str){ text, n });
	return in_set[ETHTOOL_A_BITSET_BITS].n == 0 ? 0 : -EBADMSG;
}

/* In all of these the first attribute is the header. */
static int parse_answer(struct emit *out, unsigned question, str from)
{
	str attributes[KNOWN_ATTRIBUTES] = { 0 }, head[ETHTOOL_A_HEADER_MAX + 1] = { 0 }, name;
	int r = attributes_sort(from, attributes, KNOWN_ATTRIBUTES) ? 0 : -EBADMSG;
	uint32_t who;

	if (!attributes_sort(attributes[ETHTOOL_A_RINGS_HEADER], head, ETHTOOL_A_HEADER_MAX + 1))
		return -EBADMSG;
	name = attribute_text(head[ETHTOOL_A_HEADER_DEV_NAME]);
	if (!interface_is_name(name))
		return -EBADMSG;
	who = emit_entity(out, NETDEV, name);
	if (emit_numbers(out, question, who, attributes) < 0)
		r = -EBADMSG;
	if (emit_counters(out, question, who, attributes) < 0)
		r = -EBADMSG;
	if (emit_words(out, question, who, attributes) < 0)
		r = -EBADMSG;
	if (question == CHANNELS && emit_completion(out, who, attributes) < 0)
		r = -EBADMSG;
	if (question == FEC && attributes[ETHTOOL_A_FEC_MODES].p &&
		emit_modes(out, who, attributes[ETHTOOL_A_FEC_MODES]) < 0)
		r = -EBADMSG;
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct genl_reply reply = { .rest = from };
	str attributes;

	if (text == DEVICE)
		return interfaces_add(out->state, out->match[0]);
	while (genl_next(&reply, questions[text].reply, &attributes))
		if (parse_answer(out, text, attributes) < 0)
			reply.error = -EBADMSG;
	return genl_result(&reply);
}

/* ---- asking ---- */

/* Without a name: all interfaces of the namespace. */
static void make_request(struct genl_request *request, unsigned question, const char *name)
{
	struct genl_request head;

	genl_begin(&head, 0, false);
	if (name)
		genl_put(&head, ETHTOOL_A_HEADER_DEV_NAME, name, strlen(name) + 1);
	if (questions[question].flags)
		genl_put(&head, ETHTOOL_A_HEADER_FLAGS, &questions[question].flags,
			sizeof(questions[question].flags));
	genl_begin(request, questions[question].ask, !name);
	genl_put(request, NLA_F_NESTED | ETHTOOL_A_RINGS_HEADER, head.attributes, genl_size(&head));
}

/*
 * One by one: an interface that is in the middle of a reset would end a dump, and those behind it
 * were not seen.
 */
static void ask_one(struct collect *c, struct interface *one, unsigned question)
{
	struct genl_request request;
	char key[IFNAMSIZ + 48];
	const struct host_question q = { .key = key,
		.protocol = NETLINK_GENERIC,
		.request = &request,
		.request_size = sizeof(request),
		.family = ETHTOOL_GENL_NAME };

	make_request(&request, question, one->name);
	snprintf(key, sizeof(key), "ethtool_netlink/%s/%s", one->name, questions[question].name);
	interface_ask(c, one, question, question, &q);
}

/*
 * Which interfaces of another namespace have a device cannot be seen there; what is asked of all of
 * them lies in their drivers' memory.
 */
static void ask_namespace(struct collect *c, unsigned ns, unsigned question)
{
	struct genl_request request;
	char key[48];
	const struct host_question q = { .key = key,
		.protocol = NETLINK_GENERIC,
		.request = &request,
		.request_size = sizeof(request),
		.family = ETHTOOL_GENL_NAME };
	int r;

	make_request(&request, question, NULL);
	snprintf(key, sizeof(key), "ethtool_netlink/all/%s", questions[question].name);
	r = collect_ask(c, question, ns, &q);
	if (r < 0 && r != -ENOENT && r != -ESRCH && r != -EOPNOTSUPP)
		collect_failure(c, question,
			entity_add(&collect_emit(c)->session->entities, HOST,
				host_namespace_name(collect_host(c), ns), (str){ "", 0 }),
			r);
}

static int collect(struct collect *c)
{
	struct interfaces *all = collect_emit(c)->state;

	interfaces_find(c, all, DEVICE, RINGS, QUESTIONS);
	for (unsigned i = 0; i < all->n; i++)
		for (unsigned question = 0; question < QUESTIONS && all->items[i].here; question++)
			ask_one(c, &all->items[i], question);
	for (unsigned ns = 1; ns < collect_namespaces(c); ns++)
		for (unsigned question = 0; question <= COALESCE; question++)
			ask_namespace(c, ns, question);
	return 0;
}

const struct collector ethtool_netlink_collector = {
	.name = "ethtool_netlink",
	.about = "rings, channels, interrupt delays, pauses and links of network interfaces",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = SLOW,
	.may_hang = true,
	.state_size = sizeof(struct interfaces),
};
