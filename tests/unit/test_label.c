/* Labels and saved answers: what is wrong with one is said with its place, and nothing is guessed. */
#include "test.h"

#include <unistd.h>

#include "score/answer.h"
#include "score/label.h"
#include "score/when.h"

#define NIC "\"pci:0000:04:00.0\""

static const char good[] =
	"{\"schema\":{\"name\":\"faultline.label\",\"version\":1},\"name\":\"case\",\"kind\":\"real\","
	"\"kernel\":\"6.1.0\",\"injected_at\":\"2026-11-22T10:00:00.250Z\","
	"\"recovered_at\":\"2026-11-22T11:00:30+01:00\","
	"\"symptom\":[{\"signal\":\"nic.tx.bytes\",\"entity\":\"netdev:eth0\"}],"
	"\"root\":[{\"signal\":\"pcie.aer.*\",\"entity\":" NIC "}],"
	"\"chain\":[[{\"signal\":\"pcie.aer.nonfatal\",\"entity\":" NIC "}],"
	"[{\"signal\":\"nic.carrier\",\"entity\":\"*\"}],"
	"[{\"signal\":\"nic.tx.bytes\",\"entity\":\"netdev:eth0\"}]],"
	"\"decoys\":[{\"signal\":\"softirq.time_squeeze\",\"entity\":\"cpu:0\",\"reasons\":[\"flat\",\"invariant\"]}],"
	"\"missing_sources\":[\"sched.psi.irq*\"],\"moved\":true}";
static const char quiet[] =
	"{\"schema\":{\"name\":\"faultline.label\",\"version\":1},\"name\":\"case\",\"kind\":\"healthy\","
	"\"kernel\":\"6.1.0\",\"injected_at\":null,\"recovered_at\":null,\"symptom\":[],\"root\":[],"
	"\"chain\":[],\"decoys\":[],\"missing_sources\":[],\"moved\":false}";

static struct arena arena;
static char path[] = "/tmp/faultline-label-XXXXXX";

static int read_text(const char *text, struct label *ret, const char **ret_problem)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	*ret_problem = NULL;
	return label_read(path, "case", &arena, ret, ret_problem);
}

