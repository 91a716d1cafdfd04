/* The writer's thread: packets to tails, segments to chunks, the oldest away. */
#include "record/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"
#include "record/dictionary.h"
#include "record/hold.h"
#include "record/keep.h"
#include "record/leftover.h"
#include "record/statement.h"
#include "record/tail.h"

enum {
	QUEUE_BYTES = 4 << 20,
	HOLD_BYTES = 8 << 20,
	SEGMENT_MEMORY = 1 << 20, /* a segment that takes more ends early */
	WAL_BYTES = 2 << 20,      /* the bound on bytes leaves that much for the log */
};
static const int64_t usual_segment_ns = 300 * SECOND_NS, usual_commit_ns = SECOND_NS;

struct writer {
	struct writer_options options;
	struct writer_status status;
	sqlite3 *db;
	struct statements statements; /* of every commit */
	int lock_fd;
	pthread_t thread;
	/* shared with the sampler: */
	pthread_mutex_t mutex;
	pthread_cond_t wakes;
	struct pack incoming;
	bool closing, broken;
	unsigned fulls; /* full packets in `incoming` */
	/* the thread's own: */
	struct pack taken;
	unsigned fulls_taken; /* full packets in `taken` that are still to come */
	struct packet_desk desk;
	struct segment segment;
	bool growing; /* a segment has begun */
	struct squeezer *squeezer;
	struct holds holds;
	int64_t next_era, next_segment, era, commit_due_ns, segment_begin_ns;
	uint32_t next_group;
	uint64_t n_lost_told;   /* in the segments so far */
	uint64_t n_lost_stored; /* and in those of which a commit has some */
	size_t full_bytes;      /* what the first packet of the segment took in memory */
	bool unrolled;          /* some segment before the present one is tails still */
};

static void phase(struct writer *w, int which)
{
	if (w->options.phase)
		w->options.phase(w->options.self, which);
}

/* Nothing to wish for when a full packet is under way already. */
static void wish_for_full(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	if (w->fulls + w->fulls_taken == 0)
		w->status.wants_full = true;
	pthread_mutex_unlock(&w->mutex);
}

static int begin(struct writer *w)
{
	return statements_run(&w->statements, "BEGIN IMMEDIATE", "");
}

