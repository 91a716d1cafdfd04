/* Settings of interfaces: made replies of the kernel, right, cut and lying. */
#include "run_bench.h"

#include <linux/dcbnl.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/rtnetlink.h>

#include "made_netlink.h"

extern const struct collector dcb_collector, ethtool_netlink_collector, nic_sensor_collector,
	rss_collector;
static const struct collector *const list[] = { &dcb_collector, &ethtool_netlink_collector,
	&rss_collector };

static struct made_reply reply;

static void begin(struct bench *b)
{
	tree_link(b->dir, "sys/class/net/eth0/device/driver", "../../../../bus/pci/drivers/ice");
	assert_int_equal(
		run_open(b->host, &b->session, list, 3, &(struct run_options){ 0 }, &b->run), 0);
}

static void read_as(struct bench *b, const char *key)
{
	tree_write(b->dir, key, reply.p, reply.n);
	run_tick(b->run, &b->frame); /* it fails where nothing at all was understood */
}

static const struct block *block_of(const struct bench *b, const char *signal, const char *entity)
{
	return ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *entity, unsigned sub)
{
	const struct block *block = block_of(b, signal, entity);

	return block && block_has(block, sub) ? block->values[sub] : -1;
}

static bool says(const struct bench *b, const char *signal, const char *text)
{
	int64_t value = value_of(b, signal, "netdev:eth0", 0);

	return value >= 0 && str_is(names_get(&b->session.texts, (uint32_t)value), text);
}

static void begin_answer(uint8_t command, const char *name)
{
	made_genl(&reply, command);
	made_nest(&reply, ETHTOOL_A_RINGS_HEADER);
	made_u32(&reply, ETHTOOL_A_HEADER_DEV_INDEX, 2);
	made_text(&reply, ETHTOOL_A_HEADER_DEV_NAME, name);
	made_unnest(&reply);
}

static void make_rings(const char *name)
{
	reply.n = 0;
	begin_answer(ETHTOOL_MSG_RINGS_GET_REPLY, name);
	made_u32(&reply, ETHTOOL_A_RINGS_RX_MAX, 8192);
	made_u32(&reply, ETHTOOL_A_RINGS_TX_MAX, 4096);
	made_u32(&reply, ETHTOOL_A_RINGS_RX, 512);
	made_u32(&reply, ETHTOOL_A_RINGS_TX, 256);
	made_u32(&reply, 31, 99); /* newer than we are */
	made_u32(&reply, 77, 99);
	made_end(&reply);
	made_ack(&reply);
}

static void rings_are_read(void **state)
{
	struct bench *b = *state;

	begin(b);
	make_rings("eth0");
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(value_of(b, "nic.ring.rx", "netdev:eth0", 0), 512);
	assert_int_equal(value_of(b, "nic.ring.tx", "netdev:eth0", 0), 256);
	assert_int_equal(value_of(b, "nic.ring.rx_max", "netdev:eth0", 0), 8192);
	assert_int_equal(value_of(b, "nic.ring.tx_max", "netdev:eth0", 0), 4096);
	assert_int_equal(b->frame.n_failures, 0);
}

