/* What CPUs spent their time on, and how many tasks run, block and wait, from /proc/stat and
 * /proc/loadavg. */
#include <errno.h>

#include "collect/collector.h"

enum {
	USER,
	NICE,
	SYSTEM,
	IDLE,
	IOWAIT,
	HARDIRQ,
	SOFTIRQ,
	STEAL,
	GUEST,
	GUEST_NICE,
	FIRST_KEYED,
	LOAD_1M = FIRST_KEYED + 6,
	LOAD_5M,
	LOAD_15M,
	LOAD_RUNNING,
	LOAD_TASKS
};

/* clang-format off */
static const struct signal signals[] = {
	/* in the order of the columns: fs/proc/stat.c, show_stat() */
	[USER]         = { "sched.cpu.user",       NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time in user space, guests included" },
	[NICE]         = { "sched.cpu.nice",       NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time in user space of niced tasks, guests included" },
	[SYSTEM]       = { "sched.cpu.system",     NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time in the kernel on behalf of tasks" },
	[IDLE]         = { "sched.cpu.idle",       NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time with nothing to do" },
	[IOWAIT]       = { "sched.cpu.iowait",     NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "idle time while a task of this CPU waited for I/O (may go back)" },
	[HARDIRQ]      = { "irq.cpu.time",         NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time in interrupt handlers" },
	[SOFTIRQ]      = { "softirq.cpu.time",     NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time in softirqs" },
	[STEAL]        = { "sched.cpu.steal",      NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time that the hypervisor gave to others" },
	[GUEST]        = { "sched.cpu.guest",      NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time of running guests, counted in user as well" },
	[GUEST_NICE]   = { "sched.cpu.guest_nice", NULL, COUNTER, TICKS, HOST, BY_CPU, FREE, "time of running niced guests, counted in nice as well" },
	[FIRST_KEYED]  = { "irq.total",            "intr",          COUNTER, ONE, HOST, NONE, FREE, "interrupts taken by all CPUs" },
	{                  "sched.switches",       "ctxt",          COUNTER, ONE, HOST, NONE, FREE, "context switches on all CPUs" },
	{                  "sched.forks",          "processes",     COUNTER, ONE, HOST, NONE, FREE, "processes and threads started" },
	{                  "sched.running",        "procs_running", GAUGE,   ONE, HOST, NONE, FREE, "tasks that run or wait for a CPU" },
	{                  "sched.blocked",        "procs_blocked", GAUGE,   ONE, HOST, NONE, FREE, "tasks that wait for I/O" },
	{                  "softirq.total",        "softirq",       COUNTER, ONE, HOST, NONE, FREE, "softirqs run by all CPUs" },
	[LOAD_1M]      = { "sched.load.1m",        NULL, GAUGE, CENTI, HOST, NONE, FREE, "tasks that ran, waited for a CPU or blocked, averaged over a minute" },
	[LOAD_5M]      = { "sched.load.5m",        NULL, GAUGE, CENTI, HOST, NONE, FREE, "the same over five minutes" },
	[LOAD_15M]     = { "sched.load.15m",       NULL, GAUGE, CENTI, HOST, NONE, FREE, "the same over fifteen minutes" },
	[LOAD_RUNNING] = { "sched.load.running",   NULL, GAUGE, ONE,   HOST, NONE, FREE, "tasks that run or wait for a CPU, as /proc/loadavg says" },
	[LOAD_TASKS]   = { "sched.load.tasks",     NULL, GAUGE, ONE,   HOST, NONE, FREE, "tasks there are, threads included" },
};
/* clang-format on */

enum { STAT_TEXT, LOADAVG_TEXT, MOST_CPUS = 8192 };

static const struct text_source texts[] = {
	[STAT_TEXT] = { .path = "proc/stat", .who = "host" },
	[LOADAVG_TEXT] = { .path = "proc/loadavg", .who = "host", .layer = "sched" },
};

/* "cpu3 29260 0 3354 148474 134 0 620 301 0 0": old kernels have fewer columns, newer ones may have
 * more. */
static int parse_cpu(struct emit *out, uint64_t cpu, str columns)
{
	uint64_t ticks;
	str word;
	int r = 0;

	if (cpu >= MOST_CPUS)
		return -EBADMSG;
	for (unsigned row = USER; row <= GUEST_NICE && str_next_word(&columns, &word); row++)
		if (str_u64(word, &ticks) == 0)
			emit_at(out, row, out->who, (unsigned)cpu, (int64_t)ticks);
		else
			r = -EBADMSG;
	return r;
}

/* The line of intr goes on with a number for each IRQ there could be: only its first, the total, is
 * read. */
static int parse_stat_line(struct emit *out, str line, unsigned *hint)
{
	uint64_t number;
	str key, word;
	int row;

	if (!str_next_word(&line, &key) || str_is(key, "cpu"))
		return 0;
	if (str_numbered(key, STR("cpu"), &number) == 0)
		return parse_cpu(out, number, line);
	row = emit_row_of(out, key, hint);
	if (row < 0)
		return 0;
	if (!str_next_word(&line, &word) || str_u64(word, &number) < 0)
		return -EBADMSG;
	emit(out, (unsigned)row, (int64_t)number);
	return 0;
}

static int parse_stat(struct emit *out, str from)
{
	unsigned hint = FIRST_KEYED;
	str line;
	int r = 0;

	while (str_next_line(&from, &line))
		if (parse_stat_line(out, line, &hint) < 0)
			r = -EBADMSG;
	return r;
}

/* "0.65 0.80 0.49 1/98 8770": the averages, running/all tasks, the last process id. */
static int parse_loadavg(struct emit *out, str from)
{
	str word, part[2];
	uint64_t tasks;
	int64_t load;
	int r = 0;

	for (unsigned row = LOAD_1M; row <= LOAD_15M; row++)
		if (str_next_word(&from, &word) && str_fixed(word, 2, &load) == 0)
			emit(out, row, load);
		else
			r = -EBADMSG;
	if (!str_next_word(&from, &word) || !str_cut(word, '/', &part[0], &part[1]))
		return -EBADMSG;
	for (unsigned i = 0; i < 2; i++)
		if (str_u64(part[i], &tasks) == 0)
			emit(out, LOAD_RUNNING + i, (int64_t)tasks);
		else
			r = -EBADMSG;
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	return text == STAT_TEXT ? parse_stat(out, from) : parse_loadavg(out, from);
}

const struct collector stat_collector = {
	.name = "stat",
	.about = "what CPUs spent their time on, and how many tasks run and block",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
