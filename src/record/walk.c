/* A walk through a store: frame after frame, as if the session had been there. */
#include <errno.h>

#include "base/own.h"
#include "record/load.h"
#include "record/names_map.h"
#include "record/read.h"
#include "record/statement.h"

enum { SCRATCH_BYTES = 64 << 20 };

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
	str packets;        /* of the present segment, still to come */
	uint32_t tick, row; /* in it */
	bool in_segment, broken, begun;
	struct packet_reader reader;
	struct frame said; /* as the packet has it */
	struct arena scratch;
	struct names_map names;
	struct events *events;
};

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
	packet_reader_open(&w->reader);
	names_map_open(&w->names, session);
	*ret_earlier = 0;
	r = frame_open(&w->said) < 0 || arena_open(&w->scratch, SCRATCH_BYTES) < 0 ? -ENOMEM : 0;
	/* one snapshot for all of it, whatever a recorder does meanwhile */
	if (r == 0)
		r = store_errno(sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL));
	if (r == 0)
		r = find_boot(s, window, boot);
	if (r == 0)
		r = find_stretches(w, boot, ret_earlier);
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
	if (!sqlite3_get_autocommit(w->store->db))
		sqlite3_exec(w->store->db, "COMMIT", NULL, NULL, NULL);
	packet_reader_close(&w->reader);
	names_map_close(&w->names);
	frame_close(&w->said);
	arena_close(&w->scratch);
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
		"SELECT stamp, at_ns, arrival_lo_ns, arrival_hi_ns, signal, entity, severity, count, text, id"
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

		if (names_map_entity(&w->names, &e.who) && names_map_signal(&w->names, &e.sig) &&
			is_in_window(w, &e, at->offset_ns))
			events_add(w->events, &e);
	}
	statement_close(&s);
	return r;
}

/* ---- segments ---- */

static int load_next(struct store_walk *w)
{
	const struct stretch *at = &w->stretches[w->next++];
	int64_t era = w->in_segment ? w->load.era : 0;
	int r = 0;

	if (at->era != era)
		r = names_map_read(&w->names, w->store->db, at->era);
	if (r == 0)
		r = load_segment(
			&w->load, w->store->db, w->store->squeezer, at->id, at->era, at->clean);
	store_note_damage(w->store, w->load.damage);
	w->in_segment = true;
	w->reader.begun = false;
	w->tick = w->row = 0;
	w->packets = (str){ w->load.plain.p, r == 0 ? w->load.plain.n : 0 };
	if (r == 0 && w->events)
		r = load_events(w, at);
	if (r < 0) {
		w->packets.n = 0;
		w->load.era = 0; /* its names may be read half */
		store_note_damage(w->store, "a segment cannot be read: it is left out");
	}
	return r == -ENOMEM ? r : 0;
}

static bool is_hidden(const struct load *l, uint32_t who, uint16_t sig, unsigned sub)
{
	for (uint32_t i = 0; i < l->n_hidden; i++)
		if (l->hidden[i].who == who && l->hidden[i].sig == sig && l->hidden[i].sub == sub)
			return true;
	return false;
}

/* ---- what a packet says, done to the session ---- */

static void set_cells(struct store_walk *w, const struct span *said, struct frame *out)
{
	struct span span = *said;
	struct block *b;
	bool news = false;

	if (!names_map_entity(&w->names, &span.who) || !names_map_signal(&w->names, &span.sig))
		return;
	b = ledger_block(&w->session->ledger, 0, span.who, span.sig, span.last + 1u);
	for (unsigned sub = span.first; b && sub <= span.last; sub++) {
		uint64_t bit = UINT64_C(1) << (sub % 64);
		bool was = b->now[sub / 64] & bit;

		if (!span.gone && w->load.n_hidden &&
			is_hidden(&w->load, said->who, said->sig, sub))
			continue;
		b->now[sub / 64] = span.gone ? b->now[sub / 64] & ~bit : b->now[sub / 64] | bit;
		if (span.gone)
			b->values[sub] = 0;
		if (was != span.gone)
			continue;
		news = true;
		if (out && w->load.n_hidden)
			frame_span(out, (struct span){ span.who, span.sig, (uint16_t)sub,
						(uint16_t)sub, span.gone });
	}
	if (out && news && !w->load.n_hidden)
		frame_span(out, span);
}

static void set_value(struct store_walk *w, struct sample row, struct frame *out)
{
	struct block *b;

	if (!names_map_row(&w->names, &row))
		return;
	b = ledger_block(&w->session->ledger, 0, row.who, row.sig, row.sub + 1u);
	if (!b || !block_has(b, row.sub))
		return;
	if (out && b->values[row.sub] != row.value)
		frame_row(out, row);
	b->values[row.sub] = row.value;
}

/* A clean segment has the rows beside its packets. */
static void set_values(struct store_walk *w, struct frame *out)
{
	const struct load *l = &w->load;

	if (!l->clean)
		for (uint32_t i = 0; i < w->said.n_rows; i++)
			set_value(w, w->said.rows[i], out);
	for (; l->clean && w->row < l->n_rows && l->rows[w->row].tick <= w->tick; w->row++)
		set_value(w, l->rows[w->row].row, out);
}

static void report_block(const struct block *b, const struct ledger_copy *before,
	const struct ledger *l, struct frame *out)
{
	for (unsigned sub = 0; sub < b->n; sub++) {
		int64_t value = 0;
		bool was = ledger_copy_value(before, l, b, sub, &value), is = block_has(b, sub);

		if (was != is)
			frame_span(out,
				(struct span){ b->who, b->sig, (uint16_t)sub, (uint16_t)sub, was });
		if (is && b->values[sub] != value)
			frame_row(out,
				(struct sample){ b->who, b->sig, (uint16_t)sub, b->values[sub] });
	}
}

