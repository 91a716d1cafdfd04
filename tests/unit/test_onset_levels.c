/* Onsets of shares, gauges, states and facts, and of what is not there any more. */
#include "test.h"

#include "made_tape.h"

#include <errno.h>

/* clang-format off */
static const struct signal signals[] = {
	{ "sched.made.delay",   NULL, COUNTER, NSEC,  HOST,   BY_CPU, FREE, "waiting" },
	{ "sched.made.task",    NULL, COUNTER, MSEC,  TASK,   NONE,   FREE, "waiting of a task" },
	{ "memory.made.used",   NULL, GAUGE,   PAGES, HOST,   NONE,   FREE, "level" },
	{ "pcie.made.width",    NULL, STATE,   LANES, PCI,    NONE,   FREE, "lanes" },
	{ "pcie.made.widest",   NULL, FACT,    LANES, PCI,    NONE,   FREE, "lanes it could have" },
	{ "pcie.made.latched",  NULL, STATE,   ONE,   PCI,    BY_COR_BIT, FREE, "an error" },
	{ "nic.made.carrier",   NULL, STATE,   ONE,   NETDEV, NONE,   FREE, "link" },
	{ "nic.made.mtu",       NULL, FACT,    BYTES, NETDEV, NONE,   FREE, "size" },
	{ "pcie.made.driver",   NULL, FACT,    TEXT,  PCI,    NONE,   FREE, "driver" },
	{ "nic.made.there",     NULL, STATE,   ONE,   NETDEV, NONE,   FREE, "exists" },
	{ "nic.made.up",        NULL, STATE,   ONE,   NETDEV, NONE,   FREE, "set up" },
	{ "nic.made.link",      NULL, STATE,   ONE,   NETDEV, NONE,   FREE, "link, as long as there is an interface" },
	{ "nic.made.wireless",  NULL, FACT,    ONE,   NETDEV, NONE,   FREE, "not looked at" },
};
static const struct indicator indicators[] = {
	{ "sched.made.delay",  SENSE_SHARE,  CAUSE, THRESHOLD, .floor = 0.15 },
	{ "sched.made.task",   SENSE_SHARE,  CAUSE, THRESHOLD, .floor = 0.15 },
	{ "memory.made.used",  SENSE_GAUGE,  CAUSE, THRESHOLD, .floor = 50 },
	{ "pcie.made.width",   SENSE_BELOW,  CAUSE, HARDWARE,  .with = "pcie.made.widest" },
	{ "pcie.made.latched", SENSE_ABOVE,  CAUSE, HARDWARE,  .except = 1 << 13 },
	{ "nic.made.carrier",  SENSE_BELOW,  LINK,  THRESHOLD, .floor = 1,
		.unless = "nic.made.wireless" },
	{ "nic.made.mtu",      SENSE_CHANGE, CAUSE, CHANGED },
	{ "pcie.made.driver",  SENSE_CHANGE, CAUSE, CHANGED },
	{ "nic.made.up",       SENSE_BELOW,  CAUSE, CHANGED,   .floor = 1 },
	{ "nic.made.link",     SENSE_BELOW,  LINK,  HARDWARE,  .floor = 1, .gone_counts = true },
	{ "nic.made.there",    SENSE_GONE,   CAUSE, HARDWARE },
};
/* clang-format on */
static const struct knowledge known = { .layer = "pcie", INDICATORS(indicators) };

static const char device[] = "pci:0000:01:00.0", eth[] = "netdev:eth0";

static int set_up(void **state)
{
	*state = made_new(signals, sizeof(signals) / sizeof(*signals), &known);
	return 0;
}

static const struct onset *play(
	struct made *m, const char *who, const char *signal, const char *script, unsigned ticks)
{
	made_script(m, who, signal, 0, script);
	made_play(m, ticks, 1);
	made_onsets(m);
	return made_onset(m, who, signal, 0);
}

static const struct onset *delay(struct made *m, const char *script, unsigned ticks)
{
	return play(m, "host", "sched.made.delay", script, ticks);
}

/* ---- shares: of a nanosecond counter, so 1 % a second is 10000000 ---- */

static void a_share_over_the_floor_is_an_onset(void **state)
{
	struct made *m = *state;
	const struct onset *o = delay(m, "20x10000000 20x500000000 10000000", 60);

	made_assert_began(m, o, 19, 20);
	made_assert_ended(m, o, 38, 40);
	assert_double(o->node.before, 0.01);
	assert_double(o->node.after, 0.5);
	assert_int_equal(made_count(m, "sched.made.delay"), 1);
}

