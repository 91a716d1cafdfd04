/* Keeping a store within its bounds: the oldest segments go, their pages are used again. */
#pragma once

#include <stdint.h>

#include "record/schema.h"
#include "record/statement.h"

struct keep {
	int64_t bytes;         /* of pages in use; 0: no bound */
	int64_t since_wall_ns; /* segments that ended before go; 0: no bound */
	int64_t present;       /* this segment and those behind it stay, whatever they take */
	int64_t era;           /* whose names stay: more is to come of it */
	int64_t first_group;   /* of the groups that it has at present */
};

/*
 * Within a transaction: make room for `needed` more bytes. *ret_dropped grows by the segments that
 * went. 0 or -errno.
 */
int keep_within(
	struct statements *k, const struct keep *keep, int64_t needed_bytes, uint64_t *ret_dropped);
int keep_used_bytes(struct statements *k, int64_t *ret); /* pages that are in use */
/*
 * Outside of one, when no more is to come: the pages that the tails took go back to the file system. A store that is
 * not small is left as it is, and so is one that would pass `most` bytes (0: no bound) while it is written anew.
 * 0 or -errno: nothing of it has changed.
 */
int keep_give_back(struct statements *k, int64_t most_bytes);
