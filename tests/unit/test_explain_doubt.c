/* How sure an answer is: what must follow, what could not be read, rivals, exposure, recovery. */
#include "test.h"

#include "made_case.h"

#include <errno.h>

CASE(chain, chain_rules);

/* clang-format off */
static const struct rule straight_rules[] = {
	{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	{ "pcie.made.aging",  "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	{ "sched.made.hog",   "rdma.made.moved", IRQ_CPU,     0, 5000, MAY },
	{ "nic.made.mtu",     "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
};
static const struct rule reset_rules[] = {
	{ "pcie.made.errors", "nic.made.resets", SAME_DEVICE, 0, 2000, MUST },
	{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
};
/* clang-format on */
CASE(straight, straight_rules);
CASE(with_reset, reset_rules);

static double score(const struct made *m)
{
	return m->report.n_roots ? m->report.roots[0].score_db : -1;
}

/* ---- what must follow ---- */

static void errors_and_a_drop(struct made *m)
{
	made_script(m, dev, "pcie.made.errors", 0, "60x0 20x3 0");
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
}

static void what_must_follow_and_did_not_forbids_confirmed(void **state)
{
	struct made *m = *state, *blind = case_new(NULL);

	errors_and_a_drop(m);
	made_script(m, eth, "nic.made.resets", 0, "0");
	case_play(m, &with_reset);
	errors_and_a_drop(blind);
	case_play(blind, &with_reset);
	assert_verdict(&blind->report, CONFIRMED);
	assert_true(m->report.verdict != CONFIRMED);
	assert_true(score(m) < score(blind) - 5);
	made_free((void **)&blind);
}

static void what_must_follow_and_cannot_be_read_forbids_nothing(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "nic.made.resets", "nic.made.resets");

	made_set(m, eth, "nic.made.resets", 0, 0);
	made_refuse(m, source, -EACCES);
	errors_and_a_drop(m);
	case_play(m, &with_reset);
	assert_verdict(&m->report, CONFIRMED);
	assert_non_null(made_why_unread(m, "nic.made.resets"));
}

static void what_must_follow_is_looked_for_where_it_would_show(void **state)
{
	struct made *m = *state;

	errors_and_a_drop(m);
	made_script(m, eth2, "nic.made.resets", 0, "0");
	case_play(m, &with_reset);
	assert_verdict(&m->report, CONFIRMED);
}

/* Not only on the first CPU. */
static void what_must_follow_on_a_cpu_is_looked_for_there(void **state)
{
	static const struct rule rules[] = {
		{ "sched.made.hog", "softirq.made.left", SAME_CPU, 0, 2000, MUST },
		{ "sched.made.hog", "rdma.made.moved", ANYWHERE, 0, 5000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	for (unsigned cpu = 0; cpu < 4; cpu++) {
		char name[8];

		snprintf(name, sizeof(name), "cpu:%u", cpu);
		made_who(m, name);
		made_script(m, "host", "softirq.made.left", cpu, "0");
	}
	made_script(m, "host", "sched.made.hog", 3, "60x0 20x900000000 0");
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	case_play(m, &k);
	assert_true(m->report.verdict != CONFIRMED);
}

static void what_may_follow_and_did_not_takes_a_little(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "nic.made.resets", SAME_DEVICE, 0, 2000, MAY },
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state, *blind = case_new(NULL);

	errors_and_a_drop(m);
	made_script(m, eth, "nic.made.resets", 0, "0");
	case_play(m, &k);
	errors_and_a_drop(blind);
	case_play(blind, &k);
	assert_true(score(m) < score(blind));
	assert_verdict(&m->report, CONFIRMED);
	made_free((void **)&blind);
}

/* ---- how sure ---- */

static void two_that_explain_the_same_are_a_list(void **state)
{
	struct made *m = *state;

	made_who(m, "cpu:1");
	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:1", -100);
	errors_and_a_drop(m);
	made_script(m, "host", "sched.made.hog", 1, "60x0 20x900000000 0");
	case_play(m, &straight);
	assert_verdict(&m->report, POSSIBLE);
	assert_int_equal(m->report.n_alternatives, 1);
	assert_true(m->report.alternatives[0].behind_db > 0);
	assert_true(m->report.roots[0].over_next_db < 10);
}

/* As one command moves all interrupts: which of them it was makes no difference. */
static void one_setting_changed_in_two_places_at_once_is_one_answer(void **state)
{
	static const struct rule rules[] = { { "nic.made.mtu", "rdma.made.moved", ANYWHERE, 0, 5000,
		MAY } };
	CASE(k, rules);
	struct made *m = *state, *later = case_new(NULL);

	made_script(m, eth, "nic.made.mtu", 0, "60x1500 9000");
	made_script(m, eth2, "nic.made.mtu", 0, "60x1500 9000");
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	case_play(m, &k);
	assert_true(m->report.roots[0].over_next_db >= 10);
	made_script(later, eth, "nic.made.mtu", 0, "60x1500 9000");
	made_script(later, eth2, "nic.made.mtu", 0, "59x1500 9000");
	made_script(later, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	case_play(later, &k);
	assert_true(later->report.roots[0].over_next_db < 10);
	made_free((void **)&later);
}

static void two_counters_of_one_device_are_one_answer(void **state)
{
	struct made *m = *state;

	errors_and_a_drop(m);
	made_script(m, dev, "pcie.made.aging", 0, "60x0 20x3 0");
	case_play(m, &straight);
	assert_verdict(&m->report, CONFIRMED);
	assert_int_equal(m->report.n_roots, 1);
}

static void one_layer_alone_is_not_confirmed(void **state)
{
	static const struct rule rules[] = {
		{ "app.made.waits", "app.made.stalls", SAME_TASK, 0, 2000, MUST },
	};
	CASE(k, rules);
	struct made *m = *state;

	made_script(m, "task:9", "app.made.waits", 0, "60x0 5 0");
	made_script(m, "task:9", "app.made.stalls", 0, "61x0 5 0");
	case_play(m, &k);
	assert_verdict(&m->report, LIKELY);
	assert_int_equal(m->report.roots[0].layers, 1);
}

static void what_was_so_from_the_start_is_not_confirmed(void **state)
{
	struct made *m = *state;

	errors_and_a_drop(m);
	made_script(m, dev, "pcie.made.errors", 0, "3");
	case_play(m, &straight);
	assert_true(m->report.verdict != CONFIRMED);
}

/* ---- no root ---- */

static void a_symptom_that_nothing_explains_is_undetermined(void **state)
{
	struct made *m = *state;

	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	case_play(m, &chain);
	assert_verdict(&m->report, UNDETERMINED);
	assert_int_equal(m->report.n_roots, 0);
	assert_int_equal(m->report.n_unexplained, 1);
}

static void a_fault_that_nobody_feels_is_latent(void **state)
{
	struct made *m = *state;

	made_script(m, dev, "pcie.made.errors", 0, "60x0 3 0");
	made_script(m, port, "rdma.made.moved", 0, "100000");
	case_play(m, &straight);
	assert_verdict(&m->report, LATENT);
	assert_string_equal(made_root(m), "pcie.made.errors");
	assert_int_equal(m->report.n_symptoms, 0);
}

static void a_single_one_may_be_too_few_to_be_named(void **state)
{
	struct made *m = *state;

	made_script(m, dev, "pcie.made.errors", 0, "60x0 1 0");
	case_play(m, &straight);
	assert_verdict(&m->report, NO_FAULT);
}

static void what_somebody_changed_is_no_fault_while_nobody_feels_it(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.mtu", 0, "60x1500 9000");
	case_play(m, &straight);
	assert_verdict(&m->report, NO_FAULT);
	assert_int_equal(m->report.n_roots, 0);
}

static void an_end_of_work_is_no_fault(void **state)
{
	struct made *m = *state;

	made_script(m, port, "rdma.made.moved", 0, "61x100000 0");
	made_script(m, port, "rdma.made.posted", 0, "61x5 0");
	case_play(m, &chain);
	assert_verdict(&m->report, NO_FAULT);
	assert_int_equal(m->report.n_unexplained, 0);
}

static void a_stall_is_a_fault(void **state)
{
	struct made *m = *state;

	made_script(m, port, "rdma.made.moved", 0, "61x100000 0");
	made_script(m, port, "rdma.made.posted", 0, "5");
	case_play(m, &chain);
	assert_verdict(&m->report, UNDETERMINED);
}

static void a_quiet_host_has_no_fault(void **state)
{
	struct made *m = *state;

	made_script(m, dev, "pcie.made.errors", 0, "0");
	made_script(m, eth, "nic.made.resets", 0, "0");
	made_script(m, port, "rdma.made.moved", 0, "100000");
	case_play(m, &chain);
	assert_verdict(&m->report, NO_FAULT);
	assert_int_equal(m->report.n_links + m->report.n_symptoms + m->report.n_roots, 0);
}

static void a_symptom_is_never_the_root(void **state)
{
	static const struct rule rules[] = {
		{ "rdma.made.moved", "app.made.stalls", ANYWHERE, 0, 5000, MUST },
	};
	CASE(k, rules);
	struct made *m = *state;

	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	made_script(m, "task:9", "app.made.stalls", 0, "62x0 5 0");
	case_play(m, &k);
	assert_verdict(&m->report, UNDETERMINED);
	assert_int_equal(m->report.n_roots, 0);
	assert_int_equal(m->report.n_unexplained, 2);
}

static void a_sentence_tells_the_root_and_what_is_felt(void **state)
{
	struct made *m = *state;

	case_chain(m);
	case_play(m, &chain);
	assert_string_equal(m->report.summary,
		"pci:0000:01:00.0: the link errs; it is felt as: less is moved (rdma:mlx5_0/1)");
}

static void of_many_rivals_the_first_few_are_told(void **state)
{
	static const struct rule rules[] = {
		{ "app.made.waits", "rdma.made.moved", ANYWHERE, 0, 5000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	for (int i = 0; i < 20; i++) {
		char who[16];

		snprintf(who, sizeof(who), "task:%d", i + 1);
		made_script(m, who, "app.made.waits", 0, "60x0 5 0");
	}
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	case_play(m, &k);
	assert_true(m->report.verdict != CONFIRMED && m->report.verdict != LIKELY);
	assert_int_equal(m->report.n_alternatives, 8);
	for (size_t i = 1; i < m->report.n_alternatives; i++)
		assert_true(m->report.alternatives[i].score_db <=
			    m->report.alternatives[i - 1].score_db);
}

/* ---- links as roots ---- */

static void resets_and_a_drop(struct made *m)
{
	made_script(m, eth, "nic.made.resets", 0, "61x0 3 0");
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
}

static void a_link_whose_cause_cannot_be_read_is_undetermined(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "pcie.made.errors", "pcie.made.errors");

	made_set(m, dev, "pcie.made.errors", 0, 0);
	made_refuse(m, source, -EACCES);
	resets_and_a_drop(m);
	case_play(m, &chain);
	assert_verdict(&m->report, UNDETERMINED);
	assert_int_equal(m->report.n_roots, 0);
	assert_int_equal(m->report.n_links, 0);
	assert_int_equal(m->report.n_unexplained, 1);
	assert_string_equal(m->report.next_signal, "pcie.made.errors");
	assert_string_equal(m->report.next_command, "cat errors");
	assert_int_equal(m->report.n_alternatives, 1);
}

/* An older faultline than this: of what the host has nobody knows what it did not read. */
static void a_cause_that_no_source_tells_of_is_open_where_something_may_have_it(void **state)
{
	static const struct rule rules[] = {
		{ "cgroup.made.limit", "nic.made.resets", ANYWHERE, 0, 2000, MAY },
		{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MUST },
	};
	CASE(k, rules);
	struct made *m = *state, *without = case_new(NULL);

	made_who(m, "cgroup:/service");
	resets_and_a_drop(m);
	case_play(m, &k);
	assert_verdict(&m->report, UNDETERMINED);
	assert_non_null(strstr(made_why_unread(m, "cgroup.made.limit"), "did not read it"));
	resets_and_a_drop(without);
	case_play(without, &k);
	assert_string_equal(made_root(without), "nic.made.resets");
	made_free((void **)&without);
}

static void a_link_whose_cause_was_read_is_likely_at_most(void **state)
{
	struct made *m = *state;

	made_script(m, dev, "pcie.made.errors", 0, "0");
	resets_and_a_drop(m);
	case_play(m, &chain);
	assert_verdict(&m->report, LIKELY);
	assert_string_equal(made_root(m), "nic.made.resets");
}

static void what_only_the_wire_explains_is_external(void **state)
{
	static const struct rule rules[] = {
		{ "wire", "nic.made.resets", WIRE_PEER, 0, 2000, MAY },
		{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	resets_and_a_drop(m);
	case_play(m, &k);
	assert_verdict(&m->report, EXTERNAL);
	assert_non_null(made_why_unread(m, "wire"));
}

static void what_a_cause_here_explains_is_not_external(void **state)
{
	static const struct rule rules[] = {
		{ "wire", "nic.made.resets", WIRE_PEER, 0, 2000, MAY },
		{ "pcie.made.errors", "nic.made.resets", SAME_DEVICE, 0, 2000, MAY },
		{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	case_play(m, &k);
	assert_verdict(&m->report, CONFIRMED);
	assert_string_equal(made_root(m), "pcie.made.errors");
}

/* ---- exposure and recovery ---- */

static double score_of(const char *errors, const char *moved, const struct knowledge *k)
{
	struct made *m = case_new(NULL);
	double got;

	made_script(m, dev, "pcie.made.errors", 0, errors);
	made_script(m, port, "rdma.made.moved", 0, moved);
	case_play(m, k);
	got = score(m);
	made_free((void **)&m);
	return got;
}

static const char drop_of_20[] = "61x100000 20x10000 100000", drop_for_good[] = "61x100000 10000";

static void what_was_there_before_and_did_no_harm_is_less_likely(void **state)
{
	(void)state;
	assert_true(score_of("20x0 3 39x0 20x3 0", drop_of_20, &straight) <
		    score_of("60x0 20x3 0", drop_of_20, &straight) - 3);
}

static void what_ends_with_the_symptom_is_likelier(void **state)
{
	(void)state;
	assert_true(score_of("60x0 20x3 0", drop_of_20, &straight) >
		    score_of("60x0 3", drop_of_20, &straight) + 3);
}

static void what_ends_while_the_symptom_lasts_is_less_likely(void **state)
{
	(void)state;
	assert_true(score_of("60x0 20x3 0", drop_for_good, &straight) <
		    score_of("60x0 3", drop_for_good, &straight) - 3);
}

static void what_sticks_need_not_end(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY,
			.sticky = true },
	};
	CASE(sticky, rules);

	(void)state;
	assert_double(score_of("60x0 20x3 0", drop_for_good, &sticky),
		score_of("60x0 3", drop_for_good, &sticky));
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, case_set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(what_must_follow_and_did_not_forbids_confirmed),
		WITH_TAPE(what_must_follow_and_cannot_be_read_forbids_nothing),
		WITH_TAPE(what_must_follow_is_looked_for_where_it_would_show),
		WITH_TAPE(what_must_follow_on_a_cpu_is_looked_for_there),
		WITH_TAPE(what_may_follow_and_did_not_takes_a_little),
		WITH_TAPE(two_that_explain_the_same_are_a_list),
		WITH_TAPE(one_setting_changed_in_two_places_at_once_is_one_answer),
		WITH_TAPE(two_counters_of_one_device_are_one_answer),
		WITH_TAPE(one_layer_alone_is_not_confirmed),
		WITH_TAPE(what_was_so_from_the_start_is_not_confirmed),
		WITH_TAPE(a_symptom_that_nothing_explains_is_undetermined),
		WITH_TAPE(a_fault_that_nobody_feels_is_latent),
		WITH_TAPE(a_single_one_may_be_too_few_to_be_named),
		WITH_TAPE(what_somebody_changed_is_no_fault_while_nobody_feels_it),
		WITH_TAPE(an_end_of_work_is_no_fault),
		WITH_TAPE(a_stall_is_a_fault),
		WITH_TAPE(a_quiet_host_has_no_fault),
		WITH_TAPE(a_symptom_is_never_the_root),
		WITH_TAPE(a_sentence_tells_the_root_and_what_is_felt),
		WITH_TAPE(of_many_rivals_the_first_few_are_told),
		WITH_TAPE(a_link_whose_cause_cannot_be_read_is_undetermined),
		WITH_TAPE(a_cause_that_no_source_tells_of_is_open_where_something_may_have_it),
		WITH_TAPE(a_link_whose_cause_was_read_is_likely_at_most),
		WITH_TAPE(what_only_the_wire_explains_is_external),
		WITH_TAPE(what_a_cause_here_explains_is_not_external),
		cmocka_unit_test(what_was_there_before_and_did_no_harm_is_less_likely),
		cmocka_unit_test(what_ends_with_the_symptom_is_likelier),
		cmocka_unit_test(what_ends_while_the_symptom_lasts_is_less_likely),
		cmocka_unit_test(what_sticks_need_not_end),
	};

	return RUN_TESTS(tests);
}
