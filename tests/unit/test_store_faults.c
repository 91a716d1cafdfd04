/* A disk that fails: the writer goes on, counts what it lost, and what is in the store is right. */
#include "test.h"

#include "fault_vfs.h"
#include "store_folder.h"

static int register_vfs(void **state)
{
	return fault_vfs_register() == 0 ? make_folder(state) : -1;
}

static struct writer_options faulty(const char *path)
{
	struct writer_options o = usual(path);

	o.vfs = FAULT_VFS;
	return o;
}

static void expect_sound(const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), "ok");
	sqlite3_finalize(s);
	sqlite3_close(db);
}

/* What one run with a fault in the middle came to. */
struct outcome {
	uint64_t put, refused, lost, failures, commits;
	int64_t slowest_put_ns;
	int closed;
	struct made_walked walked;
};

enum { BEFORE = 60, DURING = 120, BEHIND = 120, ALL = BEFORE + DURING + BEHIND };

static void put_some(
	struct made_ticks *m, struct writer *w, uint64_t from, uint64_t to, struct outcome *o)
{
	const struct writer_status *s = writer_status(w);

	for (uint64_t tick = from; tick < to; tick++, o->put++) {
		int64_t begin_ns, took_ns;
		bool full = s->wants_full || !m->begun;

		made_packet(m, tick, full);
		begin_ns = clock_mono_ns();
		o->refused += !writer_put(w, (str){ m->pack.p, m->pack.n }, full);
		took_ns = clock_mono_ns() - begin_ns;
		o->slowest_put_ns = took_ns > o->slowest_put_ns ? took_ns : o->slowest_put_ns;
		usleep(20);
	}
}

/* Until the last tick is on the disk. */
static bool settles(const struct made_ticks *m, struct writer *w, uint64_t put)
{
	const struct writer_status *s = writer_status(w);

	for (unsigned i = 0; i < 20000; i++, usleep(100))
		if (s->committed_mono_ns == made_mono(m, put - 1) && s->error == 0)
			return true;
	return false;
}

/* The fault begins behind BEFORE ticks and ends before the last BEHIND. */
static void run_with(struct writer_options *o, enum fault fault, int64_t after, int64_t times,
	struct outcome *ret)
{
	struct made_ticks m;
	struct writer *w = open_writer(o);
	const struct writer_status *s = writer_status(w);

	*ret = (struct outcome){ 0 };
	made_open(&m, 5, 0);
	put_some(&m, w, 0, BEFORE, ret);
	wait_packets(w, ret->put, 0);
	fault_begin(fault, after, times);
	put_some(&m, w, BEFORE, BEFORE + DURING, ret);
	for (unsigned i = 0;
		i < 20000 && times == 0 && (o->hold_bytes ? s->lost : s->failures) == 0; i++)
		usleep(100);
	usleep(5000);
	fault_end();
	put_some(&m, w, BEFORE + DURING, ALL, ret);
	if (!settles(&m, w, ret->put))
		fail_msg("fault %d after %lld: the writer does not recover: error %d", (int)fault,
			(long long)after, s->error);
	ret->lost = s->lost;
	ret->failures = s->failures;
	ret->commits = s->commits;
	ret->closed = writer_close(w);
	made_walk(&m, o->path, &everything, &ret->walked);
	made_close(&m);
}

static void expect_subset(const char *path, const struct outcome *o)
{
	expect_sound(path);
	assert_int_equal(o->walked.result, 0);
	assert_string_equal(o->walked.why, "");
	assert_string_equal(o->walked.damage, "");
	assert_int_equal(o->walked.n, o->put - o->lost);
	assert_int_equal(o->walked.last, o->put - 1); /* it goes on behind the fault */
	assert_int_equal(o->closed, 0);
	assert_int_equal(ask(path, "SELECT count(*) FROM tail"), 0);
	assert_int_equal(ask(path, "SELECT sum(n_lost) FROM segment"), o->lost);
}

