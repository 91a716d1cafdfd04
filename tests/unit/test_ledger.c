/* The ledger: frames hold what changed, and applied elsewhere they give the same state. */
#include "test.h"

#include "model/ledger.h"

struct bench {
	struct ledger from, to;
	struct frame frame;
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	return ledger_open(&b->from) || ledger_open(&b->to) || frame_open(&b->frame);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	ledger_close(&b->from);
	ledger_close(&b->to);
	frame_close(&b->frame);
	free(b);
	return 0;
}

static void next_tick(struct bench *b)
{
	frame_clear(&b->frame);
	b->from.tick++;
}

static void write_one(
	struct bench *b, uint16_t owner, uint32_t who, uint16_t sig, unsigned sub, int64_t value)
{
	ledger_write(
		&b->from, &b->frame, ledger_block(&b->from, owner, who, sig, sub + 1), sub, value);
}

static void finish_tick(struct bench *b, unsigned owners)
{
	for (unsigned owner = 0; owner < owners; owner++)
		ledger_seal(&b->from, &b->frame, (uint16_t)owner);
	ledger_apply(&b->to, &b->frame);
}

static bool cell(const struct ledger *l, uint32_t who, uint16_t sig, unsigned sub, int64_t *ret)
{
	const struct block *b = ledger_find(l, who, sig);

	if (!b || !block_has(b, sub))
		return false;
	*ret = b->values[sub];
	return true;
}

static void a_new_zero_is_a_span_without_a_row(void **state)
{
	struct bench *b = *state;
	int64_t value = 7;

	next_tick(b);
	write_one(b, 0, 1, 2, 0, 0);
	finish_tick(b, 1);
	assert_int_equal(b->frame.n_rows, 0);
	assert_int_equal(b->frame.n_spans, 1);
	assert_true(cell(&b->to, 1, 2, 0, &value));
	assert_int_equal(value, 0);
}

static void what_did_not_change_takes_no_row_and_no_span(void **state)
{
	struct bench *b = *state;

	for (int tick = 0; tick < 3; tick++) {
		next_tick(b);
		write_one(b, 0, 1, 2, 3, 42);
		finish_tick(b, 1);
		assert_int_equal(b->frame.n_rows, tick == 0);
		assert_int_equal(b->frame.n_spans, tick == 0);
	}
}

static void neighbours_appear_in_one_span_and_holes_part_it(void **state)
{
	struct bench *b = *state;

	next_tick(b);
	for (unsigned sub = 60; sub < 70; sub++)
		if (sub != 65)
			write_one(b, 0, 1, 2, sub, 0);
	finish_tick(b, 1);
	assert_int_equal(b->frame.n_spans, 2);
	assert_int_equal(b->frame.spans[0].first, 60);
	assert_int_equal(b->frame.spans[0].last, 64);
	assert_int_equal(b->frame.spans[1].first, 66);
	assert_int_equal(b->frame.spans[1].last, 69);
}

static void what_vanished_is_gone_and_returns_with_its_value(void **state)
{
	struct bench *b = *state;
	int64_t value;

	next_tick(b);
	write_one(b, 0, 1, 2, 0, 42);
	finish_tick(b, 1);
	next_tick(b);
	finish_tick(b, 1);
	assert_int_equal(b->frame.n_spans, 1);
	assert_true(b->frame.spans[0].gone);
	assert_false(cell(&b->from, 1, 2, 0, &value));
	assert_false(cell(&b->to, 1, 2, 0, &value));
	next_tick(b);
	finish_tick(b, 1);
	assert_int_equal(b->frame.n_spans, 0); /* gone is said once */
	next_tick(b);
	write_one(b, 0, 1, 2, 0, 42);
	finish_tick(b, 1);
	assert_int_equal(b->frame.n_spans, 1);
	assert_false(b->frame.spans[0].gone);
	assert_true(cell(&b->to, 1, 2, 0, &value));
	assert_int_equal(value, 42);
}

static void one_owner_does_not_end_what_another_wrote(void **state)
{
	struct bench *b = *state;
	int64_t value;

	next_tick(b);
	write_one(b, 0, 1, 2, 0, 5);
	write_one(b, 1, 1, 3, 0, 6);
	finish_tick(b, 2);
	next_tick(b);
	write_one(b, 1, 1, 3, 0, 6);
	ledger_seal(&b->from, &b->frame, 1); /* owner 0 was slowed and did not run */
	ledger_apply(&b->to, &b->frame);
	assert_int_equal(b->frame.n_spans, 0);
	assert_true(cell(&b->to, 1, 2, 0, &value));
}

