/*
 * A tape that a test makes: its own signals, entities, relations and events, and a script for each
 * cell. The ledger and the frames are the real ones. Seconds count from the first tick.
 */
#pragma once

#include "base/clock.h"
#include "model/onset.h"
#include "model/report.h"

enum { MADE_CELLS = 4096, MADE_SOURCES = 8, MADE_SCRIPT = 256, MADE_SKIPS = 16 };

#define MADE_MONO_NS (INT64_C(1000) * SECOND_NS)
#define MADE_WALL_NS (INT64_C(1763750400) * SECOND_NS)

/* What one cell shows, tick after tick. */
struct made_cell {
	uint32_t who;
	uint16_t sig, sub;
	bool there;
	int64_t value, step;
	const char *script; /* what is left of it; NULL: set by hand */
	unsigned left;      /* ticks that the word at hand still lasts */
};

struct made {
	struct session session;
	struct frame frame;
	struct tape tape;
	struct events events;
	struct arena answer;
	struct made_cell *cells;
	size_t n_cells, at; /* the cell that was used last: the next one is mostly behind it */
	const struct knowledge *known[LAYERS];
	struct onsets onsets;
	struct report report;
	int16_t errors[MADE_SOURCES];
	bool idle[MADE_SOURCES]; /* not read in the ticks that come */
	bool fast;             /* the ticks that come are fast: nothing without a source is read */
	int64_t wall_ahead_ns; /* of the monotonic clock */
	int64_t width_ns;      /* how long a tick takes */
	bool log;
};

void made_open(struct made *m, const struct signal *signals, size_t n);
void made_close(struct made *m);

/* For setup and teardown of cmocka: on the heap, and of a test's state. */
struct made *made_new(const struct signal *signals, size_t n, const struct knowledge *k);
int made_free(void **state);

/* The table stands for its own layer; all others are empty. Its signals have any layer. */
void made_know(struct made *m, const struct knowledge *k);

uint32_t made_who(struct made *m, const char *entity);
uint16_t made_sig(const struct made *m, const char *signal);

/* From the next tick on the cell has this value, or is not there. */
void made_set(struct made *m, const char *who, const char *signal, unsigned sub, int64_t value);
void made_text(struct made *m, const char *who, const char *signal, const char *text);
void made_lose(struct made *m, const char *who, const char *signal, unsigned sub);

/*
 * The cell's life in words: "30x0 5x10 - =255" is thirty ticks with 0, five with 10, one without the
 * cell, then 255 exactly. A number is the growth of a counter, and the value of anything else. The
 * last word lasts until the end; "first" ticks begin with the next made_play().
 */
void made_script(
	struct made *m, const char *who, const char *signal, unsigned sub, const char *script);

/* A source of the signals from `first` to `last` of the table; its number. */
unsigned made_source(struct made *m, const char *path, const char *first, const char *last);
void made_refuse(struct made *m, unsigned source, int error); /* from the next tick on; 0: read */

void made_idle(struct made *m, unsigned source, bool idle); /* from the next tick on */

void made_relate(struct made *m, const char *a, enum via via, const char *b, double since_s);
void made_part(struct made *m, const char *a, enum via via, const char *b, double until_s);

void made_tick(struct made *m, double at_s);
void made_play(struct made *m, unsigned ticks, double step_s); /* goes on after the last tick */

/* A line of the log: `stamp` says of which clock at_s is. */
void made_event(struct made *m, const char *who, const char *signal, enum stamp stamp, double at_s);

/* The event that was made last came to a listener between the two. */
void made_arrival(struct made *m, double lo_s, double hi_s);

int64_t made_ns(double at_s); /* on the tape's clock */
const struct onsets *made_onsets(struct made *m);
const struct report *made_explain(struct made *m); /* onsets included */
char *made_json(struct made *m);                   /* of the report; to be freed */

/* The nth onset of a signal (any entity when who is NULL) in the order of time; NULL: none. */
const struct onset *made_onset(
	const struct made *m, const char *who, const char *signal, unsigned nth);
unsigned made_count(const struct made *m, const char *signal); /* onsets of it */

/* It began after tick `last_normal` (-1: from the start) and by tick `first`; it ended so. */
void made_assert_began(
	const struct made *m, const struct onset *o, int last_normal, unsigned first);
void made_assert_ended(const struct made *m, const struct onset *o, unsigned last, unsigned normal);
const struct watched *made_watched(const struct made *m, const char *who, const char *signal);

/* What the report says of a signal; NULL or false: nothing. */
const char *made_why_out(const struct made *m, const char *who, const char *signal);
const char *made_why_unread(const struct made *m, const char *signal);
bool made_link(const struct made *m, const char *from, const char *to);
const char *made_root(const struct made *m); /* signal of the first root, or "" */
