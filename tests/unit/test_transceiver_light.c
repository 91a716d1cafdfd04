/* Transceivers: heat and light against the module's own limits, and which lanes are in use. */
#include "made_module.h"

#include <unistd.h>

static void heat_is_held_against_its_own_limits(void **state)
{
	static const struct {
		int degrees, hot;
	} cases[] = { { 70, 0 }, { 71, 1 }, { 75, 1 }, { 76, 2 } };
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_qsfp(&m);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put(&m.lower, 22, cases[i].degrees * 256);
		write_qsfp(b, &m);
		tick(b);
		assert_int_equal(value(b, "nic.module.hot"), cases[i].hot);
	}
}

static void light_is_held_against_its_own_limits(void **state)
{
	static const struct {
		int light, weak;
	} cases[] = { { 1122, 0 }, { 1121, 1 }, { 446, 1 }, { 445, 2 }, { 0, 2 } };
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_qsfp(&m);
	put(&m.lower, 40, 300); /* weak from the beginning, and more than noise */
	write_qsfp(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 4), 2);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put(&m.lower, 36, cases[i].light);
		write_qsfp(b, &m);
		tick(b);
		assert_int_equal(lane(b, "nic.module.rx_weak", 2), cases[i].weak);
		assert_int_equal(lane(b, "nic.module.rx_weak", 3), 0);
	}
}

/* A form of eight lanes may use two, and a split port has a part of them. */
static void a_lane_that_never_had_light_is_not_in_use(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	begin(b);
	make_cmis(&m, 2);
	put(&m.lanes, 186 + 2 * 2, 99); /* noise */
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 8), 0);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 2), 4000);
	assert_int_equal(lane(b, "nic.module.rx_power_alarm", 3), NONE_THERE);
	assert_int_equal(lane(b, "nic.module.rx_weak", 8), NONE_THERE);
	/* the second goes out: now it is known to be missing */
	make_cmis(&m, 1);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), 0);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), 2);
	assert_int_equal(lane(b, "nic.module.rx_weak", 3), NONE_THERE);
	/* the module is pulled, and another one comes */
	tree_write(b->dir, "ask/ethtool_module/eth0/identity", "", 0);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), NONE_THERE);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), NONE_THERE);
	/* no light at all: one lane says so */
	make_cmis(&m, 0);
	tree_write(b->dir, "ask/ethtool_module/eth0/identity", "", 0);
	tick(b);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), 2);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), NONE_THERE);
}

/* Of a link that is there a dark lane is none: it is of another port, or nobody has it. */
static void a_dark_lane_is_none_of_a_link_that_is_there(void **state)
{
	struct bench *b = *state;
	struct made_module m;
	char path[128];

	tree_text(b->dir, "sys/class/net/eth0/carrier", "1\n");
	begin(b);
	make_cmis(&m, 2);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), 0);
	make_cmis(&m, 1);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), 0);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), NONE_THERE);
	/* the link is lost: it may be the one that is missing */
	tree_text(b->dir, "sys/class/net/eth0/carrier", "0\n");
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), 2);
	/* what cannot be read, because the interface is set down, is no link */
	tree_text(b->dir, "sys/class/net/eth0/carrier", "1\n");
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), NONE_THERE);
	snprintf(path, sizeof(path), "%s/sys/class/net/eth0/carrier", b->dir);
	assert_int_equal(unlink(path), 0);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), 2);
	/* weak, and not dark */
	tree_text(b->dir, "sys/class/net/eth0/carrier", "1\n");
	put(&m.lanes, 188, 300);
	write_cmis(b, &m);
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), 2);
}

/* An active cable with thresholds for light, and no monitor of it. */
static void no_light_on_a_link_that_is_there_is_not_measured(void **state)
{
	struct bench *b = *state;
	struct made_module m;

	tree_text(b->dir, "sys/class/net/eth0/carrier", "1\n");
	begin(b);
	make_qsfp(&m);
	memset(m.lower.p + 34, 0, 24);
	write_qsfp(b, &m);
	tick(b);
	assert_int_equal(value(b, "nic.module.temperature"), -561);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), NONE_THERE);
	assert_int_equal(lane(b, "nic.module.tx_power", 1), NONE_THERE);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), NONE_THERE);
	tree_text(b->dir, "sys/class/net/eth0/carrier", "0\n");
	tick(b);
	assert_int_equal(lane(b, "nic.module.rx_power", 1), 0);
	assert_int_equal(lane(b, "nic.module.rx_weak", 1), 2);
	assert_int_equal(lane(b, "nic.module.rx_weak", 2), NONE_THERE);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(heat_is_held_against_its_own_limits),
		WITH_BENCH(light_is_held_against_its_own_limits),
		WITH_BENCH(a_lane_that_never_had_light_is_not_in_use),
		WITH_BENCH(a_dark_lane_is_none_of_a_link_that_is_there),
		WITH_BENCH(no_light_on_a_link_that_is_there_is_not_measured),
	};

	return RUN_TESTS(tests);
}
