/* The head of a segment: what remains of its packets when rows, names and events are out of them. */
#pragma once

#include <sqlite3.h>

#include "record/squeeze.h"

/*
 * Appended to `out`, and how many changes the segment counts. 1; 0: there is no such segment; -EBADMSG:
 * it does not decode; else as SQLite said.
 */
int head_read(
	sqlite3 *db, struct squeezer *z, int64_t segment, struct pack *out, uint64_t *ret_changed);
