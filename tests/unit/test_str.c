/* Views of text and checked numbers. */
#include "test.h"

#include <errno.h>

#include "base/pci_address.h"

static void cutting_lines_keeps_empty_ones_and_ends(void **state)
{
	str rest = STR("one\n\nthree"), line;

	(void)state;
	assert_true(str_next_line(&rest, &line));
	assert_str(line, "one");
	assert_true(str_next_line(&rest, &line));
	assert_str(line, "");
	assert_true(str_next_line(&rest, &line));
	assert_str(line, "three");
	assert_false(str_next_line(&rest, &line));
	assert_str(line, "three");
}

static void words_are_separated_by_any_white_space(void **state)
{
	str rest = { "  a\tbb \0 c\n", 11 }, word;

	(void)state;
	assert_true(str_next_word(&rest, &word));
	assert_str(word, "a");
	assert_true(str_next_word(&rest, &word));
	assert_str(word, "bb");
	assert_true(str_next_word(&rest, &word));
	assert_str(word, "c");
	assert_false(str_next_word(&rest, &word));
	assert_str(word, "c");
}

static void cuts_take_the_first_or_the_last_separator(void **state)
{
	str before = STR("-"), after = STR("-");

	(void)state;
	assert_true(str_cut(STR("a/b/c"), '/', &before, &after));
	assert_str(before, "a");
	assert_str(after, "b/c");
	assert_true(str_cut_last(STR("a/b/c"), '/', &before, &after));
	assert_str(before, "a/b");
	assert_str(after, "c");
	assert_false(str_cut(STR("abc"), '/', &before, &after));
	assert_str(before, "a/b");
	assert_true(str_cut(STR("/"), '/', NULL, &after));
	assert_str(after, "");
	assert_str(str_base(STR("sys/class/net/eth0")), "eth0");
	assert_str(str_base(STR("eth0")), "eth0");
}

static void views_of_nothing_are_harmless(void **state)
{
	str none = { NULL, 0 }, out = STR("-");
	uint64_t number = 7;

	(void)state;
	assert_false(str_next_line(&none, &out));
	assert_false(str_next_word(&none, &out));
	assert_false(str_cut(none, '/', &out, NULL));
	assert_false(str_cut_last(none, '/', &out, NULL));
	assert_false(str_has(none, 'x'));
	assert_true(str_eq(none, STR("")));
	assert_true(str_starts(none, STR("")));
	assert_true(str_starts(STR("x"), none));
	assert_true(str_ends(none, none));
	assert_int_equal(str_trim(none).n, 0);
	assert_int_equal(str_from(none, 3).n, 0);
	assert_int_equal(str_order(none, STR("a")), -1);
	assert_int_equal(str_u64(none, &number), -EBADMSG);
	assert_int_equal(str_next_u64(&none, &number), -EBADMSG);
	assert_int_equal(number, 7);
	assert_str(out, "-");
	assert_int_equal(str_of(NULL).n, 0);
}

static void the_order_is_that_of_bytes_and_the_shorter_first(void **state)
{
	(void)state;
	assert_true(str_order(STR("a"), STR("b")) < 0);
	assert_true(str_order(STR("ab"), STR("a")) > 0);
	assert_true(str_order(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_order(STR("eth0"), STR("eth0")), 0);
}

static void trimming_takes_white_space_on_both_sides_only(void **state)
{
	(void)state;
	assert_str(str_trim(STR(" \t a b \r\n")), "a b");
	assert_str(str_trim(STR(" \n")), "");
}

static void numbers_are_taken_whole_or_not_at_all(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1x", "x1", "0x10", "1.5",
		"--1", "1-", "\n" };
	int64_t i = 7;
	uint64_t u = 7;

	(void)state;
	for (size_t n = 0; n < sizeof(bad) / sizeof(*bad); n++) {
		assert_int_equal(str_i64(str_of(bad[n]), &i), -EBADMSG);
		assert_int_equal(str_u64(str_of(bad[n]), &u), -EBADMSG);
		assert_int_equal(i, 7);
		assert_int_equal(u, 7);
	}
	assert_int_equal(str_u64(STR("-1"), &u), -EBADMSG);
}

