/* Relations hold, end and come back. */
#include "test.h"

#include "model/relation.h"

static void saying_it_again_is_no_news(void **state)
{
	struct relations rs = { 0 };

	(void)state;
	assert_true(relation_say(&rs, 1, VIA_CPU, 2, 0, 1, 100));
	assert_false(relation_say(&rs, 1, VIA_CPU, 2, 0, 2, 200));
	assert_true(relation_say(&rs, 1, VIA_NODE, 2, 0, 2, 200));
	assert_true(relation_say(&rs, 2, VIA_CPU, 1, 0, 2, 200));
	assert_int_equal(rs.n, 3);
	assert_int_equal(rs.items[0].since_ns, 100);
	assert_int_equal(rs.items[0].tick, 2);
	relations_close(&rs);
}

static void what_is_gone_is_not_found_and_may_come_back(void **state)
{
	struct relations rs = { 0 };

	(void)state;
	relation_say(&rs, 1, VIA_CPU, 2, 0, 1, 100);
	rs.items[0].gone = true;
	rs.items[0].until_ns = 150;
	assert_int_equal(relation_one(&rs, 1, VIA_CPU), UINT32_MAX);
	assert_true(relation_say(&rs, 1, VIA_CPU, 2, 0, 3, 300));
	assert_int_equal(rs.n, 1);
	assert_int_equal(rs.items[0].since_ns, 300);
	assert_int_equal(relation_one(&rs, 1, VIA_CPU), 2);
	relations_close(&rs);
}

/* Two intervals of one relation, of which one holds. */
static void what_comes_back_leaves_its_past_where_that_is_kept(void **state)
{
	struct relations rs = { .keeps_past = true };

	(void)state;
	relation_say(&rs, 1, VIA_PCI, 2, 0, 1, 100);
	relation_end(&rs, 1, VIA_PCI, 2, 150);
	assert_true(relation_say(&rs, 1, VIA_PCI, 2, 0, 3, 300));
	assert_false(relation_say(&rs, 1, VIA_PCI, 2, 0, 4, 400));
	assert_int_equal(rs.n, 2);
	assert_int_equal(rs.items[0].since_ns, 300);
	assert_false(rs.items[0].gone);
	assert_int_equal(rs.items[1].since_ns, 100);
	assert_int_equal(rs.items[1].until_ns, 150);
	assert_true(rs.items[1].gone);
	relations_close(&rs);
}

/* The table grows and the past fills: what is said is still found, and still has room. */
static void the_past_leaves_room_for_what_is_new(void **state)
{
	struct relations rs = { .keeps_past = true };

	(void)state;
	for (int64_t i = 0; i < RELATION_LIMIT; i++) {
		relation_say(&rs, (uint32_t)(i % 100), VIA_CPU, 2, 0, 1, 2 * i);
		relation_end(&rs, (uint32_t)(i % 100), VIA_CPU, 2, 2 * i + 1);
	}
	assert_int_equal(rs.dropped, 0);
	assert_int_equal(rs.n, RELATION_LIMIT / 2);
	assert_true(relation_say(&rs, 7, VIA_CPU, 2, 0, 9, 5 * RELATION_LIMIT));
	assert_int_equal(relation_one(&rs, 7, VIA_CPU), 2);
	assert_true(relation_say(&rs, 7, VIA_CPU, 3, 0, 9, 5 * RELATION_LIMIT));
	relations_close(&rs);
}

static void many_values_come_one_after_the_other(void **state)
{
	struct relations rs = { 0 };
	const struct relation *r;
	uint32_t cursor = 0, n = 0;

	(void)state;
	for (uint32_t a = 0; a < 50; a++)
		for (uint32_t b = 0; b < 40; b++)
			assert_true(relation_say(&rs, a, VIA_IRQ, b, 0, 1, 0));
	while ((r = relation_next(&rs, 7, VIA_IRQ, &cursor)))
		assert_int_equal(r->b, n++);
	assert_int_equal(n, 40);
	relations_close(&rs);
}

static void nothing_is_said_of_no_entity_and_a_full_table_counts(void **state)
{
	struct relations rs = { 0 };

	(void)state;
	assert_false(relation_say(&rs, UINT32_MAX, VIA_PCI, 1, 0, 1, 0));
	assert_false(relation_say(&rs, 1, VIA_PCI, UINT32_MAX, 0, 1, 0));
	assert_int_equal(rs.n, 0);
	for (uint32_t i = 0; i < RELATION_LIMIT; i++)
		assert_true(relation_say(&rs, i, VIA_PCI, i, 0, 1, 0));
	assert_false(relation_say(&rs, 1, VIA_PCI, 2, 0, 1, 0));
	assert_int_equal(rs.dropped, 1);
	assert_false(relation_say(&rs, 5, VIA_PCI, 5, 0, 2, 0)); /* known: kept alive even now */
	assert_int_equal(rs.items[5].tick, 2);
	relations_close(&rs);
}

static void every_via_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < VIAS; i++)
		assert_true(via_names[i] && *via_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saying_it_again_is_no_news),
		cmocka_unit_test(what_is_gone_is_not_found_and_may_come_back),
		cmocka_unit_test(what_comes_back_leaves_its_past_where_that_is_kept),
		cmocka_unit_test(the_past_leaves_room_for_what_is_new),
		cmocka_unit_test(many_values_come_one_after_the_other),
		cmocka_unit_test(nothing_is_said_of_no_entity_and_a_full_table_counts),
		cmocka_unit_test(every_via_has_a_name),
	};

	return RUN_TESTS(tests);
}