/* The text with one place of it replaced. */
static const char *changed(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("the text does not hold %s", from);
	return arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void a_label_is_read_as_it_stands(void **state)
{
	const char *problem;
	struct label l;

	(void)state;
	if (read_text(good, &l, &problem) < 0)
		fail_msg("%s", problem);
	assert_string_equal(l.name, "case");
	assert_int_equal(l.kind, CASE_REAL);
	assert_int_equal(l.clock, WALL_STAMP);
	assert_int_equal(l.recovered_ns - l.injected_ns, INT64_C(29750000000));
	assert_int_equal(l.n_chain, 3);
	assert_int_equal(l.n_edges, 2);
	assert_int_equal(l.edges[1].cause, 1);
	assert_int_equal(l.edges[1].effect, 2);
	assert_int_equal(l.decoys[0].reasons, 1u << OUT_FLAT | 1u << OUT_INVARIANT);
	assert_int_equal(l.verdicts, 1u << CONFIRMED | 1u << LIKELY);
	assert_true(l.moved && l.recovered && !label_is_void(&l) && !label_is_root_unread(&l));
	assert_string_equal(l.missing[0], "sched.psi.irq*");
	assert_int_equal(read_text(quiet, &l, &problem), 0);
	assert_int_equal(l.verdicts, 1u << NO_FAULT);
	assert_false(label_is_void(&l));
}

static void must_edges_stand_in_for_neighbours(void **state)
{
	const char *problem;
	struct label l;

	(void)state;
	assert_int_equal(
		read_text(
			changed(good, "\"moved\":true",
				"\"moved\":true,\"must_edges\":[[0,2]],\"verdicts\":[\"external\"],\"note\":\"x\""),
			&l, &problem),
		0);
	assert_int_equal(l.n_edges, 1);
	assert_int_equal(l.edges[0].effect, 2);
	assert_int_equal(l.verdicts, 1u << EXTERNAL);
}

static void an_unread_root_is_told_by_its_sources(void **state)
{
	const char *problem;
	struct label l;

	(void)state;
	assert_int_equal(
		read_text(changed(good, "[\"sched.psi.irq*\"]", "[\"pcie.*\"]"), &l, &problem), 0);
	assert_true(label_is_root_unread(&l));
}

static const struct {
	const char *base, *from, *to, *place, *what;
} label_mistakes[] = {
	{ good, "{", "{{", "line 1", "not JSON" },
	{ good, "\"moved\":true}", "\"moved\":true", "line 1", "not JSON" },
	{ good, "\"moved\":true", "\"moved\":true,\"moved\":false", "line 1", "duplicate" },
	{ good, "faultline.label", "faultline.check", "schema/name", "another file" },
	{ good, "\"version\":1", "\"version\":2", "schema/version", "version 1" },
	{ good, "\"moved\":true", "\"moved\":true,\"moves\":1", "\"moves\"", "not known" },
	{ good, "\"moved\":true", "\"note\":\"\"", "\"moved\"", "missing" },
	{ good, "\"moved\":true", "\"moved\":\"yes\"", "moved", "true or false" },
	{ good, "\"name\":\"case\"", "\"name\":\"other\"", "name", "directory" },
	{ good, "\"kind\":\"real\"", "\"kind\":\"ideal\"", "kind", "real, synthetic, healthy" },
	{ good, "\"kernel\":\"6.1.0\"", "\"kernel\":\"\"", "kernel", "empty" },
	{ good, "\"2026-11-22T10:00:00.250Z\"", "\"yesterday\"", "injected_at", "no time" },
	{ good, "\"2026-11-22T10:00:00.250Z\"", "\"2026-02-29T10:00:00Z\"", "injected_at",
		"no time" },
	{ good, "\"2026-11-22T10:00:00.250Z\"", "null", "injected_at", "needs the time" },
	{ good, "T11:00:30+01:00", "T10:00:30+01:00", "recovered_at", "not after" },
	{ good, "\"2026-11-22T11:00:30+01:00\"", "\"mono:12\"", "recovered_at", "another clock" },
	{ good, "\"pcie.aer.*\"", "\"pcie.*.nonfatal\"", "root/0/signal", "no signal" },
	{ good, "\"pcie.aer.*\"", "\"PCIe\"", "root/0/signal", "no signal" },
	{ good, "\"root\":[{\"signal\":\"pcie.aer.*\",\"entity\":" NIC "}]", "\"root\":[]", "root",
		"needs a root" },
	{ good, "\"entity\":\"netdev:eth0\"}],\"root\"", "\"entity\":\"netdev:*\"}],\"root\"",
		"symptom/0/entity", "no entity" },
	{ good, "\"entity\":\"netdev:eth0\"}],\"root\"", "\"entity\":\"eth0\"}],\"root\"",
		"symptom/0/entity", "no entity" },
	{ good, "\"entity\":\"netdev:eth0\"}],\"root\"", "\"sub\":\"-\"}],\"root\"", "symptom/0",
		"\"sub\" is not known" },
	{ good, "[{\"signal\":\"nic.carrier\",\"entity\":\"*\"}]", "[]", "chain/1", "empty" },
	{ good, "[{\"signal\":\"nic.carrier\",\"entity\":\"*\"}]",
		"[{\"signal\":\"pcie.aer.*\",\"entity\":\"*\"}]", "chain/1",
		"shares a member with chain/0" },
	{ good, "\"pcie.aer.nonfatal\"", "\"pcie.link.width\"", "chain/0", "none of the roots" },
	{ good, "\"decoys\"", "\"must_edges\":[[1,0]],\"decoys\"", "must_edges/0",
		"the cause first" },
	{ good, "\"decoys\"", "\"must_edges\":[[0,3]],\"decoys\"", "must_edges/0", "two places" },
	{ good, "\"decoys\"", "\"must_edges\":[[0,1],[0,1]],\"decoys\"", "must_edges/1", "twice" },
	{ good, "\"flat\",", "\"not_checked\",", "decoys/0/reasons/0", "not one of" },
	{ good, "\"flat\",\"invariant\"", "", "decoys/0/reasons", "empty" },
	{ good, "\"softirq.time_squeeze\",\"entity\":\"cpu:0\"",
		"\"pcie.aer.nonfatal\",\"entity\":" NIC, "decoys/0", "a root too" },
	{ good, "\"moved\":true", "\"moved\":true,\"verdicts\":[\"no_fault\"]", "verdicts",
		"never right" },
	{ good, "\"symptom\":[{\"signal\":\"nic.tx.bytes\",\"entity\":\"netdev:eth0\"}]",
		"\"symptom\":[]", "symptom", "and yet it moved" },
	{ quiet, "\"root\":[]", "\"root\":[{\"signal\":\"a\",\"entity\":\"host\"}]", "root",
		"has no root" },
	{ quiet, "\"chain\":[]", "\"chain\":[[{\"signal\":\"a\",\"entity\":\"host\"}]]", "chain",
		"has no chain" },
	{ quiet, "\"moved\":false", "\"moved\":true", "moved", "healthy" },
	{ quiet, "\"injected_at\":null", "\"injected_at\":\"@5\"", "injected_at", "healthy" },
	{ quiet, "\"recovered_at\":null", "\"recovered_at\":\"@5\"", "injected_at",
		"needs the time" },
};

static void each_mistake_is_named_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(label_mistakes) / sizeof(*label_mistakes); i++) {
		const char *problem;
		struct label l;

		if (read_text(changed(label_mistakes[i].base, label_mistakes[i].from,
				      label_mistakes[i].to),
			    &l, &problem) == 0)
			fail_msg("mistake %zu (%s) was accepted", i, label_mistakes[i].to);
		if (strncmp(problem, path, strlen(path)) != 0 ||
			!strstr(problem, label_mistakes[i].place) ||
			!strstr(problem, label_mistakes[i].what) || strchr(problem, '\n'))
			fail_msg("mistake %zu: \"%s\" does not say %s: %s", i, problem,
				label_mistakes[i].place, label_mistakes[i].what);
	}
}

