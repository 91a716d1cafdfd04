/* Frames: five bounded arrays; what does not fit is counted. */
#include "model/frame.h"

#include <errno.h>

int frame_open(struct frame *f)
{
	struct arena *a = &f->memory;
	size_t size = FRAME_ROWS * sizeof(*f->rows) + FRAME_SPANS * sizeof(*f->spans) +
		      FRAME_CHANGES * sizeof(*f->changes) + FRAME_READS * sizeof(*f->reads) +
		      FRAME_FAILURES * sizeof(*f->failures) + 4096;

	*f = (struct frame){ 0 };
	if (arena_open(a, size) < 0)
		return -ENOMEM;
	f->rows = arena_take(a, FRAME_ROWS * sizeof(*f->rows));
	f->spans = arena_take(a, FRAME_SPANS * sizeof(*f->spans));
	f->changes = arena_take(a, FRAME_CHANGES * sizeof(*f->changes));
	f->reads = arena_take(a, FRAME_READS * sizeof(*f->reads));
	f->failures = arena_take(a, FRAME_FAILURES * sizeof(*f->failures));
	return f->failures ? 0 : -ENOMEM;
}

void frame_close(struct frame *f)
{
	arena_close(&f->memory);
	*f = (struct frame){ 0 };
}

void frame_clear(struct frame *f)
{
	f->n_rows = f->n_spans = f->n_changes = f->n_reads = f->n_failures = 0;
	f->dropped = 0;
	f->fast = false;
}

static bool take(struct frame *f, uint32_t *n, uint32_t limit)
{
	if (*n == limit) {
		f->dropped++;
		return false;
	}
	++*n;
	return true;
}

bool frame_row(struct frame *f, struct sample row)
{
	if (!take(f, &f->n_rows, FRAME_ROWS))
		return false;
	f->rows[f->n_rows - 1] = row;
	return true;
}

bool frame_span(struct frame *f, struct span span)
{
	if (!take(f, &f->n_spans, FRAME_SPANS))
		return false;
	f->spans[f->n_spans - 1] = span;
	return true;
}

bool frame_change(struct frame *f, struct relation_change change)
{
	if (!take(f, &f->n_changes, FRAME_CHANGES))
		return false;
	f->changes[f->n_changes - 1] = change;
	return true;
}

bool frame_read(struct frame *f, struct source_read read)
{
	if (!take(f, &f->n_reads, FRAME_READS))
		return false;
	f->reads[f->n_reads - 1] = read;
	return true;
}

bool frame_failure(struct frame *f, struct failure failure)
{
	if (!take(f, &f->n_failures, FRAME_FAILURES))
		return false;
	f->failures[f->n_failures - 1] = failure;
	return true;
}
