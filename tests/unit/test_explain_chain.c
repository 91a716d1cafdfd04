/* Chains: rows, a fixture, and nothing else. Time, groups, kernels, circles, several roots. */
#include "test.h"

#include "made_case.h"

CASE(chain, chain_rules);

/* ---- a chain ---- */

static void three_rows_and_two_rules_make_a_chain(void **state)
{
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	r = case_play(m, &chain);
	assert_verdict(r, CONFIRMED);
	assert_int_equal(r->n_roots, 1);
	assert_string_equal(made_root(m), "pcie.made.errors");
	assert_int_equal(r->roots[0].node->who, made_who(m, dev));
	assert_int_equal(r->roots[0].layers, 3);
	assert_int_equal(r->n_links, 2);
	assert_true(made_link(m, "pcie.made.errors", "nic.made.resets"));
	assert_true(made_link(m, "nic.made.resets", "rdma.made.moved"));
	assert_true(r->links[0].on_path && r->links[1].on_path);
	assert_ptr_equal(r->links[0].rule, &chain_rules[0]);
	assert_int_equal(r->n_symptoms, 1);
	assert_int_equal(r->n_unexplained, 0);
	assert_null(r->next_signal);
}

static void a_lag_lies_in_the_window_of_its_rule(void **state)
{
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	r = case_play(m, &chain);
	for (size_t i = 0; i < r->n_links; i++) {
		assert_true(r->links[i].lag_min_s >= 0);
		assert_true(r->links[i].lag_max_s <= 2);
		assert_true(r->links[i].lag_max_s >= r->links[i].lag_min_s);
	}
}

static void times_are_those_of_the_wall_clock(void **state)
{
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	r = case_play(m, &chain);
	assert_true(r->has_wall && r->has_time);
	assert_int_equal(r->from_ns, MADE_WALL_NS);
	assert_int_equal(r->roots[0].node->began.lo_ns, MADE_WALL_NS + 59 * SECOND_NS);
	assert_int_equal(r->roots[0].node->began.hi_ns, MADE_WALL_NS + 60 * SECOND_NS + 10 * MS_NS);
}

static void what_a_group_names_are_causes_each(void **state)
{
	static const struct group groups[] = { { "@made.trouble",
		"pcie.made.aging pcie.made.errors" } };
	static const struct rule rules[] = {
		{ "@made.trouble", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY },
	};
	static const struct knowledge k = {
		.layer = "pcie", INDICATORS(case_indicators), RULES(rules), GROUPS(groups)
	};
	struct made *m = *state;

	case_chain(m);
	case_play(m, &k);
	assert_string_equal(made_root(m), "pcie.made.errors");
	assert_true(made_link(m, "pcie.made.errors", "rdma.made.moved"));
}

static void an_event_may_be_the_root(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.upset", "nic.made.resets", SAME_DEVICE, 0, 2000, MUST },
		{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MUST },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	made_script(m, dev, "pcie.made.errors", 0, "0");
	made_event(m, dev, "pcie.made.upset", WALL_STAMP, 60);
	case_play(m, &k);
	assert_string_equal(made_root(m), "pcie.made.upset");
	assert_int_equal(m->report.n_links, 2);
}

/* A rule from end to end is told only where what lies between was not seen. */
static void a_shortcut_is_not_the_way_that_is_told(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY,
			.shortcut = true },
		{ "pcie.made.errors", "nic.made.resets", SAME_DEVICE, 0, 2000, MAY },
		{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	case_play(m, &k);
	assert_true(made_link(m, "nic.made.resets", "rdma.made.moved"));
	assert_false(made_link(m, "pcie.made.errors", "rdma.made.moved"));
}

/* ---- time ---- */

static const struct rule told_rules[] = {
	{ "pcie.made.errors", "pcie.made.upset", SAME_DEVICE, -2000, 3000, MAY, .tells = true },
	{ "pcie.made.errors", "nic.made.resets", SAME_DEVICE, 0, 2000, MUST },
	{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MUST },
};

static void what_the_kernel_told_is_the_moment(void **state)
{
	CASE(k, told_rules);
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 59.25);
	made_arrival(m, 59.25, 59.5);
	r = case_play(m, &k);
	assert_string_equal(made_root(m), "pcie.made.errors");
	assert_int_equal(r->roots[0].node->began.lo_ns, MADE_WALL_NS + 59250 * MS_NS);
	assert_int_equal(r->roots[0].node->began.hi_ns, MADE_WALL_NS + 59250 * MS_NS);
}

