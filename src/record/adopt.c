/* Packets of another process, done to a session that has a tick of its own. */
#include "record/adopt.h"

#include <errno.h>

#include "host/host.h"

int adopt_open(struct adopt *a, struct session *session, unsigned first_source, unsigned n_sources)
{
	*a = (struct adopt){
		.session = session, .first_source = first_source, .n_sources = n_sources
	};
	names_map_open(&a->names, session);
	return packet_desk_open(&a->desk, PACKET_SCRATCH);
}

void adopt_close(struct adopt *a)
{
	packet_desk_close(&a->desk);
	names_map_close(&a->names);
}

/* What the other one says of the host is what it costs: this process says that of itself. */
static bool is_ours(const struct adopt *a, uint32_t who, uint16_t sig)
{
	const struct session *s = a->session;

	return !(entity_scope(&s->entities, who) == HOST &&
		 str_starts(str_of(catalog_get(&s->catalog, sig)->name), STR("self.")));
}

static struct block *block_of(struct adopt *a, uint32_t who, uint16_t sig, unsigned n)
{
	return is_ours(a, who, sig) ? ledger_block(&a->session->ledger, ADOPT_OWNER, who, sig, n)
				    : NULL;
}

/* ---- the whole state: written as a collector writes, and what is not written is gone ---- */

static void write_row(struct adopt *a, struct sample row, struct frame *out)
{
	struct block *b =
		names_map_row(&a->names, &row) ? block_of(a, row.who, row.sig, row.sub + 1u) : NULL;

	if (b)
		ledger_write(&a->session->ledger, out, b, row.sub, row.value);
}

/* A cell that has no row is 0. */
static void write_zeros(struct adopt *a, struct span span, struct frame *out)
{
	struct ledger *l = &a->session->ledger;
	struct block *b = NULL;

	if (!span.gone && names_map_span(&a->names, &span))
		b = block_of(a, span.who, span.sig, span.last + 1u);
	for (unsigned sub = span.first; b && sub <= span.last; sub++)
		if (b->tick != l->tick || !block_has(b, sub))
			ledger_write(l, out, b, sub, 0);
}

static void write_all(struct adopt *a, struct frame *out)
{
	for (uint32_t i = 0; i < a->desk.frame.n_rows; i++)
		write_row(a, a->desk.frame.rows[i], out);
	for (uint32_t i = 0; i < a->desk.frame.n_spans; i++)
		write_zeros(a, a->desk.frame.spans[i], out);
	ledger_seal(&a->session->ledger, out, ADOPT_OWNER);
}

/* ---- what changed ---- */

static void change_span(struct adopt *a, struct span span, struct frame *out)
{
	struct block *b = NULL;

	if (names_map_span(&a->names, &span))
		b = block_of(a, span.who, span.sig, span.last + 1u);
	for (unsigned sub = span.first; b && sub <= span.last; sub++) {
		uint64_t bit = UINT64_C(1) << (sub % 64);

		b->now[sub / 64] = span.gone ? b->now[sub / 64] & ~bit : b->now[sub / 64] | bit;
		if (span.gone)
			b->values[sub] = 0;
	}
	if (b)
		frame_span(out, span);
}

static void change_row(struct adopt *a, struct sample row, struct frame *out)
{
	struct block *b =
		names_map_row(&a->names, &row) ? block_of(a, row.who, row.sig, row.sub + 1u) : NULL;

	if (b && block_has(b, row.sub) && frame_row(out, row))
		b->values[row.sub] = row.value;
}

/* What was read and did not change is not in the packet, and was read all the same. */
static void mark_read(struct adopt *a)
{
	const struct session *s = a->session;
	bool declared[SIGNAL_LIMIT] = { 0 }, read[SIGNAL_LIMIT] = { 0 };
	struct ledger *l = &a->session->ledger;

	for (unsigned i = 0; i < a->n_sources; i++)
		for (unsigned k = 0; k < s->sources[a->first_source + i].n_signals; k++)
			declared[s->sources[a->first_source + i].first_signal + k] = true;
	for (uint32_t i = 0; i < a->desk.frame.n_reads; i++) {
		uint16_t source = a->names.sources[a->desk.frame.reads[i].source];

		for (unsigned k = 0; source < s->n_sources && k < s->sources[source].n_signals; k++)
			read[s->sources[source].first_signal + k] = true;
	}
	for (uint32_t at = l->heads[ADOPT_OWNER]; at; at = l->blocks[at - 1].next) {
		struct block *b = &l->blocks[at - 1];

		/* what no table declares belongs to some source of it */
		if (read[b->sig] || (!declared[b->sig] && !a->desk.frame.fast))
			b->tick = l->tick;
	}
}

