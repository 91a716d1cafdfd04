/*
 * Reading a store: frames in time order, and the runs of one series. Read-only: the file may belong
 * to a recorder that is at work, or lie on read-only media.
 */
#pragma once

#include "model/event.h"
#include "model/session.h"
#include "record/schema.h"

struct store;

/* As store_connect(). */
int store_open(const char *path, struct store **ret, char why[static STORE_WHY]);
struct store *store_close(struct store *s); /* returns NULL */
sqlite3 *store_db(struct store *s); /* for what reads tables directly: info, verify, export */

/* What is damaged of what was read so far: one line, the first thing met; NULL: nothing. */
const char *store_damage(const struct store *s);

/* A window; 0 is open. By the wall clock, or by the monotonic clock of the last boot in the store. */
struct store_window {
	int64_t first_ns, last_ns;
	bool in_mono;
};

struct store_about {
	int64_t first_wall_ns, last_wall_ns;  /* of all ticks */
	int64_t first_mono_ns, last_mono_ns;  /* of the last boot */
	const char *host, *release, *boot_id; /* of the last era */
	int64_t every_ns;
	uint64_t n_ticks;
};
int store_about(struct store *s, struct store_about *ret); /* 0, -ENODATA: not a single tick */

/*
 * Frames in time order. Only the last boot that the window holds is given (earlier ones have another
 * monotonic clock); *ret_earlier counts the ticks of those that were left out. The session gets the
 * names and, frame by frame, the state: its catalog has the collectors' signals already, names that
 * it does not know become its own.
 */
struct store_walk;
int store_walk_open(struct store *s, struct session *session, const struct store_window *window,
	struct store_walk **ret, uint64_t *ret_earlier);
struct store_walk *store_walk_close(struct store_walk *w); /* returns NULL */

/*
 * The next tick: what changed against the one before (the first one: all there is). Its events are
 * added to `events` (may be NULL). 0, -ENODATA behind the last; damaged parts are left out, as a gap,
 * and store_damage() says so.
 */
int store_walk_next(
	struct store_walk *w, struct frame *ret, int64_t *ret_end_ns, struct events *events);

/* The runs of one series over all eras, oldest first: `value` holds from this tick on. */
struct store_point {
	int64_t wall_ns, mono_ns;
	bool there;
	int64_t value;
	uint32_t repeat; /* so many ticks with this value, this one included */
};
int store_series(struct store *s, str signal, str entity, unsigned sub,
	const struct store_window *window, void (*point)(void *self, const struct store_point *p),
	void *self);
