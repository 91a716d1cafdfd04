/* Writing packets. */
#include "record/packet.h"

#include "base/own.h"

void packet_writer_open(struct packet_writer *w, const struct session *session)
{
	*w = (struct packet_writer){
		.session = session,
		.said = own_alloc(SOURCE_LIMIT, sizeof(*w->said)),
		.first_failure = own_alloc(SOURCE_LIMIT, sizeof(*w->first_failure)),
		.next_failure = own_alloc(FRAME_FAILURES + 1, sizeof(*w->next_failure)),
	};
}

static void said_free(struct packet_said *said)
{
	for (unsigned i = 0; said && i < SOURCE_LIMIT; i++)
		free(said[i].failures);
	free(said);
}

void packet_writer_close(struct packet_writer *w)
{
	said_free(w->said);
	free(w->first_failure);
	free(w->next_failure);
	*w = (struct packet_writer){ 0 };
}

void packet_reader_open(struct packet_reader *r)
{
	*r = (struct packet_reader){ .said = own_alloc(SOURCE_LIMIT, sizeof(*r->said)) };
}

void packet_reader_close(struct packet_reader *r)
{
	said_free(r->said);
	*r = (struct packet_reader){ 0 };
}

/* ---- sections: a kind, a length, and what follows ---- */

enum { LENGTH_BYTES = 4 };

/* Room for the length is left, and filled in when it is known; one that is empty is taken back. */
static size_t section_begin(struct pack *out, enum packet_section kind)
{
	pack_number(out, kind);
	pack_bytes(out, (str){ "\0\0\0\0", LENGTH_BYTES });
	return out->n;
}

static void put_length(char at[LENGTH_BYTES], size_t n)
{
	for (unsigned i = 0; i < LENGTH_BYTES; i++)
		at[i] = (char)((n >> (7 * i) & 0x7f) | (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}

static void section_end(struct pack *out, size_t begin)
{
	if (out->n == begin)
		out->n = begin - LENGTH_BYTES - 1;
	else
		put_length(out->p + begin - LENGTH_BYTES, out->n - begin);
}

/* ---- names ---- */

static void write_signals(struct packet_writer *w, struct pack *out)
{
	const struct catalog *c = &w->session->catalog;
	size_t begin = section_begin(out, SECTION_SIGNALS);

	for (; w->n_signals < catalog_size(c); w->n_signals++) {
		const struct signal *s = catalog_get(c, (uint16_t)w->n_signals);
		const char *words[] = { s->name, kind_names[s->kind], unit_names[s->unit],
			scope_names[s->scope], sub_names[s->sub], cost_names[s->cost], s->about };

		pack_number(out, w->n_signals);
		for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
			pack_text(out, str_of(words[i]));
		pack_number(out, s->bits);
		pack_number(out, s->full);
	}
	section_end(out, begin);
}

static void write_names(
	const struct names *names, uint32_t *said, enum packet_section kind, struct pack *out)
{
	size_t begin = section_begin(out, kind);

	for (; *said < names->n; ++*said) {
		pack_number(out, *said);
		pack_text(out, names_get(names, *said));
	}
	section_end(out, begin);
}

/* A source is said again when the meaning of its absence turned out to be another one. */
static void write_sources(struct packet_writer *w, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_SOURCES);

	for (uint32_t i = 0; i < w->session->n_sources; i++) {
		const struct source *s = &w->session->sources[i];

		if (i < w->n_sources && w->said[i].absent == s->absent)
			continue;
		w->said[i].absent = s->absent;
		pack_number(out, i);
		pack_text(out, str_of(s->path));
		pack_text(out, str_of(s->collector));
		pack_text(out, str_of(s->absent));
		pack_number(out, s->layers);
		pack_number(out, s->first_signal);
		pack_number(out, s->n_signals);
	}
	w->n_sources = w->session->n_sources;
	section_end(out, begin);
}

/* ---- rows: most follow the one before by one cell or one signal ---- */

static void write_row(struct pack *out, const struct sample *before, uint32_t who, uint16_t sig,
	unsigned sub, int64_t value)
{
	bool same = before->who == who && before->sig == sig;
	unsigned expected = same ? before->sub + 1u : 0;
	int64_t step = (int64_t)who - before->who;
	uint64_t folded = (uint64_t)step << 1 ^ (step < 0 ? UINT64_MAX : 0);

	pack_number(out, folded << 2 | (uint64_t)(before->sig != sig) << 1 | (sub != expected));
	if (before->sig != sig)
		pack_signed(out, (int64_t)sig - before->sig);
	if (sub != expected)
		pack_number(out, sub);
	pack_signed(out, value);
}

static void write_frame_rows(const struct frame *f, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_ROWS);
	struct sample before = { 0 };

	for (uint32_t i = 0; i < f->n_rows; i++) {
		const struct sample *row = &f->rows[i];

		write_row(out, &before, row->who, row->sig, row->sub, row->value);
		before = *row;
	}
	section_end(out, begin);
}

