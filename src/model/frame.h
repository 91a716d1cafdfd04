/*
 * A frame is what one tick brought: the rows that changed, which cells came and went, what each
 * source said. Zero and unchanged are implicit: a new cell starts at 0, and a cell without a row
 * kept its value.
 */
#pragma once

#include "base/arena.h"
#include "model/relation.h"

struct sample {
	uint32_t who;      /* entity */
	uint16_t sig, sub; /* signal; CPU, bit, ... or 0 */
	int64_t value;     /* as the kernel gave it; u64 counters bit for bit */
};
_Static_assert(sizeof(struct sample) == 16, "samples are stored by the million");

/* Cells first..last of (who, sig) appeared or are gone. */
struct span {
	uint32_t who;
	uint16_t sig, first, last;
	bool gone;
};

/* When a source was read, or why not. */
struct source_read {
	uint16_t source;
	int16_t status;         /* 0, or the -errno when nothing of it could be read */
	uint32_t files, failed; /* read; not readable */
	int64_t begin_ns, end_ns;
};
enum { READ_EARLIER = 1 }; /* begin_ns of what a source said in a tick before this one */

/* One file of a source that could not be read or understood. */
struct failure {
	uint16_t source;
	int16_t error;
	uint32_t who;
};

struct frame {
	int64_t wall_ns, mono_ns, boot_ns;
	struct sample *rows;
	struct span *spans;
	struct relation_change *changes;
	struct source_read *reads;
	struct failure *failures;
	uint32_t n_rows, n_spans, n_changes, n_reads, n_failures;
	uint64_t dropped; /* rows, spans, changes and failures that did not fit */
	bool fast;        /* only what is cheap enough to be read more often was read */
	struct arena memory;
};

enum {
	FRAME_ROWS = 1 << 18,
	FRAME_SPANS = 1 << 16,
	FRAME_CHANGES = 1 << 16,
	FRAME_READS = 1024,
	FRAME_FAILURES = 4096
};

int frame_open(struct frame *f); /* 0 or -ENOMEM */
void frame_close(struct frame *f);
void frame_clear(struct frame *f);

/* False when the frame is full; the drop is counted. */
bool frame_row(struct frame *f, struct sample row);
bool frame_span(struct frame *f, struct span span);
bool frame_change(struct frame *f, struct relation_change change);
bool frame_read(struct frame *f, struct source_read read);
bool frame_failure(struct frame *f, struct failure failure);
