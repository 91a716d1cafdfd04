/* What packets say, done to a session: the state that the recorder had, in the numbers of this one. */
#include "record/apply.h"

int apply_open(struct apply *w, struct session *session)
{
	*w = (struct apply){ .session = session };
	names_map_open(&w->names, session);
	return packet_desk_open(&w->desk, PACKET_SCRATCH);
}

void apply_close(struct apply *w)
{
	packet_desk_close(&w->desk);
	names_map_close(&w->names);
}

void apply_begin_segment(struct apply *w, const struct load *load)
{
	w->load = load;
	w->desk.reader.begun = false;
	w->tick = w->row = 0;
}

int apply_read(struct apply *w, str *packets, struct packet *ret)
{
	return packet_next(&w->desk, packets, ret);
}

static bool has_hidden(const struct apply *w)
{
	return w->load && w->load->n_hidden;
}

static bool is_hidden(const struct load *l, uint32_t who, uint16_t sig, unsigned sub)
{
	for (uint32_t i = 0; i < l->n_hidden; i++)
		if (l->hidden[i].who == who && l->hidden[i].sig == sig && l->hidden[i].sub == sub)
			return true;
	return false;
}

/* ---- what a packet says, done to the session ---- */

static void set_cells(struct apply *w, const struct span *said, struct frame *out)
{
	struct span span = *said;
	struct block *b;
	bool news = false;

	if (!names_map_span(&w->names, &span))
		return;
	b = ledger_block(&w->session->ledger, 0, span.who, span.sig, span.last + 1u);
	for (unsigned sub = span.first; b && sub <= span.last; sub++) {
		uint64_t bit = UINT64_C(1) << (sub % 64);
		bool was = b->now[sub / 64] & bit;

		if (!span.gone && has_hidden(w) && is_hidden(w->load, said->who, said->sig, sub))
			continue;
		b->now[sub / 64] = span.gone ? b->now[sub / 64] & ~bit : b->now[sub / 64] | bit;
		if (span.gone)
			b->values[sub] = 0;
		if (was != span.gone)
			continue;
		news = true;
		if (out && has_hidden(w))
			frame_span(out, (struct span){ span.who, span.sig, (uint16_t)sub,
						(uint16_t)sub, span.gone });
	}
	if (out && news && !has_hidden(w))
		frame_span(out, span);
}

/* A text that the store does not have any more: nobody knows the value, until another one comes. */
static void unset_cell(struct block *b, const struct sample *row, struct frame *out)
{
	if (!block_has(b, row->sub))
		return;
	b->now[row->sub / 64] &= ~(UINT64_C(1) << (row->sub % 64));
	b->values[row->sub] = 0;
	if (out)
		frame_span(out, (struct span){ row->who, row->sig, row->sub, row->sub, true });
}

static void set_value(struct apply *w, struct sample row, struct frame *out)
{
	bool hidden = has_hidden(w) && is_hidden(w->load, row.who, row.sig, row.sub);
	bool known = names_map_value(&w->names, &row);
	struct block *b;

	if (hidden || !names_map_entity(&w->names, &row.who) ||
		!names_map_signal(&w->names, &row.sig))
		return;
	b = ledger_block(&w->session->ledger, 0, row.who, row.sig, row.sub + 1u);
	if (!b)
		return;
	if (!known) {
		unset_cell(b, &row, out);
		return;
	}
	if (out && !block_has(b, row.sub))
		frame_span(out, (struct span){ row.who, row.sig, row.sub, row.sub, false });
	b->now[row.sub / 64] |= UINT64_C(1) << (row.sub % 64);
	if (out && b->values[row.sub] != row.value)
		frame_row(out, row);
	b->values[row.sub] = row.value;
}

