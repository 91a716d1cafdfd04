/* Onsets of work done: drops, stalls, ends of work, queues that are stuck; and lines of the log. */
#include "test.h"

#include "made_tape.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "nic.made.bytes",     NULL, COUNTER, BYTES,   NETDEV, NONE, FREE, "work" },
	{ "nic.made.moved",     NULL, COUNTER, BYTES,   NETDEV, NONE, FREE, "work" },
	{ "nic.made.posted",    NULL, COUNTER, ONE,     NETDEV, NONE, FREE, "asked for" },
	{ "nic.made.retried",   NULL, COUNTER, ONE,     NETDEV, NONE, FREE, "asked for again" },
	{ "nic.made.sent",      NULL, COUNTER, PACKETS, NETDEV, NONE, FREE, "sent" },
	{ "nic.queue.inflight", NULL, GAUGE,   BYTES,   QUEUE,  NONE, FREE, "waiting" },
	{ "nic.made.reset",     NULL, EVENT,   ONE,     NETDEV, NONE, FREE, "line" },
	{ "nic.made.down",      NULL, EVENT,   ONE,     NETDEV, NONE, FREE, "line" },
};
static const struct indicator indicators[] = {
	{ "nic.made.bytes",     SENSE_TRAFFIC, SYMPTOM, THRESHOLD, .floor = 1000,
		.with = "nic.made.posted nic.made.retried" },
	{ "nic.made.moved",     SENSE_TRAFFIC, SYMPTOM, THRESHOLD, .floor = 1000, .gone_counts = true },
	{ "nic.queue.inflight", SENSE_STUCK,   LINK,    THRESHOLD, .with = "nic.made.sent" },
	{ "nic.made.reset",     SENSE_EVENT,   CAUSE,   HARDWARE },
	{ "nic.made.down",      SENSE_EVENT,   LINK,    THRESHOLD },
};
/* clang-format on */
static const struct knowledge known = { .layer = "nic", INDICATORS(indicators) };

static const char eth[] = "netdev:eth0", queue[] = "queue:eth0/tx-0";

static int set_up(void **state)
{
	struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), &known);

	made_relate(m, queue, VIA_NETDEV, eth, 0);
	*state = m;
	return 0;
}

/* What the interface moves a second; its first onset, or NULL. */
static const struct onset *bytes(struct made *m, const char *script, unsigned ticks)
{
	made_script(m, eth, "nic.made.bytes", 0, script);
	made_play(m, ticks, 1);
	made_onsets(m);
	return made_onset(m, eth, "nic.made.bytes", 0);
}

/* ---- traffic ---- */

static void an_interface_that_went_and_came_moved_nothing_meanwhile(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_script(m, eth, "nic.made.moved", 0, "30x10000 10x- 10000");
	made_play(m, 70, 1);
	made_onsets(m);
	o = made_onset(m, eth, "nic.made.moved", 0);
	assert_non_null(o);
	made_assert_began(m, o, 29, 30);
	assert_int_equal(o->shape, DROPPED);
	assert_true(o->node.after == 0);
}

static void what_went_for_good_is_no_less_traffic(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.moved", 0, "30x10000 -");
	made_play(m, 70, 1);
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.moved"), 0);
}

static void what_could_not_be_read_meanwhile_is_no_less_traffic(void **state)
{
	struct made *m = *state;

	made_script(m, queue, "nic.queue.inflight", 0, "0");
	made_script(m, eth, "nic.made.sent", 0, "1");
	made_script(m, eth, "nic.made.moved", 0, "30x10000 10x- 10000");
	made_play(m, 70, 1);
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.moved"), 0);
}

static void less_than_half_of_the_usual_is_a_drop(void **state)
{
	struct made *m = *state;
	const struct onset *o = bytes(m, "30x10000 10x3000 10000", 80);

	made_assert_began(m, o, 29, 30);
	made_assert_ended(m, o, 38, 40);
	assert_int_equal(o->shape, DROPPED);
	assert_double(o->node.before, 10000);
	assert_double(o->node.after, 3000);
	assert_int_equal(made_count(m, "nic.made.bytes"), 1);
}

static void nothing_with_work_posted_is_a_stall(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_script(m, eth, "nic.made.posted", 0, "5");
	o = bytes(m, "30x10000 0", 60);
	made_assert_began(m, o, 29, 30);
	assert_int_equal(o->shape, STALLED);
	assert_true(o->node.ended.hi_ns == NOT_YET);
}

static void each_sign_of_demand_is_one(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.retried", 0, "30x0 1");
	assert_int_equal(bytes(m, "30x10000 0", 60)->shape, STALLED);
}

