/* Messages of devlink, taken apart. */
#include "model/devlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "base/netlink.h"

enum { BUS_MOST = 16, DEVICE_MOST = 64, REPORTER_MOST = 40 };
_Static_assert((int)BUS_MOST + (int)DEVICE_MOST + (int)REPORTER_MOST + 3 <= (int)DEVLINK_NAME,
	"a name has room for its parts");

bool devlink_is_word(str s, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '/' || s.p[i] == 0x7f)
			return false;
	return s.n > 0 && s.n <= most;
}

bool devlink_is_pci(const struct devlink_handle *h)
{
	return str_is(h->bus, "pci");
}

str devlink_device_name(const struct devlink_handle *h, char out[static DEVLINK_NAME])
{
	int n = snprintf(out, DEVLINK_NAME, "%.*s/%.*s", STR_ARG(h->bus), STR_ARG(h->device));

	return (str){ out, (size_t)n };
}

str devlink_reporter_name(
	const struct devlink_handle *h, str reporter, char out[static DEVLINK_NAME])
{
	int n = snprintf(out, DEVLINK_NAME, "%.*s/%.*s/%.*s", STR_ARG(h->bus), STR_ARG(h->device),
		STR_ARG(reporter));

	return (str){ out, (size_t)n };
}

bool devlink_sort(str from, const uint16_t *numbers, str *ret, unsigned n)
{
	struct attribute attribute;

	while (attribute_next(&from, &attribute))
		for (unsigned i = 0; i < n; i++)
			if (attribute.type == numbers[i])
				ret[i] = attribute.value;
	return from.n == 0;
}

static int read_handle(str attributes, struct devlink_handle *ret)
{
	enum { BUS, DEVICE, NETDEV, PORT, KNOWN };
	static const uint16_t numbers[KNOWN] = { DEVLINK_ATTR_BUS_NAME, DEVLINK_ATTR_DEV_NAME,
		DEVLINK_ATTR_PORT_NETDEV_NAME, DEVLINK_ATTR_PORT_INDEX };
	str a[KNOWN] = { 0 };
	int64_t port;

	if (!devlink_sort(attributes, numbers, a, KNOWN))
		return -EBADMSG;
	*ret = (struct devlink_handle){ attribute_text(a[BUS]), attribute_text(a[DEVICE]),
		attribute_text(a[NETDEV]), DEVLINK_OF_DEVICE };
	if (attribute_u32(a[PORT], &port) == 0)
		ret->port = (uint32_t)port;
	return devlink_is_word(ret->bus, BUS_MOST) && devlink_is_word(ret->device, DEVICE_MOST)
		       ? 0
		       : -ENODEV;
}

int devlink_next(str *rest, struct devlink_message *ret, int *ret_error)
{
	struct nlmsghdr header;
	struct genlmsghdr command;
	str payload;
	int r;

	while ((r = message_next(rest, &header, &payload)) > 0) {
		if (header.nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		if (payload.n < sizeof(command)) {
			*ret_error = -EBADMSG;
			continue;
		}
		memcpy(&command, payload.p, sizeof(command));
		ret->command = command.cmd;
		ret->attributes = str_from(payload, GENL_HDRLEN);
		r = read_handle(ret->attributes, &ret->handle);
		if (r == 0)
			return 1;
		if (r == -EBADMSG)
			*ret_error = r;
	}
	return r;
}

static bool read_u64(str value, uint64_t *ret)
{
	if (value.n != sizeof(*ret))
		return false;
	memcpy(ret, value.p, sizeof(*ret));
	return true;
}

/* -1: not told. False: told in another size than it has. */
static bool read_known_u64(str value, int64_t *ret)
{
	uint64_t number;

	*ret = -1;
	if (!value.p)
		return true;
	if (!read_u64(value, &number))
		return false;
	*ret = number > INT64_MAX ? INT64_MAX : (int64_t)number;
	return true;
}

static bool read_known_u8(str value, int64_t *ret)
{
	*ret = -1;
	return !value.p || attribute_u8(value, ret) == 0;
}

int devlink_reporter_read(str nest, struct devlink_reporter *ret)
{
	enum { NAME, STATE, ERRORS, RECOVERIES, GRACE, RECOVERS, DUMPS, STAMP, STAMP_NS, KNOWN };
	static const uint16_t numbers[KNOWN] = { DEVLINK_ATTR_HEALTH_REPORTER_NAME,
		DEVLINK_ATTR_HEALTH_REPORTER_STATE, DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT,
		DEVLINK_ATTR_HEALTH_REPORTER_RECOVER_COUNT,
		DEVLINK_ATTR_HEALTH_REPORTER_GRACEFUL_PERIOD,
		DEVLINK_ATTR_HEALTH_REPORTER_AUTO_RECOVER, DEVLINK_ATTR_HEALTH_REPORTER_AUTO_DUMP,
		DEVLINK_ATTR_HEALTH_REPORTER_DUMP_TS, DEVLINK_ATTR_HEALTH_REPORTER_DUMP_TS_NS };
	struct devlink_reporter r = { 0 };
	str a[KNOWN] = { 0 };
	int64_t state;

	if (!devlink_sort(nest, numbers, a, KNOWN))
		return -EBADMSG;
	r.name = attribute_text(a[NAME]);
	if (!devlink_is_word(r.name, REPORTER_MOST) || attribute_u8(a[STATE], &state) < 0 ||
		!read_u64(a[ERRORS], &r.errors) || !read_u64(a[RECOVERIES], &r.recoveries) ||
		!read_known_u64(a[GRACE], &r.grace_ms) ||
		!read_known_u8(a[RECOVERS], &r.auto_recover) ||
		!read_known_u8(a[DUMPS], &r.auto_dump) || !read_known_u64(a[STAMP_NS], &r.dump_ns))
		return -EBADMSG;
	r.state = (uint8_t)state;
	/* kernels before 5.5 have the stamp in milliseconds of their own clock only */
	if (r.dump_ns < 0 && a[STAMP].p)
		r.dump_ns = 0;
	*ret = r;
	return 0;
}
