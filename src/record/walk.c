/* A walk through a store: frame after frame, as if the session had been there. */
#include <errno.h>

#include "base/own.h"
#include "record/apply.h"
#include "record/read.h"
#include "record/statement.h"

struct stretch {
	int64_t id, era, offset_ns; /* offset_ns: wall less monotonic clock at its first tick */
	bool clean;
};

struct store_walk {
	struct store *store;
	struct session *session;
	struct store_window window;
	struct stretch *stretches;
	uint32_t n, next; /* next: to be loaded */
	struct load load;
	str packets; /* of the present segment, still to come */
	bool in_segment;
	int64_t version; /* of the store when the names were read */
	struct apply apply;
	struct events *events;
};

/*
 * One snapshot for each segment, not for all: a reader that takes its time (a pager does) would keep
 * the recorder from ever emptying its log.
 */
static int begin_snapshot(struct store *s)
{
	return store_errno(sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL));
}

static void end_snapshot(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
}

/* ---- which segments ---- */

static int find_boot(struct store *s, const struct store_window *w, char boot[64])
{
	struct statement last;
	int64_t first_ns = w->first_ns && !w->in_mono ? w->first_ns : INT64_MIN;
	int64_t last_ns = w->last_ns && !w->in_mono ? w->last_ns : INT64_MAX;
	int r = statement_open(s->db,
		"SELECT boot_id FROM segment JOIN era ON era.id = era WHERE n_ticks > 0"
		" AND last_wall_ns >= ? AND first_wall_ns <= ? ORDER BY segment.id DESC LIMIT 1",
		&last);

	if (r == 0)
		r = statement_bind(&last, "ii", first_ns, last_ns);
	if (r == 0)
		r = statement_next(&last);
	if (r == 1) {
		str text = statement_text(&last, 0);
		size_t n = text.n < 63 ? text.n : 63;

		memcpy(boot, text.p, n);
		boot[n] = '\0';
	}
	statement_close(&last);
	return r == 1 ? 0 : r < 0 ? r : -ENODATA;
}

/* Of that boot, those that overlap with the window; the ticks of other boots in it are counted. */
static int find_stretches(struct store_walk *w, const char *boot, uint64_t *ret_earlier)
{
	const struct store_window *window = &w->window;
	struct statement s;
	int r = statement_open(w->store->db,
		"SELECT segment.id, era, clean, n_ticks, first_wall_ns, last_wall_ns, first_mono_ns, last_mono_ns,"
		" boot_id = ? FROM segment JOIN era ON era.id = era WHERE n_ticks > 0 ORDER BY segment.id",
		&s);
	uint32_t cap = 0;

	if (r == 0)
		r = statement_bind(&s, "t", str_of(boot));
	while (r >= 0 && (r = statement_next(&s)) == 1) {
		bool own = statement_int(&s, 8);
		int64_t first = statement_int(&s, window->in_mono ? 6 : 4);
		int64_t last = statement_int(&s, window->in_mono ? 7 : 5);

		if ((window->first_ns && last < window->first_ns) ||
			(window->last_ns && first > window->last_ns))
			continue;
		if (!own) {
			*ret_earlier += window->in_mono ? 0 : (uint64_t)statement_int(&s, 3);
			continue;
		}
		if (w->n == cap) {
			cap = cap ? cap * 2 : 64;
			w->stretches = own_grow(w->stretches, cap, sizeof(*w->stretches));
		}
		w->stretches[w->n++] = (struct stretch){ statement_int(&s, 0), statement_int(&s, 1),
			statement_int(&s, 4) - statement_int(&s, 6), statement_int(&s, 2) != 0 };
	}
	statement_close(&s);
	return r;
}

int store_walk_open(struct store *s, struct session *session, const struct store_window *window,
	struct store_walk **ret, uint64_t *ret_earlier)
{
	struct store_walk *w = own_alloc(1, sizeof(*w));
	char boot[64] = "";
	int r;