static void nothing_with_bytes_in_a_queue_of_it_is_a_stall(void **state)
{
	struct made *m = *state;

	made_script(m, queue, "nic.queue.inflight", 0, "30x0 884");
	assert_int_equal(bytes(m, "30x10000 0", 60)->shape, STALLED);
}

static void bytes_in_the_queue_of_another_are_no_demand(void **state)
{
	struct made *m = *state;

	made_relate(m, "queue:eth1/tx-0", VIA_NETDEV, "netdev:eth1", 0);
	made_script(m, "queue:eth1/tx-0", "nic.queue.inflight", 0, "30x0 884");
	assert_int_equal(bytes(m, "30x10000 0", 60)->shape, IDLE);
}

static void nothing_without_a_sign_of_demand_is_an_end_of_work(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_script(m, eth, "nic.made.posted", 0, "30x5 0");
	made_script(m, queue, "nic.queue.inflight", 0, "30x884 0");
	o = bytes(m, "30x10000 0", 60);
	made_assert_began(m, o, 29, 30);
	assert_int_equal(o->shape, IDLE);
}

static void more_work_is_no_onset(void **state)
{
	struct made *m = *state;

	assert_null(bytes(m, "30x10000 20000", 80));
}

static void one_sample_of_less_is_no_onset(void **state)
{
	struct made *m = *state;

	assert_null(bytes(m, "30x10000 100 10000", 80));
}

static void two_samples_of_less_are_one(void **state)
{
	struct made *m = *state;

	made_assert_began(m, bytes(m, "30x10000 2x100 10000", 80), 29, 30);
}

static void little_traffic_is_not_judged(void **state)
{
	struct made *m = *state;

	assert_null(bytes(m, "30x900 0", 60));
}

static void work_that_is_little_from_the_start_is_not_judged(void **state)
{
	struct made *m = *state;

	assert_null(bytes(m, "3x10000 1000", 60));
}

static void traffic_that_was_never_steady_has_not_dropped(void **state)
{
	struct made *m = *state;

	random_seed(__func__);
	for (int i = 0, value = 0; i < 150; i++) {
		value += 1000 + (int)random_below(20000);
		made_set(m, eth, "nic.made.bytes", 0, value);
		made_tick(m, i);
	}
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.bytes"), 0);
}

static void a_counter_of_work_that_is_set_back_is_no_onset(void **state)
{
	struct made *m = *state;

	assert_null(bytes(m, "30x10000 =0 10000", 80));
}

static void an_interface_that_goes_has_not_dropped(void **state)
{
	struct made *m = *state;

	assert_null(bytes(m, "30x10000 -", 80));
}

static void the_usual_is_that_before_the_drop_for_as_long_as_it_lasts(void **state)
{
	struct made *m = *state;
	const struct onset *o = bytes(m, "30x10000 200x3000 10000", 300);

	assert_int_equal(made_count(m, "nic.made.bytes"), 1);
	made_assert_ended(m, o, 228, 230);
}

static void two_drops_are_two_onsets(void **state)
{
	struct made *m = *state;

	bytes(m, "30x10000 5x100 20x10000 5x100 10000", 100);
	assert_int_equal(made_count(m, "nic.made.bytes"), 2);
	made_assert_began(m, made_onset(m, NULL, "nic.made.bytes", 1), 54, 55);
}

static void a_gap_in_which_work_went_on_is_no_onset(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.bytes", 0, "30x10000 400000 10000");
	made_play(m, 30, 1);
	made_tick(m, 69);
	for (int i = 70; i < 100; i++)
		made_tick(m, i);
	made_onsets(m);
	assert_null(made_onset(m, NULL, "nic.made.bytes", 0));
}

static void a_drop_is_seen_in_samples_of_ten_seconds(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.bytes", 0, "10x100000 4x20000 100000");
	made_play(m, 30, 10);
	made_onsets(m);
	made_assert_began(m, made_onset(m, NULL, "nic.made.bytes", 0), 9, 10);
	assert_int_equal(made_onset(m, NULL, "nic.made.bytes", 0)->shape, DROPPED);
}

/* ---- work that is unsteady ---- */

/* Ticks of work that comes as it will, between 4,000 and 16,000, and then a part of that. */
static const char *unsteady(unsigned before, unsigned after, double part)
{
	static char script[8192];
	uint32_t seed = 20261122;
	size_t n = 0;

	for (unsigned i = 0; i < before + after; i++) {
		double value;

		seed = seed * 1664525 + 1013904223;
		value = 4000 + (double)(seed >> 16) / 65536 * 12000;
		n += (size_t)snprintf(script + n, sizeof(script) - n, "%s%.0f", n ? " " : "",
			i < before ? value : value * part);
	}
	return script;
}

