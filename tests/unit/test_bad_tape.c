/* Damaged tapes: gaps, lost devices, clocks that step. Never an invented root that is confirmed. */
#include "test.h"

#include "made_case.h"

#include <errno.h>

/* clang-format off */
static const struct rule rules[] = {
	{ "pcie.made.errors",  "nic.made.resets",    SAME_DEVICE | LINK_PARTNER, 0, 2000, MUST },
	{ "pcie.made.aging",   "rdma.made.moved",    SAME_DEVICE, 0, 5000, MAY },
	{ "pcie.made.upset",   "nic.made.resets",    SAME_DEVICE, 0, 5000, MAY },
	{ "nic.made.resets",   "rdma.made.moved",    SAME_DEVICE, 0, 2000, MUST },
	{ "nic.made.mtu",      "rdma.made.moved",    SAME_DEVICE, 0, 5000, MAY },
	{ "softirq.made.left", "rdma.made.moved",    ANYWHERE,    0, 5000, MAY },
	{ "sched.made.hog",    "softirq.made.left",  SAME_CPU,    0, 5000, MAY },
};
/* clang-format on */
CASE(known, rules);

/* A host at work: noise, traffic, old errors, and nothing wrong. */
static void healthy(struct made *m)
{
	made_who(m, "cpu:0");
	made_script(m, dev, "pcie.made.errors", 0, "=17 0");
	made_script(m, dev, "pcie.made.aging", 0, "=4000 0");
	made_script(m, eth, "nic.made.resets", 0, "=2 0");
	made_script(m, eth, "nic.made.mtu", 0, "1500");
	made_script(m, "host", "softirq.made.left", 0, "=100000 10");
	made_script(m, "host", "sched.made.hog", 0, "=5000000000 20000000");
	made_script(m, port, "rdma.made.moved", 0, "=70000000 100000");
	made_script(m, port, "rdma.made.posted", 0, "=9000 5");
	made_know(m, &known);
}

static void assert_no_fault(struct made *m)
{
	made_explain(m);
	if (m->onsets.n)
		fail_msg("%zu onsets, the first of %s", m->onsets.n,
			m->onsets.items[0].node.signal->name);
	assert_verdict(&m->report, NO_FAULT);
}

/* The true root, or none that is sure. */
static void assert_no_wrong_root(struct made *m, const char *truth)
{
	made_explain(m);
	for (size_t i = 0; i < m->report.n_roots; i++)
		if (m->report.verdict == CONFIRMED || m->report.verdict == LIKELY)
			assert_string_equal(m->report.roots[i].node->signal->name, truth);
}

static void ticks_until(struct made *m, unsigned n, double at_s, double step_s)
{
	while (m->tape.n_ticks < n) {
		made_tick(m, at_s);
		at_s += step_s;
	}
}

/* ---- few ticks ---- */

static void no_tick_at_all_has_no_root(void **state)
{
	struct made *m = *state;

	healthy(m);
	assert_no_fault(m);
	assert_int_equal(m->report.n_ruled_out, 0);
	assert_false(m->report.has_time);
}

static void one_tick_has_no_root_and_rules_nothing_out(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_play(m, 1, 1);
	assert_no_fault(m);
	assert_int_equal(m->report.n_ruled_out, 0);
	assert_non_null(made_why_unread(m, "pcie.made.aging"));
}

static void two_ticks_have_no_root(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_play(m, 2, 1);
	assert_no_fault(m);
}

static void a_log_beside_one_tick_still_tells(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_play(m, 1, 1);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 0.5);
	made_explain(m);
	assert_verdict(&m->report, LATENT);
	assert_string_equal(made_root(m), "pcie.made.upset");
}

/* ---- healthy, but damaged ---- */

static void a_gap_in_a_healthy_tape_is_no_fault(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_play(m, 60, 1);
	made_script(m, "host", "softirq.made.left", 0, "600 10");
	made_script(m, "host", "sched.made.hog", 0, "1200000000 20000000");
	made_script(m, port, "rdma.made.moved", 0, "6000000 100000");
	made_tick(m, 119);
	ticks_until(m, 120, 120, 1);
	assert_no_fault(m);
	assert_int_equal(m->report.n_gaps, 1);
}