static void count_block(const struct block *b, size_t *rows, size_t *spans)
{
	bool was = false;

	for (unsigned sub = 0; sub < b->n; sub++) {
		bool is = block_has(b, sub);

		*spans += is && !was;
		*rows += is && b->values[sub] != 0;
		was = is;
	}
}

/*
 * So many blocks go into a full packet: no more than a reader's frame takes. The cells of the others
 * are not there, and counted.
 */
static uint32_t blocks_that_fit(const struct ledger *l, uint64_t *ret_dropped)
{
	size_t rows = 0, spans = 0;
	uint32_t fit = 0;

	for (; fit < l->n; fit++) {
		count_block(&l->blocks[fit], &rows, &spans);
		if (rows > FRAME_ROWS || spans > FRAME_SPANS)
			break;
	}
	*ret_dropped = 0;
	for (uint32_t i = fit; i < l->n; i++)
		for (unsigned sub = 0; sub < l->blocks[i].n; sub++)
			*ret_dropped += block_has(&l->blocks[i], sub);
	return fit;
}

static void write_all_rows(const struct ledger *l, uint32_t n, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_ROWS);
	struct sample before = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		const struct block *b = &l->blocks[i];

		for (unsigned sub = 0; sub < b->n; sub++) {
			if (!block_has(b, sub) || b->values[sub] == 0)
				continue;
			write_row(out, &before, b->who, b->sig, sub, b->values[sub]);
			before = (struct sample){ b->who, b->sig, (uint16_t)sub, 0 };
		}
	}
	section_end(out, begin);
}

static void write_span(
	struct pack *out, uint32_t who, uint16_t sig, unsigned first, unsigned last, bool gone)
{
	pack_number(out, who);
	pack_number(out, sig);
	pack_number(out, first << 1 | gone);
	pack_number(out, last - first);
}

static void write_frame_spans(const struct frame *f, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_SPANS);

	for (uint32_t i = 0; i < f->n_spans; i++)
		write_span(out, f->spans[i].who, f->spans[i].sig, f->spans[i].first,
			f->spans[i].last, f->spans[i].gone);
	section_end(out, begin);
}

static void write_all_spans(const struct ledger *l, uint32_t n, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_SPANS);

	for (uint32_t i = 0; i < n; i++) {
		const struct block *b = &l->blocks[i];

		for (unsigned first = 0, end; first < b->n; first = end + 1) {
			while (first < b->n && !block_has(b, first))
				first++;
			for (end = first; end < b->n && block_has(b, end);)
				end++;
			if (first < end)
				write_span(out, b->who, b->sig, first, end - 1, false);
		}
	}
	section_end(out, begin);
}

/* ---- relations, reads, failures, events ---- */

static void write_relation(
	struct pack *out, uint32_t a, uint32_t b, unsigned via, bool gone, int64_t at_ns)
{
	pack_number(out, a);
	pack_number(out, b);
	pack_number(out, via << 1 | gone);
	pack_signed(out, at_ns);
}

