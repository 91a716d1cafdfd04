/* The dense view of a session as rows. Pure: what it writes depends on the session only. */
#pragma once

#include "model/session.h"

/* signal<TAB>entity<TAB>sub<TAB>value, one row a line. */
void rows_tsv(FILE *out, const struct session *s, const struct view *view, bool nonzero_only);

/* One object; docs/schema/sample.json. */
void rows_json(FILE *out, const struct session *s, const struct view *view, bool nonzero_only,
	int64_t wall_ns);
