/*
 * A packet is one tick as bytes: the names that are new since the packet before, the frame, the
 * events that came. It is what the sampler hands to the writer and to whoever follows, and what a
 * tail is made of.
 *
 *   packet:  size:number section...
 *   section: kind:number payload:text           a kind that is not known is skipped
 *
 * A full packet holds all names and the whole state as if nothing had been said before. One that is
 * not full can be read only behind the one before it.
 */
#pragma once

#include "host/pack.h"
#include "model/event.h"
#include "model/session.h"

enum packet_flags {
	PACKET_FULL = 1,   /* all names, the whole state */
	PACKET_RENEWS = 2, /* the numbers of the names begin anew: another run of the sampler */
	PACKET_FAST = 4,   /* of a fast frame */
	PACKET_EVENTS = 8, /* no tick: names that are new, and events as soon as they came */
};

/* What each source said last: packets tell only what is news. */
struct packet_said {
	struct source_read read;
	struct failure *failures; /* own_alloc */
	uint32_t n_failures;
	const char *absent;
};

/* ---- writing ---- */

struct packet_writer {
	const struct session *session;
	uint32_t n_entities, n_texts, n_signals, n_sources; /* names that were said */
	struct packet_said *said;                           /* SOURCE_LIMIT of them */
	uint16_t *first_failure, *next_failure;             /* of a frame, by source; plus one */
	int64_t mono_ns, wall_offset_ns, boot_offset_ns;    /* of the packet before */
};
void packet_writer_open(struct packet_writer *w, const struct session *session);
void packet_writer_close(struct packet_writer *w);

/*
 * Append the tick's packet. The frame is as run_tick() left it; end_ns (monotonic) is when its
 * reading ended. A full packet has the frame's times, reads and failures, but rows, spans and
 * relations of the whole session. Returns the number of values that were read in this tick.
 */
uint64_t packet_write(struct packet_writer *w, const struct frame *frame, int64_t end_ns,
	const struct event *events, uint32_t n_events, unsigned flags, struct pack *out);

/* A packet without a tick. */
void packet_write_events(
	struct packet_writer *w, const struct event *events, uint32_t n_events, struct pack *out);

/* ---- reading ---- */

/* Numbers are as the writer's session had them. */
struct packet_name {
	uint32_t id;
	str text;
};
struct packet_signal {
	uint16_t id;
	str name, kind, unit, scope, sub, cost, about;
	uint8_t bits, full;
};
struct packet_source {
	uint16_t id;
	str path, collector, absent; /* absent: "" for none */
	uint32_t layers;
	uint16_t first_signal, n_signals;
};

struct packet {
	unsigned flags;
	int64_t end_ns;
	uint64_t n_values; /* cells that were read in this tick, changed or not */
	struct packet_signal *signals;
	struct packet_name *entities, *texts;
	struct packet_source *sources;
	struct event *events; /* who and sig are the writer's numbers */
	uint32_t n_signals, n_entities, n_texts, n_sources, n_events;
	str head; /* the sections that are neither names, rows nor events, as they stand in the packet */
};

struct packet_reader {
	struct packet_said *said; /* SOURCE_LIMIT of them */
	bool begun;               /* a full packet was read */
	int64_t mono_ns, wall_offset_ns, boot_offset_ns;
};
void packet_reader_open(struct packet_reader *r);
void packet_reader_close(struct packet_reader *r);

/*
 * Cut the next packet off *rest; its arrays are of `a`, and `frame` (opened by the caller) gets what
 * it says; texts point into `rest`. With reader and frame NULL only names and events are read.
 * 0; -ENODATA: *rest is empty; -EBADMSG: damaged, nothing behind it can be trusted; -ENOMEM: the
 * arena or the frame is too small.
 */
int packet_read(struct packet_reader *r, str *rest, struct arena *a, struct frame *frame,
	struct packet *ret);

/* All that reading packet after packet takes. What packet_next() gives lasts until the next one. */
struct packet_desk {
	struct packet_reader reader;
	struct frame frame;
	struct arena scratch;
};
enum { PACKET_SCRATCH = 64 << 20 }; /* of address space; enough for what a recorder writes */
int packet_desk_open(struct packet_desk *d, size_t scratch_bytes); /* 0 or -ENOMEM */
void packet_desk_close(struct packet_desk *d); /* also one that did not open, or is zero */
int packet_next(struct packet_desk *d, str *packets, struct packet *ret); /* as packet_read() */

/* ---- between the two ---- */

enum packet_section {
	SECTION_SIGNALS = 1,
	SECTION_ENTITIES,
	SECTION_TEXTS,
	SECTION_SOURCES,
	SECTION_ROWS,
	SECTION_EVENTS,
	SECTION_TICK, /* from here on: the head */
	SECTION_SPANS,
	SECTION_RELATIONS,
	SECTION_READS,
	SECTION_FAILURES,
};
enum { PACKET_BYTES = 64 << 20 }; /* longest */
