/* What is ruled out, by which reason; what was not checked, and never is ruled out. */
#include "test.h"

#include "made_case.h"

#include <errno.h>

/* clang-format off */
static const struct rule rules[] = {
	{ "pcie.made.errors",  "nic.made.resets", SAME_DEVICE, 0, 2000, MUST },
	{ "pcie.made.errors",  "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY, .shortcut = true },
	{ "pcie.made.aging",   "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	{ "pcie.made.upset",   "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	{ "nic.made.resets",   "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY },
	{ "nic.made.mtu",      "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	{ "softirq.made.left", "rdma.made.moved", IRQ_CPU,     0, 5000, MAY },
	{ "cgroup.made.limit", "rdma.made.moved", SAME_CGROUP, 0, 5000, MAY },
	{ "rdma.made.downed",  "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
};
/* clang-format on */
CASE(known, rules);

static void drop(struct made *m)
{
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
}

static void assert_out(struct made *m, const char *who, const char *signal, const char *expected)
{
	const char *got = made_why_out(m, who, signal);

	if (strcmp(got ? got : "not ruled out", expected) != 0)
		fail_msg("%s %s: %s, expected %s", signal, who, got ? got : "not ruled out",
			expected);
}

static const struct ruled_out *out_of(const struct made *m, const char *signal)
{
	for (size_t i = 0; i < m->report.n_ruled_out; i++)
		if (strcmp(m->report.ruled_out[i].signal->name, signal) == 0)
			return &m->report.ruled_out[i];
	return NULL;
}

/* ---- the six reasons ---- */

static void what_was_read_and_did_not_move_is_flat(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, dev, "pcie.made.aging", 0, "=12 0");
	case_play(m, &known);
	assert_out(m, dev, "pcie.made.aging", "flat");
	assert_true(out_of(m, "pcie.made.aging")->near);
	assert_non_null(strstr(out_of(m, "pcie.made.aging")->evidence, "120 readings"));
}

static void what_moves_as_much_without_the_symptom_is_invariant(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, "host", "softirq.made.left", 1, "10");
	case_play(m, &known);
	assert_out(m, "host", "softirq.made.left", "invariant");
}

static void what_errs_all_the_time_is_invariant_and_no_root(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, dev, "pcie.made.aging", 0, "3");
	made_script(m, eth2, "nic.made.resets", 0, "3");
	case_play(m, &known);
	assert_out(m, eth2, "nic.made.resets", "invariant");
	assert_true(m->report.verdict != CONFIRMED && m->report.verdict != LIKELY);
}

static void what_moves_more_with_the_symptom_is_not_ruled_out(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, "host", "softirq.made.left", 1, "61x100 20x180 100");
	case_play(m, &known);
	assert_int_equal(made_count(m, "softirq.made.left"), 0); /* too little to be an onset */
	assert_out(m, "host", "softirq.made.left", "not ruled out");
}

static void what_began_after_the_symptom_is_too_late(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, eth, "nic.made.mtu", 0, "70x1500 9000");
	case_play(m, &known);
	assert_out(m, eth, "nic.made.mtu", "too_late");
	assert_verdict(&m->report, UNDETERMINED);
}

static void what_began_long_before_in_the_right_place_is_out_of_time(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, eth, "nic.made.mtu", 0, "20x1500 9000");
	case_play(m, &known);
	assert_out(m, eth, "nic.made.mtu", "too_late");
}

static void what_is_on_another_device_is_in_the_wrong_place(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, eth2, "nic.made.mtu", 0, "60x1500 9000");
	case_play(m, &known);
	assert_out(m, eth2, "nic.made.mtu", "wrong_place");
	assert_false(out_of(m, "nic.made.mtu")->near);
}

static void what_the_root_explains_is_a_consequence(void **state)
{
	struct made *m = *state;

	case_chain(m);
	case_play(m, &known);
	assert_string_equal(made_root(m), "pcie.made.errors");
	assert_out(m, eth, "nic.made.resets", "consequence");
	assert_out(m, dev, "pcie.made.errors", "not ruled out");
}

/* What one of it costs at most, and how many there were. */
static const struct report *costly(struct made *m, double cost_ms)
{
	static struct indicator list[] = {
		{ "nic.made.resets", SENSE_QUIET, CAUSE, THRESHOLD },
		{ "rdma.made.moved", SENSE_TRAFFIC, SYMPTOM, THRESHOLD, .floor = 1000 },
	};
	static const struct knowledge k = { .layer = "pcie", INDICATORS(list), RULES(rules) };

	list[0].cost_ms = cost_ms;
	made_script(m, eth, "nic.made.resets", 0, "60x0 47 0");
	drop(m);
	return case_play(m, &k);
}

static void what_cannot_have_cost_so_much_is_too_small(void **state)
{
	struct made *m = *state;

	assert_verdict(costly(m, 0.1), UNDETERMINED);
	assert_out(m, eth, "nic.made.resets", "too_small");
}

