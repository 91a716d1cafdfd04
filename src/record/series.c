/* The runs of one series: of each segment only the head and the one chunk that holds it are read. */
#include <errno.h>

#include "base/own.h"
#include "record/column.h"
#include "record/head.h"
#include "record/load.h"
#include "record/read.h"
#include "record/statement.h"

enum { MOST_BYTES = 256 << 20 };

struct tick_state {
	int64_t wall_ns, mono_ns;
	int64_t value;
	bool there, has_value; /* has_value: a row says so in this tick */
};

struct series_read {
	struct store *store;
	const struct store_window *window;
	void (*point)(void *self, const struct store_point *p);
	void *self;
	/* in the numbers of the present era: */
	uint32_t who;
	uint16_t sig, sub;
	struct tick_state *ticks; /* of the present segment */
	uint32_t n_ticks, cap_ticks;
	struct pack plain;
	struct store_point last;
	bool any;
};

/* ---- runs ---- */

static void end_run(struct series_read *r)
{
	if (r->any)
		r->point(r->self, &r->last);
}

static void give_tick(struct series_read *r, const struct tick_state *t, bool there, int64_t value)
{
	int64_t at_ns = r->window->in_mono ? t->mono_ns : t->wall_ns;

	if ((r->window->first_ns && at_ns < r->window->first_ns) ||
		(r->window->last_ns && at_ns > r->window->last_ns))
		return;
	if (r->any && r->last.there == there && r->last.value == value) {
		r->last.repeat++;
		return;
	}
	end_run(r);
	r->last = (struct store_point){ t->wall_ns, t->mono_ns, there, value, 1 };
	r->any = true;
}

/* ---- a segment's ticks ---- */

static struct tick_state *add_tick(struct series_read *r)
{
	if (r->n_ticks == r->cap_ticks) {
		r->cap_ticks = r->cap_ticks ? r->cap_ticks * 2 : 512;
		r->ticks = own_grow(r->ticks, r->cap_ticks, sizeof(*r->ticks));
	}
	r->ticks[r->n_ticks] = (struct tick_state){ 0 };
	return &r->ticks[r->n_ticks++];
}

/* Of a packet's spans only those of this series count. */
static bool skim_spans(const struct series_read *r, str from, bool *there)
{
	uint64_t who, sig, first, more;

	while (from.n) {
		if (!unpack_number(&from, &who) || !unpack_number(&from, &sig) ||
			!unpack_number(&from, &first) || !unpack_number(&from, &more))
			return false;
		if (who == r->who && sig == r->sig && r->sub >= first >> 1 &&
			r->sub <= (first >> 1) + more)
			*there = !(first & 1);
	}
	return true;
}

static bool skim_tick(str from, struct tick_state *t, struct tick_state *clock)
{
	uint64_t flags;
	int64_t mono, wall;

	if (!unpack_number(&from, &flags) || !unpack_signed(&from, &mono) ||
		!unpack_signed(&from, &wall))
		return false;
	if (flags & PACKET_FULL)
		clock->mono_ns = clock->wall_ns = 0;
	clock->mono_ns = (int64_t)((uint64_t)clock->mono_ns + (uint64_t)mono);
	clock->wall_ns = (int64_t)((uint64_t)clock->wall_ns + (uint64_t)wall); /* the offset */
	t->mono_ns = clock->mono_ns;
	t->wall_ns = (int64_t)((uint64_t)clock->mono_ns + (uint64_t)clock->wall_ns);
	return true;
}

/* The times of all ticks, and whether the series was there: no more of the head is looked at. */
static bool skim_head(struct series_read *r, str head)
{
	struct tick_state clock = { 0 };
	bool there = false;
	str packet, payload;
	uint64_t kind;

	while (head.n) {
		struct tick_state *t = add_tick(r);

		if (!unpack_text(&head, &packet))
			return false;
		while (packet.n) {
			if (!unpack_number(&packet, &kind) || !unpack_text(&packet, &payload) ||
				(kind == SECTION_TICK && !skim_tick(payload, t, &clock)) ||
				(kind == SECTION_SPANS && !skim_spans(r, payload, &there)))
				return false;
		}
		t->there = there;
	}
	return true;
}

/* The column of the slot, in a chunk: 0, -ENODATA: it has no point there; -EBADMSG. */
static int take_column(struct series_read *r, str data, uint32_t wanted)
{
	struct column_reader reader;
	struct column_cursor cursor;
	uint32_t slot, tick;
	int64_t value;
	int e;

	r->plain.n = 0;
	e = unsqueeze(r->store->squeezer, data, MOST_BYTES, &r->plain);
	if (e == 0)
		e = columns_read((str){ r->plain.p, r->plain.n }, &reader);
	while (e == 0 && (e = columns_next(&reader, &slot, &cursor)) == 0 && slot != wanted)
		;
	while (e == 0 && (e = column_next(&cursor, &tick, &value)) == 0) {
		if (tick >= r->n_ticks)
			return -EBADMSG;
		r->ticks[tick].has_value = true;
		r->ticks[tick].value = value;
	}
	return e == -ENODATA ? 0 : e;
}

static int read_head(struct series_read *r, int64_t segment)
{
	uint64_t changed;
	int e;

	r->plain.n = 0;
	e = head_read(r->store->db, r->store->squeezer, segment, &r->plain, &changed);
	return e < 0 ? e : skim_head(r, (str){ r->plain.p, r->plain.n }) ? 0 : -EBADMSG;
}

