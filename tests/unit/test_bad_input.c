/*
 * Every collector, every text, every kind of damage: never a crash or a hang, never a row that was
 * not there, and what was lost is said.
 *
 * The real texts of this machine and of the trees tests/fixtures/made-* are recorded as they pass
 * through the door (the linker puts the functions below in its place), then served again with one
 * of them damaged. It knows no collector by name, so those written later are covered.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "damaged_door.h"
#include "collect/run.h"

enum { PER_SHAPE = 2, BIG_TEXTS = 2, PATIENCE_S = 60 };

/* Shared with the parent, so that a crash loses nothing. */
static struct tally {
	unsigned passed, failed, skipped, damages, texts;
	char label[512];
} * tally;

/* ---- one collector on one host ---- */

struct watch {
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
};

static void watch_open(struct watch *w, struct host *host, const struct collector *collector)
{
	const struct run_options options = { .budget_ns = INT64_MAX / 4 };

	*w = (struct watch){ .host = host };
	if (session_open(&w->session) < 0 || frame_open(&w->frame) < 0 ||
		run_open(host, &w->session, &collector, 1, &options, &w->run) < 0)
		abort();
}

static void watch_close(struct watch *w)
{
	run_close(w->run);
	frame_close(&w->frame);
	session_close(&w->session);
}

/* What the last frame said went wrong; more of it than before means that the damage was said. */
static unsigned complaints(const struct watch *w)
{
	unsigned n = w->frame.n_failures;

	for (uint32_t i = 0; i < w->frame.n_reads; i++)
		n += w->frame.reads[i].failed + (w->frame.reads[i].status < 0);
	return n;
}

enum strictness {
	NOTHING_NEW,        /* what is still there is what was there before */
	NOTHING_NEW_NUMBER, /* any text is a text */
	NOTHING_SILENT, /* a sum over many texts may be another, and be said; but no 0 where none
			   was */
};

/*
 * Which tasks get rows depends on what was seen before, damage included: that they come and go says
 * nothing here. test_tasks looks at their rows.
 */
static bool is_by_choice(const struct watch *w, const struct block *b)
{
	return entity_scope(&w->session.entities, b->who) == TASK ||
	       strcmp(catalog_get(&w->session.catalog, b->sig)->name, "app.tasks.unlisted") == 0;
}

/* Cells of the one collector that are there and were not in `base`, or had another value then. */
static unsigned news(const struct watch *w, const struct ledger_copy *base, enum strictness how,
	char *ret_example, size_t size)
{
	const struct ledger *l = &w->session.ledger;
	char sub_text[SUB_TEXT];
	unsigned n = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct block *b = &l->blocks[i];
		const struct signal *signal = catalog_get(&w->session.catalog, b->sig);

		if (b->owner != 0 || is_by_choice(w, b) ||
			(how != NOTHING_NEW && signal->unit == TEXT))
			continue;
		for (unsigned sub = 0; sub < b->n; sub++) {
			int64_t was = 0;

			if (!block_has(b, sub) ||
				(ledger_copy_value(base, l, b, sub, &was) &&
					was == b->values[sub]) ||
				(how == NOTHING_SILENT && b->values[sub] != 0))
				continue;
			if (n++ == 0)
				snprintf(ret_example, size, "%s of %.*s %s = %lld", signal->name,
					STR_ARG(entity_text(&w->session.entities, b->who)),
					sub_format(signal->sub, sub, sub_text),
					(long long)b->values[sub]);
		}
	}
	return n;
}

/* Cells of `base` that are not there now; `but` (may be NULL): only those that it has. */
static unsigned missing(
	const struct watch *w, const struct ledger_copy *base, const struct ledger_copy *but)
{
	const struct ledger *l = &w->session.ledger;
	unsigned n = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct block *b = &l->blocks[i];

		if (b->owner != 0 || is_by_choice(w, b))
			continue;
		for (unsigned sub = 0; sub < b->n; sub++) {
			int64_t was;

			n += !block_has(b, sub) && ledger_copy_value(base, l, b, sub, &was) &&
			     (!but || ledger_copy_value(but, l, b, sub, &was));
		}
	}
	return n;
}

/* ---- kinds of damage ---- */

static const int errors[] = { -EIO, -EACCES, -EINVAL, -EISDIR, -ELOOP, -EFBIG, -ENOENT };

