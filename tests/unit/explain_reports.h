/* Reports made by hand for the printers of explain: a fault, none, an open question, a bare log. */
#pragma once

#include <math.h>

#include "base/arena.h"
#include "base/clock.h"
#include "model/report.h"

enum { LOST, CARRIER, WATCHDOG, RECEIVED, THROTTLED, SQUEEZE, MISSED, GATE, SIGNALS };

/* clang-format off */
static const struct signal signals[SIGNALS] = {
	[LOST]      = { "pcie.aer.nonfatal",    NULL, COUNTER, ONE,   PCI,    BY_UNCOR_BIT, FREE, "lost" },
	[CARRIER]   = { "nic.carrier",          NULL, STATE,   ONE,   NETDEV, NONE,         FREE, "link" },
	[WATCHDOG]  = { "nic.event.tx_timeout", NULL, EVENT,   ONE,   NETDEV, NONE,         FREE, "line" },
	[RECEIVED]  = { "rdma.port.received",   NULL, COUNTER, ONE,   RDMA,   NONE,         FREE, "work" },
	[THROTTLED] = { "cgroup.cpu.throttled", NULL, COUNTER, USEC,  CGROUP, NONE,         FREE, "time" },
	[SQUEEZE]   = { "softirq.time_squeeze", NULL, COUNTER, ONE,   HOST,   BY_CPU,       FREE, "left" },
	[MISSED]    = { "nic.rx.missed",        NULL, COUNTER, ONE,   NETDEV, NONE,         FREE, "lost" },
	[GATE]      = { "net.gate",             NULL, GAUGE,   BYTES, NETDEV, NONE,         FREE, "fill" },
};
/* clang-format on */

static const struct indicator lost_indicator = {
	.signal = "pcie.aer.nonfatal",
	.how = SENSE_QUIET,
	.role = CAUSE,
	.origin = HARDWARE,
	.title = "a transaction was lost on the link; the driver had to recover",
	.check = "grep -v ' 0$' /sys/bus/pci/devices/%s/aer_dev_nonfatal",
	.fix = "see the kernel log for the driver's recovery; CmpltTO points at a device that no "
	       "longer answers",
};
static const struct indicator throttled_indicator = {
	.signal = "cgroup.cpu.throttled",
	.title = "the cgroup is over its quota of CPU time",
	.check = "cat '/sys/fs/cgroup%s/cpu.stat' /sys/fs/cgroup%s/cpu.max",
	.fix = NULL,
};
static const struct indicator silent_indicator = { .signal = "nic.carrier", .title = "link lost" };

static const struct rule reset_rule = {
	.from = "pcie.aer.nonfatal",
	.to = "nic.carrier",
	.lag_max_ms = 2000,
	.because = "the driver resets the device, and its link goes down and up again",
	.source = "drivers/net",
};
static const struct rule stop_rule = { .because = "nothing goes through a dead port" };

enum { MANY = 300, NODES = 8 };

struct bench {
	struct session session;
	struct node nodes[NODES];
	struct root roots[2];
	struct link links[40];
	const struct node *symptoms[4], *unexplained[4];
	struct alternative alternatives[2];
	struct ruled_out outs[MANY + 4];
	struct unchecked unchecked[40];
	struct report report;
};

#define T0 (INT64_C(1763726640) * SECOND_NS) /* 2025-11-21T12:04:00Z */
#define LONG_PART "kubepods-burstable-pod0f3a9c7e_1d2b_4c5d_8e6f_0123456789ab.slice"
#define LONG_PATH                                                                                  \
	"/kubepods.slice/kubepods-burstable.slice/" LONG_PART                                      \
	"/cri-containerd-6c1b8e0f5d3a7b9246c1b8e0f5d3a7b9246c1b8e0f5d3a7b9246c1b8e0f5d3a7b.scope"

#define LONG_CGROUP "cgroup:" LONG_PATH

static inline struct moment between(int64_t lo_ms, int64_t hi_ms)
{
	return (struct moment){ T0 + lo_ms * MS_NS, T0 + hi_ms * MS_NS };
}

