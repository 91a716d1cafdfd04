/*
 * All patterns at once. One pass of a filter finds the rows whose words stand in the line; only
 * their expressions are run, in the order of the tables. Ordinary lines reach none.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "log/match.h"

#include <errno.h>
#include <pcre2.h>

#include "base/own.h"
#include "log/filter.h"
#include "log/literal.h"

enum {
	MATCH_BYTES = 4096,  /* of a message are looked at: the kernel's own end at 1 KiB */
	MATCH_STEPS = 20000, /* of one attempt: an expression that runs away has not matched */
	NAMED = 8,           /* groups a row may name */
	JIT_STACK = 128 << 10
};

static const char *const group_names[GROUPS] = { "pci", "rid", "netdev", "rdma", "port", "cpu",
	"irq", "task", "pid", "cgroup", "gpu", "disk", "node", "count" };

struct row {
	const struct pattern *pattern;
	pcre2_code *code;
	uint16_t sig;
	bool fast, selective; /* JIT was asked for; it has words for the filter */
	struct {
		uint8_t group;
		uint16_t number;
	} named[NAMED];
	unsigned n_named;
};

struct matcher {
	struct row *rows;
	size_t n;
	struct filter *filter;
	uint64_t always[FILTER_WORDS]; /* rows without words */
	pcre2_match_data *data;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
};

static pcre2_code *compile(const char *regex)
{
	PCRE2_SIZE at;
	int error;

	return pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
		PCRE2_NEVER_UTF | PCRE2_DUPNAMES, &error, &at, NULL);
}

/* Which group is which; false at a name that nobody knows, or too many. */
static bool name_groups(struct row *row)
{
	uint32_t n = 0, size = 0;
	PCRE2_SPTR entry = NULL;

	pcre2_pattern_info(row->code, PCRE2_INFO_NAMECOUNT, &n);
	pcre2_pattern_info(row->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(row->code, PCRE2_INFO_NAMETABLE, &entry);
	for (uint32_t i = 0; i < n; i++, entry += size) {
		uint8_t group = 0;

		while (group < GROUPS && strcmp(group_names[group], (const char *)entry + 2) != 0)
			group++;
		if (group == GROUPS || row->n_named == NAMED)
			return false;
		row->named[row->n_named].group = group;
		row->named[row->n_named++].number = (uint16_t)(entry[0] << 8 | entry[1]);
	}
	return true;
}

const char *matcher_complaint(const char *regex)
{
	struct row row = { .code = compile(regex) };
	const char *complaint = NULL;

	if (!row.code)
		complaint = "it does not compile";
	else if (!name_groups(&row))
		complaint = "it names a group that no entity is made of, or too many";
	pcre2_code_free(row.code);
	return complaint;
}

static int open_row(struct row *row, const struct catalog *catalog, const struct pattern *pattern)
{
	row->pattern = pattern;
	row->sig = catalog_find(catalog, str_of(pattern->signal));
	row->code = compile(pattern->regex);
	if (!row->code || !name_groups(row))
		return -EINVAL;
	return row->sig == SIGNAL_NONE ? -ENOENT : 0;
}

/* The words of all rows; a row without any is tried on every line. */
static int open_filter(struct matcher *m)
{
	OWN_MEMORY struct filter_word *words = own_alloc(m->n * LITERALS, sizeof(*words));
	OWN_MEMORY struct literals *sets = own_alloc(m->n, sizeof(*sets));
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		literals_of(str_of(m->rows[i].pattern->regex), &sets[i]);
		m->rows[i].selective = sets[i].n > 0;
		if (sets[i].n == 0)
			m->always[i / 64] |= UINT64_C(1) << (i % 64);
		for (size_t w = 0; w < sets[i].n; w++)
			words[n++] =
				(struct filter_word){ { sets[i].items[w].text, sets[i].items[w].n },
					(unsigned)i };
	}
	m->filter = filter_open(words, n);
	return m->filter ? 0 : -E2BIG;
}

