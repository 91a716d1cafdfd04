/*
 * What the loads of the lab share: a clock, numbers of the command line, one way to stop. A load ends
 * by its own clock, and what keeps a rate keeps it by an absolute schedule.
 */
#pragma once

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int64_t second_ns = 1000000000;

/* "--name N", or a word by itself; `text` for what is no number. */
struct option {
	const char *name;
	long *number, least, most;
	const char **text;
};

static inline int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * second_ns + t.tv_nsec;
}

static inline void sleep_until(int64_t at_ns)
{
	struct timespec t = { .tv_sec = at_ns / second_ns, .tv_nsec = at_ns % second_ns };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static inline _Noreturn void stop(const char *what, const char *remedy)
{
	if (errno)
		fprintf(stderr, "%s: %s: %s; %s\n", program_invocation_short_name, what,
			strerror(errno), remedy);
	else
		fprintf(stderr, "%s: %s; %s\n", program_invocation_short_name, what, remedy);
	exit(3);
}

static inline void pin(long cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		stop("cannot run on the CPU that was asked for", "choose another one with --cpu");
}

static inline long to_number(const struct option *o, const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end || errno || value < o->least || value > o->most) {
		fprintf(stderr, "%s: %s takes a number from %ld to %ld, not '%s'\n",
			program_invocation_short_name, o->name, o->least, o->most, text);
		exit(3);
	}
	return value;
}

/* Every option has a value; the table ends with an empty row. */
static inline void read_options(const struct option *options, char **words)
{
	for (; *words; words += 2) {
		const struct option *o = options;

		while (o->name && strcmp(o->name, *words) != 0)
			o++;
		errno = 0;
		if (!o->name)
			stop(*words,
				"there is no such option; the first lines of its source name all");
		if (!words[1])
			stop(*words, "it needs a value");
		if (o->text)
			*o->text = words[1];
		else
			*o->number = to_number(o, words[1]);
	}
}
