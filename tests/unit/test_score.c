/*
 * The scorer, on answers made by hand: a perfect one is worth 1 everywhere, and everything that can
 * be wrong with an answer costs the measure that it belongs to.
 */
#include "test.h"

#include <math.h>

#include "score/interval.h"
#include "score/mark.h"

#define NIC "pci:0000:04:00.0"
#define PORT "rdma:mlx5_0/1"
#define S INT64_C(1000000000)

enum { MOST = 16 };

static const struct coordinate root_set[] = { { "pcie.aer.correctable", NIC },
	{ "pcie.aer.*", "pci:0000:00:1c.0" } };
static const struct coordinate width_set[] = { { "pcie.link.width", NIC } };
static const struct coordinate stall_set[] = { { "nic.pci.stalled", "*" } };
static const struct coordinate symptom_set[] = { { "rdma.port.received", PORT } };
static const struct coordinates chain[] = { { root_set, 2 }, { width_set, 1 }, { stall_set, 1 },
	{ symptom_set, 1 } };
static const struct edge edges[] = { { 0, 1 }, { 1, 2 }, { 2, 3 } };
static const struct decoy decoys[] = {
	{ { "softirq.time_squeeze", "cpu:1" }, 1u << OUT_INVARIANT },
	{ { "iommu.fault", "*" }, 1u << OUT_FLAT | 1u << OUT_WRONG_PLACE },
};
static const char *const missing[] = { "sched.psi.irq*" };

static const struct label faulty = {
	.name = "link",
	.kernel = "6.1",
	.kind = CASE_REAL,
	.clock = WALL_STAMP,
	.injected_ns = 100 * S,
	.symptom = { symptom_set, 1 },
	.root = { root_set, 2 },
	.chain = chain,
	.n_chain = 4,
	.edges = edges,
	.n_edges = 3,
	.decoys = decoys,
	.n_decoys = 2,
	.missing = missing,
	.n_missing = 1,
	.moved = true,
	.verdicts = 1u << CONFIRMED | 1u << LIKELY,
};
static const struct label healthy = {
	.name = "quiet",
	.kernel = "6.1",
	.kind = CASE_HEALTHY,
	.decoys = decoys,
	.n_decoys = 2,
	.verdicts = 1u << NO_FAULT,
};

static const struct answer_node root_seen = { { "pcie.aer.correctable", NIC },
	{ 100 * S, 101 * S } };
static const struct answer_node width_seen = { { "pcie.link.width", NIC }, { 101 * S, 102 * S } };
static const struct answer_node stall_seen = { { "nic.pci.stalled", "netdev:eth0" },
	{ 102 * S, 103 * S } };
static const struct answer_node symptom_seen = { { "rdma.port.received", PORT },
	{ 102 * S, 103 * S } };
static const struct answer_node hog = { { "sched.psi.cpu", "host" }, { 90 * S, 91 * S } };

/* An answer with room for what a test adds to it. */
struct draft {
	struct answer_node candidates[MOST], symptoms[MOST];
	struct answer_link links[MOST];
	struct answer_out outs[MOST];
	struct coordinate unchecked[MOST];
	struct answer answer;
};

static struct arena arena;

static void point(struct draft *d)
{
	d->answer.candidates = d->candidates;
	d->answer.symptoms = d->symptoms;
	d->answer.links = d->links;
	d->answer.outs = d->outs;
	d->answer.unchecked = d->unchecked;
}

static struct draft perfect(void)
{
	struct draft d = {
		.candidates = { root_seen, hog },
		.symptoms = { symptom_seen },
		.links = { { root_seen, width_seen, true }, { width_seen, stall_seen, true },
			{ stall_seen, symptom_seen, true } },
		.outs = { { { "softirq.time_squeeze", "cpu:1" }, OUT_INVARIANT },
			{ { "iommu.fault", "pci:0000:00:03.0" }, OUT_FLAT },
			{ { "nic.crc", "netdev:eth0" }, OUT_FLAT } },
		.unchecked = { { "sched.psi.irq.full", "host" } },
		.answer = { .verdict = CONFIRMED,
			.span_s = 120,
			.n_roots = 1,
			.n_candidates = 2,
			.n_links = 3,
			.n_symptoms = 1,
			.n_outs = 3,
			.n_unchecked = 1 },
	};

