/* How hot network cards and their transceivers are, where the driver shows it among hardware sensors. */
#include <errno.h>

#include "collect/collector.h"

enum row { TEMPERATURE, CRITICAL_FROM, NAME };

/* clang-format off */
static const struct signal signals[] = {
	[TEMPERATURE]   = { "nic.sensor.temperature", NULL, GAUGE, CENTI, SENSOR, NONE, FIRMWARE, "degrees Celsius of the card or of a transceiver in it" },
	[CRITICAL_FROM] = { "nic.sensor.critical",    NULL, FACT,  CENTI, SENSOR, NONE, FIRMWARE, "degrees Celsius at which it is too hot" },
	[NAME]          = { "nic.sensor.name",        NULL, FACT,  TEXT,  SENSOR, NONE, FREE,     "what the sensor measures: asic, Module0" },
};
/* clang-format on */

/* mlx5, bnxt, ixgbe and others ask their firmware for each reading. */
#define NO_SENSOR "no driver of an interface here shows sensors"
static const struct text_source texts[] = {
	[TEMPERATURE] = { .path = "sys/class/net/*/device/hwmon/hwmon*/temp*_input",
		.who = "sensor:%1/temp%3",
		.asks_device = true,
		.absent = NO_SENSOR },
	[CRITICAL_FROM] = { .path = "sys/class/net/*/device/hwmon/hwmon*/temp*_crit",
		.who = "sensor:%1/temp%3",
		.asks_device = true },
	[NAME] = { .path = "sys/class/net/*/device/hwmon/hwmon*/temp*_label",
		.who = "sensor:%1/temp%3" },
};

/* Documentation/hwmon/sysfs-interface.rst: thousandths of a degree */
static int parse(struct emit *out, unsigned text, str from)
{
	int64_t value;

	emit_relation(out, out->who, VIA_NETDEV, emit_entity(out, NETDEV, out->match[0]));
	if (text == NAME) {
		emit_text(out, NAME, out->who, str_trim(from));
		return 0;
	}
	if (str_i64(str_trim(from), &value) < 0)
		return -EBADMSG;
	emit(out, text, value / 10);
	return 0;
}

const struct collector nic_sensor_collector = {
	.name = "nic_sensor",
	.about = "how hot network cards and their transceivers are",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.pace = SLOW,
	.may_hang = true,
};
