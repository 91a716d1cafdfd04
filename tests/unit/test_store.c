/* Stores: what the writer was given comes back, and nobody else's file is touched. */
#include "test.h"

#include <sys/wait.h>

#include "store_folder.h"

#include "record/verify.h"

static void what_was_put_comes_back(void **state)
{
	const char *path = in_folder("round");
	struct writer_options o = usual(path);

	(void)state;
	write_ticks(&o, 0, 500, 0);
	expect_walk(path, &everything, 0, 499);
	assert_int_equal(ask(path, "SELECT count(*) FROM tail"), 0);
	assert_true(ask(path, "SELECT count(*) FROM segment WHERE clean = 1") >= 8);
	assert_int_equal(ask(path, "SELECT count(*) FROM event"), 100);
	assert_int_equal(ask(path, "SELECT sum(n_ticks) FROM segment"), 500);
}

static void windows_are_exact(void **state)
{
	static const struct {
		uint64_t first, last;
	} spans[] = { { 0, 10 }, { 10, 20 }, { 45, 155 }, { 250, 250 }, { 390, 399 }, { 49, 50 },
		{ 100, 399 } };
	const char *path = in_folder("windows");
	struct writer_options o = usual(path);

	(void)state;
	write_ticks(&o, 0, 400, 0);
	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		for (int in_mono = 0; in_mono < 2; in_mono++) {
			int64_t begin = in_mono ? MADE_MONO_NS : MADE_WALL_NS;
			struct store_window w = { begin + (int64_t)spans[i].first * MADE_STEP_NS,
				begin + (int64_t)spans[i].last * MADE_STEP_NS, in_mono };

			expect_walk(path, &w, spans[i].first, spans[i].last);
			w.first_ns -= MADE_STEP_NS / 2;
			w.last_ns += MADE_STEP_NS / 2;
			expect_walk(path, &w, spans[i].first, spans[i].last);
		}
}

static void a_window_with_nothing_in_it_is_empty(void **state)
{
	const char *path = in_folder("nothing");
	struct writer_options o = usual(path);
	struct store_window w = { MADE_WALL_NS + 10 * SECOND_NS, 0, false };
	struct made_walked walked = { 0 };
	struct made_ticks m;

	(void)state;
	write_ticks(&o, 0, 60, 0);
	made_open(&m, 5, 0);
	made_walk(&m, path, &w, &walked);
	assert_int_equal(walked.result, -ENODATA);
	made_close(&m);
}

static void runs_of_the_recorder_follow_each_other(void **state)
{
	const char *path = in_folder("runs");
	struct writer_options o = usual(path);
	struct store_window before = { MADE_WALL_NS, MADE_WALL_NS + 299 * MADE_STEP_NS, false };
	struct made_walked walked = { 0 };
	struct made_ticks m;

	(void)state;
	write_ticks(&o, 0, 120, 0);
	write_ticks(&o, 120, 200, 3); /* the same names under other numbers */
	write_ticks(&o, 200, 300, 1);
	expect_walk(path, &everything, 0, 299);
	o.boot_id = "boot-2";
	write_ticks(&o, 300, 360, 2);
	expect_walk(path, &everything, 300, 359);
	expect_walk(path, &before, 0, 299);
	made_open(&m, 5, 0);
	made_walk(&m, path, &everything, &walked);
	assert_int_equal(walked.earlier, 300);
	made_close(&m);
	assert_int_equal(ask(path, "SELECT count(*) FROM era"), 4);
}

static void a_reader_sees_what_is_committed_while_the_writer_works(void **state)
{
	const char *path = in_folder("live");
	struct writer_options o = usual(path);
	struct writer *w = open_writer(&o);
	struct made_walked walked = { 0 };
	struct made_ticks m;
	uint64_t with_tails = 0;

	(void)state;
	made_open(&m, 5, 0);
	for (uint64_t tick = 0; tick < 300; tick += 10) {
		uint64_t committed;

		put_ticks(&m, w, tick, tick + 10);
		while (writer_status(w)->committed_mono_ns == 0)
			usleep(100);
		committed = made_tick_at(&m, writer_status(w)->committed_mono_ns);
		with_tails += ask(path, "SELECT count(*) FROM tail") > 0;
		made_walk(&m, path, &everything, &walked);
		assert_string_equal(walked.why, "");
		assert_string_equal(walked.damage, "");
		assert_int_equal(walked.missing, 0);
		assert_true(walked.last >= committed);
	}
	assert_true(with_tails > 10);
	assert_int_equal(writer_close(w), 0);
	made_close(&m);
}