static void a_share_under_the_floor_is_none(void **state)
{
	struct made *m = *state;

	assert_null(delay(m, "20x10000000 140000000", 60));
}

static void a_share_that_is_over_for_one_sample_is_chance(void **state)
{
	struct made *m = *state;

	assert_null(delay(m, "20x10000000 900000000 10000000", 60));
}

static void a_share_not_three_times_the_usual_is_none(void **state)
{
	struct made *m = *state;

	assert_null(delay(m, "40x100000000 200000000", 60));
}

static void a_share_that_is_high_most_of_the_tape_is_found(void **state)
{
	struct made *m = *state;

	made_assert_began(m, delay(m, "15x10000000 500000000", 90), 14, 15);
}

static void a_share_that_is_always_high_is_so_from_the_start(void **state)
{
	struct made *m = *state;

	made_assert_began(m, delay(m, "500000000", 60), -1, 1);
}

static void a_share_that_is_high_from_its_second_reading_may_always_have_been(void **state)
{
	struct made *m = *state;

	made_assert_began(m, delay(m, "2x10000000 500000000", 60), -1, 2);
}

static void a_task_that_comes_and_waits_began_then(void **state)
{
	struct made *m = *state;
	const struct onset *o = play(m, "task:9", "sched.made.task", "20x- 900", 60);

	assert_non_null(o);
	assert_false(o->from_start);
	assert_true(o->node.began.lo_ns <= made_ns(20) && o->node.began.lo_ns >= made_ns(19));
	assert_true(o->node.began.hi_ns >= made_ns(20));
}

static void shares_sampled_every_ten_seconds_are_shares(void **state)
{
	struct made *m = *state;

	made_script(m, "host", "sched.made.delay", 1, "10x100000000 5000000000");
	made_play(m, 20, 10);
	made_onsets(m);
	made_assert_began(m, made_onset(m, NULL, "sched.made.delay", 0), 9, 10);
	assert_double(made_onset(m, NULL, "sched.made.delay", 0)->node.after, 0.5);
}

/* ---- gauges ---- */

static const struct onset *used(struct made *m, const char *script, unsigned ticks)
{
	return play(m, "host", "memory.made.used", script, ticks);
}

static void a_gauge_far_from_its_median_is_an_onset(void **state)
{
	struct made *m = *state;
	const struct onset *o = used(m, "=100 30x100 10x500 100", 80);

	made_assert_began(m, o, 30, 31);
	made_assert_ended(m, o, 39, 41);
	assert_double(o->node.before, 100);
	assert_double(o->node.after, 500);
}

static void a_gauge_that_moves_less_than_the_floor_is_quiet(void **state)
{
	struct made *m = *state;

	assert_null(used(m, "40x100 10x149 100", 80));
}

static void a_gauge_that_moves_by_less_than_a_tenth_is_quiet(void **state)
{
	struct made *m = *state;

	assert_null(used(m, "40x10000 10x10900 10000", 80));
}

static void a_gauge_that_always_wobbles_is_quiet(void **state)
{
	struct made *m = *state;

	random_seed(__func__);
	for (int i = 0; i < 120; i++) {
		made_set(m, "host", "memory.made.used", 0, 1000 + random_below(1000));
		made_tick(m, i);
	}
	made_onsets(m);
	assert_null(made_onset(m, NULL, "memory.made.used", 0));
}

static void a_gauge_that_is_high_for_one_sample_is_chance(void **state)
{
	struct made *m = *state;

	assert_null(used(m, "40x100 900 100", 80));
}

static void where_a_level_could_not_be_read_the_interval_is_wide(void **state)
{
	struct made *m = *state;

	made_set(m, "host", "sched.made.delay", 0, 0);
	made_assert_began(m, used(m, "40x100 6x- 10x500 100", 90), 39, 46);
}

/* ---- below ---- */

static void a_state_over_its_floor_is_an_onset(void **state)
{
	struct made *m = *state;
	const struct onset *o = play(m, device, "pcie.made.latched", "20x0 20x1 0", 60);

	made_assert_began(m, o, 19, 20);
	made_assert_ended(m, o, 38, 40);
	assert_double(o->node.before, 0);
	assert_double(o->node.after, 1);
}

static void a_bit_that_means_nothing_is_not_looked_at(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.latched", 13, "20x0 1");
	made_script(m, device, "pcie.made.latched", 6, "30x0 1");
	made_play(m, 60, 1);
	made_onsets(m);
	assert_int_equal(made_count(m, "pcie.made.latched"), 1);
	assert_int_equal(made_onset(m, NULL, "pcie.made.latched", 0)->node.sub, 6);
}