	return d;
}

static struct mark marked(const struct label *label, struct draft *d)
{
	struct mark mark;

	point(d);
	mark_case(label, &d->answer, &arena, &mark);
	return mark;
}

static double value(const struct mark *mark, enum measure_id id)
{
	struct figure f = measure_figure(mark, 1, mark->kind, id);

	return f.known ? f.value : NAN;
}

/* The measure fell below 1, and none that the perfect answer has rose above it. */
static void assert_costs(const struct label *label, struct draft *d, enum measure_id id)
{
	struct mark mark = marked(label, d);

	if (!(value(&mark, id) < 1))
		fail_msg(
			"%s is %g: the mistake costs nothing", measures[id].name, value(&mark, id));
	for (int i = 0; i < MEASURES; i++)
		if (measures[i].kind == A_SHARE && value(&mark, i) > 1)
			fail_msg("%s is %g", measures[i].name, value(&mark, i));
}

static void a_perfect_answer_is_worth_1_everywhere(void **state)
{
	static const enum measure_id told[] = { ROOT_TOP1, ROOT_TOP3, ROOT_ENTITY, VERDICT,
		DETECTION_PRECISION, DETECTION_RECALL, CHAIN_F1, ORDER, RULE_OUT_PRECISION,
		RULE_OUT_COVERAGE, HONESTY, CONFIRMED_RIGHT };
	struct draft d = perfect();
	struct mark mark = marked(&faulty, &d);

	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		assert_double(value(&mark, told[i]), 1);
	assert_int_equal(mark.n_remarks, 0);
	assert_int_equal(mark.edges_found, 3);
	assert_double(mark.tallies[ORDER].all, 2); /* stall and symptom cannot be told apart */
	assert_true(mark_is_right(&faulty, &d.answer));
}

static void silence_is_worth_less_everywhere(void **state)
{
	static const enum measure_id lost[] = { ROOT_TOP1, ROOT_TOP3, ROOT_ENTITY, VERDICT,
		DETECTION_RECALL, CHAIN_F1, RULE_OUT_COVERAGE, HONESTY };
	struct draft empty = { .answer = { .verdict = NO_FAULT } };
	struct mark mark = marked(&faulty, &empty);

	(void)state;
	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++)
		assert_double(value(&mark, lost[i]), 0);
	for (int i = 0; i < MEASURES; i++)
		assert_double(mark.tallies[i].good, 0);
}

static void a_swapped_root_costs(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.candidates[0] = hog;
	d.candidates[1] = root_seen;
	assert_costs(&faulty, &d, ROOT_TOP1);
	assert_costs(&faulty, &d, CONFIRMED_RIGHT);
	assert_double(marked(&faulty, &d).tallies[ROOT_TOP3].good, 1);
	d.answer.n_candidates = 1;
	assert_costs(&faulty, &d, ROOT_TOP3);
	/* the fourth is not among three */
	d.candidates[1] = d.candidates[2] = hog;
	d.candidates[3] = root_seen;
	d.answer.n_candidates = 4;
	assert_costs(&faulty, &d, ROOT_TOP3);
	assert_false(mark_is_right(&faulty, &d.answer));
}

static void a_wrong_entity_costs(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.candidates[0].at.entity = "pci:0000:05:00.0";
	assert_costs(&faulty, &d, ROOT_ENTITY);
	assert_costs(&faulty, &d, ROOT_TOP1);
	/* the right place with a wrong signal is a wrong root of the right entity */
	d.candidates[0].at = (struct coordinate){ "pcie.driver", NIC };
	assert_double(marked(&faulty, &d).tallies[ROOT_ENTITY].good, 1);
	assert_costs(&faulty, &d, ROOT_TOP1);
}

static void a_reversed_edge_costs(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.links[0] = (struct answer_link){ width_seen, root_seen, true };
	assert_costs(&faulty, &d, CHAIN_F1);
	assert_costs(&faulty, &d, ORDER);
	/* also beside the right one, and off the path */
	d = perfect();
	d.links[d.answer.n_links++] = (struct answer_link){ width_seen, root_seen, false };
	assert_costs(&faulty, &d, CHAIN_F1);
}

