/*
 * The log reader turns lines of a kernel log or a journal into events. One table of patterns, one
 * pass; what no pattern knows goes nowhere, or to whoever asks for the unknown.
 *
 * It takes what people have: /dev/kmsg records, dmesg with and without -T, journalctl -k (also
 * -o short-precise and -o json), syslog, a bare line without any stamp. The format is found line by
 * line, so a file may mix them.
 */
#pragma once

#include "model/event.h"
#include "model/session.h"

struct log;

/* One line (or record) of a log, its prefix taken apart. Views into the log's own buffer. */
struct log_line {
	enum stamp stamp;
	int64_t at_ns;
	int level;       /* kernel level 0 emerg .. 7 debug; -1: the format does not tell */
	str device;      /* the record's DEVICE= as the kernel gives it: "+pci:0000:01:00.0"; "" */
	str text;        /* the message alone */
	uint64_t number; /* of the line in the log, from 1 */
};

struct log_options {
	int64_t now_ns; /* wall clock when the log was taken: syslog stamps have no year. 0: now */
	void (*event)(void *self, const struct event *e);
	void (*unknown)(void *self, const struct log_line *line); /* NULL: nobody asks */
	void *self;
};

/*
 * Entities and relations (which NIC stands on which PCI function) go to the session; the session's
 * catalog must have the log's signals. 0, -ENOMEM, or -EINVAL when a pattern does not compile.
 */
int log_open(struct session *session, const struct log_options *options, struct log **ret);
struct log *log_close(struct log *log); /* returns NULL; what is still being joined is given out */

/* Any piece of the log; a piece may end within a line. Never fails: what is no text is skipped. */
void log_feed(struct log *log, str bytes);
void log_pause(struct log *log); /* nothing more for now: give out what is being joined */
void log_flush(struct log *log); /* the log ends here: half a line is a line too */

/* What was read so far. */
struct log_count {
	uint64_t bytes, lines, events, suppressed, unknown, damaged, /* not a line of text */
		lost; /* records that the numbers of /dev/kmsg show to be missing */
};
struct log_count log_counted(const struct log *log);

void log_link_signals(struct catalog *catalog); /* the signals of all patterns, kind EVENT */