/* What failed so far decides. */
static int end(struct writer *w, int r)
{
	if (r == 0)
		r = statements_run(&w->statements, "COMMIT", "");
	if (r < 0 && !sqlite3_get_autocommit(w->db))
		sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

/* ---- commits ---- */

static int store_era(struct writer *w, int64_t era, int64_t wall_ns)
{
	const struct writer_options *o = &w->options;

	return statements_run(&w->statements,
		"INSERT OR IGNORE INTO era VALUES (?, ?, ?, ?, ?, ?, ?)", "ittttii", era,
		str_of(o->boot_id), str_of(o->host), str_of(o->release), STR(FAULTLINE_VERSION),
		o->every_ns, wall_ns);
}

static int store_about_segment(struct writer *w, const struct segment_about *a)
{
	return statements_run(&w->statements,
		"INSERT INTO segment (id, era, first_wall_ns, last_wall_ns, first_mono_ns, last_mono_ns,"
		" n_ticks, n_values, n_changed, n_lost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (id) DO UPDATE SET last_wall_ns = excluded.last_wall_ns,"
		" last_mono_ns = excluded.last_mono_ns, n_ticks = excluded.n_ticks,"
		" n_values = excluded.n_values, n_changed = excluded.n_changed, n_lost = excluded.n_lost",
		"iiiiiiiiii", a->id, a->era, a->first_wall_ns, a->last_wall_ns, a->first_mono_ns,
		a->last_mono_ns, (int64_t)a->n_ticks, (int64_t)a->n_values, (int64_t)a->n_changed,
		(int64_t)a->n_lost);
}

static int store_held(struct writer *w, const struct held *h)
{
	str packets = { h->packets.p, h->packets.n };
	int r = store_era(w, h->about.era, h->about.first_wall_ns);

	if (r == 0)
		r = store_about_segment(w, &h->about);
	if (r == 0)
		r = dictionary_store(
			&w->statements, packets, h->about.era, h->about.id, &w->desk.scratch);
	if (r == 0)
		r = tail_write(&w->statements, h->about.id, packets);
	return r;
}

static struct keep keep_of(const struct writer *w)
{
	const struct writer_options *o = &w->options;

	return (struct keep){
		.bytes = o->keep_bytes ? o->keep_bytes - WAL_BYTES : 0,
		.since_wall_ns = o->keep_ns ? clock_wall_ns() - o->keep_ns : 0,
		.present = w->holds.n > 1 ? w->holds.items[0].about.id : w->segment.about.id,
		.era = w->era,
		.first_group = w->segment.first_group,
	};
}

static void measure_file(struct writer *w)
{
	char wal[4096];
	struct stat about;
	int64_t bytes = 0;

	if (stat(w->options.path, &about) == 0)
		bytes = about.st_size;
	snprintf(wal, sizeof(wal), "%s-wal", w->options.path);
	if (stat(wal, &about) == 0)
		bytes += about.st_size;
	w->status.file_bytes = bytes;
}

static int commit_held(struct writer *w)
{
	struct keep keep = keep_of(w);
	uint64_t dropped = 0;
	int r = begin(w);

	if (r == 0)
		r = keep_within(&w->statements, &keep, (int64_t)holds_bytes(&w->holds), &dropped);
	for (unsigned i = 0; r == 0 && i < w->holds.n; i++)
		if (w->holds.items[i].packets.n)
			r = store_held(w, &w->holds.items[i]);
	r = end(w, r);
	if (r == 0)
		w->status.dropped_segments += dropped;
	return r;
}

/* The segment cannot go on: what it has in the store is rolled over late, and a new one has to begin. */
static void break_segment(struct writer *w)
{
	w->unrolled = w->unrolled || w->growing;
	w->growing = false;
	wish_for_full(w);
}

/* The disk took nothing for long: what is held goes. */
static void give_up_held(struct writer *w)
{
	w->status.lost += holds_ticks(&w->holds);
	holds_clear(&w->holds);
	w->n_lost_told = w->n_lost_stored;
	break_segment(w);
}

static bool commit(struct writer *w)
{
	int64_t begin_ns = clock_mono_ns();
	size_t bytes = holds_bytes(&w->holds);
	int r;

	w->commit_due_ns = begin_ns + w->options.commit_ns;
	if (bytes == 0)
		return true;
	phase(w, WRITER_COMMITS);
	r = commit_held(w);
	phase(w, WRITER_IDLE);
	w->status.error = r;
	if (r < 0) {
		w->status.failures++;
		if (bytes > w->options.hold_bytes)
			give_up_held(w);
	} else {
		w->status.commits++;
		w->status.bytes += bytes;
		w->status.committed_mono_ns = holds_last(&w->holds)->about.last_mono_ns;
		w->n_lost_stored = w->n_lost_told;
		holds_clear(&w->holds);
	}
	w->status.held_bytes = (int64_t)holds_bytes(&w->holds);
	measure_file(w);
	if (clock_mono_ns() - begin_ns > w->status.slowest_commit_ns)
		w->status.slowest_commit_ns = clock_mono_ns() - begin_ns;
	return r == 0;
}

/* ---- roll-over ---- */

static int roll_segment(void *self, struct segment *s)
{
	struct writer *w = self;
	struct keep keep = keep_of(w);
	uint64_t dropped = 0, bytes = 0;
	int r = begin(w);

	keep.present = s->about.id;
	phase(w, WRITER_ROLLS);
	if (r == 0)
		r = keep_within(&w->statements, &keep, (int64_t)segment_bytes(s), &dropped);
	if (r == 0)
		r = segment_roll(s, w->db, w->squeezer, &bytes);
	r = end(w, r);
	phase(w, WRITER_IDLE);
	segment_rolled(s, r == 0);
	if (r == 0) {
		w->status.segments++;
		w->status.dropped_segments += dropped;
	}
	w->status.error = r;
	return r;
}

static void end_segment(struct writer *w)
{
	if (!w->growing)
		return;
	if (!commit(w) || roll_segment(w, &w->segment) < 0)
		w->unrolled = true;
	w->growing = false;
	squeezer_rest(w->squeezer);
	malloc_trim(0);
	measure_file(w);
}

/* Groups that leftovers took are none of the present era's any more: it begins with others. */
static void roll_leftovers(struct writer *w)
{
	if (w->era)
		w->next_group = w->segment.first_group + w->segment.n_groups;
	/* what is held of them belongs to their tails */
	if (!w->unrolled || w->status.error < 0 || !commit(w))
		return;
	w->unrolled = leftovers_roll(w->db, roll_segment, w, &w->next_group) < 0;
	segment_begin_era(&w->segment, w->next_group);
}

/* ---- packets ---- */

static void begin_segment(struct writer *w, const struct packet *p, int64_t mono_ns)
{
	bool renews = p->flags & PACKET_RENEWS || !w->era;

	end_segment(w);
	roll_leftovers(w);
	if (renews)
		w->era = w->next_era++;
	if (renews || segment_is_sparse(&w->segment))
		segment_begin_era(&w->segment, w->next_group);
	segment_begin(&w->segment, w->next_segment++, w->era);
	w->segment.about.n_lost = w->status.lost - w->n_lost_told;
	w->n_lost_told = w->status.lost;
	w->segment_begin_ns = mono_ns;
	w->full_bytes = 0;
	w->growing = true;
}

static void hold(struct writer *w, str packet, bool is_tick)
{
	struct held *h = holds_of(&w->holds, w->segment.about.id);

	if (!h) {
		give_up_held(w);
		w->status.lost += is_tick;
		return;
	}
	pack_bytes(&h->packets, packet);
	h->about = w->segment.about;
	h->n_ticks += is_tick;
}

/* A host whose full packet alone takes more memory than a segment should has no use for another one. */
static void wish_for_a_new_segment(struct writer *w, int64_t mono_ns)
{
	size_t bytes = segment_bytes(&w->segment), most = 2 * w->full_bytes;

	if (mono_ns - w->segment_begin_ns >= w->options.segment_ns ||
		mono_ns < w->segment_begin_ns ||
		bytes > (most > SEGMENT_MEMORY ? most : SEGMENT_MEMORY) ||
		segment_is_crowded(&w->segment))
		wish_for_full(w);
}

static void take_packet(struct writer *w, str packet, const struct packet *p)
{
	bool is_tick = !(p->flags & PACKET_EVENTS);

	if (p->flags & PACKET_FULL) {
		w->fulls_taken -= w->fulls_taken > 0;
		begin_segment(w, p, w->desk.frame.mono_ns);
	}
	if (!w->growing) {
		w->status.lost += is_tick;
		wish_for_full(w);
		return;
	}
	if (is_tick)
		segment_take(&w->segment, p, &w->desk.frame);
	if (!w->full_bytes)
		w->full_bytes = segment_bytes(&w->segment);
	hold(w, packet, is_tick);
	w->status.packets++;
	if (w->growing)
		wish_for_a_new_segment(w, w->segment.about.last_mono_ns);
}

static void take_all(struct writer *w)
{
	str rest = { w->taken.p, w->taken.n };
	struct packet p = { 0 };

	while (rest.n) {
		str packet = rest;

		if (packet_next(&w->desk, &rest, &p) == 0) {
			packet.n -= rest.n;
			take_packet(w, packet, &p);
		} else {
			w->status.lost++;
			w->fulls_taken = 0; /* it may have been one */
			break_segment(w);
			if (rest.n == packet.n) /* not even its length can be read */
				rest.n = 0;
		}
		if (clock_mono_ns() >= w->commit_due_ns)
			commit(w);
	}
	w->taken.n = 0;
}

/* ---- the thread ---- */

/* Waits for packets, or until the next commit is due. False when it is over. */
static bool wait_for_packets(struct writer *w)
{
	struct pack swap;
	struct timespec until = { w->commit_due_ns / SECOND_NS, w->commit_due_ns % SECOND_NS };
	bool waits = holds_bytes(&w->holds) > 0, closing;

	pthread_mutex_lock(&w->mutex);
	while (w->incoming.n == 0 && !w->closing) {
		if (!waits)
			pthread_cond_wait(&w->wakes, &w->mutex);
		else if (pthread_cond_timedwait(&w->wakes, &w->mutex, &until) == ETIMEDOUT)
			break;
	}
	swap = w->incoming;
	w->incoming = w->taken;
	w->taken = swap;
	closing = w->closing;
	w->fulls_taken = w->fulls;
	w->fulls = 0;
	pthread_mutex_unlock(&w->mutex);
	return !closing || w->taken.n;
}

static void *writer_thread(void *self)
{
	struct writer *w = self;
	struct timespec cpu;

	while (wait_for_packets(w)) {
		take_all(w);
		if (clock_mono_ns() >= w->commit_due_ns)
			commit(w);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
		w->status.cpu_ns = (int64_t)cpu.tv_sec * SECOND_NS + cpu.tv_nsec;
	}
	end_segment(w);
	commit(w);
	roll_leftovers(w);
	/* one that fails leaves a file that is larger than it could be, and right */
	keep_give_back(&w->statements, w->options.keep_bytes);
	measure_file(w);
	return NULL;
}

/* ---- opening and closing ---- */

static int lock_store(struct writer *w)
{
	w->lock_fd = open(w->options.path, O_RDONLY | O_CLOEXEC);
	if (w->lock_fd < 0)
		return -errno;
	return flock(w->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0
	       : errno == EWOULDBLOCK                    ? -EBUSY
							 : -errno;
}

static int read_numbers(struct writer *w)
{
	int64_t era = 0, segment = 0, group = 0;
	int r = statement_number(w->db, "SELECT max(id) FROM era", &era);

	if (r == 0)
		r = statement_number(w->db, "SELECT max(id) FROM segment", &segment);
	if (r == 0)
		r = statement_number(w->db, "SELECT max(grp) FROM series", &group);
	w->next_era = era + 1;
	w->next_segment = segment + 1;
	w->next_group = (uint32_t)group + 1;
	return r;
}

static void free_all(struct writer *w)
{
	statements_close(&w->statements);
	sqlite3_close_v2(w->db);
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	pack_free(&w->incoming);
	pack_free(&w->taken);
	holds_close(&w->holds);
	packet_desk_close(&w->desk);
	segment_close(&w->segment);
	squeezer_close(w->squeezer);
	free(w);
}

static int open_memory(struct writer *w)
{
	holds_open(&w->holds);
	w->squeezer = squeezer_open();
	segment_open(&w->segment);
	return packet_desk_open(&w->desk, PACKET_SCRATCH);
}

static int open_store(struct writer *w, char why[static STORE_WHY])
{
	/* one that is there is locked before anything of it is touched */
	int r = lock_store(w);

	if (r == 0 || r == -ENOENT)
		r = store_connect(w->options.path, STORE_WRITE, w->options.vfs, &w->db, why);
	w->statements.db = w->db;
	if (r == 0 && w->lock_fd < 0)
		r = lock_store(w);
	if (r == 0)
		r = read_numbers(w);
	if (r == 0)
		r = leftovers_roll(w->db, roll_segment, w, &w->next_group);
	if (r < 0 && !why[0])
		snprintf(why, STORE_WHY, "%s", w->db ? sqlite3_errmsg(w->db) : "");
	return r;
}

static int start_thread(struct writer *w)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&w->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wakes, &attributes);
	pthread_condattr_destroy(&attributes);
	return -pthread_create(&w->thread, NULL, writer_thread, w);
}

