/* The patterns: every row proves itself, and the filter before them leaves nothing out. */
#include "heard.h"

#include <dirent.h>

#include "base/clock.h"
#include "log/filter.h"
#include "log/literal.h"
#include "log/match.h"

static void open_matcher(struct catalog *catalog, struct matcher **ret)
{
	assert_int_equal(catalog_open(catalog), 0);
	log_link_signals(catalog);
	assert_int_equal(matcher_open(catalog, ret), 0);
}

static void every_row_matches_its_line_first_and_not_its_near_miss(void **state)
{
	struct catalog catalog;
	struct matcher *m;
	struct match found;

	(void)state;
	open_matcher(&catalog, &m);
	assert_true(matcher_rows(m) > 300);
	for (size_t row = 0; row < matcher_rows(m); row++) {
		const struct pattern *p = matcher_row(m, row);

		if (!matcher_find(m, str_of(p->line), &found))
			fail_msg("nothing knows \"%s\"", p->line);
		if (found.pattern != p)
			fail_msg("\"%s\" is known as %s", p->line, found.pattern->signal);
		if (matcher_try(m, row, str_of(p->near_miss), &found))
			fail_msg("%s knows its near miss \"%s\"", p->signal, p->near_miss);
		if (!*p->seen)
			fail_msg("%s was seen nowhere", p->signal);
	}
	matcher_close(m);
	catalog_close(&catalog);
}

/* The same through the whole reader: the line becomes an event of its signal in any format. */
static void every_row_is_heard(void **state)
{
	static const char *const before[] = { "", "[   12.345678] ", "3,1,12345678,-;",
		"Nov 21 22:47:00 h kernel: ", "[Sat Nov 21 22:47:00 2026] " };

	(void)state;
	for (size_t t = 0; t < n_pattern_tables; t++)
		for (size_t i = 0; i < pattern_tables[t]->n_patterns; i++) {
			const struct pattern *p = &pattern_tables[t]->patterns[i];
			char line[2048], expected[128];
			struct heard h;

			snprintf(line, sizeof(line), "%s%s\n", before[i % 5], p->line);
			snprintf(expected, sizeof(expected), " %s ", p->signal);
			heard_open(&h, NOW_S, false);
			log_feed(h.log, str_of(line));
			if (!strstr(heard_text(&h), expected))
				fail_msg("\"%s\" is not %s but: %s", line, p->signal,
					heard_text(&h));
			heard_close(&h);
		}
}

/* The first row that matches when all are tried one after the other, without a filter. */
static const struct pattern *find_slowly(struct matcher *m, str text)
{
	struct match found;

	for (size_t row = 0; row < matcher_rows(m); row++)
		if (matcher_try(m, row, text, &found))
			return found.pattern;
	return NULL;
}

static void compare_line(struct matcher *m, str text)
{
	const struct pattern *slow = find_slowly(m, text);
	struct match found = { 0 };

	matcher_find(m, text, &found);
	if (found.pattern != slow)
		fail_msg("\"%.*s\" is %s, and with the filter %s", STR_ARG(text),
			slow ? slow->signal : "unknown",
			found.pattern ? found.pattern->signal : "unknown");
}

