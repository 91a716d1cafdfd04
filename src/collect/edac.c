/* Memory errors that ECC saw, from /sys/devices/system/edac. */
#include "collect/keyed.h"

/* clang-format off */
static const struct signal signals[] = {
	{ "hardware.edac.ce",        "ce_count",        COUNTER, ONE, SENSOR, NONE, CHEAP, "memory errors that were corrected" },
	{ "hardware.edac.ue",        "ue_count",        COUNTER, ONE, SENSOR, NONE, CHEAP, "memory errors that could not be corrected" },
	{ "hardware.edac.ce_noinfo", "ce_noinfo_count", COUNTER, ONE, SENSOR, NONE, CHEAP, "of the corrected ones, those whose module is not known" },
};
/* clang-format on */

#define NO_EDAC                                                                                    \
	"no memory controller reports errors: no ECC memory, or its EDAC driver is not loaded"

static const struct text_source texts[] = {
	{ .path = "sys/devices/system/edac/mc/mc*/ce_count",
		.who = "sensor:edac/mc%1",
		.absent = NO_EDAC },
	{ .path = "sys/devices/system/edac/mc/mc*/ue_count",
		.who = "sensor:edac/mc%1",
		.absent = NO_EDAC },
	{ .path = "sys/devices/system/edac/mc/mc*/ce_noinfo_count",
		.who = "sensor:edac/mc%1",
		.absent = NO_EDAC },
};

const struct collector edac_collector = {
	.name = "edac",
	.about = "memory errors that ECC saw",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse_one_value,
};