/* The kernel's names may hold a colon; what no kernel lets through is no name. */
static void odd_names_are_names_and_others_are_not(void **state)
{
	struct bench *b = *state;

	begin(b);
	make_rings("eth0:1.7@x");
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(value_of(b, "nic.ring.rx", "netdev:eth0:1.7@x", 0), 512);
	make_rings("et h0");
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(b->frame.n_failures, 1);
	make_rings("an_interface_with_a_long_name");
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	make_rings("");
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

/* At whatever byte it ends: without the acknowledgement it is not believed to be whole. */
static void what_was_cut_is_said(void **state)
{
	struct bench *b = *state;
	size_t whole;

	begin(b);
	make_rings("eth0");
	whole = reply.n;
	for (size_t n = 0; n + sizeof(struct nlmsgerr) + sizeof(struct nlmsghdr) <= whole; n++) {
		reply.n = n;
		read_as(b, "ask/ethtool_netlink/eth0/rings");
		assert_int_equal(b->frame.n_failures, 1);
		assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	}
}

/* Nothing outside the reply is read (the sanitizer watches), whatever a length says. */
static void lengths_that_lie_stay_inside(void **state)
{
	static const uint16_t lies[] = { 0, 1, 3, 5, 7, 0x7fff, 0xffff };
	struct bench *b = *state;

	begin(b);
	for (size_t at = 0; at < 80; at += 4)
		for (unsigned lie = 0; lie < sizeof(lies) / sizeof(*lies); lie++) {
			make_rings("eth0");
			memcpy(reply.p + at, &lies[lie], sizeof(lies[lie]));
			read_as(b, "ask/ethtool_netlink/eth0/rings");
		}
	make_rings("eth0");
	memcpy(reply.p + 20, &(uint16_t){ 200 },
		2); /* the header's nest, longer than the message */
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(value_of(b, "nic.ring.rx", "netdev:eth0", 0), -1);
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

static void a_number_of_a_strange_size_costs_only_itself(void **state)
{
	struct bench *b = *state;

	begin(b);
	reply.n = 0;
	begin_answer(ETHTOOL_MSG_RINGS_GET_REPLY, "eth0");
	made_put(&reply, ETHTOOL_A_RINGS_RX, "abc", 3);
	made_u32(&reply, ETHTOOL_A_RINGS_TX, 256);
	made_end(&reply);
	made_ack(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/rings");
	assert_int_equal(value_of(b, "nic.ring.rx", "netdev:eth0", 0), -1);
	assert_int_equal(value_of(b, "nic.ring.tx", "netdev:eth0", 0), 256);
	assert_int_equal(b->frame.n_failures, 1);
}

static void channels(struct bench *b, unsigned combined, unsigned rx, unsigned tx)
{
	reply.n = 0;
	begin_answer(ETHTOOL_MSG_CHANNELS_GET_REPLY, "eth0");
	made_u32(&reply, ETHTOOL_A_CHANNELS_COMBINED_COUNT, combined);
	made_u32(&reply, ETHTOOL_A_CHANNELS_RX_COUNT, rx);
	made_u32(&reply, ETHTOOL_A_CHANNELS_TX_COUNT, tx);
	made_end(&reply);
	made_ack(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/channels");
}

static void channels_say_who_shares_an_interrupt(void **state)
{
	struct bench *b = *state;

	begin(b);
	channels(b, 4096, 0, 0);
	assert_int_equal(value_of(b, "nic.channel.combined", "netdev:eth0", 0), 4096);
	assert_true(says(b, "nic.channel.completion", "shared"));
	channels(b, 0, 4, 4);
	assert_true(says(b, "nic.channel.completion", "separate"));
	channels(b, 4, 0, 2);
	assert_true(says(b, "nic.channel.completion", "mixed"));
	channels(b, 0, 0, 0);
	assert_int_equal(value_of(b, "nic.channel.completion", "netdev:eth0", 0), -1);
}

static void pauses_and_delays_are_read(void **state)
{
	struct bench *b = *state;

	begin(b);
	reply.n = 0;
	begin_answer(ETHTOOL_MSG_PAUSE_GET_REPLY, "eth0");
	made_u8(&reply, ETHTOOL_A_PAUSE_AUTONEG, 1);
	made_u8(&reply, ETHTOOL_A_PAUSE_RX, 0);
	made_u8(&reply, ETHTOOL_A_PAUSE_TX, 1);
	made_nest(&reply, ETHTOOL_A_PAUSE_STATS);
	made_u64(&reply, ETHTOOL_A_PAUSE_STAT_TX_FRAMES, UINT64_C(1) << 40);
	made_u64(&reply, ETHTOOL_A_PAUSE_STAT_RX_FRAMES, 7);
	made_unnest(&reply);
	made_end(&reply);
	made_ack(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/pause");
	assert_int_equal(value_of(b, "nic.pause.autoneg", "netdev:eth0", 0), 1);
	assert_int_equal(value_of(b, "nic.pause.rx_enabled", "netdev:eth0", 0), 0);
	assert_int_equal(value_of(b, "nic.pause.tx_enabled", "netdev:eth0", 0), 1);
	assert_int_equal(value_of(b, "nic.mac.tx.pause", "netdev:eth0", 0), 1099511627776);
	assert_int_equal(value_of(b, "nic.mac.rx.pause", "netdev:eth0", 0), 7);

	reply.n = 0;
	begin_answer(ETHTOOL_MSG_COALESCE_GET_REPLY, "eth0");
	made_u32(&reply, ETHTOOL_A_COALESCE_RX_USECS, 50);
	made_u32(&reply, ETHTOOL_A_COALESCE_TX_MAX_FRAMES, 64);
	made_u8(&reply, ETHTOOL_A_COALESCE_USE_ADAPTIVE_RX, 1);
	made_end(&reply);
	made_ack(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/coalesce");
	assert_int_equal(value_of(b, "nic.coalesce.rx_delay", "netdev:eth0", 0), 50);
	assert_int_equal(value_of(b, "nic.coalesce.tx_frames", "netdev:eth0", 0), 64);
	assert_int_equal(value_of(b, "nic.coalesce.adaptive_rx", "netdev:eth0", 0), 1);
	assert_int_equal(value_of(b, "nic.coalesce.tx_delay", "netdev:eth0", 0), -1);
}

static void make_fec(const char *const *modes, unsigned n, size_t lanes)
{
	static const uint64_t corrected[5] = { 100, 40, 60, 0, 0 }, lost[1] = { 3 };

	reply.n = 0;
	begin_answer(ETHTOOL_MSG_FEC_GET_REPLY, "eth0");
	made_nest(&reply, ETHTOOL_A_FEC_MODES);
	made_put(&reply, ETHTOOL_A_BITSET_NOMASK, "", 0);
	made_nest(&reply, ETHTOOL_A_BITSET_BITS);
	for (unsigned i = 0; i < n; i++) {
		made_nest(&reply, ETHTOOL_A_BITSET_BITS_BIT);
		made_u32(&reply, ETHTOOL_A_BITSET_BIT_INDEX, i);
		made_text(&reply, ETHTOOL_A_BITSET_BIT_NAME, modes[i % 2]);
		made_unnest(&reply);
	}
	made_unnest(&reply);
	made_unnest(&reply);
	made_u8(&reply, ETHTOOL_A_FEC_AUTO, 0);
	made_u32(&reply, ETHTOOL_A_FEC_ACTIVE, ETHTOOL_LINK_MODE_FEC_RS_BIT);
	made_nest(&reply, ETHTOOL_A_FEC_STATS);
	made_put(&reply, ETHTOOL_A_FEC_STAT_CORRECTED, corrected, lanes);
	made_put(&reply, ETHTOOL_A_FEC_STAT_UNCORR, lost, sizeof(lost));
	made_put(&reply, ETHTOOL_A_FEC_STAT_CORR_BITS, "",
		0); /* netdevsim counts none, and says so */
	made_unnest(&reply);
	made_end(&reply);
	made_ack(&reply);
}

static void error_correction_is_read(void **state)
{
	static const char *const modes[] = { "RS", "LLRS" };
	struct bench *b = *state;

	begin(b);
	make_fec(modes, 2, 5 * sizeof(uint64_t));
	read_as(b, "ask/ethtool_netlink/eth0/fec");
	assert_true(says(b, "nic.fec.modes", "RS LLRS"));
	assert_true(says(b, "nic.fec.active", "rs"));
	assert_int_equal(value_of(b, "nic.fec.corrected", "netdev:eth0", 0), 100);
	assert_int_equal(value_of(b, "nic.fec.uncorrectable", "netdev:eth0", 0), 3);
	assert_int_equal(value_of(b, "nic.fec.corrected_bits", "netdev:eth0", 0), -1);
	assert_int_equal(b->frame.n_failures, 0);
	make_fec(modes, 500, 13); /* a list that is too long is cut, half a number is none */
	read_as(b, "ask/ethtool_netlink/eth0/fec");
	assert_int_equal(value_of(b, "nic.fec.corrected", "netdev:eth0", 0), -1);
	assert_int_equal(value_of(b, "nic.fec.uncorrectable", "netdev:eth0", 0), 3);
	assert_int_equal(b->frame.n_failures, 1);
}

static void a_link_that_is_down_says_why(void **state)
{
	struct bench *b = *state;

	begin(b);
	reply.n = 0;
	begin_answer(ETHTOOL_MSG_LINKSTATE_GET_REPLY, "eth0");
	made_u8(&reply, ETHTOOL_A_LINKSTATE_LINK, 0);
	made_u8(&reply, ETHTOOL_A_LINKSTATE_EXT_STATE, 4);
	made_u32(&reply, 7, 12);
	made_end(&reply);
	made_ack(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/linkstate");
	assert_true(says(b, "nic.link.down_reason", "no cable"));
	assert_int_equal(value_of(b, "nic.link.down_count", "netdev:eth0", 0), 12);
}

/* ---- how flows are spread ---- */

static void make_spread(uint32_t entries, uint32_t key, uint32_t queues)
{
	const struct ethtool_rxfh about = {
		.cmd = ETHTOOL_GRSSH, .indir_size = entries, .key_size = key, .hfunc = 1
	};

	reply.n = 0;
	made_bytes(&reply, &about, sizeof(about));
	for (uint32_t i = 0; i < entries; i++)
		made_bytes(&reply, &(uint32_t){ i % queues }, 4);
	memset(reply.p + reply.n, 0x6d, key);
	reply.n += key;
}

static void a_table_is_summed_up(void **state)
{
	struct bench *b = *state;
	int64_t table, key;

	begin(b);
	make_spread(128, 40, 4);
	read_as(b, "ask/ethtool/eth0/rss");
	assert_int_equal(value_of(b, "nic.rss.entries", "netdev:eth0", 0), 128);
	assert_int_equal(value_of(b, "nic.rss.queues", "netdev:eth0", 0), 4);
	assert_int_equal(value_of(b, "nic.rss.most", "netdev:eth0", 0), 2500);
	assert_true(says(b, "nic.rss.function", "toeplitz"));
	table = value_of(b, "nic.rss.table", "netdev:eth0", 0);
	key = value_of(b, "nic.rss.key", "netdev:eth0", 0);
	reply.p[sizeof(struct ethtool_rxfh)] ^= 1;
	read_as(b, "ask/ethtool/eth0/rss");
	assert_int_not_equal(value_of(b, "nic.rss.table", "netdev:eth0", 0), table);
	assert_int_equal(value_of(b, "nic.rss.key", "netdev:eth0", 0), key);
	reply.p[reply.n - 1] ^= 1;
	read_as(b, "ask/ethtool/eth0/rss");
	assert_int_not_equal(value_of(b, "nic.rss.key", "netdev:eth0", 0), key);
	make_spread(0, 0, 1);
	read_as(b, "ask/ethtool/eth0/rss");
	assert_int_equal(value_of(b, "nic.rss.table", "netdev:eth0", 0), -1);
	assert_int_equal(b->frame.n_failures, 0);
	make_spread(65536, 52, 70000);
	read_as(b, "ask/ethtool/eth0/rss");
	assert_int_equal(value_of(b, "nic.rss.entries", "netdev:eth0", 0), 65536);
	assert_int_equal(
		value_of(b, "nic.rss.queues", "netdev:eth0", 0), 4096); /* no more are told apart */
}

static void a_table_that_lies_is_refused(void **state)
{
	struct bench *b = *state;

	begin(b);
	for (unsigned lie = 0; lie < 4; lie++) {
		make_spread(128, 40, 4);
		memcpy(reply.p + offsetof(struct ethtool_rxfh, indir_size),
			&(uint32_t[]){ 0, 127, 129, UINT32_MAX }[lie], 4);
		read_as(b, "ask/ethtool/eth0/rss");
		assert_int_equal(value_of(b, "nic.rss.queues", "netdev:eth0", 0), -1);
		assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	}
	make_spread(128, 40, 4);
	reply.n = 11;
	read_as(b, "ask/ethtool/eth0/rss");
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

/* ---- further contexts ---- */

/* As net/ethtool/rss.c dumps them; a context without a key of its own has none. */
static void make_context(uint32_t number, uint32_t entries, uint32_t queues, uint32_t key)
{
	uint32_t table[256];
	char bytes[64];

	for (uint32_t i = 0; i < entries; i++)
		table[i] = i % queues;
	memset(bytes, 0x6d, sizeof(bytes));
	made_genl(&reply, 38);
	made_nest(&reply, 1);
	made_text(&reply, ETHTOOL_A_HEADER_DEV_NAME, "eth0");
	made_unnest(&reply);
	if (number)
		made_u32(&reply, 2, number);
	made_put(&reply, 4, table, entries * sizeof(uint32_t));
	if (key) {
		made_u32(&reply, 3, 1);
		made_put(&reply, 5, bytes, key);
	}
	made_end(&reply);
}

static void contexts_have_tables_of_their_own(void **state)
{
	struct bench *b = *state;
	int64_t first, second;

	begin(b);
	reply.n = 0;
	make_context(0, 128, 8, 40); /* the first one, which the ioctl tells */
	make_context(1, 128, 4, 40);
	make_context(3, 64, 2, 0);
	made_done(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
	assert_int_equal(b->frame.n_failures, 0);
	assert_int_equal(value_of(b, "nic.rss.context.entries", "netdev:eth0", 1), 128);
	assert_int_equal(value_of(b, "nic.rss.context.queues", "netdev:eth0", 1), 4);
	assert_int_equal(value_of(b, "nic.rss.context.most", "netdev:eth0", 1), 2500);
	assert_int_equal(value_of(b, "nic.rss.context.queues", "netdev:eth0", 3), 2);
	assert_int_equal(value_of(b, "nic.rss.context.key", "netdev:eth0", 3), -1);
	assert_int_equal(value_of(b, "nic.rss.context.function", "netdev:eth0", 3), -1);
	assert_int_not_equal(value_of(b, "nic.rss.context.function", "netdev:eth0", 1), -1);
	assert_int_equal(value_of(b, "nic.rss.context.table", "netdev:eth0", 0), -1);
	assert_int_equal(value_of(b, "nic.rss.context.table", "netdev:eth0", 2), -1);
	assert_int_equal(value_of(b, "nic.rss.table", "netdev:eth0", 0), -1);
	first = value_of(b, "nic.rss.context.table", "netdev:eth0", 1);
	second = value_of(b, "nic.rss.context.table", "netdev:eth0", 3);
	assert_int_not_equal(first, second);
	/* one is changed, the other is gone */
	reply.n = 0;
	make_context(1, 128, 3, 40);
	made_done(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
	assert_int_not_equal(value_of(b, "nic.rss.context.table", "netdev:eth0", 1), first);
	assert_int_equal(value_of(b, "nic.rss.context.table", "netdev:eth0", 3), -1);
}

/* The same bytes have the same sum, whoever tells of them. */
static void sums_of_contexts_are_as_those_of_the_first(void **state)
{
	struct bench *b = *state;
	int64_t table, key;

	begin(b);
	make_spread(128, 40, 4);
	read_as(b, "ask/ethtool/eth0/rss");
	table = value_of(b, "nic.rss.table", "netdev:eth0", 0);
	key = value_of(b, "nic.rss.key", "netdev:eth0", 0);
	reply.n = 0;
	make_context(1, 128, 4, 40);
	made_done(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
	assert_int_equal(value_of(b, "nic.rss.context.table", "netdev:eth0", 1), table);
	assert_int_equal(value_of(b, "nic.rss.context.key", "netdev:eth0", 1), key);
}

static void no_contexts_is_an_answer_and_a_cut_one_is_none(void **state)
{
	struct bench *b = *state;
	size_t whole;

	begin(b);
	reply.n = 0;
	made_done(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
	assert_int_equal(b->frame.n_failures, 0);
	reply.n = 0;
	make_context(1, 16, 4, 40);
	whole = reply.n;
	for (size_t n = 0; n < whole; n++) {
		reply.n = n;
		read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
		assert_int_equal(b->frame.n_failures, 1);
		assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	}
}

static void contexts_beyond_the_bound_are_counted_as_too_many(void **state)
{
	struct bench *b = *state;

	begin(b);
	for (unsigned turn = 0; turn < 3; turn++) { /* it is no refusal: all turns ask */
		reply.n = 0;
		make_context(63, 16, 4, 40);
		make_context(64, 16, 4, 40);
		make_context(UINT32_MAX, 16, 4, 40);
		made_done(&reply);
		read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
		assert_int_equal(value_of(b, "nic.rss.context.queues", "netdev:eth0", 63), 4);
		assert_int_equal(b->frame.failures[0].error, -E2BIG);
	}
	reply.n = 0;
	made_genl(&reply, 38);
	made_nest(&reply, 1);
	made_text(&reply, ETHTOOL_A_HEADER_DEV_NAME, "eth0");
	made_unnest(&reply);
	made_u32(&reply, 2, 1);
	made_put(&reply, 4, "odd", 3);
	made_put(&reply, 3, "x", 1);
	made_end(&reply);
	made_done(&reply);
	read_as(b, "ask/ethtool_netlink/eth0/rss_contexts");
	assert_int_equal(value_of(b, "nic.rss.context.entries", "netdev:eth0", 1), -1);
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

/* ---- priorities ---- */

static void make_dcb(size_t ets_bytes, size_t pfc_bytes)
{
	struct ieee_ets ets = { .ets_cap = 8,
		.tc_tx_bw = { 30, 0, 0, 70 },
		.tc_tsa = { IEEE_8021QAZ_TSA_ETS, 0, 0, IEEE_8021QAZ_TSA_ETS },
		.prio_tc = { 0, 0, 0, 3, 0, 0, 0, 200 } };
	const struct ieee_pfc pfc = { .pfc_cap = 8, .pfc_en = 1 << 3 };
	const struct dcbmsg head = { .cmd = DCB_CMD_IEEE_GET };

	reply.n = 0;
	made_begin(&reply, RTM_GETDCB, &head, sizeof(head));
	made_text(&reply, DCB_ATTR_IFNAME, "eth0");
	made_nest(&reply, DCB_ATTR_IEEE);
	made_put(&reply, DCB_ATTR_IEEE_ETS, &ets, ets_bytes);
	made_put(&reply, DCB_ATTR_IEEE_PFC, &pfc, pfc_bytes);
	made_unnest(&reply);
	made_end(&reply);
	made_ack(&reply);
}

static void priorities_have_classes_and_may_be_paused(void **state)
{
	struct bench *b = *state;

	begin(b);
	make_dcb(sizeof(struct ieee_ets), sizeof(struct ieee_pfc));
	read_as(b, "ask/dcb/eth0");
	assert_int_equal(value_of(b, "nic.dcb.class", "netdev:eth0", 3), 3);
	assert_int_equal(value_of(b, "nic.dcb.class", "netdev:eth0", 2), 0);
	assert_int_equal(value_of(b, "nic.dcb.class", "netdev:eth0", 7), 200);
	assert_int_equal(value_of(b, "nic.dcb.bandwidth", "netdev:eth0", 3), 7000);
	assert_int_equal(value_of(b, "nic.dcb.bandwidth", "netdev:eth0", 7), -1);
	assert_int_equal(value_of(b, "nic.dcb.pfc", "netdev:eth0", 3), 1);
	assert_int_equal(value_of(b, "nic.dcb.pfc", "netdev:eth0", 4), 0);
	make_dcb(10, 1);
	read_as(b, "ask/dcb/eth0");
	assert_int_equal(value_of(b, "nic.dcb.class", "netdev:eth0", 3), -1);
	assert_int_equal(value_of(b, "nic.dcb.pfc", "netdev:eth0", 3), -1);
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

/* ---- sensors ---- */

static void cards_and_transceivers_are_hot(void **state)
{
	static const struct collector *const sensors[] = { &nic_sensor_collector };
	struct bench *b = *state;

#define SENSORS "sys/class/net/eth0/device/hwmon/hwmon3/"
	tree_text(b->dir, SENSORS "temp1_input", "45500\n");
	tree_text(b->dir, SENSORS "temp1_crit", "105000\n");
	tree_text(b->dir, SENSORS "temp2_input", "-1000\n");
	tree_text(b->dir, SENSORS "temp2_label", "Module0\n");
	tree_text(b->dir, SENSORS "temp3_input", "hot\n");
	assert_int_equal(
		run_open(b->host, &b->session, sensors, 1, &(struct run_options){ 0 }, &b->run), 0);
	run_tick(b->run, &b->frame);
	assert_int_equal(value_of(b, "nic.sensor.temperature", "sensor:eth0/temp1", 0), 4550);
	assert_int_equal(value_of(b, "nic.sensor.critical", "sensor:eth0/temp1", 0), 10500);
	assert_true(block_of(b, "nic.sensor.temperature", "sensor:eth0/temp2")->values[0] == -100);
	assert_true(value_of(b, "nic.sensor.name", "sensor:eth0/temp2", 0) >= 0);
	assert_int_equal(value_of(b, "nic.sensor.temperature", "sensor:eth0/temp3", 0), -1);
	assert_int_equal(b->frame.n_failures, 1);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(rings_are_read),
		WITH_BENCH(odd_names_are_names_and_others_are_not),
		WITH_BENCH(what_was_cut_is_said),
		WITH_BENCH(lengths_that_lie_stay_inside),
		WITH_BENCH(a_number_of_a_strange_size_costs_only_itself),
		WITH_BENCH(channels_say_who_shares_an_interrupt),
		WITH_BENCH(pauses_and_delays_are_read),
		WITH_BENCH(error_correction_is_read),
		WITH_BENCH(a_link_that_is_down_says_why),
		WITH_BENCH(a_table_is_summed_up),
		WITH_BENCH(a_table_that_lies_is_refused),
		WITH_BENCH(contexts_have_tables_of_their_own),
		WITH_BENCH(sums_of_contexts_are_as_those_of_the_first),
		WITH_BENCH(no_contexts_is_an_answer_and_a_cut_one_is_none),
		WITH_BENCH(contexts_beyond_the_bound_are_counted_as_too_many),
		WITH_BENCH(cards_and_transceivers_are_hot),
		WITH_BENCH(priorities_have_classes_and_may_be_paused),
	};

	return RUN_TESTS(tests);
}
