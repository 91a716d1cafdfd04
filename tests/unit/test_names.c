/* Interned names. */
#include "test.h"

#include "base/names.h"

static void a_name_is_kept_once_and_keeps_its_number(void **state)
{
	struct names names;
	char text[16];

	(void)state;
	assert_int_equal(names_open(&names, 100000, 16 << 20), 0);
	for (uint32_t i = 0; i < 20000; i++) { /* through several widenings */
		snprintf(text, sizeof(text), "name%u", i);
		assert_int_equal(names_add(&names, str_of(text)), i);
		assert_int_equal(names_add(&names, str_of(text)), i);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "name%u", i);
		assert_int_equal(names_find(&names, str_of(text)), i);
		assert_str(names_get(&names, i), text);
	}
	assert_int_equal(names_find(&names, STR("name20000")), NAMES_NONE);
	assert_int_equal(names.n, 20000);
	names_close(&names);
}

static void a_full_table_refuses_and_counts_but_still_finds(void **state)
{
	struct names names;

	(void)state;
	assert_int_equal(names_open(&names, 2, 4096), 0);
	assert_int_equal(names_add(&names, STR("a")), 0);
	assert_int_equal(names_add(&names, STR("b")), 1);
	assert_int_equal(names_add(&names, STR("c")), NAMES_NONE);
	assert_int_equal(names.dropped, 1);
	assert_int_equal(names_add(&names, STR("b")), 1);
	assert_int_equal(names.dropped, 1);
	assert_str(names_get(&names, NAMES_NONE), "");
	names_close(&names);
}

static void full_memory_refuses_and_counts(void **state)
{
	struct names names;
	static char longest[5000];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(names_open(&names, 100, 4096), 0);
	assert_int_equal(names_add(&names, (str){ longest, sizeof(longest) }), NAMES_NONE);
	assert_int_equal(names.dropped, 1);
	assert_int_equal(names_add(&names, STR("short")), 0);
	names_close(&names);
}

static void names_may_hold_any_byte_and_be_empty(void **state)
{
	struct names names;
	str odd = { "a\0b", 3 };

	(void)state;
	assert_int_equal(names_open(&names, 100, 4096), 0);
	assert_int_equal(names_add(&names, STR("")), 0);
	assert_int_equal(names_add(&names, odd), 1);
	assert_int_equal(names_add(&names, STR("a")), 2);
	assert_int_equal(names_find(&names, odd), 1);
	assert_int_equal(names_find(&names, (str){ NULL, 0 }), 0);
	names_close(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_kept_once_and_keeps_its_number),
		cmocka_unit_test(a_full_table_refuses_and_counts_but_still_finds),
		cmocka_unit_test(full_memory_refuses_and_counts),
		cmocka_unit_test(names_may_hold_any_byte_and_be_empty),
	};

	return RUN_TESTS(tests);
}