static void count_problem(void *self, const char *what)
{
	(void)what;
	++*(unsigned *)self;
}

static unsigned problems_of(const char *path)
{
	struct verified verified;
	struct arena a;
	unsigned n = 0;
	char why[STORE_WHY];
	sqlite3 *db;

	assert_int_equal(store_connect(path, STORE_READ, NULL, &db, why), 0);
	assert_int_equal(arena_open(&a, 256 << 20), 0);
	assert_int_equal(store_verify(db, &a, count_problem, &n, &verified), 0);
	arena_close(&a);
	sqlite3_close(db);
	return n;
}

/* What comes between ticks has no moment of its own: it is in the tails, and no tick. */
static void events_between_ticks_are_no_ticks(void **state)
{
	const char *path = in_folder("between");
	struct writer_options o = usual(path);
	struct made_ticks m;
	struct writer *w;

	(void)state;
	o.segment_ns = SECOND_NS;
	w = open_writer(&o);
	made_open(&m, 5, 0);
	for (uint64_t tick = 0; tick < 20; tick++) {
		put_ticks(&m, w, tick, tick + 1);
		m.pack.n = 0;
		packet_write_events(&m.packets, NULL, 0, &m.pack);
		assert_true(writer_put(w, (str){ m.pack.p, m.pack.n }, false));
	}
	while (writer_status(w)->committed_mono_ns < made_mono(&m, 19))
		usleep(100);
	assert_true(ask(path, "SELECT count(*) FROM tail") > 0);
	expect_walk(path, &everything, 0, 19);
	assert_int_equal(problems_of(path), 0);
	assert_int_equal(writer_close(w), 0);
	expect_walk(path, &everything, 0, 19);
	assert_int_equal(problems_of(path), 0);
	made_close(&m);
}

static void each_damaged_chunk_is_told(void **state)
{
	const char *path = in_folder("chunks");
	struct writer_options o = usual(path);
	struct writer *w = open_writer(&o);
	struct made_ticks m;

	(void)state;
	made_open(&m, 40, 0);
	put_ticks(&m, w, 0, 20);
	assert_int_equal(writer_close(w), 0);
	made_close(&m);
	assert_int_equal(ask(path, "SELECT count(*) FROM segment"), 1);
	assert_true(ask(path, "SELECT count(*) FROM chunk") > 3);
	change(path, "UPDATE chunk SET data = zeroblob(20) WHERE id <> 2");
	assert_int_equal(problems_of(path), ask(path, "SELECT count(*) FROM chunk") - 1);
}

/* ---- names that this version does not know ---- */

static void names_of_a_newer_version_are_kept(void **state)
{
	const char *path = in_folder("newer-names");
	struct writer_options o = usual(path);
	struct store_walk *walk;
	struct store *store;
	struct session s;
	struct frame f;
	char why[STORE_WHY];
	uint64_t earlier;
	int64_t end_ns, value;
	uint16_t sig;

	(void)state;
	write_ticks(&o, 0, 100, 0);
	change(path,
		"UPDATE signal SET name = 'quantum.drift', kind = 'wave', unit = 'furlong', scope = 'photon',"
		" sub = 'moon', cost = 'dear' WHERE name = 'made.counter';"
		" UPDATE signal SET sum = sum_of(id, name, kind, unit, scope, sub, cost, bits, full, about);"
		" UPDATE entity SET name = 'photon:7' WHERE name = 'netdev:eth3';"
		" UPDATE entity SET sum = sum_of(id, name)");
	assert_int_equal(store_open(path, &store, why), 0);
	assert_int_equal(session_open(&s), 0);
	assert_int_equal(frame_open(&f), 0);
	assert_int_equal(store_walk_open(store, &s, &everything, &walk, &earlier), 0);
	for (uint64_t tick = 0; tick < 100; tick++) {
		const struct block *b;

		assert_int_equal(store_walk_next(walk, &f, &end_ns, NULL), 0);
		sig = catalog_find(&s.catalog, STR("quantum.drift"));
		assert_int_not_equal(sig, SIGNAL_NONE);
		b = ledger_find(&s.ledger, names_find(&s.entities.names, STR("photon:7")), sig);
		assert_true(b && block_has(b, 0));
		value = b->values[0];
		assert_int_equal(value, tick * 4 * 1000);
	}
	assert_string_equal(catalog_get(&s.catalog, sig)->about, "grows, and wraps");
	assert_null(store_damage(store));
	store_walk_close(walk);
	store_close(store);
	frame_close(&f);
	session_close(&s);
}

