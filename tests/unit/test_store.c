/* Stores: what the writer was given comes back, whatever the file, the clock or the host do meanwhile. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/own.h"
#include "made_ticks.h"
#include "record/statement.h"

static char folder[64];
static const struct store_window everything;

static int make_folder(void **state)
{
	(void)state;
	/* in memory where there is such a place: what is tested is not the disk */
	snprintf(folder, sizeof(folder), "%s/faultline-store-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static struct writer_options usual(const char *path)
{
	return (struct writer_options){ .path = path,
		.boot_id = "boot-1",
		.host = "made-host",
		.release = "6.1.0-made",
		.every_ns = MADE_STEP_NS,
		.segment_ns = 50 * MADE_STEP_NS,
		.commit_ns = MS_NS };
}

static struct writer *open_writer(const struct writer_options *o)
{
	struct writer *w = NULL;
	char why[STORE_WHY];
	int r = writer_open(o, &w, why);

	if (r < 0)
		fail_msg("%s: %d %s", o->path, r, why);
	return w;
}

/* Until all but a few of the packets that were put are with the writer. */
static void wait_packets(struct writer *w, uint64_t put, uint64_t few)
{
	const struct writer_status *s = writer_status(w);

	while (s->packets + s->lost + few < put)
		usleep(50);
}

static void put_ticks(struct made_ticks *m, struct writer *w, uint64_t from, uint64_t to)
{
	uint64_t before = writer_status(w)->packets + writer_status(w)->lost;

	for (uint64_t tick = from; tick < to; tick++) {
		assert_true(made_put(m, w, tick));
		wait_packets(w, before + tick - from + 1, 8);
	}
	wait_packets(w, before + to - from, 0);
}

static void write_ticks(const struct writer_options *o, uint64_t from, uint64_t to, unsigned skew)
{
	struct made_ticks m;
	struct writer *w = open_writer(o);

	made_open(&m, 5, skew);
	put_ticks(&m, w, from, to);
	assert_int_equal(writer_status(w)->lost, 0);
	assert_int_equal(writer_close(w), 0);
	made_close(&m);
}

static void expect_walk(
	const char *path, const struct store_window *window, uint64_t first, uint64_t last)
{
	struct made_ticks m;
	struct made_walked walked;

	made_open(&m, 5, 0);
	made_walk(&m, path, window, &walked);
	assert_int_equal(walked.result, 0);
	assert_string_equal(walked.why, "");
	assert_string_equal(walked.damage, "");
	assert_int_equal(walked.first, first);
	assert_int_equal(walked.last, last);
	assert_int_equal(walked.n, last - first + 1);
	made_close(&m);
}

static int64_t ask(const char *path, const char *sql)
{
	int64_t answer = -1;
	char why[STORE_WHY];
	sqlite3 *db;

	assert_int_equal(store_connect(path, STORE_READ, NULL, &db, why), 0);
	assert_int_equal(statement_number(db, sql, &answer), 0);
	sqlite3_close(db);
	return answer;
}

static void change(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

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
	struct made_walked walked;
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
	struct made_walked walked;
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
	struct made_walked walked;
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
		" UPDATE entity SET name = 'photon:7' WHERE name = 'netdev:eth3'");
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

/* ---- retention ---- */

static int64_t bytes_of(const char *path)
{
	char wal[128];
	struct stat about;
	int64_t bytes = 0;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	if (stat(path, &about) == 0)
		bytes += about.st_size;
	if (stat(wal, &about) == 0)
		bytes += about.st_size;
	return bytes;
}

static void the_bound_on_bytes_is_held(void **state)
{
	const char *path = in_folder("bytes");
	struct writer_options o = usual(path);
	int64_t most = 0;
	struct writer *w;
	struct made_walked walked;
	struct made_ticks m;

	(void)state;
	o.keep_bytes = 4 << 20;
	o.segment_ns = 100 * MADE_STEP_NS;
	o.commit_ns = 5 * MS_NS;
	w = open_writer(&o);
	made_open(&m, 120, 0);
	m.noisy = true;
	for (uint64_t tick = 0; tick < 4000; tick += 50) {
		put_ticks(&m, w, tick, tick + 50);
		most = bytes_of(path) > most ? bytes_of(path) : most;
	}
	printf("%llu segments dropped\n", (unsigned long long)writer_status(w)->dropped_segments);
	assert_true(writer_status(w)->dropped_segments > 5);
	assert_int_equal(writer_status(w)->lost, 0);
	assert_int_equal(writer_close(w), 0);
	printf("bound %lld bytes, most %lld, at the end %lld\n", (long long)o.keep_bytes,
		(long long)most, (long long)bytes_of(path));
	assert_true(most <= o.keep_bytes);
	assert_true(bytes_of(path) > o.keep_bytes / 4);
	made_walk(&m, path, &everything, &walked);
	assert_string_equal(walked.why, "");
	assert_string_equal(walked.damage, "");
	assert_int_equal(walked.missing, 0);
	assert_int_equal(walked.last, 3999);
	assert_true(walked.n > 500);
	made_close(&m);
}

static void old_segments_and_their_names_go(void **state)
{
	static const char *const tables[] = { "signal", "entity", "text", "source", "series",
		"era" };
	const char *path = in_folder("days");
	struct writer_options o = usual(path);
	struct made_ticks m;

	(void)state;
	o.keep_ns = 2 * 86400 * SECOND_NS;
	for (unsigned run = 0; run < 2; run++) {
		struct writer *w = open_writer(&o);

		made_open(&m, 5, 2 * run);
		m.wall_ns = clock_wall_ns() - (run == 0 ? 3 * 86400 * SECOND_NS : 0);
		put_ticks(&m, w, 200 * run, 200 * run + 120);
		assert_int_equal(writer_close(w), 0);
		made_close(&m);
	}
	expect_walk(path, &everything, 200, 319);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		char sql[128];

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE %s <> 2", tables[i],
			i == 5 ? "id" : "era");
		assert_int_equal(ask(path, sql), 0);
	}
}