static str too_large_numbers(str text, struct arena *a)
{
	static const char number[] = "99999999999999999999999";
	size_t digits = 0, n = 0;
	char *out;

	for (size_t i = 0; i < text.n; i++)
		digits += text.p[i] >= '0' && text.p[i] <= '9' &&
			  (i == 0 || text.p[i - 1] < '0' || text.p[i - 1] > '9');
	out = arena_take(a, text.n + digits * sizeof(number) + 1);
	for (size_t i = 0; out && i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9') {
			out[n++] = text.p[i];
		} else if (i == 0 || text.p[i - 1] < '0' || text.p[i - 1] > '9') {
			memcpy(out + n, number, sizeof(number) - 1);
			n += sizeof(number) - 1;
		}
	}
	return (str){ out, out ? n : 0 };
}

static str filled(struct arena *a, size_t n, const char *with)
{
	char *out = arena_take(a, n);
	size_t period = strlen(with);

	for (size_t i = 0; out && i < n; i++)
		out[i] = with[i % period];
	return (str){ out, out ? n : 0 };
}

/* No digit and no letter: no parser may find a number in it. */
static str noise(struct arena *a, size_t n)
{
	char *out = arena_take(a, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)random_next();

		out[i] = (char)(c < 0x80 ? c % 0x20 : c);
	}
	return (str){ out, n };
}

/* ---- judging ---- */

struct target {
	struct watch *w;
	const struct collector *collector;
	uint32_t record;
	struct ledger_copy base,
		without; /* the rows when all is well, and when this one text cannot be read */
	unsigned complaints, reads, own; /* own: rows that are lost without it */
	bool flawed;                     /* what it really holds is complained about already */
	bool bad;
};

static void fault(struct target *t, const char *what, const char *example)
{
	printf("FAILED  %s: %s %s\n", tally->label, what, example);
	t->bad = true;
}

static void heal(struct target *t)
{
	damage.record = NAMES_NONE;
	damage.reads = 0;
	run_tick(t->w->run, &t->w->frame);
	t->reads = damage.reads;
}

/* One tick with the damage; true when the collector looked at the text in it. */
static bool hurt(struct target *t, const char *name, int error, str text)
{
	str key = names_get(&keys, t->record);

	snprintf(tally->label, sizeof(tally->label), "%s, %.*s, %s", t->collector->name,
		STR_ARG(key), name);
	tally->damages++;
	alarm(PATIENCE_S);
	damage.record = t->record;
	damage.error = error;
	damage.text = text;
	damage.served = damage.reads = 0;
	run_tick(t->w->run, &t->w->frame);
	alarm(0);
	return damage.served > 0;
}

static bool is_normal(const struct collector *collector, int error)
{
	if (error == -ENOENT)
		return true;
	for (size_t i = 0; i < collector->n_texts; i++)
		if (collector->texts[i].normal_error == error)
			return true;
	return false;
}

static bool may_be_silent(const struct collector *collector)
{
	for (size_t i = 0; i < collector->n_texts; i++)
		if (collector->texts[i].may_be_silent)
			return true;
	return false;
}

static void judge(struct target *t, enum strictness how, bool must_be_said)
{
	char example[256] = "";
	bool said = complaints(t->w) + t->flawed > t->complaints;
	/* it may have kept others from being read, as the state of a device that sleeps does, or
	 * been preferred */
	bool gate = damage.reads > t->reads, preferred = records[t->record].op == 'A';

	if (how == NOTHING_SILENT && !said && must_be_said && !gate)
		how = NOTHING_NEW_NUMBER;
	if (!gate && news(t->w, &t->base, how, example, sizeof(example)))
		fault(t, "gave a row that was not there:", example);
	/* a list of mounts or of nodes says how others are read: losing them is right when it is
	 * said */
	if (!preferred && !said && missing(t->w, &t->base, &t->without))
		fault(t, "took rows of other texts with it", "");
	if (must_be_said && !said && missing(t->w, &t->base, NULL))
		fault(t, "lost rows and nobody said so", "");
}

static void hurt_by_errors(struct target *t)
{
	t->flawed = hurt(t, "absent", -ENOENT, (str){ "", 0 }) && complaints(t->w) < t->complaints;
	heal(t);
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		char name[32];

		snprintf(name, sizeof(name), "error %d", errors[i]);
		if (!hurt(t, name, errors[i], (str){ "", 0 }))
			continue;
		if (i == 0) {
			t->own = missing(t->w, &t->base, NULL);
			ledger_copy_take(&t->w->session.ledger, &t->without);
		}
		judge(t, NOTHING_SILENT, !is_normal(t->collector, errors[i]));
		heal(t);
	}
}

