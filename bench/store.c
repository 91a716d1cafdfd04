/*
 * What does it cost to keep what was sampled? usage: bench-store [TICKS of the day]. Two parts:
 *
 * The made host with many interrupts, parsed, packed and stored each tick. CPU is that of the whole
 * process without the making of the host's files, the store's closing included.
 *
 * A simulated day of 5,000 series, through two writers at once: one keeps all, and of its store one
 * series is read back and compared; the other has less room than it needs and must stay within it.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "big_host.h"
#include "figures.h"

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "collect/run.h"
#include "record/keep.h"
#include "record/store.h"
#include "record/writer.h"

/* 98 % of the cells of the one host of which such figures are known are 0. */
enum { MOST_WAIT_S = 60, NONZERO_PERCENT = 2 };
enum { BIG_TICKS = 300, LIMIT_BIG_MS = 10, LIMIT_BIG_KB = 5 << 10, LIMIT_BIG_BYTES = 64 << 10 };
enum {
	DAY_TICKS = 86400,
	HOUR_TICKS = 3600,
	READS = 5,
	LIMIT_READ_MS = 100,
	LIMIT_DAY_KB = 1 << 10
};
enum { ENTITIES = 50, BUSY = 18, QUIET = 42, GAUGES = 20, STATES = 20, SERIES = ENTITIES * 100 };
static const int64_t keep_bytes = 64 << 20;

extern const struct collector interrupts_collector, softnet_collector;
static const struct collector *const both[] = { &interrupts_collector, &softnet_collector };

/* ---- a store, and what it needs beside it ---- */

struct place {
	char dir[64], path[96];
};

static void place_open(struct place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof(p->dir), "%.40s/faultline-XXXXXX", tmp ? tmp : "/var/tmp");
	if (!mkdtemp(p->dir))
		say_and_abort(
			"%s: %s; set TMPDIR to a place with 1 GB of room", p->dir, strerror(errno));
	snprintf(p->path, sizeof(p->path), "%s/store", p->dir);
}

static const char *const file_ends[] = { "", "-wal", "-shm" };
enum { FILE_ENDS = sizeof(file_ends) / sizeof(*file_ends) };

static void place_close(const struct place *p)
{
	char name[128];

	for (size_t i = 0; i < FILE_ENDS; i++) {
		snprintf(name, sizeof(name), "%s%s", p->path, file_ends[i]);
		unlink(name);
	}
	rmdir(p->dir);
}

/* Of the file and its log, as anyone sees them. */
static int64_t place_bytes(const struct place *p)
{
	char name[128];
	struct stat about;
	int64_t bytes = 0;

	for (size_t i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s", p->path, file_ends[i]);
		if (stat(name, &about) == 0)
			bytes += about.st_size;
	}
	return bytes;
}

/* Of the pages in use: what tails took until they were rolled over is taken again by the next ones. */
static int64_t place_used_bytes(const struct place *p)
{
	char why[STORE_WHY];
	struct statements statements = { 0 };
	struct store *store;
	int64_t bytes = 0;

	if (store_open(p->path, &store, why) < 0)
		say_and_abort("%s: %s", p->path, why);
	statements.db = store_db(store);
	if (keep_used_bytes(&statements, &bytes) < 0)
		say_and_abort("%s: %s", p->path, sqlite3_errmsg(statements.db));
	statements_close(&statements);
	store_close(store);
	return bytes;
}

/* A writer, and what tells when it has committed. */
struct keeper {
	struct place place;
	struct writer *writer;
	sem_t committed;
	int phase; /* of the writer's thread */
};

static void note_phase(void *self, int phase)
{
	struct keeper *k = self;

	if (k->phase == WRITER_COMMITS && phase == WRITER_IDLE)
		sem_post(&k->committed);
	k->phase = phase;
}

static void keeper_open(struct keeper *k, int64_t most_bytes)
{
	char why[STORE_WHY];
	int r;

	place_open(&k->place);
	sem_init(&k->committed, 0, 0);
	/* a commit a packet: as many as a recorder makes, however fast the day goes by */
	r = writer_open(&(struct writer_options){ .path = k->place.path,
				.boot_id = "bench",
				.host = "bench",
				.release = "bench",
				.every_ns = SECOND_NS,
				.keep_bytes = most_bytes,
				.commit_ns = 1,
				.phase = note_phase,
				.self = k },
		&k->writer, why);
	if (r < 0)
		say_and_abort("%s: %s (%s)", k->place.path, strerror(-r), why);
}

