/* Statements prepared, bound and stepped. */
#include "record/statement.h"

#include <errno.h>
#include <stdarg.h>

#include "record/schema.h"

int statement_open(sqlite3 *db, const char *sql, struct statement *ret)
{
	ret->s = NULL;
	return store_errno(sqlite3_prepare_v2(db, sql, -1, &ret->s, NULL));
}

void statement_close(struct statement *s)
{
	sqlite3_finalize(s->s);
	s->s = NULL;
}

static int bind_all(sqlite3_stmt *s, const char *types, va_list arguments)
{
	int code = SQLITE_OK;

	for (int i = 1; *types && code == SQLITE_OK; types++, i++) {
		str bytes;

		if (*types == 'i') {
			code = sqlite3_bind_int64(s, i, va_arg(arguments, int64_t));
			continue;
		}
		bytes = va_arg(arguments, str);
		code = *types == 't' ? sqlite3_bind_text(s, i, bytes.n ? bytes.p : "", (int)bytes.n,
					       SQLITE_STATIC)
				     : sqlite3_bind_blob(s, i, bytes.n ? bytes.p : "", (int)bytes.n,
					       SQLITE_STATIC);
	}
	return store_errno(code);
}

static int run_and_reset(sqlite3_stmt *s)
{
	int code;

	do {
		code = sqlite3_step(s);
	} while (code == SQLITE_ROW);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return store_errno(code);
}

static int bind_and_run(struct statement *s, const char *types, va_list arguments)
{
	int r = bind_all(s->s, types, arguments);

	return r == 0 ? run_and_reset(s->s) : r;
}

int statement_run(struct statement *s, const char *types, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, types);
	r = bind_and_run(s, types, arguments);
	va_end(arguments);
	return r;
}

void statement_reset(struct statement *s)
{
	sqlite3_reset(s->s);
}

int statement_bind(struct statement *s, const char *types, ...)
{
	va_list arguments;
	int r;

	statement_reset(s);
	va_start(arguments, types);
	r = bind_all(s->s, types, arguments);
	va_end(arguments);
	return r;
}

int statement_next(struct statement *s)
{
	int code = sqlite3_step(s->s);

	return code == SQLITE_ROW ? 1 : store_errno(code);
}

int64_t statement_int(const struct statement *s, int column)
{
	return sqlite3_column_int64(s->s, column);
}

str statement_text(const struct statement *s, int column)
{
	const void *bytes = sqlite3_column_blob(s->s, column);

	return (str){ bytes ? bytes : "", (size_t)sqlite3_column_bytes(s->s, column) };
}

int statement_once(sqlite3 *db, const char *sql, const char *types, ...)
{
	struct statement s;
	va_list arguments;
	int r = statement_open(db, sql, &s);

	if (r < 0)
		return r;
	va_start(arguments, types);
	r = bind_and_run(&s, types, arguments);
	va_end(arguments);
	statement_close(&s);
	return r;
}

static int read_number(struct statement *s, int64_t *ret)
{
	int r = statement_next(s);

	if (r == 1)
		*ret = statement_int(s, 0);
	return r < 0 ? r : 0;
}

int statement_number(sqlite3 *db, const char *sql, int64_t *ret)
{
	struct statement s;
	int r = statement_open(db, sql, &s);

	if (r == 0)
		r = read_number(&s, ret);
	statement_close(&s);
	return r;
}

/* ---- kept ones ---- */

void statements_close(struct statements *k)
{
	for (unsigned i = 0; i < STATEMENTS_KEPT; i++)
		statement_close(&k->kept[i].s);
	*k = (struct statements){ 0 };
}

int statements_find(struct statements *k, const char *sql, struct statement **ret)
{
	unsigned i = 0;
	int r;

	while (i < STATEMENTS_KEPT && k->kept[i].sql != sql)
		i++;
	if (i < STATEMENTS_KEPT) {
		*ret = &k->kept[i].s;
		return 0;
	}
	i = k->next;
	statement_close(&k->kept[i].s);
	k->kept[i].sql = NULL;
	r = store_errno(sqlite3_prepare_v3(
		k->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &k->kept[i].s.s, NULL));
	if (r < 0)
		return r;
	k->kept[i].sql = sql;
	k->next = (i + 1) % STATEMENTS_KEPT;
	*ret = &k->kept[i].s;
	return 0;
}

int statements_run(struct statements *k, const char *sql, const char *types, ...)
{
	struct statement *s;
	va_list arguments;
	int r = statements_find(k, sql, &s);

	if (r < 0)
		return r;
	va_start(arguments, types);
	r = bind_and_run(s, types, arguments);
	va_end(arguments);
	return r;
}

int statements_number(struct statements *k, const char *sql, int64_t *ret)
{
	struct statement *s;
	int r = statements_find(k, sql, &s);

	if (r == 0) {
		r = read_number(s, ret);
		statement_reset(s);
	}
	return r;
}
