/* Places: where an effect may show, through relations as they were at that moment. */
#include "test.h"

#include "made_case.h"

/* A knowledge of one rule; it lives as long as the test. */
static const struct knowledge *one_rule(const char *from, const char *to, unsigned where)
{
	static struct rule rule;
	static struct knowledge k;

	rule = (struct rule){ from, to, where, 0, 5000, MAY };
	k = (struct knowledge){
		.layer = "pcie", INDICATORS(case_indicators), .rules = &rule, .n_rules = 1
	};
	return &k;
}

static void fault(struct made *m, const char *who, const char *signal, unsigned sub)
{
	bool share = strcmp(signal, "sched.made.hog") == 0;
	bool fact = strcmp(signal, "nic.made.mtu") == 0;

	made_script(m, who, signal, sub,
		share  ? "60x0 20x900000000 0"
		: fact ? "60x1500 9000"
		       : "60x0 20x30 0");
}

static void drop(struct made *m, const char *who)
{
	made_script(m, who, "rdma.made.moved", 0, "61x100000 20x10000 100000");
}

static void assert_leads(struct made *m, const struct knowledge *k, bool expected)
{
	const char *from = k->rules[0].from, *to = k->rules[0].to;

	case_play(m, k);
	if (made_link(m, from, to) != expected)
		fail_msg("%s %s to %s", from, expected ? "does not lead" : "leads", to);
}

/* ---- devices ---- */

static void views_of_one_function_are_one_device(void **state)
{
	struct made *m = *state;

	fault(m, eth, "nic.made.mtu", 0);
	drop(m, port);
	assert_leads(m, one_rule("nic.made.mtu", "rdma.made.moved", SAME_DEVICE), true);
}

static void another_device_is_a_wrong_place(void **state)
{
	struct made *m = *state;

	fault(m, eth2, "nic.made.mtu", 0);
	drop(m, port);
	assert_leads(m, one_rule("nic.made.mtu", "rdma.made.moved", SAME_DEVICE), false);
	assert_string_equal(made_why_out(m, eth2, "nic.made.mtu"), "wrong_place");
	assert_verdict(&m->report, UNDETERMINED);
}

static void the_port_above_is_a_link_partner(void **state)
{
	struct made *m = *state;

	fault(m, bridge, "pcie.made.errors", 0);
	drop(m, port);
	assert_leads(m, one_rule("pcie.made.errors", "rdma.made.moved", LINK_PARTNER), true);
	assert_int_equal(m->report.roots[0].node->who, made_who(m, bridge));
}

static void the_port_above_is_not_the_same_device(void **state)
{
	struct made *m = *state;

	fault(m, bridge, "pcie.made.errors", 0);
	drop(m, port);
	assert_leads(m, one_rule("pcie.made.errors", "rdma.made.moved", SAME_DEVICE), false);
}

static void the_device_below_is_a_link_partner(void **state)
{
	struct made *m = *state;

	fault(m, dev, "pcie.made.aging", 0);
	made_script(m, bridge, "pcie.made.errors", 0, "61x0 5 0");
	assert_leads(m, one_rule("pcie.made.aging", "pcie.made.errors", LINK_PARTNER), true);
}

static void two_devices_below_one_port_are_no_partners(void **state)
{
	struct made *m = *state;

	fault(m, dev2, "pcie.made.errors", 0);
	drop(m, port);
	assert_leads(m, one_rule("pcie.made.errors", "rdma.made.moved", LINK_PARTNER), false);
}

static void anywhere_is_anywhere(void **state)
{
	struct made *m = *state;

	fault(m, dev2, "pcie.made.errors", 0);
	drop(m, port);
	assert_leads(m, one_rule("pcie.made.errors", "rdma.made.moved", ANYWHERE), true);
}

static void a_group_of_the_iommu_is_where_its_devices_are(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_IOMMU, "iommu:13", -100);
	fault(m, "iommu:13", "iommu.made.faults", 0);
	drop(m, port);
	assert_leads(m, one_rule("iommu.made.faults", "rdma.made.moved", SAME_DEVICE), true);
}

static void another_group_of_the_iommu_is_elsewhere(void **state)
{
	struct made *m = *state;

	made_relate(m, dev2, VIA_IOMMU, "iommu:13", -100);
	fault(m, "iommu:13", "iommu.made.faults", 0);
	drop(m, port);
	assert_leads(m, one_rule("iommu.made.faults", "rdma.made.moved", SAME_DEVICE), false);
}

static const struct knowledge *queues(struct made *m, const char *ring, const char *starved)
{
	made_relate(m, ring, VIA_NETDEV, eth, -100);
	made_relate(m, starved, VIA_NETDEV, eth, -100);
	fault(m, ring, "nic.made.ring", 0);
	made_script(m, starved, "nic.made.starved", 0, "61x0 1 0");
	return one_rule("nic.made.ring", "nic.made.starved", SAME_QUEUE);
}

static void the_same_queue_is_the_same(void **state)
{
	struct made *m = *state;

	assert_leads(m, queues(m, "queue:eth0/rx-0", "queue:eth0/rx-0"), true);
}