static void hurt_by_cutting(struct target *t, str text)
{
	bool in_proc =
		str_starts(names_get(&keys, t->record), STR("R0/proc/")) && !t->collector->collect;

	for (unsigned i = 1; i < 12; i++) {
		size_t n = i == 11 ? text.n - 1 : text.n * i / 11;
		char name[64];

		if (n == 0 || n >= text.n)
			continue;
		snprintf(name, sizeof(name), "cut at %zu of %zu", n, text.n);
		/* where a value may have no line end, half of one cannot be told from a whole one
		 */
		if (hurt(t, name, 0, (str){ text.p, n }) && (in_proc || memchr(text.p, '\n', n)))
			judge(t, NOTHING_NEW,
				text.p[n - 1] != '\n'); /* a table that ends early between two lines
							   looks whole */
		heal(t);
	}
}

static void hurt_by_content(struct target *t, str text, struct arena *a)
{
	char *mark = arena_mark(a);

	if (records[t->record].op != 'L' && hurt(t, "empty", 0, (str){ "", 0 })) {
		judge(t, NOTHING_SILENT, !may_be_silent(t->collector));
		if (missing(t->w, &t->base, NULL) < t->own)
			fault(t, "kept rows of an empty text", "");
	}
	heal(t);
	if (hurt(t, "blank lines", 0, filled(a, 100000, "\n")))
		judge(t, NOTHING_SILENT, !may_be_silent(t->collector));
	heal(t);
	if (hurt(t, "binary noise", 0, noise(a, text.n + 64)))
		judge(t, NOTHING_SILENT, !may_be_silent(t->collector));
	heal(t);
	if (hurt(t, "numbers beyond 64 bits", 0, too_large_numbers(text, a)))
		judge(t, NOTHING_SILENT, !may_be_silent(t->collector));
	heal(t);
	arena_release(a, mark);
}

static void hurt_by_size(struct target *t, struct arena *a)
{
	char *mark = arena_mark(a);

	if (hurt(t, "a line of 10 MB", 0, filled(a, 10 << 20, "x")))
		judge(t, NOTHING_SILENT, !may_be_silent(t->collector));
	heal(t);
	arena_release(a, mark);
	if (hurt(t, "a number of 10 MB", 0, filled(a, 10 << 20, "9")))
		judge(t, NOTHING_SILENT, !may_be_silent(t->collector));
	heal(t);
	arena_release(a, mark);
	hurt(t, "10 MB of small numbers", 0, filled(a, 10 << 20, "1 0 "));
	heal(t);
	arena_release(a, mark);
	hurt(t, "a million lines", 0, filled(a, 4 << 20, "0:0\n"));
	heal(t);
	arena_release(a, mark);
}

/* A directory is listed when a run begins: each damage needs a run of its own. */
static void hurt_list(struct target *t, struct host *host)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct watch w;
		struct target one = *t;
		char name[32];

		watch_open(&w, host, t->collector);
		one.w = &w;
		snprintf(name, sizeof(name), "error %d", errors[i]);
		if (hurt(&one, name, errors[i], (str){ "", 0 }) &&
			!is_normal(t->collector, errors[i]) &&
			w.session.ledger.n < t->w->session.ledger.n &&
			complaints(&w) <= t->complaints)
			fault(t, "lost rows and nobody said so", "");
		watch_close(&w);
	}
	damage.record = NAMES_NONE;
}

static void try_record(struct watch *w, const struct collector *collector, uint32_t record,
	bool big, struct arena *a)
{
	struct target t = { .w = w, .collector = collector, .record = record };
	str text = records[record].text;
	char example[256] = "";

	heal(&t);
	t.complaints = complaints(w);
	ledger_copy_take(&w->session.ledger, &t.base);
	if (records[record].op == 'D') {
		hurt_list(&t, w->host);
	} else {
		hurt_by_errors(&t);
		if (t.without.values) {
			hurt_by_cutting(&t, text);
			hurt_by_content(&t, text, a);
			if (big)
				hurt_by_size(&t, a);
		}
	}
	heal(&t);
	snprintf(tally->label, sizeof(tally->label), "%s, %.*s, afterwards", collector->name,
		STR_ARG(names_get(&keys, record)));
	if (news(w, &t.base, NOTHING_NEW, example, sizeof(example)) || missing(w, &t.base, NULL))
		fault(&t, "did not recover:", example);
	ledger_copy_free(&t.base);
	ledger_copy_free(&t.without);
	tally->failed += t.bad;
	tally->passed += !t.bad;
}