static void half_of_unsteady_work_is_a_drop_when_some_is_asked_for_again(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_script(m, eth, "nic.made.retried", 0, "60x0 25x3 0");
	o = bytes(m, unsteady(60, 25, 0.3), 85);
	made_assert_began(m, o, 59, 60);
	assert_true(o->node.before > 8000 && o->node.before < 12000);
	assert_true(o->node.after > 2000 && o->node.after < 4500);
	assert_int_equal(made_count(m, "nic.made.bytes"), 1);
}

static void half_of_unsteady_work_is_none_when_nothing_else_says_so(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.retried", 0, "0");
	assert_null(bytes(m, unsteady(60, 25, 0.3), 85));
}

/* It shows nothing: it was so all the time. */
static void half_of_unsteady_work_is_none_when_as_much_was_asked_for_again_before(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.retried", 0, "3");
	assert_null(bytes(m, unsteady(60, 25, 0.3), 85));
}

static void unsteady_work_by_itself_is_no_drop(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.retried", 0, "3");
	assert_null(bytes(m, unsteady(600, 0, 1), 600));
}

/* ---- stuck ---- */

static const struct onset *stuck(struct made *m, const char *waiting, const char *sent)
{
	made_script(m, queue, "nic.queue.inflight", 0, waiting);
	made_script(m, eth, "nic.made.sent", 0, sent);
	made_play(m, 60, 1);
	made_onsets(m);
	return made_onset(m, queue, "nic.queue.inflight", 0);
}

static void bytes_that_wait_while_nothing_is_sent_are_stuck(void **state)
{
	struct made *m = *state;
	const struct onset *o = stuck(m, "20x0 20x884 0", "20x100 20x0 100");

	made_assert_began(m, o, 19, 20);
	made_assert_ended(m, o, 38, 40);
	assert_int_equal(o->shape, STALLED);
	assert_double(o->node.after, 884);
}

static void bytes_that_wait_while_some_are_sent_are_not(void **state)
{
	assert_null(stuck(*state, "20x0 884", "100"));
}

static void an_empty_queue_that_sends_nothing_is_not_stuck(void **state)
{
	assert_null(stuck(*state, "0", "20x100 0"));
}

static void a_queue_whose_bytes_change_is_not_stuck(void **state)
{
	assert_null(stuck(*state, "20x0 884 900 884 900 884 900 884 900 884 900 0", "20x100 0"));
}

static void a_queue_that_is_stuck_when_the_tape_begins_is_so_from_the_start(void **state)
{
	struct made *m = *state;

	made_assert_began(m, stuck(m, "884", "0"), -1, 0);
}

/* ---- lines of the log ---- */

static void lines_close_together_are_one_burst(void **state)
{
	struct made *m = *state;
	const struct onset *o;

	made_play(m, 60, 1);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 10.5);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 14);
	m->events.items[1].count = 40; /* and 39 that the kernel suppressed */
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 18.5);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 30);
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.reset"), 2);
	o = made_onset(m, eth, "nic.made.reset", 0);
	assert_int_equal(o->shape, HAPPENED);
	assert_int_equal(o->node.count, 42);
	assert_true(o->node.began.lo_ns == made_ns(10.5) && o->node.began.hi_ns == made_ns(10.5));
	assert_true(o->node.ended.lo_ns == made_ns(18.5));
	assert_false(o->from_start);
}

static void lines_about_others_are_bursts_of_their_own(void **state)
{
	struct made *m = *state;

	made_play(m, 60, 1);
	for (int i = 0; i < 6; i++)
		made_event(m, i % 2 ? "netdev:eth1" : eth, "nic.made.reset", MONO_STAMP, 10 + i);
	made_event(m, eth, "nic.made.down", MONO_STAMP, 12);
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.reset"), 2);
	assert_int_equal(made_count(m, "nic.made.down"), 1);
	assert_int_equal(made_onset(m, eth, "nic.made.reset", 0)->node.count, 3);
	assert_int_equal(made_watched(m, eth, "nic.made.reset")->onsets, 1);
}

static void a_log_alone_has_onsets(void **state)
{
	struct made *m = *state;

	made_event(m, eth, "nic.made.reset", WALL_STAMP, 10);
	made_event(m, eth, "nic.made.down", WALL_STAMP, 12);
	made_onsets(m);
	assert_int_equal(m->onsets.n, 2);
	assert_int_equal(m->onsets.items[0].sig, made_sig(m, "nic.made.reset"));
	assert_true(m->onsets.items[0].node.began.hi_ns - m->onsets.items[0].node.began.lo_ns ==
		    SECOND_NS - 1);
}

