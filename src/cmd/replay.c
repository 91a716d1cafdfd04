/* A replay: ticks through the collectors, log lines through the patterns, both onto one tape. */
#include "listen/listen.h"
#include "cmd/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "cmd/from_store.h"
#include "cmd/log_input.h"
#include "detect/onset.h"
#include "explain/explain.h"

enum { ANSWER = 512 << 20 };

static void on_event(void *self, const struct event *e)
{
	events_add(&((struct replay *)self)->events, e);
}

/* ---- what there is to read ---- */

/* When the log was written: its stamps may have no year. 0: now, or nobody knows. */
static int64_t written_ns(const struct replay_options *o)
{
	OWN_FD fd = o->n_logs ? open(o->logs[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	return fd < 0 ? 0 : log_input_taken_ns(fd);
}

static void link_tape(struct catalog *catalog, const struct host *host)
{
	for (size_t i = 0; !host && i < n_collectors; i++)
		catalog_link(catalog, collectors[i]->signals, collectors[i]->n_signals);
	log_link_signals(catalog);
	if (host) /* nobody listened when it was made */
		listen_link_signals(catalog);
}

static bool open_all(struct replay *r, const struct replay_options *o, struct host *host)
{
	static const struct run_options patient = { .budget_ns = INT64_MAX };
	struct run_options run = patient;
	struct log_options log = { .event = on_event, .self = r };
	struct watching *w = &r->watching;

	run.withhold = o->withhold;
	log.now_ns = host ? host_taken_ns(host) : written_ns(o);
	*w = (struct watching){ .host = host };
	if (session_open(&w->session) < 0 || frame_open(&w->frame) < 0 ||
		arena_open(&w->answer, ANSWER) < 0 || events_open(&r->events) < 0 ||
		tape_open(&r->tape, &w->session) < 0 ||
		(host &&
			run_open(host, &w->session, collectors, n_collectors, &run, &w->run) < 0)) {
		say("no memory for a tape; free some, or raise the limit on address space (ulimit -v)");
		return false;
	}
	w->session.relations.keeps_past = true;
	if (o->store)
		command_link(&w->session.catalog);
	else
		link_tape(&w->session.catalog, host);
	entity_add(&w->session.entities, HOST, "", STR(""));
	if (log_open(&w->session, &log, &r->log) < 0) {
		say("the log patterns do not compile; run faultline lint");
		return false;
	}
	return true;
}

/* ---- ticks ---- */

static bool is_after_begin(const struct replay_options *o, const struct host_clock *at)
{
	return !o->window.first_ns ||
	       (o->window.in_mono ? at->mono_ns : at->wall_ns) >= o->window.first_ns;
}

static bool is_wanted(
	const struct replay_options *o, const struct replay *r, const struct host_clock *at)
{
	int64_t last = r->tape.n_ticks ? r->tape.ticks[r->tape.n_ticks - 1].begin_ns : INT64_MIN;

	if (!is_after_begin(o, at))
		return false;
	/* a tick comes a little early or late: half of a millisecond in ten is none of our business */
	return !o->thin_ns || r->tape.n_ticks == 0 ||
	       at->mono_ns - last >= o->thin_ns - o->thin_ns / 20;
}

static void feed_log(struct replay *r, const struct replay_options *o)
{
	struct arena *a = &r->watching.answer;
	char *mark = arena_mark(a);
	str text;

	if (o->withhold && strcmp(o->withhold, "log") == 0)
		return;
	if (host_log(r->watching.host, a, &text) == 0) {
		r->tape.has_log = true;
		log_feed(r->log, text);
	}
	arena_release(a, mark);
}

static void take_tick(struct replay *r)
{
	struct watching *w = &r->watching;
	struct host_clock clock;

	if (run_tick(w->run, &w->frame) < 0 && r->tape.n_ticks == 0)
		return;
	host_clock(w->host, &clock);
	tape_add(&r->tape, &w->frame, clock.end_ns ? clock.end_ns : clock_mono_ns());
}

static bool read_recording(struct replay *r, const struct replay_options *o)
{
	struct host *host = r->watching.host;
	struct host_clock clock;
	int n;

	while ((n = host_next(host)) == 0) {
		host_clock(host, &clock);
		if (o->window.last_ns &&
			(o->window.in_mono ? clock.mono_ns : clock.wall_ns) > o->window.last_ns)
			break;
		if (is_after_begin(o, &clock))
			feed_log(r, o);
		if (is_wanted(o, r, &clock))
			take_tick(r);
		else
			r->skipped++;
	}
	if (n == -EBADMSG)
		snprintf(r->damage, sizeof(r->damage), "%s", host_damage(host));
	return true;
}

static bool watch_live(struct replay *r, const struct replay_options *o)
{
	struct pace pace = o->pace;
	bool log = host_log_open(r->watching.host, true) == 0;

	while (pace_next(&pace)) {
		take_tick(r);
		if (log)
			feed_log(r, o);
	}
	return true;
}

/* ---- logs ---- */

static bool read_log(struct replay *r, const char *path)
{
	OWN_FD fd = log_input_open(path);

	if (fd < 0 || !log_input_file(r->log, path, fd, false))
		return false;
	log_flush(r->log);
	r->tape.has_log = true;
	return true;
}

static bool read_all_logs(struct replay *r, const struct replay_options *o)
{
	for (size_t i = 0; i < o->n_logs; i++)
		if (!read_log(r, o->logs[i]))
			return false;
	return true;
}

/*
 * A log of the same machine tells again what the recording holds. Both are in the order of time, so
 * lines are paired from the end; what has a pair is left out.
 */
static void drop_told_twice(struct replay *r, uint32_t n_recorded)
{
	OWN_MEMORY bool *paired = own_alloc(r->events.n + 1, sizeof(*paired));
	uint32_t kept = n_recorded;

	for (uint32_t i = r->events.n; i > n_recorded; i--) {
		const struct event *e = &r->events.items[i - 1];

		for (uint32_t k = n_recorded; k > 0 && !paired[i - 1]; k--) {
			const struct event *own = &r->events.items[k - 1];

			if (paired[k - 1] || own->sig != e->sig || own->who != e->who ||
				!str_eq(own->text, e->text))
				continue;
			paired[k - 1] = paired[i - 1] = true;
		}
	}
	for (uint32_t i = n_recorded; i < r->events.n; i++)
		if (!paired[i])
			r->events.items[kept++] = r->events.items[i];
	r->events.n = kept;
}

/* ---- a window ---- */

/* When the recording ends; false when it has no tick. */
static bool end_of(const char *root, struct host_clock *ret)
{
	struct host *host;
	bool any = false;

	if (host_tape(root, &host) < 0)
		return false;
	while (host_next(host) == 0) {
		host_clock(host, ret);
		any = true;
	}
	host_close(host);
	return any;
}

/* So much before the end of the recording, or before --to. */
static void place_span(struct replay_options *o)
{
	struct window *w = &o->window;
	struct host_clock end;
	int64_t end_ns;

	if (!o->root || !w->span_ns || !end_of(o->root, &end))
		return;
	w->in_mono = w->in_mono || !w->last_ns;
	end_ns = w->in_mono ? end.mono_ns : end.wall_ns;
	if (w->last_ns && w->last_ns < end_ns)
		end_ns = w->last_ns;
	w->first_ns = end_ns > w->span_ns ? end_ns - w->span_ns : 1;
}

static bool is_outside(const struct replay_options *o, const struct event *e)
{
	enum stamp clock = o->window.in_mono ? MONO_STAMP : WALL_STAMP;

	return e->stamp == clock && ((o->window.first_ns && e->at_ns < o->window.first_ns) ||
					    (o->window.last_ns && e->at_ns > o->window.last_ns));
}

/* Lines of logs that stand outside of the window; without one, and with a span, the log's own end counts. */
static void cut_events(struct replay *r, struct replay_options *o)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; o->window.span_ns && !o->window.first_ns && i < r->events.n; i++) {
		const struct event *e = &r->events.items[i];

		if (e->stamp != NO_STAMP && e->at_ns > o->window.last_ns) {
			o->window.last_ns = e->at_ns;
			o->window.in_mono = e->stamp == MONO_STAMP;
		}
	}
	if (o->window.span_ns && !o->window.first_ns && o->window.last_ns > o->window.span_ns)
		o->window.first_ns = o->window.last_ns - o->window.span_ns;
	for (uint32_t i = 0; i < r->events.n; i++)
		if (!is_outside(o, &r->events.items[i]))
			r->events.items[kept++] = r->events.items[i];
	r->events.n = kept;
}

