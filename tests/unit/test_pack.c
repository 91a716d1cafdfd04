/* Packed numbers and texts, and patches between texts: they come out as they went in, or not at all. */
#include "test.h"

#include "host/patch.h"

static void numbers_come_out_as_they_went_in(void **state)
{
	static const uint64_t values[] = { 0, 1, 127, 128, 300, 1u << 31, UINT64_MAX };
	struct pack pack = { 0 };
	uint64_t got;
	str rest;

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		pack_number(&pack, values[i]);
		pack_u64(&pack, values[i]);
	}
	rest = (str){ pack.p, pack.n };
	for (size_t i = 0; i < 7; i++) {
		assert_true(unpack_number(&rest, &got));
		assert_int_equal(got, values[i]);
		assert_true(unpack_u64(&rest, &got));
		assert_int_equal(got, values[i]);
	}
	assert_int_equal(rest.n, 0);
	pack_free(&pack);
}

static void what_is_cut_is_not_taken(void **state)
{
	str rest = STR("\x80\x80"),
	    text = STR("\x05"
		       "abcd"),
	    got = STR("-");
	uint64_t number = 7;

	(void)state;
	assert_false(unpack_number(&rest, &number));
	assert_false(unpack_u64(&rest, &number));
	assert_int_equal(number, 7);
	assert_int_equal(rest.n, 2);
	assert_false(unpack_text(&text, &got));
	assert_str(got, "-");
	assert_int_equal(text.n, 5);
	/* a number without an end */
	rest = STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	assert_false(unpack_number(&rest, &number));
}

static str random_text(char *to, size_t most)
{
	static const char letters[] = "  \t\n\n0123456789abcxyz:";
	size_t n = random_below((unsigned)most);

	for (size_t i = 0; i < n; i++)
		to[i] = letters[random_below(sizeof(letters) - 1)];
	return (str){ to, n };
}

/* Some bytes are others, some are left out, some come in between. */
static str vary(str from, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < from.n; i++) {
		unsigned what = random_below(40);

		if (what == 0)
			to[n++] = (char)('0' + random_below(10));
		if (what == 1)
			continue;
		to[n++] = what == 2 ? '9' : from.p[i];
	}
	return (str){ to, n };
}

static void a_patch_makes_the_new_text_of_the_old(void **state)
{
	char old[600], new[1300];
	struct pack patch = { 0 }, made = { 0 };
	unsigned patched = 0;

	(void)state;
	random_seed("a_patch_makes_the_new_text_of_the_old");
	for (unsigned i = 0; i < 20000; i++) {
		str before = random_text(old, sizeof(old)), after = vary(before, new);
		enum patch_unit unit = i % 2 ? PATCH_WORDS : PATCH_BYTES4;

		patch.n = made.n = 0;
		if (!patch_make(&patch, unit, before, after)) {
			assert_int_equal(patch.n, 0);
			continue;
		}
		patched++;
		assert_true(patch.n < after.n);
		assert_true(patch_apply(&made, before, (str){ patch.p, patch.n }, sizeof(new)));
		assert_true(str_eq((str){ made.p, made.n }, after));
	}
	assert_true(patched > 1000);
	pack_free(&patch);
	pack_free(&made);
}

static void one_changed_number_is_a_short_patch(void **state)
{
	str before = STR("nr_free_pages 123456\nnr_zone_inactive_anon 99999\npgfault 1234567890\n");
	str after = STR("nr_free_pages 123456\nnr_zone_inactive_anon 100000\npgfault 1234567890\n");
	struct pack patch = { 0 };

	(void)state;
	assert_true(patch_make(&patch, PATCH_WORDS, before, after));
	assert_true(patch.n <= 10);
	pack_free(&patch);
}

static void a_patch_that_does_not_fit_is_refused(void **state)
{
	struct pack made = { 0 };

	(void)state;
	/* keep 9 of 3; drop 9 of 3; a text longer than the patch; half a number; over the limit */
	assert_false(patch_apply(&made, STR("abc"), STR("\x09\x00\x00"), 100));
	assert_false(patch_apply(&made, STR("abc"), STR("\x00\x09\x00"), 100));
	assert_false(patch_apply(&made, STR("abc"), STR("\x00\x00\x09x"), 100));
	assert_false(patch_apply(&made, STR("abc"), STR("\x80"), 100));
	made.n = 0;
	assert_false(patch_apply(&made, STR("abc"), STR("\x00\x00\x01x"), 3));
	made.n = 0;
	assert_true(patch_apply(&made, STR("abc"), STR("\x00\x00\x01x"), 4));
	assert_str((str){ made.p, made.n }, "xabc");
	pack_free(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_out_as_they_went_in),
		cmocka_unit_test(what_is_cut_is_not_taken),
		cmocka_unit_test(a_patch_makes_the_new_text_of_the_old),
		cmocka_unit_test(one_changed_number_is_a_short_patch),
		cmocka_unit_test(a_patch_that_does_not_fit_is_refused),
	};

	return RUN_TESTS(tests);
}
