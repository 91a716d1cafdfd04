/* Copies of stores: while somebody writes, stopped half way, and merges that do not fit. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "record/copy.h"
#include "record/merge.h"
#include "record/verify.h"
#include "small_store.h"
#include "store_sql.h"

static char folder[] = "/tmp/faultline-copy-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static struct store *opened(const char *path)
{
	char why[STORE_WHY];
	struct store *s;

	assert_int_equal(store_open(path, &s, why), 0);
	return s;
}

static void ignore(void *self, const char *what)
{
	(void)self;
	(void)what;
}

static void verify(const char *path, struct verified *ret)
{
	struct store *s = opened(path);
	struct arena a;

	assert_int_equal(arena_open(&a, 1 << 20), 0);
	assert_int_equal(store_verify(store_db(s), &a, ignore, NULL, ret), 0);
	arena_close(&a);
	store_close(s);
}

/* Ticks of a store that is sound. */
static uint64_t sound_ticks(const char *path)
{
	struct verified v;

	verify(path, &v);
	assert_int_equal(v.problems, 0);
	return v.n_ticks;
}

static bool is_there(const char *part)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	while ((entry = readdir(dir)))
		found = found || strstr(entry->d_name, part);
	closedir(dir);
	return found;
}

static void a_copy_is_one_state_while_a_recorder_writes(void **state)
{
	struct small_store o = small_usual;
	struct small_writer w;
	char why[STORE_WHY], name[16];
	struct store *s;

	(void)state;
	o.path = in_folder("live");
	small_open(&w, &o);
	for (unsigned tick = 0; tick < 60; tick++) {
		small_tick(&w, &o, tick);
		small_wait(&w, tick + 1u, 1);
		if (tick % 20 != 19)
			continue;
		snprintf(name, sizeof(name), "copy%u", tick);
		s = opened(in_folder("live"));
		assert_int_equal(store_copy(store_db(s), in_folder(name), NULL, NULL, why), 0);
		store_close(s);
		assert_in_range(sound_ticks(in_folder(name)), tick - 18, tick + 1);
	}
	assert_int_equal(writer_close(w.writer), 0);
	packet_writer_close(&w.packets);
	pack_free(&w.pack);
	frame_close(&w.frame);
	session_close(&w.session);
	assert_int_equal(sound_ticks(in_folder("live")), 60);
}

static void one_that_is_stopped_leaves_nothing(void **state)
{
	static const volatile sig_atomic_t stop = 1;
	const struct store_window window = { .first_ns = 1 };
	struct store *s = opened(in_folder("live"));
	sqlite3 *db = store_db(s);
	struct merged done;
	uint32_t which;
	char why[STORE_WHY];

	(void)state;
	assert_int_equal(store_copy(db, in_folder("gone"), NULL, &stop, why), -EINTR);
	assert_int_equal(store_copy(db, in_folder("gone"), &window, &stop, why), -EINTR);
	assert_int_equal(store_merge(&db, 1, in_folder("gone"), &stop, &done, &which, why), -EINTR);
	assert_false(is_there("gone"));
	assert_false(is_there("partial"));
	store_close(s);
}

/* Two stores that both say they are of one run, and do not agree on its names. */
static void names_that_contradict_are_not_merged(void **state)
{
	const char *sql = "UPDATE entity SET name = 'irq:41' WHERE name = 'irq:40'";
	struct store *a, *b;
	sqlite3 *db, *dbs[2];
	struct merged done;
	uint32_t which = 0;
	char why[STORE_WHY];

	(void)state;
	a = opened(in_folder("live"));
	assert_int_equal(store_copy(store_db(a), in_folder("other"), NULL, NULL, why), 0);
	assert_int_equal(sqlite3_open(in_folder("other"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	b = opened(in_folder("other"));
	dbs[0] = store_db(a);
	dbs[1] = store_db(b);
	assert_int_equal(
		store_merge(dbs, 2, in_folder("merged"), NULL, &done, &which, why), -EUCLEAN);
	assert_int_equal(which, 1);
	assert_false(is_there("merged"));
	store_close(a);
	store_close(b);
}

/* Of a segment that one copy has open and another rolled over, the longer is taken. */
static void the_longer_of_two_copies_is_taken(void **state)
{
	struct store *a = opened(in_folder("copy19")), *b = opened(in_folder("live"));
	sqlite3 *dbs[2] = { store_db(a), store_db(b) };
	struct merged done;
	uint32_t which;
	char why[STORE_WHY];

	(void)state;
	assert_int_equal(store_merge(dbs, 2, in_folder("longer"), NULL, &done, &which, why), 0);
	assert_int_equal(done.eras, 1);
	assert_true(done.again >= 1);
	assert_int_equal(sound_ticks(in_folder("longer")), 60);
	store_close(a);
	store_close(b);
}

/* Rows of a copy have other numbers, but what shows that one was lost is there. */
static void a_tail_that_was_lost_is_lost_in_a_copy(void **state)
{
	const struct store_window window = { .first_ns = 1 };
	struct small_store o = small_usual;
	struct verified was, is;
	char why[STORE_WHY];
	struct store *s;
	int64_t n;

	(void)state;
	o.path = in_folder("lost");
	small_store(&o);
	n = ask(o.path, "SELECT count(*) FROM tail");
	change(o.path, "DELETE FROM tail WHERE id = (SELECT min(id) + 2 FROM tail)");
	assert_int_equal(ask(o.path, "SELECT count(*) FROM tail"), n - 1);
	verify(o.path, &was);
	assert_true(was.problems > 0);
	s = opened(o.path);
	assert_int_equal(store_copy(store_db(s), in_folder("lost-too"), &window, NULL, why), 0);
	store_close(s);
	verify(in_folder("lost-too"), &is);
	assert_int_equal(is.problems, was.problems);
	assert_int_equal(is.n_ticks, was.n_ticks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_one_state_while_a_recorder_writes),
		cmocka_unit_test(one_that_is_stopped_leaves_nothing),
		cmocka_unit_test(names_that_contradict_are_not_merged),
		cmocka_unit_test(the_longer_of_two_copies_is_taken),
		cmocka_unit_test(a_tail_that_was_lost_is_lost_in_a_copy),
	};

	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, make_folder, remove_folder));
}
