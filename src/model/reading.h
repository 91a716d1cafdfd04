/*
 * A reading is a value as people think of it; how it is made follows from the signal's kind and
 * unit alone. A counter of time reads as a share of time, another counter as a rate a second,
 * shares as 0..1, the rest as it is.
 */
#pragma once

#include "model/signal.h"

/* The growth of a counter between two values, its width and a reset considered. */
enum growth {
	GREW,
	RESET,     /* it went back: a new start, nothing is known of what came before */
	SATURATED, /* it stands at its maximum: it cannot tell */
};
enum growth counter_growth(
	const struct signal *signal, int64_t before, int64_t after, uint64_t *ret);

bool signal_saturated(const struct signal *signal, int64_t value);

/* A counter of time, in seconds; 0 for other units. */
double unit_seconds(enum unit unit);

/*
 * False where there is no reading: a counter without a window, or one that was reset or is
 * saturated.
 */
bool reading_of(
	const struct signal *signal, int64_t before, int64_t after, double window_s, double *ret);
bool reading_now(const struct signal *signal, int64_t value,
	double *ret); /* gauges, states and numeric facts */

enum { READING_TEXT = 48 };
/* "45.2 %", "1,234/s", "8 lanes"; returns `out`. */
const char *reading_format(
	const struct signal *signal, double reading, char out[static READING_TEXT]);
const char *reading_unit(const struct signal *signal); /* "share", "/s", "lanes", ... */
