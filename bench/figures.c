/* What benchmarks measure and print alike: memory, CPU of a thread, the order of figures. */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"

long resident_kb(void)
{
	OWN_FILE statm = fopen("/proc/self/statm", "re");
	char line[128] = "";
	str rest, word;
	uint64_t pages = 0;

	if (!statm || !fgets(line, sizeof(line), statm))
		return 0;
	rest = str_of(line);
	if (!str_next_word(&rest, &word) || str_next_u64(&rest, &pages) < 0)
		return 0;
	return (long)pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int64_t clock_thread_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

double ms(int64_t ns)
{
	return (double)ns / (double)MS_NS;
}

double times(int64_t ns, int64_t of_ns)
{
	return (double)ns / (double)of_ns;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void sort_by_size(int64_t *ns, size_t n)
{
	qsort(ns, n, sizeof(*ns), by_size);
}