static void numbers_end_where_their_type_ends(void **state)
{
	int64_t i = 7;
	uint64_t u = 7;

	(void)state;
	assert_int_equal(str_u64(STR("18446744073709551615"), &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(str_u64(STR("18446744073709551616"), &u), -ERANGE);
	assert_int_equal(str_u64(STR("99999999999999999999999"), &u), -ERANGE);
	assert_true(u == UINT64_MAX);
	assert_int_equal(str_i64(STR("9223372036854775807"), &i), 0);
	assert_true(i == INT64_MAX);
	assert_int_equal(str_i64(STR("9223372036854775808"), &i), -ERANGE);
	assert_int_equal(str_i64(STR("-9223372036854775808"), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(str_i64(STR("-9223372036854775809"), &i), -ERANGE);
	assert_int_equal(str_u64(STR("000000000000000000000000001"), &u), 0);
	assert_int_equal(u, 1);
}

/* Property: on anything made of digits, signs and a letter, the same verdict and value as the C
 * library. */
static void numbers_agree_with_strtoll_and_strtoull(void **state)
{
	static const char alphabet[] = "0123456789012345678901234567890123456789-9x";
	unsigned fits = 0;

	(void)state;
	random_seed("numbers_agree_with_strtoll_and_strtoull");
	for (int round = 0; round < 200000; round++) {
		char text[32], *end;
		unsigned n = random_below(22);
		int64_t i = 0;
		uint64_t u = 0;
		long long expected;
		unsigned long long expected_u;
		bool digits, negative;
		int r;

		for (unsigned at = 0; at < n; at++)
			text[at] = alphabet[random_below(sizeof(alphabet) - 1)];
		text[n] = '\0';
		negative = text[0] == '-';
		digits = n > negative && strspn(text + negative, "0123456789") == n - negative;
		errno = 0;
		expected = strtoll(text, &end, 10);
		r = str_i64((str){ text, n }, &i);
		assert_int_equal(r, !digits ? -EBADMSG : errno == ERANGE ? -ERANGE : 0);
		assert_true(r != 0 || i == expected);
		errno = 0;
		expected_u = strtoull(text, &end, 10);
		r = str_u64((str){ text, n }, &u);
		assert_int_equal(r, !digits || negative ? -EBADMSG : errno == ERANGE ? -ERANGE : 0);
		assert_true(r != 0 || u == expected_u);
		fits += r == 0;
	}
	assert_true(fits > 10000); /* else it compared failures only */
}

static void a_number_at_the_front_agrees_with_one_on_its_own(void **state)
{
	(void)state;
	random_seed("a_number_at_the_front_agrees_with_one_on_its_own");
	for (int round = 0; round < 100000; round++) {
		char text[64];
		unsigned digits = 1 + random_below(24);
		size_t n = 0;
		str rest;
		uint64_t alone, front;
		int r;

		for (unsigned blanks = random_below(3); blanks; blanks--)
			text[n++] = random_below(2) ? ' ' : '\t';
		size_t first = n;
		for (unsigned at = 0; at < digits; at++)
			text[n++] = (char)('0' + random_below(10));
		rest = (str){ text, n };
		r = str_u64((str){ text + first, n - first }, &alone);
		text[n++] = " \n\tx"[random_below(4)];
		rest.n = n;
		if (text[n - 1] == 'x' && r == 0)
			r = -EBADMSG;
		if (r == -ERANGE) {
			assert_int_not_equal(str_next_u64(&rest, &front), 0);
			assert_ptr_equal(rest.p, text);
			continue;
		}
		assert_int_equal(str_next_u64(&rest, &front), r);
		assert_int_equal(rest.n, r == 0 ? 1 : n);
		assert_true(r != 0 || front == alone);
	}
}

static void fixed_points_keep_their_decimals(void **state)
{
	static const struct {
		const char *text;
		unsigned decimals;
		int r;
		int64_t value;
	} cases[] = {
		{ "12.34", 2, 0, 1234 },
		{ "12.3456", 2, 0, 1234 },
		{ "12.3", 2, 0, 1230 },
		{ "12", 2, 0, 1200 },
		{ "-0.5", 1, 0, -5 },
		{ "-1.25", 2, 0, -125 },
		{ "0.00", 2, 0, 0 },
		{ "9223372036854775807", 0, 0, INT64_MAX },
		{ "9223372036854775807", 1, -ERANGE, 0 },
		{ "-922337203685477580.8", 1, 0, INT64_MIN },
		{ "12.", 2, -EBADMSG, 0 },
		{ ".5", 2, -EBADMSG, 0 },
		{ "1.-5", 2, -EBADMSG, 0 },
		{ "1.2.3", 4, -EBADMSG, 0 },
		{ "nan", 2, -EBADMSG, 0 },
		{ "1.2x", 1, -EBADMSG, 0 },
		{ "", 2, -EBADMSG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t value = 0;

		assert_int_equal(
			str_fixed(str_of(cases[i].text), cases[i].decimals, &value), cases[i].r);
		assert_true(value == cases[i].value);
	}
}

static void hexadecimal_takes_a_prefix_and_both_cases(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(str_hex(STR("0x1aF"), &value), 0);
	assert_int_equal(value, 0x1af);
	assert_int_equal(str_hex(STR("ffffffffffffffff"), &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(str_hex(STR("10000000000000000"), &value), -ERANGE);
	assert_int_equal(str_hex(STR("0x"), &value), -EBADMSG);
	assert_int_equal(str_hex(STR("g"), &value), -EBADMSG);
}

static void a_numbered_name_is_its_prefix_and_a_number(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(str_numbered(STR("CPU12"), STR("CPU"), &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(str_numbered(STR("CPU"), STR("CPU"), &value), -EBADMSG);
	assert_int_equal(str_numbered(STR("CPU1a"), STR("CPU"), &value), -EBADMSG);
	assert_int_equal(str_numbered(STR("node1"), STR("CPU"), &value), -EBADMSG);
}

static void addresses_of_pci_functions(void **state)
{
	static const char *const others[] = { "", "0000:04:00", "04:00.0", "0000:04:00.8",
		"0000:04:00.a", "000:04:00.0", "000000000:04:00.0", "0000:04.00.0", "0000-04:00.0",
		"0000:g4:00.0", "0x00:04:00.0", "0000:04:00.00", "pci0000:00" };

	(void)state;
	assert_true(pci_is_address(STR("0000:04:00.0")));
	assert_true(pci_is_address(STR("10000:e1:1f.7")));
	assert_true(pci_is_address(STR("9FAB04ee:00:02.0")));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(pci_is_address(str_of(others[i])));
}

static void the_last_address_of_a_path(void **state)
{
	(void)state;
	assert_str(
		pci_last_of_path(STR(
			"../../devices/pci0000:00/0000:00:03.0/0000:01:00.0/virtio2/net/eth0\n")),
		"0000:01:00.0");
	assert_str(pci_last_of_path(STR("/devices/pci0000:00/0000:00:03.0")), "0000:00:03.0");
	assert_str(pci_last_of_path(STR("0000:00:03.0")), "0000:00:03.0");
	assert_str(pci_last_of_path(STR("0000:00:03.0/x")), "0000:00:03.0");
	assert_int_equal(pci_last_of_path(STR("/devices/virtual/net/lo")).n, 0);
	assert_int_equal(pci_last_of_path(STR("")).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cutting_lines_keeps_empty_ones_and_ends),
		cmocka_unit_test(words_are_separated_by_any_white_space),
		cmocka_unit_test(cuts_take_the_first_or_the_last_separator),
		cmocka_unit_test(views_of_nothing_are_harmless),
		cmocka_unit_test(the_order_is_that_of_bytes_and_the_shorter_first),
		cmocka_unit_test(trimming_takes_white_space_on_both_sides_only),
		cmocka_unit_test(numbers_are_taken_whole_or_not_at_all),
		cmocka_unit_test(numbers_end_where_their_type_ends),
		cmocka_unit_test(numbers_agree_with_strtoll_and_strtoull),
		cmocka_unit_test(a_number_at_the_front_agrees_with_one_on_its_own),
		cmocka_unit_test(fixed_points_keep_their_decimals),
		cmocka_unit_test(hexadecimal_takes_a_prefix_and_both_cases),
		cmocka_unit_test(a_numbered_name_is_its_prefix_and_a_number),
		cmocka_unit_test(addresses_of_pci_functions),
		cmocka_unit_test(the_last_address_of_a_path),
	};

	return RUN_TESTS(tests);
}
