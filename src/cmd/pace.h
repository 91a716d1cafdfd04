/*
 * When the readings of a command that takes several are due: --every D [--for D | --count N], on
 * the monotonic clock, at multiples of `every` from the first. One that comes late is taken late,
 * never doubled; those that were missed are left out.
 */
#pragma once

#include "cmd/command.h"

enum { PACE_MOST = 100000 }; /* readings that are asked for at once */

struct pace {
	int64_t every_ns, for_ns; /* as asked for; 0: not */
	uint64_t count;
	bool begun;
	int64_t start_ns;
	uint64_t due,
		taken; /* number of the last one, as if none were missed; how many there were */
};

#define PACE_OPTIONS                                                                               \
	{ "every", required_argument, NULL, 'e' }, { "for", required_argument, NULL, 'd' },        \
	{                                                                                          \
		"count", required_argument, NULL, 'c'                                              \
	}

/* Each says what is wrong and returns false. */
bool pace_option(struct pace *pace, const struct command *command, int option, const char *value);
bool pace_check(const struct pace *pace, const struct command *command);

/*
 * Wait for the next one. False when there are no more, or SIGINT, SIGTERM or SIGHUP came: from the
 * first call on these end the waiting and nothing else. The first is due at once.
 */
bool pace_next(struct pace *pace);

/* The same for readings that were taken at some time: whether this one is asked for. */
bool pace_takes(struct pace *pace, int64_t mono_ns);
