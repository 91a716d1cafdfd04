/* The same tape gives the same bytes, and a big one takes no longer than it must. */
#include "test.h"

#include "made_case.h"

/* clang-format off */
static const struct rule rules[] = {
	{ "pcie.made.errors",  "nic.made.resets",   SAME_DEVICE | LINK_PARTNER, 0, 2000, MUST },
	{ "pcie.made.aging",   "nic.made.resets",   SAME_DEVICE, 0, 2000, MAY },
	{ "nic.made.resets",   "rdma.made.moved",   SAME_DEVICE, 0, 2000, MAY },
	{ "nic.made.mtu",      "rdma.made.moved",   SAME_DEVICE, 0, 5000, MAY },
	{ "softirq.made.left", "rdma.made.moved",   ANYWHERE,    0, 5000, MAY },
	{ "cgroup.made.limit", "cgroup.made.killed", SAME_CGROUP, 0, 5000, MAY },
};
static const struct rule web_rules[] = {
	{ "app.made.waits",    "app.made.waits",    ANYWHERE,  0, 60000, MAY },
	{ "app.made.waits",    "cgroup.made.limit", ANYWHERE,  0, 60000, MUST },
	{ "app.made.waits",    "numa.made.crowd",   SAME_NODE, 0, 60000, MUST },
	{ "cgroup.made.limit", "app.made.waits",    ANYWHERE,  0, 60000, MAY },
	{ "app.made.waits",    "rdma.made.moved",   ANYWHERE,  0, 60000, MAY },
};
/* clang-format on */
CASE(known, rules);
CASE(web, web_rules);

/* ---- the same bytes ---- */

struct made_line {
	const char *who, *signal, *script;
};

static const struct made_line lines[] = {
	{ "pci:0000:01:00.0", "pcie.made.errors", "60x0 3 0" },
	{ "pci:0000:01:00.0", "pcie.made.aging", "60x0 3 0" },
	{ "pci:0000:02:00.0", "pcie.made.errors", "60x0 3 0" },
	{ "pci:0000:02:00.0", "pcie.made.aging", "0" },
	{ "netdev:eth0", "nic.made.resets", "61x0 1 0" },
	{ "netdev:eth1", "nic.made.resets", "61x0 1 0" },
	{ "netdev:eth0", "nic.made.mtu", "60x1500 9000" },
	{ "netdev:eth1", "nic.made.mtu", "1500" },
	{ "netdev:eth0", "nic.made.weather", "60x0 1 0" },
	{ "rdma:mlx5_0/1", "rdma.made.moved", "61x100000 20x10000 100000" },
	{ "rdma:mlx5_1/1", "rdma.made.moved", "61x100000 20x10000 100000" },
	{ "host", "softirq.made.left", "10" },
	{ "cgroup:/jobs", "cgroup.made.limit", "30x0 1 0" },
	{ "cgroup:/jobs/one", "cgroup.made.killed", "31x0 1 0" },
	{ "cgroup:/jobs/two", "cgroup.made.killed", "31x0 1 0" },
};
enum { LINES = sizeof(lines) / sizeof(*lines) };

/* The answer to the same tape, its names met and its cells written in an order of their own. */
static char *answer(const unsigned order[LINES])
{
	struct made *m = made_new(case_signals, sizeof(case_signals) / sizeof(*case_signals), NULL);
	char *text;

	for (unsigned i = 0; i < LINES; i++)
		made_script(
			m, lines[order[i]].who, lines[order[i]].signal, 0, lines[order[i]].script);
	case_relations(m);
	made_event(m, dev, "pcie.made.upset", WALL_STAMP, 60.5);
	case_play(m, &known);
	text = made_json(m);
	made_free((void **)&m);
	return text;
}

static void shuffle(unsigned order[LINES])
{
	for (unsigned i = LINES - 1; i > 0; i--) {
		unsigned j = random_below(i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
}

static void the_order_in_which_names_were_met_changes_no_byte(void **state)
{
	unsigned order[LINES];
	char *first, *other;

	(void)state;
	random_seed(__func__);
	for (unsigned i = 0; i < LINES; i++)
		order[i] = i;
	first = answer(order);
	assert_non_null(strstr(first, "rdma.made.moved"));
	for (int i = 0; i < 20; i++) {
		shuffle(order);
		other = answer(order);
		assert_string_equal(other, first);
		free(other);
	}
	free(first);
}

static void asked_twice_it_says_the_same(void **state)
{
	unsigned order[LINES];
	char *first, *again;

	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		order[i] = i;
	first = answer(order);
	again = answer(order);
	assert_string_equal(first, again);
	free(first);
	free(again);
}

/* ---- big tapes ---- */

/* Many tasks that wait, each of which may have led to each later one. */
static double seconds_for(struct made *m, unsigned tasks, const struct knowledge *k)
{
	int64_t before_ns;

	for (int tick = 0; tick < 60; tick++) {
		for (unsigned i = 0; i < tasks; i++) {
			char who[16];

			snprintf(who, sizeof(who), "task:%u", i);
			made_set(m, who, "app.made.waits", 0, tick > 20 + (int)(i % 20));
		}
		made_set(m, "node:0", "numa.made.crowd", 0, 0);
		made_set(m, "rdma:mlx5_0/1", "rdma.made.moved", 0,
			tick < 45 ? tick * 100000 : 4500000 + (tick - 45) * 100);
		made_tick(m, tick);
	}
	made_know(m, k);
	made_onsets(m);
	assert_int_equal(m->onsets.n, tasks + 1);
	before_ns = clock_cpu_ns();
	made_explain(m);
	return (double)(clock_cpu_ns() - before_ns) / 1e9;
}

static void two_thousand_onsets_take_no_time_to_speak_of(void **state)
{
	double took_s = seconds_for(*state, 2000, &web);

	printf("2000 onsets: %.2f s\n", took_s);
	if (took_s > 6)
		fail_msg("%.1f s for 2000 onsets", took_s);
}

static void twice_the_onsets_do_not_take_many_times_as_long(void **state)
{
	struct made *half = case_new(NULL);
	double few_s = seconds_for(half, 900, &web), many_s = seconds_for(*state, 1800, &web);

	made_free((void **)&half);
	if (many_s > 8 * few_s + 0.2)
		fail_msg("%.2f s for 900 onsets, %.2f s for 1800", few_s, many_s);
}

static void what_did_not_fit_is_counted(void **state)
{
	struct made *m = *state;

	seconds_for(m, 2000, &web);
	assert_true(m->report.dropped > 0); /* edges: each of them may have led to each later one */
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, case_set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_in_which_names_were_met_changes_no_byte),
		cmocka_unit_test(asked_twice_it_says_the_same),
		WITH_TAPE(two_thousand_onsets_take_no_time_to_speak_of),
		WITH_TAPE(twice_the_onsets_do_not_take_many_times_as_long),
		WITH_TAPE(what_did_not_fit_is_counted),
	};

	return RUN_TESTS(tests);
}
