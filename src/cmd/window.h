/*
 * A window of time that commands are asked for: --from A, --to B, --last D, --at T. Both ends are
 * told by the same clock; --last counts back from --to, or from where the recording ends.
 */
#pragma once

#include "cmd/command.h"
#include "record/store.h"

struct window {
	int64_t first_ns, last_ns; /* 0: not asked for */
	int64_t span_ns;           /* --last; 0: not asked for */
	bool in_mono;              /* the clock of first_ns and last_ns: since boot */
	bool at;                   /* last_ns is --at: what held at that moment */
};

/* The letters that getopt_long returns for them. */
enum { WINDOW_FROM = 'F', WINDOW_TO = 'T', WINDOW_LAST = 'L', WINDOW_AT = 'A' };

#define WINDOW_OPTIONS                                                                             \
	{ "from", required_argument, NULL, WINDOW_FROM },                                          \
		{ "to", required_argument, NULL, WINDOW_TO },                                      \
	{                                                                                          \
		"last", required_argument, NULL, WINDOW_LAST                                       \
	}
#define WINDOW_AT_OPTION                                                                           \
	{                                                                                          \
		"at", required_argument, NULL, WINDOW_AT                                           \
	}

/* Whether the letter is one of them. */
bool window_is_option(int option);
/* Take one of them. False, and said, when it is no time or does not go with the others. */
bool window_option(struct window *w, const struct command *command, int option, const char *value);
/* False, and said, when --to is before --from. */
bool window_check(const struct window *w, const struct command *command);

bool window_is_open(const struct window *w); /* nothing was asked for */

/* As a store takes it. */
struct store_window window_of(const struct window *w, const struct store_about *about);