static void what_the_kernel_told_of_another_or_at_another_time_is_not(void **state)
{
	CASE(k, told_rules);
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	made_event(m, eth, "pcie.made.upset", MONO_STAMP, 59.25);
	made_arrival(m, 59.25, 59.5);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 62);
	made_arrival(m, 62, 62.25);
	r = case_play(m, &k);
	assert_int_equal(r->roots[0].node->began.lo_ns, MADE_WALL_NS + 59 * SECOND_NS);
	assert_int_equal(r->roots[0].node->began.hi_ns, MADE_WALL_NS + 60 * SECOND_NS + 10 * MS_NS);
}

/* What was said before the last normal reading is not it; of what was said since, the first. */
static void of_two_words_the_first_within_the_reading_counts(void **state)
{
	CASE(k, told_rules);
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 50);
	made_arrival(m, 50, 50.25);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 59.25);
	made_arrival(m, 59.25, 59.5);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 59.75);
	made_arrival(m, 59.75, 59.875);
	r = case_play(m, &k);
	assert_int_equal(r->roots[0].node->began.lo_ns, MADE_WALL_NS + 59250 * MS_NS);
	assert_int_equal(r->roots[0].node->began.hi_ns, MADE_WALL_NS + 59250 * MS_NS);
}

/* One burst: the word that is meant may be any since the last normal reading. */
static void a_burst_that_began_before_only_ends_the_moment(void **state)
{
	CASE(k, told_rules);
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 57);
	made_arrival(m, 57, 57.25);
	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 59.5);
	made_arrival(m, 59.5, 59.75);
	r = case_play(m, &k);
	assert_int_equal(r->roots[0].node->began.lo_ns, MADE_WALL_NS + 59 * SECOND_NS);
	assert_int_equal(r->roots[0].node->began.hi_ns, MADE_WALL_NS + 59500 * MS_NS);
}

static void an_effect_that_was_sampled_first_is_one(void **state)
{
	struct made *m = *state;

	case_chain(m);
	made_script(m, eth, "nic.made.resets", 0, "59x0 1 0");
	case_play(m, &chain);
	assert_string_equal(made_root(m), "pcie.made.errors");
	assert_true(made_link(m, "pcie.made.errors", "nic.made.resets"));
}

static void an_effect_that_was_clearly_first_is_none(void **state)
{
	struct made *m = *state;

	case_chain(m);
	made_script(m, eth, "nic.made.resets", 0, "56x0 1 0");
	made_script(m, port, "rdma.made.moved", 0, "57x100000 20x10000 100000");
	case_play(m, &chain);
	assert_false(made_link(m, "pcie.made.errors", "nic.made.resets"));
	assert_string_not_equal(made_root(m), "pcie.made.errors");
}

static void an_effect_after_the_window_is_none(void **state)
{
	struct made *m = *state;

	case_chain(m);
	made_script(m, eth, "nic.made.resets", 0, "64x0 1 0");
	made_script(m, port, "rdma.made.moved", 0, "65x100000 20x10000 100000");
	case_play(m, &chain);
	assert_false(made_link(m, "pcie.made.errors", "nic.made.resets"));
	assert_true(m->report.verdict != CONFIRMED);
}

static void an_effect_before_the_least_lag_is_none(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 5000, 9000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	case_play(m, &k);
	assert_int_equal(m->report.n_roots, 0);
}

static bool leads_late(struct made *m, const char *errors)
{
	made_script(m, dev, "pcie.made.errors", 0, errors);
	made_script(m, eth, "nic.made.resets", 0, "70x0 1 0");
	made_script(m, port, "rdma.made.moved", 0, "71x100000 20x10000 100000");
	case_play(m, &chain);
	return made_link(m, "pcie.made.errors", "nic.made.resets");
}

static void what_happens_again_and_again_may_lead_there_at_any_time(void **state)
{
	assert_true(leads_late(*state, "60x0 20x3 0"));
}

static void what_happened_once_leads_there_in_its_window_only(void **state)
{
	assert_false(leads_late(*state, "60x0 3 0"));
}