static void keeper_put(struct keeper *k, const struct pack *packet, unsigned flags)
{
	if (!writer_put(k->writer, (str){ packet->p, packet->n }, flags & PACKET_FULL))
		say_and_abort("%s: a packet of %zu bytes did not fit", k->place.path, packet->n);
}

/* The next tick comes in a second: by then this one is in the store. */
static void keeper_wait(struct keeper *k)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += MOST_WAIT_S;
	while (sem_timedwait(&k->committed, &until) < 0)
		if (errno != EINTR)
			say_and_abort("%s: the writer does not commit any more: %s", k->place.path,
				strerror(-writer_status(k->writer)->error));
}

/* The store stays. Returns the segments that went to keep it small. */
static uint64_t keeper_finish(struct keeper *k)
{
	uint64_t lost = writer_status(k->writer)->lost;
	uint64_t dropped = writer_status(k->writer)->dropped_segments;
	int r = writer_close(k->writer);

	if (r < 0 || lost)
		say_and_abort("%s: %s; %llu ticks lost", k->place.path, strerror(-r),
			(unsigned long long)lost);
	return dropped;
}

static void keeper_close(struct keeper *k)
{
	place_close(&k->place);
	sem_destroy(&k->committed);
}

/* Prints a figure and its limit; false when it is over. */
static bool judge(const char *what, double figure, double limit, const char *unit)
{
	bool fine = figure <= limit;

	printf("%-28s %10.2f %-10s at most %.0f%s\n", what, figure, unit, limit,
		fine ? "" : "  OVER THE LIMIT");
	return fine;
}

/* ---- the big host ---- */

struct big {
	struct session session;
	struct frame frame;
	struct packet_writer packets;
	struct pack packet;
	struct run *run;
	struct keeper keeper;
	int64_t parse_ns[BIG_TICKS], pack_ns[BIG_TICKS];
};

static void open_big(struct big *b, const struct big_host *h, struct host **door)
{
	static const struct run_options options = { .budget_ns = SECOND_NS }; /* never skip */

	if (host_tree(h->root, door) < 0 || session_open(&b->session) < 0 ||
		frame_open(&b->frame) < 0 ||
		run_open(*door, &b->session, both, sizeof(both) / sizeof(*both), &options,
			&b->run) < 0)
		say_and_abort("%s: no session; is there memory?", h->root);
}

static void close_big(struct big *b, struct host *door)
{
	packet_writer_close(&b->packets);
	pack_free(&b->packet);
	run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	host_close(door);
}

static unsigned flags_of(const struct keeper *k, unsigned nth)
{
	return (nth == 0 ? PACKET_RENEWS | PACKET_FULL : 0) |
	       (writer_status(k->writer)->wants_full ? PACKET_FULL : 0);
}

static void big_tick(struct big *b, unsigned nth)
{
	unsigned flags = flags_of(&b->keeper, nth);
	int64_t begin_ns = clock_thread_cpu_ns(), parsed_ns;

	run_tick(b->run, &b->frame);
	parsed_ns = clock_thread_cpu_ns();
	b->packet.n = 0;
	packet_write(&b->packets, &b->frame, clock_mono_ns(), NULL, 0, flags, &b->packet);
	keeper_put(&b->keeper, &b->packet, flags);
	b->parse_ns[nth] = parsed_ns - begin_ns;
	b->pack_ns[nth] = clock_thread_cpu_ns() - parsed_ns;
	keeper_wait(&b->keeper);
}

/* CPU of all threads but the calling one; those that have ended count. */
static int64_t other_threads_ns(void)
{
	return clock_cpu_ns() - clock_thread_cpu_ns();
}

static bool report_big(struct big *b, int64_t writer_ns, long parse_kb, long store_kb)
{
	double per_tick = ms(writer_ns) / BIG_TICKS;
	double bytes = (double)place_used_bytes(&b->keeper.place) / BIG_TICKS;
	bool fine;

	sort_by_size(b->parse_ns, BIG_TICKS);
	sort_by_size(b->pack_ns, BIG_TICKS);
	printf("%d ticks of %d lines of %d CPUs: parsing %.2f ms, packing %.2f ms (medians), writer "
	       "%.2f ms a tick, its roll-overs included\n",
		BIG_TICKS, BIG_HOST_LINES, BIG_HOST_CPUS, ms(b->parse_ns[BIG_TICKS / 2]),
		ms(b->pack_ns[BIG_TICKS / 2]), per_tick);
	printf("memory: %ld kB for parsing, %ld kB more for storing; the file has %.0f bytes a tick, with "
	       "pages that are free\n",
		parse_kb, store_kb, (double)place_bytes(&b->keeper.place) / BIG_TICKS);
	per_tick += ms(b->parse_ns[BIG_TICKS / 2]) + ms(b->pack_ns[BIG_TICKS / 2]);
	fine = judge("parse and store, a tick", per_tick, LIMIT_BIG_MS, "ms of CPU");
	fine &= judge("memory for storing", (double)store_kb, LIMIT_BIG_KB, "kB");
	return judge("stored, a tick", bytes, LIMIT_BIG_BYTES, "bytes") && fine;
}

