/* The loop of a recorder. */
#include "cmd/sampler.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "cmd/live.h"
#include "cmd/notify.h"
#include "cmd/outside.h"
#include "cmd/store_path.h"
#include "collect/run.h"
#include "listen/listen.h"
#include "log/log.h"
#include "record/own.h"

enum {
	LOG_BYTES = 16 << 20,
	TEXT_BYTES_MOST =
		8 << 20, /* of events that wait for a packet; a storm beyond it is counted */
	SLOWEST = 60,    /* over the budget it reads at the least so many times less often */
	LISTEN_FD = 0,
	LOG_FD,
	LIVE_FD,
	SIGNAL_FD,
	CHILD_FD,
	FDS,
};
static const int64_t join_ns = 20 * MS_NS;          /* lines of one report come closer than this */
static const int64_t fast_after_ns = 5 * SECOND_NS; /* an event */
static const int64_t rescan_ns = 60 * SECOND_NS, budget_window_ns = 10 * SECOND_NS;
static const int64_t era_ns = 24 * 3600 * SECOND_NS;

struct sampler {
	struct sampler_options options;
	struct writer *writer;
	struct live *live;
	struct notify notify;
	int signal_fd;
	struct pack packet;
	struct arena text; /* of the log, for one look */
	/* of an era: */
	struct session session;
	struct run *run;
	struct outside outside; /* of all eras */
	struct listen *listen;
	struct log *log;
	struct frame frame;
	struct packet_writer packets;
	struct events events; /* that came since the last packet */
	uint16_t log_source;
	bool renews, wants_era;
	int64_t era_begin_ns;
	/* the log */
	int log_error;
	int64_t log_empty_ns,
		log_pause_ns; /* when it was last found empty; when a report is whole */
	uint64_t log_lost;
	/* time */
	int64_t begin_ns, start_ns, due, next_fast_ns, fast_until_ns, rescan_due_ns;
	unsigned slower;
	int64_t window_cpu_ns, window_ns;
	uint64_t n_events;
	unsigned n_namespaces;
	int store_error;
};

/* ---- an era ---- */

static void on_event(void *self, const struct event *e)
{
	struct sampler *s = self;
	struct event copy = *e;

	if (!copy.arrival_hi_ns) { /* of the log */
		copy.arrival_lo_ns = s->log_empty_ns;
		copy.arrival_hi_ns = clock_mono_ns();
	}
	s->n_events++;
	if (s->events.texts.at - s->events.texts.base < TEXT_BYTES_MOST)
		events_add(&s->events, &copy);
	else
		s->events.dropped++;
	if (e->severity > EVENT_INFO)
		s->fast_until_ns = copy.arrival_hi_ns + fast_after_ns;
}

/* since_ns: when it began, by the monotonic clock; 0: now. */
static void on_own(void *self, enum own_event which, const char *text, int64_t since_ns)
{
	struct sampler *s = self;
	struct event e = own_event(&s->session, which, text);

	e.arrival_lo_ns = e.arrival_hi_ns = clock_mono_ns();
	e.stamp = since_ns ? MONO_STAMP : NO_STAMP;
	e.at_ns = since_ns;
	on_event(s, &e);
}

static void say_own(struct sampler *s, enum own_event which, const char *text)
{
	on_own(s, which, text, 0);
}

static void add_log_source(struct sampler *s)
{
	struct session *session = &s->session;

	s->log_source = (uint16_t)session->n_sources;
	if (session->n_sources < SOURCE_LIMIT)
		session->sources[session->n_sources++] =
			(struct source){ .path = "dev/kmsg", .collector = "log" };
}

