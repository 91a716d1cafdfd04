/* Pressure stall information of the host, from /proc/pressure. */
#include <errno.h>

#include "collect/collector.h"

/*
 * Rows come in fours per file: some and full, each as average and total. Cgroups have the same
 * text.
 */
#define PRESSURE(layer, what, whom)                                                                          \
	{ layer ".psi." what ".some.avg10", NULL, GAUGE, SHARE_E4, HOST, NONE, FREE,                         \
		"share of the last ten seconds in which some task waited for " whom },                       \
		{ layer ".psi." what ".some.total", NULL, COUNTER, USEC, HOST, NONE, FREE,                   \
			"time in which some task waited for " whom },                                        \
		{ layer ".psi." what ".full.avg10", NULL, GAUGE, SHARE_E4, HOST, NONE, FREE,                 \
			"share of the last ten seconds in which all tasks that had work waited for " whom }, \
	{                                                                                                    \
		layer ".psi." what ".full.total", NULL, COUNTER, USEC, HOST, NONE, FREE,                     \
			"time in which all tasks that had work waited for " whom                             \
	}

static const struct signal signals[] = {
	PRESSURE("sched", "cpu", "a CPU"),
	PRESSURE("memory", "memory", "memory"),
	PRESSURE("memory", "io", "I/O"),
	PRESSURE("irq", "irq", "interrupts and softirqs to give the CPU back"),
};
enum { ROWS_A_FILE = 4, ROWS_A_LINE = 2 };

static const struct text_source texts[] = {
	{ .path = "proc/pressure/cpu",
		.who = "host",
		.layer = "sched",
		.absent = "kernel without CONFIG_PSI, or psi=0" },
	{ .path = "proc/pressure/memory",
		.who = "host",
		.layer = "memory",
		.absent = "kernel without CONFIG_PSI, or psi=0" },
	{ .path = "proc/pressure/io",
		.who = "host",
		.layer = "memory",
		.absent = "kernel without CONFIG_PSI, or psi=0" },
	{ .path = "proc/pressure/irq",
		.who = "host",
		.layer = "irq",
		.absent = "kernel without IRQ_TIME_ACCOUNTING, or before 6.1" },
};

/* "some avg10=4.05 avg60=0.82 avg300=0.17 total=610350" */
static int parse_line(struct emit *out, unsigned first_row, str line)
{
	str word, key, number;
	uint64_t total;
	int64_t average;
	int r = 0;

	while (str_next_word(&line, &word)) {
		if (!str_cut(word, '=', &key, &number))
			continue;
		if (str_is(key, "avg10")) {
			if (str_fixed(number, 2, &average) == 0)
				emit(out, first_row, average);
			else
				r = -EBADMSG;
		} else if (str_is(key, "total")) {
			if (str_u64(number, &total) == 0)
				emit(out, first_row + 1, (int64_t)total);
			else
				r = -EBADMSG;
		}
	}
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	str line, word;
	int r = 0;

	while (str_next_line(&from, &line)) {
		if (!str_next_word(&line, &word))
			continue;
		if (str_is(word, "some") && parse_line(out, text * ROWS_A_FILE, line) < 0)
			r = -EBADMSG;
		if (str_is(word, "full") &&
			parse_line(out, text * ROWS_A_FILE + ROWS_A_LINE, line) < 0)
			r = -EBADMSG;
	}
	return r;
}

const struct collector pressure_collector = {
	.name = "pressure",
	.about = "pressure stall information of the host",
	.fast = 2,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
