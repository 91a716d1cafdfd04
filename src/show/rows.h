/* The dense view of a session as rows. Pure: what it writes depends on the session only. */
#pragma once

#include "model/session.h"

/* signal<TAB>entity<TAB>sub<TAB>value, one row a line. */
void rows_tsv(FILE *out, const struct session *s, const struct view *view, bool nonzero_only);

/*
 * What is other than in the copy that was taken before: the same lines, and value "-" for a row that
 * is not there any more (these come last, from the frame).
 */
void rows_tsv_changes(FILE *out, const struct session *s, const struct view *view,
	const struct ledger_copy *before, const struct frame *frame,
	bool (*keep)(const struct session *, const struct block *));

/* One object; docs/schema/sample.json. */
void rows_json(FILE *out, const struct session *s, const struct view *view, bool nonzero_only,
	int64_t wall_ns);