static void change_cells(struct adopt *a, struct frame *out)
{
	for (uint32_t i = 0; i < a->desk.frame.n_spans; i++)
		change_span(a, a->desk.frame.spans[i], out);
	for (uint32_t i = 0; i < a->desk.frame.n_rows; i++)
		change_row(a, a->desk.frame.rows[i], out);
	mark_read(a);
}

/* ---- relations, reads, failures ---- */

static void end_relation(struct adopt *a, struct relation_change c, struct frame *out)
{
	relation_end(&a->session->relations, c.a, c.via, c.b, c.at_ns);
	c.gone = true;
	frame_change(out, c);
}

static void take_relations(struct adopt *a, struct frame *out)
{
	struct session *s = a->session;

	for (uint32_t i = 0; i < a->desk.frame.n_changes; i++) {
		struct relation_change c = a->desk.frame.changes[i];

		if (!names_map_change(&a->names, &c))
			continue;
		if (c.gone)
			end_relation(a, c, out);
		else if (relation_say(&s->relations, c.a, c.via, c.b, ADOPT_OWNER, s->ledger.tick,
				 c.at_ns))
			frame_change(out, c);
	}
}

/* Those that were not said in this tick. */
static void end_unsaid(struct adopt *a, struct frame *out)
{
	const struct relations *rs = &a->session->relations;

	for (uint32_t i = 0; i < rs->n; i++) {
		const struct relation *r = &rs->items[i];

		if (!r->gone && r->source == ADOPT_OWNER && r->tick != a->session->ledger.tick)
			end_relation(a,
				(struct relation_change){ r->a, r->b, r->via, true, out->mono_ns },
				out);
	}
}

static void take_reads(struct adopt *a, struct frame *out)
{
	for (uint32_t i = 0; i < a->desk.frame.n_reads; i++) {
		struct source_read read = a->desk.frame.reads[i];

		if (!names_map_read_of(&a->names, &read))
			continue;
		a->absent[read.source] = host_absence(read.status);
		a->lost[read.source] = false;
		frame_read(out, read);
	}
	for (uint32_t i = 0; i < a->desk.frame.n_failures; i++) {
		struct failure f = a->desk.frame.failures[i];

		if (names_map_failure(&a->names, &f))
			frame_failure(out, f);
	}
}

/* For all of a source, now. */
static void say_read(unsigned source, int status, struct frame *out)
{
	frame_read(out, (struct source_read){ .source = (uint16_t)source,
				.status = (int16_t)status,
				.begin_ns = out->mono_ns,
				.end_ns = out->mono_ns });
}

/* All of it has been read again, and what was not had no need to be. */
static void end_loss(struct adopt *a, struct frame *out)
{
	for (unsigned i = a->first_source; i < a->first_source + a->n_sources; i++) {
		if (a->lost[i])
			say_read(i, 0, out);
		a->lost[i] = false;
	}
}

/* ---- */

int adopt_packet(struct adopt *a, str packet, struct frame *out)
{
	uint64_t missing = a->names.missing, dropped = out->dropped;
	uint64_t refused = a->session->ledger.dropped;
	struct packet p = { 0 };
	int r;

	r = packet_next(&a->desk, &packet, &p);
	if (r < 0 || p.flags & PACKET_EVENTS)
		return r < 0 ? r : -EBADMSG;
	names_map_learn(&a->names, &p);
	if (p.flags & PACKET_FULL)
		write_all(a, out);
	else
		change_cells(a, out);
	take_relations(a, out);
	if (p.flags & PACKET_FULL)
		end_unsaid(a, out);
	take_reads(a, out);
	if (p.flags & PACKET_FULL)
		end_loss(a, out);
	r = a->names.missing != missing || out->dropped != dropped ||
			    a->session->ledger.dropped != refused
		    ? -ENOSPC
		    : 0;
	out->dropped += a->desk.frame.dropped;
	return r;
}

void adopt_lose(struct adopt *a, int error, struct frame *out)
{
	a->desk.reader.begun = false;
	ledger_seal(&a->session->ledger, out, ADOPT_OWNER);
	end_unsaid(a, out);
	for (unsigned i = a->first_source; i < a->first_source + a->n_sources; i++) {
		if (a->absent[i])
			continue;
		a->lost[i] = true;
		say_read(i, error, out);
	}
}
