/* Notifications of devlink: health reporters of firmware and driver, devices and ports. */
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <sys/epoll.h>

#include "listen/devlinks.h"
#include "listen/listen.h"

/* clang-format off */
static const struct signal signals[DEVLINK_ROWS] = {
	[REPORTER_ERROR]   = { "firmware.notice.reporter.error",   NULL, EVENT, ONE, REPORTER, NONE, FREE, "the kernel's notification (not its log) that a health reporter of a device met an error", 0, WRAPS },
	[REPORTER_HEALTHY] = { "firmware.notice.reporter.healthy", NULL, EVENT, ONE, REPORTER, NONE, FREE, "the kernel's notification (not its log) that a health reporter is healthy again", 0, WRAPS },
	[DEVICE_APPEARED]  = { "firmware.notice.device.appeared",  NULL, EVENT, ONE, PCI,      NONE, FREE, "the kernel's notification that a driver gave its device to devlink: it was started, or reloaded", 0, WRAPS },
	[DEVICE_GONE]      = { "firmware.notice.device.gone",      NULL, EVENT, ONE, PCI,      NONE, FREE, "the kernel's notification that a driver took its device from devlink: it stops, or reloads", 0, WRAPS },
	[PORT_APPEARED]    = { "nic.notice.port.appeared",         NULL, EVENT, ONE, PCI,      NONE, FREE, "the kernel's notification that a device has another port", 0, WRAPS },
	[PORT_GONE]        = { "nic.notice.port.gone",             NULL, EVENT, ONE, PCI,      NONE, FREE, "the kernel's notification that a port of a device is gone", 0, WRAPS },
	[DEVLINK_LOST]     = { "self.notice.devlink.lost",         NULL, EVENT, ONE, HOST,     NONE, FREE, "notifications of devlink came faster than they were read: the reporters were asked afterwards, devices and ports that came and went may be missing", 0, WRAPS },
};
/* clang-format on */

static const char none[] = "the kernel has no devlink, or its module is not loaded";

enum { DUMP_BYTES = 18 << 20 };

struct state {
	struct devlinks known;
	struct arena scratch;
	uint16_t family;
};

static int find_family(struct listening *l, uint32_t *ret_group)
{
	static const struct {
		struct nlmsghdr header;
		struct genlmsghdr command;
		struct nlattr attribute;
		char name[sizeof(DEVLINK_GENL_NAME)];
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = GENL_ID_CTRL,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.command = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attribute = { .nla_len = sizeof(struct nlattr) + sizeof(DEVLINK_GENL_NAME),
			.nla_type = CTRL_ATTR_FAMILY_NAME },
		.name = DEVLINK_GENL_NAME,
	};
	const struct host_question question = { "genl/devlink", NETLINK_GENERIC, &request,
		sizeof(request) };
	struct state *state = listening_state(l);
	str reply;
	int r = host_ask(listening_host(l), &state->scratch, 0, &question, &reply);

	if (r == 0)
		r = family_parse(reply, DEVLINK_GENL_MCGRP_CONFIG_NAME, &state->family, ret_group);
	return r;
}

static int dump(struct listening *l, uint8_t command, const char *key, struct notices *out)
{
	struct state *state = listening_state(l);
	const struct {
		struct nlmsghdr header;
		struct genlmsghdr command;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = state->family,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.command = { .cmd = command, .version = DEVLINK_GENL_VERSION },
	};
	const struct host_question question = { key, NETLINK_GENERIC, &request, sizeof(request) };
	char *mark = arena_mark(&state->scratch);
	str reply;
	int r = host_ask(listening_host(l), &state->scratch, 0, &question, &reply);

	if (r == 0)
		devlinks_parse(&state->known, reply, out);
	arena_release(&state->scratch, mark);
	return r;
}

/* Older kernels have devices without reporters, and say that they cannot be asked. */
static int ask_all(struct listening *l, struct notices *out)
{
	int r = dump(l, DEVLINK_CMD_HEALTH_REPORTER_GET, "devlink/health", out);

	if (r == 0 || r == -EOPNOTSUPP)
		r = dump(l, DEVLINK_CMD_PORT_GET, "devlink/port", NULL);
	return r == -EOPNOTSUPP ? 0 : r;
}

static int open_devlink(struct listening *l)
{
	struct state *state = listening_state(l);
	uint32_t group;
	int fd, r = arena_open(&state->scratch, DUMP_BYTES);

	if (r == 0)
		r = find_family(l, &group);
	if (r < 0)
		return r;
	fd = host_netlink_listen(listening_host(l), 0, NETLINK_GENERIC, 0);
	if (fd < 0)
		return fd;
	r = listening_add(l, fd, EPOLLIN, 0);
	if (r == 0)
		r = host_netlink_join(fd, group);
	return r < 0 ? r : ask_all(l, NULL);
}

struct heard_devlink {
	struct devlinks *known;
	struct notices out;
};

static void take(void *self, str message)
{
	struct heard_devlink *heard = self;

	devlinks_parse(heard->known, message, &heard->out);
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	struct state *state = listening_state(l);
	struct notice lost = { .row = DEVLINK_LOST, .severity = EVENT_WARNING, .scope = HOST };
	struct hearing h = { .listening = l, .ns = "" };
	struct heard_devlink heard = { &state->known, hearing_notices(&h) };
	int r = hear_netlink(fd, take, &heard);

	(void)tag;
	if (r != -ENOBUFS)
		return r;
	notice_say(&heard.out, &lost, "notifications of devlink were lost: the queue was full");
	return ask_all(l, &heard.out);
}

static void close_devlink(struct listening *l)
{
	arena_close(&((struct state *)listening_state(l))->scratch);
}

const struct listener devlink_listener = {
	.name = "devlink",
	.about = "health reporters of devices, and devices and ports that come and go",
	.source = "netlink/devlink-config",
	.absent = none,
	.signals = signals,
	.n_signals = DEVLINK_ROWS,
	.state_size = sizeof(struct state),
	.open = open_devlink,
	.ready = ready,
	.close = close_devlink,
};