static int open_era(struct sampler *s)
{
	const struct sampler_options *o = &s->options;
	const struct run_options scheduled = { .scheduled = true };
	const struct log_options log = { .event = on_event, .self = s };
	const struct listen_options listen = {
		.event = on_event, .self = s, .asked_for = o->verbs_events ? "verbs" : NULL
	};
	size_t n;
	const struct collector *const *list = outside_choose(&s->outside, &n);
	int r = session_open(&s->session);

	if (r == 0)
		r = frame_open(&s->frame);
	if (r == 0)
		r = events_open(&s->events);
	if (r == 0)
		r = run_open(o->host, &s->session, list, n, &scheduled, &s->run);
	if (r == 0)
		r = outside_begin_era(&s->outside, &s->session);
	if (r < 0)
		return r;
	log_link_signals(&s->session.catalog);
	own_link_signals(&s->session.catalog);
	entity_add(&s->session.entities, HOST, "", STR(""));
	add_log_source(s);
	r = listen_open(o->host, &s->session, listeners, n_listeners, &listen, &s->listen);
	if (r == 0)
		r = log_open(&s->session, &log, &s->log);
	packet_writer_open(&s->packets, &s->session);
	s->renews = true;
	s->n_namespaces = 0;
	s->wants_era = false;
	s->log_lost = 0;
	s->era_begin_ns = clock_mono_ns();
	return r;
}

static void close_era(struct sampler *s)
{
	s->log = log_close(s->log);
	s->listen = listen_close(s->listen);
	s->run = run_close(s->run);
	outside_end_era(&s->outside);
	packet_writer_close(&s->packets);
	frame_close(&s->frame);
	events_close(&s->events);
	session_close(&s->session);
}

static bool is_nearly_full(const struct names *names)
{
	return names->n > names->limit / 4 * 3 || names->dropped;
}

/* Names are never forgotten in a session: one that has lived long is followed by a new one. */
static bool has_aged(const struct sampler *s)
{
	return s->wants_era || clock_mono_ns() - s->era_begin_ns > era_ns ||
	       is_nearly_full(&s->session.entities.names) || is_nearly_full(&s->session.texts) ||
	       s->session.ledger.dropped || s->session.relations.dropped;
}

/* ---- packets ---- */

static void hand_on(struct sampler *s, bool full)
{
	str packet = { s->packet.p, s->packet.n };

	writer_put(s->writer, packet, full);
	if (!s->live)
		return;
	live_send(s->live, packet, false);
	if (full)
		live_send(s->live, packet, true);
}

/* Who has just come begins with the whole state; nobody else hears it again. */
static void feed_new_followers(struct sampler *s, int64_t end_ns)
{
	if (!s->live || !live_has_new(s->live))
		return;
	s->packet.n = 0;
	packet_write(
		&s->packets, &s->frame, end_ns, NULL, 0, PACKET_FULL | PACKET_RENEWS, &s->packet);
	live_send(s->live, (str){ s->packet.p, s->packet.n }, true);
}

static void send_events(struct sampler *s)
{
	if (s->events.n == 0 || s->renews)
		return;
	s->packet.n = 0;
	packet_write_events(&s->packets, s->events.items, s->events.n, &s->packet);
	events_clear(&s->events);
	hand_on(s, false);
}

static void send_tick(struct sampler *s, bool fast)
{
	bool full = !fast && (s->renews || writer_status(s->writer)->wants_full);
	unsigned flags = full ? PACKET_FULL | (s->renews ? PACKET_RENEWS : 0) : 0;
	int64_t end_ns = clock_mono_ns();

	s->packet.n = 0;
	packet_write(
		&s->packets, &s->frame, end_ns, s->events.items, s->events.n, flags, &s->packet);
	events_clear(&s->events);
	s->renews = s->renews && !full;
	hand_on(s, full);
	if (!fast)
		feed_new_followers(s, end_ns);
}

/* ---- what is heard ---- */

