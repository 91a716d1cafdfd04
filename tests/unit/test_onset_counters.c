/* Onsets of error counters: those that are quiet in health, and those with a background. */
#include "test.h"

#include "made_tape.h"

#include <errno.h>
#include <math.h>

/* clang-format off */
static const struct signal signals[] = {
	{ "pcie.made.errors",   NULL, COUNTER, ONE, PCI,  BY_COR_BIT, FREE, "errors" },
	{ "pcie.made.some",     NULL, COUNTER, ONE, PCI,  NONE,       FREE, "errors that are few" },
	{ "rdma.made.downed",   NULL, COUNTER, ONE, RDMA, NONE,       FREE, "downs", 8, SATURATES },
	{ "sched.made.faults",  NULL, COUNTER, ONE, TASK, NONE,       FREE, "of a task" },
	{ "softirq.made.left",  NULL, COUNTER, ONE, HOST, BY_CPU,     FREE, "noise", 32, WRAPS },
};
static const struct indicator indicators[] = {
	{ "pcie.made.errors",  SENSE_QUIET, CAUSE, HARDWARE },
	{ "pcie.made.some",    SENSE_QUIET, CAUSE, HARDWARE, .floor = 2 },
	{ "rdma.made.downed",  SENSE_QUIET, CAUSE, HARDWARE },
	{ "sched.made.faults", SENSE_QUIET, CAUSE, THRESHOLD },
	{ "softirq.made.left", SENSE_NOISY, LINK,  THRESHOLD, .floor = 1 },
};
/* clang-format on */
static const struct knowledge known = { .layer = "pcie", INDICATORS(indicators) };

static const char device[] = "pci:0000:01:00.0";

static int set_up(void **state)
{
	*state = made_new(signals, sizeof(signals) / sizeof(*signals), &known);
	return 0;
}

/* Plays the script of one cell; the first onset of it, or NULL. */
static const struct onset *play(
	struct made *m, const char *who, const char *signal, const char *script, unsigned ticks)
{
	made_script(m, who, signal, 0, script);
	made_play(m, ticks, 1);
	made_onsets(m);
	return made_onset(m, who, signal, 0);
}

static const struct onset *errors(struct made *m, const char *script, unsigned ticks)
{
	return play(m, device, "pcie.made.errors", script, ticks);
}

static const struct onset *noise(struct made *m, const char *script, unsigned ticks)
{
	return play(m, "host", "softirq.made.left", script, ticks);
}

/* ---- quiet ---- */

static void the_first_growth_after_quiet_is_an_onset(void **state)
{
	struct made *m = *state;
	const struct onset *o = errors(m, "=7 40x0 5 0", 60);

	made_assert_began(m, o, 40, 41);
	made_assert_ended(m, o, 40, 42);
	assert_int_equal(o->shape, ROSE);
	assert_int_equal(o->node.count, 5);
	assert_true(o->node.has_before && o->node.has_after && o->node.has_sub);
	assert_double(o->node.before, 0);
	assert_double(o->node.after, 5 / 1.0);
	assert_string_equal(o->node.was, "0/s");
	assert_int_equal(made_count(m, "pcie.made.errors"), 1);
}

static void what_lasts_to_the_end_has_no_end(void **state)
{
	struct made *m = *state;
	const struct onset *o = errors(m, "30x0 3", 60);

	made_assert_began(m, o, 29, 30);
	assert_true(o->node.ended.lo_ns == NOT_YET && o->node.ended.hi_ns == NOT_YET);
	assert_int_equal(o->node.count, 90);
}

static void what_never_grows_is_no_onset(void **state)
{
	struct made *m = *state;

	assert_null(errors(m, "=123456 0", 60));
	assert_int_equal(made_watched(m, device, "pcie.made.errors")->samples, 60);
	assert_int_equal(made_watched(m, device, "pcie.made.errors")->onsets, 0);
}

