/* Transceivers: pages that are made as the standards lay them out, right, cut and lying. */
#include "run_bench.h"

#include "base/netlink.h"

#include "made_module.h"

/* ---- what is asked ---- */

static struct asked {
	unsigned address, page, offset, length, bank;
	bool dump;
} asked[8];
static unsigned n_asked;

int __real_host_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);
int __wrap_host_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);

static unsigned number_in(str value)
{
	uint32_t four = 0;

	if (value.n == 1)
		return (unsigned char)value.p[0];
	assert_int_equal(value.n, sizeof(four));
	memcpy(&four, value.p, sizeof(four));
	return four;
}

/* Between the collector and the door. */
int __wrap_host_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	str of[ETHTOOL_A_MODULE_EEPROM_MAX + 1] = { 0 }, head[ETHTOOL_A_HEADER_MAX + 1] = { 0 };
	struct nlmsghdr header;
	struct genlmsghdr command;
	str rest = { q->request, 0 };

	memcpy(&header, q->request, sizeof(header));
	memcpy(&command, (const char *)q->request + sizeof(header), sizeof(command));
	rest.n = header.nlmsg_len;
	assert_true(rest.n <= q->request_size && rest.n <= 256);
	assert_int_equal(command.cmd, ETHTOOL_MSG_MODULE_EEPROM_GET);
	assert_true(attributes_sort(str_from(rest, sizeof(header) + sizeof(command)), of,
		ETHTOOL_A_MODULE_EEPROM_MAX + 1));
	attributes_sort(of[ETHTOOL_A_MODULE_EEPROM_HEADER], head, ETHTOOL_A_HEADER_MAX + 1);
	assert_true(str_is(attribute_text(head[ETHTOOL_A_HEADER_DEV_NAME]), "eth0"));
	if (n_asked < sizeof(asked) / sizeof(*asked))
		asked[n_asked++] = (struct asked){
			number_in(of[ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS]),
			number_in(of[ETHTOOL_A_MODULE_EEPROM_PAGE]),
			number_in(of[ETHTOOL_A_MODULE_EEPROM_OFFSET]),
			number_in(of[ETHTOOL_A_MODULE_EEPROM_LENGTH]),
			number_in(of[ETHTOOL_A_MODULE_EEPROM_BANK]),
			(header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP,
		};
	return __real_host_ask(h, a, ns, q, ret);
}

/* ---- the three standards ---- */

static void an_sfp_is_read(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_sfp(&m);
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_true(is_form(b, "SFP"));
	assert_int_equal(value(b, "nic.module.temperature"), 2550);
	assert_int_equal(value(b, "nic.module.voltage"), 330);
	assert_int_equal(lane(b, "nic.module.tx_bias", 1), 600);
	assert_int_equal(lane(b, "nic.module.tx_power", 1), 50000);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), 40000);
	assert_int_equal(lane(b, "nic.module.rx_power", 2), NONE_THERE);
	assert_int_equal(value(b, "nic.module.temperature_warning"), 7300);
	assert_int_equal(value(b, "nic.module.temperature_alarm"), 7800);
	assert_int_equal(lane(b, "nic.module.rx_power_warning", 1), 10230);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 1), 4070);
	assert_int_equal(value(b, "nic.module.hot"), 0);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), 0);
	assert_int_equal(value(b, "nic.module.wrong_sums"), 0);
}

static void a_qsfp_is_read(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_qsfp(&m);
	write_qsfp(b, &m);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_true(is_form(b, "QSFP28"));
	assert_int_equal(value(b, "nic.module.temperature"), -561);
	assert_int_equal(value(b, "nic.module.voltage"), 332);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), 80000);
	assert_int_equal(lane(b, "nic.module.rx_power", 4), 80030);
	assert_int_equal(lane(b, "nic.module.rx_power", 5), NONE_THERE);
	assert_int_equal(lane(b, "nic.module.tx_power", 4), 90000);
	assert_int_equal(lane(b, "nic.module.tx_bias", 4), 740);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 4), 4460);
	assert_int_equal(value(b, "nic.module.temperature_warning"), 7000);
}

static void a_cmis_module_is_read(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_cmis(&m, 8);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_true(is_form(b, "QSFP-DD"));
	assert_int_equal(value(b, "nic.module.temperature"), 6000);
	assert_int_equal(value(b, "nic.module.voltage"), 325);
	assert_int_equal(lane(b, "nic.module.rx_power", 8), 90000);
	assert_int_equal(lane(b, "nic.module.tx_power", 8), 120000);
	assert_int_equal(lane(b, "nic.module.tx_bias", 8), 8000);
	assert_int_equal(lane(b, "nic.module.rx_power_warning", 8), 7940);
	assert_int_equal(value(b, "nic.module.temperature_alarm"), 8000);
	assert_int_equal(value(b, "nic.module.wrong_sums"), 0);
	/* it says that it measures no light: zeros are none */
	m.options.p[160] = 0;
	put_sum(&m.options, 130, 254);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), NONE_THERE);
	assert_int_equal(value(b, "nic.module.temperature"), 6000);
}

