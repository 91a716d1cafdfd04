/* Statements that are kept: prepared once, used again after errors, closed with the connection. */
#include "test.h"

#include "record/statement.h"

static struct statements opened(void)
{
	struct statements k = { 0 };

	assert_int_equal(sqlite3_open(":memory:", &k.db), SQLITE_OK);
	assert_int_equal(statement_once(k.db, "CREATE TABLE t (a INTEGER UNIQUE)", ""), 0);
	return k;
}

/* SQLite refuses to close a connection that has statements. */
static void expect_closes(struct statements *k)
{
	sqlite3 *db = k->db;

	statements_close(k);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static unsigned prepared(const struct statements *k)
{
	sqlite3_stmt *s = NULL;
	unsigned n = 0;

	while ((s = sqlite3_next_stmt(k->db, s)))
		n++;
	return n;
}

static void a_text_is_prepared_once(void **state)
{
	static const char insert[] = "INSERT INTO t VALUES (?)", count[] = "SELECT count(*) FROM t";
	struct statements k = opened();
	int64_t n = 0;

	(void)state;
	for (int64_t i = 0; i < 10; i++) {
		assert_int_equal(statements_run(&k, insert, "i", i), 0);
		assert_int_equal(statements_number(&k, count, &n), 0);
		assert_int_equal(n, i + 1);
	}
	assert_int_equal(prepared(&k), 2);
	expect_closes(&k);
}

static void more_texts_than_there_is_room_for_run_all_the_same(void **state)
{
	static char texts[STATEMENTS_KEPT + 5][32];
	struct statements k = opened();

	(void)state;
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < STATEMENTS_KEPT + 5; i++) {
			int64_t n = -1;

			snprintf(texts[i], sizeof(texts[i]), "SELECT %u", i);
			assert_int_equal(statements_number(&k, texts[i], &n), 0);
			assert_int_equal(n, i);
		}
	assert_int_equal(prepared(&k), STATEMENTS_KEPT);
	expect_closes(&k);
}

static void one_that_failed_runs_again(void **state)
{
	static const char insert[] = "INSERT INTO t VALUES (?)", later[] = "SELECT b FROM u";
	struct statements k = opened();
	int64_t n = 0;

	(void)state;
	assert_int_equal(statements_run(&k, insert, "i", (int64_t)1), 0);
	assert_true(statements_run(&k, insert, "i", (int64_t)1) < 0);
	assert_int_equal(statements_run(&k, insert, "i", (int64_t)2), 0);
	assert_true(statements_number(&k, later, &n) < 0);
	assert_int_equal(statement_once(k.db, "CREATE TABLE u AS SELECT 7 AS b", ""), 0);
	assert_int_equal(statements_number(&k, later, &n), 0);
	assert_int_equal(n, 7);
	expect_closes(&k);
}

static void what_was_read_is_not_held(void **state)
{
	static const char read[] = "SELECT a FROM t";
	struct statements k = opened();
	int64_t n = 0;

	(void)state;
	assert_int_equal(statement_once(k.db, "INSERT INTO t VALUES (1), (2)", ""), 0);
	assert_int_equal(statements_number(&k, read, &n), 0);
	/* a table of which somebody reads is locked */
	assert_int_equal(statement_once(k.db, "DROP TABLE t", ""), 0);
	expect_closes(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_prepared_once),
		cmocka_unit_test(more_texts_than_there_is_room_for_run_all_the_same),
		cmocka_unit_test(one_that_failed_runs_again),
		cmocka_unit_test(what_was_read_is_not_held),
	};

	return closing_line(
		(int)(sizeof(tests) / sizeof(*tests)), cmocka_run_group_tests(tests, NULL, NULL));
}