static bool measure_big(unsigned n_ticks)
{
	OWN_MEMORY struct big *b = own_alloc(1, sizeof(*b));
	struct big_host *h = big_host_open(NONZERO_PERCENT);
	long before_kb = resident_kb(), parse_kb, store_kb;
	int64_t writer_ns;
	struct host *door;
	bool fine;

	open_big(b, h, &door);
	for (unsigned i = 0; i < 3; i++)
		run_tick(b->run, &b->frame);
	parse_kb = resident_kb() - before_kb;
	writer_ns = -other_threads_ns();
	keeper_open(&b->keeper, 0);
	packet_writer_open(&b->packets, &b->session);
	for (unsigned i = 0; i < n_ticks; i++) {
		big_host_move(h);
		big_tick(b, i);
	}
	store_kb = resident_kb() - before_kb - parse_kb;
	keeper_finish(&b->keeper);
	writer_ns += other_threads_ns();
	fine = report_big(b, writer_ns, parse_kb, store_kb);
	keeper_close(&b->keeper);
	close_big(b, door);
	big_host_close(h);
	return fine;
}

/* ---- the day ---- */

static const struct signal day_signals[] = {
	{ .name = "net.bench.busy",
		.kind = COUNTER,
		.unit = BYTES,
		.scope = NETDEV,
		.sub = BY_CPU },
	{ .name = "net.bench.quiet",
		.kind = COUNTER,
		.unit = PACKETS,
		.scope = NETDEV,
		.sub = BY_CPU },
	{ .name = "net.bench.gauge", .kind = GAUGE, .unit = ONE, .scope = NETDEV, .sub = BY_CPU },
	{ .name = "net.bench.state", .kind = STATE, .unit = ONE, .scope = NETDEV, .sub = BY_CPU },
};
enum { DAY_SIGNALS = sizeof(day_signals) / sizeof(*day_signals) };
static const unsigned cells_of[DAY_SIGNALS] = { BUSY, QUIET, GAUGES, STATES };

/* The series that is read back. */
enum { READ_ENTITY = 7, READ_SUB = 3 };

struct day {
	struct session session;
	struct frame frame;
	struct packet_writer packets;
	struct pack packet;
	uint64_t seed, rows;
	uint16_t first_signal;
	uint32_t who[ENTITIES];
	int64_t rates[ENTITIES][BUSY], values[ENTITIES][DAY_SIGNALS][QUIET];
	struct keeper all, bounded;
	int64_t most_bytes;
	unsigned n_ticks;
	int64_t written[DAY_TICKS];
};

/* xorshift64*: the same day on every machine */
static uint32_t draw(struct day *d, uint32_t below)
{
	d->seed ^= d->seed >> 12;
	d->seed ^= d->seed << 25;
	d->seed ^= d->seed >> 27;
	return (uint32_t)((d->seed * 0x2545f4914f6cdd1du) >> 33) % below;
}

/*
 * Some three tenths of all change: busy counters, each with a rate of its own that is a fifth more or
 * less from tick to tick; quiet ones once in fifty; half of the gauges; a state twice a day.
 */
static int64_t next_value(struct day *d, unsigned entity, unsigned signal, unsigned sub)
{
	int64_t was = d->values[entity][signal][sub], rate = d->rates[entity][sub % BUSY];

	switch (day_signals[signal].kind) {
	case COUNTER:
		if (signal == 0)
			return was + rate * (80 + draw(d, 41)) / 100;
		return was + (draw(d, 50) == 0 ? 1 + draw(d, 20) : 0);
	case GAUGE:
		return sub % 2 ? was : rate + draw(d, 1000);
	default:
		return draw(d, DAY_TICKS / 2) == 0 ? draw(d, 4) : was;
	}
}

