/* A recording of this machine, replayed: the same rows in each tick; and what damage does to a tape. */
#include "test.h"

#include "tree.h"

#include "base/clock.h"
#include "base/own.h"
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

/* ---- files of our own, below "/" ---- */

struct made {
	char dir[64], tape[80], file[96];
	struct host *host;
	struct arena a;
};

static int make(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	*state = m;
	tree_make(m->dir);
	snprintf(m->tape, sizeof(m->tape), "%s/tape", m->dir);
	snprintf(m->file, sizeof(m->file), "%s/file", m->dir);
	return arena_open(&m->a, 64 << 20) || host_record(m->tape, MS_NS, &m->host);
}

static int unmake(void **state)
{
	struct made *m = *state;

	host_close(m->host);
	arena_close(&m->a);
	tree_remove(m->dir);
	free(m);
	return 0;
}

/* Paths of a host have no slash at their front. */
static int read_made(struct made *m, str *ret)
{
	return host_read(m->host, &m->a, 0, m->file + 1, NULL, ret);
}

static void tick_with(struct made *m, const char *text)
{
	str got;

	if (text)
		tree_text(m->dir, "file", text);
	host_begin_tick(m->host);
	if (text) {
		assert_int_equal(read_made(m, &got), 0);
		assert_str(got, text);
	}
	assert_int_equal(host_end_tick(m->host), 0);
}

static void replay(struct made *m)
{
	assert_int_equal(host_finish(m->host), 0);
	m->host = host_close(m->host);
	assert_int_equal(host_tape(m->tape, &m->host), 0);
}

static void next_has(struct made *m, const char *text)
{
	str got;

	assert_int_equal(host_next(m->host), 0);
	if (!text) {
		assert_int_equal(read_made(m, &got), -ENOENT);
		return;
	}
	assert_int_equal(read_made(m, &got), 0);
	assert_str(got, text);
	assert_int_equal(got.p[got.n], 0);
}

static void each_tick_has_the_text_of_its_own(void **state)
{
	static const char *const texts[] = { "a 1\nb 2\nc 3\n", "a 1\nb 2\nc 3\n",
		"a 1\nb 200\nc 3\n", "a 1\nb 200\nbetween 5\nc 3\n", "", "\n", "a 1\nb 2 3 4",
		"something else entirely, and longer than all that was there before\n" };
	struct made *m = *state;
	size_t n = sizeof(texts) / sizeof(*texts);

	for (size_t i = 0; i < n; i++)
		tick_with(m, texts[i]);
	replay(m);
	for (size_t i = 0; i < n; i++)
		next_has(m, texts[i]);
	assert_int_equal(host_next(m->host), -ENODATA);
}

static void what_was_not_read_in_a_tick_is_not_there(void **state)
{
	struct made *m = *state;

	tick_with(m, "1\n");
	tick_with(m, NULL);
	tick_with(m, "1\n");
	replay(m);
	next_has(m, "1\n");
	next_has(m, NULL);
	next_has(m, "1\n");
}

static void of_a_head_only_the_head_is_recorded(void **state)
{
	struct made *m = *state;
	str got;

	tree_text(m->dir, "file", "head, and a tail");
	host_begin_tick(m->host);
	assert_int_equal(host_read_head(m->host, &m->a, 0, m->file + 1, 4, NULL, &got), 0);
	assert_str(got, "head");
	assert_int_equal(got.p[4], 0);
	assert_int_equal(host_end_tick(m->host), 0);
	replay(m);
	next_has(m, "head");
}

static void a_second_reader_in_a_tick_sees_what_the_first_saw(void **state)
{
	struct made *m = *state;
	str got;

	tree_text(m->dir, "file", "first\n");
	host_begin_tick(m->host);
	assert_int_equal(read_made(m, &got), 0);
	tree_text(m->dir, "file", "second\n");
	assert_int_equal(read_made(m, &got), 0);
	assert_str(got, "first\n");
	assert_int_equal(host_end_tick(m->host), 0);
	tick_with(m, "second\n");
	replay(m);
	next_has(m, "first\n");
	next_has(m, "second\n");
}

static void errors_are_recorded_and_end(void **state)
{
	struct made *m = *state;
	str got;

	host_begin_tick(m->host);
	assert_int_equal(host_read(m->host, &m->a, 0, "proc/self/mem", NULL, &got), -EIO);
	assert_int_equal(read_made(m, &got), -ENOENT);
	assert_int_equal(host_end_tick(m->host), 0);
	tick_with(m, "there\n");
	replay(m);
	next_has(m, NULL);
	assert_int_equal(host_read(m->host, &m->a, 0, "proc/self/mem", NULL, &got), -EIO);
	next_has(m, "there\n");
	assert_int_equal(host_read(m->host, &m->a, 0, "proc/self/mem", NULL, &got), -ENOENT);
}

static void lists_hold_until_they_are_read_again(void **state)
{
	struct made *m = *state;
	str live, got;

	host_begin_tick(m->host);
	assert_int_equal(host_list(m->host, &m->a, 0, "sys/class", &live), 0);
	assert_int_equal(host_end_tick(m->host), 0);
	tick_with(m, NULL);
	replay(m);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(host_next(m->host), 0);
		assert_int_equal(host_list(m->host, &m->a, 0, "sys/class", &got), 0);
		assert_true(str_eq(live, got));
	}
	assert_int_equal(host_list(m->host, &m->a, 0, "sys", &got), -HOST_NOT_RECORDED);
}

