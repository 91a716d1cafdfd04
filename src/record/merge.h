/* Several stores of one host made one. */
#pragma once

#include <signal.h>

#include "base/str.h"
#include "record/schema.h"

enum { MERGE_MOST = 64 }; /* stores at once */

struct merged {
	uint32_t eras, segments;
	uint32_t again; /* segments that another store had too, and longer or as long */
};

/*
 * Eras come in the order in which they began. One that several stores have (by boot and begin) is
 * there once, with the names and the segments of all; of a segment that several have, the one with
 * more ticks is taken.
 * 0; -EEXIST: `to` is there; -ENODATA: not a single era; -EXDEV: no host is common to the first
 * store and the one of *ret_which; -EUCLEAN: that one gives other names to the numbers of an era;
 * -EINTR: *stop was set; else -errno. `why` has the words. Nothing is left of a merge that failed.
 */
int store_merge(sqlite3 *const *from, uint32_t n, const char *to, const volatile sig_atomic_t *stop,
	struct merged *ret, uint32_t *ret_which, char why[static STORE_WHY]);