static void a_state_under_what_it_could_be_is_an_onset(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_set(m, device, "pcie.made.widest", 0, 16);
	o = play(m, device, "pcie.made.width", "20x16 20x8 16", 60);
	made_assert_began(m, o, 19, 20);
	made_assert_ended(m, o, 38, 40);
	assert_int_equal(o->shape, MOVED);
	assert_double(o->node.before, 16);
	assert_double(o->node.after, 8);
	assert_string_equal(o->node.is, "8 lanes");
}

static void a_state_that_is_as_it_could_be_is_none(void **state)
{
	struct made *m = *state;

	made_set(m, device, "pcie.made.widest", 0, 16);
	assert_null(play(m, device, "pcie.made.width", "16", 60));
}

static void a_state_that_was_low_when_the_tape_began_is_so_from_the_start(void **state)
{
	struct made *m = *state;

	made_set(m, device, "pcie.made.widest", 0, 16);
	made_assert_began(m, play(m, device, "pcie.made.width", "8", 60), -1, 0);
	assert_int_equal(made_count(m, "pcie.made.width"), 1);
}

static void a_state_that_falls_twice_has_two_onsets(void **state)
{
	struct made *m = *state;

	made_set(m, device, "pcie.made.widest", 0, 16);
	play(m, device, "pcie.made.width", "10x16 5x8 10x16 5x4 16", 60);
	assert_int_equal(made_count(m, "pcie.made.width"), 2);
	made_assert_began(m, made_onset(m, NULL, "pcie.made.width", 1), 24, 25);
}

static void where_a_state_could_not_be_read_the_interval_is_wide(void **state)
{
	struct made *m = *state;

	made_set(m, device, "pcie.made.widest", 0, 16);
	made_assert_began(m, play(m, device, "pcie.made.width", "20x16 6x- 8", 60), 19, 26);
}

/* Whether it is low is not known then; it neither ends nor begins. */
static void what_it_is_compared_with_may_not_be_readable_for_a_while(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.widest", 0, "20x16 5x- 16");
	made_assert_began(m, play(m, device, "pcie.made.width", "8", 60), -1, 0);
	assert_int_equal(made_count(m, "pcie.made.width"), 1);
}

static void what_it_is_compared_with_may_come_later(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.widest", 0, "5x- 16");
	play(m, device, "pcie.made.width", "8", 60);
	assert_int_equal(made_count(m, "pcie.made.width"), 1);
	assert_true(made_onset(m, NULL, "pcie.made.width", 0)->from_start);
}

static void without_anything_to_compare_with_nothing_is_low(void **state)
{
	struct made *m = *state;

	assert_null(play(m, device, "pcie.made.width", "20x16 8", 60));
}

static void a_state_is_compared_with_the_floor_where_there_is_no_other(void **state)
{
	struct made *m = *state;
	const struct onset *o = play(m, eth, "nic.made.carrier", "20x1 5x0 1", 60);

	made_assert_began(m, o, 19, 20);
	made_assert_ended(m, o, 23, 25);
}

static void a_state_that_is_unreadable_for_a_while_has_not_fallen(void **state)
{
	struct made *m = *state;

	assert_null(play(m, eth, "nic.made.carrier", "20x1 5x- 1", 60));
}

static void what_an_indicator_does_not_mean_is_not_looked_at(void **state)
{
	struct made *m = *state;

	made_set(m, eth, "nic.made.wireless", 0, 1);
	made_set(m, "netdev:eth1", "nic.made.wireless", 0, 0);
	made_script(m, "netdev:eth1", "nic.made.carrier", 0, "20x1 0");
	assert_null(play(m, eth, "nic.made.carrier", "20x1 0", 60));
	assert_null(made_watched(m, eth, "nic.made.carrier"));
	assert_non_null(made_onset(m, "netdev:eth1", "nic.made.carrier", 0));
}

/* ---- changes ---- */

static void a_fact_that_becomes_another_is_a_change(void **state)
{
	struct made *m = *state;
	const struct onset *o = play(m, eth, "nic.made.mtu", "20x1500 9000", 60);

	made_assert_began(m, o, 19, 20);
	assert_int_equal(o->shape, MOVED);
	assert_string_equal(o->node.was, "1500 bytes");
	assert_string_equal(o->node.is, "9000 bytes");
}

