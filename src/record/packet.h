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

/* ---- writing ---- */

/* What the packets so far have said. */
struct packet_writer {
	const struct session *session;
	uint32_t n_entities, n_texts, n_signals, n_sources;
	struct source_read *reads; /* of each source, as last said */
	uint64_t *failures;        /* of each source: a sum of its failures, as last said */
};
void packet_writer_open(struct packet_writer *w, const struct session *session);
void packet_writer_close(struct packet_writer *w);

enum packet_flags {
	PACKET_FULL = 1, /* all names, the whole state */
	PACKET_RENEWS =
		2, /* the numbers of the names begin anew: another run of the sampler. Only with FULL */
};

/*
 * Append the tick's packet. The frame is as run_tick() left it and the session's ledger has been
 * sealed; end_ns (monotonic) is when the tick's reading ended. A full packet also has `frame`'s
 * times, reads, failures and events, but rows, spans and relations of the whole session.
 */
void packet_write(struct packet_writer *w, const struct frame *frame, int64_t end_ns,
	const struct event *events, uint32_t n_events, unsigned flags, struct pack *out);

/* ---- reading ---- */

/* Numbers as the writer's session had them. */
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
	const struct packet_signal *signals;
	const struct packet_name *entities, *texts;
	const struct packet_source *sources;
	const struct event *events; /* who and sig are the writer's numbers too */
	uint32_t n_signals, n_entities, n_texts, n_sources, n_events;
	str rest; /* the sections that are neither names, rows nor events, as they stand in the packet */
};

/* Carries from packet to packet what each source said last. */
struct packet_reader {
	struct source_read reads[SOURCE_LIMIT];
	struct failure *failures[SOURCE_LIMIT]; /* own_alloc */
	uint32_t n_failures[SOURCE_LIMIT];
	bool begun;                                      /* a full packet was read */
	int64_t mono_ns, wall_offset_ns, boot_offset_ns; /* of the last tick */
};
void packet_reader_close(struct packet_reader *r);

/*
 * Cut the next packet off *rest; its arrays and `frame` (opened by the caller, cleared here) get
 * what it says; texts point into `rest`. 0; -ENODATA: *rest is empty; -EBADMSG: damaged, nothing
 * behind it can be trusted.
 */
int packet_read(struct packet_reader *r, str *rest, struct arena *a, struct frame *frame,
	struct packet *ret);
