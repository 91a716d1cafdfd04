/* Verifying stores: sound ones, damaged ones, and what is read of these is never made up. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/own.h"
#include "record/copy.h"
#include "record/info.h"
#include "record/store.h"
#include "record/verify.h"
#include "small_store.h"
#include "store_sql.h"

static char folder[] = "/tmp/faultline-store-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

/* A sound store as one file, made once. */
static int make_sound(void **state)
{
	struct small_store o = small_usual;
	char why[STORE_WHY];
	struct store *s;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	o.path = in_folder("made");
	small_store(&o);
	if (store_open(o.path, &s, why) < 0 ||
		store_copy(store_db(s), in_folder("sound"), NULL, NULL, why) < 0)
		return -1;
	store_close(s);
	return 0;
}

static int remove_all(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void keep_first(void *self, const char *what)
{
	char *first = self;

	if (!*first)
		snprintf(first, VERIFY_LINE, "%s", what);
}

/* -1: it does not even open; else the number of problems. */
static int64_t problems_of(const char *path, struct verified *ret, char first[VERIFY_LINE])
{
	static struct verify_span span;
	char why[STORE_WHY];
	struct store *s;
	struct arena a;

	*first = '\0';
	*ret = (struct verified){ 0 };
	if (store_open(path, &s, why) < 0)
		return -1;
	assert_int_equal(arena_open(&a, 1 << 20), 0);
	assert_int_equal(store_verify(store_db(s), &a, keep_first, first, ret), 0);
	if (ret->n_spans) {
		span = ret->spans[0];
		ret->spans = &span;
	}
	arena_close(&a);
	store_close(s);
	return (int64_t)ret->problems;
}

static void a_store_that_was_written_is_sound(void **state)
{
	char first[VERIFY_LINE];
	struct verified v;

	(void)state;
	assert_int_equal(problems_of(in_folder("sound"), &v, first), 0);
	assert_int_equal(v.n_ticks, 60);
	assert_int_equal(v.n_segments, 6);
	assert_true(v.n_chunks >= 5);
	assert_int_equal(v.n_spans, 1);
	assert_int_equal(v.spans[0].from_wall_ns, small_usual.wall_ns);
	assert_int_equal(v.spans[0].to_wall_ns, small_usual.wall_ns + 5900 * MS_NS);
}

/* ---- one thing broken at a time ---- */

static void copy_file(const char *from, const char *to)
{
	char command[320];

	snprintf(command, sizeof(command), "cp %s %s", from, to);
	assert_int_equal(system(command), 0);
}

static const struct breach {
	const char *sql, *says, *and_not;
} breaches[] = {
	{ "DELETE FROM era", "is of era 1, which is not there" },
	{ "DELETE FROM entity WHERE name = 'irq:40'", "has no name" },
	{ "DELETE FROM signal WHERE name = 'made.happened'", "has no name" },
	{ "DELETE FROM text WHERE text = 'mlx5_core'", "a text that is not there" },
	{ "DELETE FROM series WHERE grp = 1", "is of group 1, which is not there" },
	{ "DELETE FROM series WHERE slot = 0", "a column of no series" },
	{ "UPDATE series SET slot = 64 WHERE slot = 1", "its slot 64 is none that can be" },
	{ "DELETE FROM chunk WHERE segment = 2", "changes where" },
	{ "UPDATE segment SET n_ticks = n_ticks + 1 WHERE id = 2", "ticks where" },
	{ "UPDATE segment SET n_values = n_values + 1 WHERE id = 2", "values where" },
	{ "UPDATE segment SET first_wall_ns = first_wall_ns + 1 WHERE id = 2",
		"of other times than it says" },
	{ "UPDATE segment SET first_mono_ns = first_mono_ns - 500000000 WHERE id = 3",
		"segment 3 begins before segment 2 ends" },
	{ "UPDATE segment SET clean = 1 WHERE clean = 0", "has no head" },
	{ "UPDATE segment SET clean = 0 WHERE id = 1", "is open and has a head" },
	{ "UPDATE segment SET head = x'00' WHERE id = 2", "its head: damaged" },
	{ "UPDATE tail SET sum = sum + 1", "its tails: damaged", "changes where" },
	{ "DELETE FROM tail WHERE id = (SELECT min(id) FROM tail)",
		"its tails: damaged behind tick 0" },
	{ "DELETE FROM tail WHERE id = (SELECT min(id) + 2 FROM tail)",
		"its tails: damaged behind tick 2 of 5" },
	{ "DELETE FROM tail WHERE id = (SELECT max(id) FROM tail)", "has 4 ticks where 5 are" },
	{ "UPDATE tail SET segment = 1 WHERE id = (SELECT min(id) FROM tail)", "is rolled over" },
	{ "UPDATE chunk SET data = zeroblob(20) WHERE id = 2",
		"bytes that are not what was written" },
	{ "UPDATE chunk SET segment = 77 WHERE id = 2", "segment 77, which is not there" },
	{ "UPDATE event SET entity = 4000", "entity 4000 has no name" },
	{ "UPDATE event SET severity = 'grave'", "says something that no event says" },
	{ "DROP INDEX chunk_of", "index chunk_of is not there" },
	{ "DROP TABLE tail", "table tail is not there" },
};

static void break_copy(const char *path, const char *sql)
{
	copy_file(in_folder("sound"), path);
	change(path, sql);
}

static void keep_all(void *self, const char *what)
{
	char *all = self;
	size_t n = strlen(all);

	snprintf(all + n, 65536 - n, "%s\n", what);
}

static void what_is_broken_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(breaches) / sizeof(*breaches); i++) {
		const char *path = in_folder("broken");
		OWN_MEMORY char *all = calloc(1, 65536);
		struct verified v;
		struct store *s;
		struct arena a;
		char why[STORE_WHY];

		break_copy(path, breaches[i].sql);
		assert_int_equal(store_open(path, &s, why), 0);
		assert_int_equal(arena_open(&a, 1 << 20), 0);
		assert_int_equal(store_verify(store_db(s), &a, keep_all, all, &v), 0);
		if (v.problems == 0 || !strstr(all, breaches[i].says))
			fail_msg("%s: nothing says \"%s\" in:\n%s", breaches[i].sql,
				breaches[i].says, all);
		if (breaches[i].and_not && strstr(all, breaches[i].and_not))
			fail_msg("%s: and \"%s\" says the same again", breaches[i].sql,
				breaches[i].and_not);
		arena_close(&a);
		store_close(s);
	}
}