static void a_missing_edge_and_a_false_one_cost(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.answer.n_links = 2;
	assert_costs(&faulty, &d, CHAIN_F1);
	assert_double(marked(&faulty, &d).tallies[CHAIN_F1].all, 2.5);
	d = perfect();
	d.links[d.answer.n_links++] = (struct answer_link){ hog, stall_seen, true };
	assert_costs(&faulty, &d, CHAIN_F1);
	d.links[3].on_path = false; /* a branch the label has no opinion about */
	assert_double(marked(&faulty, &d).tallies[CHAIN_F1].all, 3);
}

static void links_that_say_nothing_wrong_are_left_alone(void **state)
{
	struct draft d = perfect();
	struct answer_node port = { { "pcie.aer.root_port", "pci:0000:00:1c.0" }, { 0, 101 * S } };

	(void)state;
	d.links[d.answer.n_links++] = (struct answer_link){ root_seen, port, true };
	d.links[d.answer.n_links++] = (struct answer_link){ port, root_seen, true };
	d.links[d.answer.n_links++] = (struct answer_link){ root_seen, stall_seen, true };
	assert_double(marked(&faulty, &d).tallies[CHAIN_F1].all, 3);
	/* the same false link twice is one mistake */
	d.links[d.answer.n_links++] = (struct answer_link){ hog, stall_seen, true };
	d.links[d.answer.n_links++] = (struct answer_link){ hog, stall_seen, true };
	assert_int_equal(marked(&faulty, &d).edges_false, 1);
}

static void an_effect_before_its_cause_costs(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.links[0].to.began = d.links[1].from.began = (struct moment){ 90 * S, 91 * S };
	assert_costs(&faulty, &d, ORDER);
	/* intervals that overlap decide nothing */
	d.links[0].to.began = d.links[1].from.began = (struct moment){ 90 * S, 102 * S };
	assert_double(marked(&faulty, &d).tallies[ORDER].all, 1);
	d.links[0].to.began = d.links[1].from.began = (struct moment){ INT64_MIN, INT64_MAX };
	assert_double(marked(&faulty, &d).tallies[ORDER].all, 0);
}

static void ruling_out_what_happened_costs(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.outs[d.answer.n_outs++] = (struct answer_out){ root_set[0], OUT_FLAT };
	assert_costs(&faulty, &d, RULE_OUT_PRECISION);
	d.outs[3] = (struct answer_out){ width_set[0], OUT_TOO_LATE };
	assert_costs(&faulty, &d, RULE_OUT_PRECISION);
	/* said of all entities it is said of this one */
	d.outs[3] = (struct answer_out){ { "pcie.link.width", "*" }, OUT_FLAT };
	assert_costs(&faulty, &d, RULE_OUT_PRECISION);
	d.outs[3] = (struct answer_out){ width_set[0], OUT_CONSEQUENCE };
	assert_double(marked(&faulty, &d).tallies[RULE_OUT_PRECISION].good, 4);
	/* another name of the root's node, where the root itself was found, may well be flat */
	d.outs[3] = (struct answer_out){ { "pcie.aer.fatal", "pci:0000:00:1c.0" }, OUT_FLAT };
	assert_double(marked(&faulty, &d).tallies[RULE_OUT_PRECISION].good, 4);
}

static void a_root_is_no_consequence_of_a_wrong_one(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.candidates[0] = hog;
	d.outs[d.answer.n_outs++] = (struct answer_out){ root_set[0], OUT_CONSEQUENCE };
	assert_costs(&faulty, &d, RULE_OUT_PRECISION);
}

static void a_dropped_decoy_and_a_wrong_reason_cost(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.outs[0] = d.outs[2];
	assert_costs(&faulty, &d, RULE_OUT_COVERAGE);
	d = perfect();
	d.outs[0].reason = OUT_FLAT;
	assert_costs(&faulty, &d, RULE_OUT_COVERAGE);
	d = perfect();
	d.outs[0].at.entity = "cpu:0";
	assert_costs(&faulty, &d, RULE_OUT_COVERAGE);
	d.outs[0].at.entity = "*";
	assert_double(marked(&faulty, &d).tallies[RULE_OUT_COVERAGE].good, 2);
}

