/* Bounds: of the store's file, of the queue before it, and of the memory that it takes. */
#include "test.h"

#include <malloc.h>

#include "record/keep.h"
#include "store_folder.h"

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
	struct made_walked walked = { 0 };
	struct made_ticks m;

	(void)state;
	o.keep_bytes = 4 << 20;
	o.segment_ns = 100 * MADE_STEP_NS;
	o.commit_ns = 5 * MS_NS;
	w = open_writer(&o);
	made_open(&m, 120, 0);
	m.noisy = true;
	for (uint64_t tick = 0; tick < 3000; tick += 50) {
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
	assert_int_equal(walked.last, 2999);
	assert_true(walked.n > 300);
	made_close(&m);
}

static void give_back(const char *path, int64_t most_bytes)
{
	struct statements k = { 0 };
	char why[STORE_WHY];
	sqlite3 *db;

	assert_int_equal(store_connect(path, STORE_WRITE, NULL, &db, why), 0);
	k.db = db;
	assert_int_equal(keep_give_back(&k, most_bytes), 0);
	statements_close(&k);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void pages_that_nothing_uses_are_given_back(void **state)
{
	const char *path = in_folder("back");
	struct writer_options o = usual(path);
	struct made_walked walked = { 0 };
	int64_t bytes, used;
	struct made_ticks m;
	struct writer *w;

	(void)state;
	o.commit_ns = 5 * MS_NS;
	w = open_writer(&o);
	made_open(&m, 120, 0);
	m.noisy = true;
	for (uint64_t tick = 0; tick < 400; tick += 20)
		put_ticks(&m, w, tick, tick + 20);
	assert_int_equal(writer_close(w), 0);
	assert_true(ask(path, "PRAGMA freelist_count") <= ask(path, "PRAGMA page_count") / 8);
	made_walk(&m, path, &everything, &walked);
	assert_string_equal(walked.why, "");
	assert_string_equal(walked.damage, "");
	assert_int_equal(walked.missing, 0);
	assert_int_equal(walked.last, 399);
	made_close(&m);
	/* while it is written anew it is there twice: not beyond its bound */
	change(path, "DELETE FROM chunk");
	bytes = ask(path, "PRAGMA page_count") * 4096;
	used = bytes - ask(path, "PRAGMA freelist_count") * 4096;
	assert_true(used < bytes / 2);
	give_back(path, bytes + used - 1);
	assert_int_equal(bytes_of(path), bytes);
	give_back(path, bytes + used);
	assert_true(bytes_of(path) < (bytes + used) / 2);
}

/* A pager waits with half of a store; the recorder's log is emptied all the same. */
static void a_reader_that_waits_does_not_make_the_store_grow(void **state)
{
	const char *path = in_folder("pager");
	struct writer_options o = usual(path);
	struct store_walk *walk;
	struct store *store;
	struct session s;
	struct frame f;
	char why[STORE_WHY];
	uint64_t earlier, n = 0;
	int64_t end_ns, most = 0;
	struct made_ticks m;
	struct writer *w;

	(void)state;
	o.keep_bytes = 16 << 20;
	o.commit_ns = 5 * MS_NS;
	w = open_writer(&o);
	made_open(&m, 120, 0);
	m.noisy = true;
	put_ticks(&m, w, 0, 120);
	assert_int_equal(store_open(path, &store, why), 0);
	assert_int_equal(session_open(&s), 0);
	assert_int_equal(frame_open(&f), 0);
	assert_int_equal(store_walk_open(store, &s, &everything, &walk, &earlier), 0);
	assert_int_equal(store_walk_next(walk, &f, &end_ns, NULL), 0);
	for (uint64_t tick = 120; tick < 1500; tick += 20) {
		put_ticks(&m, w, tick, tick + 20);
		most = bytes_of(path) > most ? bytes_of(path) : most;
	}
	assert_int_equal(writer_close(w), 0);
	printf("a reader waits: at most %lld bytes, %lld at the end\n", (long long)most,
		(long long)bytes_of(path));
	assert_true(most < 2 * bytes_of(path));
	do {
		char wrong[MADE_WHY];

		if (made_check(&m, &s, made_tick_at(&m, f.mono_ns), wrong))
			fail_msg("%s", wrong);
		n++;
	} while (store_walk_next(walk, &f, &end_ns, NULL) == 0);
	assert_true(n >= 100);
	assert_null(store_damage(store));
	store_walk_close(walk);
	store_close(store);
	frame_close(&f);
	session_close(&s);
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
		struct made_walked walked = { 0 };

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
	struct made_walked walked = { 0 };
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
	struct writer *w;
	struct made_walked walked = { 0 };
	struct made_ticks m;

	(void)state;
	o.commit_ns = 20 * MS_NS; /* some of the segment is held when it breaks */
	w = open_writer(&o);
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

/* 200 cells, of which 50 are new in each tick and 50 of the past. */
static void churn_tick(struct made_ticks *m, struct writer *w, uint64_t tick)
{
	struct ledger *l = &m->session.ledger;
	bool full = writer_status(w)->wants_full || !m->begun;

	frame_clear(&m->frame);
	l->tick++;
	m->frame.mono_ns = m->frame.boot_ns = made_mono(m, tick);
	m->frame.wall_ns = m->wall_ns + (int64_t)tick * m->step_ns;
	for (unsigned i = 0; i < 200; i++) {
		unsigned sub = (unsigned)tick * 10 + i / 5;

		ledger_write(l, &m->frame, ledger_block(l, 0, m->who[i % 5], m->first, sub + 1),
			sub, (int64_t)(tick + i + 1));
	}
	ledger_seal(l, &m->frame, 0);
	m->pack.n = 0;
	packet_write(&m->packets, &m->frame, m->frame.mono_ns + 1, NULL, 0,
		(full ? PACKET_FULL : 0) | (m->begun ? 0 : PACKET_RENEWS), &m->pack);
	m->begun = true;
	assert_true(writer_put(w, (str){ m->pack.p, m->pack.n }, full));
	wait_packets(w, tick + 1, 4);
}

static size_t heap_bytes(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void memory_stays_flat_while_cells_come_and_go(void **state)
{
	const char *path = in_folder("churn");
	struct writer_options o = usual(path);
	struct writer *w = open_writer(&o);
	struct made_ticks m;
	size_t most[2] = { 0 };

	(void)state;
	made_open(&m, 5, 0);
	for (uint64_t tick = 0; tick < 1000; tick++) {
		churn_tick(&m, w, tick);
		if (heap_bytes() > most[tick / 500])
			most[tick / 500] = heap_bytes();
	}
	wait_packets(w, 1000, 0);
	printf("churn: at most %zu KB in the first half, %zu KB in the second\n", most[0] >> 10,
		most[1] >> 10);
	/* a sanitizer's heap does not say how large it is */
	assert_true(heap_bytes() == 0 || most[1] < most[0] + (1 << 20));
	assert_int_equal(writer_status(w)->lost, 0);
	assert_int_equal(writer_close(w), 0);
	/* each value of the last tick, and nobody of the past */
	{
		struct store_window last = { m.wall_ns + 999 * m.step_ns, 0, false };
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
		cmocka_unit_test(the_bound_on_bytes_is_held),
		cmocka_unit_test(pages_that_nothing_uses_are_given_back),
		cmocka_unit_test(a_reader_that_waits_does_not_make_the_store_grow),
		cmocka_unit_test(old_segments_and_their_names_go),
		cmocka_unit_test(names_stay_when_the_clock_is_set),
		cmocka_unit_test(what_does_not_fit_the_queue_is_lost_and_told),
		cmocka_unit_test(a_packet_longer_than_the_queue_goes),
		cmocka_unit_test(bytes_that_are_no_packet_cost_one_segment_at_most),
		cmocka_unit_test(memory_stays_flat_while_cells_come_and_go),
	};

	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, make_folder, remove_folder));
}
