/* A log that is read, and what was heard of it: a line for each event and each unknown line. */
#pragma once

#include "test.h"

#include "log/log.h"
#include "show/events.h"

struct heard {
	struct session session;
	struct log *log;
	FILE *out;
	char *text;
	size_t size;
	bool whole; /* print the text of events too, line ends as bars */
};

__attribute__((unused)) static void hear_event(void *self, const struct event *e)
{
	struct heard *h = self;
	char time[EVENT_TIME];

	fprintf(h->out, "%s %s %.*s %s %u", event_time(e->stamp, e->at_ns, time),
		catalog_get(&h->session.catalog, e->sig)->name,
		STR_ARG(entity_text(&h->session.entities, e->who)),
		event_severity_names[e->severity], e->count);
	if (h->whole)
		fputc(' ', h->out);
	for (size_t i = 0; h->whole && i < e->text.n; i++)
		fputc(e->text.p[i] == '\n' ? '|' : e->text.p[i], h->out);
	fputc('\n', h->out);
}

__attribute__((unused)) static void hear_unknown(void *self, const struct log_line *l)
{
	struct heard *h = self;
	char time[EVENT_TIME];

	fprintf(h->out, "? %s %d \"%.*s\" %.*s\n", event_time(l->stamp, l->at_ns, time), l->level,
		STR_ARG(l->device), STR_ARG(l->text));
}

/* 2026-11-22T00:00:00Z */
enum { NOW_S = 1795305600 };

__attribute__((unused)) static void heard_open(struct heard *h, int64_t now_s, bool unknown)
{
	struct log_options options = { .now_ns = now_s * INT64_C(1000000000),
		.event = hear_event,
		.unknown = unknown ? hear_unknown : NULL,
		.self = h };

	*h = (struct heard){ 0 };
	h->out = open_memstream(&h->text, &h->size);
	assert_non_null(h->out);
	assert_int_equal(session_open(&h->session), 0);
	log_link_signals(&h->session.catalog);
	assert_int_equal(log_open(&h->session, &options, &h->log), 0);
}

__attribute__((unused)) static const char *heard_text(struct heard *h)
{
	log_flush(h->log);
	fflush(h->out);
	return h->text;
}

__attribute__((unused)) static void heard_close(struct heard *h)
{
	log_close(h->log);
	fclose(h->out);
	free(h->text);
	session_close(&h->session);
}

/* The events of a text. */
__attribute__((unused)) static void assert_events(str text, const char *expected)
{
	struct heard h;

	heard_open(&h, NOW_S, false);
	log_feed(h.log, text);
	assert_string_equal(heard_text(&h), expected);
	heard_close(&h);
}

__attribute__((unused)) static void assert_texts(str text, const char *expected)
{
	struct heard h;

	heard_open(&h, NOW_S, false);
	h.whole = true;
	log_feed(h.log, text);
	assert_string_equal(heard_text(&h), expected);
	heard_close(&h);
}

/* The unknown lines of a text, and its events. */
__attribute__((unused)) static void assert_lines_at(str text, int64_t now_s, const char *expected)
{
	struct heard h;

	heard_open(&h, now_s, true);
	log_feed(h.log, text);
	assert_string_equal(heard_text(&h), expected);
	heard_close(&h);
}
