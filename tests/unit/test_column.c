/* Columns: any points come back, and no bytes make a reader leave them. */
#include "test.h"

#include <errno.h>

#include "base/own.h"
#include "record/column.h"

enum { MOST_POINTS = 400, MOST_COLUMNS = 64 };

struct point {
	uint32_t tick;
	int64_t value;
};

struct made_column {
	struct point points[MOST_POINTS];
	uint32_t n, slot;
	unsigned order;
};

/* Values as counters, gauges and broken counters have them. */
static int64_t next_value(int64_t before)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN + 1,
		INT64_MAX - 1 };

	switch (random_below(6)) {
	case 0:
		return ends[random_below(sizeof(ends) / sizeof(*ends))];
	case 1:
		return (int64_t)random_next();
	case 2:
		return before;
	case 3:
		return (int64_t)((uint64_t)before - random_below(1000));
	default: /* wraps where it is near the end */
		return (int64_t)((uint64_t)before + random_below(100000));
	}
}

static void make_points(struct made_column *c)
{
	uint32_t tick = random_below(3) ? random_below(5) : random_below(1u << 20);
	bool sparse = random_below(2);
	int64_t value = 0;

	c->order = 1 + random_below(2);
	c->n = random_below(MOST_POINTS);
	for (uint32_t i = 0; i < c->n; i++) {
		value = next_value(value);
		c->points[i] = (struct point){ tick, value };
		tick += sparse ? 1 + random_below(5) * random_below(5) * random_below(1000) : 1;
	}
}

/* All of them, put side by side, as a segment does it. */
static void pack_columns(struct made_column *made, uint32_t n, struct pack *out)
{
	struct column_pool pool = { 0 };
	struct column columns[MOST_COLUMNS] = { 0 };
	struct column_slot slots[MOST_COLUMNS];
	uint32_t slot = random_below(3);

	for (uint32_t at = 0; at < MOST_POINTS; at++)
		for (uint32_t i = 0; i < n; i++)
			if (at < made[i].n)
				column_put(&pool, &columns[i], made[i].points[at].tick,
					made[i].points[at].value, made[i].order);
	for (uint32_t i = 0; i < n; i++, slot += 1 + random_below(4)) {
		columns[i].order = (uint8_t)made[i].order;
		made[i].slot = slot;
		slots[i] = (struct column_slot){ &columns[i], slot };
	}
	columns_pack(&pool, slots, n, out);
	column_pool_close(&pool);
}

static void expect_columns(const struct made_column *made, uint32_t n, str chunk)
{
	struct column_reader reader;
	struct column_cursor cursor;
	uint32_t slot, tick;
	int64_t value;

	assert_int_equal(columns_read(chunk, &reader), 0);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(columns_next(&reader, &slot, &cursor), 0);
		assert_int_equal(slot, made[i].slot);
		for (uint32_t k = 0; k < made[i].n; k++) {
			assert_int_equal(column_next(&cursor, &tick, &value), 0);
			assert_int_equal(tick, made[i].points[k].tick);
			assert_true(value == made[i].points[k].value);
		}
		assert_int_equal(column_next(&cursor, &tick, &value), -ENODATA);
	}
	assert_int_equal(columns_next(&reader, &slot, &cursor), -ENODATA);
}

static void any_points_come_back(void **state)
{
	OWN_MEMORY struct made_column *made = own_alloc(MOST_COLUMNS, sizeof(*made));

	(void)state;
	random_seed("any_points_come_back");
	for (unsigned i = 0; i < 60; i++) {
		struct pack out = { 0 };
		uint32_t n = random_below(MOST_COLUMNS + 1);

		for (uint32_t c = 0; c < n; c++)
			make_points(&made[c]);
		pack_columns(made, n, &out);
		expect_columns(made, n, (str){ out.p, out.n });
		pack_free(&out);
	}
}

static size_t bytes_of(const struct made_column *c)
{
	struct made_column copy = *c;
	struct pack out = { 0 };
	size_t n;

	pack_columns(&copy, 1, &out);
	n = out.n;
	pack_free(&out);
	return n;
}

/* What a store is small by: neither steady growth nor long rests cost a byte a tick. */
static void what_is_regular_costs_little(void **state)
{
	OWN_MEMORY struct made_column *c = own_alloc(1, sizeof(*c));

	(void)state;
	c->n = MOST_POINTS;
	c->order = 2;
	for (uint32_t i = 0; i < c->n; i++)
		c->points[i] = (struct point){ i, (int64_t)i * 1234567 };
	assert_true(bytes_of(c) < MOST_POINTS + 30); /* a byte for each change of the change */
	c->n = 2;
	c->points[1] = (struct point){ 4000000000u, 5 };
	assert_true(bytes_of(c) < 30);
}