static void a_text_that_becomes_another_is_a_change(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_text(m, device, "pcie.made.driver", "mlx5_core");
	made_play(m, 20, 1);
	made_text(m, device, "pcie.made.driver", "vfio-pci");
	made_play(m, 20, 1);
	made_onsets(m);
	o = made_onset(m, device, "pcie.made.driver", 0);
	made_assert_began(m, o, 19, 20);
	assert_string_equal(o->node.was, "mlx5_core");
	assert_string_equal(o->node.is, "vfio-pci");
}

static void each_step_is_a_change_and_the_way_back_is_one(void **state)
{
	struct made *m = *state;

	play(m, eth, "nic.made.mtu", "20x1500 5x9000 1500", 60);
	assert_int_equal(made_count(m, "nic.made.mtu"), 2);
}

static void a_fact_that_comes_or_comes_back_has_not_changed(void **state)
{
	struct made *m = *state;

	made_script(m, "netdev:eth1", "nic.made.mtu", 0, "10x- 1500");
	assert_null(play(m, eth, "nic.made.mtu", "20x1500 5x- 1500", 60));
	assert_null(made_onset(m, NULL, "nic.made.mtu", 0));
}

static void a_fact_that_comes_back_as_another_changed_meanwhile(void **state)
{
	struct made *m = *state;

	made_set(m, eth, "nic.made.there", 0, 1);
	made_assert_began(m, play(m, eth, "nic.made.mtu", "20x1500 5x- 9000", 60), 19, 25);
	assert_int_equal(made_count(m, "nic.made.mtu"), 1);
}

static void a_fact_that_never_rests_has_a_number_of_changes(void **state)
{
	struct made *m = *state;

	for (int i = 0; i < 60; i++) {
		made_set(m, eth, "nic.made.mtu", 0, 1500 + i);
		made_tick(m, i);
	}
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.mtu"), EPISODES);
}

/* ---- gone ---- */

static void what_is_not_there_any_more_is_gone(void **state)
{
	struct made *m = *state;
	const struct onset *o = play(m, eth, "nic.made.there", "20x1 -", 60);

	made_assert_began(m, o, 19, 20);
	assert_int_equal(o->shape, VANISHED);
	assert_true(o->node.ended.hi_ns == NOT_YET);
}

static void what_comes_back_is_gone_no_longer(void **state)
{
	struct made *m = *state;
	const struct onset *o = play(m, eth, "nic.made.there", "20x1 10x- 1", 60);

	made_assert_began(m, o, 19, 20);
	made_assert_ended(m, o, 28, 30);
}

static void what_is_not_there_for_one_tick_was_read_in_between(void **state)
{
	struct made *m = *state;

	assert_null(play(m, eth, "nic.made.there", "20x1 - 1", 60));
}

static void what_never_was_is_not_gone(void **state)
{
	struct made *m = *state;

	assert_null(play(m, eth, "nic.made.there", "20x- 1", 60));
}

/* ---- an interface that goes and comes ---- */

static void replug(struct made *m, const char *signal, const char *script)
{
	made_script(m, eth, "nic.made.there", 0, "20x1 10x- 1");
	made_script(m, eth, signal, 0, script);
	made_play(m, 60, 1);
	made_onsets(m);
}

static void nobody_set_down_what_came_so(void **state)
{
	struct made *m = *state;

	replug(m, "nic.made.up", "20x1 10x- 5x0 1");
	assert_int_equal(made_count(m, "nic.made.up"), 0);
}

static void what_is_set_down_later_was_set_down(void **state)
{
	struct made *m = *state;

	replug(m, "nic.made.up", "20x1 10x- 5x1 5x0 1");
	made_assert_began(m, made_onset(m, eth, "nic.made.up", 0), 34, 35);
}

static void without_an_interface_there_was_no_link_either(void **state)
{
	struct made *m = *state;

	replug(m, "nic.made.link", "20x1 10x- 5x0 1");
	assert_int_equal(made_count(m, "nic.made.link"), 1);
	made_assert_began(m, made_onset(m, eth, "nic.made.link", 0), 19, 20);
}

static void what_came_as_another_has_not_changed(void **state)
{
	struct made *m = *state;

	replug(m, "nic.made.mtu", "20x1500 10x- 9000");
	assert_int_equal(made_count(m, "nic.made.mtu"), 0);
}

static void what_was_low_when_it_came_was_not_low_before(void **state)
{
	struct made *m = *state;

	replug(m, "nic.made.carrier", "20x1 10x- 0");
	made_assert_began(m, made_onset(m, eth, "nic.made.carrier", 0), 29, 30);
}

