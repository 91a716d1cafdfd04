/* Stores that stand in for the live machine. */
#include "cmd/from_store.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/say.h"
#include "cmd/store_parts.h"
#include "record/statement.h"

/* ---- opening ---- */

static enum from_store_found fail(const struct from_store *f, int r)
{
	if (r == -ENOMEM)
		say("%s: no memory to read it; choose a shorter window", f->path);
	else
		say("%s: %s; faultline store verify tells what can still be read", f->path,
			strerror(-r));
	return FROM_STORE_FAILED;
}

enum from_store_found from_store_open(struct from_store *f, const char *path)
{
	int code, r;

	*f = (struct from_store){ .path = path };
	if (!store_file_open(path, EXIT_CANNOT, &f->store, &code))
		return FROM_STORE_FAILED;
	r = store_about(f->store, &f->about);
	if (r == 0)
		return FROM_STORE_FINE;
	if (r != -ENODATA)
		return fail(f, r);
	say("%s: not a single tick in it; record for longer", path);
	return FROM_STORE_EMPTY;
}

void from_store_close(struct from_store *f)
{
	f->walk = store_walk_close(f->walk);
	if (f->earlier && f->any)
		say("%s: %llu ticks of earlier boots were left out; --to a time before the last one chooses them",
			f->path, (unsigned long long)f->earlier);
	if (f->store && store_damage(f->store))
		say("%s: %s; %s", f->path, store_damage(f->store),
			f->any ? "what can be read is answered"
			       : "faultline store verify tells what can still be read");
	f->store = store_close(f->store);
}

bool from_store_session(struct watching *w)
{
	*w = (struct watching){ 0 };
	if (session_open(&w->session) == 0 && frame_open(&w->frame) == 0 &&
		arena_open(&w->answer, 64 << 20) == 0) {
		command_link(&w->session.catalog);
		return true;
	}
	say("no memory for a session; free some, or raise the limit on address space (ulimit -v)");
	watching_close(w);
	return false;
}

/* ---- walking ---- */

/* What was asked for, and what there is. */
void from_store_say_empty(const struct from_store *f, const struct store_window *w)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	const struct store_about *a = &f->about;

	if (store_damage(f->store))
		return; /* which is the reason, and is said at the end */
	if (w->in_mono)
		say("%s: no tick in that window; the last boot was recorded from mono:%.3f to mono:%.3f",
			f->path, (double)a->first_mono_ns / 1e9, (double)a->last_mono_ns / 1e9);
	else
		say("%s: no tick in that window; it was recorded from %s to %s", f->path,
			clock_format(a->first_wall_ns, from), clock_format(a->last_wall_ns, to));
}

/* Without a word where there is none in it. */
static int walk_open(
	struct from_store *f, struct session *session, const struct store_window *window)
{
	f->walk = store_walk_close(f->walk);
	f->any = false;
	return store_walk_open(f->store, session, window, &f->walk, &f->earlier);
}

enum from_store_found from_store_walk(
	struct from_store *f, struct session *session, const struct store_window *window)
{
	int r = walk_open(f, session, window);

	if (r == -ENODATA) {
		from_store_say_empty(f, window);
		return FROM_STORE_EMPTY;
	}
	return r < 0 ? fail(f, r) : FROM_STORE_FINE;
}

enum from_store_found from_store_next(
	struct from_store *f, struct frame *frame, int64_t *ret_end_ns, struct events *events)
{
	int r = store_walk_next(f->walk, frame, ret_end_ns, events);

	if (r == -ENODATA)
		return FROM_STORE_EMPTY;
	if (r < 0)
		return fail(f, r);
	f->any = true;
	return FROM_STORE_FINE;
}

void from_store_add_reads(struct frame *all, const struct frame *from)
{
	bool again[SOURCE_LIMIT] = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < from->n_reads; i++)
		again[from->reads[i].source % SOURCE_LIMIT] = true;
	for (uint32_t i = 0; i < all->n_reads; i++)
		if (!again[all->reads[i].source % SOURCE_LIMIT])
			all->reads[n++] = all->reads[i];
	all->n_reads = n;
	n = 0;
	for (uint32_t i = 0; i < all->n_failures; i++)
		if (!again[all->failures[i].source % SOURCE_LIMIT])
			all->failures[n++] = all->failures[i];
	all->n_failures = n;
	for (uint32_t i = 0; i < from->n_reads; i++)
		frame_read(all, from->reads[i]);
	for (uint32_t i = 0; i < from->n_failures; i++)
		frame_failure(all, from->failures[i]);
}

/* ---- the state at a moment ---- */

/* All that was said in the window, to its last tick. */
static enum from_store_found take_all(struct from_store *f, struct watching *w, struct tape *tape)
{
	enum from_store_found found;
	struct frame frame;
	int64_t end_ns;