static void write_relations(
	const struct packet_writer *w, const struct frame *f, bool full, struct pack *out)
{
	const struct relations *rs = &w->session->relations;
	size_t begin = section_begin(out, SECTION_RELATIONS);

	for (uint32_t i = 0; full && i < rs->n; i++)
		if (!rs->items[i].gone)
			write_relation(out, rs->items[i].a, rs->items[i].b, rs->items[i].via, false,
				rs->items[i].since_ns);
	for (uint32_t i = 0; !full && i < f->n_changes; i++)
		write_relation(out, f->changes[i].a, f->changes[i].b, f->changes[i].via,
			f->changes[i].gone, f->changes[i].at_ns);
	section_end(out, begin);
}

/* Which sources were read in this tick, one bit each; then what is news about any. */
static void write_reads(struct packet_writer *w, const struct frame *f, bool full, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_READS);
	unsigned char ran[SOURCE_LIMIT / 8] = { 0 };
	bool news[SOURCE_LIMIT] = { 0 };

	for (uint32_t i = 0; i < f->n_reads; i++) {
		const struct source_read *read = &f->reads[i];
		struct source_read *said;

		if (read->source >= SOURCE_LIMIT)
			continue;
		said = &w->said[read->source].read;
		ran[read->source / 8] |= (unsigned char)(1u << read->source % 8);
		news[read->source] = said->begin_ns == 0 || said->status != read->status ||
				     said->failed != read->failed;
		if (news[read->source] || full)
			*said = *read;
		said->begin_ns = 1; /* it was said */
	}
	pack_text(out, (str){ (const char *)ran, (w->session->n_sources + 7) / 8 });
	for (uint16_t i = 0; i < w->session->n_sources; i++) {
		const struct source_read *said = &w->said[i].read;

		if (!news[i] && !(full && said->begin_ns))
			continue;
		pack_number(out, i);
		pack_signed(out, said->status);
		pack_number(out, said->files);
		pack_number(out, said->failed);
	}
	section_end(out, begin);
}

/* The failures of each source that was read, as a list through next_failure. */
static void sort_failures(struct packet_writer *w, const struct frame *f)
{
	for (uint32_t i = 0; i < f->n_reads; i++)
		if (f->reads[i].source < SOURCE_LIMIT)
			w->first_failure[f->reads[i].source] = 0;
	for (uint32_t i = f->n_failures; i > 0; i--) {
		uint16_t source = f->failures[i - 1].source;

		if (source >= SOURCE_LIMIT)
			continue;
		w->next_failure[i - 1] = w->first_failure[source];
		w->first_failure[source] = (uint16_t)i;
	}
}

/* True when the source fails in another way than it last did; then that is what it last did. */
static bool fails_anew(struct packet_writer *w, const struct frame *f, uint16_t source)
{
	struct packet_said *said = &w->said[source];
	uint32_t n = 0;
	bool same = true;

	for (uint16_t i = w->first_failure[source]; i; i = w->next_failure[i - 1], n++) {
		const struct failure *failure = &f->failures[i - 1];

		same = same && n < said->n_failures && said->failures[n].error == failure->error &&
		       said->failures[n].who == failure->who;
	}
	if (same && n == said->n_failures)
		return false;
	if (n > said->n_failures)
		said->failures = own_grow(said->failures, n, sizeof(*said->failures));
	said->n_failures = 0;
	for (uint16_t i = w->first_failure[source]; i; i = w->next_failure[i - 1])
		said->failures[said->n_failures++] = f->failures[i - 1];
	return true;
}

static void write_failures(
	struct packet_writer *w, const struct frame *f, bool full, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_FAILURES);
	bool news[SOURCE_LIMIT] = { 0 };

	sort_failures(w, f);
	for (uint32_t i = 0; i < f->n_reads; i++)
		if (f->reads[i].source < SOURCE_LIMIT)
			news[f->reads[i].source] = fails_anew(w, f, f->reads[i].source);
	for (uint16_t i = 0; i < w->session->n_sources; i++) {
		const struct packet_said *said = &w->said[i];

		if (!news[i] && !(full && said->n_failures))
			continue;
		pack_number(out, i);
		pack_number(out, said->n_failures);
		for (uint32_t k = 0; k < said->n_failures; k++) {
			pack_signed(out, said->failures[k].error);
			pack_number(out, said->failures[k].who + 1u); /* 0: all of it */
		}
	}
	section_end(out, begin);
}