static int read_columns(struct series_read *r, int64_t segment, int64_t era)
{
	struct statement s;
	int e = statement_open(r->store->db,
		"SELECT slot, data FROM series JOIN chunk ON chunk.grp = series.grp AND chunk.segment = ?"
		" WHERE era = ? AND signal = ? AND entity = ? AND sub = ? AND sum = sum_of(slot, signal, entity, sub)",
		&s);

	if (e == 0)
		e = statement_bind(&s, "iiiii", segment, era, (int64_t)r->sig, (int64_t)r->who,
			(int64_t)r->sub);
	while (e >= 0 && (e = statement_next(&s)) == 1) {
		e = take_column(r, statement_text(&s, 1), (uint32_t)statement_int(&s, 0));
		if (e < 0)
			break;
	}
	statement_close(&s);
	return e;
}

/* Of a segment that is tails still, all of it has to be read. */
static int read_tails(struct series_read *r, int64_t segment, int64_t era)
{
	struct packet_desk desk;
	const struct frame *frame = &desk.frame;
	struct load load = { 0 };
	struct packet p = { 0 };
	str packets;
	bool there = false;
	int e = packet_desk_open(&desk, PACKET_SCRATCH);

	if (e == 0)
		e = load_segment(&load, r->store->db, NULL, segment, era, false);
	store_note_damage(r->store, load.damage);
	packets = (str){ load.plain.p, load.plain.n };
	while (e == 0 && packet_next(&desk, &packets, &p) == 0) {
		struct tick_state *t;

		if (p.flags & PACKET_EVENTS)
			continue;
		t = add_tick(r);
		t->wall_ns = frame->wall_ns;
		t->mono_ns = frame->mono_ns;
		for (uint32_t i = 0; i < frame->n_spans; i++)
			if (frame->spans[i].who == r->who && frame->spans[i].sig == r->sig &&
				frame->spans[i].first <= r->sub && frame->spans[i].last >= r->sub)
				there = !frame->spans[i].gone;
		for (uint32_t i = 0; i < frame->n_rows; i++)
			if (frame->rows[i].who == r->who && frame->rows[i].sig == r->sig &&
				frame->rows[i].sub == r->sub) {
				t->has_value = true;
				t->value = frame->rows[i].value;
			}
		t->there = there;
	}
	packet_desk_close(&desk);
	load_close(&load);
	return e;
}

static void give_segment(struct series_read *r)
{
	int64_t value = 0;

	for (uint32_t i = 0; i < r->n_ticks; i++) {
		const struct tick_state *t = &r->ticks[i];

		if (t->has_value)
			value = t->value;
		if (!t->there)
			value = 0;
		give_tick(r, t, t->there, value);
	}
}

static int read_segment(struct series_read *r, int64_t segment, int64_t era, bool clean)
{
	int e;

	r->n_ticks = 0;
	e = clean ? read_head(r, segment) : read_tails(r, segment, era);
	if (e == -EBADMSG) {
		store_note_damage(
			r->store, "the head of a segment does not decode: it is left out");
		return 0;
	}
	if (e == 0 && clean)
		e = read_columns(r, segment, era);
	if (e == -EBADMSG) {
		store_note_damage(r->store, "a chunk does not decode: its values are not known");
		for (uint32_t i = 0; i < r->n_ticks; i++)
			r->ticks[i].there = false;
		e = 0;
	}
	if (e == 0)
		give_segment(r);
	return e;
}

/* ---- eras ---- */

/* 1: the era knows both names. */
static int find_names(struct series_read *r, int64_t era, str signal, str entity)
{
	struct statement s;
	int e = statement_open(r->store->db,
		"SELECT signal.id, entity.id FROM signal JOIN entity ON entity.era = signal.era"
		" WHERE signal.era = ? AND signal.name = ? AND entity.name = ?"
		" AND entity.sum = sum_of(entity.id, entity.name)",
		&s);

	if (e == 0)
		e = statement_bind(&s, "itt", era, signal, entity);
	if (e == 0)
		e = statement_next(&s);
	if (e == 1) {
		r->sig = (uint16_t)statement_int(&s, 0);
		r->who = (uint32_t)statement_int(&s, 1);
	}
	statement_close(&s);
	return e;
}

static int read_all(struct series_read *r, str signal, str entity)
{
	const char *order = r->window->in_mono
				    ? "SELECT id, era, clean FROM segment WHERE n_ticks > 0 AND"
				      " last_mono_ns >= ? AND first_mono_ns <= ? ORDER BY id"
				    : "SELECT id, era, clean FROM segment WHERE n_ticks > 0 AND"
				      " last_wall_ns >= ? AND first_wall_ns <= ? ORDER BY id";
	struct statement s;
	int64_t era = -1;
	bool known = false;
	int e = statement_open(r->store->db, order, &s);

	if (e == 0)
		e = statement_bind(&s, "ii", r->window->first_ns ? r->window->first_ns : INT64_MIN,
			r->window->last_ns ? r->window->last_ns : INT64_MAX);
	while (e >= 0 && (e = statement_next(&s)) == 1) {
		if (statement_int(&s, 1) != era) {
			era = statement_int(&s, 1);
			e = find_names(r, era, signal, entity);
			known = e == 1;
		}
		if (known)
			e = read_segment(r, statement_int(&s, 0), era, statement_int(&s, 2) != 0);
	}
	statement_close(&s);
	return e;
}

int store_series(struct store *s, str signal, str entity, unsigned sub,
	const struct store_window *window, void (*point)(void *self, const struct store_point *p),
	void *self)
{
	struct series_read r = {
		.store = s, .window = window, .point = point, .self = self, .sub = (uint16_t)sub
	};
	int e = store_errno(sqlite3_exec(s->db, "SAVEPOINT series", NULL, NULL, NULL));

	if (e == 0)
		e = read_all(&r, signal, entity);
	end_run(&r);
	sqlite3_exec(s->db, "RELEASE series", NULL, NULL, NULL);
	free(r.ticks);
	pack_free(&r.plain);
	return e;
}
