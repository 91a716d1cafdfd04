/*
 * The answer of explain as text and as JSON, from reports made by hand. With a directory as its
 * argument it writes the JSON there instead, for tests/schema.
 */
#include "test.h"

#include <time.h>

#include <jansson.h>

#include "explain_reports.h"
#include "show/explain_json.h"
#include "show/explain_text.h"
#include "show/wrap.h"

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	setenv("TZ", "UTC", 1);
	tzset();
	return session_open(&b->session);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	session_close(&b->session);
	free(b);
	return 0;
}

/* not inlined: gcc 12 then takes what open_memstream() gives for the variable itself */
__attribute__((noinline)) static char *text_of(const struct report *r)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);

	explain_text(out, r);
	fclose(out);
	return bytes;
}

static json_t *json_of(const struct report *r)
{
	char *bytes = NULL;
	size_t size;
	FILE *out = open_memstream(&bytes, &size);
	json_t *whole;

	assert_int_equal(explain_json(out, r), 0);
	fclose(out);
	whole = json_loads(bytes, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(whole);
	free(bytes);
	return whole;
}

/* A text may be folded anywhere: one blank for every run of blanks, line ends and branches. */
static char *unfolded(const char *text)
{
	char *flat = malloc(strlen(text) + 1), *to = flat;

	while (*text) {
		size_t run = strspn(text, *text == '\n' ? "\n |" : " ");

		*to++ = run ? ' ' : *text;
		text += run ? run : 1;
	}
	*to = '\0';
	return flat;
}

static void assert_says(const struct report *r, const char *const *parts)
{
	char *text = text_of(r), *flat = unfolded(text);

	for (; *parts; parts++)
		if (!strstr(flat, *parts))
			fail_msg("not said: %s\n%s", *parts, text);
	free(flat);
	free(text);
}

static size_t count_of(const struct report *r, const char *part)
{
	char *text = text_of(r);
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	free(text);
	return n;
}

static void assert_silent(const struct report *r, const char *part)
{
	assert_int_equal(count_of(r, part), 0);
}

static size_t count_lines(const char *text, size_t *ret_widest)
{
	str rest = str_of(text), line;
	size_t n = 0;

	for (*ret_widest = 0; str_next_line(&rest, &line); n++)
		*ret_widest = line.n > *ret_widest ? line.n : *ret_widest;
	return n;
}

static void no_line_is_wider_than_80_columns_or_other_than_ascii(void **state)
{
	const struct report *(*const reports[])(
		struct bench *) = { full, healthy, open_question, bare_log };

	for (size_t i = 0; i < 4; i++) {
		char *text = text_of(reports[i](*state));
		size_t widest;

		assert_true(count_lines(text, &widest) < 100);
		assert_in_range(widest, 20, COLUMNS);
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
		free(text);
	}
}

static void a_fault_is_told_from_its_root(void **state)
{
	static const char *const parts[] = {
		"CONFIRMED: the link to 0000:01:00.0 lost a transaction 2025-11-21T12:03:00.000Z .. "
		"2025-11-21T12:06:00.000Z: 181 ticks, 1 gap, 14 events, 4201 series read ",
		"ROOT pcie.aer.nonfatal pci:0000:01:00.0 bit=CmpltTO known as netdev:eth0, "
		"rdma:mlx5_0 12:04:07.200..08.200, until the end 0/s -> 41/s (47 in all) 31.0 dB, "
		"22.5 dB over the next, seen in 3 layers a transaction was lost",
		"confirm: grep -v ' 0$' /sys/bus/pci/devices/0000:01:00.0/aer_dev_nonfatal ",
		"helps: see the kernel log for the driver's recovery; CmpltTO points at a device "
		"that no longer answers ",
		"from the start, until the end is 82.0 % 12.2 dB, nothing else comes into "
		"question, seen in 1 layer the cgroup is over its quota of CPU time confirm: cat ",
		NULL,
	};

	assert_says(full(*state), parts);
	assert_int_equal(count_of(full(*state), "helps:"), 1); /* the second root has no cure */
}

static void the_chain_is_a_tree_along_the_best_path(void **state)
{
	static const char *const parts[] = {
		"CHAIN 12:04:07.200..08.200 pcie.aer.nonfatal pci:0000:01:00.0 bit=CmpltTO "
		"0/s -> 41/s (47 in all) - 12:04:08.200..09.200 nic.carrier netdev:eth0 up -> "
		"down after 0..2 s: the driver resets the device, and its link goes down and up "
		"again `- 12:04:09.000..10.000 rdma.port.received rdma:mlx5_0/1 188/s -> stalled "
		"after at most 0.8 s: nothing goes through a dead port `- ",
		/* across a minute; without a rule */
		"`- 12:04:59.500..12:05:00.500 nic.event.tx_timeout netdev:eth0 3 times: \"NETDEV "
		"WATCHDOG: eth0 (e1000e): \\xff transmit queue 0 timed out\" and further lines "
		"after 0..2 s `- nic.carrier netdev:eth0 (see above) after 0..2 s: nothing",
		"`- after 12:04:30.000 net.gate netdev:odd\\x0a\\x09\\xc3\\xa4\\xfe name after "
		"0.015..2 s: ",
		NULL,
	};

	assert_says(full(*state), parts);
}

static void symptoms_and_alternatives_are_told(void **state)
{
	static const char *const parts[] = {
		"SYMPTOMS after 12:04:30.000, until the end net.gate "
		"netdev:odd\\x0a\\x09\\xc3\\xa4\\xfe name no root explains it "
		"12:04:09.000..10.000, until 12:04:20.000..21.000 rdma.port.received "
		"rdma:mlx5_0/1 188/s -> stalled the port receives less than it did ALTERNATIVES "
		"nic.event.tx_timeout netdev:eth0, 12:04:59.500..12:05:00.500, 22.5 dB behind: "
		"explains no symptom; two of its effects were read and are flat ",
		NULL,
	};

	assert_says(full(*state), parts);
}

static void what_was_ruled_out_is_told_in_groups(void **state)
{
	static const char *const parts[] = {
		"RULED OUT invariant softirq.time_squeeze of cpu:3: 11/s with, 12/s without the "
		"symptom too_late nic.rx.missed of 20 interfaces: 0 over 61 readings wrong_place "
		"net.gate of netdev:eth7: no path to rdma:mlx5_0/1 flat nic.rx.missed of 20 "
		"interfaces: such as 0 over 61 readings flat softirq.time_squeeze of 30 "
		"interfaces: 0 over 61 readings NOT CHECKED ",
		NULL,
	};

	assert_says(full(*state), parts);
}

static void what_could_not_be_checked_is_told_by_reason(void **state)
{
	static const char *const parts[] = {
		"NOT CHECKED @rdma.retry of rdma:mlx5_0/1: the driver has no such counters "
		"kernel without CONFIG_IRQ_TIME_ACCOUNTING: irq.psi.full no GPU here: gpu.a, "
		"gpu.b, gpu.c, gpu.d and 1 more NEXT read rdma.port.received run grep . ",
		NULL,
	};

	assert_says(full(*state), parts);
}

/* Forty signals, each of the host, with `evidence` or one of their own. */
static struct report forty(struct bench *b, const char *evidence)
{
	static struct signal many[40];
	static char names[40][16];
	struct report r = *full(b);

	for (int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "nic.s%02d", i);
		many[i] = (struct signal){ .name = names[i] };
		b->outs[i] = (struct ruled_out){ &many[i], named(b, "host"), OUT_FLAT,
			evidence ? evidence : names[i], false };
		b->unchecked[i] = (struct unchecked){ "x", ENTITY_NONE, names[i], false };
	}
	r.n_ruled_out = r.n_unchecked = 40;
	return r;
}