static void open_day(struct day *d, unsigned n_ticks)
{
	d->seed = 20261122;
	d->n_ticks = n_ticks;
	memset(d->written, 1,
		sizeof(d->written)); /* its pages are there before memory is looked at */
	if (session_open(&d->session) < 0 || frame_open(&d->frame) < 0)
		say_and_abort("no session; is there memory?");
	d->first_signal = catalog_link(&d->session.catalog, day_signals, DAY_SIGNALS);
	for (unsigned i = 0; i < DAY_SIGNALS; i++)
		d->session.sources[d->session.n_sources++] =
			(struct source){ .path = day_signals[i].name,
				.collector = "bench",
				.first_signal = (uint16_t)(d->first_signal + i),
				.n_signals = 1 };
	for (unsigned i = 0; i < ENTITIES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "eth%u", i);
		d->who[i] = entity_add(&d->session.entities, NETDEV, "", str_of(name));
		for (unsigned j = 0; j < BUSY; j++)
			for (d->rates[i][j] = 20; draw(d, 8);)
				d->rates[i][j] *= 2 + draw(d, 2);
	}
	packet_writer_open(&d->packets, &d->session);
	keeper_open(&d->all, 0);
	keeper_open(&d->bounded, keep_bytes);
}

static void close_day(struct day *d)
{
	packet_writer_close(&d->packets);
	pack_free(&d->packet);
	frame_close(&d->frame);
	session_close(&d->session);
	keeper_close(&d->all);
	keeper_close(&d->bounded);
}

static void day_cells(struct day *d, unsigned entity)
{
	struct ledger *l = &d->session.ledger;

	for (unsigned signal = 0; signal < DAY_SIGNALS; signal++) {
		struct block *b = ledger_block(l, 0, d->who[entity],
			(uint16_t)(d->first_signal + signal), cells_of[signal]);

		for (unsigned sub = 0; b && sub < cells_of[signal]; sub++) {
			int64_t value = next_value(d, entity, signal, sub);

			d->values[entity][signal][sub] = value;
			ledger_write(l, &d->frame, b, sub, value);
		}
	}
}

static void day_frame(struct day *d, unsigned tick)
{
	struct frame *f = &d->frame;

	frame_clear(f);
	f->mono_ns = f->boot_ns = (1000 + (int64_t)tick) * SECOND_NS;
	f->wall_ns = f->mono_ns + 1763750400 * SECOND_NS;
	d->session.ledger.tick++;
	for (unsigned i = 0; i < ENTITIES; i++)
		day_cells(d, i);
	ledger_seal(&d->session.ledger, f, 0);
	for (uint16_t i = 0; i < d->session.n_sources; i++)
		frame_read(f, (struct source_read){ .source = i,
				      .files = 1,
				      .begin_ns = f->mono_ns,
				      .end_ns = f->mono_ns + MS_NS });
	d->written[tick] = d->values[READ_ENTITY][0][READ_SUB];
	d->rows += f->n_rows;
}

static void day_tick(struct day *d, unsigned tick)
{
	unsigned flags = flags_of(&d->all, tick) | flags_of(&d->bounded, tick);

	day_frame(d, tick);
	d->packet.n = 0;
	packet_write(
		&d->packets, &d->frame, d->frame.mono_ns + 5 * MS_NS, NULL, 0, flags, &d->packet);
	keeper_put(&d->all, &d->packet, flags);
	keeper_put(&d->bounded, &d->packet, flags);
	keeper_wait(&d->all);
	keeper_wait(&d->bounded);
	if (place_bytes(&d->bounded.place) > d->most_bytes)
		d->most_bytes = place_bytes(&d->bounded.place);
}

/* What a series gives back against what was written. */
struct comparison {
	const struct day *day;
	unsigned tick, wrong;
};

static void compare(void *self, const struct store_point *p)
{
	struct comparison *c = self;

	for (uint32_t i = 0; i < p->repeat; i++, c->tick++)
		c->wrong += c->tick >= c->day->n_ticks || !p->there ||
			    p->value != c->day->written[c->tick];
}