static void what_was_over_before_leads_there_no_more(void **state)
{
	assert_false(leads_late(*state, "60x0 5x3 0"));
}

static void a_log_alone_is_a_chain_too(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.upset", "app.made.crash", ANYWHERE, 0, 2000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;
	const struct report *r;

	made_event(m, dev, "pcie.made.upset", MONO_STAMP, 60.5);
	made_event(m, "task:9", "app.made.crash", MONO_STAMP, 61.5);
	made_know(m, &k);
	r = made_explain(m);
	assert_string_equal(made_root(m), "pcie.made.upset");
	assert_true(made_link(m, "pcie.made.upset", "app.made.crash"));
	assert_true(r->has_time && !r->has_wall);
	assert_true(r->from_ns == made_ns(60.5) && r->until_ns == made_ns(61.5));
}

/* ---- kernels ---- */

static void root_on_kernel(struct made *m, const char *release, const char *expected)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY,
			.kernels = "6.5-" },
	};
	CASE(k, rules);

	if (release)
		made_text(m, "host", "hardware.kernel.release", release);
	case_chain(m);
	case_play(m, &k);
	assert_string_equal(made_root(m), expected);
}

static void a_rule_of_newer_kernels_is_not_for_this_one(void **state)
{
	root_on_kernel(*state, "6.1.0-28-amd64", "");
}

static void a_rule_of_this_kernel_and_newer_ones_is_for_it(void **state)
{
	root_on_kernel(*state, "6.5.1", "pcie.made.errors");
}

static void numbers_of_kernels_are_numbers(void **state)
{
	root_on_kernel(*state, "6.12.117-amd64", "pcie.made.errors");
}

static void a_kernel_that_is_not_known_may_be_any(void **state)
{
	root_on_kernel(*state, NULL, "pcie.made.errors");
}

static void a_rule_of_older_kernels_ends_with_the_last_of_them(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY,
			.kernels = "-6.4" },
	};
	CASE(k, rules);
	struct made *m = *state, *newer = case_new(NULL);

	made_text(m, "host", "hardware.kernel.release", "6.4.99");
	case_chain(m);
	case_play(m, &k);
	assert_string_equal(made_root(m), "pcie.made.errors");
	made_text(newer, "host", "hardware.kernel.release", "6.5.0");
	case_chain(newer);
	case_play(newer, &k);
	assert_string_equal(made_root(newer), "");
	made_free((void **)&newer);
}

/* ---- circles ---- */

static void in_a_circle_the_earliest_leads(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "pcie.made.aging", SAME_DEVICE, 0, 5000, MAY },
		{ "pcie.made.aging", "pcie.made.errors", SAME_DEVICE, 0, 5000, MAY },
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
		{ "pcie.made.aging", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	made_script(m, dev, "pcie.made.aging", 0, "60x0 3 0");
	made_script(m, dev, "pcie.made.errors", 0, "61x0 3 0");
	case_play(m, &k);
	assert_int_equal(m->report.n_roots, 1);
	assert_string_equal(made_root(m), "pcie.made.aging");
	assert_int_equal(m->report.n_links, 2);
}

static void a_circle_of_three_has_one_root(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "pcie.made.aging", SAME_DEVICE, 0, 5000, MAY },
		{ "pcie.made.aging", "nic.made.mtu", SAME_DEVICE, 0, 5000, MAY },
		{ "nic.made.mtu", "pcie.made.errors", SAME_DEVICE, 0, 5000, MAY },
		{ "nic.made.mtu", "rdma.made.moved", SAME_DEVICE, 0, 5000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	made_script(m, dev, "pcie.made.aging", 0, "60x0 3 0");
	made_script(m, eth, "nic.made.mtu", 0, "60x1500 9000");
	case_play(m, &k);
	assert_int_equal(m->report.n_roots, 1);
	assert_int_equal(m->report.n_alternatives, 0);
}

/* ---- several ---- */

static void two_symptoms_with_two_causes_have_two_roots(void **state)
{
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	made_script(m, dev2, "pcie.made.errors", 0, "80x0 3 0");
	made_script(m, eth2, "nic.made.resets", 0, "81x0 1 0");
	made_script(m, port2, "rdma.made.moved", 0, "81x100000 20x10000 100000");
	r = case_play(m, &chain);
	assert_int_equal(r->n_roots, 2);
	assert_true(r->roots[0].node->who != r->roots[1].node->who);
	assert_int_equal(r->n_symptoms, 2);
	assert_int_equal(r->n_unexplained, 0);
	assert_int_equal(r->n_links, 4);
}