static int open_rows(struct matcher *m, const struct catalog *catalog)
{
	size_t n = 0;
	int r = 0;

	for (size_t t = 0; t < n_pattern_tables; t++)
		n += pattern_tables[t]->n_patterns;
	if (n > FILTER_ROWS)
		return -E2BIG;
	m->rows = own_alloc(n, sizeof(*m->rows));
	for (size_t t = 0; t < n_pattern_tables; t++)
		for (size_t i = 0; i < pattern_tables[t]->n_patterns && r == 0; i++)
			r = open_row(&m->rows[m->n++], catalog, &pattern_tables[t]->patterns[i]);
	return r;
}

static int open_limits(struct matcher *m)
{
	m->data = pcre2_match_data_create(32, NULL);
	m->limits = pcre2_match_context_create(NULL);
	if (!m->data || !m->limits)
		return -ENOMEM;
	pcre2_set_match_limit(m->limits, MATCH_STEPS);
	pcre2_set_heap_limit(m->limits, 1024);                    /* KiB */
	m->stack = pcre2_jit_stack_create(4096, JIT_STACK, NULL); /* NULL: there is no JIT */
	if (m->stack)
		pcre2_jit_stack_assign(m->limits, NULL, m->stack);
	return 0;
}

int matcher_open(const struct catalog *catalog, struct matcher **ret)
{
	struct matcher *m = own_alloc(1, sizeof(*m));
	int r = open_rows(m, catalog);

	if (r == 0)
		r = open_filter(m);
	if (r == 0)
		r = open_limits(m);
	if (r < 0)
		matcher_close(m);
	else
		*ret = m;
	return r;
}

struct matcher *matcher_close(struct matcher *m)
{
	if (!m)
		return NULL;
	for (size_t i = 0; i < m->n; i++)
		pcre2_code_free(m->rows[i].code);
	free(m->rows);
	filter_close(m->filter);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->limits);
	pcre2_jit_stack_free(m->stack);
	free(m);
	return NULL;
}

static void take_groups(
	const struct matcher *m, const struct row *row, str text, int pairs, struct match *ret)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);

	for (unsigned i = 0; i < row->n_named; i++) {
		unsigned number = row->named[i].number;

		if ((int)number < pairs && at[2 * number] != PCRE2_UNSET &&
			at[2 * number + 1] >= at[2 * number])
			ret->groups[row->named[i].group] = (str){ text.p + at[2 * number],
				at[2 * number + 1] - at[2 * number] };
	}
}

bool matcher_try(struct matcher *m, size_t number, str text, struct match *ret)
{
	struct row *row = &m->rows[number];
	int pairs;

	if (text.n > MATCH_BYTES)
		text.n = MATCH_BYTES;
	/* most rows never get here: making them fast is put off until one does */
	if (!row->fast) {
		pcre2_jit_compile(
			row->code, PCRE2_JIT_COMPLETE); /* without JIT it is slow, not wrong */
		row->fast = true;
	}
	pairs = pcre2_match(row->code, (PCRE2_SPTR)text.p, text.n, 0, 0, m->data, m->limits);
	if (pairs <= 0)
		return false;
	*ret = (struct match){ .pattern = row->pattern, .sig = row->sig };
	take_groups(m, row, text, pairs, ret);
	return true;
}

bool matcher_find(struct matcher *m, str text, struct match *ret)
{
	uint64_t rows[FILTER_WORDS];

	if (text.n > MATCH_BYTES)
		text.n = MATCH_BYTES;
	memcpy(rows, m->always, sizeof(rows));
	filter_scan(m->filter, text, rows);
	for (size_t w = 0; w < FILTER_WORDS && w * 64 < m->n; w++)
		for (uint64_t left = rows[w]; left; left &= left - 1)
			if (matcher_try(m, w * 64 + (size_t)__builtin_ctzll(left), text, ret))
				return true;
	return false;
}

size_t matcher_rows(const struct matcher *m)
{
	return m->n;
}

const struct pattern *matcher_row(const struct matcher *m, size_t row)
{
	return m->rows[row].pattern;
}

bool matcher_is_selective(const struct matcher *m, size_t row)
{
	return m->rows[row].selective;
}