int writer_open(
	const struct writer_options *options, struct writer **ret, char why[static STORE_WHY])
{
	struct writer *w = own_alloc(1, sizeof(*w));
	struct writer_options *o = &w->options;
	int r;

	*o = *options;
	o->segment_ns = o->segment_ns ? o->segment_ns : usual_segment_ns;
	o->commit_ns = o->commit_ns ? o->commit_ns : usual_commit_ns;
	o->queue_bytes = o->queue_bytes ? o->queue_bytes : QUEUE_BYTES;
	o->hold_bytes = o->hold_bytes ? o->hold_bytes : HOLD_BYTES;
	w->lock_fd = -1;
	w->status.wants_full = true;
	why[0] = '\0';
	r = open_memory(w);
	if (r == 0)
		r = open_store(w, why);
	measure_file(w);
	if (r == 0)
		r = start_thread(w);
	if (r < 0) {
		free_all(w);
		return r;
	}
	*ret = w;
	return 0;
}

bool writer_put(struct writer *w, str packet, bool full)
{
	bool fits;

	pthread_mutex_lock(&w->mutex);
	/* one that is longer than the queue goes when nothing else is there: none shorter may come */
	fits = (full || !w->broken) &&
	       (w->incoming.n + packet.n <= w->options.queue_bytes || (full && w->incoming.n == 0));
	if (fits) {
		pack_bytes(&w->incoming, packet);
		w->fulls += full;
	}
	w->broken = !fits;
	w->status.lost += !fits;
	if (!fits || full)
		w->status.wants_full = !fits;
	pthread_cond_signal(&w->wakes);
	pthread_mutex_unlock(&w->mutex);
	return fits;
}

const struct writer_status *writer_status(const struct writer *w)
{
	return &w->status;
}

int writer_close(struct writer *w)
{
	int r;

	pthread_mutex_lock(&w->mutex);
	w->closing = true;
	pthread_cond_signal(&w->wakes);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	r = w->status.error;
	pthread_cond_destroy(&w->wakes);
	pthread_mutex_destroy(&w->mutex);
	free_all(w);
	return r;
}
