/* What explain knows of transceivers: heat is a cause, weak light comes from the wire, and both lead to lost links. */
#include "test.h"

#include "made_tape.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "nic.module.hot",           NULL, STATE,   ONE,     NETDEV, NONE,    FREE, "heat" },
	{ "nic.module.rx_weak",       NULL, STATE,   ONE,     NETDEV, BY_LANE, FREE, "light" },
	{ "nic.phy.rx.symbol_errors", NULL, COUNTER, ONE,     NETDEV, NONE,    FREE, "symbols" },
	{ "nic.fec.uncorrectable",    NULL, COUNTER, ONE,     NETDEV, NONE,    FREE, "blocks" },
	{ "nic.rx.crc",               NULL, COUNTER, PACKETS, NETDEV, NONE,    FREE, "sums" },
	{ "nic.carrier",              NULL, STATE,   ONE,     NETDEV, NONE,    FREE, "carrier" },
	{ "nic.admin_up",             NULL, STATE,   ONE,     NETDEV, NONE,    FREE, "up" },
	{ "nic.rx.bytes",             NULL, COUNTER, BYTES,   NETDEV, NONE,    FREE, "received" },
};
/* clang-format on */
static const char port[] = "netdev:eth0";

static int open_made(void **state)
{
	struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), knowledge[0]);

	memcpy(m->known, knowledge, sizeof(m->known));
	*state = m;
	return 0;
}

struct play {
	const char *hot, *weak, *symbols, *blocks, *sums, *carrier, *up, *received;
};

static void play(struct made *m, struct play p)
{
	made_script(m, port, "nic.module.hot", 0, p.hot ? p.hot : "0");
	made_script(m, port, "nic.module.rx_weak", 1, "0");
	made_script(m, port, "nic.module.rx_weak", 2, p.weak ? p.weak : "0");
	made_script(m, port, "nic.phy.rx.symbol_errors", 0, p.symbols ? p.symbols : "0");
	made_script(m, port, "nic.fec.uncorrectable", 0, p.blocks ? p.blocks : "0");
	made_script(m, port, "nic.rx.crc", 0, p.sums ? p.sums : "0");
	made_script(m, port, "nic.carrier", 0, p.carrier ? p.carrier : "1");
	made_script(m, port, "nic.admin_up", 0, p.up ? p.up : "1");
	made_script(m, port, "nic.rx.bytes", 0, p.received ? p.received : "1000000");
	made_play(m, 120, 1);
	made_explain(m);
}

static void heat_takes_the_link_along(void **state)
{
	struct made *m = *state;

	play(m, (struct play){ .hot = "60x0 30x2 0",
			.symbols = "62x0 6x40 0",
			.carrier = "68x1 22x0 1",
			.received = "68x1000000 22x0 1000000" });
	assert_string_equal(made_root(m), "nic.module.hot");
	assert_true(made_link(m, "nic.module.hot", "nic.phy.rx.symbol_errors"));
	assert_true(made_link(m, "nic.module.hot", "nic.carrier") ||
		    made_link(m, "nic.phy.rx.symbol_errors", "nic.carrier"));
	assert_true(made_link(m, "nic.carrier", "nic.rx.bytes"));
}

/* Where it comes from stands at the other end of the fibre: it is no confirmed root. */
static void weak_light_damages_frames(void **state)
{
	struct made *m = *state;

	play(m, (struct play){ .weak = "60x0 40x1 0",
			.blocks = "61x0 39x20 0",
			.sums = "61x0 39x20 0",
			.carrier = "80x1 5x0 1",
			.received = "80x1000000 5x0 1000000" });
	assert_string_equal(made_root(m), "nic.module.rx_weak");
	assert_true(m->report.verdict != CONFIRMED);
	assert_true(made_link(m, "nic.module.rx_weak", "nic.fec.uncorrectable"));
	assert_true(made_link(m, "nic.module.rx_weak", "nic.rx.crc") ||
		    made_link(m, "nic.fec.uncorrectable", "nic.rx.crc"));
	assert_true(made_link(m, "nic.module.rx_weak", "nic.carrier") ||
		    made_link(m, "nic.fec.uncorrectable", "nic.carrier"));
}

static void a_fibre_that_is_pulled_takes_the_link_along(void **state)
{
	struct made *m = *state;

	play(m, (struct play){ .weak = "60x0 2", .carrier = "60x1 0", .received = "60x1000000 0" });
	assert_string_equal(made_root(m), "nic.module.rx_weak");
	assert_true(made_link(m, "nic.module.rx_weak", "nic.carrier"));
	assert_true(m->report.verdict != CONFIRMED);
}

/* It was weak all the time, and harmless. */
static void old_weakness_is_no_cause(void **state)
{
	struct made *m = *state;

	play(m, (struct play){ .weak = "1",
			.up = "60x1 30x0 1",
			.carrier = "60x1 30x0 1",
			.received = "60x1000000 30x0 1000000" });
	assert_string_equal(made_root(m), "nic.admin_up");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_made, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(heat_takes_the_link_along),
		TEST(weak_light_damages_frames),
		TEST(a_fibre_that_is_pulled_takes_the_link_along),
		TEST(old_weakness_is_no_cause),
	};

	return RUN_TESTS(tests);
}
