/* Memory of one lifetime. */
#include "test.h"

#include "base/arena.h"

static void what_does_not_fit_is_null_and_counted(void **state)
{
	struct arena a;

	(void)state;
	assert_int_equal(arena_open(&a, 4096), 0);
	assert_non_null(arena_take(&a, 4000));
	assert_null(arena_take(&a, 200));
	assert_int_equal(a.lost, 200);
	assert_null(arena_take(&a, SIZE_MAX));
	assert_null(arena_copy(&a, (str){ "x", 200 - 1 }).p);
	assert_string_equal(arena_printf(&a, "%0200d", 1), "");
	assert_non_null(arena_take(&a, 96)); /* the rest is still good */
	assert_null(arena_take(&a, 1));
	arena_close(&a);
}

static void releasing_to_a_mark_gives_the_same_bytes_again(void **state)
{
	struct arena a;
	char *mark, *first;

	(void)state;
	assert_int_equal(arena_open(&a, 4096), 0);
	arena_take(&a, 10);
	mark = arena_mark(&a);
	first = arena_take(&a, 100);
	memset(first, 'x', 100);
	arena_release(&a, mark);
	assert_ptr_equal(arena_take(&a, 50), first);
	arena_release(&a, mark);
	assert_int_equal(((char *)arena_take_zeroed(&a, 50))[49], 0);
	arena_close(&a);
}

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
	struct arena a;
	char *last = NULL;

	(void)state;
	assert_int_equal(arena_open(&a, 1 << 16), 0);
	for (size_t size = 0; size < 300; size++) {
		char *piece = arena_take(&a, size);

		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % 16, 0);
		assert_true(!last || piece >= last);
		last = piece + size;
	}
	arena_close(&a);
}

static void copies_end_in_a_nul_and_printing_formats(void **state)
{
	struct arena a;
	str copy;

	(void)state;
	assert_int_equal(arena_open(&a, 4096), 0);
	copy = arena_copy(&a, (str){ "abcdef", 3 });
	assert_str(copy, "abc");
	assert_string_equal(copy.p, "abc");
	assert_string_equal(arena_copy(&a, (str){ NULL, 0 }).p, "");
	assert_string_equal(arena_printf(&a, "%s-%d", "eth", 7), "eth-7");
	arena_close(&a);
	arena_close(&a); /* a closed one is a zeroed one */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_null_and_counted),
		cmocka_unit_test(releasing_to_a_mark_gives_the_same_bytes_again),
		cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
		cmocka_unit_test(copies_end_in_a_nul_and_printing_formats),
	};

	return RUN_TESTS(tests);
}