static void take_log(struct sampler *s)
{
	int64_t now_ns = clock_mono_ns();
	str text;

	if (s->log_error < 0)
		return;
	s->log_error = host_log(s->options.host, &s->text, &text);
	if (s->log_error == 0 && text.n) {
		log_feed(s->log, text);
		s->log_pause_ns = now_ns + join_ns;
	}
	s->log_empty_ns = now_ns;
	arena_release(&s->text, s->text.base);
	if (log_counted(s->log).lost > s->log_lost) {
		char words[96];

		snprintf(words, sizeof(words),
			"%llu records were overwritten before they were read",
			(unsigned long long)(log_counted(s->log).lost - s->log_lost));
		s->log_lost = log_counted(s->log).lost;
		say_own(s, OWN_LOG_LOST, words);
	}
}

static void end_log_report(struct sampler *s)
{
	if (s->log_pause_ns && clock_mono_ns() >= s->log_pause_ns) {
		log_pause(s->log);
		s->log_pause_ns = 0;
	}
}

/* Said once when it begins and once when it is over. */
static void watch_store(struct sampler *s)
{
	const struct writer_status *status = writer_status(s->writer);
	int error = status->error;
	char words[160];

	if ((error < 0) == (s->store_error < 0))
		return;
	s->store_error = error;
	if (error < 0) {
		snprintf(words, sizeof(words), "%s; what is read is held in memory for a while",
			store_trouble(error));
		say("%s: %s; make it writable again", s->options.store, words);
		say_own(s, OWN_STORE_FAILED, words);
	} else {
		snprintf(words, sizeof(words), "it takes what comes again; %llu readings were lost",
			(unsigned long long)status->lost);
		say("%s: %s", s->options.store, words);
		say_own(s, OWN_STORE_RECOVERED, words);
	}
}

/* ---- ticks ---- */

static int64_t every_ns(const struct sampler *s)
{
	return s->options.every_ns * s->slower;
}

static int64_t due_ns(const struct sampler *s)
{
	return s->start_ns + s->due * every_ns(s);
}

/* Fast ticks all the time when they cost next to nothing, else for some seconds around events. */
static bool is_fast_now(const struct sampler *s, int64_t now_ns)
{
	int64_t fast_ns = s->options.fast_ns;

	return fast_ns && s->slower == 1 && fast_ns < s->options.every_ns &&
	       (now_ns < s->fast_until_ns ||
		       run_can_be_fast(s->run, fast_ns, s->options.cpu_share / 4));
}

static void emit_own(struct sampler *s, int64_t now_ns)
{
	struct own_state state = {
		.every_ns = every_ns(s),
		.fast_ns = is_fast_now(s, now_ns) ? s->options.fast_ns : 0,
		.followers = s->live ? live_followers(s->live) : 0,
		.followers_dropped = s->live ? live_dropped(s->live) : 0,
		.events = s->n_events,
		.status = writer_status(s->writer),
	};

	outside_state(&s->outside, now_ns, &state);
	own_emit(&s->session, &state, &s->frame);
}

static void note_missed(struct sampler *s, int64_t missed, int64_t late_ns)
{
	char words[128];

	if (missed <= 0)
		return;
	snprintf(words, sizeof(words), "%lld readings missed: the next one came %lld ms late",
		(long long)missed, (long long)(late_ns / MS_NS));
	say_own(s, OWN_MISSED, words);
}

/* True: devices came or went. */
static bool rescan_when_asked(struct sampler *s, int64_t now_ns)
{
	bool asked = listen_wants_rescan(s->listen);

	if (!asked && now_ns < s->rescan_due_ns)
		return false;
	s->rescan_due_ns = now_ns + rescan_ns;
	listen_rescan(s->listen);
	if (asked)
		run_rescan(s->run);
	s->wants_era = asked && outside_wants_era(&s->outside);
	return asked;
}

