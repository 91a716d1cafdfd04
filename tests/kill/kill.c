/*
 * Kills recorders: kill N. A child writes a store, is killed at a moment that nobody chose, and what it
 * had committed has to be there, with the values that it put; then another one goes on with the same
 * file. FAULTLINE_SEED repeats a run, as far as time can be repeated.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "made_ticks.h"
#include "record/statement.h"

enum {
	ENTITIES = 5,
	STEP_US = 500,
	SEGMENT_MS = 50,
	COMMIT_MS = 10,
	MOST_TICKS = 1 << 16, /* of one file */
	FILE_ROUNDS = 12,     /* kills until another file is begun */
	TIMES = 1 << 12,
};

/* What the child tells; it stays when it is killed. */
struct page {
	_Atomic int phase;
	_Atomic int64_t committed_mono_ns, slowest_commit_ns;
	_Atomic uint64_t next; /* tick that is put next */
	_Atomic int failed;
	_Atomic int64_t put_at_ns[TIMES]; /* tick modulo TIMES */
};

struct round {
	uint64_t first, committed, end; /* committed: the first tick that is not */
};

struct tally {
	unsigned kills, idle, commits, rolls, tails;
	uint64_t ticks, checked;
	int64_t most_lost_ns;
};

struct kill {
	char folder[96], path[128];
	struct page *page;
	struct made_ticks made;
	struct round rounds[FILE_ROUNDS];
	unsigned n_rounds;
	bool *seen;
	uint64_t state;
	struct tally tally;
};

static uint64_t next_random(struct kill *k)
{
	k->state ^= k->state << 13;
	k->state ^= k->state >> 7;
	k->state ^= k->state << 17;
	return k->state;
}

static void note_phase(void *self, int phase)
{
	((struct page *)self)->phase = phase;
}

static struct writer_options options_of(struct kill *k)
{
	return (struct writer_options){ .path = k->path,
		.boot_id = "boot",
		.host = "made-host",
		.release = "made",
		.every_ns = STEP_US * 1000,
		.segment_ns = SEGMENT_MS * MS_NS,
		.commit_ns = COMMIT_MS * MS_NS,
		.phase = note_phase,
		.self = k->page };
}

static void made_begin(struct made_ticks *m, unsigned skew)
{
	made_open(m, ENTITIES, skew);
	m->step_ns = STEP_US * 1000;
}

/* ---- the child ---- */

/* Writes until it is killed. */
static void record(struct kill *k, uint64_t first)
{
	struct writer_options o = options_of(k);
	char why[STORE_WHY];
	struct made_ticks m;
	struct writer *w;
	int64_t due_ns;

	if (writer_open(&o, &w, why) < 0) {
		fprintf(stderr, "the store does not open again: %s\n", why);
		k->page->failed = 1;
		_exit(1);
	}
	made_begin(&m, (unsigned)(first % 4));
	due_ns = clock_mono_ns();
	for (uint64_t tick = first; tick < MOST_TICKS; tick++) {
		k->page->put_at_ns[tick % TIMES] = clock_mono_ns();
		if (!made_put(&m, w, tick)) {
			k->page->failed = 2;
			_exit(1);
		}
		k->page->next = tick + 1;
		k->page->committed_mono_ns = writer_status(w)->committed_mono_ns;
		if (writer_status(w)->slowest_commit_ns > k->page->slowest_commit_ns)
			k->page->slowest_commit_ns = writer_status(w)->slowest_commit_ns;
		due_ns += STEP_US * 1000;
		clock_sleep_until(due_ns);
	}
	pause();
}

/* ---- the parent ---- */

/* Every other kill is aimed at the writer being at work; the moment within is nobody's choice. */
static void wait_for_moment(struct kill *k)
{
	int wanted = (int)(next_random(k) % 4);
	int64_t until_ns = clock_mono_ns() + (int64_t)(10 + next_random(k) % 50) * MS_NS;

	clock_sleep_until(until_ns);
	if (wanted != WRITER_COMMITS && wanted != WRITER_ROLLS)
		return;
	for (until_ns += 100 * MS_NS; k->page->phase != wanted && clock_mono_ns() < until_ns;)
		;
	for (until_ns = clock_mono_ns() + (int64_t)(next_random(k) % 400) * 1000;
		clock_mono_ns() < until_ns;)
		;
}

static void run_and_kill(struct kill *k, struct round *r)
{
	struct page *p = k->page;
	int64_t at_ns;
	int status;
	pid_t child;

	p->phase = WRITER_IDLE;
	p->committed_mono_ns = 0;
	p->next = r->first;
	fflush(stdout);
	child = fork();
	if (child == 0)
		record(k, r->first);
	while (p->next == r->first && !p->failed)
		usleep(100);
	wait_for_moment(k);
	at_ns = clock_mono_ns();
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || p->failed)
		say_and_abort("the child ended by itself: %d", (int)p->failed);
	r->end = p->next + 1; /* one may have been put and not told */
	r->committed =
		p->committed_mono_ns ? made_tick_at(&k->made, p->committed_mono_ns) + 1 : r->first;
	k->tally.kills++;
	k->tally.commits += p->phase == WRITER_COMMITS;
	k->tally.rolls += p->phase == WRITER_ROLLS;
	k->tally.idle += p->phase == WRITER_IDLE;
	p->put_at_ns[r->end % TIMES] = at_ns;
	k->tally.ticks += r->end - r->first;
}

