/* The runner: what it reads, what it says of failures, whom it slows. */
#include "run_bench.h"

#include "base/clock.h"
#include "collect/keyed.h"

static void start(struct bench *b, const struct collector *const *list, size_t n, int64_t budget_ns)
{
	const struct run_options options = { .budget_ns = budget_ns };

	assert_int_equal(run_open(b->host, &b->session, list, n, &options, &b->run), 0);
}

static void remove_file(const struct bench *b, const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", b->dir, path);
	assert_int_equal(remove(whole), 0);
}

static bool value_of(
	const struct bench *b, const char *signal, const char *entity, unsigned sub, int64_t *ret)
{
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));

	if (!block || !block_has(block, sub))
		return false;
	*ret = block->values[sub];
	return true;
}

static bool has(const struct bench *b, const char *signal, const char *entity)
{
	int64_t value;

	return value_of(b, signal, entity, 0, &value);
}

static void assert_value(
	const struct bench *b, const char *signal, const char *entity, int64_t expected)
{
	int64_t value = 0;

	if (!value_of(b, signal, entity, 0, &value))
		fail_msg("no row %s of %s", signal, entity);
	assert_int_equal(value, expected);
}

static int failure_of(const struct bench *b, unsigned source)
{
	for (uint32_t i = 0; i < b->frame.n_failures; i++)
		if (b->frame.failures[i].source == source)
			return b->frame.failures[i].error;
	return 0;
}

static const struct source_read *read_of(const struct bench *b, unsigned source)
{
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		if (b->frame.reads[i].source == source)
			return &b->frame.reads[i];
	return NULL;
}

/* ---- a keyed table, values by device, and something that fails ---- */

static const struct signal table_signals[] = {
	{ "net.table.one", "one", COUNTER, ONE, HOST, NONE, FREE, "one" },
	{ "net.table.two", "two|zwei", COUNTER, ONE, HOST, NONE, FREE, "two" },
	{ "net.table.level", "level", GAUGE, ONE, HOST, NONE, FREE, "level" },
};
static const struct text_source table_texts[] = { { .path = "proc/table", .who = "host" } };
static const struct collector table_collector = { .name = "table",
	.about = "table",
	SIGNALS(table_signals),
	TEXTS(table_texts),
	.parse = parse_keyed };

static const struct signal device_signals[] = {
	{ "nic.device.mtu", "mtu", GAUGE, BYTES, NETDEV, NONE, FREE, "mtu" },
	{ "nic.device.speed", "speed", GAUGE, MEGABITS, NETDEV, NONE, FREE, "speed" },
	{ "nic.device.alias", "alias", FACT, TEXT, NETDEV, NONE, FREE, "alias" },
};
static const struct text_source device_texts[] = {
	{ .path = "sys/class/net/*/mtu", .who = "netdev:%1" },
	{ .path = "sys/class/net/*/speed", .who = "netdev:%1", .normal_error = -EINVAL },
	{ .path = "sys/class/net/*/alias", .who = "netdev:%1", .may_be_silent = true },
};
static const struct collector device_collector = { .name = "device",
	.about = "device",
	SIGNALS(device_signals),
	TEXTS(device_texts),
	.parse = parse_one_value };
enum { TABLE = 0, MTU = 1, SPEED = 2, ALIAS = 3 };

static const struct collector *const two[] = { &table_collector, &device_collector };

static void table_and_devices(struct bench *b)
{
	tree_text(b->dir, "proc/table", "one 1\ntwo 2\nlevel -3\n");
	tree_text(b->dir, "sys/class/net/eth0/mtu", "1500\n");
	tree_text(b->dir, "sys/class/net/eth1/mtu", "9000\n");
	tree_text(b->dir, "sys/class/net/eth0/speed", "25000\n");
	tree_text(b->dir, "sys/class/net/eth1/speed", "100\n");
	tree_text(b->dir, "sys/class/net/eth0/alias", "uplink\n");
	tree_text(b->dir, "sys/class/net/eth1/alias", "\n");
}

static void texts_become_rows_about_their_entities(void **state)
{
	struct bench *b = *state;
	int64_t text;

	table_and_devices(b);
	start(b, two, 2, 0);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_value(b, "net.table.one", "host", 1);
	assert_value(b, "net.table.level", "host", -3);
	assert_value(b, "nic.device.mtu", "netdev:eth0", 1500);
	assert_value(b, "nic.device.mtu", "netdev:eth1", 9000);
	assert_true(value_of(b, "nic.device.alias", "netdev:eth0", 0, &text));
	assert_str(names_get(&b->session.texts, (uint32_t)text), "uplink");
	assert_int_equal(b->frame.n_failures, 0);
	assert_int_equal(read_of(b, MTU)->files, 2);
	assert_int_equal(read_of(b, MTU)->status, 0);
	assert_true(read_of(b, MTU)->begin_ns > 0 &&
		    read_of(b, MTU)->end_ns >= read_of(b, MTU)->begin_ns);
	assert_int_equal(run_sources(b->run), 4);
}

