/* All signals of a session, linked by name. */
#include "test.h"

#include <unistd.h>

#include "model/catalog.h"

static const struct signal first[] = {
	{ "nic.a", "a", COUNTER, ONE, HOST, NONE, FREE, "a" },
	{ "nic.b", "b", GAUGE, BYTES, NETDEV, NONE, CHEAP, "b" },
};
static const struct signal second[] = {
	{ "nic.c", "c", COUNTER, ONE, HOST, NONE, FREE, "c" },
};

static void tables_get_consecutive_numbers_and_are_found_by_name(void **state)
{
	struct catalog c;

	(void)state;
	assert_int_equal(catalog_open(&c), 0);
	assert_int_equal(catalog_link(&c, first, 2), 0);
	assert_int_equal(catalog_link(&c, second, 1), 2);
	assert_int_equal(catalog_find(&c, STR("nic.b")), 1);
	assert_ptr_equal(catalog_get(&c, 2), &second[0]);
	assert_int_equal(catalog_find(&c, STR("nic.d")), SIGNAL_NONE);
	assert_null(catalog_get(&c, 3));
	assert_null(catalog_get(&c, SIGNAL_NONE));
	assert_int_equal(catalog_size(&c), 3);
	catalog_close(&c);
}

static void a_double_keeps_the_numbers_behind_it_right(void **state)
{
	static const struct signal twice[] = {
		{ "nic.a", "x", COUNTER, ONE, HOST, NONE, FREE, "x" },
		{ "nic.z", "z", COUNTER, ONE, HOST, NONE, FREE, "z" },
	};
	struct catalog c;

	(void)state;
	alarm(10); /* doubles of doubles once had no end */
	assert_int_equal(catalog_open(&c), 0);
	catalog_link(&c, first, 2);
	for (uint16_t i = 0; i < 5; i++) {
		uint16_t at = catalog_link(&c, twice, 2);

		assert_int_equal(at, 2 + 2 * i);
		assert_ptr_equal(catalog_get(&c, at), &twice[0]);
		assert_ptr_equal(catalog_get(&c, (uint16_t)(at + 1)), &twice[1]);
	}
	assert_ptr_equal(catalog_get(&c, catalog_find(&c, STR("nic.a"))), &first[0]);
	assert_int_equal(catalog_find(&c, STR("nic.z")), 3);
	catalog_close(&c);
	alarm(0);
}

static void signals_of_its_own_are_like_their_model_but_named_anew(void **state)
{
	struct catalog c;
	uint16_t id;

	(void)state;
	assert_int_equal(catalog_open(&c), 0);
	catalog_link(&c, first, 2);
	id = catalog_own(&c, STR("nic.ethtool.rx_odd"), &first[1]);
	assert_int_equal(id, 2);
	assert_int_equal(catalog_own(&c, STR("nic.ethtool.rx_odd"), &first[0]), id);
	assert_string_equal(catalog_get(&c, id)->name, "nic.ethtool.rx_odd");
	assert_int_equal(catalog_get(&c, id)->unit, BYTES);
	assert_null(catalog_get(&c, id)->key);
	catalog_close(&c);
}

static void full_is_none_and_counted(void **state)
{
	struct catalog c;
	char name[32];

	(void)state;
	assert_int_equal(catalog_open(&c), 0);
	for (int i = 0; i < SIGNAL_OWN_LIMIT; i++) {
		snprintf(name, sizeof(name), "nic.own.%d", i);
		assert_int_equal(catalog_own(&c, str_of(name), first), i);
	}
	assert_int_equal(catalog_own(&c, STR("nic.own.more"), first), SIGNAL_NONE);
	assert_int_equal(c.dropped, 1);
	assert_int_equal(catalog_own(&c, STR("nic.own.7"), first), 7);
	catalog_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_get_consecutive_numbers_and_are_found_by_name),
		cmocka_unit_test(a_double_keeps_the_numbers_behind_it_right),
		cmocka_unit_test(signals_of_its_own_are_like_their_model_but_named_anew),
		cmocka_unit_test(full_is_none_and_counted),
	};

	return RUN_TESTS(tests);
}
