/* Frames are bounded and count what did not fit. */
#include "test.h"

#include "model/frame.h"

static void what_is_put_in_comes_out_and_clearing_empties(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(frame_open(&f), 0);
	assert_true(frame_row(&f, (struct sample){ 1, 2, 3, -4 }));
	assert_true(frame_span(&f, (struct span){ 1, 2, 0, 3, true }));
	assert_true(frame_change(&f, (struct relation_change){ .a = 1, .b = 2 }));
	assert_true(frame_read(&f, (struct source_read){ .source = 9, .status = -5 }));
	assert_true(frame_failure(&f, (struct failure){ 9, -5, 1 }));
	assert_int_equal(f.rows[0].value, -4);
	assert_true(f.spans[0].gone);
	assert_int_equal(f.reads[0].status, -5);
	assert_int_equal(f.failures[0].source, 9);
	frame_clear(&f);
	assert_int_equal(f.n_rows + f.n_spans + f.n_changes + f.n_reads + f.n_failures, 0);
	frame_close(&f);
}

static void each_array_is_full_at_its_limit(void **state)
{
	struct frame f;
	uint32_t n;

	(void)state;
	assert_int_equal(frame_open(&f), 0);
	for (n = 0; frame_row(&f, (struct sample){ n, 0, 0, n }); n++)
		;
	assert_int_equal(n, FRAME_ROWS);
	for (n = 0; frame_span(&f, (struct span){ .who = n }); n++)
		;
	assert_int_equal(n, FRAME_SPANS);
	for (n = 0; frame_change(&f, (struct relation_change){ .a = n }); n++)
		;
	assert_int_equal(n, FRAME_CHANGES);
	for (n = 0; frame_read(&f, (struct source_read){ 0 }); n++)
		;
	assert_int_equal(n, FRAME_READS);
	for (n = 0; frame_failure(&f, (struct failure){ .who = n }); n++)
		;
	assert_int_equal(n, FRAME_FAILURES);
	assert_int_equal(f.dropped, 5);
	assert_int_equal(f.rows[FRAME_ROWS - 1].value, FRAME_ROWS - 1);
	assert_int_equal(f.spans[FRAME_SPANS - 1].who, FRAME_SPANS - 1);
	frame_clear(&f);
	assert_int_equal(f.dropped, 0);
	frame_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in_comes_out_and_clearing_empties),
		cmocka_unit_test(each_array_is_full_at_its_limit),
	};

	return RUN_TESTS(tests);
}