static void synonyms_and_colons_are_the_same_key(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "proc/table", "zwei: 2 kB\nunknown words\none: 18446744073709551615\n");
	start(b, two, 1, 0);
	run_tick(b->run, &b->frame);
	assert_value(b, "net.table.two", "host", 2);
	assert_value(b, "net.table.one", "host", -1); /* all 64 bits of it */
	assert_int_equal(b->frame.n_failures, 0);
}

static void a_failing_source_costs_only_itself(void **state)
{
	struct bench *b = *state;
	const struct run_cost *costs;

	table_and_devices(b);
	host_close(b->host);
	tree_text(b->dir, "manifest.json",
		"{\"files\": {\"proc/table\": {\"errno\": \"EIO\"}, \"sys/class/net/eth0/mtu\": "
		"{\"errno\": \"EACCES\"}}}");
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	start(b, two, 2, 0);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_false(has(b, "net.table.one", "host"));
	assert_int_equal(read_of(b, TABLE)->status, -EIO);
	assert_int_equal(failure_of(b, TABLE), -EIO);
	assert_false(has(b, "nic.device.mtu", "netdev:eth0"));
	assert_value(b, "nic.device.mtu", "netdev:eth1", 9000);
	assert_int_equal(failure_of(b, MTU), -EACCES);
	assert_int_equal(read_of(b, MTU)->failed, 1);
	assert_value(b, "nic.device.speed", "netdev:eth0", 25000);
	assert_int_equal(run_costs(b->run, &costs), 2);
	assert_int_equal(costs[0].status, -EIO);
	assert_int_equal(costs[1].status, 0);
	assert_value(b, "self.collector.status", "reporter:self/table", EIO);
	assert_value(b, "self.collector.failed", "reporter:self/device", 1);
}

static void an_absent_source_has_a_status_and_is_no_failure(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "proc/table", "one 1\n");
	start(b, two, 2, 0);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
	assert_int_equal(read_of(b, MTU)->status, -ENOENT);
	assert_int_equal(b->frame.n_failures, 0);
}

static void nothing_at_all_is_enoent(void **state)
{
	struct bench *b = *state;

	start(b, two, 2, 0);
	assert_int_equal(run_tick(b->run, &b->frame), -ENOENT);
}

static void an_error_that_is_normal_is_no_failure(void **state)
{
	struct bench *b = *state;

	table_and_devices(b);
	host_close(b->host);
	tree_text(b->dir, "manifest.json",
		"{\"files\": {\"sys/class/net/eth0/speed\": {\"errno\": \"EINVAL\"}}}");
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	start(b, two, 2, 0);
	run_tick(b->run, &b->frame);
	assert_int_equal(b->frame.n_failures, 0);
	assert_false(has(b, "nic.device.speed", "netdev:eth0"));
	assert_value(b, "nic.device.speed", "netdev:eth1", 100);
}

static void an_empty_text_is_a_failure_unless_it_may_be_silent(void **state)
{
	struct bench *b = *state;

	table_and_devices(b);
	tree_text(b->dir, "proc/table", "");
	tree_text(b->dir, "sys/class/net/eth0/mtu", "");
	tree_text(b->dir, "sys/class/net/eth0/alias", "");
	start(b, two, 2, 0);
	run_tick(b->run, &b->frame);
	assert_true(failure_of(b, TABLE) < 0);
	assert_true(failure_of(b, MTU) < 0);
	assert_int_equal(failure_of(b, ALIAS), 0);
	assert_false(has(b, "nic.device.mtu", "netdev:eth0"));
	assert_false(has(b, "nic.device.alias", "netdev:eth0"));
	assert_false(has(b, "nic.device.alias", "netdev:eth1"));
}

static void a_table_of_unknown_lines_only_was_not_understood(void **state)
{
	struct bench *b = *state;
	const struct run_cost *costs;

	tree_text(b->dir, "proc/table", "three 3\nfour 4\n");
	start(b, two, 1, 0);
	run_tick(b->run, &b->frame);
	assert_int_equal(failure_of(b, TABLE), -ENODATA);
	run_costs(b->run, &costs);
	assert_int_equal(costs[0].not_understood, 1);
}

static void the_last_line_of_a_cut_table_is_not_believed(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "proc/table", "one 11\ntwo 22\nlevel 3"); /* it was 333 */
	start(b, two, 1, 0);
	run_tick(b->run, &b->frame);
	assert_value(b, "net.table.one", "host", 11);
	assert_value(b, "net.table.two", "host", 22);
	assert_false(has(b, "net.table.level", "host"));
	assert_int_equal(failure_of(b, TABLE), -EBADMSG);
}