/* A clean segment has the rows beside its packets. */
static void set_values(struct apply *w, struct frame *out)
{
	const struct load *l = w->load;
	bool beside = l && l->clean;

	for (uint32_t i = 0; !beside && i < w->desk.frame.n_rows; i++)
		set_value(w, w->desk.frame.rows[i], out);
	for (; beside && w->row < l->n_rows && l->rows[w->row].tick <= w->tick; w->row++)
		set_value(w, l->rows[w->row].row, out);
}

/* A full packet is the whole state: what it does not name is gone, what has no row is 0. */
static void set_all(struct apply *w, struct frame *out)
{
	struct ledger *l = &w->session->ledger;
	struct ledger_copy before = { 0 };

	ledger_copy_take(l, &before);
	for (uint32_t i = 0; i < l->n; i++) {
		struct block *b = &l->blocks[i];

		memset(b->now, 0, (b->n + 63u) / 64 * sizeof(*b->now));
		memset(b->values, 0, b->n * sizeof(*b->values));
	}
	for (uint32_t i = 0; i < w->desk.frame.n_spans; i++)
		set_cells(w, &w->desk.frame.spans[i], NULL);
	set_values(w, NULL);
	if (out)
		ledger_changes(l, &before, out);
	ledger_copy_free(&before);
}

static void set_relations(struct apply *w, bool full, struct frame *out)
{
	struct relations *rs = &w->session->relations;
	uint32_t tick = w->session->ledger.tick;

	for (uint32_t i = 0; i < w->desk.frame.n_changes; i++) {
		struct relation_change c = w->desk.frame.changes[i];

		if (!names_map_change(&w->names, &c))
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

static void give_failure(struct apply *w, struct failure f, struct frame *out)
{
	if (names_map_failure(&w->names, &f))
		frame_failure(out, f);
}

static void give_read(struct apply *w, struct source_read read, struct frame *out)
{
	if (names_map_read_of(&w->names, &read))
		frame_read(out, read);
}

/* What a source said in an earlier tick than the first one that is given. */
static void give_earlier(struct apply *w, const struct packet_said *said, struct frame *out)
{
	struct source_read read = said->read;

	read.begin_ns = READ_EARLIER;
	give_read(w, read, out);
	for (uint32_t i = 0; i < said->n_failures; i++)
		give_failure(w, said->failures[i], out);
}

/* The first frame says of every source what it said last, whenever that was. */
static void give_reads(struct apply *w, bool all, struct frame *out)
{
	bool now[SOURCE_LIMIT] = { 0 };

	for (uint32_t i = 0; i < w->desk.frame.n_reads; i++) {
		now[w->desk.frame.reads[i].source] = true;
		give_read(w, w->desk.frame.reads[i], out);
	}
	for (uint32_t i = 0; i < w->desk.frame.n_failures; i++)
		give_failure(w, w->desk.frame.failures[i], out);
	for (unsigned i = 0; all && i < SOURCE_LIMIT; i++)
		if (!now[i] && w->desk.reader.said[i].read.begin_ns)
			give_earlier(w, &w->desk.reader.said[i], out);
}

void apply_packet(struct apply *w, const struct packet *p, bool gives, struct frame *out)
{
	bool full = p->flags & PACKET_FULL;
	struct frame *changes = gives && w->begun ? out : NULL;

	frame_clear(out);
	out->wall_ns = w->desk.frame.wall_ns;
	out->mono_ns = w->desk.frame.mono_ns;
	out->boot_ns = w->desk.frame.boot_ns;
	out->dropped = w->desk.frame.dropped;
	out->fast = w->desk.frame.fast;
	w->session->ledger.tick++;
	if (full)
		set_all(w, changes);
	for (uint32_t i = 0; !full && i < w->desk.frame.n_spans; i++)
		set_cells(w, &w->desk.frame.spans[i], changes);
	if (!full)
		set_values(w, changes);
	set_relations(w, full, out);
	w->tick++;
	if (!gives)
		return;
	if (!w->begun)
		ledger_changes(&w->session->ledger, &(struct ledger_copy){ 0 }, out);
	give_reads(w, !w->begun, out);
	w->begun = true;
}