static void the_filter_leaves_nothing_out(void **state)
{
	static const char folder[] = "tests/fixtures/logs";
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	struct catalog catalog;
	struct matcher *m;
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	open_matcher(&catalog, &m);
	for (size_t row = 0; row < matcher_rows(m); row++) {
		compare_line(m, str_of(matcher_row(m, row)->line));
		compare_line(m, str_of(matcher_row(m, row)->near_miss));
	}
	while ((entry = readdir(dir))) {
		char path[512], line[4096];
		FILE *file;

		if (!str_ends(str_of(entry->d_name), STR(".log")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		file = fopen(path, "re");
		assert_non_null(file);
		for (; fgets(line, sizeof(line), file); n++)
			compare_line(m, str_trim(str_of(line)));
		fclose(file);
	}
	closedir(dir);
	assert_true(n > 1000);
	matcher_close(m);
	catalog_close(&catalog);
}

/* The worst that a line can do: hold the words of a row again and again. */
static void hostile_lines_cost_a_bounded_time(void **state)
{
	enum { LONG = 4096, LIMIT_MS = 200 };
	struct catalog catalog;
	struct matcher *m;
	char *line = malloc(LONG);
	double worst = 0;

	(void)state;
	open_matcher(&catalog, &m);
	for (size_t row = 0; row < matcher_rows(m); row++) {
		const char *text = matcher_row(m, row)->near_miss;
		size_t n = strlen(text);
		struct match found;
		int64_t begin;
		double ms;

		for (size_t i = 0; i < LONG; i++)
			line[i] = text[i % n];
		begin = clock_cpu_ns();
		matcher_find(m, (str){ line, LONG }, &found);
		ms = (double)(clock_cpu_ns() - begin) / 1e6;
		if (ms > worst)
			worst = ms;
		if (ms > LIMIT_MS)
			fail_msg("\"%s\" again and again costs %.0f ms", text, ms);
	}
	printf("the worst of %zu hostile lines costs %.2f ms\n", matcher_rows(m), worst);
	matcher_close(m);
	catalog_close(&catalog);
	free(line);
}

/* ---- required words ---- */

static void words_that_a_text_must_hold_are_found(void **state)
{
	static const struct {
		const char *regex, *words;
	} cases[] = {
		{ "abc", "abc" },
		{ "ABC", "abc" },
		{ "a\\.b\\[c", "a.b[c" },
		{ "ab?cde", "cde" },
		{ "abx*cd", "ab" },
		{ "ab+cde", "cde" },
		{ "abc{0,1}", "ab" },
		{ "abc{2}d", "abc" },
		{ "ab[cd]efg", "efg" },
		{ "ab[]c]efg", "efg" },
		{ "ab[^]c]efg", "efg" },
		{ "ab[[:alpha:]x]efg", "efg" },
		{ "ab\\defg", "efg" },
		{ "a.b", "a" },
		{ "^abc$", "abc" },
		{ "abc|defg", "abc,defg" },
		{ "abc|", "" },
		{ "abc|\\d", "" },
		{ "x(?:abc|defg)y", "abc,defg" },
		{ "x(?:abc|defg)?yz", "yz" },
		{ "(?<pci>abcd)ef", "abcd" },
		{ "(?!abcd)ef", "ef" },
		{ "(?=abcd)ef", "ef" },
		{ "(?<=abcd)ef", "ef" },
		{ "(?i)abcd", "abcd" },
		{ "(a(b(cd)))", "cd" },
		{ "ab\\x41cdef", "ab" },
		{ "(ab)\\1cdef", "ab" },
		{ "\\(pid", "(pid" },
		{ "a(?:b|cdef", "a" },
		{ "", "" },
		{ "[", "" },
		{ "(", "" },
		{ "\\", "" },
		{ "abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwx" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char got[LITERALS * (LITERAL_BYTES + 1)] = "";
		struct literals set;

		literals_of(str_of(cases[i].regex), &set);
		for (size_t w = 0; w < set.n; w++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.*s",
				w ? "," : "", (int)set.items[w].n, set.items[w].text);
		if (strcmp(got, cases[i].words) != 0)
			fail_msg("%s requires \"%s\", not \"%s\"", cases[i].regex, cases[i].words,
				got);
	}
}

static void words_are_found_within_each_other(void **state)
{
	static const struct filter_word words[] = {
		{ { "he", 2 }, 0 },
		{ { "she", 3 }, 1 },
		{ { "his", 3 }, 2 },
		{ { "hers", 4 }, 70 },
		{ { "hers", 4 }, 4 },
		{ { "rs", 2 }, 5 },
	};
	struct filter *f = filter_open(words, sizeof(words) / sizeof(*words));
	uint64_t rows[FILTER_WORDS] = { 0 };

	(void)state;
	assert_false(filter_scan(f, STR("sh x rhs"), rows));
	assert_int_equal(rows[0] | rows[1], 0);
	assert_true(filter_scan(f, STR("uSHErs"), rows));
	assert_int_equal(rows[0], 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5);
	assert_int_equal(rows[1], 1 << (70 - 64));
	filter_close(f);
}

static void a_word_too_many_is_refused(void **state)
{
	static char text[40000];
	struct filter_word word = { { text, sizeof(text) }, 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_null(filter_open(&word, 1));
	word.text.n = 30000;
	filter_close(filter_open(&word, 1));
}

static void a_regex_that_cannot_be_used_is_told(void **state)
{
	(void)state;
	assert_null(matcher_complaint("(?<pci>x) (?<count>y)"));
	assert_non_null(matcher_complaint("(x"));
	assert_non_null(matcher_complaint("(?<color>x)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_matches_its_line_first_and_not_its_near_miss),
		cmocka_unit_test(every_row_is_heard),
		cmocka_unit_test(the_filter_leaves_nothing_out),
		cmocka_unit_test(hostile_lines_cost_a_bounded_time),
		cmocka_unit_test(words_that_a_text_must_hold_are_found),
		cmocka_unit_test(words_are_found_within_each_other),
		cmocka_unit_test(a_word_too_many_is_refused),
		cmocka_unit_test(a_regex_that_cannot_be_used_is_told),
	};

	return RUN_TESTS(tests);
}
