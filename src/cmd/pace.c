/* Waiting for the next reading. */
#include "cmd/pace.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"

static const int64_t shortest_ns = 10 * MS_NS, longest_ns = 7 * 86400 * SECOND_NS;

static bool parse_span(const char *value, int64_t *ret_ns)
{
	int64_t ns;

	if (clock_duration(str_of(value), &ns) < 0 || ns < shortest_ns || ns > longest_ns)
		return false;
	*ret_ns = ns;
	return true;
}

bool pace_option(struct pace *pace, const struct command *command, int option, const char *value)
{
	uint64_t count;

	if (option == 'c') {
		if (str_u64(str_of(value), &count) < 0 || count == 0 || count > PACE_MOST) {
			command_usage(command, "not a number of 1 to 100000:", value);
			return false;
		}
		pace->count = count;
		return true;
	}
	if (parse_span(value, option == 'e' ? &pace->every_ns : &pace->for_ns))
		return true;
	command_usage(command, "not a duration of 10ms to 7d:", value);
	return false;
}

bool pace_check(const struct pace *pace, const struct command *command)
{
	const char *problem = NULL;

	if (!pace->every_ns && (pace->for_ns || pace->count))
		problem = "--for and --count need --every";
	else if (pace->for_ns && pace->count)
		problem = "--for or --count, not both";
	else if (pace->for_ns && pace->every_ns > pace->for_ns)
		problem = "--every is longer than --for";
	else if (pace->every_ns && pace->for_ns / pace->every_ns > PACE_MOST)
		problem = "more than 100000 readings: choose a longer --every or a shorter --for";
	if (problem)
		command_usage(command, problem, "");
	return !problem;
}

static bool is_over(const struct pace *pace)
{
	return (pace->count && pace->taken == pace->count) ||
	       (pace->for_ns && (int64_t)pace->due > pace->for_ns / pace->every_ns);
}

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* The signals are blocked and fetched here, so that none is lost between a look and a sleep. */
static bool wait_until(int64_t mono_ns)
{
	sigset_t set;
	int got;

	stop_signals(&set);
	do {
		int64_t left = mono_ns - clock_mono_ns();
		struct timespec time = { 0, 0 };

		if (left > 0)
			time = (struct timespec){ left / SECOND_NS, left % SECOND_NS };
		got = sigtimedwait(&set, NULL, &time);
	} while (got < 0 && errno == EINTR);
	return got < 0;
}

bool pace_next(struct pace *pace)
{
	int64_t now = clock_mono_ns();
	sigset_t set;

	if (!pace->begun) {
		stop_signals(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
		pace->begun = true;
		pace->start_ns = now;
	} else {
		uint64_t due = (uint64_t)((now - pace->start_ns) / pace->every_ns);

		pace->due = due > pace->due ? due : pace->due + 1;
	}
	if (is_over(pace))
		return false;
	if (pace->taken && !wait_until(pace->start_ns + (int64_t)pace->due * pace->every_ns))
		return false;
	pace->taken++;
	return true;
}

/* A reading begins a little after it was due, the first one too. */
bool pace_takes(struct pace *pace, int64_t mono_ns)
{
	int64_t slack_ns = pace->every_ns / 100, age_ns;

	if (!pace->begun || mono_ns < pace->start_ns) {
		pace->begun = true;
		pace->start_ns = mono_ns;
		pace->due = 0;
	}
	age_ns = mono_ns - pace->start_ns + slack_ns;
	if (is_over(pace) || age_ns / pace->every_ns < (int64_t)pace->due)
		return false;
	pace->due = (uint64_t)(age_ns / pace->every_ns) + 1;
	pace->taken++;
	return true;
}