/* ---- ticks that can be read ---- */

/*
 * Each tick of a walk; false: it does not open, or nothing can be walked through. Whatever the file is
 * like, this ends. *ret_damaged: it said that something is.
 */
static bool walk_through(const char *path,
	void (*tick)(void *self, const struct session *session, const struct frame *frame),
	void *self, bool *ret_damaged)
{
	const struct store_window all = { 0 };
	char why[STORE_WHY];
	struct session session;
	struct frame frame;
	struct store_walk *walk;
	struct store *s;
	uint64_t earlier;
	int64_t end_ns;
	bool walks;

	if (store_open(path, &s, why) < 0)
		return false;
	assert_int_equal(session_open(&session), 0);
	assert_int_equal(frame_open(&frame), 0);
	catalog_link(&session.catalog, small_signals, SMALL_SIGNALS);
	walks = store_walk_open(s, &session, &all, &walk, &earlier) == 0;
	if (walks) {
		while (store_walk_next(walk, &frame, &end_ns, NULL) == 0)
			tick(self, &session, &frame);
		store_walk_close(walk);
	}
	*ret_damaged = store_damage(s) != NULL;
	frame_close(&frame);
	session_close(&session);
	store_close(s);
	return walks;
}

static void count_tick(void *self, const struct session *session, const struct frame *frame)
{
	(void)session;
	(void)frame;
	++*(uint64_t *)self;
}

