/* A copy of a store, of all of it or of a window, while somebody may be writing to it. */
#pragma once

#include <signal.h>

#include "record/store.h"

/*
 * `to` becomes a single file without a log; it must not be there. Without a window every page is
 * copied as it is, with one the segments that the window touches, with their eras and dictionaries.
 * 0; -EEXIST; -ENODATA: nothing lies in the window; -EINTR: *stop was set; else -errno. Nothing is
 * left of a copy that failed; `why` has the words.
 */
int store_copy(sqlite3 *from, const char *to, const struct store_window *window,
	const volatile sig_atomic_t *stop, char why[static STORE_WHY]);
