/* A replay: ticks through the collectors, log lines through the patterns, both onto one tape. */
#include "cmd/replay.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "cmd/log_input.h"
#include "detect/onset.h"
#include "explain/explain.h"

enum { ANSWER = 512 << 20 };

static void on_event(void *self, const struct event *e)
{
	events_add(&((struct replay *)self)->events, e);
}

/* ---- what there is to read ---- */

static bool open_all(struct replay *r, const struct replay_options *o, struct host *host)
{
	static const struct run_options patient = { .budget_ns = INT64_MAX };
	struct run_options run = patient;
	struct log_options log = { .event = on_event, .self = r };
	struct watching *w = &r->watching;

	run.withhold = o->withhold;
	log.now_ns = host ? host_taken_ns(host) : 0;
	*w = (struct watching){ .host = host };
	if (session_open(&w->session) < 0 || frame_open(&w->frame) < 0 ||
		arena_open(&w->answer, ANSWER) < 0 || events_open(&r->events) < 0 ||
		tape_open(&r->tape, &w->session) < 0 ||
		(host &&
			run_open(host, &w->session, collectors, n_collectors, &run, &w->run) < 0)) {
		say("no memory for a tape; free some, or raise the limit on address space (ulimit -v)");
		return false;
	}
	for (size_t i = 0; !host && i < n_collectors; i++)
		catalog_link(&w->session.catalog, collectors[i]->signals, collectors[i]->n_signals);
	log_link_signals(&w->session.catalog);
	entity_add(&w->session.entities, HOST, "", STR(""));
	if (log_open(&w->session, &log, &r->log) < 0) {
		say("the log patterns do not compile; run faultline lint");
		return false;
	}
	return true;
}

/* ---- ticks ---- */

static bool is_wanted(
	const struct replay_options *o, const struct replay *r, const struct host_clock *at)
{
	int64_t now = o->in_mono ? at->mono_ns : at->wall_ns;
	int64_t last = r->tape.n_ticks ? r->tape.ticks[r->tape.n_ticks - 1].begin_ns : INT64_MIN;

	if ((o->first_ns && now < o->first_ns) || (o->last_ns && now > o->last_ns))
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
		if (o->last_ns && (o->in_mono ? clock.mono_ns : clock.wall_ns) > o->last_ns)
			break;
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

/* ---- all of it ---- */

static bool open_host(const struct replay_options *o, struct host **ret)
{
	*ret = NULL;
	if (o->root)
		return command_tape(o->root, ret);
	return !o->live || command_host(NULL, ret);
}

bool replay_open(const struct replay_options *o, struct replay *ret)
{
	struct host *host;
	bool fine;

	*ret = (struct replay){ 0 };
	if (!open_host(o, &host))
		return false;
	fine = open_all(ret, o, host) && (!o->root || read_recording(ret, o)) &&
	       (o->root || !host || watch_live(ret, o));
	if (fine)
		log_flush(ret->log);
	fine = fine && read_all_logs(ret, o);
	if (!fine)
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
