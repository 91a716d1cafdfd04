/*
 * What a recorder reads outside of its own process: collectors that may hang, where there is what
 * they could hang at. Their rows become rows of its ticks.
 */
#pragma once

#include "cmd/child.h"
#include "record/adopt.h"

enum { OUTSIDE_COLLECTORS = 256 };

struct outside_options {
	struct host *host;
	const char *root; /* as of --root */
	const struct collector *const *list;
	size_t n;
	int64_t patience_ns;
	void (*event)(void *self, enum own_event which, const char *text, int64_t since_ns);
	void *self;
};

struct outside {
	struct outside_options options;
	const struct collector *may[OUTSIDE_COLLECTORS], *others[OUTSIDE_COLLECTORS];
	size_t n_may;
	bool on;     /* the child has them; else they are read here, with all others */
	bool opened; /* the child */
	struct child child;
	struct adopt adopt;
	int64_t begin_ns, every_ns; /* of the tick that was begun */
	bool fast;
};

/* False: more collectors than there is room for. */
bool outside_open(struct outside *o, const struct outside_options *options);
void outside_close(struct outside *o);

/* For an era: what is left to be read here. Then, when that was opened in the session, the rest. */
const struct collector *const *outside_choose(struct outside *o, size_t *ret_n);
int outside_begin_era(struct outside *o, struct session *session);
void outside_end_era(struct outside *o);
bool outside_wants_era(
	const struct outside *o); /* devices came that may hang: outside_choose() again */

/* Around the own work of a tick. */
void outside_begin_tick(
	struct outside *o, bool fast, bool rescan, int64_t every_ns, int64_t now_ns);
void outside_end_tick(struct outside *o, struct frame *frame);

int outside_fd(const struct outside *o); /* for poll; then outside_take() */
void outside_take(struct outside *o);
int64_t outside_cpu_ns(const struct outside *o);
void outside_state(const struct outside *o, int64_t now_ns, struct own_state *ret);
