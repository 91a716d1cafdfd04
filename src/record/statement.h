/* SQLite's statements, with arguments by a word of letters: i int64_t, t str as text, b str as blob. */
#pragma once

#include <sqlite3.h>

#include "base/str.h"

struct statement {
	sqlite3_stmt *s;
};

int statement_open(sqlite3 *db, const char *sql, struct statement *ret); /* 0 or -errno */
void statement_close(struct statement *s);

/* Bind, run to the end and reset: 0 or -errno. What the arguments point to must live that long. */
int statement_run(struct statement *s, const char *types, ...);
/* Bind only; then statement_next(). */
int statement_bind(struct statement *s, const char *types, ...);
void statement_reset(struct statement *s); /* it holds nothing of the store any more */
int statement_next(struct statement *s);   /* 1: a row; 0: the end; -errno */
int64_t statement_int(const struct statement *s, int column);
str statement_text(const struct statement *s, int column); /* text or blob, until the next step */

int statement_once(sqlite3 *db, const char *sql, const char *types, ...);
int statement_number(sqlite3 *db, const char *sql,
	int64_t *ret); /* the first column of the first row; NULL is 0 */

/*
 * Those that a connection runs again and again: each is prepared once, and found by the address of
 * its text. What statements_find() gives is valid until STATEMENTS_KEPT others were asked for.
 */
enum { STATEMENTS_KEPT = 20 };
struct statements {
	sqlite3 *db;
	struct {
		const char *sql;
		struct statement s;
	} kept[STATEMENTS_KEPT];
	unsigned next; /* where the next one goes */
};
void statements_close(struct statements *k); /* before the connection is closed */
int statements_find(struct statements *k, const char *sql, struct statement **ret);
int statements_run(struct statements *k, const char *sql, const char *types, ...);
int statements_number(struct statements *k, const char *sql, int64_t *ret);
