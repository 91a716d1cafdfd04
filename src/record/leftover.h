/* Segments that are tails still, because a recorder was killed or a disk was full, rolled over late. */
#pragma once

#include "record/segment.h"

/*
 * All segments that have not been rolled over, the oldest first; groups of theirs get the numbers
 * from *next_group on. `roll` writes one, in a transaction of its own. 0 or -errno.
 */
int leftovers_roll(
	sqlite3 *db, int (*roll)(void *self, struct segment *s), void *self, uint32_t *next_group);
