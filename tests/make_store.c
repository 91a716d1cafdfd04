/*
 * Makes a store of a tape: each recorded tick through the collectors and the log's patterns, as
 * faultline record does with the live machine. usage: make-store TAPE STORE
 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "collect/run.h"
#include "log/log.h"
#include "record/own.h"

enum { LOG_TEXT = 64 << 20 };

struct maker {
	struct host *host;
	struct session session;
	struct run *run;
	struct log *log;
	struct frame frame;
	struct events events;
	struct arena text;
	struct packet_writer packets;
	struct pack packet;
	struct writer *writer;
	uint16_t log_source;
	bool begun;
};

static void on_event(void *self, const struct event *e)
{
	events_add(&((struct maker *)self)->events, e);
}

static bool maker_open(struct maker *m, const char *tape)
{
	static const struct run_options patient = { .budget_ns = INT64_MAX };
	const struct log_options log = { .event = on_event, .self = m };
	struct session *s = &m->session;

	if (host_tape(tape, &m->host) < 0 || session_open(s) < 0 || frame_open(&m->frame) < 0 ||
		events_open(&m->events) < 0 || arena_open(&m->text, LOG_TEXT) < 0 ||
		run_open(m->host, s, collectors, n_collectors, &patient, &m->run) < 0)
		return false;
	log_link_signals(&s->catalog);
	entity_add(&s->entities, HOST, "", STR(""));
	m->log_source = (uint16_t)s->n_sources;
	s->sources[s->n_sources++] = (struct source){ .path = "dev/kmsg", .collector = "log" };
	packet_writer_open(&m->packets, s);
	return log_open(s, &log, &m->log) == 0;
}

static int feed_log(struct maker *m)
{
	str text;
	int r = host_log(m->host, &m->text, &text);

	if (r == 0)
		log_feed(m->log, text);
	arena_release(&m->text, m->text.base);
	return r;
}

static void put_tick(struct maker *m, int log_status, int64_t end_ns)
{
	bool full = !m->begun || writer_status(m->writer)->wants_full;
	unsigned flags = (full ? PACKET_FULL : 0) | (m->begun ? 0 : PACKET_RENEWS);

	frame_read(&m->frame, (struct source_read){ .source = m->log_source,
				      .status = (int16_t)log_status,
				      .begin_ns = m->frame.mono_ns });
	m->packet.n = 0;
	packet_write(
		&m->packets, &m->frame, end_ns, m->events.items, m->events.n, flags, &m->packet);
	m->events.n = 0;
	/* a recorder would rather lose a tick than wait */
	while (!writer_put(m->writer, (str){ m->packet.p, m->packet.n }, full))
		clock_sleep_until(clock_mono_ns() + 10 * MS_NS);
	m->begun = true;
}

static void put_rest(struct maker *m)
{
	log_flush(m->log);
	m->packet.n = 0;
	if (m->events.n == 0)
		return;
	packet_write_events(&m->packets, m->events.items, m->events.n, &m->packet);
	writer_put(m->writer, (str){ m->packet.p, m->packet.n }, false);
}

static bool make(struct maker *m)
{
	int r;

	while ((r = host_next(m->host)) == 0) {
		struct host_clock clock;
		int status = feed_log(m);

		host_clock(m->host, &clock);
		if (run_tick(m->run, &m->frame) == 0)
			put_tick(m, status, clock.end_ns ? clock.end_ns : clock.mono_ns);
	}
	put_rest(m);
	return r == -ENODATA && writer_close(m->writer) == 0;
}

int main(int argc, char **argv)
{
	struct writer_options options = { .path = argc == 3 ? argv[2] : NULL,
		.boot_id = "made",
		.host = "made",
		.release = "made",
		.every_ns = SECOND_NS,
		.segment_ns = 20 * SECOND_NS,
		.queue_bytes = 64 << 20 };
	static struct maker maker;
	char why[STORE_WHY] = "";

	if (argc != 3) {
		fputs("usage: make-store TAPE STORE\n", stderr);
		return 3;
	}
	if (maker_open(&maker, argv[1]) && writer_open(&options, &maker.writer, why) == 0 &&
		make(&maker))
		return 0;
	fprintf(stderr, "make-store: %s was not made: %s\n", argv[2], why);
	return 1;
}