static void the_last_tick_there_can_be_comes_back(void **state)
{
	OWN_MEMORY struct made_column *c = own_alloc(1, sizeof(*c));
	struct pack out = { 0 };

	(void)state;
	c->n = 3;
	c->order = 2;
	c->points[0] = (struct point){ 0, INT64_MAX };
	c->points[1] = (struct point){ UINT32_MAX - 2, INT64_MIN };
	c->points[2] = (struct point){ UINT32_MAX - 1, INT64_MAX };
	pack_columns(c, 1, &out);
	expect_columns(c, 1, (str){ out.p, out.n });
	pack_free(&out);
}

/* A failed roll-over packs what goes on to grow. */
static void packing_twice_changes_nothing(void **state)
{
	struct column_pool pool = { 0 };
	struct column column = { 0 };
	struct column_slot slot = { &column, 0 };
	struct pack out = { 0 };
	struct column_reader reader;
	struct column_cursor cursor;
	uint32_t n, tick;
	int64_t value;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		column_put(&pool, &column, i, (int64_t)i * i, 2);
		out.n = 0;
		columns_pack(&pool, &slot, 1, &out);
	}
	assert_int_equal(columns_read((str){ out.p, out.n }, &reader), 0);
	assert_int_equal(columns_next(&reader, &n, &cursor), 0);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(column_next(&cursor, &tick, &value), 0);
		assert_int_equal(tick, i);
		assert_int_equal(value, i * i);
	}
	column_pool_close(&pool);
	pack_free(&out);
}

/* Reads all there is; ticks only grow, and there are no more points than bytes. */
static int read_all(str chunk)
{
	struct column_reader reader;
	struct column_cursor cursor;
	uint32_t slot, tick, before = 0;
	int64_t value;
	int r = columns_read(chunk, &reader);

	while (r == 0 && (r = columns_next(&reader, &slot, &cursor)) == 0) {
		size_t points = 0;

		while ((r = column_next(&cursor, &tick, &value)) == 0) {
			assert_true(points == 0 || tick > before);
			assert_true(++points <= chunk.n);
			before = tick;
		}
		r = r == -ENODATA ? 0 : r;
	}
	assert_true(r == -ENODATA || r == -EBADMSG);
	return r;
}

/* In memory that ends where the bytes end: a sanitizer sees a reader that goes further. */
static int read_copy(const struct pack *p, size_t n)
{
	OWN_MEMORY char *copy = own_alloc(n, 1);

	if (n)
		memcpy(copy, p->p, n);
	return read_all((str){ copy, n });
}

static void what_is_cut_is_damaged(void **state)
{
	OWN_MEMORY struct made_column *made = own_alloc(MOST_COLUMNS, sizeof(*made));
	struct pack out = { 0 };

	(void)state;
	random_seed("what_is_cut_is_damaged");
	for (uint32_t c = 0; c < 8; c++) {
		make_points(&made[c]);
		made[c].n = 1 + made[c].n % 30;
	}
	pack_columns(made, 8, &out);
	for (size_t n = 0; n < out.n; n++)
		assert_int_equal(read_copy(&out, n), -EBADMSG);
	assert_int_equal(read_copy(&out, out.n), -ENODATA);
	pack_free(&out);
}

static void what_is_damaged_ends(void **state)
{
	OWN_MEMORY struct made_column *made = own_alloc(MOST_COLUMNS, sizeof(*made));
	struct pack out = { 0 };

	(void)state;
	random_seed("what_is_damaged_ends");
	for (uint32_t c = 0; c < 20; c++)
		make_points(&made[c]);
	pack_columns(made, 20, &out);
	for (unsigned i = 0; i < 4000; i++) {
		size_t at = i % 3 ? random_below((unsigned)out.n) : random_below(40);
		char was = out.p[at];

		out.p[at] = (char)random_next();
		read_copy(&out, out.n);
		out.p[at] = was;
	}
	pack_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_points_come_back),
		cmocka_unit_test(what_is_regular_costs_little),
		cmocka_unit_test(the_last_tick_there_can_be_comes_back),
		cmocka_unit_test(packing_twice_changes_nothing),
		cmocka_unit_test(what_is_cut_is_damaged),
		cmocka_unit_test(what_is_damaged_ends),
	};

	return RUN_TESTS(tests);
}