static void duplicate_ticks_are_no_fault(void **state)
{
	struct made *m = *state;

	healthy(m);
	for (int i = 0; i < 120; i++) {
		made_tick(m, i);
		if (i % 7 == 0) { /* the same again: nothing grew in no time */
			made_script(m, "host", "softirq.made.left", 0, "0 10");
			made_script(m, "host", "sched.made.hog", 0, "0 20000000");
			made_script(m, port, "rdma.made.moved", 0, "0 100000");
			made_tick(m, i);
		}
	}
	assert_int_equal(m->tape.out_of_order, 18);
	assert_no_fault(m);
}

static void ticks_out_of_order_invent_no_sure_root(void **state)
{
	struct made *m = *state;

	healthy(m);
	for (int i = 0; i < 120; i++)
		made_tick(m, i % 10 == 9 ? i - 3 : i);
	assert_int_equal(m->tape.out_of_order, 12);
	made_explain(m);
	assert_int_equal(m->report.n_roots, 0);
}

static void a_wall_clock_that_steps_is_no_fault(void **state)
{
	static const int64_t steps_s[] = { 3600, -3600, 86400, -7 };
	struct made *m = *state;

	healthy(m);
	for (int i = 0; i < 4; i++) {
		made_play(m, 30, 1);
		m->wall_ahead_ns += steps_s[i] * SECOND_NS;
	}
	made_play(m, 30, 1);
	assert_no_fault(m);
	assert_true(m->report.has_wall);
}

static void readings_every_ten_seconds_are_no_fault(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_script(m, "host", "softirq.made.left", 0, "100");
	made_script(m, "host", "sched.made.hog", 0, "200000000");
	made_script(m, port, "rdma.made.moved", 0, "1000000");
	made_play(m, 60, 10);
	assert_no_fault(m);
}

static void everything_set_back_is_no_fault(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_play(m, 60, 1);
	made_script(m, dev, "pcie.made.errors", 0, "=0 0");
	made_script(m, dev, "pcie.made.aging", 0, "=0 0");
	made_script(m, eth, "nic.made.resets", 0, "=0 0");
	made_script(m, "host", "softirq.made.left", 0, "=3 10");
	made_script(m, port, "rdma.made.moved", 0, "=1000 100000");
	made_play(m, 60, 1);
	assert_no_fault(m);
}

static void cells_that_come_and_go_are_no_fault(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.errors", "sched.made.hog");

	healthy(m);
	random_seed(__func__);
	for (int i = 0; i < 40; i++) {
		made_refuse(m, source, random_below(2) ? -EIO : 0);
		made_play(m, 1 + random_below(6), 1);
	}
	made_explain(m);
	assert_int_equal(m->report.n_roots, 0);
	assert_int_equal(m->onsets.n, 0);
}

static void a_source_that_is_read_only_at_last_is_no_fault(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.errors", "nic.made.mtu");

	healthy(m);
	made_refuse(m, source, -EACCES);
	made_play(m, 60, 1);
	made_refuse(m, source, 0);
	made_play(m, 60, 1);
	assert_no_fault(m);
}

/* ---- a fault, and damage ---- */

static void a_gap_over_the_onset_leaves_the_truth_or_doubt(void **state)
{
	for (int gap = 2; gap <= 40; gap += 2) {
		struct made *m = case_new(NULL);

		healthy(m);
		case_chain(m);
		made_play(m, 50, 1);
		/* what happened in the gap is in one sample: the sum of it */
		made_script(m, "host", "softirq.made.left", 0, "100 10");
		made_script(m, dev, "pcie.made.errors", 0, "3 0");
		made_script(m, eth, "nic.made.resets", 0, "1 0");
		made_script(m, port, "rdma.made.moved", 0, "600000 20x10000 100000");
		made_tick(m, 50 + gap);
		ticks_until(m, 100, 51 + gap, 1);
		assert_no_wrong_root(m, "pcie.made.errors");
		made_free((void **)&m);
	}
	(void)state;
}

static void a_device_that_vanishes_amid_a_fault_leaves_the_truth_or_doubt(void **state)
{
	struct made *m = *state;

	healthy(m);
	case_chain(m);
	made_play(m, 65, 1);
	made_script(m, dev, "pcie.made.errors", 0, "-");
	made_script(m, dev, "pcie.made.aging", 0, "-");
	made_script(m, eth, "nic.made.resets", 0, "-");
	made_script(m, eth, "nic.made.mtu", 0, "-");
	made_script(m, port, "rdma.made.moved", 0, "-");
	made_play(m, 50, 1);
	assert_no_wrong_root(m, "pcie.made.errors");
}

