/*
 * Do the patterns of the log reader hold together? Each row carries its proof: a line that it must
 * match before any other row does, and one that it must not.
 */
#include "cmd/lint_patterns.h"

#include <stdarg.h>
#include <stdio.h>

#include "log/match.h"

struct lint_rows {
	const struct catalog *catalog;
	struct matcher *matcher;
	unsigned errors;
};

static void complain(struct lint_rows *lint, const struct pattern *p, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void complain(struct lint_rows *lint, const struct pattern *p, const char *format, ...)
{
	va_list args;

	printf("pattern %s \"%s\": ", p->signal, p->line ? p->line : "");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	lint->errors++;
}

static bool is_empty(const char *text)
{
	return !text || !*text;
}

static void lint_fields(
	struct lint_rows *lint, const struct pattern_table *table, const struct pattern *p)
{
	uint16_t sig = catalog_find(lint->catalog, str_of(p->signal));
	const char *complaint = matcher_complaint(p->regex);

	if (is_empty(p->line) || is_empty(p->seen) || is_empty(p->near_miss))
		complain(lint, p, "line, seen and near_miss are all needed");
	if (p->severity >= EVENT_SEVERITIES)
		complain(lint, p, "it is info, a warning or critical");
	if (complaint)
		complain(lint, p, "%s", complaint);
	if (sig == SIGNAL_NONE)
		complain(lint, p, "no such signal");
	else if (catalog_get(lint->catalog, sig)->kind != EVENT)
		complain(lint, p, "its signal is no event");
	if (!str_starts(str_of(p->signal), str_of(table->layer)))
		complain(lint, p, "it stands in the table of layer %s", table->layer);
	if (p->line && p->near_miss && strcmp(p->line, p->near_miss) == 0)
		complain(lint, p, "its near miss is its line");
}

/* A signal that no row has is never seen. */
static void lint_signals(struct lint_rows *lint, const struct pattern_table *table)
{
	for (size_t i = 0; i < table->n_signals; i++) {
		const char *name = table->signals[i].name;
		bool used = false;

		for (size_t n = 0; n < table->n_patterns; n++)
			used = used || strcmp(table->patterns[n].signal, name) == 0;
		if (!used) {
			printf("signal %s: no pattern has it\n", name);
			lint->errors++;
		}
	}
}

static void lint_tables(struct lint_rows *lint)
{
	for (size_t t = 0; t < n_pattern_tables; t++) {
		const struct pattern_table *table = pattern_tables[t];

		lint_signals(lint, table);
		for (size_t i = 0; i < table->n_patterns; i++)
			lint_fields(lint, table, &table->patterns[i]);
	}
}

static void lint_proof(struct lint_rows *lint, size_t row)
{
	const struct pattern *p = matcher_row(lint->matcher, row);
	struct match m;

	if (!matcher_find(lint->matcher, str_of(p->line), &m))
		complain(lint, p, "no row matches its line");
	else if (m.pattern != p)
		complain(lint, p, "its line is matched by the row of %s \"%s\"", m.pattern->signal,
			m.pattern->line);
	if (matcher_try(lint->matcher, row, str_of(p->near_miss), &m))
		complain(lint, p, "it matches its near miss");
	if (!matcher_is_selective(lint->matcher, row))
		complain(lint, p, "it requires no word: it would be tried on every line");
	for (size_t other = 0; other < row; other++)
		if (strcmp(matcher_row(lint->matcher, other)->regex, p->regex) == 0)
			complain(lint, p, "its expression is there twice");
}

unsigned lint_patterns(const struct catalog *catalog, size_t *ret_rows)
{
	struct lint_rows lint = { .catalog = catalog };

	*ret_rows = 0;
	for (size_t t = 0; t < n_pattern_tables; t++)
		*ret_rows += pattern_tables[t]->n_patterns;
	lint_tables(&lint);
	/* rows that do not even compile have no proof to look at */
	if (lint.errors || matcher_open(catalog, &lint.matcher) < 0)
		return lint.errors + (lint.errors == 0);
	for (size_t row = 0; row < matcher_rows(lint.matcher); row++)
		lint_proof(&lint, row);
	matcher_close(lint.matcher);
	return lint.errors;
}