static void what_grows_all_the_time_does_so_from_the_start(void **state)
{
	struct made *m = *state;

	made_assert_began(m, errors(m, "3", 60), -1, 1);
	assert_true(made_watched(m, device, "pcie.made.errors")->from_start);
	assert_int_equal(made_count(m, "pcie.made.errors"), 1);
}

static void what_grows_now_and_then_does_so_from_the_start(void **state)
{
	struct made *m = *state;

	made_assert_began(m, errors(m, "9x0 1 9x0 1 9x0 2 9x0 1 9x0 1 9x0", 60), -1, 9);
	assert_int_equal(made_count(m, "pcie.made.errors"), 1);
}

static void growth_soon_after_growth_is_the_same_and_long_after_is_another(void **state)
{
	struct made *m = *state;

	errors(m, "60x0 1 9x0 1 40x0 1 0", 160);
	assert_int_equal(made_count(m, "pcie.made.errors"), 2);
	made_assert_began(m, made_onset(m, NULL, "pcie.made.errors", 0), 59, 60);
	made_assert_ended(m, made_onset(m, NULL, "pcie.made.errors", 0), 69, 71);
	made_assert_began(m, made_onset(m, NULL, "pcie.made.errors", 1), 110, 111);
}

static void many_times_the_rate_so_far_is_another_onset(void **state)
{
	struct made *m = *state;

	errors(m, "60x1 100", 100);
	assert_int_equal(made_count(m, "pcie.made.errors"), 2);
	made_assert_began(m, made_onset(m, NULL, "pcie.made.errors", 0), -1, 1);
	made_assert_began(m, made_onset(m, NULL, "pcie.made.errors", 1), 59, 60);
	assert_double(made_onset(m, NULL, "pcie.made.errors", 1)->node.before, 1);
	assert_double(made_onset(m, NULL, "pcie.made.errors", 1)->node.after, 100);
}

static void a_counter_that_was_set_back_has_not_grown(void **state)
{
	struct made *m = *state;

	assert_null(errors(m, "=500 20x0 =3 0", 60));
}

static void growth_after_a_reset_is_growth(void **state)
{
	struct made *m = *state;
	const struct onset *o = errors(m, "=500 20x0 =3 20x0 2 0", 60);

	made_assert_began(m, o, 41, 42);
	assert_int_equal(o->node.count, 2);
}

/* At its maximum it is blind: it neither grew nor stood still. */
static void a_counter_at_its_maximum_tells_nothing(void **state)
{
	struct made *m = *state;

	assert_null(play(m, "rdma:mlx5_0", "rdma.made.downed", "=255 0", 60));
	assert_int_equal(made_watched(m, "rdma:mlx5_0", "rdma.made.downed")->samples, 0);
	assert_int_equal(made_watched(m, "rdma:mlx5_0", "rdma.made.downed")->unknown, 60);
}

static void growth_under_the_floor_is_none(void **state)
{
	struct made *m = *state;

	assert_null(play(m, device, "pcie.made.some", "30x0 2", 60));
}

static void growth_over_the_floor_counts_a_second_not_a_tick(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.some", 0, "12x0 15 0");
	made_script(m, device, "pcie.made.errors", 0, "12x0 15 0");
	made_play(m, 30, 10);
	made_onsets(m);
	assert_null(made_onset(m, NULL, "pcie.made.some", 0));
	made_assert_began(m, made_onset(m, NULL, "pcie.made.errors", 0), 11, 12);
}

static void a_cell_that_comes_with_its_entity_counts_from_zero(void **state)
{
	struct made *m = *state;
	const struct onset *o = errors(m, "20x- =4 0", 60);

	made_assert_began(m, o, 19, 20);
	assert_int_equal(o->node.count, 4);
}

static void a_task_that_comes_has_lived_before(void **state)
{
	struct made *m = *state;

	assert_null(play(m, "task:77", "sched.made.faults", "20x- =4000 0", 60));
}