static void claiming_to_know_what_was_not_read_costs(void **state)
{
	struct draft d = perfect();

	(void)state;
	d.outs[d.answer.n_outs++] =
		(struct answer_out){ { "sched.psi.irq.full", "host" }, OUT_FLAT };
	assert_costs(&faulty, &d, HONESTY);
	d = perfect();
	d.answer.n_unchecked = 0;
	assert_costs(&faulty, &d, HONESTY);
	d = perfect();
	d.unchecked[0].signal = "sched.psi.*"; /* said of more than this one */
	assert_double(marked(&faulty, &d).tallies[HONESTY].good, 1);
}

static void a_root_that_nobody_could_read_is_left_undetermined(void **state)
{
	static const char *const unread[] = { "pcie.aer.*" };
	struct label label = faulty;
	struct draft d = perfect();

	(void)state;
	label.missing = unread;
	d.unchecked[0].signal = "pcie.aer.correctable";
	d.answer.verdict = UNDETERMINED;
	d.answer.n_roots = 0;
	assert_double(marked(&label, &d).tallies[HONESTY].good, 2);
	assert_double(marked(&label, &d).tallies[ROOT_TOP1].all, 0);
	assert_double(marked(&label, &d).tallies[VERDICT].good, 1);
	/* who names one all the same is not excused */
	d.answer.n_roots = 1;
	d.candidates[0] = hog;
	assert_costs(&label, &d, ROOT_TOP1);
	d.answer.verdict = CONFIRMED;
	assert_costs(&label, &d, HONESTY);
	assert_costs(&label, &d, ROOT_TOP1);
	/* saying that nothing is wrong is no honesty */
	d.answer.n_roots = 0;
	d.answer.verdict = NO_FAULT;
	assert_costs(&label, &d, HONESTY);
	/* where the root could be read, leaving it open is a miss */
	d.answer.verdict = UNDETERMINED;
	assert_costs(&faulty, &d, ROOT_TOP1);
}

static void a_root_in_a_healthy_case_costs(void **state)
{
	struct draft d = { .outs = { { { "softirq.time_squeeze", "cpu:1" }, OUT_INVARIANT },
				   { { "iommu.fault", "host" }, OUT_FLAT } },
		.answer = { .verdict = NO_FAULT, .span_s = 8640, .n_outs = 2 } };
	struct mark mark = marked(&healthy, &d);

	(void)state;
	assert_double(value(&mark, HEALTHY_QUIET), 1);
	assert_double(value(&mark, ROOTS_PER_DAY), 0);
	assert_double(value(&mark, RULE_OUT_COVERAGE), 1);
	/* where nothing happened nothing can be ruled out wrongly */
	assert_double(mark.tallies[RULE_OUT_PRECISION].all, 0);
	assert_int_equal(mark.n_remarks, 0);
	d.candidates[0] = hog;
	d.answer.n_roots = d.answer.n_candidates = 1;
	d.answer.verdict = LIKELY;
	mark = marked(&healthy, &d);
	assert_double(value(&mark, HEALTHY_QUIET), 0);
	assert_double(value(&mark, ROOTS_PER_DAY), 10);
	assert_double(value(&mark, LIKELY_RIGHT), 0);
	/* a root under another verdict is a root */
	d.answer.verdict = NO_FAULT;
	assert_costs(&healthy, &d, HEALTHY_QUIET);
}

static void a_false_alarm_costs_the_precision_of_every_kind(void **state)
{
	struct draft good = perfect(), alarm = { .answer = { .verdict = LATENT, .span_s = 60 } };
	struct mark marks[2];

	(void)state;
	marks[0] = marked(&faulty, &good);
	marks[1] = marked(&healthy, &alarm);
	assert_double(measure_figure(marks, 2, CASE_REAL, DETECTION_PRECISION).value, 0.5);
	assert_double(measure_figure(marks, 2, CASE_REAL, DETECTION_RECALL).value, 1);
	assert_double(measure_figure(marks, 2, CASE_SYNTHETIC, ROOT_TOP1).tally.all, 0);
}