static inline uint32_t named(struct bench *b, const char *text)
{
	return entity_parse(&b->session.entities, str_of(text));
}

static inline void put(struct bench *b, int i, int sig, const char *who, int64_t lo_ms)
{
	b->nodes[i] = (struct node){
		.signal = &signals[sig],
		.who = named(b, who),
		.began = between(lo_ms, lo_ms + 1000),
		.ended = { INT64_MAX, INT64_MAX },
	};
}

static inline void put_nodes(struct bench *b)
{
	put(b, 0, LOST, "pci:0000:01:00.0", 7200);
	b->nodes[0].indicator = &lost_indicator;
	b->nodes[0].sub = 14;
	b->nodes[0].has_sub = b->nodes[0].has_before = b->nodes[0].has_after = true;
	b->nodes[0].after = 41;
	b->nodes[0].count = 47;
	put(b, 1, CARRIER, "netdev:eth0", 8200);
	b->nodes[1].indicator = &silent_indicator;
	b->nodes[1].was = "up";
	b->nodes[1].is = "down";
	b->nodes[1].ended = between(20000, 21000);
	put(b, 2, WATCHDOG, "netdev:eth0", 59500); /* into the next minute */
	b->nodes[2].what =
		"NETDEV WATCHDOG: eth0 (e1000e): \xff transmit queue 0 timed out\nCPU: 0";
	b->nodes[2].count = 3;
	put(b, 3, RECEIVED, "rdma:mlx5_0/1", 9000);
	b->nodes[3].what = "the port receives less than it did"; /* and no indicator */
	b->nodes[3].ended = between(20000, 21000);
	b->nodes[3].has_before = true;
	b->nodes[3].before = 188;
	b->nodes[3].is = "stalled";
	put(b, 4, THROTTLED, LONG_CGROUP, 1000);
	b->nodes[4].indicator = &throttled_indicator;
	b->nodes[4].began.lo_ns = INT64_MIN;
	b->nodes[4].has_after = true;
	b->nodes[4].after = 0.82;
	put(b, 5, GATE, "netdev:odd\n\t\xc3\xa4\xfe name", 30000);
	b->nodes[5].began = (struct moment){ T0 + 30 * SECOND_NS, INT64_MAX };
	b->nodes[5].has_after = true;
	b->nodes[5].after = INFINITY;
}

static inline void put_outs(struct bench *b)
{
	char name[32];

	b->outs[0] = (struct ruled_out){ &signals[SQUEEZE], named(b, "cpu:3"), OUT_INVARIANT,
		"11/s with, 12/s without the symptom", true };
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "netdev:eth%d", i % 30);
		b->outs[1 + i] = (struct ruled_out){ &signals[i < 40 ? MISSED : SQUEEZE],
			named(b, name), i < 20 ? OUT_TOO_LATE : OUT_FLAT,
			i == 25 ? "0 over 60 readings" : "0 over 61 readings", false };
	}
	b->outs[MANY + 1] = (struct ruled_out){ &signals[GATE], named(b, "netdev:eth7"),
		OUT_WRONG_PLACE, "no path to rdma:mlx5_0/1", false };
}

static inline struct link joins(struct bench *b, int from, int to, const struct rule *rule)
{
	return (struct link){ &b->nodes[from], &b->nodes[to], rule, 0, 2, false };
}

static inline struct report base(struct bench *b, enum conclusion verdict)
{
	return (struct report){
		.session = &b->session,
		.verdict = verdict,
		.has_wall = true,
		.has_time = true,
		.from_ns = T0 - 60 * SECOND_NS,
		.until_ns = T0 + 120 * SECOND_NS,
		.n_ticks = 181,
		.n_gaps = 1,
		.n_events = 14,
		.n_series = 4201,
	};
}