static void ticks_that_are_counted_can_be_read(void **state)
{
	static const struct {
		const char *sql;
		uint64_t n;
	} cases[] = {
		{ "DELETE FROM tail WHERE id = (SELECT min(id) FROM tail)", 55 },
		{ "DELETE FROM tail WHERE id = (SELECT min(id) + 1 FROM tail)", 56 },
		{ "DELETE FROM tail WHERE id = (SELECT min(id) + 2 FROM tail)", 57 },
		{ "UPDATE tail SET sum = sum + 1 WHERE id = (SELECT min(id) + 2 FROM tail)", 57 },
		{ "UPDATE segment SET head = x'00' WHERE id = 2", 49 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *path = in_folder("counted");
		char first[VERIFY_LINE];
		struct verified v;
		uint64_t n = 0;
		bool damaged;

		break_copy(path, cases[i].sql);
		assert_true(problems_of(path, &v, first) > 0);
		assert_int_equal(v.n_ticks, cases[i].n);
		assert_true(walk_through(path, count_tick, &n, &damaged));
		assert_int_equal(n, cases[i].n);
		assert_true(damaged);
	}
}

/* A chunk is damaged as a whole: what came before the damage is not counted either. */
static void changes_of_a_damaged_chunk_are_not_counted(void **state)
{
	const char *path = in_folder("half");
	char first[VERIFY_LINE];
	struct verified v;

	(void)state;
	break_copy(path, "DELETE FROM series WHERE slot = 1; DELETE FROM segment WHERE clean = 0");
	assert_true(problems_of(path, &v, first) > 0);
	assert_int_equal(v.n_ticks, 55);
	assert_int_equal(v.n_chunks, 0);
	assert_int_equal(v.n_points, 0);
}

/* ---- damage at random ---- */

/* What a walk gives, as lines; sorted, so that two can be compared. */
struct lines {
	char **items;
	size_t n;
};

static void add_line(struct lines *l, char *line)
{
	l->items = realloc(l->items, (l->n + 1) * sizeof(*l->items));
	l->items[l->n++] = line;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_state(void *self, const struct session *s, const struct frame *f)
{
	struct lines *l = self;

	for (uint32_t i = 0; i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];

		for (unsigned sub = 0; sub < b->n; sub++) {
			char *line = NULL;
			size_t size;
			FILE *out;

			if (!block_has(b, sub))
				continue;
			out = open_memstream(&line, &size);
			fprintf(out, "%lld %s %.*s %u ", (long long)f->wall_ns,
				catalog_get(&s->catalog, b->sig)->name,
				STR_ARG(entity_text(&s->entities, b->who)), sub);
			session_print_value(
				s, out, catalog_get(&s->catalog, b->sig), b->values[sub]);
			fclose(out);
			add_line(l, line);
		}
	}
}

/* The whole state at every tick. */
static void read_lines(const char *path, struct lines *l)
{
	bool damaged;

	*l = (struct lines){ 0 };
	walk_through(path, add_state, l, &damaged);
	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), by_text);
}

static void free_lines(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
}

/* The first line that the sound store does not have; NULL: there is none. */
static const char *made_up(const struct lines *sound, const struct lines *read)
{
	for (size_t i = 0; i < read->n; i++)
		if (!bsearch(&read->items[i], sound->items, sound->n, sizeof(char *), by_text))
			return read->items[i];
	return NULL;
}

struct bytes {
	unsigned char *p;
	size_t n;
};

static struct bytes read_file(const char *path)
{
	struct stat st;
	struct bytes b;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	fstat(fileno(f), &st);
	b = (struct bytes){ malloc((size_t)st.st_size), (size_t)st.st_size };
	assert_int_equal(fread(b.p, 1, b.n, f), b.n);
	fclose(f);
	return b;
}

static void write_file(const char *path, struct bytes b, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, n, f), n);
	fclose(f);
}

static void info_ends(const char *path)
{
	char why[STORE_WHY];
	struct store *s;
	struct arena a;
	struct info info;

	if (store_open(path, &s, why) < 0)
		return;
	assert_int_equal(arena_open(&a, 16 << 20), 0);
	store_info(store_db(s), path, &a, &info);
	arena_close(&a);
	store_close(s);
}