static void a_bad_number_loses_its_row_only(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "proc/table", "one 99999999999999999999\ntwo 22\nlevel\n");
	start(b, two, 1, 0);
	run_tick(b->run, &b->frame);
	assert_false(has(b, "net.table.one", "host"));
	assert_value(b, "net.table.two", "host", 22);
	assert_false(has(b, "net.table.level", "host"));
	assert_int_equal(failure_of(b, TABLE), -EBADMSG);
}

static void what_vanishes_is_gone_and_comes_back(void **state)
{
	struct bench *b = *state;
	bool gone = false;

	table_and_devices(b);
	start(b, two, 2, 0);
	run_tick(b->run, &b->frame);
	remove_file(b, "sys/class/net/eth0/mtu");
	run_tick(b->run, &b->frame);
	assert_false(has(b, "nic.device.mtu", "netdev:eth0"));
	for (uint32_t i = 0; i < b->frame.n_spans; i++)
		gone |= b->frame.spans[i].gone;
	assert_true(gone);
	tree_text(b->dir, "sys/class/net/eth0/mtu", "1500\n");
	run_tick(b->run, &b->frame);
	assert_value(b, "nic.device.mtu", "netdev:eth0", 1500);
}

/* ---- relations ---- */

static const struct signal pair_signals[] = {
	{ "irq.pair.count", "count", GAUGE, ONE, HOST, NONE, FREE, "pairs" },
};
static const struct text_source pair_texts[] = { { .path = "proc/pairs", .who = "host" } };

static int parse_pairs(struct emit *out, unsigned text, str from)
{
	str line, irq, cpu;
	int64_t n = 0;

	(void)text;
	for (; str_next_line(&from, &line); n++)
		if (str_cut(line, ' ', &irq, &cpu))
			emit_relation(out, emit_global_entity(out, IRQ, irq), VIA_CPU,
				emit_global_entity(out, CPU, cpu));
	emit(out, 0, n);
	return 0;
}

static const struct collector pair_collector = { .name = "pair",
	.about = "pair",
	SIGNALS(pair_signals),
	TEXTS(pair_texts),
	.parse = parse_pairs };

static unsigned holding(const struct bench *b, const char *irq)
{
	uint32_t cursor = 0;
	unsigned n = 0;

	while (relation_next(&b->session.relations,
		names_find(&b->session.entities.names, str_of(irq)), VIA_CPU, &cursor))
		n++;
	return n;
}

static void relations_end_when_they_are_not_said_again(void **state)
{
	static const struct collector *const list[] = { &pair_collector };
	struct bench *b = *state;

	tree_text(b->dir, "proc/pairs", "40 1\n40 2\n41 1\n");
	start(b, list, 1, 0);
	run_tick(b->run, &b->frame);
	assert_int_equal(b->frame.n_changes, 3);
	assert_int_equal(holding(b, "irq:40"), 2);
	run_tick(b->run, &b->frame);
	assert_int_equal(b->frame.n_changes, 0);
	tree_text(b->dir, "proc/pairs", "40 2\n41 3\n");
	run_tick(b->run, &b->frame);
	assert_int_equal(b->frame.n_changes, 3); /* two ended, one began */
	assert_int_equal(holding(b, "irq:40"), 1);
	assert_int_equal(holding(b, "irq:41"), 1);
	tree_text(b->dir, "proc/pairs", "40 1\n40 2\n41 1\n");
	run_tick(b->run, &b->frame);
	assert_int_equal(holding(b, "irq:40"), 2);
}

/* ---- cost ---- */

static int64_t spend_ns;

static void spend(void)
{
	int64_t until = clock_mono_ns() + spend_ns;

	while (clock_mono_ns() < until)
		;
}

static int collect_slowly(struct collect *c)
{
	spend();
	return collect_declared(c);
}

static const struct collector slow_collector = { .name = "slow",
	.about = "slow",
	SIGNALS(pair_signals),
	TEXTS(pair_texts),
	.parse = parse_pairs,
	.collect = collect_slowly };

/* A reading takes longer than it spends while others have the CPU: not every one tells. */
static bool becomes(struct bench *b, const struct run_cost *cost, unsigned every)
{
	for (int tick = 0; tick < 400 && cost->every != every; tick++)
		run_tick(b->run, &b->frame);
	return cost->every == every;
}