static void a_device_that_vanishes_is_no_other_s_fault(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_script(m, eth2, "nic.made.mtu", 0, "60x1500 9000");
	made_play(m, 60, 1);
	made_script(m, port, "rdma.made.moved", 0, "-");
	made_script(m, port, "rdma.made.posted", 0, "-");
	made_play(m, 60, 1);
	made_explain(m);
	assert_int_equal(m->report.n_roots, 0);
}

static void a_fault_is_found_whatever_the_wall_clock_does(void **state)
{
	static const int64_t steps_s[] = { 3600, -3600, -40, 40 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct made *m = case_new(NULL);

		healthy(m);
		case_chain(m);
		made_play(m, 61, 1);
		m->wall_ahead_ns += steps_s[i] * SECOND_NS;
		made_play(m, 60, 1);
		made_explain(m);
		assert_verdict(&m->report, CONFIRMED);
		assert_string_equal(made_root(m), "pcie.made.errors");
		assert_int_equal(m->report.n_links, 2);
		made_free((void **)&m);
	}
}

static void a_fault_is_found_among_duplicate_ticks(void **state)
{
	struct made *m = *state;

	healthy(m);
	case_chain(m);
	for (int i = 0; i < 120; i++) {
		made_tick(m, i);
		if (i == 30 || i == 62 || i == 90) {
			frame_clear(&m->frame);
			m->frame.mono_ns = made_ns(i);
			tape_add(&m->tape, &m->frame, made_ns(i));
		}
	}
	made_explain(m);
	assert_int_equal(m->tape.out_of_order, 3);
	assert_verdict(&m->report, CONFIRMED);
	assert_string_equal(made_root(m), "pcie.made.errors");
}

static void a_fault_read_every_ten_seconds_has_the_true_root_or_doubt(void **state)
{
	struct made *m = *state;

	healthy(m);
	made_script(m, "host", "softirq.made.left", 0, "100");
	made_script(m, "host", "sched.made.hog", 0, "200000000");
	made_script(m, dev, "pcie.made.errors", 0, "30x0 30 0");
	made_script(m, eth, "nic.made.resets", 0, "30x0 3 0");
	made_script(m, port, "rdma.made.moved", 0, "30x1000000 6x100000 1000000");
	made_play(m, 60, 10);
	assert_no_wrong_root(m, "pcie.made.errors");
	assert_string_equal(made_root(m), "pcie.made.errors");
}

static void without_the_root_s_source_no_other_is_confirmed(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.errors", "pcie.made.aging");

	healthy(m);
	case_chain(m);
	made_script(m, "host", "sched.made.hog", 0, "30x20000000 3x900000000 20000000");
	made_refuse(m, source, -EACCES);
	made_play(m, CASE_TICKS, 1);
	made_explain(m);
	assert_verdict(&m->report, UNDETERMINED);
	assert_int_equal(m->report.n_roots, 0);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, case_set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(no_tick_at_all_has_no_root),
		WITH_TAPE(one_tick_has_no_root_and_rules_nothing_out),
		WITH_TAPE(two_ticks_have_no_root),
		WITH_TAPE(a_log_beside_one_tick_still_tells),
		WITH_TAPE(a_gap_in_a_healthy_tape_is_no_fault),
		WITH_TAPE(duplicate_ticks_are_no_fault),
		WITH_TAPE(ticks_out_of_order_invent_no_sure_root),
		WITH_TAPE(a_wall_clock_that_steps_is_no_fault),
		WITH_TAPE(readings_every_ten_seconds_are_no_fault),
		WITH_TAPE(everything_set_back_is_no_fault),
		WITH_TAPE(cells_that_come_and_go_are_no_fault),
		WITH_TAPE(a_source_that_is_read_only_at_last_is_no_fault),
		cmocka_unit_test(a_gap_over_the_onset_leaves_the_truth_or_doubt),
		WITH_TAPE(a_device_that_vanishes_amid_a_fault_leaves_the_truth_or_doubt),
		WITH_TAPE(a_device_that_vanishes_is_no_other_s_fault),
		cmocka_unit_test(a_fault_is_found_whatever_the_wall_clock_does),
		WITH_TAPE(a_fault_is_found_among_duplicate_ticks),
		WITH_TAPE(a_fault_read_every_ten_seconds_has_the_true_root_or_doubt),
		WITH_TAPE(without_the_root_s_source_no_other_is_confirmed),
	};

	return RUN_TESTS(tests);
}
