/* Reading packets: nothing that they say is believed before it was checked. */
#include "record/packet.h"

#include <errno.h>

#include "base/own.h"

enum { ITEMS = 1 << 20 }; /* more names or events than this are damage */

struct reading {
	struct packet_reader *r;
	struct arena *a;
	struct frame *frame;
	struct packet *p;
};

/*
 * An array in the arena that grows item by item: nothing else is taken from it meanwhile, and
 * end_items() comes after the last one.
 */
static void *next_item(struct arena *a, void **items, uint32_t *n, size_t size)
{
	char *item = a->at;

	if (*n == ITEMS || size > (size_t)(a->end - a->at))
		return NULL;
	a->at += size;
	if (*n == 0)
		*items = item;
	++*n;
	return item;
}

static void end_items(struct arena *a)
{
	size_t used = ((size_t)(a->at - a->base) + 15) & ~(size_t)15;

	arena_release(a, used <= (size_t)(a->end - a->base) ? a->base + used : a->end);
}

static bool unpack_u16(str *rest, uint16_t *ret)
{
	uint64_t number;

	if (!unpack_number(rest, &number) || number > UINT16_MAX)
		return false;
	*ret = (uint16_t)number;
	return true;
}

static bool unpack_u32(str *rest, uint32_t *ret)
{
	uint64_t number;

	if (!unpack_number(rest, &number) || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static bool unpack_u8(str *rest, uint8_t *ret)
{
	uint16_t number;

	if (!unpack_u16(rest, &number) || number > UINT8_MAX)
		return false;
	*ret = (uint8_t)number;
	return true;
}

/* ---- names ---- */

static int read_signals(struct reading *d, str from)
{
	while (from.n) {
		struct packet_signal *s =
			next_item(d->a, (void **)&d->p->signals, &d->p->n_signals, sizeof(*s));

		if (!s)
			return -ENOMEM;
		*s = (struct packet_signal){ 0 };
		if (!unpack_u16(&from, &s->id) || !unpack_text(&from, &s->name) ||
			!unpack_text(&from, &s->kind) || !unpack_text(&from, &s->unit) ||
			!unpack_text(&from, &s->scope) || !unpack_text(&from, &s->sub) ||
			!unpack_text(&from, &s->cost) || !unpack_text(&from, &s->about) ||
			!unpack_u8(&from, &s->bits) || !unpack_u8(&from, &s->full))
			return -EBADMSG;
	}
	return 0;
}

static int read_names(struct reading *d, str from, struct packet_name **items, uint32_t *n)
{
	while (from.n) {
		struct packet_name *name = next_item(d->a, (void **)items, n, sizeof(*name));

		if (!name)
			return -ENOMEM;
		*name = (struct packet_name){ 0 };
		if (!unpack_u32(&from, &name->id) || !unpack_text(&from, &name->text))
			return -EBADMSG;
	}
	return 0;
}

static int read_entities(struct reading *d, str from)
{
	return read_names(d, from, &d->p->entities, &d->p->n_entities);
}

static int read_texts(struct reading *d, str from)
{
	return read_names(d, from, &d->p->texts, &d->p->n_texts);
}

static int read_sources(struct reading *d, str from)
{
	while (from.n) {
		struct packet_source *s =
			next_item(d->a, (void **)&d->p->sources, &d->p->n_sources, sizeof(*s));

		if (!s)
			return -ENOMEM;
		*s = (struct packet_source){ 0 };
		if (!unpack_u16(&from, &s->id) || s->id >= SOURCE_LIMIT ||
			!unpack_text(&from, &s->path) || !unpack_text(&from, &s->collector) ||
			!unpack_text(&from, &s->absent) || !unpack_u32(&from, &s->layers) ||
			!unpack_u16(&from, &s->first_signal) || !unpack_u16(&from, &s->n_signals))
			return -EBADMSG;
	}
	return 0;
}

static int read_events(struct reading *d, str from)
{
	while (from.n) {
		struct event *e =
			next_item(d->a, (void **)&d->p->events, &d->p->n_events, sizeof(*e));
		uint8_t how;

		if (!e)
			return -ENOMEM;
		*e = (struct event){ 0 };
		if (!unpack_u32(&from, &e->who) || !unpack_u16(&from, &e->sig) ||
			!unpack_u32(&from, &e->count) || !unpack_u8(&from, &how) ||
			!unpack_signed(&from, &e->at_ns) ||
			!unpack_signed(&from, &e->arrival_lo_ns) ||
			!unpack_signed(&from, &e->arrival_hi_ns) || !unpack_text(&from, &e->text) ||
			how >> 2 >= EVENT_SEVERITIES || (how & 3) > WALL_STAMP)
			return -EBADMSG;
		e->severity = how >> 2;
		e->stamp = how & 3;
	}
	return 0;
}

/* ---- the frame ---- */

static int read_rows(struct reading *d, str from)
{
	struct sample row = { 0 };
	uint32_t expected = 1; /* as behind cell 0 of entity 0, signal 0 */

	while (from.n) {
		uint64_t key, folded, sub;
		int64_t step;

		if (!unpack_number(&from, &key))
			return -EBADMSG;
		folded = key >> 2;
		if (folded)
			expected = 0;
		row.who += (uint32_t)(folded >> 1 ^ (folded & 1 ? UINT64_MAX : 0));
		if (key & 2) {
			if (!unpack_signed(&from, &step))
				return -EBADMSG;
			row.sig = (uint16_t)(row.sig + (uint64_t)step);
			expected = 0;
		}
		sub = expected;
		if ((key & 1 && !unpack_number(&from, &sub)) || sub > UINT16_MAX ||
			!unpack_signed(&from, &row.value))
			return -EBADMSG;
		row.sub = (uint16_t)sub;
		if (!frame_row(d->frame, row))
			return -ENOMEM;
		expected = row.sub + 1u;
	}
	return 0;
}

static int read_tick(struct reading *d, str from)
{
	struct packet_reader *r = d->r;
	struct frame *f = d->frame;
	int64_t mono, wall, boot, took;
	uint64_t flags;

	if (!unpack_number(&from, &flags) || !unpack_signed(&from, &mono) ||
		!unpack_signed(&from, &wall) || !unpack_signed(&from, &boot) ||
		!unpack_signed(&from, &took) || !unpack_number(&from, &d->p->n_values) ||
		!unpack_number(&from, &f->dropped))
		return -EBADMSG;
	d->p->flags = (unsigned)flags;
	if (flags & PACKET_FULL) {
		r->mono_ns = r->wall_offset_ns = r->boot_offset_ns = 0;
		for (unsigned i = 0; i < SOURCE_LIMIT; i++) {
			r->said[i].read.begin_ns = 0;
			r->said[i].n_failures = 0;
		}
		r->begun = true;
	}
	if (!r->begun)
		return -EBADMSG;
	f->fast = flags & PACKET_FAST;
	f->mono_ns = r->mono_ns = (int64_t)((uint64_t)r->mono_ns + (uint64_t)mono);
	r->wall_offset_ns = (int64_t)((uint64_t)r->wall_offset_ns + (uint64_t)wall);
	r->boot_offset_ns = (int64_t)((uint64_t)r->boot_offset_ns + (uint64_t)boot);
	f->wall_ns = (int64_t)((uint64_t)f->mono_ns + (uint64_t)r->wall_offset_ns);
	f->boot_ns = (int64_t)((uint64_t)f->mono_ns + (uint64_t)r->boot_offset_ns);
	d->p->end_ns = (int64_t)((uint64_t)f->mono_ns + (uint64_t)took);
	return 0;
}

static int read_spans(struct reading *d, str from)
{
	while (from.n) {
		uint64_t first, more;
		struct span span = { 0 };

		if (!unpack_u32(&from, &span.who) || !unpack_u16(&from, &span.sig) ||
			!unpack_number(&from, &first) || !unpack_number(&from, &more) ||
			first >> 1 > UINT16_MAX || more > UINT16_MAX - (first >> 1))
			return -EBADMSG;
		span.first = (uint16_t)(first >> 1);
		span.last = (uint16_t)(span.first + more);
		span.gone = first & 1;
		if (!frame_span(d->frame, span))
			return -ENOMEM;
	}
	return 0;
}

static int read_relations(struct reading *d, str from)
{
	while (from.n) {
		struct relation_change c = { 0 };
		uint64_t how;

		if (!unpack_u32(&from, &c.a) || !unpack_u32(&from, &c.b) ||
			!unpack_number(&from, &how) || !unpack_signed(&from, &c.at_ns) ||
			how >> 1 > UINT8_MAX)
			return -EBADMSG;
		c.via = (uint8_t)(how >> 1);
		c.gone = how & 1;
		if (c.via < VIAS && !frame_change(d->frame, c))
			return -ENOMEM;
	}
	return 0;
}

static int read_said(struct reading *d, str from)
{
	while (from.n) {
		struct source_read read = { 0 };
		int64_t status;

		if (!unpack_u16(&from, &read.source) || read.source >= SOURCE_LIMIT ||
			!unpack_signed(&from, &status) || status > 0 || status < INT16_MIN ||
			!unpack_u32(&from, &read.files) || !unpack_u32(&from, &read.failed))
			return -EBADMSG;
		read.status = (int16_t)status;
		read.begin_ns = 1; /* it was said */
		d->r->said[read.source].read = read;
	}
	return 0;
}

static int read_reads(struct reading *d, str from)
{
	str ran;
	int r;

	if (!unpack_text(&from, &ran) || ran.n > SOURCE_LIMIT / 8)
		return -EBADMSG;
	r = read_said(d, from);
	for (uint16_t i = 0; r == 0 && i < ran.n * 8; i++) {
		struct source_read read = d->r->said[i].read;

		if (!(ran.p[i / 8] >> i % 8 & 1))
			continue;
		if (!read.begin_ns)
			return -EBADMSG;
		read.begin_ns = d->frame->mono_ns;
		read.end_ns = d->p->end_ns;
		if (!frame_read(d->frame, read))
			return -ENOMEM;
	}
	return r;
}

static int read_failures(struct reading *d, str from)
{
	while (from.n) {
		struct packet_said *said;
		uint16_t source;
		uint32_t n, who;
		int64_t error;

		if (!unpack_u16(&from, &source) || source >= SOURCE_LIMIT ||
			!unpack_u32(&from, &n) || n > FRAME_FAILURES)
			return -EBADMSG;
		said = &d->r->said[source];
		said->failures = own_grow(said->failures, n + 1u, sizeof(*said->failures));
		said->n_failures = 0;
		for (uint32_t i = 0; i < n; i++) {
			if (!unpack_signed(&from, &error) || error > 0 || error < INT16_MIN ||
				!unpack_u32(&from, &who))
				return -EBADMSG;
			said->failures[said->n_failures++] =
				(struct failure){ source, (int16_t)error, who - 1u };
		}
	}
	return 0;
}

/* The failures of what was read in this tick. */
static int give_failures(struct reading *d)
{
	for (uint32_t i = 0; i < d->frame->n_reads; i++) {
		const struct packet_said *said = &d->r->said[d->frame->reads[i].source];

		for (uint32_t k = 0; k < said->n_failures; k++)
			if (!frame_failure(d->frame, said->failures[k]))
				return -ENOMEM;
	}
	return 0;
}

/* ---- all of it ---- */

static int (*const readers[])(struct reading *, str) = {
	[SECTION_SIGNALS] = read_signals,
	[SECTION_ENTITIES] = read_entities,
	[SECTION_TEXTS] = read_texts,
	[SECTION_SOURCES] = read_sources,
	[SECTION_EVENTS] = read_events,
	[SECTION_ROWS] = read_rows,
	[SECTION_TICK] = read_tick,
	[SECTION_SPANS] = read_spans,
	[SECTION_RELATIONS] = read_relations,
	[SECTION_READS] = read_reads,
	[SECTION_FAILURES] = read_failures,
};
enum { READERS = sizeof(readers) / sizeof(*readers) };

static bool is_of_frame(uint64_t kind)
{
	return kind == SECTION_ROWS || kind >= SECTION_TICK;
}

static int read_sections(struct reading *d, str from)
{
	bool ticked = false;
	int r = 0;

	while (from.n && r == 0) {
		const char *begin = from.p;
		uint64_t kind;
		str payload;

		if (!unpack_number(&from, &kind) || !unpack_text(&from, &payload))
			return -EBADMSG;
		if (kind == SECTION_TICK) {
			d->p->head =
				(str){ begin, (size_t)(payload.p - begin) + payload.n + from.n };
			ticked = true;
		}
		if (kind < READERS && readers[kind] && (d->r || !is_of_frame(kind)))
			r = readers[kind](d, payload);
		end_items(d->a);
	}
	if (!ticked)
		d->p->flags = PACKET_EVENTS;
	return r == 0 && !ticked && d->r && !d->r->begun ? -EBADMSG : r;
}

int packet_read(struct packet_reader *r, str *rest, struct arena *a, struct frame *frame,
	struct packet *ret)
{
	struct reading d = { r, a, frame, ret };
	str body;
	int error;

	if (rest->n == 0)
		return -ENODATA;
	if (!unpack_text(rest, &body) || body.n > PACKET_BYTES)
		return -EBADMSG;
	*ret = (struct packet){ 0 };
	if (frame)
		frame_clear(frame);
	error = read_sections(&d, body);
	return error == 0 && r && !(ret->flags & PACKET_EVENTS) ? give_failures(&d) : error;
}

int packet_desk_open(struct packet_desk *d, size_t scratch_bytes)
{
	*d = (struct packet_desk){ 0 };
	packet_reader_open(&d->reader);
	return frame_open(&d->frame) < 0 || arena_open(&d->scratch, scratch_bytes) < 0 ? -ENOMEM
										       : 0;
}

void packet_desk_close(struct packet_desk *d)
{
	packet_reader_close(&d->reader);
	frame_close(&d->frame);
	arena_close(&d->scratch);
}

int packet_next(struct packet_desk *d, str *packets, struct packet *ret)
{
	arena_release(&d->scratch, d->scratch.base);
	return packet_read(&d->reader, packets, &d->scratch, &d->frame, ret);
}