static void another_queue_of_the_device_is_another(void **state)
{
	struct made *m = *state;

	assert_leads(m, queues(m, "queue:eth0/rx-0", "queue:eth0/rx-1"), false);
}

static void a_device_has_all_its_queues(void **state)
{
	struct made *m = *state;

	made_relate(m, "queue:eth0/rx-0", VIA_NETDEV, eth, -100);
	fault(m, "queue:eth0/rx-0", "nic.made.ring", 0);
	drop(m, port);
	assert_leads(m, one_rule("nic.made.ring", "rdma.made.moved", SAME_QUEUE), true);
}

/* ---- CPUs ---- */

static const struct knowledge *irq_rule(struct made *m, unsigned cpu)
{
	for (int i = 0; i < 4; i++) {
		char name[8];

		snprintf(name, sizeof(name), "cpu:%d", i);
		made_who(m, name);
	}
	fault(m, "host", "sched.made.hog", cpu);
	drop(m, port);
	return one_rule("sched.made.hog", "rdma.made.moved", IRQ_CPU);
}

static void the_cpu_of_an_interrupt_of_the_device_is_its_cpu(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", -100);
	assert_leads(m, irq_rule(m, 2), true);
	assert_int_equal(m->report.roots[0].node->sub, 2);
}

static void another_cpu_is_a_wrong_place(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", -100);
	assert_leads(m, irq_rule(m, 1), false);
}

static void an_interrupt_that_had_moved_away_does_not_count(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", -100);
	made_part(m, "irq:40", VIA_CPU, "cpu:2", 30);
	made_relate(m, "irq:40", VIA_CPU, "cpu:3", 30);
	assert_leads(m, irq_rule(m, 2), false);
}

static void an_interrupt_that_moved_away_just_then_counts(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", -100);
	made_part(m, "irq:40", VIA_CPU, "cpu:2", 59);
	assert_leads(m, irq_rule(m, 2), true);
}

/* It comes back much later; where it was at the time is not forgotten. */
static void an_interrupt_that_came_back_later_was_there_before(void **state)
{
	struct made *m = *state;

	m->session.relations.keeps_past = true;
	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", -100);
	made_part(m, "irq:40", VIA_CPU, "cpu:2", 70);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", 100);
	assert_leads(m, irq_rule(m, 2), true);
}

static void an_interrupt_that_comes_later_does_not_count(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", 90);
	assert_leads(m, irq_rule(m, 2), false);
}

static bool hog_leads_to_what_is_left(struct made *m, unsigned hog, unsigned left)
{
	static const struct rule rules[] = {
		{ "sched.made.hog", "softirq.made.left", SAME_CPU, 0, 5000, MAY },
		{ "softirq.made.left", "rdma.made.moved", ANYWHERE, 0, 5000, MAY },
	};
	CASE(k, rules);

	made_who(m, "cpu:1");
	made_who(m, "cpu:2");
	fault(m, "host", "sched.made.hog", hog);
	drop(m, port);
	made_script(m, "host", "softirq.made.left", left, "61x0 20x200 0");
	case_play(m, &k);
	assert_true(made_link(m, "softirq.made.left", "rdma.made.moved"));
	return made_link(m, "sched.made.hog", "softirq.made.left");
}

static void the_same_cpu_is_the_same(void **state)
{
	assert_true(hog_leads_to_what_is_left(*state, 2, 2));
}

static void another_cpu_is_not_the_same(void **state)
{
	assert_false(hog_leads_to_what_is_left(*state, 1, 2));
}

/* ---- nodes, cgroups, tasks ---- */

static void a_device_is_on_its_node(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_NODE, "node:1", -100);
	fault(m, "node:1", "numa.made.crowd", 0);
	drop(m, port);
	assert_leads(m, one_rule("numa.made.crowd", "rdma.made.moved", SAME_NODE), true);
}

static void another_node_is_another(void **state)
{
	struct made *m = *state;

	made_relate(m, dev, VIA_NODE, "node:1", -100);
	fault(m, "node:0", "numa.made.crowd", 0);
	drop(m, port);
	assert_leads(m, one_rule("numa.made.crowd", "rdma.made.moved", SAME_NODE), false);
}

static const struct knowledge *groups(struct made *m, const char *limit, const char *killed)
{
	fault(m, limit, "cgroup.made.limit", 0);
	made_script(m, killed, "cgroup.made.killed", 0, "61x0 1 0");
	return one_rule("cgroup.made.limit", "cgroup.made.killed", SAME_CGROUP);
}

static void a_group_holds_those_inside_it(void **state)
{
	struct made *m = *state;

	assert_leads(m, groups(m, "cgroup:/jobs", "cgroup:/jobs/one"), true);
}

static void a_group_is_inside_those_that_hold_it(void **state)
{
	struct made *m = *state;

	assert_leads(m, groups(m, "cgroup:/jobs/one", "cgroup:/jobs"), true);
}