/* ---- what is asked for ---- */

/* Since it was looked at last. */
static void was_asked(const struct asked *want, unsigned n)
{
	assert_int_equal(n_asked, n);
	for (unsigned i = 0; i < n; i++)
		assert_memory_equal(&asked[i], &want[i], sizeof(*want));
	n_asked = 0;
}

/*
 * In these a read clears: SFF-8636 lower bytes 3 to 21, CMIS lower memory bytes 8 to 13 and page 11h
 * bytes 134 to 152. And the kernel refuses what crosses the middle of a page (net/ethtool/eeprom.c).
 */
static void no_flag_is_touched(bool is_cmis)
{
	assert_true(n_asked > 0);
	for (unsigned i = 0; i < n_asked; i++) {
		unsigned first = asked[i].offset, last = first + asked[i].length - 1;

		assert_true(last < 256 && first / 128 == last / 128);
		assert_true(asked[i].page == 0 || first >= 128);
		if (first < 128 && asked[i].address == 0x50)
			assert_true(last < 3 || first > (is_cmis ? 13 : 21));
		if (asked[i].page == 0x11)
			assert_true(last < 134 || first > 152);
	}
}

static void only_what_is_needed_is_asked_for(void **state)
{
	static const struct asked of_sfp[] = { { 0x50, 0, 0, 3, 0, false },
		{ 0x50, 0, 92, 3, 0, false }, { 0x51, 0, 0, 96, 0, false },
		{ 0x51, 0, 96, 10, 0, false } };
	static const struct asked of_qsfp[] = { { 0x50, 0, 0, 3, 0, false },
		{ 0x50, 3, 128, 72, 0, false }, { 0x50, 0, 22, 36, 0, false } };
	static const struct asked of_cmis[] = { { 0x50, 0, 0, 3, 0, false },
		{ 0x50, 1, 128, 128, 0, false }, { 0x50, 2, 128, 128, 0, false },
		{ 0x50, 0, 14, 4, 0, false }, { 0x50, 0x11, 154, 48, 0, false } };
	struct bench *b = *state;
	struct made_module m;

	n_asked = 0;
	begin(b);
	make_sfp(&m);
	write_sfp(b, &m);
	tick(b);
	was_asked(of_sfp, 4);
	make_qsfp(&m);
	write_qsfp(b, &m);
	tick(b);
	no_flag_is_touched(false);
	was_asked(of_qsfp, 3);
	make_cmis(&m, 8);
	write_cmis(b, &m);
	tick(b);
	no_flag_is_touched(true);
	was_asked(of_cmis, 5);
	/* a cable says what it is, and nothing else is asked */
	m.lower.p[2] = 1 << 7;
	write_cmis(b, &m);
	tick(b);
	was_asked(of_cmis, 1);
}

/* ---- who measures nothing, or cannot be believed ---- */

static void a_cable_of_copper_measures_nothing(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	m = (struct made_module){ 0 };
	m.lower.p[0] = 0x0d;
	m.lower.p[2] = 1 << 2; /* no further pages */
	write_qsfp(b, &m);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_true(is_form(b, "QSFP+"));
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), NONE_THERE);
	make_sfp(&m);
	m.options.p[92] = 0;
	write_sfp(b, &m);
	tick(b);
	assert_true(is_form(b, "SFP"));
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	make_cmis(&m, 8);
	m.lower.p[2] = 1 << 7;
	write_cmis(b, &m);
	tick(b);
	assert_true(is_form(b, "QSFP-DD"));
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	assert_int_equal(b->frame.n_failures, 0);
}