static void onsets_come_in_the_order_of_their_time(void **state)
{
	struct made *m = *state;

	made_event(m, eth, "nic.made.down", MONO_STAMP, 20.5);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 40.5);
	bytes(m, "30x10000 100", 60);
	assert_int_equal(m->onsets.n, 3);
	assert_int_equal(m->onsets.items[0].sig, made_sig(m, "nic.made.down"));
	assert_int_equal(m->onsets.items[1].sig, made_sig(m, "nic.made.bytes"));
	assert_int_equal(m->onsets.items[2].sig, made_sig(m, "nic.made.reset"));
}

/* One that is chatty leaves room for the others; its last burst holds the rest. */
static void bursts_of_one_are_told_apart_up_to_a_number(void **state)
{
	struct made *m = *state;
	const struct onset *last;

	for (int i = 0; i < 100; i++)
		made_event(m, eth, "nic.made.reset", MONO_STAMP, i * 10.0);
	made_event(m, "netdev:eth1", "nic.made.reset", MONO_STAMP, 995);
	made_onsets(m);
	assert_int_equal(made_count(m, "nic.made.reset"), EPISODES + 1);
	last = made_onset(m, eth, "nic.made.reset", EPISODES - 1);
	assert_true(last->node.began.lo_ns == made_ns((EPISODES - 1) * 10.0));
	assert_true(last->node.ended.hi_ns == made_ns(990));
	assert_int_equal(last->node.count, 100 - EPISODES + 1);
	assert_int_equal(m->onsets.dropped, 0);
}

static void too_many_onsets_are_dropped_and_counted(void **state)
{
	struct made *m = *state;

	for (int i = 0; i < ONSETS + 7; i++) {
		char who[32];

		snprintf(who, sizeof(who), "netdev:v%d", i);
		made_event(m, who, "nic.made.reset", MONO_STAMP, i);
	}
	made_onsets(m);
	assert_int_equal(m->onsets.n, ONSETS);
	assert_int_equal(m->onsets.dropped, 7);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(an_interface_that_went_and_came_moved_nothing_meanwhile),
		WITH_TAPE(what_went_for_good_is_no_less_traffic),
		WITH_TAPE(what_could_not_be_read_meanwhile_is_no_less_traffic),
		WITH_TAPE(less_than_half_of_the_usual_is_a_drop),
		WITH_TAPE(nothing_with_work_posted_is_a_stall),
		WITH_TAPE(each_sign_of_demand_is_one),
		WITH_TAPE(nothing_with_bytes_in_a_queue_of_it_is_a_stall),
		WITH_TAPE(bytes_in_the_queue_of_another_are_no_demand),
		WITH_TAPE(nothing_without_a_sign_of_demand_is_an_end_of_work),
		WITH_TAPE(more_work_is_no_onset),
		WITH_TAPE(one_sample_of_less_is_no_onset),
		WITH_TAPE(two_samples_of_less_are_one),
		WITH_TAPE(little_traffic_is_not_judged),
		WITH_TAPE(work_that_is_little_from_the_start_is_not_judged),
		WITH_TAPE(traffic_that_was_never_steady_has_not_dropped),
		WITH_TAPE(a_counter_of_work_that_is_set_back_is_no_onset),
		WITH_TAPE(an_interface_that_goes_has_not_dropped),
		WITH_TAPE(the_usual_is_that_before_the_drop_for_as_long_as_it_lasts),
		WITH_TAPE(two_drops_are_two_onsets),
		WITH_TAPE(a_gap_in_which_work_went_on_is_no_onset),
		WITH_TAPE(a_drop_is_seen_in_samples_of_ten_seconds),
		WITH_TAPE(half_of_unsteady_work_is_a_drop_when_some_is_asked_for_again),
		WITH_TAPE(half_of_unsteady_work_is_none_when_nothing_else_says_so),
		WITH_TAPE(half_of_unsteady_work_is_none_when_as_much_was_asked_for_again_before),
		WITH_TAPE(unsteady_work_by_itself_is_no_drop),
		WITH_TAPE(bytes_that_wait_while_nothing_is_sent_are_stuck),
		WITH_TAPE(bytes_that_wait_while_some_are_sent_are_not),
		WITH_TAPE(an_empty_queue_that_sends_nothing_is_not_stuck),
		WITH_TAPE(a_queue_whose_bytes_change_is_not_stuck),
		WITH_TAPE(a_queue_that_is_stuck_when_the_tape_begins_is_so_from_the_start),
		WITH_TAPE(lines_close_together_are_one_burst),
		WITH_TAPE(lines_about_others_are_bursts_of_their_own),
		WITH_TAPE(a_log_alone_has_onsets),
		WITH_TAPE(onsets_come_in_the_order_of_their_time),
		WITH_TAPE(bursts_of_one_are_told_apart_up_to_a_number),
		WITH_TAPE(too_many_onsets_are_dropped_and_counted),
	};

	return RUN_TESTS(tests);
}