static void few_that_cost_much_are_not_too_small(void **state)
{
	struct made *m = *state;

	costly(m, 655);
	assert_string_equal(made_root(m), "nic.made.resets");
}

static void what_nobody_knows_the_cost_of_is_not_too_small(void **state)
{
	struct made *m = *state;

	costly(m, 0);
	assert_string_equal(made_root(m), "nic.made.resets");
}

static void what_no_rule_leads_from_is_not_near(void **state)
{
	static const struct rule others[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	};
	CASE(k, others);
	struct made *m = *state;

	drop(m);
	made_script(m, dev, "pcie.made.aging", 0, "0");
	made_script(m, dev, "pcie.made.errors", 0, "0");
	case_play(m, &k);
	assert_out(m, dev, "pcie.made.aging", "flat");
	assert_false(out_of(m, "pcie.made.aging")->near);
	assert_true(out_of(m, "pcie.made.errors")->near);
}

/* The symptom is from the tick before the drop shows to the one after it is over. */
static void with_and_without_are_counted_from_the_right_ticks(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, "host", "softirq.made.left", 1, "61x100000 22x110000 100000");
	case_play(m, &known);
	assert_out(m, "host", "softirq.made.left", "invariant");
	assert_string_equal(out_of(m, "softirq.made.left")->evidence,
		"100000/s without, 110000/s with the symptom");
}

static void what_was_set_back_is_not_called_invariant(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, "host", "softirq.made.left", 1, "30x10 =0 10");
	case_play(m, &known);
	assert_out(m, "host", "softirq.made.left", "not ruled out");
}

static void what_leads_nowhere_is_in_no_wrong_place(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, "node:0", "numa.made.crowd", 0, "60x0 5 0");
	case_play(m, &known);
	assert_int_equal(made_count(m, "numa.made.crowd"), 1);
	assert_out(m, "node:0", "numa.made.crowd", "not ruled out");
}

/* ---- logs ---- */

static void a_line_that_the_log_does_not_have_is_flat(void **state)
{
	struct made *m = *state;

	drop(m);
	m->log = true;
	case_play(m, &known);
	assert_out(m, "host", "pcie.made.upset", "flat");
	assert_null(made_why_unread(m, "pcie.made.upset"));
}

static void without_a_log_no_line_is_ruled_out(void **state)
{
	struct made *m = *state;

	drop(m);
	case_play(m, &known);
	assert_out(m, "host", "pcie.made.upset", "not ruled out");
	assert_non_null(made_why_unread(m, "pcie.made.upset"));
}

/* The log was there, the listener was not. */
static void a_notification_that_nobody_listened_for_is_not_ruled_out(void **state)
{
	struct made *m = *state, *heard = case_new(NULL);

	m->log = heard->log = true;
	drop(m);
	case_play(m, &known);
	assert_out(m, "host", "pcie.notice.made", "not ruled out");
	assert_non_null(made_why_unread(m, "pcie.notice.made"));
	made_source(heard, "made", "pcie.notice.made", "pcie.notice.made");
	drop(heard);
	case_play(heard, &known);
	assert_out(heard, "host", "pcie.notice.made", "flat");
	made_free((void **)&heard);
}

/* ---- not checked ---- */

static void what_was_refused_is_not_checked(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made/aging", "pcie.made.aging", "pcie.made.aging");

	made_source(m, "sys/made/errors", "pcie.made.errors", "pcie.made.errors");
	drop(m);
	made_set(m, dev, "pcie.made.aging", 0, 0);
	made_refuse(m, source, -EACCES);
	case_play(m, &known);
	assert_out(m, dev, "pcie.made.aging", "not ruled out");
	assert_non_null(strstr(made_why_unread(m, "pcie.made.aging"), "sys/made/aging"));
	assert_string_equal(m->report.next_signal, "pcie.made.aging");
}

static void what_no_device_has_is_not_checked(void **state)
{
	struct made *m = *state;

	drop(m);
	case_play(m, &known);
	assert_non_null(made_why_unread(m, "pcie.made.aging"));
	assert_out(m, dev, "pcie.made.aging", "not ruled out");
}