/* Each number has a slope and something that is added; received light has a polynomial. */
static void numbers_that_are_raw_are_calibrated(void **state)
{
	static const float light[] = { 0, 0, 1e-5F, 1.5F, 10 };
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_sfp(&m);
	m.options.p[92] = 0x58;
	for (unsigned i = 0; i < 5; i++) {
		uint32_t bits;

		memcpy(&bits, &light[i], sizeof(bits));
		put(&m.thresholds, 56 + 4 * i, (int)(bits >> 16));
		put(&m.thresholds, 58 + 4 * i, (int)(bits & 0xffff));
	}
	put(&m.thresholds, 76, 512);
	put(&m.thresholds, 78, -100);
	put(&m.thresholds, 80, 256);
	put(&m.thresholds, 84, 384);
	put(&m.thresholds, 86, -2 * 256);
	put(&m.thresholds, 88, 250);
	put(&m.thresholds, 90, 500);
	put_sum(&m.thresholds, 0, 94);
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(value(b, "nic.module.temperature"), 3625); /* 25.5 * 1.5 - 2 */
	assert_int_equal(value(b, "nic.module.temperature_warning"), 10750);
	assert_int_equal(value(b, "nic.module.voltage"), 327); /* 3.3 * 250 / 256 + 0.05 */
	assert_int_equal(lane(b, "nic.module.tx_bias", 1), 1180);
	assert_int_equal(lane(b, "nic.module.tx_power", 1), 50000);
	/* 10 + 1.5 * 4000 + 0.00001 * 4000 * 4000 */
	assert_int_equal(lane(b, "nic.module.rx_power", 1), 61700);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 1), 6220);
	/* without the numbers for it there is nothing to say */
	m.thresholds.p[95] ^= 1;
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	assert_int_equal(value(b, "nic.module.wrong_sums"), 1);
	/* no numbers at all, and endless ones */
	memset(m.thresholds.p + 56, 0xff, 20);
	put(&m.thresholds, 84, 0xffff);
	put(&m.thresholds, 86, 0x7fff);
	put_sum(&m.thresholds, 0, 94);
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), NONE_THERE);
	assert_int_equal(value(b, "nic.module.temperature"), 12800);
}

/* Numbers that nobody calibrates, or that lie behind an address that has to be switched. */
static void what_cannot_be_read_right_is_not_read(void **state)
{
	static const unsigned char types[] = { 0x5c, 0x6c, 0x48, 0x28, 0x08 };
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	for (unsigned i = 0; i < sizeof(types); i++) {
		make_sfp(&m);
		m.options.p[92] = types[i];
		write_sfp(b, &m);
		tick(b);
		assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	}
	make_sfp(&m);
	m.options.p[94] = 0; /* it claims to measure, by no standard */
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	make_qsfp(&m);
	m.lower.p[2] = 1 << 0; /* not ready yet */
	write_qsfp(b, &m);
	tick(b);
	assert_true(is_form(b, "QSFP28"));
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
}

static void a_page_with_a_wrong_sum_is_not_believed(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_sfp(&m);
	m.thresholds.p[95] ^= 1;
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(value(b, "nic.module.temperature"), 2550);
	assert_int_equal(value(b, "nic.module.temperature_alarm"), NONE_THERE);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), NONE_THERE);
	assert_int_equal(value(b, "nic.module.wrong_sums"), 1);
	make_cmis(&m, 8);
	m.thresholds.p[255] ^= 1;
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), 90000);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 1), NONE_THERE);
	assert_int_equal(value(b, "nic.module.wrong_sums"), 1);
	make_cmis(&m, 8);
	m.options.p[255] ^= 1; /* what it measures is not known */
	write_cmis(b, &m);
	tick(b);
	assert_true(is_form(b, "QSFP-DD"));
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
}

static void limits_that_make_no_sense_are_none(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_qsfp(&m);
	put_limits(&m.thresholds, 128, 40 * 256, 40 * 256, 70 * 256, 0);
	put_limits(&m.thresholds, 176, 21878, 446, 1122, 1122);
	write_qsfp(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), 80000);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 1), NONE_THERE);
	assert_int_equal(value(b, "nic.module.hot"), NONE_THERE);
}

static void unknown_forms_are_named_and_left_alone(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_qsfp(&m);
	m.lower.p[0] = 0x42;
	write_qsfp(b, &m);
	tick(b);
	assert_true(is_form(b, "0x42"));
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	assert_int_equal(b->frame.n_failures, 0);
}