static void write_events(const struct event *events, uint32_t n, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_EVENTS);

	for (uint32_t i = 0; i < n; i++) {
		const struct event *e = &events[i];

		pack_number(out, e->who);
		pack_number(out, e->sig);
		pack_number(out, e->count);
		pack_number(out, (uint64_t)e->severity << 2 | e->stamp);
		pack_signed(out, e->at_ns);
		pack_signed(out, e->arrival_lo_ns);
		pack_signed(out, e->arrival_hi_ns);
		pack_text(out, e->text);
	}
	section_end(out, begin);
}

/* ---- all of it ---- */

static uint64_t count_values(const struct ledger *l)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct block *b = &l->blocks[i];

		for (unsigned k = 0; b->tick == l->tick && k < (b->n + 63u) / 64; k++)
			n += (unsigned)__builtin_popcountll(b->now[k]);
	}
	return n;
}

static void write_tick(struct packet_writer *w, const struct frame *f, int64_t end_ns,
	unsigned flags, uint64_t n_values, uint64_t dropped, struct pack *out)
{
	size_t begin = section_begin(out, SECTION_TICK);
	int64_t wall_offset_ns = f->wall_ns - f->mono_ns, boot_offset_ns = f->boot_ns - f->mono_ns;

	if (flags & PACKET_FULL)
		w->mono_ns = w->wall_offset_ns = w->boot_offset_ns = 0;
	pack_number(out, flags | (f->fast ? PACKET_FAST : 0));
	pack_signed(out, f->mono_ns - w->mono_ns);
	pack_signed(out, wall_offset_ns - w->wall_offset_ns);
	pack_signed(out, boot_offset_ns - w->boot_offset_ns);
	pack_signed(out, end_ns - f->mono_ns);
	pack_number(out, n_values);
	pack_number(out, dropped);
	w->mono_ns = f->mono_ns;
	w->wall_offset_ns = wall_offset_ns;
	w->boot_offset_ns = boot_offset_ns;
	section_end(out, begin);
}

static void write_new_names(struct packet_writer *w, struct pack *out)
{
	write_signals(w, out);
	write_names(&w->session->entities.names, &w->n_entities, SECTION_ENTITIES, out);
	write_names(&w->session->texts, &w->n_texts, SECTION_TEXTS, out);
	write_sources(w, out);
}

/* Names and rows. */
static void write_sections(struct packet_writer *w, const struct frame *f, bool full,
	uint32_t n_blocks, struct pack *out)
{
	if (full)
		w->n_entities = w->n_texts = w->n_signals = w->n_sources = 0;
	write_new_names(w, out);
	if (full)
		write_all_rows(&w->session->ledger, n_blocks, out);
	else
		write_frame_rows(f, out);
}

static size_t packet_begin(struct pack *out)
{
	pack_bytes(out, (str){ "\0\0\0\0", LENGTH_BYTES });
	return out->n;
}

static void packet_end(struct pack *out, size_t begin)
{
	put_length(out->p + begin - LENGTH_BYTES, out->n - begin);
}

void packet_write_events(
	struct packet_writer *w, const struct event *events, uint32_t n_events, struct pack *out)
{
	size_t begin = packet_begin(out);

	write_new_names(w, out);
	write_events(events, n_events, out);
	packet_end(out, begin);
}

uint64_t packet_write(struct packet_writer *w, const struct frame *f, int64_t end_ns,
	const struct event *events, uint32_t n_events, unsigned flags, struct pack *out)
{
	bool full = flags & PACKET_FULL;
	uint64_t n_values = count_values(&w->session->ledger);
	uint64_t dropped = 0;
	uint32_t n_blocks = full ? blocks_that_fit(&w->session->ledger, &dropped) : 0;
	size_t begin = packet_begin(out);

	write_sections(w, f, full, n_blocks, out);
	write_events(events, n_events, out);
	write_tick(w, f, end_ns, flags, n_values, f->dropped + dropped, out);
	if (full)
		write_all_spans(&w->session->ledger, n_blocks, out);
	else
		write_frame_spans(f, out);
	write_relations(w, f, full, out);
	write_reads(w, f, full, out);
	write_failures(w, f, full, out);
	packet_end(out, begin);
	return n_values;
}