/* Cut anywhere, a label is damaged, and says so. */
static void a_cut_label_is_no_label(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		const char *problem;
		struct label l;
		char *before = arena_mark(&arena);

		assert_true(
			read_text(arena_printf(&arena, "%.*s", (int)n, good), &l, &problem) < 0);
		assert_non_null(problem);
		arena_release(&arena, before);
	}
}

static void moments_are_read_as_the_contract_spells_them(void **state)
{
	static const char *const wrong[] = { "", "mono:", "@", "@x", "2026-11-22",
		"2026-11-22T10:00:00", "2026-13-01T10:00:00Z", "2026-11-31T10:00:00Z",
		"2026-11-22T24:00:00Z", "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00+0100",
		"2026-11-22T10:00:00Z ", "+026-11-22T10:00:00Z" };
	enum stamp clock;
	int64_t ns;

	(void)state;
	assert_int_equal(when_read(STR("2026-11-22T10:00:00.25Z"), &clock, &ns), 0);
	assert_int_equal(ns, INT64_C(1795341600250000000));
	assert_int_equal(clock, WALL_STAMP);
	assert_int_equal(when_read(STR("2024-02-29T00:30:00+01:00"), &clock, &ns), 0);
	assert_int_equal(ns, INT64_C(1709163000000000000));
	assert_int_equal(when_read(STR("@1763750400.25"), &clock, &ns), 0);
	assert_int_equal(ns, INT64_C(1763750400250000000));
	assert_int_equal(when_read(STR("mono:123.456"), &clock, &ns), 0);
	assert_int_equal(ns, INT64_C(123456000000));
	assert_int_equal(clock, MONO_STAMP);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (when_read(str_of(wrong[i]), &clock, &ns) == 0)
			fail_msg("\"%s\" is read as a time", wrong[i]);
}

static const char said[] =
	"{\"schema\":{\"name\":\"faultline.explain\",\"version\":1},\"verdict\":\"likely\","
	"\"window\":{\"from\":\"2026-11-22T10:00:00.000Z\",\"until\":\"2026-11-22T10:02:00.000Z\","
	"\"from_ns\":1795341600000000001,\"until_ns\":1795341720000000001},"
	"\"roots\":[{\"signal\":\"a\",\"entity\":\"host\",\"onset_ns\":[null,7],\"new\":1}],"
	"\"alternatives\":[{\"signal\":\"b\",\"entity\":\"host\",\"score_db\":-3.5},"
	"{\"signal\":\"c\",\"entity\":\"host\",\"score_db\":12}],"
	"\"chain\":[{\"from\":{\"signal\":\"a\",\"entity\":\"host\",\"onset\":[\"mono:1\",\"mono:2.5\"]},"
	"\"to\":{\"signal\":\"d\",\"entity\":\"cpu:1\",\"onset\":[3,4.5]},\"on_path\":false}],"
	"\"ruled_out\":[{\"signal\":\"e\",\"entity\":null,\"reason\":\"too_late\"}],"
	"\"not_checked\":[{\"signal\":\"f\",\"reason\":\"absent\"}]}";