	if (frame_open(&frame) < 0)
		return fail(f, -ENOMEM);
	frame_clear(&w->frame);
	while ((found = from_store_next(f, &frame, &end_ns, NULL)) == FROM_STORE_FINE) {
		from_store_add_reads(&w->frame, &frame);
		w->frame.wall_ns = frame.wall_ns;
		w->frame.mono_ns = frame.mono_ns;
		w->frame.boot_ns = frame.boot_ns;
		if (tape)
			tape_add(tape, &frame, end_ns);
	}
	frame_close(&frame);
	return found == FROM_STORE_EMPTY && f->any ? FROM_STORE_FINE : found;
}

static int64_t clock_of(const struct store_window *w, const struct frame *f)
{
	return w->in_mono ? f->mono_ns : f->wall_ns;
}

/*
 * When the last tick in that window was, by its clock. Looked for backwards in ever longer steps: the
 * moment may stand in a gap of the recording, and to walk from its begin takes long.
 */
static enum from_store_found find_last(
	struct from_store *f, const struct store_window *until, int64_t *ret_ns)
{
	enum from_store_found found = FROM_STORE_EMPTY;
	struct store_window window = *until;
	struct watching w;

	for (int64_t span_ns = 60 * SECOND_NS; found == FROM_STORE_EMPTY && window.first_ns != 1;
		span_ns = span_ns < INT64_MAX / 16 ? span_ns * 16 : INT64_MAX) {
		window.first_ns = until->last_ns > span_ns ? until->last_ns - span_ns : 1;
		if (!from_store_session(&w))
			return FROM_STORE_FAILED;
		switch (walk_open(f, &w.session, &window)) {
		case 0:
			found = take_all(f, &w, NULL);
			break;
		case -ENODATA:
			break;
		default:
			found = FROM_STORE_FAILED;
		}
		*ret_ns = clock_of(until, &w.frame);
		f->walk = store_walk_close(f->walk);
		watching_close(&w);
	}
	return found;
}

/* Times are told in milliseconds: whoever asks for one that was told means all of it. */
static int64_t end_of_moment(int64_t at_ns)
{
	return at_ns % MS_NS ? at_ns : at_ns + MS_NS - 1;
}

/* Somebody who asks for a moment has to know when nobody was looking then. */
static bool is_in_recording(const struct from_store *f, const struct store_window *until,
	enum from_store_found found, int64_t last_ns)
{
	const struct store_about *a = &f->about;
	int64_t end_ns = until->in_mono ? a->last_mono_ns : a->last_wall_ns;
	int64_t patience_ns = 2 * a->every_ns + SECOND_NS, late_ns = until->last_ns - last_ns;

	if (found == FROM_STORE_EMPTY || until->last_ns > end_ns + patience_ns) {
		from_store_say_empty(f, until);
		return false;
	}
	if (late_ns > patience_ns)
		say("%s: nothing was recorded in the %.1f s before that time; what was read last stands for it",
			f->path, (double)late_ns / 1e9);
	return true;
}

enum from_store_found from_store_at(struct from_store *f, const struct window *at,
	int64_t before_ns, struct watching *w, struct tape *tape)
{
	struct store_window window = { .last_ns = f->about.last_mono_ns, .in_mono = true };
	enum from_store_found found;
	int64_t last_ns = window.last_ns;

	if (at->at) {
		window = (struct store_window){ .last_ns = end_of_moment(at->last_ns),
			.in_mono = at->in_mono };
		found = find_last(f, &window, &last_ns);
		if (found == FROM_STORE_FAILED || !is_in_recording(f, &window, found, last_ns))
			return found == FROM_STORE_FAILED ? found : FROM_STORE_EMPTY;
	}
	window.last_ns = last_ns;
	window.first_ns = last_ns > before_ns ? last_ns - before_ns : 1;
	found = from_store_walk(f, &w->session, &window);
	f->earlier = 0; /* nobody asked for them */
	if (found != FROM_STORE_FINE)
		return found;
	found = take_all(f, w, tape);
	if (found == FROM_STORE_EMPTY)
		from_store_say_empty(f, &window);
	return found;
}

static const char *kept(struct arena *a, str text)
{
	const char *copy = arena_copy(a, text).p;

	return copy ? copy : "?";
}

void from_store_era(const struct from_store *f, int64_t wall_ns, struct arena *a,
	const char **ret_host, const char **ret_release)
{
	struct statement era;
	int r = statement_open(store_db(f->store),
		"SELECT host, release FROM segment JOIN era ON era.id = era"
		" WHERE n_ticks > 0 AND first_wall_ns <= ? ORDER BY segment.id DESC LIMIT 1",
		&era);

	*ret_host = *ret_release = "?";
	if (r == 0)
		r = statement_bind(&era, "i", wall_ns);
	if (r == 0 && statement_next(&era) == 1) {
		*ret_host = kept(a, statement_text(&era, 0));
		*ret_release = kept(a, statement_text(&era, 1));
	}
	statement_close(&era);
}