static void many_signals_and_reasons_are_capped(void **state)
{
	static const char *const parts[] = { "and 26 more signals (--format json has all)",
		"and for 26 more reasons (--format json has all)", NULL };
	struct bench *b = *state;
	struct report r = forty(b, NULL);
	size_t widest;
	char *text;

	assert_says(&r, parts);
	for (int i = 0; i < 40; i++)
		b->outs[i].near = b->unchecked[i].near = true;
	text = text_of(&r);
	assert_true(count_lines(text, &widest) < 100);
	assert_int_equal(count_of(&r, "and 28 more that a rule ties to the chain"), 2);
	free(text);
}

static void signals_with_one_evidence_share_a_paragraph(void **state)
{
	static const char *const parts[] = {
		"too_small nic.s39 of host: no such line flat nic.s00, nic.s01 (2 interfaces), nic.s03 (cpu:3), nic.s04, ",
		", nic.s12 and 26 more: no such line flat nic.s02 of host: another line NOT ",
		NULL,
	};
	struct bench *b = *state;
	struct report r = forty(b, "no such line");

	b->outs[1].who = named(b, "netdev:eth0");
	b->outs[40] = b->outs[1];
	b->outs[40].who = named(b, "netdev:eth1");
	b->outs[2].evidence = "another line";
	b->outs[39].reason = OUT_TOO_SMALL; /* the same words for another reason */
	b->outs[3].who = named(b, "cpu:3");
	r.n_ruled_out = 41;
	assert_says(&r, parts);
}

