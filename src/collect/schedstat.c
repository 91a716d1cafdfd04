/* How long tasks waited for each CPU, from /proc/schedstat. */
#include <errno.h>

#include "collect/collector.h"

enum { RUN_TIME, RUN_DELAY, TIMESLICES };

/* clang-format off */
static const struct signal signals[] = {
	[RUN_TIME]   = { "sched.cpu.run_time",   NULL, COUNTER, NSEC, HOST, BY_CPU, FREE, "time in which this CPU ran tasks" },
	[RUN_DELAY]  = { "sched.cpu.run_delay",  NULL, COUNTER, NSEC, HOST, BY_CPU, FREE, "time that tasks waited in this CPU's run queue, summed over the tasks" },
	[TIMESLICES] = { "sched.cpu.timeslices", NULL, COUNTER, ONE,  HOST, BY_CPU, FREE, "times a task got this CPU" },
};
/* clang-format on */

/*
 * kernel/sched/stats.c, show_schedstat(). Versions 15 (6.1), 16 (6.12) and 17 differ in the lines
 * of domains only. Fields 1 to 6 stay 0 unless kernel.sched_schedstats is 1, so they are left out.
 */
enum { OLDEST_VERSION = 15, FIELDS = 9, FIRST_FIELD = 6, MOST_CPUS = 8192 };

/* "cpu0 0 0 0 0 0 0 3226707666 354548764 802"; with another number of fields it means something
 * else. */
static int parse_cpu(struct emit *out, uint64_t cpu, str line)
{
	str words[FIELDS], word;
	uint64_t value;
	unsigned n = 0;
	int r = 0;

	while (str_next_word(&line, &word)) {
		if (n == FIELDS)
			return -EBADMSG;
		words[n++] = word;
	}
	if (n != FIELDS || cpu >= MOST_CPUS)
		return -EBADMSG;
	for (unsigned i = FIRST_FIELD; i < FIELDS; i++)
		if (str_u64(words[i], &value) == 0)
			emit_at(out, i - FIRST_FIELD, out->who, (unsigned)cpu, (int64_t)value);
		else
			r = -EBADMSG;
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	uint64_t number;
	str line, word;
	int r = 0;

	(void)text;
	while (str_next_line(&from, &line)) {
		if (!str_next_word(&line, &word))
			continue;
		if (str_is(word, "version") &&
			(!str_next_word(&line, &word) || str_u64(word, &number) < 0 ||
				number < OLDEST_VERSION))
			return -EBADMSG;
		if (str_numbered(word, STR("cpu"), &number) == 0 &&
			parse_cpu(out, number, line) < 0)
			r = -EBADMSG;
	}
	return r;
}

static const struct text_source texts[] = {
	{ .path = "proc/schedstat", .who = "host", .absent = "kernel without CONFIG_SCHEDSTATS" },
};

const struct collector schedstat_collector = {
	.name = "schedstat",
	.about = "how long tasks waited for each CPU",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
