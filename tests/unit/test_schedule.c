/* The schedule: who runs in which tick, what fast ticks read, and when places are looked for. */
#include "run_bench.h"

#include "base/clock.h"
#include "collect/keyed.h"
#include "collect/read.h"

/* ---- a recorder with a clock of the test's own ---- */

static void start(struct bench *b, const struct collector *const *list, size_t n, bool scheduled)
{
	/* where nobody spends time on purpose, a machine that stands still is not held against anyone */
	const struct run_options options = { .scheduled = scheduled,
		.budget_ns = list[0]->collect ? 0 : INT64_MAX };

	assert_int_equal(run_open(b->host, &b->session, list, n, &options, &b->run), 0);
}

/* A tick that comes so much later than it does: what the schedule goes by is moved back instead. */
static void later(struct bench *b, int64_t ns)
{
	struct schedule *s = &b->run->schedule;

	s->start_ns -= ns;
	for (size_t i = 0; i < s->n; i++)
		s->turns[i].ran_ns -= ns;
	b->run->scan.scanned_ns -= ns;
	b->run->scan.looked_ns -= ns;
}

static void tick_after(struct bench *b, int64_t ns)
{
	later(b, ns);
	run_tick(b->run, &b->frame);
}

static uint64_t runs(const struct bench *b, size_t i)
{
	const struct run_cost *costs;

	run_costs(b->run, &costs);
	return costs[i].ticks;
}

static const struct run_cost *cost(const struct bench *b, size_t i)
{
	const struct run_cost *costs;

	run_costs(b->run, &costs);
	return &costs[i];
}

static bool value_of(const struct bench *b, const char *signal, const char *entity, int64_t *ret)
{
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));

	if (!block || !block_has(block, 0))
		return false;
	*ret = block->values[0];
	return true;
}

static void assert_value(const struct bench *b, const char *signal, const char *entity, int64_t is)
{
	int64_t value;

	if (!value_of(b, signal, entity, &value))
		fail_msg("no row %s of %s", signal, entity);
	assert_int_equal(value, is);
}

/* ---- collectors of every pace ---- */