static void counters_are_kept_bit_for_bit(void **state)
{
	static const uint64_t values[] = { UINT64_MAX, 0, UINT64_C(1) << 63, INT64_MAX, 1 };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		int64_t value = 7;

		next_tick(b);
		write_one(b, 0, 1, 2, 0, (int64_t)values[i]);
		finish_tick(b, 1);
		assert_true(cell(&b->to, 1, 2, 0, &value));
		assert_true((uint64_t)value == values[i]);
	}
}

static void a_full_frame_does_not_show_a_stale_value_as_new(void **state)
{
	struct bench *b = *state;
	int64_t value;

	next_tick(b);
	write_one(b, 0, 1, 2, 0, 10);
	finish_tick(b, 1);
	next_tick(b);
	while (frame_row(&b->frame, (struct sample){ 9, 9, 0, 1 }))
		;
	b->frame.dropped = 0;
	write_one(b, 0, 1, 2, 0, 11);
	b->frame.n_rows = 0; /* the fillers are of no interest to the other side */
	finish_tick(b, 1);
	assert_int_equal(b->frame.dropped, 1);
	assert_false(cell(&b->from, 1, 2, 0, &value));
	assert_false(cell(&b->to, 1, 2, 0, &value));
	next_tick(b);
	write_one(b, 0, 1, 2, 0, 11);
	finish_tick(b, 1);
	assert_true(cell(&b->to, 1, 2, 0, &value));
	assert_int_equal(value, 11);
}

static void what_cannot_be_held_is_refused_and_counted(void **state)
{
	struct bench *b = *state;
	struct block *block;

	assert_null(ledger_block(&b->from, 0, UINT32_MAX, 1, 1));
	assert_null(ledger_block(&b->from, 0, 1, UINT16_MAX, 1));
	assert_null(ledger_block(&b->from, LEDGER_OWNERS, 1, 1, 1));
	assert_null(ledger_block(&b->from, 0, 1, 1, UINT16_MAX + 1));
	assert_int_equal(b->from.dropped, 4);
	assert_null(ledger_find(&b->from, 1, 1));
	next_tick(b);
	block = ledger_block(&b->from, 0, 1, 1, 40000);
	ledger_write(&b->from, &b->frame, block, 50000,
		1); /* more than half of all: doubling must not refuse it */
	assert_true(block_has(block, 50000));
	ledger_write(&b->from, &b->frame, block, UINT16_MAX, 1);
	assert_false(block_has(block, UINT16_MAX));
}

static void growing_one_cell_at_a_time_takes_little_memory(void **state)
{
	struct bench *b = *state;
	char *before = arena_mark(&b->from.memory);

	next_tick(b);
	for (unsigned cpu = 0; cpu < 1024; cpu++)
		write_one(b, 0, 1, 2, cpu, 1);
	assert_true(arena_mark(&b->from.memory) - before < 64 << 10);
}

enum { WHO = 40, SIG = 12, SUB = 200, OWNERS = 3 };

/* Owner by signal, as in life. A tick writes a random part, sometimes nothing of an owner,
 * sometimes skips it. */
static void random_tick(struct bench *b, int64_t (*truth)[SIG][SUB], bool (*there)[SIG][SUB])
{
	next_tick(b);
	for (unsigned owner = 0; owner < OWNERS; owner++) {
		unsigned share = random_below(5);

		if (share == 4)
			continue; /* slowed: its cells stay as they were */
		for (unsigned who = 0; who < WHO; who++)
			for (unsigned sig = owner; sig < SIG; sig += OWNERS)
				for (unsigned sub = 0; sub < SUB; sub++) {
					there[who][sig][sub] =
						random_below(4) < share && (who + sub) % 3 != 0;
					if (!there[who][sig][sub])
						continue;
					if (random_below(3) == 0)
						truth[who][sig][sub] =
							(int64_t)random_next() >> random_below(64);
					write_one(b, (uint16_t)owner, who, (uint16_t)sig, sub,
						truth[who][sig][sub]);
				}
		ledger_seal(&b->from, &b->frame, (uint16_t)owner);
	}
	ledger_apply(&b->to, &b->frame);
}

static void frames_applied_elsewhere_give_the_same_state(void **state)
{
	struct bench *b = *state;
	static int64_t truth[WHO][SIG][SUB];
	static bool there[WHO][SIG][SUB];
	unsigned present = 0;

	random_seed("frames_applied_elsewhere_give_the_same_state");
	for (int tick = 0; tick < 25; tick++) {
		random_tick(b, truth, there);
		assert_int_equal(b->frame.dropped, 0);
		for (unsigned who = 0; who < WHO; who++)
			for (unsigned sig = 0; sig < SIG; sig++)
				for (unsigned sub = 0; sub < SUB; sub++) {
					int64_t one = 0, other = 0;

					assert_int_equal(
						cell(&b->from, who, (uint16_t)sig, sub, &one),
						there[who][sig][sub]);
					assert_int_equal(
						cell(&b->to, who, (uint16_t)sig, sub, &other),
						there[who][sig][sub]);
					if (!there[who][sig][sub])
						continue;
					assert_true(one == truth[who][sig][sub] && other == one);
					present++;
				}
	}
	assert_true(present > 100000);
}

