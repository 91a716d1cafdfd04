/*
 * A store that stands in for the live machine: opened for a command, walked, and in one line what is
 * wrong with it.
 */
#pragma once

#include "cmd/command.h"
#include "cmd/window.h"
#include "model/tape.h"

struct from_store {
	const char *path;
	struct store *store;
	struct store_about about;
	struct store_walk *walk;
	uint64_t earlier; /* ticks of earlier boots that the window holds too: they are left out */
	bool any;         /* a tick was given */
};

/*
 * FROM_STORE_EMPTY: there is not a single tick, or none in the window; said, as every failure is.
 */
enum from_store_found { FROM_STORE_FINE, FROM_STORE_EMPTY, FROM_STORE_FAILED };

enum from_store_found from_store_open(struct from_store *f, const char *path);
void from_store_close(struct from_store *f); /* says what is damaged, and what was left out */

/* A session whose catalog has all that this faultline knows; watching_close() ends it. */
bool from_store_session(struct watching *w);

/* Begin to walk through the window. The session gets names and state, frame by frame. */
enum from_store_found from_store_walk(
	struct from_store *f, struct session *session, const struct store_window *window);
void from_store_say_empty(const struct from_store *f, const struct store_window *window);
/* The next tick; events may be NULL. FROM_STORE_EMPTY, not said: that was the last one. */
enum from_store_found from_store_next(
	struct from_store *f, struct frame *frame, int64_t *ret_end_ns, struct events *events);

/*
 * The state at the last tick that is not after the moment that was asked for (else the last one of
 * all), in w->session; w->frame is that tick, with what each source said last. What was seen of the
 * `before_ns` until then comes onto the tape, which may be NULL.
 */
enum from_store_found from_store_at(struct from_store *f, const struct window *at,
	int64_t before_ns, struct watching *w, struct tape *tape);

/* Whose state it is: the era that was recorded then; "?" where nobody knows. Texts live in the arena. */
void from_store_era(const struct from_store *f, int64_t wall_ns, struct arena *a,
	const char **ret_host, const char **ret_release);

/* What each source said in `from` replaces what it said in `all`. */
void from_store_add_reads(struct frame *all, const struct frame *from);