/* The budget holds for all threads together, and for the child. */
static void hold_budget(struct sampler *s, int64_t now_ns)
{
	int64_t cpu_ns = clock_cpu_ns() + outside_cpu_ns(&s->outside),
		span_ns = now_ns - s->window_ns;
	double share = (double)(cpu_ns - s->window_cpu_ns) / (double)span_ns;
	unsigned before = s->slower;
	char words[128];

	if (span_ns < budget_window_ns || span_ns < 4 * every_ns(s))
		return;
	s->window_ns = now_ns;
	s->window_cpu_ns = cpu_ns;
	if (share > s->options.cpu_share && s->slower < SLOWEST)
		s->slower = s->slower * 2 < SLOWEST ? s->slower * 2 : SLOWEST;
	else if (share < s->options.cpu_share / 3 && s->slower > 1)
		s->slower /= 2;
	if (s->slower == before)
		return;
	snprintf(words, sizeof(words),
		"%.2f %% of a CPU, the budget is %.2f %%: it reads every %.1f s now", share * 100,
		s->options.cpu_share * 100, (double)every_ns(s) / 1e9);
	say_own(s, s->slower > before ? OWN_OVERLOAD : OWN_RELIEVED, words);
	s->start_ns = now_ns;
	s->due = 0;
}

static bool renew_when_aged(struct sampler *s)
{
	if (!has_aged(s))
		return true;
	send_events(s);
	close_era(s);
	return open_era(s) == 0;
}

/* The tick finds the namespaces; listeners have a socket in each. */
static void hear_new_namespaces(struct sampler *s)
{
	unsigned n = host_namespaces(s->options.host);

	if (n != s->n_namespaces)
		listen_rescan(s->listen);
	s->n_namespaces = n;
}

static bool take_tick(struct sampler *s, int64_t now_ns)
{
	int64_t late_ns = now_ns - due_ns(s);
	int64_t at = (now_ns - s->start_ns) / every_ns(s);
	bool rescan;

	note_missed(s, at - s->due, late_ns);
	s->due = at + 1;
	if (!renew_when_aged(s))
		return false;
	rescan = rescan_when_asked(s, now_ns);
	outside_begin_tick(&s->outside, false, rescan, every_ns(s), now_ns);
	run_tick(s->run, &s->frame);
	hear_new_namespaces(s);
	outside_end_tick(&s->outside, &s->frame);
	listen_report(s->listen, &s->frame);
	frame_read(&s->frame, (struct source_read){ .source = s->log_source,
				      .status = (int16_t)s->log_error,
				      .files = s->log_error == 0,
				      .begin_ns = now_ns,
				      .end_ns = now_ns });
	emit_own(s, now_ns);
	watch_store(s);
	send_tick(s, false);
	s->next_fast_ns = now_ns + s->options.fast_ns;
	hold_budget(s, now_ns);
	return true;
}

static void take_fast_tick(struct sampler *s, int64_t now_ns)
{
	s->next_fast_ns = now_ns + s->options.fast_ns;
	if (!is_fast_now(s, now_ns))
		return;
	outside_begin_tick(&s->outside, true, false, s->options.fast_ns, now_ns);
	if (run_fast(s->run, &s->frame) < 0)
		return;
	outside_end_tick(&s->outside, &s->frame);
	send_tick(s, true);
}

/* ---- the loop ---- */

static bool is_over(const struct sampler *s)
{
	return s->options.for_ns && due_ns(s) - s->begin_ns > s->options.for_ns;
}

/* In ms, rounded up: who wakes early finds nothing to do. */
static int patience(const struct sampler *s, int64_t now_ns)
{
	int64_t until_ns = due_ns(s), left_ns;

	if (s->log_pause_ns && s->log_pause_ns < until_ns)
		until_ns = s->log_pause_ns;
	if (s->notify.every_ns && s->notify.due_ns < until_ns)
		until_ns = s->notify.due_ns;
	if (is_fast_now(s, now_ns) && s->next_fast_ns < until_ns)
		until_ns = s->next_fast_ns;
	left_ns = until_ns - now_ns;
	return left_ns <= 0 ? 0 : (int)((left_ns + MS_NS - 1) / MS_NS);
}

