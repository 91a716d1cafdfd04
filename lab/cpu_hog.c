/*
 * Keeps one CPU busy, for the lab: what a runaway real-time task does to the interrupts of its CPU.
 *
 *   cpu-hog [--cpu 0] [--seconds 10] [--fifo PRIORITY]
 *
 * Nothing of a lower priority can end it, so it ends by its own clock.
 */
#include "load.h"

int main(int argc, char **argv)
{
	long cpu = 0, seconds = 10, fifo = 0;
	const struct option options[] = {
		{ "--cpu", &cpu, 0, CPU_SETSIZE - 1, NULL },
		{ "--seconds", &seconds, 1, 120, NULL },
		{ "--fifo", &fifo, 1, 99, NULL },
		{ NULL },
	};
	int64_t end;

	(void)argc;
	read_options(options, argv + 1);
	end = now_ns() + seconds * second_ns;
	pin(cpu);
	if (fifo) {
		struct sched_param param = { .sched_priority = (int)fifo };

		if (sched_setscheduler(0, SCHED_FIFO, &param) < 0)
			stop("cannot become a real-time task", "run it as root");
	}
	while (now_ns() < end)
		;
	return 0;
}