/* Each kind of fault, once, at every so manieth operation. */
static void no_fault_makes_anything_up(void **state)
{
	static const struct {
		enum fault fault;
		const char *name;
		int64_t step, most;
	} kinds[] = {
		{ FAULT_FULL, "full", 16, 150 },
		{ FAULT_WRITE, "write", 16, 150 },
		{ FAULT_SHORT, "short", 16, 150 },
		{ FAULT_SYNC, "fsync", 3, 30 },
		{ FAULT_READONLY, "read-only", 17, 120 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		uint64_t runs = 0, struck = 0, failures = 0, lost = 0;

		for (int64_t after = 0; after < kinds[k].most; after += kinds[k].step, runs++) {
			const char *path = in_folder("each");
			struct writer_options o = faulty(path);
			struct outcome out;

			run_with(&o, kinds[k].fault, after, after % 2 ? 1 : 3, &out);
			struck += fault_plan.failed;
			failures += out.failures;
			lost += out.lost;
			expect_subset(path, &out);
			assert_int_equal(out.lost,
				0); /* one commit late at most: nothing has to be given up */
			remove(path);
		}
		assert_true(struck > 0);
		printf("%s: %llu runs, %llu operations failed, %llu commits, %llu ticks lost\n",
			kinds[k].name, (unsigned long long)runs, (unsigned long long)struck,
			(unsigned long long)failures, (unsigned long long)lost);
	}
}

/* A fault that lasts: commits are counted as failed, what is held stays within its bound. */
static void a_fault_that_lasts_is_survived(void **state)
{
	static const enum fault kinds[] = { FAULT_FULL, FAULT_WRITE, FAULT_SHORT, FAULT_SYNC,
		FAULT_READONLY };

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (int small = 0; small < 2; small++) {
			const char *path = in_folder("lasts");
			struct writer_options o = faulty(path);
			struct outcome out;

			o.hold_bytes = small ? 3000 : 0; /* a few ticks, or all of them */
			run_with(&o, kinds[k], 0, 0, &out);
			printf("fault %d, %s: %llu commits failed, %llu ticks lost\n",
				(int)kinds[k], small ? "little is held" : "all is held",
				(unsigned long long)out.failures, (unsigned long long)out.lost);
			assert_true(out.failures > 0);
			if (small)
				assert_true(out.lost > 0 && out.lost < DURING + BEHIND);
			else
				assert_int_equal(out.lost, 0);
			expect_subset(path, &out);
			remove(path);
		}
}

/* What happens with larger stores only: pages are read again, and the log is cut. */
static void faults_of_a_large_store_make_nothing_up(void **state)
{
	static const struct {
		enum fault fault;
		int64_t after, times;
	} faults[] = { { FAULT_READ, 0, 4 }, { FAULT_READ, 40, 4 }, { FAULT_TRUNCATE, 0, 3 } };

	(void)state;
	for (size_t k = 0; k < sizeof(faults) / sizeof(*faults); k++) {
		const char *path = in_folder("large");
		struct writer_options o = faulty(path);
		struct outcome out = { 0 };
		struct made_ticks m;
		struct writer *w;

		o.keep_bytes = 5 << 19; /* of which the log may have 2 MB */
		o.commit_ns = 5 * MS_NS;
		o.queue_bytes = 64 << 20; /* that the machine is busy is not the disk's fault */
		w = open_writer(&o);
		made_open(&m, 40, 0);
		m.noisy = true;
		put_some(&m, w, 0, 800, &out);
		fault_begin(faults[k].fault, faults[k].after, faults[k].times);
		put_some(&m, w, 800, 2000, &out);
		while (fault_plan.failed == 0 && out.put < 10000)
			put_some(&m, w, out.put, out.put + 100, &out);
		assert_true(fault_plan.failed > 0);
		fault_end();
		put_some(&m, w, out.put, out.put + 200, &out);
		assert_true(settles(&m, w, out.put));
		assert_int_equal(writer_status(w)->lost, 0);
		assert_true(writer_status(w)->dropped_segments > 0);
		printf("fault %d: %llu operations failed, %llu commits\n", (int)faults[k].fault,
			(unsigned long long)fault_plan.failed,
			(unsigned long long)writer_status(w)->failures);
		assert_int_equal(writer_close(w), 0);
		made_walk(&m, path, &everything, &out.walked);
		expect_sound(path);
		assert_string_equal(out.walked.why, "");
		assert_string_equal(out.walked.damage, "");
		assert_int_equal(out.walked.last, out.put - 1);
		assert_int_equal(out.walked.missing, 0);
		assert_int_equal(ask(path, "SELECT count(*) FROM tail"), 0);
		remove(path);
		made_close(&m);
	}
}

/* Many segments are held, given up, and held again: none of what was given up comes back. */
static void what_was_given_up_stays_away(void **state)
{
	const char *path = in_folder("given-up");
	struct writer_options o = faulty(path);
	struct outcome out = { 0 };
	struct made_ticks m;
	struct writer *w;

	(void)state;
	o.hold_bytes = 20000; /* of about three segments */
	w = open_writer(&o);
	made_open(&m, 5, 0);
	put_some(&m, w, 0, BEFORE, &out);
	for (uint64_t round = 0; round < 3; round++) {
		fault_begin(FAULT_WRITE, 0, 0);
		for (uint64_t i = 0; i < 60; i++) {
			put_some(&m, w, out.put, out.put + 10, &out);
			wait_packets(w, out.put, 20);
		}
		fault_end();
		put_some(&m, w, out.put, out.put + 70, &out);
		assert_true(settles(&m, w, out.put));
	}
	out.lost = writer_status(w)->lost;
	assert_true(out.lost > 300);
	out.closed = writer_close(w);
	made_walk(&m, path, &everything, &out.walked);
	expect_subset(path, &out);
	made_close(&m);
}

static void a_disk_that_is_full_at_a_size_takes_more_when_there_is_room(void **state)
{
	const char *path = in_folder("size");
	struct writer_options o = faulty(path);
	struct outcome out = { 0 };
	struct made_ticks m;
	struct writer *w = open_writer(&o);

	(void)state;
	made_open(&m, 40, 0);
	m.noisy = true;
	fault_plan.most_size = 400 << 10;
	put_some(&m, w, 0, 1200, &out);
	for (unsigned i = 0; i < 50000 && writer_status(w)->error == 0; i++)
		usleep(100);
	assert_int_equal(writer_status(w)->error, -ENOSPC);
	assert_true(writer_status(w)->failures > 0);
	fault_end();
	put_some(&m, w, 1200, 1400, &out);
	assert_true(settles(&m, w, out.put));
	out.lost = writer_status(w)->lost;
	out.closed = writer_close(w);
	made_walk(&m, path, &everything, &out.walked);
	expect_subset(path, &out);
	made_close(&m);
}

/* Reading goes on while the disk takes nothing. */
static void the_sampler_never_waits_for_the_disk(void **state)
{
	const char *path = in_folder("slow");
	struct writer_options o = faulty(path);
	struct outcome out = { 0 };
	struct made_ticks m;
	struct writer *w = open_writer(&o);
	int64_t begin_ns;

	(void)state;
	made_open(&m, 5, 0);
	put_some(&m, w, 0, BEFORE, &out);
	fault_plan.slow_ns = 300 * MS_NS;
	fault_begin(FAULT_SLOW, 0, 0);
	out.slowest_put_ns = 0;
	begin_ns = clock_mono_ns();
	for (uint64_t tick = BEFORE; tick < 1200; tick++) {
		put_some(&m, w, tick, tick + 1, &out);
		usleep(500);
	}
	printf("fsync of 300 ms: %llu puts in %lld ms, the longest %lld us; %llu commits\n",
		(unsigned long long)out.put - BEFORE,
		(long long)(clock_mono_ns() - begin_ns) / MS_NS,
		(long long)out.slowest_put_ns / 1000, (unsigned long long)fault_plan.failed);
	assert_true(fault_plan.failed >= 2);
	fault_end();
	assert_true(
		out.slowest_put_ns < 100 * MS_NS); /* on a machine that is busy with other things */
	assert_int_equal(out.refused, 0);
	assert_true(settles(&m, w, out.put));
	assert_int_equal(writer_close(w), 0);
	made_walk(&m, path, &everything, &out.walked);
	expect_subset(path, &out);
	made_close(&m);
}

static void a_disk_that_fails_at_the_opening_is_told(void **state)
{
	const char *path = in_folder("opening");
	struct writer_options o = faulty(path);
	struct writer *w;
	char why[STORE_WHY];

	(void)state;
	fault_begin(FAULT_FULL, 0, 0);
	assert_int_equal(writer_open(&o, &w, why), -ENOSPC);
	assert_true(why[0]);
	fault_begin(FAULT_READONLY, 0, 0);
	assert_int_equal(writer_open(&o, &w, why), -EROFS);
	fault_begin(FAULT_SYNC, 0, 0);
	assert_int_equal(writer_open(&o, &w, why), -EIO);
	fault_end();
	write_ticks(&o, 0, 60, 0); /* nothing half made is in the way */
	expect_walk(path, &everything, 0, 59);
}

/* Ended while the disk takes nothing: what is in the store is right, and the end is told. */
static void a_writer_that_ends_on_a_bad_disk_says_so(void **state)
{
	const char *path = in_folder("end");
	struct writer_options o = faulty(path);
	struct outcome out = { 0 };
	struct made_ticks m;
	struct writer *w = open_writer(&o);

	(void)state;
	made_open(&m, 5, 0);
	put_some(&m, w, 0, 120, &out);
	assert_true(settles(&m, w, out.put));
	fault_begin(FAULT_WRITE, 0, 0);
	put_some(&m, w, 120, 140, &out);
	for (unsigned i = 0; i < 50000 && writer_status(w)->failures == 0; i++)
		usleep(100);
	/* only what is on the disk is said to be there */
	assert_int_equal(writer_status(w)->committed_mono_ns, made_mono(&m, 119));
	assert_int_equal(writer_close(w), -EIO);
	fault_end();
	expect_sound(path);
	made_walk(&m, path, &everything, &out.walked);
	assert_string_equal(out.walked.why, "");
	assert_string_equal(out.walked.damage, "");
	assert_true(out.walked.last >= 119 && out.walked.missing == 0);
	made_close(&m);
	write_ticks(&o, 140, 200, 0);
	expect_sound(path);
	assert_int_equal(ask(path, "SELECT count(*) FROM tail"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_fault_makes_anything_up),
		cmocka_unit_test(a_fault_that_lasts_is_survived),
		cmocka_unit_test(faults_of_a_large_store_make_nothing_up),
		cmocka_unit_test(what_was_given_up_stays_away),
		cmocka_unit_test(a_disk_that_is_full_at_a_size_takes_more_when_there_is_room),
		cmocka_unit_test(the_sampler_never_waits_for_the_disk),
		cmocka_unit_test(a_disk_that_fails_at_the_opening_is_told),
		cmocka_unit_test(a_writer_that_ends_on_a_bad_disk_says_so),
	};

	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, register_vfs, remove_folder));
}