/* Many paths differ by a number or a name only: two of a kind are enough. */
static unsigned times_seen(struct names *shapes, uint8_t *seen, uint32_t record)
{
	str key = names_get(&keys, record), base = str_base(key);
	char shape[300];
	size_t n = 0;
	uint32_t id;

	shape[n++] = key.p[0];
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == '/')
			shape[n++] = '/';
	for (size_t i = 0; i < base.n && n < sizeof(shape); i++)
		if (base.p[i] < '0' || base.p[i] > '9')
			shape[n++] = base.p[i];
	id = names_add(shapes, (str){ shape, n });
	if (id >= 4096)
		return PER_SHAPE + 1;
	seen[id] += seen[id] <= PER_SHAPE;
	return seen[id];
}

static void try_collector(struct host *host, const struct collector *collector)
{
	struct watch w;
	struct names shapes;
	static uint8_t seen[4096];
	struct arena a;
	uint32_t n;
	unsigned big = 0;

	names_open(&shapes, 4096, 1 << 20);
	if (door_open() < 0 || arena_open(&a, (size_t)1 << 28) < 0)
		abort();
	watch_open(&w, host, collector);
	for (int tick = 0; tick < 3; tick++)
		run_tick(w.run, &w.frame);
	n = keys.n;
	for (uint32_t record = 0; record < n; record++)
		if (records[record].error == 0) {
			unsigned nth = times_seen(&shapes, seen, record);

			if (nth > PER_SHAPE)
				continue;
			tally->texts++;
			try_record(&w, collector, record, nth == 1 && big++ < BIG_TEXTS, &a);
		}
	watch_close(&w);
	arena_close(&a);
	names_close(&shapes);
	door_close();
}

static void too_slow(int number)
{
	(void)number;
	fprintf(stderr, "no end after %d s\n", PATIENCE_S);
	_exit(98);
}

static int open_host(const char *tree, struct host **ret)
{
	return tree ? host_tree(tree, ret) : host_live(ret);
}

/* Each collector is a child: its crash is one failure and the others go on. */
static void try_in_child(const char *tree, const struct collector *collector)
{
	unsigned texts = tally->texts;
	int status = 0;
	pid_t child;

	fflush(stdout);
	tally->label[0] = '\0';
	child = fork();
	if (child == 0) {
		struct host *host;

		signal(SIGALRM, too_slow);
		if (open_host(tree, &host) < 0)
			_exit(97);
		try_collector(host, collector);
		host_close(host);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		abort();
	if (status) {
		printf("FAILED  %s: ended with %s %d\n",
			tally->label[0] ? tally->label : collector->name,
			WIFSIGNALED(status) ? "signal" : "exit code",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		tally->failed++;
	} else if (!tree && tally->texts == texts) {
		printf("SKIPPED %s: none of its texts is on this machine\n", collector->name);
		tally->skipped++;
	}
}

static void try_host(const char *tree, const char *only)
{
	int64_t begin = clock_mono_ns();

	for (size_t i = 0; i < n_collectors; i++)
		if (!only || strcmp(only, collectors[i]->name) == 0)
			try_in_child(tree, collectors[i]);
	printf("%s: %u texts, %u damages, %.1f s\n", tree ? tree : "this machine", tally->texts,
		tally->damages, (double)(clock_mono_ns() - begin) / 1e9);
}

/* test_bad_input [COLLECTOR [TREE]] */
int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	const char *unpacked = getenv("FAULTLINE_TREES");
	char pattern[300];
	glob_t trees = { 0 };

	tally = mmap(
		NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		return 99;
	random_seed("test_bad_input");
	if (argc > 2) {
		try_host(argv[2], only);
	} else {
		try_host(NULL, only);
		glob("tests/fixtures/made-*/", 0, NULL, &trees);
		snprintf(pattern, sizeof(pattern), "%s/*/", unpacked ? unpacked : "/nowhere");
		glob(pattern, GLOB_APPEND, NULL, &trees);
		for (size_t i = 0; i < trees.gl_pathc; i++)
			try_host(trees.gl_pathv[i], only);
		globfree(&trees);
	}
	printf("%u passed, %u failed, %u skipped\n", tally->passed, tally->failed, tally->skipped);
	return tally->failed ? 1 : 0;
}
