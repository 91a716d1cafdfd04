/* How often CPUs were slowed down because of heat, from /sys/devices/system/cpu. */
#include "collect/keyed.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "hardware.thermal.core.throttled",         "core_throttle_count",            COUNTER, ONE,  CPU, NONE, CHEAP, "times this core was too hot and was slowed down" },
	{ "hardware.thermal.core.throttled_time",    "core_throttle_total_time_ms",    COUNTER, MSEC, CPU, NONE, CHEAP, "time for which this core was slowed down by its heat" },
	{ "hardware.thermal.package.throttled",      "package_throttle_count",         COUNTER, ONE,  CPU, NONE, CHEAP, "times the whole package was too hot, as this CPU was told" },
	{ "hardware.thermal.package.throttled_time", "package_throttle_total_time_ms", COUNTER, MSEC, CPU, NONE, CHEAP, "time for which the whole package was too hot, as this CPU was told" },
};
/* clang-format on */

/* The kernel counts these by itself, in memory (arch/x86/kernel/cpu/mce/therm_throt.c): no read waits. */
#define NO_THERMAL "only Intel CPUs count this, and not in virtual machines"
#define NO_TIME "only Intel CPUs count this, and not in virtual machines; times are there since 5.6"

static const struct text_source texts[] = {
	{ .path = "sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count",
		.who = "cpu:%1",
		.absent = NO_THERMAL },
	{ .path = "sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_total_time_ms",
		.who = "cpu:%1",
		.absent = NO_TIME },
	{ .path = "sys/devices/system/cpu/cpu*/thermal_throttle/package_throttle_count",
		.who = "cpu:%1",
		.absent = NO_THERMAL },
	{ .path = "sys/devices/system/cpu/cpu*/thermal_throttle/package_throttle_total_time_ms",
		.who = "cpu:%1",
		.absent = NO_TIME },
};

const struct collector thermal_collector = {
	.name = "thermal",
	.about = "how often CPUs were slowed down because of heat",
	.pace = SOON,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse_one_value,
};
