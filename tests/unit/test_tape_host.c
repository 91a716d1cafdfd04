/* A recording of this machine, replayed: the same rows in each tick; and what damage does to a tape. */
#include "test.h"

#include "tree.h"

#include "base/clock.h"
#include "collect/run.h"
#include "host/copy.h"
#include "show/rows.h"

enum { READINGS = 3 };

struct watch_bench {
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	struct arena a;
};

struct bench {
	char dir[64], tape[80];
	char *rows[READINGS];
	struct host_clock clocks[READINGS];
};

static bool keep(const struct session *s, const struct block *b)
{
	return !str_starts(str_of(catalog_get(&s->catalog, b->sig)->name), STR("self."));
}

static void watch_open(struct watch_bench *w, struct host *host)
{
	static const struct run_options options = { .budget_ns = INT64_MAX };

	*w = (struct watch_bench){ .host = host };
	assert_int_equal(session_open(&w->session), 0);
	assert_int_equal(frame_open(&w->frame), 0);
	assert_int_equal(arena_open(&w->a, 64 << 20), 0);
	assert_int_equal(
		run_open(host, &w->session, collectors, n_collectors, &options, &w->run), 0);
}

static void watch_close(struct watch_bench *w)
{
	run_close(w->run);
	frame_close(&w->frame);
	session_close(&w->session);
	arena_close(&w->a);
	host_close(w->host);
}

static char *watch_rows(struct watch_bench *w)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct view view;

	assert_int_equal(session_view(&w->session, &w->a, keep, &view), 0);
	rows_tsv(out, &w->session, &view, false);
	fclose(out);
	return text;
}

/* Three ticks of this machine; what was seen in each is kept. */
static int record(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct watch_bench w;
	struct host *host;

	*state = b;
	tree_make(b->dir);
	snprintf(b->tape, sizeof(b->tape), "%s/tape", b->dir);
	assert_int_equal(host_record(b->tape, 50 * MS_NS, &host), 0);
	watch_open(&w, host);
	for (int i = 0; i < READINGS; i++) {
		host_begin_tick(host);
		assert_int_equal(run_tick(w.run, &w.frame), 0);
		assert_int_equal(host_end_tick(host), 0);
		host_clock(host, &b->clocks[i]);
		b->rows[i] = watch_rows(&w);
		usleep(50000);
	}
	assert_int_equal(host_ticks(host), READINGS);
	assert_int_equal(host_finish(host), 0);
	watch_close(&w);
	return 0;
}

static int forget(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < READINGS; i++)
		free(b->rows[i]);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static void each_tick_gives_the_rows_that_were_seen(void **state)
{
	struct bench *b = *state;
	struct watch_bench w;
	struct host *host;

	assert_int_equal(host_tape(b->tape, &host), 0);
	assert_true(host_is_tape(host) && !host_is_live(host) && host_knows_absence(host));
	watch_open(&w, host);
	for (int i = 0; i < READINGS; i++) {
		struct host_clock clock;
		char *rows;

		assert_int_equal(host_next(host), 0);
		host_clock(host, &clock);
		assert_memory_equal(&clock, &b->clocks[i], sizeof(clock));
		assert_true(clock.end_ns >= clock.mono_ns);
		assert_int_equal(run_tick(w.run, &w.frame), 0);
		assert_int_equal(w.frame.mono_ns, clock.mono_ns);
		assert_int_equal(w.frame.wall_ns, clock.wall_ns);
		for (uint32_t k = 0; k < w.frame.n_reads; k++)
			if (w.frame.reads[k].begin_ns)
				assert_int_equal(w.frame.reads[k].begin_ns, clock.mono_ns);
		rows = watch_rows(&w);
		assert_string_equal(rows, b->rows[i]);
		free(rows);
	}
	assert_int_equal(host_next(host), -ENODATA);
	assert_int_equal(host_next(host), -ENODATA);
	assert_null(host_damage(host));
	watch_close(&w);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, record, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(each_tick_gives_the_rows_that_were_seen),
	};

	return RUN_TESTS(tests);
}