static void a_cell_that_comes_behind_a_gap_may_be_old(void **state)
{
	struct made *m = *state;

	made_play(m, 20, 1);
	made_set(m, device, "pcie.made.errors", 0, 4000);
	made_tick(m, 90);
	for (int i = 91; i < 110; i++)
		made_tick(m, i);
	made_onsets(m);
	assert_null(made_onset(m, NULL, "pcie.made.errors", 0));
}

static void a_cell_that_could_not_be_read_before_may_be_old(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.errors", "pcie.made.some");

	made_set(m, device, "pcie.made.errors", 0, 4000);
	made_refuse(m, source, -EACCES);
	made_play(m, 20, 1);
	made_refuse(m, source, 0);
	made_play(m, 40, 1);
	made_onsets(m);
	assert_null(made_onset(m, NULL, "pcie.made.errors", 0));
}

static void growth_across_a_gap_happened_somewhere_in_it(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "20x0 7 0");
	made_play(m, 20, 1);
	made_tick(m, 60);
	for (int i = 61; i < 90; i++)
		made_tick(m, i);
	made_onsets(m);
	made_assert_began(m, made_onset(m, NULL, "pcie.made.errors", 0), 19, 20);
}

static void each_cell_has_its_own_onset(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "30x0 1 0");
	made_script(m, device, "pcie.made.errors", 6, "40x0 1 0");
	made_script(m, "pci:0000:02:00.0", "pcie.made.errors", 6, "20x0 1 0");
	made_play(m, 60, 1);
	made_onsets(m);
	assert_int_equal(made_count(m, "pcie.made.errors"), 3);
	made_assert_began(m, made_onset(m, device, "pcie.made.errors", 0), 29, 30);
	assert_int_equal(made_onset(m, device, "pcie.made.errors", 0)->node.sub, 0);
	made_assert_began(m, made_onset(m, device, "pcie.made.errors", 1), 39, 40);
	assert_int_equal(made_onset(m, device, "pcie.made.errors", 1)->node.sub, 6);
	assert_int_equal(made_watched(m, device, "pcie.made.errors")->samples, 120);
}

/* ---- noisy ---- */

static void a_background_is_no_onset(void **state)
{
	struct made *m = *state;

	assert_null(noise(m, "10", 200));
}

/* Poisson's: waits between two are exponential. */
static unsigned chance(double expected)
{
	double left = expected;
	unsigned n = 0;

	while ((left += log((random_below(1000000) + 1) / 1e6)) > 0)
		n++;
	return n;
}

static void a_background_that_is_chance_is_no_onset(void **state)
{
	(void)state;
	random_seed(__func__);
	for (int i = 0; i < 200; i++) {
		struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), &known);
		double rate = 0.125 * (1 << i % 12);
		int64_t value = 0;

		for (int tick = 0; tick < 120; tick++) {
			made_set(m, "host", "softirq.made.left", 3, value += chance(rate));
			made_tick(m, tick);
		}
		made_onsets(m);
		if (made_count(m, "softirq.made.left"))
			fail_msg("%g/s: an onset in tape %d", rate, i);
		made_free((void **)&m);
	}
}

static void ten_times_the_background_is_an_onset(void **state)
{
	struct made *m = *state;
	const struct onset *o = noise(m, "30x10 20x100 10", 80);

	made_assert_began(m, o, 29, 30);
	made_assert_ended(m, o, 48, 50);
	assert_int_equal(o->shape, ROSE);
	assert_double(o->node.before, 10);
	assert_double(o->node.after, 100);
	assert_int_equal(made_count(m, "softirq.made.left"), 1);
}

static void twice_the_background_is_none(void **state)
{
	struct made *m = *state;

	assert_null(noise(m, "60x100 200", 120));
}

static void a_background_stays_what_it_was_while_it_is_exceeded(void **state)
{
	struct made *m = *state;
	const struct onset *o = noise(m, "30x10 100", 400);

	made_assert_began(m, o, 29, 30);
	assert_true(o->node.ended.hi_ns == NOT_YET);
	assert_int_equal(made_count(m, "softirq.made.left"), 1);
}