static void health_is_told_in_a_few_lines(void **state)
{
	static const char *const parts[] = {
		"NO FAULT: nothing began to misbehave mono:1.500 .. mono:123.456: 181 ticks, 0 "
		"gaps, 14 events, 4201 series read RULED OUT invariant ",
		"flat 2 signals, read and judged",
		NULL,
	};
	char *text = text_of(healthy(*state));
	size_t widest;

	assert_says(healthy(*state), parts);
	assert_in_range(count_lines(text, &widest), 4, 12);
	assert_null(strstr(text, "CHAIN"));
	assert_null(strstr(text, "NEXT"));
	free(text);
}

static void a_symptom_without_a_root_is_told_with_its_date(void **state)
{
	static const char *const parts[] = {
		"UNDETERMINED: what would decide was not seen 2025-11-20T12:03:00.000Z .. ",
		"series read; 7 did not fit and were left out ",
		"SYMPTOMS 2025-11-21T12:04:09.000..10.000, until "
		"2025-11-21T12:04:20.000..21.000 rdma.port.received rdma:mlx5_0/1 188/s -> stalled "
		"the port receives less than it did no root explains it ",
		"ALTERNATIVES cgroup.cpu.throttled cgroup:/a, from the start, 6.0 dB ",
		NULL,
	};

	assert_says(open_question(*state), parts);
}

static void a_log_without_times_has_an_order_only(void **state)
{
	static const char *const parts[] = {
		"LATENT: something is wrong, and nothing that was seen suffers from it no line has "
		"a time, so only their order is known: 1 event, nothing but the log ",
		"ROOT nic.event.tx_timeout netdev:eth0 - 3 times 12.0 dB, nothing else ",
		"`- - nic.carrier netdev:eth0 up -> down after an unknown time: ",
		NULL,
	};

	assert_says(bare_log(*state), parts);
	assert_silent(bare_log(*state), "confirm");
	assert_silent(bare_log(*state), "12:0");
}

static void a_line_of_the_log_is_quoted_once(void **state)
{
	struct bench *b = *state;
	struct report r = *bare_log(b);

	b->symptoms[0] = &b->nodes[2];
	r.symptoms = b->symptoms, r.n_symptoms = 1;
	assert_int_equal(count_of(&r, "NETDEV WATCHDOG"), 1); /* root, chain and symptom */
	r.n_roots = r.n_links = 0;
	assert_int_equal(count_of(&r, "NETDEV WATCHDOG"), 1);
	r.n_symptoms = r.n_events = 0;
	assert_int_equal(count_of(&r, "no line has a time"), 0);
}

static void an_end_in_the_same_millisecond_is_not_told(void **state)
{
	struct bench *b = *state;
	struct report r = *open_question(b);

	b->nodes[3].began.lo_ns = b->nodes[3].began.hi_ns;
	b->nodes[3].ended = b->nodes[3].began;
	b->nodes[3].ended.hi_ns++;
	assert_silent(&r, "until ");
	b->nodes[3].ended.hi_ns += 2 * MS_NS;
	assert_int_equal(count_of(&r, "until "), 1);
}

/* What a shell makes of the command that the text shows, folded as it is. */
static void a_long_command_can_be_pasted(void **state)
{
	static const char expected[] = "/sys/fs/cgroup" LONG_PATH "/cpu.stat\n"
				       "/sys/fs/cgroup" LONG_PATH "/cpu.max\n";
	char *text = text_of(full(*state)), *begin = strstr(text, "confirm: cat "), *end, *command;
	char out[1024] = "";
	FILE *pipe;

	assert_non_null(begin);
	begin += strlen("confirm: cat ");
	for (end = strchr(begin, '\n'); end[-1] == '\\'; end = strchr(end + 1, '\n'))
		assert_non_null(end);
	*end = '\0';
	assert_true(asprintf(&command, "printf '%%s\\n' %s", begin) > 0);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_true(fread(out, 1, sizeof(out) - 1, pipe) > 0);
	pclose(pipe);
	assert_string_equal(out, expected);
	free(command);
	free(text);
}