static void refuse(struct made *m, int error)
{
	unsigned source = made_source(m, "sys/made", "nic.made.there", "nic.made.there");

	made_set(m, eth, "nic.made.there", 0, 1);
	made_play(m, 20, 1);
	made_refuse(m, source, error);
	made_play(m, 20, 1);
	made_onsets(m);
}

static void what_cannot_be_read_is_not_gone(void **state)
{
	struct made *m = *state;

	refuse(m, -EACCES);
	assert_null(made_onset(m, NULL, "nic.made.there", 0));
}

static void what_its_source_says_is_not_there_is_gone(void **state)
{
	struct made *m = *state;

	refuse(m, -ENOENT);
	made_assert_began(m, made_onset(m, NULL, "nic.made.there", 0), 19, 20);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(a_share_over_the_floor_is_an_onset),
		WITH_TAPE(a_share_under_the_floor_is_none),
		WITH_TAPE(a_share_that_is_over_for_one_sample_is_chance),
		WITH_TAPE(a_share_not_three_times_the_usual_is_none),
		WITH_TAPE(a_share_that_is_high_most_of_the_tape_is_found),
		WITH_TAPE(a_share_that_is_always_high_is_so_from_the_start),
		WITH_TAPE(a_share_that_is_high_from_its_second_reading_may_always_have_been),
		WITH_TAPE(a_task_that_comes_and_waits_began_then),
		WITH_TAPE(shares_sampled_every_ten_seconds_are_shares),
		WITH_TAPE(a_gauge_far_from_its_median_is_an_onset),
		WITH_TAPE(a_gauge_that_moves_less_than_the_floor_is_quiet),
		WITH_TAPE(a_gauge_that_moves_by_less_than_a_tenth_is_quiet),
		WITH_TAPE(a_gauge_that_always_wobbles_is_quiet),
		WITH_TAPE(a_gauge_that_is_high_for_one_sample_is_chance),
		WITH_TAPE(where_a_level_could_not_be_read_the_interval_is_wide),
		WITH_TAPE(a_state_over_its_floor_is_an_onset),
		WITH_TAPE(a_bit_that_means_nothing_is_not_looked_at),
		WITH_TAPE(a_state_under_what_it_could_be_is_an_onset),
		WITH_TAPE(a_state_that_is_as_it_could_be_is_none),
		WITH_TAPE(a_state_that_was_low_when_the_tape_began_is_so_from_the_start),
		WITH_TAPE(a_state_that_falls_twice_has_two_onsets),
		WITH_TAPE(where_a_state_could_not_be_read_the_interval_is_wide),
		WITH_TAPE(what_it_is_compared_with_may_not_be_readable_for_a_while),
		WITH_TAPE(what_it_is_compared_with_may_come_later),
		WITH_TAPE(without_anything_to_compare_with_nothing_is_low),
		WITH_TAPE(a_state_is_compared_with_the_floor_where_there_is_no_other),
		WITH_TAPE(a_state_that_is_unreadable_for_a_while_has_not_fallen),
		WITH_TAPE(what_an_indicator_does_not_mean_is_not_looked_at),
		WITH_TAPE(a_fact_that_becomes_another_is_a_change),
		WITH_TAPE(a_text_that_becomes_another_is_a_change),
		WITH_TAPE(each_step_is_a_change_and_the_way_back_is_one),
		WITH_TAPE(a_fact_that_comes_or_comes_back_has_not_changed),
		WITH_TAPE(a_fact_that_comes_back_as_another_changed_meanwhile),
		WITH_TAPE(a_fact_that_never_rests_has_a_number_of_changes),
		WITH_TAPE(what_is_not_there_any_more_is_gone),
		WITH_TAPE(what_comes_back_is_gone_no_longer),
		WITH_TAPE(what_is_not_there_for_one_tick_was_read_in_between),
		WITH_TAPE(what_never_was_is_not_gone),
		WITH_TAPE(nobody_set_down_what_came_so),
		WITH_TAPE(what_is_set_down_later_was_set_down),
		WITH_TAPE(without_an_interface_there_was_no_link_either),
		WITH_TAPE(what_came_as_another_has_not_changed),
		WITH_TAPE(what_was_low_when_it_came_was_not_low_before),
		WITH_TAPE(what_cannot_be_read_is_not_gone),
		WITH_TAPE(what_its_source_says_is_not_there_is_gone),
	};

	return RUN_TESTS(tests);
}
