/* A store as SQLite sees it: what a test asks of one, and what it breaks in one. */
#pragma once

#include "record/schema.h"
#include "record/statement.h"
#include "test.h"

__attribute__((unused)) static int64_t ask(const char *path, const char *sql)
{
	int64_t answer = -1;
	char why[STORE_WHY];
	sqlite3 *db;

	assert_int_equal(store_connect(path, STORE_READ, NULL, &db, why), 0);
	assert_int_equal(statement_number(db, sql, &answer), 0);
	sqlite3_close(db);
	return answer;
}

__attribute__((unused)) static void change(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(store_functions(db), 0);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}
