/* Sets of CPUs: lists and masks as the kernel writes them, and what is none. */
#include "test.h"

#include <errno.h>

#include "base/cpus.h"

static const char *as_list(const struct cpus *c)
{
	static char text[CPUS_MOST * 5];
	FILE *to = fmemopen(text, sizeof(text), "w");

	cpus_print(to, c);
	fclose(to);
	return text;
}

static void lists_are_read_and_written(void **state)
{
	struct cpus c;

	(void)state;
	assert_int_equal(cpus_list(STR("0-3,8,10-11\n"), &c), 0);
	assert_int_equal(cpus_count(&c), 7);
	assert_true(cpus_has(&c, 3));
	assert_false(cpus_has(&c, 4));
	assert_string_equal(as_list(&c), "0-3,8,10-11");
	assert_int_equal(cpus_list(STR(""), &c), 0);
	assert_int_equal(cpus_count(&c), 0);
	assert_int_equal(cpus_list(STR("62-65,127,128,8191"), &c), 0);
	assert_string_equal(as_list(&c), "62-65,127-128,8191");
}

static void what_is_no_list_changes_nothing(void **state)
{
	static const char *const damaged[] = { "1-", "-1", "3-2", "a", "1,,2", "1;2", "0x3",
		"18446744073709551616", "1 2" };
	struct cpus c;

	(void)state;
	assert_int_equal(cpus_list(STR("5"), &c), 0);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++)
		assert_int_not_equal(cpus_list(str_of(damaged[i]), &c), 0);
	assert_int_equal(cpus_list(STR("8192"), &c), -ERANGE);
	assert_int_equal(cpus_list(STR("0-18446744073709551615"), &c), -ERANGE);
	assert_string_equal(as_list(&c), "5");
}

static void masks_have_the_highest_first(void **state)
{
	char wide[256 * 9 + 16], *at = wide;
	struct cpus c;

	(void)state;
	assert_int_equal(cpus_mask(STR("3\n"), &c), 0);
	assert_string_equal(as_list(&c), "0-1");
	assert_int_equal(cpus_mask(STR("80000000,00000001"), &c), 0);
	assert_string_equal(as_list(&c), "0,63");
	assert_int_equal(cpus_mask(STR("ff,00000000,ffffffff,00000000"), &c), 0);
	assert_string_equal(as_list(&c), "32-63,96-103");
	assert_int_equal(cpus_mask(STR("fffffffff"), &c), -EBADMSG);
	assert_int_equal(cpus_mask(STR("1,g"), &c), -EBADMSG);
	/* 8,192 CPUs and not one more */
	for (unsigned i = 0; i < 256; i++)
		at += sprintf(at, "%s%s", i ? "," : "", i ? "00000000" : "80000000");
	assert_int_equal(cpus_mask(str_of(wide), &c), 0);
	assert_string_equal(as_list(&c), "8191");
	memmove(wide + 2, wide, strlen(wide) + 1);
	memcpy(wide, "1,", 2);
	assert_int_equal(cpus_mask(str_of(wide), &c), -ERANGE);
	wide[0] = '0';
	assert_int_equal(cpus_mask(str_of(wide), &c), 0);
}

static void sets_are_compared(void **state)
{
	struct cpus a, b, none = { 0 };

	(void)state;
	assert_int_equal(cpus_list(STR("0-3,200"), &a), 0);
	assert_int_equal(cpus_list(STR("200"), &b), 0);
	assert_true(cpus_meet(&a, &b));
	assert_true(cpus_within(&b, &a));
	assert_false(cpus_within(&a, &b));
	assert_false(cpus_meet(&a, &none));
	assert_true(cpus_within(&none, &a));
	cpus_take_out(&a, &b);
	assert_false(cpus_meet(&a, &b));
	cpus_join(&a, &b);
	assert_string_equal(as_list(&a), "0-3,200");
	cpus_add(&a, 70000);
	assert_int_equal(cpus_count(&a), 5);
}

static void a_text_is_cut_behind_a_range(void **state)
{
	struct cpus c;
	char text[8];

	(void)state;
	assert_int_equal(cpus_list(STR("0-3,8,100-101"), &c), 0);
	assert_str(cpus_text(&c, text, sizeof(text)), "0-3,8");
	assert_str(cpus_text(&c, text, 2), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_and_written),
		cmocka_unit_test(what_is_no_list_changes_nothing),
		cmocka_unit_test(masks_have_the_highest_first),
		cmocka_unit_test(sets_are_compared),
		cmocka_unit_test(a_text_is_cut_behind_a_range),
	};

	return RUN_TESTS(tests);
}