static void a_copy_keeps_what_was_while_the_ledger_goes_on(void **state)
{
	struct bench *b = *state;
	struct ledger_copy copy;
	int64_t value;

	next_tick(b);
	write_one(b, 0, 1, 2, 1, 10);
	finish_tick(b, 1);
	ledger_copy_take(&b->from, &copy);
	next_tick(b);
	write_one(b, 0, 1, 2, 1, 20);
	write_one(b, 0, 1, 2, 300, 20);
	write_one(b, 0, 1, 3, 0, 20);
	finish_tick(b, 1);
	assert_true(ledger_copy_value(&copy, &b->from, ledger_find(&b->from, 1, 2), 1, &value));
	assert_int_equal(value, 10);
	assert_false(ledger_copy_value(&copy, &b->from, ledger_find(&b->from, 1, 2), 0, &value));
	assert_false(ledger_copy_value(&copy, &b->from, ledger_find(&b->from, 1, 2), 300, &value));
	assert_false(ledger_copy_value(&copy, &b->from, ledger_find(&b->from, 1, 3), 0, &value));
	ledger_copy_free(&copy);
}

static void what_changed_since_a_copy_leads_to_the_same_state(void **state)
{
	struct bench *b = *state;
	static int64_t truth[WHO][SIG][SUB];
	static bool there[WHO][SIG][SUB];
	struct ledger_copy before = { 0 };
	struct ledger other;
	uint32_t cells = 0;

	random_seed("what_changed_since_a_copy_leads_to_the_same_state");
	assert_int_equal(ledger_open(&other), 0);
	for (int tick = 0; tick < 19; tick++) {
		random_tick(b, truth, there);
		if (tick % 3)
			continue;
		frame_clear(&b->frame);
		ledger_changes(&b->from, &before, &b->frame);
		ledger_apply(&other, &b->frame);
		ledger_copy_free(&before);
		ledger_copy_take(&b->from, &before);
		for (uint32_t i = 0; i < b->from.n; i++)
			for (unsigned sub = 0; sub < b->from.blocks[i].n; sub++) {
				const struct block *block = &b->from.blocks[i];
				int64_t value = 0;

				assert_int_equal(cell(&other, block->who, block->sig, sub, &value),
					block_has(block, sub));
				cells += block_has(block, sub);
				if (block_has(block, sub))
					assert_true(value == block->values[sub]);
			}
	}
	assert_true(cells > 10000);
	frame_clear(&b->frame);
	ledger_changes(&b->from, &before, &b->frame);
	assert_int_equal(b->frame.n_rows + b->frame.n_spans, 0);
	ledger_copy_free(&before);
	ledger_close(&other);
}

static void all_of_a_wide_block_is_one_span(void **state)
{
	struct bench *b = *state;

	next_tick(b);
	for (unsigned sub = 0; sub < 200; sub++)
		write_one(b, 0, 1, 2, sub, sub % 2);
	finish_tick(b, 1);
	frame_clear(&b->frame);
	ledger_changes(&b->from, &(struct ledger_copy){ 0 }, &b->frame);
	assert_int_equal(b->frame.n_spans, 1);
	assert_int_equal(b->frame.spans[0].last, 199);
	assert_int_equal(b->frame.n_rows, 100);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_new_zero_is_a_span_without_a_row),
		WITH_BENCH(what_did_not_change_takes_no_row_and_no_span),
		WITH_BENCH(neighbours_appear_in_one_span_and_holes_part_it),
		WITH_BENCH(what_vanished_is_gone_and_returns_with_its_value),
		WITH_BENCH(one_owner_does_not_end_what_another_wrote),
		WITH_BENCH(counters_are_kept_bit_for_bit),
		WITH_BENCH(a_full_frame_does_not_show_a_stale_value_as_new),
		WITH_BENCH(what_cannot_be_held_is_refused_and_counted),
		WITH_BENCH(growing_one_cell_at_a_time_takes_little_memory),
		WITH_BENCH(frames_applied_elsewhere_give_the_same_state),
		WITH_BENCH(a_copy_keeps_what_was_while_the_ledger_goes_on),
		WITH_BENCH(what_changed_since_a_copy_leads_to_the_same_state),
		WITH_BENCH(all_of_a_wide_block_is_one_span),
	};

	return RUN_TESTS(tests);
}
