/*
 * A made-up host for the tests of explain: two devices behind one port, a handful of signals, and the
 * indicators of them. The rules are each test's own.
 */
#pragma once

#include "made_tape.h"

/* clang-format off */
static const struct signal case_signals[] = {
	{ "hardware.kernel.release", NULL, FACT, TEXT, HOST, NONE,       FREE, "kernel" },
	{ "pcie.made.errors",   NULL, COUNTER, ONE,   PCI,    BY_COR_BIT, FREE, "errors" },
	{ "pcie.made.aging",    NULL, COUNTER, ONE,   PCI,    NONE,       FREE, "other errors" },
	{ "pcie.made.upset",    NULL, EVENT,   ONE,   PCI,    NONE,       FREE, "line" },
	{ "nic.made.resets",    NULL, COUNTER, ONE,   NETDEV, NONE,       FREE, "resets" },
	{ "nic.made.mtu",       NULL, FACT,    BYTES, NETDEV, NONE,       FREE, "size" },
	{ "nic.made.weather",   NULL, COUNTER, ONE,   NETDEV, NONE,       FREE, "context" },
	{ "nic.made.ring",      NULL, COUNTER, ONE,   QUEUE,  NONE,       FREE, "ring overflows" },
	{ "nic.made.starved",   NULL, COUNTER, ONE,   QUEUE,  NONE,       FREE, "queue starves" },
	{ "rdma.made.moved",    NULL, COUNTER, BYTES, RDMA,   NONE,       FREE, "work" },
	{ "rdma.made.posted",   NULL, COUNTER, ONE,   RDMA,   NONE,       FREE, "asked for" },
	{ "rdma.made.downed",   NULL, COUNTER, ONE,   RDMA,   NONE,       FREE, "downs", 8, SATURATES },
	{ "softirq.made.left",  NULL, COUNTER, ONE,   HOST,   BY_CPU,     FREE, "work left" },
	{ "sched.made.hog",     NULL, COUNTER, NSEC,  HOST,   BY_CPU,     FREE, "time taken" },
	{ "cgroup.made.limit",  NULL, COUNTER, ONE,   CGROUP, NONE,       FREE, "limit hit" },
	{ "cgroup.made.killed", NULL, COUNTER, ONE,   CGROUP, NONE,       FREE, "kills" },
	{ "numa.made.crowd",    NULL, COUNTER, ONE,   NODE,   NONE,       FREE, "crowd" },
	{ "iommu.made.faults",  NULL, COUNTER, ONE,   IOMMU,  NONE,       FREE, "faults" },
	{ "app.made.waits",     NULL, COUNTER, ONE,   TASK,   NONE,       FREE, "waits" },
	{ "app.made.stalls",    NULL, COUNTER, ONE,   TASK,   NONE,       FREE, "stalls" },
	{ "app.made.crash",     NULL, EVENT,   ONE,   TASK,   NONE,       FREE, "line" },
	{ "pcie.notice.made",   NULL, EVENT,   ONE,   PCI,    NONE,       FREE, "notification" },
};
static const struct indicator case_indicators[] = {
	{ "pcie.made.errors",   SENSE_QUIET,   CAUSE,   HARDWARE,  .title = "the link errs",
		.check = "cat errors", .least = 2 },
	{ "pcie.made.aging",    SENSE_QUIET,   CAUSE,   HARDWARE,  .title = "the link ages",
		.check = "cat aging" },
	{ "pcie.made.upset",    SENSE_EVENT,   CAUSE,   HARDWARE,  .title = "it is upset" },
	{ "nic.made.resets",    SENSE_QUIET,   LINK,    THRESHOLD, .title = "it resets" },
	{ "nic.made.mtu",       SENSE_CHANGE,  CAUSE,   CHANGED,   .title = "it was resized" },
	{ "nic.made.weather",   SENSE_QUIET,   CONTEXT, THRESHOLD, .title = "it rains" },
	{ "nic.made.ring",      SENSE_QUIET,   CAUSE,   THRESHOLD, .title = "the ring is small" },
	{ "nic.made.starved",   SENSE_QUIET,   SYMPTOM, THRESHOLD, .title = "it starves" },
	{ "rdma.made.moved",    SENSE_TRAFFIC, SYMPTOM, THRESHOLD, .floor = 1000,
		.with = "rdma.made.posted", .title = "less is moved" },
	{ "rdma.made.downed",   SENSE_QUIET,   CAUSE,   HARDWARE,  .title = "it went down" },
	{ "softirq.made.left",  SENSE_NOISY,   LINK,    THRESHOLD, .floor = 1, .title = "left over" },
	{ "sched.made.hog",     SENSE_SHARE,   CAUSE,   THRESHOLD, .floor = 0.5, .title = "a hog" },
	{ "cgroup.made.limit",  SENSE_QUIET,   CAUSE,   THRESHOLD, .title = "over its limit" },
	{ "cgroup.made.killed", SENSE_QUIET,   SYMPTOM, THRESHOLD, .title = "killed" },
	{ "numa.made.crowd",    SENSE_QUIET,   CAUSE,   THRESHOLD, .title = "crowded" },
	{ "iommu.made.faults",  SENSE_QUIET,   CAUSE,   HARDWARE,  .title = "faults" },
	{ "app.made.waits",     SENSE_QUIET,   CAUSE,   THRESHOLD, .title = "it waits" },
	{ "app.made.stalls",    SENSE_QUIET,   SYMPTOM, THRESHOLD, .title = "it stalls" },
	{ "app.made.crash",     SENSE_EVENT,   SYMPTOM, THRESHOLD, .title = "it crashed" },
	{ "pcie.notice.made",   SENSE_EVENT,   CAUSE,   HARDWARE,  .title = "it was told" },
};
static const struct rule chain_rules[] = {
	{ "pcie.made.errors", "nic.made.resets", SAME_DEVICE | LINK_PARTNER, 0, 2000, MUST,
		.because = "the driver gives up", .source = "made" },
	{ "nic.made.resets", "rdma.made.moved", SAME_DEVICE, 0, 2000, MUST,
		.because = "nothing goes through", .source = "made" },
};
/* clang-format on */

