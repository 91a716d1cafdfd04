/* What is abnormal in memory modules and temperatures. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "hardware.edac.ue",
		.how = IS_RISING,
		.severity = CRITICAL,
		.title = "memory returned data that could not be corrected",
		.check = "grep . /sys/devices/system/edac/mc/mc*/ue_count; ras-mc-ctl --errors",
		.fix = "replace the memory module; see the machine checks in the kernel log",
		.source = "Linux EDAC: an uncorrectable error lost data",
	},
	{
		.signal = "hardware.edac.ce",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "memory corrects errors",
		.check = "grep . /sys/devices/system/edac/mc/mc*/ce_count; ras-mc-ctl --errors",
		.fix = "watch the rate; replace the module when it grows",
		.source = "Linux EDAC: any within the window",
	},
	{
		.signal = "hardware.thermal.package.throttled",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "the processor was too hot and slowed its clock",
		.check = "grep . /sys/devices/system/cpu/cpu0/thermal_throttle/*",
		.fix = "see fans, air flow and the power limit",
		.source = "any within the window",
	},
	{
		.signal = "hardware.thermal.core.throttled",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "a core was too hot and slowed its clock",
		.check = "grep . "
			 "/sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count",
		.fix = "see fans, air flow and the power limit",
		.source = "any within the window",
	},
};

const struct knowledge hardware_knowledge = {
	.layer = "hardware",
	WATCHES(watches),
	.gap = "machine checks: they show in the kernel log only",
};