static bool read_series(const struct day *d)
{
	char why[STORE_WHY], entity[] = "netdev:eth7";
	int64_t series_ns[READS], begin_ns = clock_mono_ns(), open_ns, first_ns = 0;
	const struct store_window all = { 0 };
	struct store *store;
	bool right = true;

	if (store_open(d->all.place.path, &store, why) < 0)
		say_and_abort("%s: %s", d->all.place.path, why);
	open_ns = clock_mono_ns() - begin_ns;
	for (unsigned i = 0; i < READS; i++) {
		struct comparison c = { .day = d };
		int r;

		begin_ns = clock_mono_ns();
		series_ns[i] = -clock_thread_cpu_ns();
		r = store_series(store, str_of(day_signals[0].name), str_of(entity), READ_SUB, &all,
			compare, &c);
		series_ns[i] += clock_thread_cpu_ns();
		first_ns = first_ns ? first_ns : clock_mono_ns() - begin_ns;
		right = right && r == 0 && c.tick == d->n_ticks && c.wrong == 0;
	}
	printf("opening the store took %.2f ms, reading a series the first time %.2f ms: %s\n",
		ms(open_ns), ms(first_ns),
		right ? "every value as written" : "NOT WHAT WAS WRITTEN");
	store_close(store);
	sort_by_size(series_ns, READS);
	/* the least, as noise only adds */
	return judge("one series of the day", ms(series_ns[0]), LIMIT_READ_MS, "ms of CPU") &&
	       right;
}

/* The bounded store has the end of the day, and no more than it may. */
static bool judge_bounded(const struct day *d, uint64_t dropped)
{
	char why[STORE_WHY];
	struct store_about about;
	struct store *store;
	bool whole;

	if (store_open(d->bounded.place.path, &store, why) < 0)
		say_and_abort("%s: %s", d->bounded.place.path, why);
	whole = store_about(store, &about) == 0 && about.last_mono_ns == d->frame.mono_ns;
	printf("with a bound of %lld MiB: %llu of %u ticks are kept, %llu segments went: %s\n",
		(long long)(keep_bytes >> 20), (unsigned long long)about.n_ticks, d->n_ticks,
		(unsigned long long)dropped,
		!whole    ? "ITS END IS MISSING"
		: dropped ? "the newest"
			  : "IT WAS NEVER FULL");
	store_close(store);
	return judge("the bounded store, at most", (double)d->most_bytes, (double)keep_bytes,
		       "bytes") &&
	       whole && dropped;
}

static bool measure_day(unsigned n_ticks)
{
	OWN_MEMORY struct day *d = own_alloc(1, sizeof(*d));
	int64_t begin_ns = clock_mono_ns(), writers_ns = -other_threads_ns();
	long hour_kb = 0, end_kb;
	uint64_t dropped;
	bool fine;

	open_day(d, n_ticks);
	for (unsigned tick = 0; tick < n_ticks; tick++) {
		day_tick(d, tick);
		if (tick + 1 == HOUR_TICKS)
			hour_kb = resident_kb();
	}
	end_kb = resident_kb();
	keeper_finish(&d->all);
	dropped = keeper_finish(&d->bounded);
	writers_ns += other_threads_ns();
	printf("\n%u ticks of %d series, %.0f rows a tick changed, in %.0f s: %.2f bytes a value, "
	       "%.2f a changed one, %.2f ms of the writer a tick\n",
		n_ticks, SERIES, (double)d->rows / n_ticks, ms(clock_mono_ns() - begin_ns) / 1000,
		(double)place_used_bytes(&d->all.place) / n_ticks / SERIES,
		(double)place_used_bytes(&d->all.place) / (double)d->rows,
		ms(writers_ns) / 2 / n_ticks);
	printf("memory: %ld kB after the first hour, %ld kB at the end\n", hour_kb, end_kb);
	fine = judge(
		"growth behind the first hour", (double)(end_kb - hour_kb), LIMIT_DAY_KB, "kB");
	fine &= judge_bounded(d, dropped);
	fine &= read_series(d);
	close_day(d);
	return fine;
}

/* In a process of its own: what one part leaves in the heap is no memory of the other. */
static bool alone(bool (*measure)(unsigned n), unsigned n)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		exit(measure(n) ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	uint64_t ticks = DAY_TICKS;
	bool fine;

	if (argc > 2 || (argc == 2 && (str_u64(str_of(argv[1]), &ticks) < 0 || ticks > DAY_TICKS)))
		say_and_abort("usage: bench-store [TICKS of the day, up to 86400; 0: without it]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	fine = alone(measure_big, BIG_TICKS);
	fine &= ticks == 0 || alone(measure_day, (unsigned)ticks);
	puts(fine ? "fine" : "OVER A LIMIT");
	return fine ? 0 : 1;
}
