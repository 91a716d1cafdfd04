/* Messages of devlink: devices, ports, health reporters. */
#include "listen/devlinks.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "base/names.h"
#include "base/netlink.h"
#include "model/devlink.h"

_Static_assert((int)REPORTER_NAME >= (int)DEVLINK_NAME, "names are spelled into their place");

static uint64_t hash_of(const struct devlink_handle *h)
{
	return hash_mix(hash_bytes(h->bus.p, h->bus.n) ^
			hash_mix(hash_bytes(h->device.p, h->device.n) + h->port));
}

/* A device that is no PCI function has no entity but this spelling. */
static struct notice about(
	const struct devlink_handle *h, unsigned row, char name[static REPORTER_NAME])
{
	bool pci = devlink_is_pci(h);
	str spelled = devlink_device_name(h, name);

	return (struct notice){ .row = row,
		.severity = row == DEVICE_GONE || row == PORT_GONE ? EVENT_WARNING : EVENT_INFO,
		.scope = pci ? PCI : REPORTER,
		.name = pci ? h->device : spelled };
}

static void say_device(const struct devlink_handle *h, bool gone, struct notices *out)
{
	char name[REPORTER_NAME];
	struct notice n = about(h, gone ? DEVICE_GONE : DEVICE_APPEARED, name);

	if (out)
		notice_say(out, &n,
			gone ? "the driver took the device from devlink"
			     : "the driver gave the device to devlink");
}

static void say_port(const struct devlink_handle *h, bool gone, struct notices *out)
{
	char name[REPORTER_NAME];
	struct notice n = about(h, gone ? PORT_GONE : PORT_APPEARED, name);
	bool named = devlink_is_word(h->netdev, 15);

	if (out)
		notice_say(out, &n, "port %u%s%.*s%s %s", h->port, named ? " (" : "",
			named ? (int)h->netdev.n : 0, named ? h->netdev.p : "", named ? ")" : "",
			gone ? "is gone" : "appeared");
}

/* A port is told of again whenever something of it changes: only the first time is news. */
static void take_port(
	struct devlinks *known, const struct devlink_handle *h, bool gone, struct notices *out)
{
	uint64_t hash = hash_of(h);
	uint32_t at = 0;

	if (h->port == DEVLINK_OF_DEVICE)
		return;
	while (at < known->n_ports && known->ports[at] != hash)
		at++;
	if (gone ? at == known->n_ports : at < known->n_ports)
		return;
	if (gone)
		known->ports[at] = known->ports[--known->n_ports];
	else if (known->n_ports < PORTS_MOST)
		known->ports[known->n_ports++] = hash;
	else
		return;
	say_port(h, gone, out);
}

static struct reporter *reporter_of(struct devlinks *known, const char *name, uint32_t port)
{
	for (uint32_t i = 0; i < known->n_reporters; i++)
		if (known->reporters[i].port == port && strcmp(known->reporters[i].name, name) == 0)
			return &known->reporters[i];
	return NULL;
}

static void say_reporter(
	const struct reporter *r, enum devlink_row row, uint64_t n, struct notices *out)
{
	struct notice notice = { .row = row,
		.severity = row == REPORTER_HEALTHY ? EVENT_INFO
			    : r->state              ? EVENT_CRITICAL
						    : EVENT_WARNING,
		.scope = REPORTER,
		.count = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX,
		.name = str_of(r->name) };
	char port[32] = "";

	if (r->port != DEVLINK_OF_DEVICE)
		snprintf(port, sizeof(port), " of port %u", r->port);
	notice_say(out, &notice,
		"the reporter%s %s, in all %" PRIu64 " errors, %" PRIu64 " recoveries", port,
		row == REPORTER_HEALTHY ? "is healthy again"
		: r->state              ? "is in error"
					: "met an error and recovered",
		r->errors, r->recoveries);
}

/* Each report and each change of state is told, both with all numbers. A reload begins at 0 again. */
static void compare(const struct reporter *before, const struct reporter *now, struct notices *out)
{
	uint64_t past = before->errors > now->errors ? 0 : before->errors;
	uint64_t more = now->errors - past;

	if (more || (now->state && !before->state))
		say_reporter(now, REPORTER_ERROR, more ? more : 1, out);
	else if (before->state && !now->state)
		say_reporter(now, REPORTER_HEALTHY, 1, out);
}