/* Zeros and ones are what a bus reads where nobody answers. */
static void an_empty_cage_is_no_failure(void **state)
{
	static const unsigned char nothing[] = { 0x00, 0xff };
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	for (unsigned i = 0; i < sizeof(nothing); i++) {
		make_qsfp(&m);
		memset(m.lower.p, nothing[i], 3);
		write_qsfp(b, &m);
		tick(b);
		assert_int_equal(value(b, "nic.module.type"), NONE_THERE);
		assert_int_equal(b->frame.n_failures, 0);
	}
	/* it goes away between two reads */
	make_qsfp(&m);
	memset(m.lower.p + 22, 0xff, 36);
	write_qsfp(b, &m);
	/* who refuses is asked again after a while only */
	run_close(b->run);
	start(b);
	tick(b);
	assert_int_equal(value(b, "nic.module.temperature"), NONE_THERE);
	assert_int_equal(b->frame.n_failures, 1);
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

static unsigned asks_of(struct bench *b, unsigned ticks)
{
	unsigned before = n_asked;

	while (ticks--)
		tick(b);
	return n_asked - before;
}

static void an_empty_cage_is_left_alone_until_it_has_a_link(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	n_asked = 0;
	tree_write(b->dir, "sys/class/net/eth0/carrier", "0\n", 2);
	begin(b);
	make_qsfp(&m);
	memset(m.lower.p, 0xff, 3);
	write_qsfp(b, &m);
	asks_of(b, 3);
	assert_int_equal(asks_of(b, 3), 0);
	tree_write(b->dir, "sys/class/net/eth0/carrier", "1\n", 2);
	assert_int_equal(asks_of(b, 1), 1);
	assert_int_equal(asks_of(b, 3), 1); /* twice is refused again */
}

/* ---- replies ---- */

static void virtual_functions_are_not_asked(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	tree_link(b->dir, "sys/class/net/eth0/device/physfn", "../0000:01:00.0");
	begin(b);
	make_sfp(&m);
	write_sfp(b, &m);
	tick(b);
	assert_int_equal(value(b, "nic.module.type"), NONE_THERE);
}

static void what_was_cut_is_said(void **state)
{
	struct bench *b = *state;
	struct made_module m;
	size_t whole;

	begin(b);
	make_sfp(&m);
	write_sfp(b, &m);
	make_reply("eth0", m.lanes.p + 96, 10);
	whole = reply.n;
	for (size_t n = 0; n + sizeof(struct nlmsgerr) + sizeof(struct nlmsghdr) <= whole; n++) {
		tree_write(b->dir, "ask/ethtool_module/eth0/monitors", reply.p, n);
		tick(b);
		assert_int_equal(b->frame.n_failures, 1);
		assert_int_equal(b->frame.failures[0].error, -EBADMSG);
	}
	/* a page that is shorter or longer than asked for, or of somebody else */
	for (size_t n = 0; n <= 12; n++) {
		make_reply("eth0", m.lanes.p + 96, n);
		tree_write(b->dir, "ask/ethtool_module/eth0/monitors", reply.p, reply.n);
		tick(b);
		assert_int_equal(b->frame.n_failures, n != 10);
		assert_int_equal(value(b, "nic.module.temperature"), n == 10 ? 2550 : NONE_THERE);
	}
	make_reply("eth7", m.lanes.p + 96, 10);
	tree_write(b->dir, "ask/ethtool_module/eth0/monitors", reply.p, reply.n);
	tick(b);
	assert_int_equal(b->frame.failures[0].error, -EBADMSG);
}

/* Nothing outside the reply is read (the sanitizer watches), whatever a length says. */
static void lengths_that_lie_stay_inside(void **state)
{
	static const uint16_t lies[] = { 0, 1, 3, 5, 7, 0x7fff, 0xffff };
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_cmis(&m, 8);
	write_cmis(b, &m);
	for (size_t at = 0; at < 56; at += 4)
		for (unsigned lie = 0; lie < sizeof(lies) / sizeof(*lies); lie++) {
			make_reply("eth0", m.lanes.p + 154, 48);
			memcpy(reply.p + at, &lies[lie], sizeof(lies[lie]));
			tree_write(b->dir, "ask/ethtool_module/eth0/lanes", reply.p, reply.n);
			tick(b);
		}
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 8), 90000);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(an_sfp_is_read),
		WITH_BENCH(a_qsfp_is_read),
		WITH_BENCH(a_cmis_module_is_read),
		WITH_BENCH(only_what_is_needed_is_asked_for),
		WITH_BENCH(a_cable_of_copper_measures_nothing),
		WITH_BENCH(numbers_that_are_raw_are_calibrated),
		WITH_BENCH(what_cannot_be_read_right_is_not_read),
		WITH_BENCH(a_page_with_a_wrong_sum_is_not_believed),
		WITH_BENCH(limits_that_make_no_sense_are_none),
		WITH_BENCH(unknown_forms_are_named_and_left_alone),
		WITH_BENCH(an_empty_cage_is_no_failure),
		WITH_BENCH(an_empty_cage_is_left_alone_until_it_has_a_link),
		WITH_BENCH(virtual_functions_are_not_asked),
		WITH_BENCH(what_was_cut_is_said),
		WITH_BENCH(lengths_that_lie_stay_inside),
	};

	return RUN_TESTS(tests);
}