/* A host whose clock was wrong when it booted: all that was recorded before is old at once. */
static void names_stay_when_the_clock_is_set(void **state)
{
	const char *path = in_folder("clock");
	struct writer_options o = usual(path);
	struct made_ticks m;
	struct writer *w;

	(void)state;
	o.keep_ns = 2 * 86400 * SECOND_NS;
	w = open_writer(&o);
	made_open(&m, 5, 0);
	m.wall_ns = 3600 * SECOND_NS; /* of 1970 */
	put_ticks(&m, w, 0, 120);
	m.wall_ns = clock_wall_ns();
	put_ticks(&m, w, 120, 300);
	assert_int_equal(writer_close(w), 0);
	assert_true(ask(path, "SELECT count(*) FROM segment WHERE clean = 1") > 1);
	assert_true(ask(path, "SELECT min(first_wall_ns) FROM segment") > 86400 * SECOND_NS ||
		    ask(path, "SELECT count(*) FROM segment") > 0);
	{
		struct made_walked walked;

		made_walk(&m, path, &everything, &walked);
		assert_string_equal(walked.why, "");
		assert_string_equal(walked.damage, "");
		assert_int_equal(walked.last, 299);
		assert_true(walked.first <= 120);
	}
	made_close(&m);
}

/* ---- the queue ---- */

struct gate {
	_Atomic bool shut;
};

static void wait_at_gate(void *self, int phase)
{
	struct gate *g = self;

	while (phase == WRITER_COMMITS && g->shut)
		usleep(100);
}

static void what_does_not_fit_the_queue_is_lost_and_told(void **state)
{
	const char *path = in_folder("queue");
	struct gate gate = { false };
	struct writer_options o = usual(path);
	struct made_walked walked;
	uint64_t refused = 0, n = 0;
	struct made_ticks m;
	struct writer *w;

	(void)state;
	o.queue_bytes = 6000;
	o.phase = wait_at_gate;
	o.self = &gate;
	w = open_writer(&o);
	made_open(&m, 5, 0);
	for (unsigned round = 0; round < 6; round++) {
		gate.shut = true;
		for (unsigned i = 0; i < 150; i++, n++)
			refused += !made_put(&m, w, n);
		gate.shut = false;
		wait_packets(w, n, 0);
		put_ticks(&m, w, n, n + 60);
		n += 60;
	}
	assert_true(refused > 300);
	assert_int_equal(writer_status(w)->lost, refused);
	assert_int_equal(writer_close(w), 0);
	made_walk(&m, path, &everything, &walked);
	assert_string_equal(walked.why, "");
	assert_string_equal(walked.damage, "");
	assert_int_equal(walked.n, n - refused);
	assert_int_equal(walked.last, n - 1);
	assert_int_equal(ask(path, "SELECT sum(n_lost) FROM segment"), refused);
	made_close(&m);
}

static void a_packet_longer_than_the_queue_goes(void **state)
{
	const char *path = in_folder("long");
	struct writer_options o = usual(path);

	(void)state;
	o.queue_bytes = 300; /* a full packet has more */
	{
		struct writer *w = open_writer(&o);
		struct made_ticks m;

		made_open(&m, 5, 0);
		made_packet(&m, 0, true);
		assert_true(m.pack.n > 300);
		assert_true(writer_put(w, (str){ m.pack.p, m.pack.n }, true));
		made_packet(&m, 1, false);
		assert_true(writer_put(w, (str){ m.pack.p, m.pack.n }, false) ||
			    writer_status(w)->lost == 1);
		assert_int_equal(writer_close(w), 0);
		made_close(&m);
	}
}