static int take_reporter(
	struct devlinks *known, const struct devlink_handle *h, str from, struct notices *out)
{
	struct reporter now = { .port = h->port }, *before;
	struct devlink_reporter told;

	if (devlink_reporter_read(from, &told) < 0)
		return -EBADMSG;
	now.state = told.state;
	now.errors = told.errors;
	now.recoveries = told.recoveries;
	devlink_reporter_name(h, told.name, now.name);
	before = reporter_of(known, now.name, now.port);
	/* one that was not there before has no errors behind it */
	if (out)
		compare(before ? before : &(struct reporter){ 0 }, &now, out);
	if (before)
		*before = now;
	else if (known->n_reporters < REPORTERS_MOST)
		known->reporters[known->n_reporters++] = now;
	return 0;
}

/* Another device of that name has reporters of its own. */
static void drop_reporters(struct devlinks *known, const struct devlink_handle *h)
{
	char prefix[REPORTER_NAME];
	int n = snprintf(prefix, sizeof(prefix), "%.*s/%.*s/", STR_ARG(h->bus), STR_ARG(h->device));

	for (uint32_t i = 0; i < known->n_reporters; i++)
		if (str_starts(str_of(known->reporters[i].name), (str){ prefix, (size_t)n }))
			known->reporters[i--] = known->reporters[--known->n_reporters];
}

static int take_one(
	struct devlinks *known, const struct devlink_message *message, struct notices *out)
{
	static const uint16_t reporter = DEVLINK_ATTR_HEALTH_REPORTER;
	const struct devlink_handle *h = &message->handle;
	str nest = { 0 };

	devlink_sort(message->attributes, &reporter, &nest, 1);
	if (nest.p)
		return take_reporter(known, h, nest, out);
	switch (message->command) {
	case DEVLINK_CMD_NEW: /* also what a dump of ports is made of */
		if (h->port != DEVLINK_OF_DEVICE)
			take_port(known, h, false, out);
		else
			say_device(h, false, out);
		return 0;
	case DEVLINK_CMD_DEL:
		if (out)
			drop_reporters(known, h);
		say_device(h, true, out);
		return 0;
	case DEVLINK_CMD_PORT_NEW:
	case DEVLINK_CMD_PORT_DEL:
		take_port(known, h, message->command == DEVLINK_CMD_PORT_DEL, out);
		return 0;
	default:
		return 0;
	}
}

int devlinks_parse(struct devlinks *known, str messages, struct notices *out)
{
	struct devlink_message message;
	int r, result = 0;

	while ((r = devlink_next(&messages, &message, &result)) > 0)
		if (take_one(known, &message, out) < 0)
			result = -EBADMSG;
	return r < 0 ? r : result;
}

static bool find_group(str groups, const char *wanted, uint32_t *ret)
{
	struct attribute group;
	int64_t number;

	while (attribute_next(&groups, &group)) {
		str a[CTRL_ATTR_MCAST_GRP_ID + 1] = { 0 };

		if (!attributes_sort(group.value, a, CTRL_ATTR_MCAST_GRP_ID + 1) ||
			!str_is(attribute_text(a[CTRL_ATTR_MCAST_GRP_NAME]), wanted) ||
			attribute_u32(a[CTRL_ATTR_MCAST_GRP_ID], &number) < 0)
			continue;
		*ret = (uint32_t)number;
		return true;
	}
	return false;
}

int family_parse(str reply, const char *group, uint16_t *ret_family, uint32_t *ret_group)
{
	str a[CTRL_ATTR_MCAST_GROUPS + 1] = { 0 }, payload;
	struct nlmsghdr header;
	uint32_t number;

	if (message_next(&reply, &header, &payload) <= 0 || header.nlmsg_type != GENL_ID_CTRL ||
		payload.n < GENL_HDRLEN ||
		!attributes_sort(str_from(payload, GENL_HDRLEN), a, CTRL_ATTR_MCAST_GROUPS + 1) ||
		a[CTRL_ATTR_FAMILY_ID].n != sizeof(*ret_family))
		return -EBADMSG;
	if (!find_group(a[CTRL_ATTR_MCAST_GROUPS], group, &number))
		return -ENOENT;
	memcpy(ret_family, a[CTRL_ATTR_FAMILY_ID].p, sizeof(*ret_family));
	*ret_group = number;
	return 0;
}