/* A full packet is the whole state: what it does not name is gone, what has no row is 0. */
static void set_all(struct store_walk *w, struct frame *out)
{
	struct ledger *l = &w->session->ledger;
	struct ledger_copy before = { 0 };

	ledger_copy_take(l, &before);
	for (uint32_t i = 0; i < l->n; i++) {
		struct block *b = &l->blocks[i];

		memset(b->now, 0, (b->n + 63u) / 64 * sizeof(*b->now));
		memset(b->values, 0, b->n * sizeof(*b->values));
	}
	for (uint32_t i = 0; i < w->said.n_spans; i++)
		set_cells(w, &w->said.spans[i], NULL);
	set_values(w, NULL);
	for (uint32_t i = 0; out && i < l->n; i++)
		report_block(&l->blocks[i], &before, l, out);
	ledger_copy_free(&before);
}

static void set_relations(struct store_walk *w, bool full, struct frame *out)
{
	struct relations *rs = &w->session->relations;
	uint32_t tick = w->session->ledger.tick;

	for (uint32_t i = 0; i < w->said.n_changes; i++) {
		struct relation_change c = w->said.changes[i];

		if (!names_map_entity(&w->names, &c.a) || !names_map_entity(&w->names, &c.b))
			continue;
		if (c.gone)
			relation_end(rs, c.a, c.via, c.b, c.at_ns);
		else
			relation_say(rs, c.a, c.via, c.b, SAID_BY_LOG, tick, c.at_ns);
		if (!full)
			frame_change(out, c);
	}
	for (uint32_t i = 0; full && i < rs->n; i++)
		if (!rs->items[i].gone && rs->items[i].tick != tick) {
			rs->items[i].gone = true;
			rs->items[i].until_ns = out->mono_ns;
		}
}

static void give_failure(struct store_walk *w, struct failure f, struct frame *out)
{
	if (f.source >= SOURCE_LIMIT || w->names.sources[f.source] == UINT16_MAX ||
		(f.who != ENTITY_NONE && !names_map_entity(&w->names, &f.who)))
		return;
	f.source = w->names.sources[f.source];
	frame_failure(out, f);
}

static void give_read(struct store_walk *w, struct source_read read, struct frame *out)
{
	read.source = read.source < SOURCE_LIMIT ? w->names.sources[read.source] : UINT16_MAX;
	if (read.source != UINT16_MAX)
		frame_read(out, read);
}

/* The first frame says of every source what it said last, whenever that was. */
static void give_reads(struct store_walk *w, bool all, struct frame *out)
{
	for (uint32_t i = 0; !all && i < w->said.n_reads; i++)
		give_read(w, w->said.reads[i], out);
	for (uint32_t i = 0; !all && i < w->said.n_failures; i++)
		give_failure(w, w->said.failures[i], out);
	for (unsigned i = 0; all && i < SOURCE_LIMIT; i++) {
		const struct packet_said *said = &w->reader.said[i];

		if (said->read.begin_ns)
			give_read(w, said->read, out);
		for (uint32_t k = 0; said->read.begin_ns && k < said->n_failures; k++)
			give_failure(w, said->failures[k], out);
	}
}

static void give_state(const struct ledger *l, struct frame *out)
{
	struct ledger_copy nothing = { 0 };

	for (uint32_t i = 0; i < l->n; i++)
		report_block(&l->blocks[i], &nothing, l, out);
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
		arena_release(&w->scratch, w->scratch.base);
		r = packet_read(&w->reader, &w->packets, &w->scratch, &w->said, p);
		if (r == 0)
			return 0;
		store_note_damage(w->store,
			"a packet does not decode: what follows in its segment is left out");
		w->packets.n = 0;
	}
}

/* True when the tick is to be given out. */
static bool take_packet(struct store_walk *w, const struct packet *p, struct frame *out)
{
	bool full = p->flags & PACKET_FULL, gives = !is_before(w, &w->said);
	struct frame *changes = gives && w->begun ? out : NULL;

	frame_clear(out);
	out->wall_ns = w->said.wall_ns;
	out->mono_ns = w->said.mono_ns;
	out->boot_ns = w->said.boot_ns;
	out->dropped = w->said.dropped;
	out->fast = w->said.fast;
	w->session->ledger.tick++;
	if (full)
		set_all(w, changes);
	for (uint32_t i = 0; !full && i < w->said.n_spans; i++)
		set_cells(w, &w->said.spans[i], changes);
	if (!full)
		set_values(w, changes);
	set_relations(w, full, out);
	w->tick++;
	if (!gives)
		return false;
	if (!w->begun)
		give_state(&w->session->ledger, out);
	give_reads(w, !w->begun, out);
	w->begun = true;
	return true;
}

int store_walk_next(
	struct store_walk *w, struct frame *ret, int64_t *ret_end_ns, struct events *events)
{
	struct packet p;
	int r;

	w->events = events;
	while ((r = next_packet(w, &p)) == 0) {
		if (is_behind(w, &w->said))
			return -ENODATA;
		if (!take_packet(w, &p, ret))
			continue;
		*ret_end_ns = p.end_ns;
		if (w->names.missing)
			store_note_damage(
				w->store, "rows of numbers that have no name are left out");
		return 0;
	}
	return r;
}