static void a_group_whose_name_only_begins_so_is_another(void **state)
{
	struct made *m = *state;

	assert_leads(m, groups(m, "cgroup:/jobs", "cgroup:/jobs2"), false);
}

static void the_group_of_everything_says_nothing(void **state)
{
	struct made *m = *state;

	assert_leads(m, groups(m, "cgroup:/", "cgroup:/jobs"), false);
}

static void the_same_task_is_the_same(void **state)
{
	struct made *m = *state;

	made_script(m, "task:9", "app.made.waits", 0, "60x0 5 0");
	made_script(m, "task:9", "app.made.stalls", 0, "61x0 5 0");
	assert_leads(m, one_rule("app.made.waits", "app.made.stalls", SAME_TASK), true);
}

static void another_task_is_not_the_same(void **state)
{
	struct made *m = *state;

	made_script(m, "task:9", "app.made.waits", 0, "60x0 5 0");
	made_script(m, "task:10", "app.made.stalls", 0, "61x0 5 0");
	assert_leads(m, one_rule("app.made.waits", "app.made.stalls", SAME_TASK), false);
}

static void any_of_several_places_will_do(void **state)
{
	struct made *m = *state;

	fault(m, bridge, "pcie.made.errors", 0);
	drop(m, port);
	assert_leads(
		m, one_rule("pcie.made.errors", "rdma.made.moved", SAME_NODE | LINK_PARTNER), true);
}

/* What a process uses is its device; where the interrupts of that are taken is no place of the process. */
static void a_process_is_where_its_devices_are(void **state)
{
	struct made *m = *state;

	made_relate(m, "task:9", VIA_USES, eth, -100);
	made_script(m, "task:9", "app.made.waits", 0, "60x0 5 0");
	drop(m, port);
	assert_leads(m, one_rule("app.made.waits", "rdma.made.moved", SAME_DEVICE), true);
}

static void a_process_is_not_where_other_devices_are(void **state)
{
	struct made *m = *state;

	made_relate(m, "task:9", VIA_USES, eth2, -100);
	made_script(m, "task:9", "app.made.waits", 0, "60x0 5 0");
	drop(m, port);
	assert_leads(m, one_rule("app.made.waits", "rdma.made.moved", SAME_DEVICE), false);
}

static void a_process_is_not_where_its_devices_interrupts_are(void **state)
{
	struct made *m = *state;

	made_relate(m, "task:9", VIA_USES, eth, -100);
	made_relate(m, dev, VIA_IRQ, "irq:40", -100);
	made_relate(m, "irq:40", VIA_CPU, "cpu:2", -100);
	fault(m, "host", "sched.made.hog", 2);
	made_script(m, "task:9", "app.made.stalls", 0, "61x0 20x5 0");
	assert_leads(m, one_rule("sched.made.hog", "app.made.stalls", IRQ_CPU), false);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, case_set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(views_of_one_function_are_one_device),
		WITH_TAPE(a_process_is_where_its_devices_are),
		WITH_TAPE(a_process_is_not_where_other_devices_are),
		WITH_TAPE(a_process_is_not_where_its_devices_interrupts_are),
		WITH_TAPE(another_device_is_a_wrong_place),
		WITH_TAPE(the_port_above_is_a_link_partner),
		WITH_TAPE(the_port_above_is_not_the_same_device),
		WITH_TAPE(the_device_below_is_a_link_partner),
		WITH_TAPE(two_devices_below_one_port_are_no_partners),
		WITH_TAPE(anywhere_is_anywhere),
		WITH_TAPE(a_group_of_the_iommu_is_where_its_devices_are),
		WITH_TAPE(another_group_of_the_iommu_is_elsewhere),
		WITH_TAPE(the_same_queue_is_the_same),
		WITH_TAPE(another_queue_of_the_device_is_another),
		WITH_TAPE(a_device_has_all_its_queues),
		WITH_TAPE(the_cpu_of_an_interrupt_of_the_device_is_its_cpu),
		WITH_TAPE(another_cpu_is_a_wrong_place),
		WITH_TAPE(an_interrupt_that_had_moved_away_does_not_count),
		WITH_TAPE(an_interrupt_that_moved_away_just_then_counts),
		WITH_TAPE(an_interrupt_that_came_back_later_was_there_before),
		WITH_TAPE(an_interrupt_that_comes_later_does_not_count),
		WITH_TAPE(the_same_cpu_is_the_same),
		WITH_TAPE(another_cpu_is_not_the_same),
		WITH_TAPE(a_device_is_on_its_node),
		WITH_TAPE(another_node_is_another),
		WITH_TAPE(a_group_holds_those_inside_it),
		WITH_TAPE(a_group_is_inside_those_that_hold_it),
		WITH_TAPE(a_group_whose_name_only_begins_so_is_another),
		WITH_TAPE(the_group_of_everything_says_nothing),
		WITH_TAPE(the_same_task_is_the_same),
		WITH_TAPE(another_task_is_not_the_same),
		WITH_TAPE(any_of_several_places_will_do),
	};

	return RUN_TESTS(tests);
}