/* ---- all of it ---- */

static bool open_host(const struct replay_options *o, struct host **ret)
{
	*ret = NULL;
	if (o->root)
		return command_tape(o->root, ret);
	return !o->live || command_host(NULL, ret);
}

bool replay_open(const struct replay_options *asked, struct replay *ret)
{
	struct replay_options options = *asked, *o = &options;
	struct host *host;
	uint32_t n_recorded;
	bool fine;

	*ret = (struct replay){ 0 };
	place_span(o);
	if (!open_host(o, &host))
		return false;
	fine = open_all(ret, o, host) && (!o->store || replay_read_store(ret, o)) &&
	       (!o->root || read_recording(ret, o)) && (o->root || !host || watch_live(ret, o));
	if (fine)
		log_flush(ret->log);
	n_recorded = ret->events.n;
	fine = fine && read_all_logs(ret, o);
	if (fine && n_recorded)
		drop_told_twice(ret, n_recorded);
	if (fine)
		cut_events(ret, o);
	else
		replay_close(ret);
	return fine;
}

void replay_close(struct replay *r)
{
	r->log = log_close(r->log);
	events_close(&r->events);
	tape_close(&r->tape);
	watching_close(&r->watching);
}

bool replay_explain(struct replay *r, struct report *ret)
{
	struct onsets onsets;

	if (tape_finish(&r->tape, &r->events) == 0 &&
		onsets_find(&r->tape, knowledge, &r->watching.answer, &onsets) == 0 &&
		explain(&r->tape, &onsets, knowledge, &r->watching.answer, ret) == 0)
		return true;
	say("no memory for the answer; choose a shorter window");
	return false;
}