static void one_cause_of_two_symptoms_is_one_root(void **state)
{
	static const struct rule rules[] = {
		{ "pcie.made.errors", "rdma.made.moved", SAME_DEVICE | LINK_PARTNER, 0, 5000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	made_script(m, bridge, "pcie.made.errors", 0, "60x0 3 0");
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
	made_script(m, port2, "rdma.made.moved", 0, "62x100000 20x10000 100000");
	case_play(m, &k);
	assert_int_equal(m->report.n_roots, 1);
	assert_int_equal(m->report.n_links, 2);
	assert_int_equal(m->report.n_unexplained, 0);
}

static void a_root_and_a_rest_that_nothing_explains(void **state)
{
	struct made *m = *state;
	const struct report *r;

	case_chain(m);
	made_script(m, port2, "rdma.made.moved", 0, "90x100000 20x10000 100000");
	r = case_play(m, &chain);
	assert_int_equal(r->n_roots, 1);
	assert_int_equal(r->n_unexplained, 1);
	assert_int_equal(r->unexplained[0]->who, made_who(m, port2));
}

static void context_belongs_to_no_chain(void **state)
{
	static const struct rule rules[] = {
		{ "nic.made.weather", "rdma.made.moved", SAME_DEVICE, 0, 2000, MAY },
	};
	CASE(k, rules);
	struct made *m = *state;

	case_chain(m);
	made_script(m, eth, "nic.made.weather", 0, "60x0 3 0");
	case_play(m, &k);
	assert_int_equal(made_count(m, "nic.made.weather"), 1);
	assert_verdict(&m->report, UNDETERMINED);
	for (size_t i = 0; i < m->report.n_alternatives; i++)
		assert_string_not_equal(
			m->report.alternatives[i].node->signal->name, "nic.made.weather");
	assert_null(made_why_out(m, eth, "nic.made.weather"));
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, case_set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(three_rows_and_two_rules_make_a_chain),
		WITH_TAPE(a_lag_lies_in_the_window_of_its_rule),
		WITH_TAPE(times_are_those_of_the_wall_clock),
		WITH_TAPE(what_a_group_names_are_causes_each),
		WITH_TAPE(an_event_may_be_the_root),
		WITH_TAPE(a_shortcut_is_not_the_way_that_is_told),
		WITH_TAPE(what_the_kernel_told_is_the_moment),
		WITH_TAPE(what_the_kernel_told_of_another_or_at_another_time_is_not),
		WITH_TAPE(of_two_words_the_first_within_the_reading_counts),
		WITH_TAPE(a_burst_that_began_before_only_ends_the_moment),
		WITH_TAPE(an_effect_that_was_sampled_first_is_one),
		WITH_TAPE(an_effect_that_was_clearly_first_is_none),
		WITH_TAPE(an_effect_after_the_window_is_none),
		WITH_TAPE(an_effect_before_the_least_lag_is_none),
		WITH_TAPE(what_happens_again_and_again_may_lead_there_at_any_time),
		WITH_TAPE(what_happened_once_leads_there_in_its_window_only),
		WITH_TAPE(what_was_over_before_leads_there_no_more),
		WITH_TAPE(a_log_alone_is_a_chain_too),
		WITH_TAPE(a_rule_of_newer_kernels_is_not_for_this_one),
		WITH_TAPE(a_rule_of_this_kernel_and_newer_ones_is_for_it),
		WITH_TAPE(numbers_of_kernels_are_numbers),
		WITH_TAPE(a_kernel_that_is_not_known_may_be_any),
		WITH_TAPE(a_rule_of_older_kernels_ends_with_the_last_of_them),
		WITH_TAPE(in_a_circle_the_earliest_leads),
		WITH_TAPE(a_circle_of_three_has_one_root),
		WITH_TAPE(two_symptoms_with_two_causes_have_two_roots),
		WITH_TAPE(one_cause_of_two_symptoms_is_one_root),
		WITH_TAPE(a_root_and_a_rest_that_nothing_explains),
		WITH_TAPE(context_belongs_to_no_chain),
	};

	return RUN_TESTS(tests);
}