static void who_costs_too_much_is_slowed_and_that_is_a_row(void **state)
{
	static const struct collector *const list[] = { &slow_collector, &table_collector };
	struct bench *b = *state;
	const struct run_cost *costs;

	tree_text(b->dir, "proc/pairs", "40 1\n");
	tree_text(b->dir, "proc/table", "one 1\n");
	start(b, list, 2, 20 * MS_NS);
	run_costs(b->run, &costs);
	spend_ns = 90 * MS_NS;
	for (int tick = 0; tick < 8; tick++) {
		assert_int_equal(run_tick(b->run, &b->frame), 0);
		assert_value(b, "self.collector.every", "reporter:self/slow", costs[0].every);
		/* a tick left out ends neither its rows nor its relations */
		assert_value(b, "irq.pair.count", "host", 1);
		assert_int_equal(holding(b, "irq:40"), 1);
		/* one long reading is not believed at once */
		assert_true(tick > 0 || costs[0].every == 2);
	}
	assert_true(costs[0].every >= 8);
	assert_true(costs[0].skipped > costs[0].ticks);
	assert_int_equal(costs[1].every, 1);
	assert_int_equal(costs[1].ticks, 8);
	assert_true(costs[0].worst_ns >= 90 * MS_NS);
	/* what it takes fits into every second one, and it becomes as fast as that */
	spend_ns = 25 * MS_NS;
	assert_true(becomes(b, &costs[0], 2));
	spend_ns = 0;
	assert_true(becomes(b, &costs[0], 1));
}

static void even_the_slowest_runs_now_and_then(void **state)
{
	static const struct collector *const list[] = { &slow_collector };
	struct bench *b = *state;
	const struct run_cost *costs;

	tree_text(b->dir, "proc/pairs", "40 1\n");
	start(b, list, 1, 1);
	run_costs(b->run, &costs);
	for (int tick = 0; tick < 512; tick++)
		run_tick(b->run, &b->frame);
	assert_in_range(costs[0].every, 2, 64);
	assert_true(costs[0].ticks >= 8);
	assert_int_equal(costs[0].ticks + costs[0].skipped, 512);
}

/* ---- namespaces ---- */

static const struct text_source space_texts[] = {
	{ .path = "proc/net/table", .who = "host", .each_namespace = true },
};
static const struct collector space_collector = { .name = "space",
	.about = "space",
	SIGNALS(table_signals),
	TEXTS(space_texts),
	.parse = parse_keyed };

static void each_namespace_is_an_entity_of_its_own(void **state)
{
	static const struct collector *const list[] = { &space_collector };
	struct bench *b = *state;

	tree_text(b->dir, "proc/net/table", "one 1\n");
	tree_text(b->dir, "netns/pod/proc/net/table", "one 2\n");
	start(b, list, 1, 0);
	run_tick(b->run, &b->frame);
	assert_value(b, "net.table.one", "host", 1);
	assert_value(b, "net.table.one", "host:@pod", 2);
}

static void applied_frames_of_a_run_give_its_state(void **state)
{
	struct bench *b = *state;
	struct ledger other;

	assert_int_equal(ledger_open(&other), 0);
	table_and_devices(b);
	start(b, two, 2, 0);
	for (int tick = 0; tick < 4; tick++) {
		if (tick == 2)
			remove_file(b, "sys/class/net/eth0/mtu");
		run_tick(b->run, &b->frame);
		ledger_apply(&other, &b->frame);
	}
	for (uint32_t i = 0; i < b->session.ledger.n; i++) {
		const struct block *x = &b->session.ledger.blocks[i];
		const struct block *y = ledger_find(&other, x->who, x->sig);

		assert_int_equal(block_has(x, 0), y && block_has(y, 0));
		assert_true(!y || !block_has(y, 0) || x->values[0] == y->values[0]);
	}
	ledger_close(&other);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(texts_become_rows_about_their_entities),
		WITH_BENCH(synonyms_and_colons_are_the_same_key),
		WITH_BENCH(a_failing_source_costs_only_itself),
		WITH_BENCH(an_absent_source_has_a_status_and_is_no_failure),
		WITH_BENCH(nothing_at_all_is_enoent),
		WITH_BENCH(an_error_that_is_normal_is_no_failure),
		WITH_BENCH(an_empty_text_is_a_failure_unless_it_may_be_silent),
		WITH_BENCH(a_table_of_unknown_lines_only_was_not_understood),
		WITH_BENCH(the_last_line_of_a_cut_table_is_not_believed),
		WITH_BENCH(a_bad_number_loses_its_row_only),
		WITH_BENCH(what_vanishes_is_gone_and_comes_back),
		WITH_BENCH(relations_end_when_they_are_not_said_again),
		WITH_BENCH(who_costs_too_much_is_slowed_and_that_is_a_row),
		WITH_BENCH(even_the_slowest_runs_now_and_then),
		WITH_BENCH(each_namespace_is_an_entity_of_its_own),
		WITH_BENCH(applied_frames_of_a_run_give_its_state),
	};

	return RUN_TESTS(tests);
}
