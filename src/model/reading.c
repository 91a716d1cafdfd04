/* Readings: rates, shares and plain values. */
#include "model/reading.h"

#include <stdio.h>

static uint64_t maximum(const struct signal *signal)
{
	return signal->bits && signal->bits < 64 ? (UINT64_C(1) << signal->bits) - 1 : UINT64_MAX;
}

bool signal_saturated(const struct signal *signal, int64_t value)
{
	return signal->full == SATURATES && signal->bits && (uint64_t)value >= maximum(signal);
}

/*
 * A narrow counter that fell by most of its width went round; one that fell by less was set back.
 */
enum growth counter_growth(
	const struct signal *signal, int64_t before, int64_t after, uint64_t *ret)
{
	uint64_t a = (uint64_t)before, b = (uint64_t)after, max = maximum(signal);

	if (signal_saturated(signal, after))
		return SATURATED;
	if (b >= a) {
		*ret = b - a;
		return GREW;
	}
	if (signal->full == SATURATES || max == UINT64_MAX || a - b <= max / 2)
		return RESET;
	*ret = max - a + b + 1;
	return GREW;
}

double unit_seconds(enum unit unit)
{
	switch (unit) {
	case NSEC:
		return 1e-9;
	case USEC:
		return 1e-6;
	case MSEC:
		return 1e-3;
	case TICKS:
		return 1e-2;
	default:
		return 0;
	}
}

bool reading_of(
	const struct signal *signal, int64_t before, int64_t after, double window_s, double *ret)
{
	double seconds = unit_seconds(signal->unit);
	uint64_t grown;

	if (signal->kind != COUNTER)
		return reading_now(signal, after, ret);
	if (window_s <= 0 || counter_growth(signal, before, after, &grown) != GREW)
		return false;
	*ret = (double)grown * (seconds > 0 ? seconds : 1) / window_s;
	return true;
}

bool reading_now(const struct signal *signal, int64_t value, double *ret)
{
	if (signal->kind == COUNTER || signal->unit == TEXT)
		return false;
	*ret = (double)value / (signal->unit == SHARE_E4 ? 1e4 : signal->unit == CENTI ? 1e2 : 1);
	return true;
}

static bool is_share(const struct signal *signal)
{
	return signal->unit == SHARE_E4 ||
	       (signal->kind == COUNTER && unit_seconds(signal->unit) > 0);
}

const char *reading_unit(const struct signal *signal)
{
	if (is_share(signal))
		return "share";
	if (signal->kind == COUNTER)
		return "/s";
	return unit_names[signal->unit == CENTI ? ONE : signal->unit];
}

const char *reading_format(
	const struct signal *signal, double reading, char out[static READING_TEXT])
{
	if (is_share(signal))
		snprintf(out, READING_TEXT, "%.1f %%", reading * 100);
	else if (signal->kind == COUNTER)
		snprintf(out, READING_TEXT, reading < 10 ? "%.2g/s" : "%.0f/s", reading);
	else if (signal->unit == ONE || signal->unit == CENTI)
		snprintf(out, READING_TEXT, "%.10g", reading);
	else
		snprintf(out, READING_TEXT, "%.10g %s", reading, unit_names[signal->unit]);
	return out;
}