static void a_small_steady_rate_after_none_is_found_at_its_beginning(void **state)
{
	struct made *m = *state;

	made_assert_began(m, noise(m, "60x0 2", 100), 59, 60);
}

static void one_or_two_after_none_are_chance(void **state)
{
	struct made *m = *state;

	assert_null(noise(m, "60x0 1 20x0 2 0", 120));
}

static void a_counter_that_goes_round_has_not_risen(void **state)
{
	struct made *m = *state;

	assert_null(noise(m, "=4294967000 60x10", 60));
	assert_true(m->cells[0].value < 1000);
}

static void a_reset_of_what_is_never_quiet_is_no_onset(void **state)
{
	struct made *m = *state;

	assert_null(noise(m, "30x10 =0 10", 80));
}

static void an_excess_every_ten_seconds_is_found(void **state)
{
	struct made *m = *state;

	made_script(m, "host", "softirq.made.left", 0, "12x100 4x1000 100");
	made_play(m, 30, 10);
	made_onsets(m);
	made_assert_began(m, made_onset(m, NULL, "softirq.made.left", 0), 11, 12);
	assert_int_equal(made_count(m, "softirq.made.left"), 1);
}

static void a_gap_full_of_background_is_no_onset(void **state)
{
	struct made *m = *state;

	made_script(m, "host", "softirq.made.left", 0, "30x10 600 10");
	made_play(m, 30, 1);
	made_tick(m, 89);
	for (int i = 90; i < 120; i++)
		made_tick(m, i);
	made_onsets(m);
	assert_null(made_onset(m, NULL, "softirq.made.left", 0));
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(the_first_growth_after_quiet_is_an_onset),
		WITH_TAPE(what_lasts_to_the_end_has_no_end),
		WITH_TAPE(what_never_grows_is_no_onset),
		WITH_TAPE(what_grows_all_the_time_does_so_from_the_start),
		WITH_TAPE(what_grows_now_and_then_does_so_from_the_start),
		WITH_TAPE(growth_soon_after_growth_is_the_same_and_long_after_is_another),
		WITH_TAPE(many_times_the_rate_so_far_is_another_onset),
		WITH_TAPE(a_counter_that_was_set_back_has_not_grown),
		WITH_TAPE(growth_after_a_reset_is_growth),
		WITH_TAPE(a_counter_at_its_maximum_tells_nothing),
		WITH_TAPE(growth_under_the_floor_is_none),
		WITH_TAPE(growth_over_the_floor_counts_a_second_not_a_tick),
		WITH_TAPE(a_cell_that_comes_with_its_entity_counts_from_zero),
		WITH_TAPE(a_task_that_comes_has_lived_before),
		WITH_TAPE(a_cell_that_comes_behind_a_gap_may_be_old),
		WITH_TAPE(a_cell_that_could_not_be_read_before_may_be_old),
		WITH_TAPE(growth_across_a_gap_happened_somewhere_in_it),
		WITH_TAPE(each_cell_has_its_own_onset),
		WITH_TAPE(a_background_is_no_onset),
		cmocka_unit_test(a_background_that_is_chance_is_no_onset),
		WITH_TAPE(ten_times_the_background_is_an_onset),
		WITH_TAPE(twice_the_background_is_none),
		WITH_TAPE(a_background_stays_what_it_was_while_it_is_exceeded),
		WITH_TAPE(a_small_steady_rate_after_none_is_found_at_its_beginning),
		WITH_TAPE(one_or_two_after_none_are_chance),
		WITH_TAPE(a_counter_that_goes_round_has_not_risen),
		WITH_TAPE(a_reset_of_what_is_never_quiet_is_no_onset),
		WITH_TAPE(an_excess_every_ten_seconds_is_found),
		WITH_TAPE(a_gap_full_of_background_is_no_onset),
	};

	return RUN_TESTS(tests);
}