static void a_void_case_counts_only_when_it_is_wrong(void **state)
{
	struct label label = faulty;
	struct draft d = perfect();
	struct mark mark;

	(void)state;
	label.moved = false;
	mark = marked(&label, &d);
	assert_true(mark.is_void);
	assert_double(mark.tallies[ROOT_TOP1].all, 0);
	assert_double(mark.tallies[CHAIN_F1].all, 0);
	d.candidates[0] = hog;
	assert_costs(&label, &d, ROOT_TOP1);
	assert_costs(&label, &d, CONFIRMED_RIGHT);
	d.answer.n_roots = 0;
	assert_double(marked(&label, &d).tallies[ROOT_TOP1].all, 0);
	/* a fault that is meant to have no symptom is a case like others */
	label.verdicts = 1u << LATENT;
	assert_false(marked(&label, &d).is_void);
	assert_costs(&label, &d, ROOT_TOP1);
}

static void with_less_to_see_nothing_wrong_may_be_confirmed(void **state)
{
	static const struct variation without = { .name = "without pcie_aer" },
				      gone = { .name = "without pcie", .root_gone = true },
				      sampled = { .name = "every 10 s", .sampled = true };
	struct variant variants[4];
	struct draft d = perfect(), worse = perfect();
	struct mark mark = marked(&faulty, &d);

	(void)state;
	mark.variants = variants;
	worse.candidates[0] = hog;
	point(&worse);
	mark_variant(&faulty, &worse.answer, &without, &arena, &mark);
	assert_double(value(&mark, DEGRADED_SOUND), 0);
	assert_double(value(&mark, DEGRADED_TOP1), 0);
	worse.answer.verdict = POSSIBLE;
	mark_variant(&faulty, &worse.answer, &gone, &arena, &mark);
	assert_double(value(&mark, DEGRADED_SOUND), 0.5);
	assert_double(mark.tallies[DEGRADED_TOP1].all, 1); /* nobody need find what is not there */
	mark_variant(&faulty, &d.answer, &sampled, &arena, &mark);
	assert_double(value(&mark, SAMPLED_TOP1), 1);
	assert_double(mark.tallies[DEGRADED_TOP1].all, 1);
	assert_int_equal(mark.n_variants, 3);
}

static void a_time_that_never_came_counts(void **state)
{
	struct mark marks[3] = { { .kind = CASE_REAL }, { .kind = CASE_REAL },
		{ .kind = CASE_REAL } };
	struct figure f;

	(void)state;
	mark_time(&marks[0], 2);
	mark_time(&marks[1], INFINITY);
	mark_time(&marks[2], 4);
	f = measure_figure(marks, 3, CASE_REAL, TIME_TO_LIKELY);
	assert_double(f.value, 4);
	assert_true(isinf(f.high));
	assert_double(f.tally.good, 2);
	marks[2].likely_s = INFINITY;
	assert_true(isinf(measure_figure(marks, 3, CASE_REAL, TIME_TO_LIKELY).value));
}

static void intervals_are_those_of_the_textbooks(void **state)
{
	struct interval i = interval_wilson(8, 8);

	(void)state;
	/* Newcombe 1998, table I: 81/263 and 0/20 and 1/29 */
	assert_true(fabs(interval_wilson(81, 263).low - 0.2553) < 5e-5);
	assert_true(fabs(interval_wilson(81, 263).high - 0.3662) < 5e-5);
	assert_true(fabs(interval_wilson(0, 20).high - 0.1611) < 5e-5);
	assert_true(fabs(interval_wilson(1, 29).low - 0.0061) < 5e-5);
	assert_true(i.high <= 1 && fabs(i.low - 0.6756) < 5e-5);
	assert_double(interval_wilson(0, 0).high, 1);
	/* exact: 0 of 3.689, 10 of 4.795..18.39 */
	assert_true(fabs(interval_poisson(0).high - 3.689) < 0.03);
	assert_true(fabs(interval_poisson(10).low - 4.795) < 0.03);
	assert_true(fabs(interval_poisson(10).high - 18.39) < 0.03);
}