/* False: a signal came. */
static bool wait_and_hear(struct sampler *s)
{
	struct pollfd fds[FDS] = {
		[LISTEN_FD] = { listen_fd(s->listen), POLLIN, 0 },
		[LOG_FD] = { s->log_error < 0 ? -1 : host_log_fd(s->options.host), POLLIN, 0 },
		[LIVE_FD] = { s->live ? live_fd(s->live) : -1, POLLIN, 0 },
		[SIGNAL_FD] = { s->signal_fd, POLLIN, 0 },
		[CHILD_FD] = { outside_fd(&s->outside), POLLIN, 0 },
	};

	if (poll(fds, FDS, patience(s, clock_mono_ns())) < 0 && errno != EINTR)
		return false;
	if (fds[CHILD_FD].revents)
		outside_take(&s->outside);
	if (fds[LIVE_FD].revents)
		live_take(s->live);
	if (fds[LISTEN_FD].revents)
		listen_take(s->listen);
	if (fds[LOG_FD].revents)
		take_log(s);
	end_log_report(s);
	send_events(s);
	return fds[SIGNAL_FD].revents == 0;
}

static bool run_loop(struct sampler *s)
{
	bool good = true;

	while (good && !is_over(s)) {
		int64_t now_ns = clock_mono_ns();

		notify_alive(&s->notify, now_ns);
		if (now_ns >= due_ns(s))
			good = take_tick(s, now_ns);
		else if (now_ns >= s->next_fast_ns)
			take_fast_tick(s, now_ns);
		if (good && !is_over(s) && !wait_and_hear(s))
			break;
	}
	return good;
}

static sigset_t stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

void sampler_block_signals(void)
{
	sigset_t set = stop_signals();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void open_log(struct sampler *s)
{
	s->log_error =
		host_is_live(s->options.host) ? host_log_open(s->options.host, true) : -ENOTSUP;
	s->log_empty_ns = clock_mono_ns();
}

/* Pages that are never written are not held: most of the address space is room for what may come. */
static void lock_memory(struct sampler *s)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		say_own(s, OWN_LOCK_FAILED, strerror(errno));
}

static bool begin(struct sampler *s)
{
	const struct outside_options outside = { s->options.host, s->options.root,
		s->options.collectors, s->options.n_collectors, s->options.patience_ns, on_own, s };
	sigset_t set = stop_signals();
	int r = outside_open(&s->outside, &outside) ? open_era(s) : -E2BIG;

	if (r == 0)
		r = arena_open(&s->text, LOG_BYTES);
	s->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r < 0 || s->signal_fd < 0) {
		say("no memory for a session; free some, or raise the limit on address space (ulimit -v)");
		return false;
	}
	open_log(s);
	r = live_open(s->options.store, &s->live);
	if (r < 0)
		say("%s.socket: %s; nobody can follow this recorder", s->options.store,
			strerror(-r));
	say_own(s, OWN_STARTED, "faultline " FAULTLINE_VERSION);
	lock_memory(s);
	notify_open(&s->notify);
	s->begin_ns = s->start_ns = s->window_ns = clock_mono_ns();
	s->rescan_due_ns = s->begin_ns + rescan_ns;
	s->window_cpu_ns = clock_cpu_ns();
	notify_ready("recording");
	return true;
}

bool sampler_run(const struct sampler_options *options, struct writer *writer)
{
	struct sampler *s = own_alloc(1, sizeof(*s));
	bool good;

	*s = (struct sampler){
		.options = *options, .writer = writer, .signal_fd = -1, .slower = 1
	};
	good = begin(s) && run_loop(s);
	notify_stopping("writing what there is");
	live_close(s->live);
	outside_close(&s->outside);
	close_era(s);
	arena_close(&s->text);
	pack_free(&s->packet);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	free(s);
	return good;
}