static void what_leads_nowhere_is_not_what_to_read_next(void **state)
{
	static const struct rule others[] = {
		{ "pcie.made.aging", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	};
	CASE(k, others);
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.errors", "pcie.made.aging");

	drop(m);
	made_refuse(m, source, -EACCES);
	case_play(m, &k);
	assert_non_null(made_why_unread(m, "pcie.made.errors"));
	assert_string_equal(m->report.next_signal, "pcie.made.aging");
}

static void what_was_read_for_half_of_the_tape_is_not_ruled_out(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made/aging", "pcie.made.aging", "pcie.made.aging");

	drop(m);
	made_know(m, &known);
	made_set(m, dev, "pcie.made.aging", 0, 0);
	made_play(m, 50, 1);
	made_refuse(m, source, -EIO);
	made_play(m, 70, 1);
	made_explain(m);
	assert_out(m, dev, "pcie.made.aging", "not ruled out");
	assert_non_null(made_why_unread(m, "pcie.made.aging"));
}

static void what_stands_at_its_maximum_is_not_checked(void **state)
{
	struct made *m = *state;

	drop(m);
	made_script(m, port, "rdma.made.downed", 0, "=255 0");
	case_play(m, &known);
	assert_out(m, port, "rdma.made.downed", "not ruled out");
	assert_non_null(made_why_unread(m, "rdma.made.downed"));
	assert_non_null(strstr(made_why_unread(m, "rdma.made.downed"), "maximum"));
}

static void a_gap_is_not_checked(void **state)
{
	struct made *m = *state;

	made_know(m, &known);
	made_script(m, port, "rdma.made.moved", 0, "100000");
	made_play(m, 1, 1);
	made_tick(m, 41);
	for (int i = 42; i < 120; i++)
		made_tick(m, i);
	made_explain(m);
	assert_int_equal(m->report.n_gaps, 1);
	assert_non_null(strstr(made_why_unread(m, "*"), "41.0 s"));
}

/* No signal is both, whatever happened. */
static void nothing_is_ruled_out_and_not_checked(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.aging", "pcie.made.aging");

	case_chain(m);
	made_set(m, dev, "pcie.made.aging", 0, 0);
	made_refuse(m, source, -EACCES);
	made_script(m, "host", "softirq.made.left", 1, "10");
	made_script(m, eth2, "nic.made.resets", 0, "3");
	made_script(m, port, "rdma.made.downed", 0, "=255 0");
	case_play(m, &known);
	for (size_t i = 0; i < m->report.n_ruled_out; i++)
		assert_null(made_why_unread(m, m->report.ruled_out[i].signal->name));
}

/* One reason each. */
static void nothing_is_ruled_out_twice(void **state)
{
	struct made *m = *state;

	case_chain(m);
	made_script(m, dev, "pcie.made.errors", 6, "60x0 2 0");
	made_script(m, dev, "pcie.made.aging", 0, "0");
	for (unsigned cpu = 0; cpu < 4; cpu++)
		made_script(m, "host", "softirq.made.left", cpu, "10");
	case_play(m, &known);
	for (size_t i = 0; i < m->report.n_ruled_out; i++)
		for (size_t j = i + 1; j < m->report.n_ruled_out; j++)
			assert_false(
				m->report.ruled_out[i].signal == m->report.ruled_out[j].signal &&
				m->report.ruled_out[i].who == m->report.ruled_out[j].who);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, case_set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(what_was_read_and_did_not_move_is_flat),
		WITH_TAPE(what_moves_as_much_without_the_symptom_is_invariant),
		WITH_TAPE(what_errs_all_the_time_is_invariant_and_no_root),
		WITH_TAPE(what_moves_more_with_the_symptom_is_not_ruled_out),
		WITH_TAPE(what_began_after_the_symptom_is_too_late),
		WITH_TAPE(what_began_long_before_in_the_right_place_is_out_of_time),
		WITH_TAPE(what_is_on_another_device_is_in_the_wrong_place),
		WITH_TAPE(what_the_root_explains_is_a_consequence),
		WITH_TAPE(what_cannot_have_cost_so_much_is_too_small),
		WITH_TAPE(few_that_cost_much_are_not_too_small),
		WITH_TAPE(what_nobody_knows_the_cost_of_is_not_too_small),
		WITH_TAPE(what_no_rule_leads_from_is_not_near),
		WITH_TAPE(with_and_without_are_counted_from_the_right_ticks),
		WITH_TAPE(what_was_set_back_is_not_called_invariant),
		WITH_TAPE(what_leads_nowhere_is_in_no_wrong_place),
		WITH_TAPE(a_line_that_the_log_does_not_have_is_flat),
		WITH_TAPE(without_a_log_no_line_is_ruled_out),
		WITH_TAPE(a_notification_that_nobody_listened_for_is_not_ruled_out),
		WITH_TAPE(what_was_refused_is_not_checked),
		WITH_TAPE(what_no_device_has_is_not_checked),
		WITH_TAPE(what_leads_nowhere_is_not_what_to_read_next),
		WITH_TAPE(what_was_read_for_half_of_the_tape_is_not_ruled_out),
		WITH_TAPE(what_stands_at_its_maximum_is_not_checked),
		WITH_TAPE(a_gap_is_not_checked),
		WITH_TAPE(nothing_is_ruled_out_and_not_checked),
		WITH_TAPE(nothing_is_ruled_out_twice),
	};

	return RUN_TESTS(tests);
}
