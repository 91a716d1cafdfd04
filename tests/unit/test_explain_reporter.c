/* What explain knows of health reporters: one that recovers is latent, one that does not takes its port along. */
#include "test.h"

#include "made_tape.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "firmware.reporter.state",      NULL, STATE,   ONE,   REPORTER, NONE, FREE, "state" },
	{ "firmware.reporter.errors",     NULL, COUNTER, ONE,   REPORTER, NONE, FREE, "errors" },
	{ "firmware.reporter.recoveries", NULL, COUNTER, ONE,   REPORTER, NONE, FREE, "recoveries" },
	{ "nic.carrier",                  NULL, STATE,   ONE,   NETDEV,   NONE, FREE, "carrier" },
	{ "nic.admin_up",                 NULL, STATE,   ONE,   NETDEV,   NONE, FREE, "up" },
	{ "nic.tx.bytes",                 NULL, COUNTER, BYTES, NETDEV,   NONE, FREE, "sent" },
};
/* clang-format on */
static const char reporter[] = "reporter:netdevsim/netdevsim1/dummy", port[] = "netdev:sim1";

static int open_made(void **state)
{
	struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), knowledge[0]);

	memcpy(m->known, knowledge, sizeof(m->known));
	*state = m;
	return 0;
}

static void play(struct made *m, const char *errors, const char *recoveries, const char *reported,
	const char *carrier, const char *sent)
{
	made_script(m, reporter, "firmware.reporter.errors", 0, errors);
	made_script(m, reporter, "firmware.reporter.recoveries", 0, recoveries);
	made_script(m, reporter, "firmware.reporter.state", 0, reported);
	made_script(m, port, "nic.carrier", 0, carrier);
	made_script(m, port, "nic.admin_up", 0, "1");
	made_script(m, port, "nic.tx.bytes", 0, sent);
	made_play(m, 120, 1);
	made_explain(m);
}

static void an_error_that_recovered_is_latent(void **state)
{
	struct made *m = *state;

	made_relate(m, reporter, VIA_NETDEV, port, -100);
	play(m, "60x0 1 5x0 1 0", "60x0 1 5x0 1 0", "0", "1", "1000000");
	assert_int_equal(m->report.verdict, LATENT);
	assert_string_equal(made_root(m), "firmware.reporter.errors");
	assert_int_equal(made_count(m, "firmware.reporter.state"), 0);
}

static void one_that_did_not_takes_the_port_along(void **state)
{
	struct made *m = *state;

	made_relate(m, reporter, VIA_NETDEV, port, -100);
	play(m, "60x0 1 0", "0", "60x0 30x1 0", "62x1 30x0 1", "62x1000000 30x0 1000000");
	assert_string_equal(made_root(m), "firmware.reporter.errors");
	assert_true(m->report.verdict == CONFIRMED || m->report.verdict == LIKELY);
	assert_int_equal(made_count(m, "firmware.reporter.state"), 1);
	assert_true(made_link(m, "firmware.reporter.errors", "firmware.reporter.state"));
	assert_true(made_link(m, "firmware.reporter.errors", "nic.carrier") ||
		    made_link(m, "firmware.reporter.state", "nic.carrier"));
	assert_true(made_link(m, "nic.carrier", "nic.tx.bytes"));
}

/* The reporter of another device has nothing to do with it. */
static void another_device_is_no_cause(void **state)
{
	struct made *m = *state;

	made_relate(m, reporter, VIA_NETDEV, "netdev:other", -100);
	play(m, "60x0 1 0", "0", "60x0 30x1 0", "62x1 30x0 1", "62x1000000 30x0 1000000");
	assert_false(made_link(m, "firmware.reporter.errors", "nic.carrier"));
	assert_false(made_link(m, "firmware.reporter.state", "nic.carrier"));
	assert_string_not_equal(made_root(m), "firmware.reporter.errors");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_made, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_error_that_recovered_is_latent),
		TEST(one_that_did_not_takes_the_port_along),
		TEST(another_device_is_no_cause),
	};

	return RUN_TESTS(tests);
}