static void a_chain_deeper_than_the_page_says_from_where(void **state)
{
	static const char *const parts[] = { "after 0..2 s of nic.carrier netdev:d29: nothing",
		NULL };
	static struct node nodes[31];
	struct bench *b = *state;
	struct report r = *full(b);
	char name[32], *text;
	size_t widest;

	for (int i = 0; i < 31; i++) {
		snprintf(name, sizeof(name), "netdev:d%d", i);
		nodes[i] = (struct node){ .signal = &signals[CARRIER], .who = named(b, name) };
		if (i)
			b->links[i - 1] =
				(struct link){ &nodes[i - 1], &nodes[i], &stop_rule, 0, 2, true };
	}
	b->links[30] = (struct link){ &nodes[30], &nodes[0], &stop_rule, 0, 2, true };
	b->roots[0].node = &nodes[0];
	r.n_links = 31;
	r.n_roots = 1;
	assert_says(&r, parts);
	text = text_of(&r);
	count_lines(text, &widest);
	assert_in_range(widest, 20, COLUMNS);
	free(text);
	/* a circle ends where it closes */
	assert_int_equal(count_of(&r, "netdev:d0 (see above)"), 1);
	assert_int_equal(count_of(&r, "(see above)"), 1);
}

static void a_wide_chain_is_capped(void **state)
{
	static const char *const parts[] = { "and 12 further links (--format json has all)", NULL };
	static struct node nodes[61];
	static struct link links[60];
	struct bench *b = *state;
	struct report r = *full(b);

	for (int i = 0; i < 61; i++)
		nodes[i] =
			(struct node){ .signal = &signals[CARRIER], .who = named(b, "netdev:x") };
	for (int i = 0; i < 60; i++)
		links[i] = (struct link){ &nodes[0], &nodes[i + 1], NULL, 0, 0, false };
	r.links = links;
	r.n_links = 60;
	assert_says(&r, parts);
}

/* ---- JSON ---- */

static json_t *at(json_t *json, const char *list, size_t i)
{
	json_t *item = json_array_get(json_object_get(json, list), i);

	assert_non_null(item);
	return item;
}

