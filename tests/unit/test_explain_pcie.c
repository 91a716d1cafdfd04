/* What explain knows of sizes of packets and of a GPU's link: a size set at one end, a link that errs under load. */
#include "test.h"

#include "made_tape.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "pcie.driver",              NULL, FACT,    TEXT,          PCI,    NONE,         FREE, "driver" },
	{ "pcie.payload",             NULL, FACT,    BYTES,         PCI,    NONE,         FREE, "sent" },
	{ "pcie.payload.above",       NULL, STATE,   BYTES,         PCI,    NONE,         FREE, "taken" },
	{ "pcie.aer.correctable",     NULL, COUNTER, ONE,           PCI,    BY_COR_BIT,   FREE, "corrected" },
	{ "pcie.aer.fatal",           NULL, COUNTER, ONE,           PCI,    BY_UNCOR_BIT, FREE, "fatal" },
	{ "pcie.dpc.triggered",       NULL, STATE,   ONE,           PCI,    NONE,         FREE, "contained" },
	{ "pcie.link.speed.loaded",   NULL, STATE,   MEGATRANSFERS, PCI,    NONE,         FREE, "speed" },
	{ "pcie.link.speed.possible", NULL, FACT,    MEGATRANSFERS, PCI,    NONE,         FREE, "best" },
	{ "nic.carrier",              NULL, STATE,   ONE,           NETDEV, NONE,         FREE, "carrier" },
	{ "nic.admin_up",             NULL, STATE,   ONE,           NETDEV, NONE,         FREE, "up" },
	{ "nic.tx.bytes",             NULL, COUNTER, BYTES,         NETDEV, NONE,         FREE, "sent" },
};
/* clang-format on */
enum { MALFORMED = 18, RECEIVER = 0 };
static const char port[] = "pci:0000:00:01.0", nic[] = "pci:0000:01:00.0", eth[] = "netdev:eth0";

static int open_made(void **state)
{
	struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), knowledge[0]);

	memcpy(m->known, knowledge, sizeof(m->known));
	made_relate(m, nic, VIA_UPSTREAM, port, -100);
	made_relate(m, eth, VIA_PCI, nic, -100);
	*state = m;
	return 0;
}

static void play(struct made *m, const char *set, const char *fatal)
{
	made_text(m, nic, "pcie.driver", "mlx5_core");
	made_script(m, nic, "pcie.payload", 0, set);
	made_script(m, nic, "pcie.payload.above", 0, "128");
	made_script(m, port, "pcie.payload", 0, "128");
	made_script(m, port, "pcie.aer.fatal", MALFORMED, fatal);
	made_script(m, port, "pcie.dpc.triggered", 0, "80x0 1");
	made_script(m, eth, "nic.admin_up", 0, "1");
	made_script(m, eth, "nic.carrier", 0, "82x1 0");
	made_script(m, eth, "nic.tx.bytes", 0, "80x1000000 0");
	made_play(m, 120, 1);
	made_explain(m);
}

static void a_size_that_the_port_does_not_take_brings_the_link_down(void **state)
{
	struct made *m = *state;

	play(m, "60x128 256", "79x0 1 0");
	assert_string_equal(made_root(m), "pcie.payload");
	assert_true(made_link(m, "pcie.payload", "pcie.payload.above"));
	assert_true(made_link(m, "pcie.payload.above", "pcie.aer.fatal") ||
		    made_link(m, "pcie.payload.above", "pcie.dpc.triggered"));
	assert_int_equal(made_count(m, "pcie.payload.above"), 1);
}

static void sizes_that_fit_explain_nothing(void **state)
{
	struct made *m = *state;

	play(m, "128", "79x0 1 0");
	assert_int_equal(made_count(m, "pcie.payload.above"), 0);
	assert_string_equal(made_root(m), "pcie.aer.fatal");
}

/* It may not send at all. */
static void without_a_driver_it_is_no_onset(void **state)
{
	struct made *m = *state;

	made_script(m, nic, "pcie.payload", 0, "60x128 256");
	made_script(m, nic, "pcie.payload.above", 0, "128");
	made_play(m, 120, 1);
	made_explain(m);
	assert_int_equal(made_count(m, "pcie.payload.above"), 0);
}

static void play_gpu(struct made *m, const char *loaded)
{
	made_script(m, nic, "pcie.link.speed.possible", 0, "16000");
	made_script(m, nic, "pcie.link.speed.loaded", 0, loaded);
	made_script(m, nic, "pcie.aer.correctable", RECEIVER, "55x0 20 0");
	made_play(m, 120, 1);
	made_explain(m);
}

static void a_link_that_errs_is_slower_under_load(void **state)
{
	struct made *m = *state;

	play_gpu(m, "20x16000 10x- 26x16000 2500");
	assert_int_equal(made_count(m, "pcie.link.speed.loaded"), 1);
	assert_true(made_link(m, "pcie.aer.correctable", "pcie.link.speed.loaded"));
	assert_string_equal(made_root(m), "pcie.aer.correctable");
}

/* While it idles there is no row, and no row is no low speed. */
static void an_idle_gpu_has_no_onset(void **state)
{
	struct made *m = *state;

	play_gpu(m, "20x16000 20x- 20x16000 -");
	assert_int_equal(made_count(m, "pcie.link.speed.loaded"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_made, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_size_that_the_port_does_not_take_brings_the_link_down),
		TEST(sizes_that_fit_explain_nothing),
		TEST(without_a_driver_it_is_no_onset),
		TEST(a_link_that_errs_is_slower_under_load),
		TEST(an_idle_gpu_has_no_onset),
	};

	return RUN_TESTS(tests);
}
