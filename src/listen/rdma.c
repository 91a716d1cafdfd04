/*
 * Notifications of the RDMA subsystem (6.12): which network interface carries a port. That devices come
 * and go is told by uevents, on older kernels too; what a device says of its ports is in verbs.c.
 */
#include "listen/rdma.h"

#include <errno.h>
#include <rdma/rdma_netlink.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "base/netlink.h"
#include "listen/listen.h"

/* clang-format off */
static const struct signal signals[RDMA_ROWS] = {
	[RDMA_ATTACHED] = { "rdma.notice.netdev.attached", NULL, EVENT, ONE, RDMA, NONE, FREE, "the kernel's notification that a network interface carries the RDMA port", 0, WRAPS },
	[RDMA_DETACHED] = { "rdma.notice.netdev.detached", NULL, EVENT, ONE, RDMA, NONE, FREE, "the kernel's notification that no network interface carries the RDMA port any more", 0, WRAPS },
	[RDMA_LOST]     = { "self.notice.rdma.lost",       NULL, EVENT, ONE, HOST, NONE, FREE, "notifications of the RDMA subsystem came faster than they were read", 0, WRAPS },
};
/* clang-format on */

static const char none[] = "no RDMA device, or its driver is not loaded";
static const char silent[] = "the kernel does not tell of RDMA ports by itself; 6.12 does";

/* include/uapi/rdma/rdma_netlink.h of 6.12 */
enum { NOTIFY_GROUP = 4, MONITOR = 28, EVENT_TYPE = 102, MONITOR_MODE = 103 };
enum { ATTACHED = 2, DETACHED = 3 };
enum { ATTRIBUTES = MONITOR_MODE + 1, NAME = 64, SCRATCH_BYTES = 1 << 20 };

static bool is_name(str s, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '/' || s.p[i] == 0x7f)
			return false;
	return s.n > 0 && s.n < most;
}

static void say(bool attached, str device, int64_t port, str netdev, struct notices *out)
{
	char name[NAME + 16];
	int n = snprintf(name, sizeof(name), "%.*s/%u", STR_ARG(device), (unsigned)port);
	struct notice notice = { .row = attached ? RDMA_ATTACHED : RDMA_DETACHED,
		.severity = attached ? EVENT_INFO : EVENT_WARNING,
		.scope = RDMA,
		.name = { name, (size_t)n } };
	bool named = is_name(netdev, 16);

	notice_say(out, &notice, "the interface%s%.*s %s the port", named ? " " : "",
		named ? (int)netdev.n : 0, named ? netdev.p : "",
		attached ? "carries" : "does not carry");
	out->rescan = true;
}

static int take_event(str payload, struct notices *out)
{
	str a[ATTRIBUTES] = { 0 }, device;
	int64_t type, port;

	if (!attributes_sort(payload, a, ATTRIBUTES) || attribute_u8(a[EVENT_TYPE], &type) < 0)
		return -EBADMSG;
	if (type != ATTACHED && type != DETACHED)
		return 0;
	device = attribute_text(a[RDMA_NLDEV_ATTR_DEV_NAME]);
	if (!is_name(device, NAME) || attribute_u32(a[RDMA_NLDEV_ATTR_PORT_INDEX], &port) < 0)
		return -EBADMSG;
	say(type == ATTACHED, device, port, attribute_text(a[RDMA_NLDEV_ATTR_NDEV_NAME]), out);
	return 0;
}

int rdma_notice_parse(str message, struct notices *out)
{
	struct nlmsghdr header;
	str payload;
	int r, error = 0;

	while ((r = message_next(&message, &header, &payload)) > 0)
		if (header.nlmsg_type == RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, MONITOR) &&
			take_event(payload, out) < 0)
			error = -EBADMSG;
	return r < 0 ? r : error;
}

bool rdma_tells(str reply)
{
	struct nlmsghdr header;
	str payload;

	while (message_next(&reply, &header, &payload) > 0) {
		str a[ATTRIBUTES] = { 0 };
		int64_t mode;

		if (header.nlmsg_type != RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_SYS_GET))
			continue;
		attributes_sort(payload, a, ATTRIBUTES);
		return attribute_u8(a[MONITOR_MODE], &mode) == 0 && mode == 1;
	}
	return false;
}

/* ---- listening ---- */

/* Older kernels take whoever joins the group, and never say a word in it. */
static int ask_whether_it_tells(struct listening *l, struct arena *a)
{
	static const struct nlmsghdr request = { .nlmsg_len = sizeof(request),
		.nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_SYS_GET),
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };
	const struct host_question question = { .key = "rdma/all/system",
		.protocol = NETLINK_RDMA,
		.request = &request,
		.request_size = sizeof(request) };
	str reply;
	/* to open its socket would load the subsystem */
	int r = host_list(listening_host(l), a, 0, "sys/class/infiniband", &reply);

	if (r == 0)
		r = host_ask(listening_host(l), a, 0, &question, &reply);
	if (r < 0)
		return r;
	if (rdma_tells(reply))
		return 0;
	listening_why(l, silent);
	return -EOPNOTSUPP;
}

static int open_rdma(struct listening *l)
{
	struct arena a;
	int fd, r = arena_open(&a, SCRATCH_BYTES);

	if (r < 0)
		return r;
	r = ask_whether_it_tells(l, &a);
	arena_close(&a);
	if (r < 0)
		return r;
	fd = host_netlink_listen(listening_host(l), 0, NETLINK_RDMA, 0);
	if (fd < 0)
		return fd;
	r = listening_add(l, fd, EPOLLIN, 0);
	return r < 0 ? r : host_netlink_join(fd, NOTIFY_GROUP);
}

static void take(void *self, str message)
{
	rdma_notice_parse(message, self);
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	struct notice lost = { .row = RDMA_LOST, .severity = EVENT_WARNING, .scope = HOST };
	struct hearing h = { .listening = l, .ns = "" };
	struct notices out = hearing_notices(&h);
	int r = hear_netlink(fd, take, &out);

	(void)tag;
	if (out.rescan)
		listening_ask_rescan(l);
	if (r != -ENOBUFS)
		return r;
	notice_say(&out, &lost, "notifications of RDMA were lost: the queue was full");
	return 0;
}

const struct listener rdma_listener = {
	.name = "rdma",
	.about = "network interfaces that carry RDMA ports, as they come and go",
	.source = "netlink/rdma-notify",
	.absent = none,
	.signals = signals,
	.n_signals = RDMA_ROWS,
	.open = open_rdma,
	.ready = ready,
};