struct tally {
	unsigned tried, sound, damaged, unreadable, readable, made_up;
};

static void look_at(const char *path, const struct lines *sound, struct tally *t)
{
	char first[VERIFY_LINE];
	struct verified v;
	struct lines read;
	const char *invented;
	int64_t problems = problems_of(path, &v, first);

	t->tried++;
	t->sound += problems == 0;
	t->damaged += problems > 0;
	t->unreadable += problems < 0;
	info_ends(path);
	read_lines(path, &read);
	t->readable += read.n > 0;
	invented = made_up(sound, &read);
	if (invented) {
		t->made_up++;
		printf("made up: %s (verify: %s)\n", invented, first);
	}
	free_lines(&read);
}

enum { FLIPS = 400 };

static void flip_and_look(struct bytes b, const struct lines *sound, struct tally *t)
{
	const char *path = in_folder("flipped");
	size_t at = random_below((unsigned)b.n);
	unsigned char bit = (unsigned char)(1u << random_below(8));

	b.p[at] ^= bit;
	write_file(path, b, b.n);
	look_at(path, sound, t);
	b.p[at] ^= bit;
}

static void print_tally(const char *what, const struct tally *t)
{
	printf("%s: %u, not noticed %u, damaged %u, unreadable %u; rows in %u, made up in %u\n",
		what, t->tried, t->sound, t->damaged, t->unreadable, t->readable, t->made_up);
}

static void flipped_bits_make_no_value_up(void **state)
{
	struct bytes b = read_file(in_folder("sound"));
	struct tally t = { 0 };
	struct lines sound;

	(void)state;
	random_seed("flipped_bits_make_no_value_up");
	read_lines(in_folder("sound"), &sound);
	for (unsigned i = 0; i < FLIPS; i++)
		flip_and_look(b, &sound, &t);
	print_tally("flips", &t);
	assert_true(sound.n > 500);
	assert_true(t.damaged > 20);
	free_lines(&sound);
	free(b.p);
	assert_int_equal(t.made_up, 0);
}

static void a_store_that_was_cut_is_damaged(void **state)
{
	const char *path = in_folder("cut");
	struct bytes b = read_file(in_folder("sound"));
	struct tally t = { 0 };
	struct lines sound;

	(void)state;
	read_lines(in_folder("sound"), &sound);
	for (size_t n = 0; n < b.n; n += 2048) {
		write_file(path, b, n);
		look_at(path, &sound, &t);
	}
	print_tally("cuts", &t);
	assert_int_equal(t.sound, 0);
	assert_true(t.readable > 3);
	assert_int_equal(t.made_up, 0);
	free_lines(&sound);
	free(b.p);
}

/* For tests that are scripts: stores under these names in a folder. */
static int make_for_scripts(const char *where)
{
	struct small_store o = small_usual;
	char path[256];

	o.path = path;
	snprintf(path, sizeof(path), "%s/killed.db", where);
	small_store(&o);
	o.killed = false;
	o.gap_at = 30;
	snprintf(path, sizeof(path), "%s/closed.db", where);
	o.boot = "66666666-7777-8888-9999-000000000000";
	o.wall_ns += 3600 * SECOND_NS;
	o.mono_ns = 10 * SECOND_NS;
	small_store(&o);
	o.host = "other-host";
	snprintf(path, sizeof(path), "%s/other.db", where);
	small_store(&o);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_that_was_written_is_sound),
		cmocka_unit_test(what_is_broken_is_told),
		cmocka_unit_test(ticks_that_are_counted_can_be_read),
		cmocka_unit_test(changes_of_a_damaged_chunk_are_not_counted),
		cmocka_unit_test(a_store_that_was_cut_is_damaged),
		cmocka_unit_test(flipped_bits_make_no_value_up),
	};

	if (argc > 1)
		return make_for_scripts(argv[1]);
	return closing_line((int)(sizeof(tests) / sizeof(*tests)),
		cmocka_run_group_tests(tests, make_sound, remove_all));
}