#define KEYED(NAME, ...)                                                                           \
	static const struct signal NAME##_signals[] = {                                            \
		{ "net." #NAME ".one", "one", COUNTER, ONE, HOST, NONE, FREE, "one" },             \
	};                                                                                         \
	static const struct text_source NAME##_texts[] = { { .path = "proc/" #NAME,                \
		.who = "host" } };                                                                 \
	static const struct collector NAME##_collector = { .name = #NAME,                          \
		.about = #NAME,                                                                    \
		.parse = parse_keyed,                                                              \
		SIGNALS(NAME##_signals),                                                           \
		TEXTS(NAME##_texts),                                                               \
		__VA_ARGS__ }

KEYED(every, .fast = 1);
KEYED(soon, .pace = SOON);
KEYED(slow, .pace = SLOW);
KEYED(slower, .pace = SLOW, .with_former = true);
KEYED(rare, .pace = RARE);
KEYED(rarer, .pace = RARE);

enum { EVERY_I, SOON_I, SLOW_I, SLOWER_I, RARE_I, RARER_I, ALL };
static const struct collector *const all[] = { &every_collector, &soon_collector, &slow_collector,
	&slower_collector, &rare_collector, &rarer_collector };

static void make_texts(const struct bench *b, int value)
{
	char path[64], text[64];

	for (size_t i = 0; i < ALL; i++) {
		snprintf(path, sizeof(path), "proc/%s", all[i]->name);
		snprintf(text, sizeof(text), "one %d\n", value);
		tree_text(b->dir, path, text);
	}
}

static void remove_text(const struct bench *b, const char *path)
{
	char whole[160];

	snprintf(whole, sizeof(whole), "%s/%s", b->dir, path);
	assert_int_equal(unlink(whole), 0);
}

static void the_first_tick_reads_everything(void **state)
{
	struct bench *b = *state;

	make_texts(b, 1);
	start(b, all, ALL, true);
	run_tick(b->run, &b->frame);
	for (size_t i = 0; i < ALL; i++)
		assert_int_equal(runs(b, i), 1);
	assert_value(b, "net.rare.one", "host", 1);
}

static void without_a_schedule_all_run_in_every_tick(void **state)
{
	struct bench *b = *state;

	make_texts(b, 1);
	start(b, all, ALL, false);
	for (int i = 0; i < 5; i++)
		tick_after(b, 100 * MS_NS);
	for (size_t i = 0; i < ALL; i++)
		assert_int_equal(runs(b, i), 5);
	assert_int_equal(cost(b, RARE_I)->interval_ns, 0);
}

static void intervals_are_of_time_whatever_a_tick_lasts(void **state)
{
	static const int64_t lengths_ms[] = { 100, 1000, 7000, 30000, 60000 };
	struct bench *b = *state;
	int64_t span_ms = 1200 * 1000;

	make_texts(b, 1);
	for (size_t l = 0; l < sizeof(lengths_ms) / sizeof(*lengths_ms); l++) {
		int64_t length = lengths_ms[l], ticks = span_ms / length;

		start(b, all, ALL, true);
		for (int64_t i = 0; i < ticks; i++)
			tick_after(b, length * MS_NS);
		assert_int_equal(runs(b, EVERY_I), ticks);
		/* the first tick is one more than there are intervals; a turn may be left over */
		assert_in_range(runs(b, SOON_I), span_ms / (length > 2000 ? length : 2000) - 1,
			span_ms / (length > 2000 ? length : 2000) + 2);
		assert_in_range(runs(b, SLOW_I), span_ms / (length > 10000 ? length : 14000) - 1,
			span_ms / (length > 10000 ? length : 10000) + 2);
		assert_in_range(runs(b, RARE_I), 18, 22);
		b->run = run_close(b->run);
	}
}

static void slow_collectors_are_spread_over_ticks(void **state)
{
	struct bench *b = *state;
	uint64_t before[ALL];
	unsigned together = 0;

	make_texts(b, 1);
	start(b, all, ALL, true);
	run_tick(b->run, &b->frame);
	for (int i = 0; i < 240; i++) {
		before[RARE_I] = runs(b, RARE_I);
		before[RARER_I] = runs(b, RARER_I);
		tick_after(b, SECOND_NS);
		together += runs(b, RARE_I) > before[RARE_I] && runs(b, RARER_I) > before[RARER_I];
	}
	assert_in_range(runs(b, RARE_I), 4, 6);
	assert_in_range(runs(b, RARER_I), 4, 6);
	assert_int_equal(together, 0);
}

/* What is asked of the collector before it has to be of this tick. */
static void who_relies_on_the_one_before_runs_only_beside_it(void **state)
{
	struct bench *b = *state;
	unsigned alone = 0;

	make_texts(b, 1);
	start(b, all, ALL, true);
	run_tick(b->run, &b->frame);
	for (int i = 0; i < 100; i++) {
		uint64_t slow = runs(b, SLOW_I), slower = runs(b, SLOWER_I);

		tick_after(b, SECOND_NS);
		alone += runs(b, SLOWER_I) > slower && runs(b, SLOW_I) == slow;
	}
	assert_int_equal(alone, 0);
	assert_true(runs(b, SLOWER_I) >= 5);
}

static void what_does_not_run_stays_as_it_was(void **state)
{
	struct bench *b = *state;

	make_texts(b, 1);
	start(b, all, ALL, true);
	run_tick(b->run, &b->frame);
	make_texts(b, 2);
	tick_after(b, 100 * MS_NS);
	assert_value(b, "net.every.one", "host", 2);
	assert_value(b, "net.rare.one", "host", 1);
	for (uint32_t i = 0; i < b->frame.n_spans; i++)
		assert_false(b->frame.spans[i].gone);
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		assert_string_equal(
			b->session.sources[b->frame.reads[i].source].collector, "every");
	tick_after(b, 70 * SECOND_NS);
	assert_value(b, "net.rare.one", "host", 2);
}

/* ---- the device's own time ---- */

static int64_t spend_ns;

static int collect_slowly(struct collect *c)
{
	int64_t until = clock_mono_ns() + spend_ns;

	while (clock_mono_ns() < until)
		;
	return collect_declared(c);
}

static const struct signal command_signals[] = {
	{ "rdma.command.one", "one", COUNTER, ONE, HOST, NONE, FIRMWARE, "one" },
};
static const struct text_source command_texts[] = { { .path = "proc/every", .who = "host" } };
static const struct collector command_collector = { .name = "command",
	.about = "command",
	.parse = parse_keyed,
	.collect = collect_slowly,
	.fast = 1,
	SIGNALS(command_signals),
	TEXTS(command_texts) };

static void commands_to_a_device_take_a_small_part_of_the_time(void **state)
{
	static const struct collector *const list[] = { &command_collector };
	struct bench *b = *state;

	make_texts(b, 1);
	start(b, list, 1, true);
	spend_ns = 10 * MS_NS;
	for (int i = 0; i < 100; i++)
		tick_after(b, 200 * MS_NS);
	/* 10 ms and a little, 200 times: every 4 s of 20 s */
	assert_in_range(runs(b, 0), 4, 6);
	assert_true(cost(b, 0)->interval_ns >= 2 * SECOND_NS);
	assert_int_equal(cost(b, 0)->fast, FAST_LEFT_OUT);
	assert_value(b, "self.collector.fast", "reporter:self/command", FAST_LEFT_OUT);
	spend_ns = 0;
	for (int i = 0; i < 40; i++)
		tick_after(b, SECOND_NS);
	assert_true(runs(b, 0) >= 40);
	assert_int_equal(cost(b, 0)->fast, IS_FAST);
}

static void over_its_budget_it_is_slower_than_its_pace(void **state)
{
	static const struct collector dear = { .name = "dear",
		.about = "dear",
		.parse = parse_keyed,
		.collect = collect_slowly,
		.pace = SOON,
		SIGNALS(soon_signals),
		TEXTS(soon_texts) };
	static const struct collector *const list[] = { &dear, &every_collector };
	struct bench *b = *state;

	make_texts(b, 1);
	start(b, list, 2, true);
	/* 40 ms fit into the two seconds of its pace, 200 ms into sixteen */
	spend_ns = 200 * MS_NS;
	for (int i = 0; i < 60; i++)
		tick_after(b, SECOND_NS);
	assert_in_range(runs(b, 0), 4, 7);
	assert_int_equal(cost(b, 0)->every, 8);
	assert_int_equal(cost(b, 0)->interval_ns, cost(b, 0)->every * 2 * SECOND_NS);
	spend_ns = 0;
}

/* ---- fast ticks ---- */

static void a_fast_tick_reads_what_is_meant_for_it_and_nothing_else(void **state)
{
	struct bench *b = *state;
	uint32_t tick;

	make_texts(b, 1);
	start(b, all, ALL, true);
	assert_int_equal(run_fast(b->run, &b->frame), -ENOENT); /* nothing is known yet */
	run_tick(b->run, &b->frame);
	assert_false(b->frame.fast);
	tick = b->session.ledger.tick;
	make_texts(b, 2);
	assert_int_equal(run_fast(b->run, &b->frame), 0);
	assert_true(b->frame.fast);
	assert_int_equal(b->session.ledger.tick, tick + 1);
	assert_int_equal(b->frame.n_rows, 1);
	assert_int_equal(b->frame.n_reads, 1);
	assert_int_equal(b->frame.n_spans, 0);
	assert_value(b, "net.every.one", "host", 2);
	assert_value(b, "net.soon.one", "host", 1);
	assert_int_equal(b->run->schedule.ticks, 1);
	run_tick(b->run, &b->frame);
	assert_false(b->frame.fast);
}

static const struct signal wide_signals[] = {
	{ "net.wide.cells", "cells", COUNTER, ONE, HOST, BY_CPU, FREE, "cells" },
};
static const struct text_source wide_texts[] = { { .path = "proc/wide", .who = "host" } };

static int parse_wide(struct emit *out, unsigned text, str from)
{
	uint64_t n;

	(void)text;
	if (str_u64(str_trim(from), &n) < 0)
		return -EBADMSG;
	for (unsigned sub = 0; sub < n; sub++)
		emit_at(out, 0, out->who, sub, (int64_t)sub);
	return 0;
}

static const struct collector wide_collector = { .name = "wide",
	.about = "wide",
	.parse = parse_wide,
	.fast = 2,
	SIGNALS(wide_signals),
	TEXTS(wide_texts) };
KEYED(last, .fast = 3);

static void who_has_too_many_cells_is_left_out_and_that_is_a_row(void **state)
{
	static const struct collector *const list[] = { &last_collector, &wide_collector,
		&every_collector };
	struct bench *b = *state;

	make_texts(b, 1);
	tree_text(b->dir, "proc/last", "one 1\n");
	tree_text(b->dir, "proc/wide", "500\n"); /* one less would fit behind `every` */
	start(b, list, 3, true);
	run_tick(b->run, &b->frame);
	assert_value(b, "self.collector.fast", "reporter:self/wide", FAST_LEFT_OUT);
	assert_value(b, "self.collector.fast", "reporter:self/last", IS_FAST);
	run_fast(b->run, &b->frame);
	assert_int_equal(b->frame.n_reads, 2);
	tree_text(b->dir, "proc/wide", "499\n");
	run_tick(b->run, &b->frame);
	assert_value(b, "self.collector.fast", "reporter:self/wide", IS_FAST);
	assert_value(b, "self.collector.fast", "reporter:self/last", FAST_LEFT_OUT);
	run_fast(b->run, &b->frame);
	assert_int_equal(b->frame.n_reads, 2);
}

static void fast_ticks_have_to_be_worth_their_cost(void **state)
{
	static const struct collector slow_and_fast = { .name = "dear",
		.about = "dear",
		.parse = parse_keyed,
		.collect = collect_slowly,
		.fast = 1,
		SIGNALS(soon_signals),
		TEXTS(soon_texts) };
	static const struct collector *const list[] = { &slow_and_fast };
	struct bench *b = *state;

	make_texts(b, 1);
	start(b, list, 1, true);
	assert_false(run_can_be_fast(b->run, SECOND_NS, 1)); /* never measured */
	spend_ns = 5 * MS_NS;
	run_tick(b->run, &b->frame);
	assert_false(run_can_be_fast(b->run, 100 * MS_NS, 0.01));
	assert_true(run_can_be_fast(b->run, 100 * MS_NS, 0.9));
	assert_true(run_can_be_fast(b->run, 10 * SECOND_NS, 0.01));
	spend_ns = 0;
}

/* ---- looking for places ---- */

static const struct signal device_signals[] = {
	{ "nic.device.mtu", "mtu", GAUGE, BYTES, NETDEV, NONE, FREE, "mtu" },
};
static const struct text_source device_texts[] = {
	{ .path = "sys/class/net/*/mtu", .who = "netdev:%1" },
};
static const struct collector device_collector = { .name = "device",
	.about = "device",
	.parse = parse_one_value,
	.pace = RARE,
	SIGNALS(device_signals),
	TEXTS(device_texts) };
static const struct collector *const devices[] = { &device_collector, &every_collector,
	&rare_collector };

static bool has_device(const struct bench *b, const char *name)
{
	int64_t value;

	return value_of(b, "nic.device.mtu", name, &value);
}

static void who_asks_gets_new_devices_in_the_next_tick(void **state)
{
	struct bench *b = *state;

	make_texts(b, 1);
	tree_text(b->dir, "sys/class/net/eth0/mtu", "1500\n");
	start(b, devices, 3, true);
	run_tick(b->run, &b->frame);
	tree_text(b->dir, "sys/class/net/eth1/mtu", "9000\n");
	make_texts(b, 2);
	tick_after(b, 15 * SECOND_NS);
	assert_false(has_device(b, "netdev:eth1"));
	run_rescan(b->run);
	tick_after(b, 100 * MS_NS);
	assert_true(has_device(b, "netdev:eth1"));
	assert_value(b, "net.rare.one", "host", 2); /* everything is read then */
	assert_int_equal(runs(b, 0), 2);
	tick_after(b, 100 * MS_NS);
	assert_int_equal(runs(b, 0), 2);
}

static void what_nobody_heard_of_is_found_within_a_minute(void **state)
{
	struct bench *b = *state;
	unsigned ticks = 0;

	make_texts(b, 1);
	tree_text(b->dir, "sys/class/net/eth0/mtu", "1500\n");
	start(b, devices, 3, true);
	run_tick(b->run, &b->frame);
	tick_after(b, 31 * SECOND_NS); /* its turn in this minute is over */
	tree_text(b->dir, "sys/class/net/eth1/mtu", "9000\n");
	while (!has_device(b, "netdev:eth1") && ticks++ < 100)
		tick_after(b, SECOND_NS);
	assert_in_range(ticks, 27, 30);
}

/* A file that was absent is not tried again in each tick, but with the scan. */
static void what_was_absent_is_tried_again_with_the_scan(void **state)
{
	struct bench *b = *state;
	uint64_t reads;

	make_texts(b, 1);
	remove_text(b, "proc/every");
	start(b, all, ALL, true);
	run_tick(b->run, &b->frame);
	make_texts(b, 2);
	reads = cost(b, EVERY_I)->reads;
	tick_after(b, SECOND_NS);
	assert_int_equal(cost(b, EVERY_I)->reads, reads);
	assert_int_equal(cost(b, EVERY_I)->status, -ENOENT);
	run_rescan(b->run);
	tick_after(b, SECOND_NS);
	assert_value(b, "net.every.one", "host", 2);
	remove_text(b, "proc/every"); /* it was there: it is tried, and then no more */
	tick_after(b, SECOND_NS);
	make_texts(b, 3);
	for (unsigned i = 0; i < 62; i++)
		tick_after(b, SECOND_NS);
	assert_value(b, "net.every.one", "host", 3);
}

static void without_a_schedule_places_are_looked_for_every_ten_seconds(void **state)
{
	struct bench *b = *state;

	make_texts(b, 1);
	tree_text(b->dir, "sys/class/net/eth0/mtu", "1500\n");
	start(b, devices, 3, false);
	run_tick(b->run, &b->frame);
	tree_text(b->dir, "sys/class/net/eth1/mtu", "9000\n");
	tick_after(b, 9 * SECOND_NS);
	assert_false(has_device(b, "netdev:eth1"));
	tick_after(b, 2 * SECOND_NS);
	assert_true(has_device(b, "netdev:eth1"));
}

static const struct text_source space_texts[] = {
	{ .path = "proc/net/every", .who = "host", .each_namespace = true },
};
static const struct collector space_collector = { .name = "space",
	.about = "space",
	.parse = parse_keyed,
	SIGNALS(every_signals),
	TEXTS(space_texts) };

/* No one tells of a namespace that comes. */
static void a_new_namespace_is_found_in_ten_seconds(void **state)
{
	static const struct collector *const list[] = { &space_collector };
	struct bench *b = *state;
	int64_t value;

	tree_text(b->dir, "proc/net/every", "one 1\n");
	start(b, list, 1, true);
	run_tick(b->run, &b->frame);
	tree_text(b->dir, "netns/pod/proc/net/every", "one 2\n");
	tick_after(b, 5 * SECOND_NS);
	assert_false(value_of(b, "net.every.one", "host:@pod", &value));
	tick_after(b, 6 * SECOND_NS);
	assert_value(b, "net.every.one", "host:@pod", 2);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(the_first_tick_reads_everything),
		WITH_BENCH(without_a_schedule_all_run_in_every_tick),
		WITH_BENCH(intervals_are_of_time_whatever_a_tick_lasts),
		WITH_BENCH(slow_collectors_are_spread_over_ticks),
		WITH_BENCH(who_relies_on_the_one_before_runs_only_beside_it),
		WITH_BENCH(what_does_not_run_stays_as_it_was),
		WITH_BENCH(commands_to_a_device_take_a_small_part_of_the_time),
		WITH_BENCH(over_its_budget_it_is_slower_than_its_pace),
		WITH_BENCH(a_fast_tick_reads_what_is_meant_for_it_and_nothing_else),
		WITH_BENCH(who_has_too_many_cells_is_left_out_and_that_is_a_row),
		WITH_BENCH(fast_ticks_have_to_be_worth_their_cost),
		WITH_BENCH(who_asks_gets_new_devices_in_the_next_tick),
		WITH_BENCH(what_nobody_heard_of_is_found_within_a_minute),
		WITH_BENCH(what_was_absent_is_tried_again_with_the_scan),
		WITH_BENCH(without_a_schedule_places_are_looked_for_every_ten_seconds),
		WITH_BENCH(a_new_namespace_is_found_in_ten_seconds),
	};

	return RUN_TESTS(tests);
}