static void bytes_that_are_no_packet_cost_one_segment_at_most(void **state)
{
	const char *path = in_folder("garbage");
	struct writer_options o = usual(path);
	struct writer *w = open_writer(&o);
	struct made_walked walked;
	struct made_ticks m;

	(void)state;
	made_open(&m, 5, 0);
	put_ticks(&m, w, 0, 70);
	assert_true(writer_put(w, STR("\xff\xff\xff\xff\xff\xff"), false));
	while (writer_status(w)->lost < 1)
		usleep(50);
	assert_true(writer_status(w)->wants_full);
	put_ticks(&m, w, 70, 140);
	assert_int_equal(writer_close(w), 0);
	made_walk(&m, path, &everything, &walked);
	assert_string_equal(walked.why, "");
	assert_int_equal(walked.n, 140);
	assert_int_equal(ask(path, "SELECT count(*) FROM tail"), 0);
	made_close(&m);
}

/* ---- comings and goings ---- */

static void churn_tick(struct made_ticks *m, struct writer *w, uint64_t tick)
{
	struct ledger *l = &m->session.ledger;
	bool full = writer_status(w)->wants_full || !m->begun;
	char name[32];

	frame_clear(&m->frame);
	l->tick++;
	m->frame.mono_ns = m->frame.boot_ns = made_mono(m, tick);
	m->frame.wall_ns = m->wall_ns + (int64_t)tick * m->step_ns;
	for (unsigned i = 0; i < 200; i++) { /* each task lives four ticks */
		uint32_t who;

		snprintf(name, sizeof(name), "%llu", (unsigned long long)(tick * 50 + i));
		who = entity_add(&m->session.entities, TASK, "", str_of(name));
		assert_int_not_equal(who, ENTITY_NONE);
		ledger_write(l, &m->frame, ledger_block(l, 0, who, m->first, 1), 0,
			(int64_t)(tick + i + 1));
	}
	ledger_seal(l, &m->frame, 0);
	m->pack.n = 0;
	packet_write(&m->packets, &m->frame, m->frame.mono_ns + 1, NULL, 0,
		(full ? PACKET_FULL : 0) | (m->begun ? 0 : PACKET_RENEWS), &m->pack);
	m->begun = true;
	assert_true(writer_put(w, (str){ m->pack.p, m->pack.n }, full));
	wait_packets(w, tick + 1, 4);
}

/*
 * Taken from the heap by all but the session, whose names are as many as there ever were. Full packets
 * have them all: that is what still grows.
 */
static size_t bytes_without(const struct session *s)
{
	return mallinfo2().uordblks - s->entities.names.cap * sizeof(*s->entities.names.items) -
	       s->entities.names.n_slots * sizeof(*s->entities.names.slots) -
	       s->ledger.n_slots * sizeof(*s->ledger.slots);
}

static void memory_stays_flat_while_tasks_come_and_go(void **state)
{
	const char *path = in_folder("churn");
	struct writer_options o = usual(path);
	struct writer *w = open_writer(&o);
	struct made_ticks m;
	size_t most[2] = { 0 };

	(void)state;
	made_open(&m, 5, 0);
	for (uint64_t tick = 0; tick < 800; tick++) {
		churn_tick(&m, w, tick);
		if (bytes_without(&m.session) > most[tick / 400])
			most[tick / 400] = bytes_without(&m.session);
	}
	wait_packets(w, 800, 0);
	printf("churn: at most %zu KB in the first half, %zu KB in the second\n", most[0] >> 10,
		most[1] >> 10);
	assert_true(most[1] < most[0] + (2 << 20));
	assert_int_equal(writer_status(w)->lost, 0);
	assert_int_equal(writer_close(w), 0);
	/* each value of the last tick, and nobody of the past */
	{
		struct store_window last = { m.wall_ns + 799 * m.step_ns, 0, false };
		struct store_walk *walk;
		struct store *store;
		struct session s;
		struct frame f;
		char why[STORE_WHY];
		uint64_t earlier;
		int64_t end_ns;

		assert_int_equal(store_open(path, &store, why), 0);
		assert_int_equal(session_open(&s), 0);
		assert_int_equal(frame_open(&f), 0);
		assert_int_equal(store_walk_open(store, &s, &last, &walk, &earlier), 0);
		assert_int_equal(store_walk_next(walk, &f, &end_ns, NULL), 0);
		assert_int_equal(made_cells(&s), 200);
		assert_int_equal(f.n_rows, 200);
		assert_null(store_damage(store));
		store_walk_close(walk);
		store_close(store);
		frame_close(&f);
		session_close(&s);
	}
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
		cmocka_unit_test(names_of_a_newer_version_are_kept),
		cmocka_unit_test(a_file_that_is_no_store_is_left_alone),
		cmocka_unit_test(a_store_of_a_newer_version_is_refused),
		cmocka_unit_test(a_second_writer_is_refused),
		cmocka_unit_test(the_bound_on_bytes_is_held),
		cmocka_unit_test(old_segments_and_their_names_go),
		cmocka_unit_test(names_stay_when_the_clock_is_set),
		cmocka_unit_test(what_does_not_fit_the_queue_is_lost_and_told),
		cmocka_unit_test(a_packet_longer_than_the_queue_goes),
		cmocka_unit_test(bytes_that_are_no_packet_cost_one_segment_at_most),
		cmocka_unit_test(memory_stays_flat_while_tasks_come_and_go),
	};

	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, make_folder, remove_folder));
}