static void an_answer_is_read_as_users_get_it(void **state)
{
	const char *problem = NULL;
	struct answer a;

	(void)state;
	if (answer_parse(str_of(said), "said", &arena, &a, &problem) < 0)
		fail_msg("%s", problem);
	assert_int_equal(a.verdict, LIKELY);
	assert_double(a.span_s, 120);
	assert_int_equal(a.from_ns, INT64_C(1795341600000000001));
	assert_int_equal(a.clock, WALL_STAMP);
	assert_int_equal(a.n_roots, 1);
	assert_int_equal(a.n_candidates, 3);
	assert_string_equal(a.candidates[1].at.signal, "c"); /* by their score */
	assert_true(a.candidates[0].began.lo_ns == INT64_MIN && a.candidates[0].began.hi_ns == 7);
	assert_int_equal(a.links[0].from.began.hi_ns, INT64_C(2500000000));
	assert_int_equal(a.links[0].to.began.hi_ns, INT64_C(4500000000));
	assert_false(a.links[0].on_path);
	assert_string_equal(a.outs[0].at.entity, "*");
	assert_int_equal(a.outs[0].reason, OUT_TOO_LATE);
	assert_string_equal(a.unchecked[0].entity, "*");
}

static void what_is_no_answer_is_said(void **state)
{
	static const struct {
		const char *from, *to, *what;
	} mistakes[] = {
		{ "\"likely\"", "\"surely\"", "verdict: \"surely\" is not one of" },
		{ "\"verdict\":\"likely\",", "", "\"verdict\" is missing" },
		{ "[null,7]", "[9,7]", "roots/0/onset_ns: it ends before" },
		{ "[null,7]", "[7]", "roots/0/onset_ns" },
		{ "\"roots\":[{\"signal\":\"a\",", "\"roots\":[{",
			"roots/0: \"signal\" is missing" },
		{ "\"too_late\"", "\"bored\"", "ruled_out/0/reason" },
		{ "\"mono:1\"", "\"noon\"", "chain/0/from/onset" },
		{ "\"to\":{", "\"too\":{", "chain/0: \"to\" is missing" },
		{ "\"alternatives\":[", "\"alternatives\":[5,", "alternatives/" },
		{ "1795341720000000001", "5", "window: it ends before" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		const char *text = changed(said, mistakes[i].from, mistakes[i].to), *problem;
		struct answer a;

		if (answer_parse(str_of(text), "said", &arena, &a, &problem) == 0)
			fail_msg("mistake %zu (%s) was accepted", i, mistakes[i].to);
		if (strncmp(problem, "said: ", 6) != 0 || !strstr(problem, mistakes[i].what))
			fail_msg("mistake %zu: \"%s\" does not say %s", i, problem,
				mistakes[i].what);
	}
	for (size_t n = 0; n < sizeof(said) - 1; n++) {
		const char *problem;
		struct answer a;
		char *before = arena_mark(&arena);

		assert_true(answer_parse((str){ said, n }, "said", &arena, &a, &problem) < 0);
		arena_release(&arena, before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_read_as_it_stands),
		cmocka_unit_test(must_edges_stand_in_for_neighbours),
		cmocka_unit_test(an_unread_root_is_told_by_its_sources),
		cmocka_unit_test(each_mistake_is_named_with_its_place),
		cmocka_unit_test(a_cut_label_is_no_label),
		cmocka_unit_test(moments_are_read_as_the_contract_spells_them),
		cmocka_unit_test(an_answer_is_read_as_users_get_it),
		cmocka_unit_test(what_is_no_answer_is_said),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0 || arena_open(&arena, 64 << 20) < 0)
		return 1;
	close(fd);
	failed = RUN_TESTS(tests);
	unlink(path);
	return failed;
}
