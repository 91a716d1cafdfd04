/*
 * The true moment lies in the interval: senses against faults injected at random moments, read at
 * random moments of each tick.
 */
#include "test.h"

#include "made_tape.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "pcie.made.errors",  NULL, COUNTER, ONE,   PCI,    NONE,   FREE, "errors" },
	{ "softirq.made.left", NULL, COUNTER, ONE,   HOST,   BY_CPU, FREE, "noise" },
	{ "sched.made.delay",  NULL, COUNTER, NSEC,  HOST,   BY_CPU, FREE, "waiting" },
	{ "nic.made.bytes",    NULL, COUNTER, BYTES, NETDEV, NONE,   FREE, "work" },
	{ "pcie.made.width",   NULL, STATE,   LANES, PCI,    NONE,   FREE, "lanes" },
};
static const struct indicator indicators[] = {
	{ "pcie.made.errors",  SENSE_QUIET,   CAUSE,   HARDWARE },
	{ "softirq.made.left", SENSE_NOISY,   CAUSE,   THRESHOLD },
	{ "sched.made.delay",  SENSE_SHARE,   CAUSE,   THRESHOLD, .floor = 0.15 },
	{ "nic.made.bytes",    SENSE_TRAFFIC, SYMPTOM, THRESHOLD, .floor = 1000 },
	{ "pcie.made.width",   SENSE_BELOW,   CAUSE,   HARDWARE,  .floor = 16 },
};
/* clang-format on */
static const struct knowledge known = { .layer = "pcie", INDICATORS(indicators) };

enum { READINGS = 80, TAPES = 200 };

/* What a counter that grows by `before` and, from `fault_s` on, by `after` a second shows. */
static double grown(double at_s, double fault_s, double before, double after)
{
	return at_s < fault_s ? before * at_s : before * fault_s + after * (at_s - fault_s);
}

struct injection {
	const char *who, *signal;
	double before, after, least; /* `least` at once */
};

static int64_t shown(const struct injection *in, double at_s, double fault_s)
{
	if (in->before < 0)
		return at_s < fault_s ? 16 : 8;
	return (int64_t)(1000 + grown(at_s, fault_s, in->before, in->after) +
			 (at_s >= fault_s ? in->least : 0));
}

static double random_part(void)
{
	return random_below(1000000) / 1e6;
}

/* One tape with one fault; how much earlier than lo, or later than hi, it was (0: inside). */
static double miss(const struct injection *in, double step_s, int tape)
{
	struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), &known);
	double width_s = 0.2 * step_s * random_part(), missed = 0;
	double fault_s = step_s * (30 + 30 * random_part()), phase_s = step_s * random_part();
	const struct onset *o;

	m->width_ns = (int64_t)(width_s * 1e9) + 1;
	for (int i = 0; i < READINGS; i++) {
		double at_s = phase_s + i * step_s;

		made_set(m, in->who, in->signal, 0,
			shown(in, at_s + width_s * random_part(), fault_s));
		made_tick(m, at_s);
	}
	made_onsets(m);
	o = made_onset(m, NULL, in->signal, 0);
	if (!o || o->from_start || made_count(m, in->signal) != 1)
		fail_msg("%s, tape %d: %u onsets of a fault at %.2f s", in->signal, tape,
			made_count(m, in->signal), fault_s);
	if (made_ns(fault_s) < o->node.began.lo_ns)
		missed = (double)(o->node.began.lo_ns - made_ns(fault_s)) / 1e9;
	if (made_ns(fault_s) > o->node.began.hi_ns)
		missed = (double)(made_ns(fault_s) - o->node.began.hi_ns) / 1e9;
	if (o->node.began.hi_ns - o->node.began.lo_ns > (int64_t)(1.3 * step_s * 1e9))
		fail_msg("%s, tape %d: an interval of %.2f s", in->signal, tape,
			(double)(o->node.began.hi_ns - o->node.began.lo_ns) / 1e9);
	made_free((void **)&m);
	return missed;
}

static void inject(const struct injection *in, double most_steps)
{
	unsigned outside = 0;

	random_seed(in->signal);
	for (int i = 0; i < TAPES; i++) {
		double step_s = i % 4 ? 1 : 10, missed = miss(in, step_s, i);

		outside += missed > 0;
		if (missed > most_steps * step_s)
			fail_msg("%s, tape %d: missed by %.2f s", in->signal, i, missed);
	}
	printf("%s: %u of %u moments just before the interval\n", in->signal, outside, TAPES);
}

static void the_first_error_lies_in_its_interval(void **state)
{
	static const struct injection in = { "pci:0000:01:00.0", "pcie.made.errors", 0, 3, 1 };

	(void)state;
	inject(&in, 0);
}

static void a_state_that_fell_did_so_in_its_interval(void **state)
{
	static const struct injection in = { "pci:0000:01:00.0", "pcie.made.width", -1, -1, 0 };

	(void)state;
	inject(&in, 0);
}

/*
 * A sample that is partly of before and partly of after may still look normal: the interval is then
 * the one after it, and no more than one sample late.
 */
static void an_excess_is_found_within_one_sample(void **state)
{
	static const struct injection in = { "host", "softirq.made.left", 10, 100, 0 };

	(void)state;
	inject(&in, 1.2);
}

static void a_share_is_found_within_one_sample(void **state)
{
	static const struct injection in = { "host", "sched.made.delay", 1e7, 6e8, 0 };

	(void)state;
	inject(&in, 1.2);
}

static void a_drop_is_found_within_one_sample(void **state)
{
	static const struct injection in = { "netdev:eth0", "nic.made.bytes", 1e6, 1e5, 0 };

	(void)state;
	inject(&in, 1.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_error_lies_in_its_interval),
		cmocka_unit_test(a_state_that_fell_did_so_in_its_interval),
		cmocka_unit_test(an_excess_is_found_within_one_sample),
		cmocka_unit_test(a_share_is_found_within_one_sample),
		cmocka_unit_test(a_drop_is_found_within_one_sample),
	};

	return RUN_TESTS(tests);
}