	*w = (struct store_walk){ .store = s, .session = session, .window = *window };
	*ret_earlier = 0;
	r = apply_open(&w->apply, session);
	if (r == 0)
		r = begin_snapshot(s);
	if (r == 0)
		r = find_boot(s, window, boot);
	if (r == 0)
		r = find_stretches(w, boot, ret_earlier);
	end_snapshot(s);
	if (r == 0 && w->n == 0)
		r = -ENODATA;
	if (r < 0) {
		store_walk_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct store_walk *store_walk_close(struct store_walk *w)
{
	if (!w)
		return NULL;
	apply_close(&w->apply);
	load_close(&w->load);
	free(w->stretches);
	free(w);
	return NULL;
}

/* ---- events ---- */

static enum stamp stamp_of(str text)
{
	return str_is(text, "mono") ? MONO_STAMP : str_is(text, "wall") ? WALL_STAMP : NO_STAMP;
}

static enum event_severity severity_of(str text)
{
	for (int i = 0; i < EVENT_SEVERITIES; i++)
		if (str_is(text, event_severity_names[i]))
			return (enum event_severity)i;
	return EVENT_INFO;
}

/* By the clock of the window; what has no time at all belongs to where it stands. */
static bool is_in_window(const struct store_walk *w, const struct event *e, int64_t offset_ns)
{
	int64_t mono_ns = e->stamp == MONO_STAMP   ? e->at_ns
			  : e->stamp == WALL_STAMP ? e->at_ns - offset_ns
						   : e->arrival_lo_ns;
	int64_t at_ns = w->window.in_mono ? mono_ns : mono_ns + offset_ns;

	return !((w->window.first_ns && at_ns < w->window.first_ns) ||
		 (w->window.last_ns && at_ns > w->window.last_ns));
}

static int load_events(struct store_walk *w, const struct stretch *at)
{
	struct statement s;
	int r = statement_open(w->store->db,
		"SELECT stamp, at_ns, arrival_lo_ns, arrival_hi_ns, signal, entity, severity, count, text, id,"
		" sum = sum_of(stamp, at_ns, arrival_lo_ns, arrival_hi_ns, signal, entity, severity, count, text)"
		" FROM event WHERE segment = ? ORDER BY id",
		&s);

	if (r == 0)
		r = statement_bind(&s, "i", at->id);
	while (r >= 0 && (r = statement_next(&s)) == 1) {
		struct event e = {
			.stamp = stamp_of(statement_text(&s, 0)),
			.at_ns = statement_int(&s, 1),
			.arrival_lo_ns = statement_int(&s, 2),
			.arrival_hi_ns = statement_int(&s, 3),
			.sig = (uint16_t)statement_int(&s, 4),
			.who = (uint32_t)statement_int(&s, 5),
			.severity = severity_of(statement_text(&s, 6)),
			.count = (uint32_t)statement_int(&s, 7),
			.text = statement_text(&s, 8),
			.line = (uint64_t)statement_int(&s, 9),
		};

		if (!statement_int(&s, 10))
			store_note_damage(
				w->store, "an event does not have its sum: it is left out");
		else if (names_map_entity(&w->apply.names, &e.who) &&
			 names_map_signal(&w->apply.names, &e.sig) &&
			 is_in_window(w, &e, at->offset_ns))
			events_add(w->events, &e);
	}
	statement_close(&s);
	return r;
}

/* ---- segments ---- */

/* It may have been rolled over since, or dropped: -ENOENT. */
static int find_again(struct store *s, struct stretch *at)
{
	struct statement found;
	int r = statement_open(s->db, "SELECT clean FROM segment WHERE id = ?", &found);

	if (r == 0)
		r = statement_bind(&found, "i", at->id);
	if (r == 0)
		r = statement_next(&found);
	if (r == 1)
		at->clean = statement_int(&found, 0) != 0;
	statement_close(&found);
	return r == 1 ? 0 : r < 0 ? r : -ENOENT;
}

/* Names and rows of one segment, as they are at this moment. */
static int load_stretch(struct store_walk *w, struct stretch *at)
{
	int64_t era = w->in_segment ? w->load.era : 0, version = 0;
	int r = find_again(w->store, at);

	if (r == 0)
		r = statement_number(w->store->db, "PRAGMA data_version", &version);
	if (r == 0 && (at->era != era || version != w->version))
		r = names_map_read(&w->apply.names, w->store->db, at->era);
	w->version = version;
	if (r == 0)
		r = load_segment(
			&w->load, w->store->db, w->store->squeezer, at->id, at->era, at->clean);
	store_note_damage(w->store, w->load.damage);
	w->in_segment = true;
	apply_begin_segment(&w->apply, &w->load);
	w->packets = (str){ w->load.plain.p, r == 0 ? w->load.plain.n : 0 };
	return r == 0 && w->events ? load_events(w, at) : r;
}

static int load_next(struct store_walk *w)
{
	int r = begin_snapshot(w->store);

	if (r == 0)
		r = load_stretch(w, &w->stretches[w->next]);
	w->next++;
	end_snapshot(w->store);
	if (r < 0) {
		w->packets.n = 0;
		w->load.era = 0; /* its names may be read half */
		store_note_damage(w->store, r == -ENOENT
						    ? "a segment went while the store was read"
						    : "a segment cannot be read: it is left out");
	}
	return r == -ENOMEM ? r : 0;
}

/* ---- ticks ---- */

static bool is_before(const struct store_walk *w, const struct frame *f)
{
	return w->window.first_ns &&
	       (w->window.in_mono ? f->mono_ns : f->wall_ns) < w->window.first_ns;
}

static bool is_behind(const struct store_walk *w, const struct frame *f)
{
	return w->window.last_ns &&
	       (w->window.in_mono ? f->mono_ns : f->wall_ns) > w->window.last_ns;
}

/* The next packet, of whichever segment. 0, -ENODATA, -ENOMEM. */
static int next_packet(struct store_walk *w, struct packet *p)
{
	for (;;) {
		int r;

		if (w->packets.n == 0) {
			if (w->next == w->n)
				return -ENODATA;
			r = load_next(w);
			if (r < 0)
				return r;
			continue;
		}
		r = apply_read(&w->apply, &w->packets, p);
		if (r == 0 && !(p->flags & PACKET_EVENTS))
			return 0;
		if (r == 0) /* no tick: its names and events are rows of the store */
			continue;
		store_note_damage(w->store,
			"a packet does not decode: what follows in its segment is left out");
		w->packets.n = 0;
	}
}

int store_walk_next(
	struct store_walk *w, struct frame *ret, int64_t *ret_end_ns, struct events *events)
{
	struct packet p = { 0 };
	int r;

	w->events = events;
	while ((r = next_packet(w, &p)) == 0) {
		bool gives = !is_before(w, &w->apply.desk.frame);

		if (is_behind(w, &w->apply.desk.frame))
			return -ENODATA;
		apply_packet(&w->apply, &p, gives, ret);
		if (!gives)
			continue;
		*ret_end_ns = p.end_ns;
		if (w->apply.names.missing)
			store_note_damage(
				w->store, "rows of numbers that have no name are left out");
		return 0;
	}
	return r;
}