static void expect_integrity(const struct kill *k)
{
	struct statement s;
	char why[STORE_WHY];
	sqlite3 *db;

	if (store_connect(k->path, STORE_READ, NULL, &db, why) < 0)
		say_and_abort("%s does not open: %s", k->path, why);
	if (statement_open(db, "PRAGMA integrity_check", &s) < 0 || statement_next(&s) != 1 ||
		!str_is(statement_text(&s, 0), "ok"))
		say_and_abort("%s: integrity: %.*s", k->path, STR_ARG(statement_text(&s, 0)));
	statement_close(&s);
	sqlite3_close(db);
}

/* All that was ever committed to this file, as it was put. */
static void expect_ticks(struct kill *k)
{
	struct made_walked walked = { .seen = k->seen, .n_seen = MOST_TICKS };
	static const struct store_window everything;

	memset(k->seen, 0, MOST_TICKS * sizeof(*k->seen));
	made_walk(&k->made, k->path, &everything, &walked);
	if (walked.result == -ENODATA && k->rounds[0].committed == k->rounds[0].first)
		return;
	if (walked.result < 0 || walked.why[0] || walked.damage[0])
		say_and_abort("%s: %d %s %s", k->path, walked.result, walked.why, walked.damage);
	for (unsigned i = 0; i < k->n_rounds; i++)
		for (uint64_t tick = k->rounds[i].first; tick < k->rounds[i].committed; tick++)
			if (!k->seen[tick])
				say_and_abort("%s: tick %llu was committed, and is not there",
					k->path, (unsigned long long)tick);
	k->tally.checked += walked.n;
}

/* How long ago the first tick that is lost had been put. */
static void measure_loss(struct kill *k, const struct round *r, int64_t killed_at_ns)
{
	for (uint64_t tick = r->first; tick < r->end - 1; tick++) {
		int64_t lost_ns = killed_at_ns - k->page->put_at_ns[tick % TIMES];

		if (k->seen[tick])
			continue;
		if (lost_ns > k->tally.most_lost_ns)
			k->tally.most_lost_ns = lost_ns;
		return;
	}
}

static int64_t ask(const struct kill *k, const char *sql)
{
	char why[STORE_WHY];
	int64_t answer = -1;
	sqlite3 *db;

	if (store_connect(k->path, STORE_READ, NULL, &db, why) == 0) {
		statement_number(db, sql, &answer);
		sqlite3_close(db);
	}
	return answer;
}

/* With what a reader leaves beside it. */
static void remove_file(const struct kill *k)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[160];

	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(path, sizeof(path), "%s%s", k->path, ends[i]);
		remove(path);
	}
}

/* A recorder that is not killed leaves nothing undone of those that were. */
static void end_file(struct kill *k)
{
	struct writer_options o = options_of(k);
	char why[STORE_WHY];
	struct writer *w;

	if (writer_open(&o, &w, why) < 0 || writer_close(w) < 0)
		say_and_abort("%s: %s", k->path, why);
	expect_integrity(k);
	expect_ticks(k);
	if (ask(k, "SELECT count(*) FROM tail") != 0 ||
		ask(k, "SELECT count(*) FROM segment WHERE clean = 0") != 0)
		say_and_abort("%s: segments are tails still", k->path);
	k->n_rounds = 0;
	remove_file(k);
}

static void one_round(struct kill *k)
{
	struct round *r = &k->rounds[k->n_rounds];
	int64_t killed_at_ns;

	*r = (struct round){ .first = k->n_rounds ? k->rounds[k->n_rounds - 1].end + 1 : 0 };
	run_and_kill(k, r);
	killed_at_ns = k->page->put_at_ns[r->end % TIMES];
	k->n_rounds++;
	expect_integrity(k);
	expect_ticks(k);
	measure_loss(k, r, killed_at_ns);
	k->tally.tails += ask(k, "SELECT count(*) FROM tail") > 0;
	if (k->n_rounds == FILE_ROUNDS)
		end_file(k);
}

static void open_kill(struct kill *k)
{
	const char *tmp = getenv("TMPDIR"), *seed = getenv("FAULTLINE_SEED");

	*k = (struct kill){ .seen = calloc(MOST_TICKS, sizeof(bool)),
		.state = seed ? strtoull(seed, NULL, 10) | 1 : 20261121 };
	printf("FAULTLINE_SEED=%llu\n", (unsigned long long)k->state);
	snprintf(k->folder, sizeof(k->folder), "%.60s/faultline-kill-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(k->folder))
		say_and_abort("%s: no folder can be made there", k->folder);
	snprintf(k->path, sizeof(k->path), "%s/store", k->folder);
	k->page = mmap(
		NULL, sizeof(*k->page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	made_begin(&k->made, 0);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 50;
	struct kill k;
	const struct tally *t = &k.tally;

	open_kill(&k);
	while (k.tally.kills < n)
		one_round(&k);
	if (k.n_rounds)
		end_file(&k);
	if (rmdir(k.folder) < 0)
		say_and_abort("%s: something is left in it", k.folder);
	made_close(&k.made);
	free(k.seen);
	printf("%u kills: %u inside a commit, %u inside a roll-over, %u between; %u left tails\n",
		t->kills, t->commits, t->rolls, t->idle, t->tails);
	printf("%llu ticks put, %llu read back\n", (unsigned long long)t->ticks,
		(unsigned long long)t->checked);
	printf("commits every %d ms, the slowest took %lld ms: at most the last %lld ms lost\n",
		COMMIT_MS, (long long)k.page->slowest_commit_ns / MS_NS,
		(long long)t->most_lost_ns / MS_NS);
	printf("%d passed, %d failed\n", t->commits && t->rolls, !(t->commits && t->rolls));
	return t->commits && t->rolls ? 0 : 1;
}
