/* The dense view, and values as one field of one line. */
#include "test.h"

#include "model/session.h"

static const struct signal signals[] = {
	{ "nic.z", "z", COUNTER, ONE, HOST, NONE, FREE, "z" },
	{ "nic.a", "a", GAUGE, ONE, HOST, NONE, FREE, "a" },
	{ "nic.t", "t", FACT, TEXT, HOST, NONE, FREE, "t" },
};

static char *escaped(str text)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	print_escaped(file, text);
	fclose(file);
	return out;
}

static void text_is_escaped_into_one_field_of_one_line(void **state)
{
	static const struct {
		const char *text, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\tb\nc\rd\\e", "a\\tb\\nc\\rd\\\\e" },
		{ "\x01\x7f", "\\x01\\x7f" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3", "\\xc3" },
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xc0\xaf", "\\xc0\\xaf" },          /* too long a form of a slash */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" }, /* the same in three bytes */
		{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* half of a UTF-16 pair */
		{ "\xf4\x90\x80\x80",
			"\\xf4\\x90\\x80\\x80" }, /* past the last character there is */
		{ "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *out = escaped(str_of(cases[i].text));

		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

static void the_view_is_sorted_and_leaves_out_what_is_not_there(void **state)
{
	struct session s;
	struct frame f;
	struct arena a;
	struct view view;
	uint32_t b, host;

	(void)state;
	assert_int_equal(session_open(&s), 0);
	assert_int_equal(frame_open(&f), 0);
	assert_int_equal(arena_open(&a, 1 << 20), 0);
	catalog_link(&s.catalog, signals, 3);
	b = entity_parse(&s.entities, STR("netdev:b"));
	host = entity_parse(&s.entities, STR("host"));
	s.ledger.tick++;
	ledger_block(&s.ledger, 0, b, 1, 4); /* room, and nothing in it */
	ledger_write(&s.ledger, &f, ledger_block(&s.ledger, 0, b, 0, 1), 0, 1);
	ledger_write(&s.ledger, &f, ledger_block(&s.ledger, 0, host, 0, 1), 0, 1);
	ledger_write(&s.ledger, &f, ledger_block(&s.ledger, 0, host, 1, 1), 0, 0);
	ledger_seal(&s.ledger, &f, 0);
	assert_int_equal(session_view(&s, &a, NULL, &view), 0);
	assert_int_equal(view.n, 3);
	assert_int_equal(view.blocks[0]->sig, 1);
	assert_int_equal(view.blocks[1]->who, host);
	assert_int_equal(view.blocks[2]->who, b);
	arena_close(&a);
	frame_close(&f);
	session_close(&s);
}

static void counters_print_unsigned_and_gauges_signed(void **state)
{
	struct session s;
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	(void)state;
	assert_int_equal(session_open(&s), 0);
	session_print_value(&s, file, &signals[0], -1);
	fputc(' ', file);
	session_print_value(&s, file, &signals[1], -1);
	fputc(' ', file);
	session_print_value(&s, file, &signals[2], names_add(&s.texts, STR("a\tb")));
	fputc(' ', file);
	session_print_value(&s, file, &signals[2], 0);
	fclose(file);
	assert_string_equal(out, "18446744073709551615 -1 a\\tb ");
	free(out);
	session_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped_into_one_field_of_one_line),
		cmocka_unit_test(the_view_is_sorted_and_leaves_out_what_is_not_there),
		cmocka_unit_test(counters_print_unsigned_and_gauges_signed),
	};

	return RUN_TESTS(tests);
}
