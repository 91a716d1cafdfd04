/* What benchmarks measure and print alike. */
#pragma once

#include <stddef.h>
#include <stdint.h>

long resident_kb(void);            /* of this process */
int64_t clock_thread_cpu_ns(void); /* of the calling thread */
double ms(int64_t ns);
double times(int64_t ns, int64_t of_ns);
void sort_by_size(int64_t *ns, size_t n);