static void assert_field(json_t *json, const char *key, const char *expected)
{
	json_t *value = json_object_get(json, key);
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void json_has_the_root_and_its_times(void **state)
{
	json_t *whole = json_of(full(*state)), *root = at(whole, "roots", 0);
	json_t *second = at(whole, "roots", 1);

	assert_string_equal(json_object_iter_key(json_object_iter(whole)), "schema");
	assert_field(whole, "schema", "{\"name\":\"faultline.explain\",\"version\":1}");
	assert_field(whole, "verdict", "\"confirmed\"");
	assert_field(whole, "summary", "\"the link to 0000:01:00.0 lost a transaction\"");
	assert_field(root, "signal", "\"pcie.aer.nonfatal\"");
	assert_field(root, "entity", "\"pci:0000:01:00.0\"");
	assert_field(root, "sub", "\"bit=CmpltTO\"");
	assert_field(root, "onset", "[\"2025-11-21T12:04:07.200Z\",\"2025-11-21T12:04:08.200Z\"]");
	assert_field(root, "onset_ns", "[1763726647200000000,1763726648200000000]");
	assert_field(root, "ended", "[null,null]");
	assert_field(root, "before", "0.0");
	assert_field(root, "after", "41.0");
	assert_field(root, "unit", "\"/s\"");
	assert_field(root, "count", "47");
	assert_field(root, "layers", "3");
	assert_field(root, "check",
		"\"grep -v ' 0$' /sys/bus/pci/devices/0000:01:00.0/aer_dev_nonfatal\"");
	assert_field(second, "fix", "null");
	assert_field(second, "over_next_db", "null");
	assert_field(second, "onset", "[null,\"2025-11-21T12:04:02.000Z\"]");
	assert_field(second, "onset_ns", "[null,1763726642000000000]");
	json_decref(whole);
}

static void json_has_every_link_symptom_and_reason(void **state)
{
	json_t *whole = json_of(full(*state)), *link = at(whole, "chain", 3);

	assert_int_equal(json_array_size(json_object_get(whole, "chain")), 5);
	assert_field(link, "lag_s", "[null,0.80000000000000004]");
	assert_field(link, "because", "\"nothing goes through a dead port\"");
	assert_field(link, "on_path", "true");
	assert_field(at(whole, "chain", 0), "because", "null");
	assert_field(at(whole, "chain", 1), "source", "\"drivers/net\"");
	assert_field(json_object_get(link, "to"), "is", "\"stalled\"");
	assert_field(json_object_get(link, "to"), "before", "188.0");
	assert_field(json_object_get(link, "from"), "after", "\"down\"");
	/* bytes that are no UTF-8 are escaped, an infinity is null */
	assert_field(json_object_get(at(whole, "chain", 4), "to"), "after", "null");
	assert_field(json_object_get(at(whole, "chain", 4), "to"), "entity",
		"\"netdev:odd\\\\n\\\\t\xc3\xa4\\\\xfe name\"");
	assert_field(at(whole, "symptoms", 0), "explained", "true");
	assert_field(at(whole, "symptoms", 0), "title", "\"the port receives less than it did\"");
	assert_field(at(whole, "symptoms", 0), "text", "null");
	assert_field(json_object_get(at(whole, "chain", 0), "to"), "title", "null");
	assert_field(json_object_get(at(whole, "chain", 0), "to"), "count", "3");
	assert_field(at(whole, "symptoms", 1), "explained", "false");
	assert_field(at(whole, "alternatives", 0), "behind_db", "22.5");
	assert_int_equal(json_array_size(json_object_get(whole, "ruled_out")), MANY + 2);
	assert_field(at(whole, "ruled_out", 0), "reason", "\"invariant\"");
	assert_field(at(whole, "ruled_out", 0), "near", "true");
	assert_field(at(whole, "ruled_out", 1), "reason", "\"too_late\"");
	assert_field(at(whole, "not_checked", 0), "entity", "\"rdma:mlx5_0/1\"");
	assert_field(at(whole, "not_checked", 1), "entity", "null");
	assert_field(whole, "next_signal", "\"rdma.port.received\"");
	json_decref(whole);
}

static void json_times_are_of_the_clock_there_is(void **state)
{
	json_t *mono = json_of(healthy(*state)), *none = json_of(bare_log(*state));
	json_t *open = json_of(open_question(*state));

	assert_field(json_object_get(mono, "window"), "from", "\"mono:1.500\"");
	assert_field(json_object_get(mono, "window"), "until_ns", "123456000000");
	assert_field(json_object_get(none, "window"), "from", "null");
	assert_field(at(none, "roots", 0), "onset", "[null,null]");
	assert_field(at(none, "chain", 0), "lag_s", "[null,null]");
	assert_field(at(open, "symptoms", 0), "explained", "false");
	json_decref(mono);
	json_decref(none);
	json_decref(open);
}

static const struct {
	const char *name;
	const struct report *(*make)(struct bench *);
} reports[] = { { "full", full }, { "healthy", healthy }, { "open", open_question },
	{ "log", bare_log } };

/* For tests/schema/schema.sh. */
static int write_all(const char *dir)
{
	char path[512];

	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++) {
		void *bench;
		FILE *out;

		snprintf(path, sizeof(path), "%s/%s.json", dir, reports[i].name);
		out = fopen(path, "we");
		if (!out || open_bench(&bench) || explain_json(out, reports[i].make(bench)))
			return 1;
		fclose(out);
		close_bench(&bench);
	}
	return 0;
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(no_line_is_wider_than_80_columns_or_other_than_ascii),
		WITH_BENCH(a_fault_is_told_from_its_root),
		WITH_BENCH(the_chain_is_a_tree_along_the_best_path),
		WITH_BENCH(symptoms_and_alternatives_are_told),
		WITH_BENCH(what_was_ruled_out_is_told_in_groups),
		WITH_BENCH(what_could_not_be_checked_is_told_by_reason),
		WITH_BENCH(many_signals_and_reasons_are_capped),
		WITH_BENCH(signals_with_one_evidence_share_a_paragraph),
		WITH_BENCH(health_is_told_in_a_few_lines),
		WITH_BENCH(a_symptom_without_a_root_is_told_with_its_date),
		WITH_BENCH(a_log_without_times_has_an_order_only),
		WITH_BENCH(a_line_of_the_log_is_quoted_once),
		WITH_BENCH(an_end_in_the_same_millisecond_is_not_told),
		WITH_BENCH(a_long_command_can_be_pasted),
		WITH_BENCH(a_chain_deeper_than_the_page_says_from_where),
		WITH_BENCH(a_wide_chain_is_capped),
		WITH_BENCH(json_has_the_root_and_its_times),
		WITH_BENCH(json_has_every_link_symptom_and_reason),
		WITH_BENCH(json_times_are_of_the_clock_there_is),
	};

	return argc > 1 ? write_all(argv[1]) : RUN_TESTS(tests);
}