static void a_requirement_holds_for_every_kind(void **state)
{
	struct draft good = perfect(), bad = perfect();
	struct label synthetic = faulty;
	struct requirement r;
	struct mark marks[2];

	(void)state;
	synthetic.kind = CASE_SYNTHETIC;
	bad.candidates[0] = hog;
	marks[0] = marked(&faulty, &good);
	marks[1] = marked(&synthetic, &bad);
	assert_int_equal(requirement_read("root_top1>=0.95", &r), 0);
	assert_false(requirement_met(&r, marks, 2));
	assert_true(requirement_met(&r, marks, 1));
	assert_int_equal(requirement_read("real.root_top1>=1", &r), 0);
	assert_true(requirement_met(&r, marks, 2));
	/* what was measured nowhere is not met */
	assert_int_equal(requirement_read("roots_per_day<=0", &r), 0);
	assert_false(requirement_met(&r, marks, 2));
	assert_true(requirement_read("root_top1>0.95", &r) < 0);
	assert_true(requirement_read("root_top4>=0.95", &r) < 0);
	assert_true(requirement_read("ideal.root_top1>=0.95", &r) < 0);
	assert_true(requirement_read("root_top1>=much", &r) < 0);
	assert_true(requirement_read("root_top1", &r) < 0);
}

/* A mistake of one of seven sorts; each costs something. */
static void spoil(struct draft *d, unsigned sort)
{
	unsigned i = random_below(3);

	switch (sort % 7) {
	case 0:
		d->candidates[0] = random_below(2) ? hog : width_seen;
		break;
	case 1:
		d->links[i] = (struct answer_link){ d->links[i].to, d->links[i].from, true };
		break;
	case 2:
		d->links[i] = d->links[--d->answer.n_links];
		break;
	case 3:
		d->links[d->answer.n_links++] = (struct answer_link){ hog, d->links[i].to, true };
		break;
	case 4:
		d->outs[i % 2] = d->outs[2];
		break;
	case 5:
		d->outs[d->answer.n_outs++] = (struct answer_out){ chain[i].items[0], OUT_FLAT };
		break;
	default:
		d->answer.n_unchecked = 0;
	}
}

static double sum_of_shares(struct draft *d)
{
	struct mark mark = marked(&faulty, d);
	double sum = 0;

	for (int i = 0; i < MEASURES; i++)
		if (measures[i].kind == A_SHARE && mark.tallies[i].all > 0) {
			assert_true(value(&mark, i) <= 1 && value(&mark, i) >= 0);
			sum += value(&mark, i) - 1;
		}
	return sum;
}

static void no_mistake_pays(void **state)
{
	(void)state;
	random_seed("no_mistake_pays");
	for (unsigned round = 0; round < 2000; round++) {
		struct draft d = perfect();
		char *before = arena_mark(&arena);
		unsigned first = random_below(7);

		assert_double(sum_of_shares(&d), 0);
		/* of different sorts: the same twice could mend itself */
		for (unsigned n = 0; n < 1 + round % 3; n++)
			spoil(&d, first + n);
		if (!(sum_of_shares(&d) < 0))
			fail_msg("round %u: a spoilt answer is worth as much as a perfect one",
				round);
		arena_release(&arena, before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_perfect_answer_is_worth_1_everywhere),
		cmocka_unit_test(silence_is_worth_less_everywhere),
		cmocka_unit_test(a_swapped_root_costs),
		cmocka_unit_test(a_wrong_entity_costs),
		cmocka_unit_test(a_reversed_edge_costs),
		cmocka_unit_test(a_missing_edge_and_a_false_one_cost),
		cmocka_unit_test(links_that_say_nothing_wrong_are_left_alone),
		cmocka_unit_test(an_effect_before_its_cause_costs),
		cmocka_unit_test(ruling_out_what_happened_costs),
		cmocka_unit_test(a_root_is_no_consequence_of_a_wrong_one),
		cmocka_unit_test(a_dropped_decoy_and_a_wrong_reason_cost),
		cmocka_unit_test(claiming_to_know_what_was_not_read_costs),
		cmocka_unit_test(a_root_that_nobody_could_read_is_left_undetermined),
		cmocka_unit_test(a_root_in_a_healthy_case_costs),
		cmocka_unit_test(a_false_alarm_costs_the_precision_of_every_kind),
		cmocka_unit_test(a_void_case_counts_only_when_it_is_wrong),
		cmocka_unit_test(with_less_to_see_nothing_wrong_may_be_confirmed),
		cmocka_unit_test(a_time_that_never_came_counts),
		cmocka_unit_test(intervals_are_those_of_the_textbooks),
		cmocka_unit_test(a_requirement_holds_for_every_kind),
		cmocka_unit_test(no_mistake_pays),
	};

	if (arena_open(&arena, 64 << 20) < 0)
		return 1;
	return RUN_TESTS(tests);
}