static inline const struct report *full(struct bench *b)
{
	static const char *const groups[] = { "irq.psi.full", "irq.psi.full", "gpu.a", "gpu.b",
		"gpu.c", "gpu.d", "gpu.e" };
	struct report r = base(b, CONFIRMED);

	put_nodes(b);
	put_outs(b);
	relation_say(
		&b->session.relations, named(b, "netdev:eth0"), VIA_PCI, b->nodes[0].who, 0, 1, 1);
	relation_say(
		&b->session.relations, named(b, "rdma:mlx5_0"), VIA_PCI, b->nodes[0].who, 0, 1, 1);
	r.summary = "the link to 0000:01:00.0 lost a transaction";
	b->roots[0] = (struct root){ &b->nodes[0], 31.04, 22.5, 3 };
	b->roots[1] = (struct root){ &b->nodes[4], 12.25, NAN, 1 };
	r.roots = b->roots, r.n_roots = 2;
	b->links[0] = joins(b, 0, 2, NULL);
	b->links[1] = joins(b, 0, 1, &reset_rule);
	b->links[1].on_path = true;
	b->links[2] = joins(b, 2, 1, &stop_rule);
	b->links[3] = joins(b, 1, 3, &stop_rule);
	b->links[3].on_path = true;
	b->links[3].lag_min_s = -INFINITY, b->links[3].lag_max_s = 0.8;
	b->links[4] = joins(b, 4, 5, &stop_rule);
	b->links[4].lag_min_s = 0.015;
	r.links = b->links, r.n_links = 5;
	b->symptoms[0] = &b->nodes[3], b->symptoms[1] = b->unexplained[0] = &b->nodes[5];
	r.symptoms = b->symptoms, r.n_symptoms = 2;
	r.unexplained = b->unexplained, r.n_unexplained = 1;
	b->alternatives[0] = (struct alternative){ &b->nodes[2], 8.5, 22.5,
		"explains no symptom; two of its effects were read and are flat" };
	r.alternatives = b->alternatives, r.n_alternatives = 1;
	r.ruled_out = b->outs, r.n_ruled_out = MANY + 2;
	b->unchecked[0] = (struct unchecked){ "@rdma.retry", named(b, "rdma:mlx5_0/1"),
		"the driver has no such counters", true };
	for (int i = 0; i < 7; i++)
		b->unchecked[1 + i] = (struct unchecked){ groups[i], ENTITY_NONE,
			i < 2 ? "kernel without CONFIG_IRQ_TIME_ACCOUNTING" : "no GPU here",
			false };
	r.unchecked = b->unchecked, r.n_unchecked = 8;
	r.next_signal = "rdma.port.received";
	r.next_command = "grep . /sys/class/infiniband/*/ports/*/counters/port_rcv_data "
			 "/sys/class/infiniband/*/ports/*/counters/port_xmit_data";
	b->report = r;
	return &b->report;
}

static inline const struct report *healthy(struct bench *b)
{
	struct report r = base(b, NO_FAULT);

	put_outs(b);
	r.has_wall = false;
	r.from_ns = 1500 * MS_NS, r.until_ns = 123456 * MS_NS;
	r.n_gaps = 0;
	r.ruled_out = b->outs, r.n_ruled_out = MANY + 2;
	b->report = r;
	return &b->report;
}

static inline const struct report *open_question(struct bench *b)
{
	struct report r = base(b, UNDETERMINED);

	put_nodes(b);
	r.from_ns -= 86400 * SECOND_NS; /* the window begins on the day before */
	r.dropped = 7;
	b->unexplained[0] = &b->nodes[3];
	r.unexplained = b->unexplained, r.n_unexplained = 1;
	b->nodes[4].who = named(b, "cgroup:/a");
	b->alternatives[0] = (struct alternative){ &b->nodes[4], 6, NAN, NULL };
	r.alternatives = b->alternatives, r.n_alternatives = 1;
	b->report = r;
	return &b->report;
}

static inline const struct report *bare_log(struct bench *b)
{
	struct report r = base(b, LATENT);

	put_nodes(b);
	r.has_wall = r.has_time = false;
	r.n_ticks = r.n_gaps = 0;
	r.n_series = 0;
	r.n_events = 1;
	b->roots[0] = (struct root){ &b->nodes[2], 12, INFINITY, 1 };
	r.roots = b->roots, r.n_roots = 1;
	b->links[0] = joins(b, 2, 1, &stop_rule);
	r.links = b->links, r.n_links = 1;
	b->report = r;
	return &b->report;
}