/* ---- files that are no stores, or not ours to write ---- */

static void expect_refusal(const char *path, int expected)
{
	struct writer_options o = usual(path);
	struct writer *w;
	char why[STORE_WHY];

	assert_int_equal(writer_open(&o, &w, why), expected);
}

static void a_file_that_is_no_store_is_left_alone(void **state)
{
	const char *text = in_folder("text"), *other = in_folder("other");
	char got[64] = "";
	FILE *f = fopen(text, "w");
	struct store *s;
	char why[STORE_WHY];

	(void)state;
	for (int i = 0; i < 2000; i++)
		fprintf(f, "this is line %d\n", i);
	fclose(f);
	expect_refusal(text, -EUCLEAN);
	assert_int_equal(store_open(text, &s, why), -EUCLEAN);
	f = fopen(text, "r");
	assert_non_null(fgets(got, sizeof(got), f));
	fclose(f);
	assert_string_equal(got, "this is line 0\n");

	change(other, "CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup')");
	expect_refusal(other, -EUCLEAN);
	assert_int_equal(store_open(other, &s, why), -EUCLEAN);
	expect_refusal(folder, -EUCLEAN);
	expect_refusal(in_folder("no/such/folder"), -EACCES);
}

static void a_store_of_a_newer_version_is_refused(void **state)
{
	const char *path = in_folder("newer");
	struct writer_options o = usual(path);
	struct store *s;
	char why[STORE_WHY];

	(void)state;
	write_ticks(&o, 0, 20, 0);
	change(path, "PRAGMA user_version = 2");
	expect_refusal(path, -EPROTONOSUPPORT);
	assert_int_equal(store_open(path, &s, why), -EPROTONOSUPPORT);
	change(path, "PRAGMA user_version = 1");
	expect_walk(path, &everything, 0, 19);
}

/* In a process of its own; its result, or 99 when it does not end by itself. */
static int in_child(int (*run)(const char *path), const char *path)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(run(path));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int try_to_write(const char *path)
{
	struct writer_options o = usual(path);
	struct writer *w;
	char why[STORE_WHY];

	return -writer_open(&o, &w, why);
}

static void a_second_writer_is_refused(void **state)
{
	const char *path = in_folder("busy");
	struct writer_options o = usual(path);
	struct writer *w = open_writer(&o);
	struct made_ticks m;

	(void)state;
	made_open(&m, 5, 0);
	assert_int_equal(in_child(try_to_write, path), EBUSY);
	put_ticks(&m, w, 0, 100);
	assert_int_equal(in_child(try_to_write, path), EBUSY);
	assert_int_equal(writer_close(w), 0);
	assert_int_equal(in_child(try_to_write, path), 0);
	expect_walk(path, &everything, 0, 99);
	made_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_comes_back),
		cmocka_unit_test(windows_are_exact),
		cmocka_unit_test(a_window_with_nothing_in_it_is_empty),
		cmocka_unit_test(runs_of_the_recorder_follow_each_other),
		cmocka_unit_test(a_reader_sees_what_is_committed_while_the_writer_works),
		cmocka_unit_test(events_between_ticks_are_no_ticks),
		cmocka_unit_test(each_damaged_chunk_is_told),
		cmocka_unit_test(names_of_a_newer_version_are_kept),
		cmocka_unit_test(a_file_that_is_no_store_is_left_alone),
		cmocka_unit_test(a_store_of_a_newer_version_is_refused),
		cmocka_unit_test(a_second_writer_is_refused),
	};

	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, make_folder, remove_folder));
}