static const char dev[] = "pci:0000:01:00.0", eth[] = "netdev:eth0", port[] = "rdma:mlx5_0/1";
static const char dev2[] = "pci:0000:02:00.0", eth2[] = "netdev:eth1", port2[] = "rdma:mlx5_1/1";
static const char bridge[] = "pci:0000:00:01.0";

enum { CASE_TICKS = 120 };

/* The knowledge of one test: the made-up host's indicators, and its own rules. */
#define CASE(name, table)                                                                          \
	static const struct knowledge name = {                                                     \
		.layer = "pcie", INDICATORS(case_indicators), RULES(table)                         \
	}

static void case_relations(struct made *m)
{
	made_relate(m, eth, VIA_PCI, dev, -100);
	made_relate(m, "rdma:mlx5_0", VIA_PCI, dev, -100);
	made_relate(m, dev, VIA_UPSTREAM, bridge, -100);
	made_relate(m, eth2, VIA_PCI, dev2, -100);
	made_relate(m, "rdma:mlx5_1", VIA_PCI, dev2, -100);
	made_relate(m, dev2, VIA_UPSTREAM, bridge, -100);
}

static struct made *case_new(const struct knowledge *k)
{
	struct made *m = made_new(case_signals, sizeof(case_signals) / sizeof(*case_signals), k);

	case_relations(m);
	return m;
}

/* For cmocka; the test says what is known. */
__attribute__((unused)) static int case_set_up(void **state)
{
	*state = case_new(NULL);
	return 0;
}

__attribute__((unused)) static const struct report *case_play(
	struct made *m, const struct knowledge *k)
{
	made_know(m, k);
	made_play(m, CASE_TICKS, 1);
	return made_explain(m);
}

/* The chain at second 60: errors, then a reset, then a drop of 20 seconds. */
__attribute__((unused)) static void case_chain(struct made *m)
{
	made_script(m, dev, "pcie.made.errors", 0, "60x0 3 0");
	made_script(m, eth, "nic.made.resets", 0, "61x0 1 0");
	made_script(m, port, "rdma.made.moved", 0, "61x100000 20x10000 100000");
}

#define assert_verdict(report, expected)                                                           \
	assert_string_equal(conclusion_names[(report)->verdict], conclusion_names[expected])