static void the_log_is_that_of_the_tick_or_the_reason(void **state)
{
	struct made *m = *state;
	int live = host_log_open(m->host, true);
	str got = STR("-");

	tick_with(m, NULL);
	replay(m);
	assert_int_equal(host_next(m->host), 0);
	assert_int_equal(host_log_open(m->host, true), 0);
	assert_int_equal(host_log(m->host, &m->a, &got), live);
}

/* ---- damage ---- */

static void change(const struct made *m, long at, const char *bytes)
{
	char path[120];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tape", m->tape);
	file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
	fputs(bytes, file);
	fclose(file);
}

static void a_damaged_tick_ends_the_tape_before_it(void **state)
{
	struct made *m = *state;

	tick_with(m, "one\n");
	tick_with(m, "two\n");
	tick_with(m, "three\n");
	assert_int_equal(host_finish(m->host), 0);
	change(m, -2, "X");
	replay(m);
	next_has(m, "one\n");
	next_has(m, "two\n");
	assert_null(host_damage(m->host));
	assert_int_equal(host_next(m->host), -EBADMSG);
	assert_non_null(strstr(host_damage(m->host), "the 2 ticks before it were read"));
	assert_int_equal(host_next(m->host), -EBADMSG);
	m->host = host_close(m->host);
	/* as a tree it stands at the last good one */
	assert_int_equal(host_tree(m->tape, &m->host), 0);
	assert_non_null(host_damage(m->host));
}

/* What changed is told against the tick before: one that stands there twice makes no sense. */
static void a_tick_that_stands_there_twice_ends_the_tape(void **state)
{
	struct made *m = *state;
	char path[120];
	OWN_FILE from = NULL;
	OWN_FILE to = NULL;
	long middle, all;
	int c;

	tick_with(m, "one\n");
	snprintf(path, sizeof(path), "%s/tape", m->tape);
	from = fopen(path, "re");
	assert_non_null(from);
	fseek(from, 0, SEEK_END);
	middle = ftell(from);
	tick_with(m, "two\n");
	fseek(from, 0, SEEK_END);
	all = ftell(from);
	fseek(from, middle, SEEK_SET);
	to = fopen(path, "ae");
	for (long i = middle; i < all && (c = fgetc(from)) != EOF; i++)
		fputc(c, to);
	fflush(to);
	replay(m);
	next_has(m, "one\n");
	next_has(m, "two\n");
	assert_int_equal(host_next(m->host), -EBADMSG);
	assert_non_null(strstr(host_damage(m->host), "not understood"));
}

static void what_is_no_tape_is_refused(void **state)
{
	struct made *m = *state;
	struct host *host = NULL;

	tick_with(m, "one\n");
	assert_int_equal(host_finish(m->host), 0);
	assert_int_equal(host_tape(m->dir, &host), -ENOTSUP);
	assert_int_equal(host_record(m->tape, MS_NS, &host), -EEXIST);
	change(m, 0, "F");
	assert_int_equal(host_tape(m->tape, &host), -EUCLEAN);
	assert_int_equal(host_tree(m->tape, &host), -EUCLEAN);
	tree_text(m->tape, "manifest.json", "{}");
	assert_int_equal(host_tape(m->tape, &host), -ENOTSUP);
	tree_text(m->tape, "manifest.json", "{");
	assert_int_equal(host_tape(m->tape, &host), -EBADMSG);
	assert_null(host);
}

static void without_its_manifest_a_tape_is_no_bare_tree(void **state)
{
	struct made *m = *state;
	struct host *host = NULL;
	char path[120];

	tick_with(m, "one\n");
	snprintf(path, sizeof(path), "%s/manifest.json", m->tape);
	assert_int_equal(remove(path), 0);
	assert_int_equal(host_tree(m->tape, &host), -EBADMSG);
	assert_null(host);
}

static void a_recording_without_a_tick_has_nothing_to_show(void **state)
{
	struct made *m = *state;
	struct host *host = NULL;

	assert_int_equal(host_finish(m->host), 0);
	assert_int_equal(host_tree(m->tape, &host), -ENODATA);
	replay(m);
	assert_int_equal(host_next(m->host), -ENODATA);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, record, forget)
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(each_tick_gives_the_rows_that_were_seen),
		WITH_FILES(each_tick_has_the_text_of_its_own),
		WITH_FILES(what_was_not_read_in_a_tick_is_not_there),
		WITH_FILES(of_a_head_only_the_head_is_recorded),
		WITH_FILES(a_second_reader_in_a_tick_sees_what_the_first_saw),
		WITH_FILES(errors_are_recorded_and_end),
		WITH_FILES(lists_hold_until_they_are_read_again),
		WITH_FILES(the_log_is_that_of_the_tick_or_the_reason),
		WITH_FILES(a_damaged_tick_ends_the_tape_before_it),
		WITH_FILES(a_tick_that_stands_there_twice_ends_the_tape),
		WITH_FILES(what_is_no_tape_is_refused),
		WITH_FILES(without_its_manifest_a_tape_is_no_bare_tree),
		WITH_FILES(a_recording_without_a_tick_has_nothing_to_show),
	};

	return RUN_TESTS(tests);
}
