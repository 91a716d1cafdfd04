/*
 * Asynchronous events of RDMA ports and devices, as verbs tell them. They are for who holds the device
 * open: that makes a context in it, and a device whose driver cannot take it away again cannot be
 * removed meanwhile. So it is done only where somebody asked for it, and by a helper, because to open a
 * device may hang.
 */
#include "listen/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "listen/listen.h"

/* clang-format off */
static const struct signal signals[VERBS_ROWS] = {
	[VERBS_PORT_ERROR]  = { "rdma.notice.port.error",       "IBV_EVENT_PORT_ERR",          EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the port is not active any more", 0, WRAPS },
	[VERBS_PORT_ACTIVE] = { "rdma.notice.port.active",      "IBV_EVENT_PORT_ACTIVE",       EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the port became active", 0, WRAPS },
	[VERBS_LID]         = { "rdma.notice.port.lid",         "IBV_EVENT_LID_CHANGE",        EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the port has another LID", 0, WRAPS },
	[VERBS_PKEY]        = { "rdma.notice.port.pkey",        "IBV_EVENT_PKEY_CHANGE",       EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the partition keys of the port changed", 0, WRAPS },
	[VERBS_GID]         = { "rdma.notice.port.gid",         "IBV_EVENT_GID_CHANGE",        EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the GIDs of the port changed, with RoCE as addresses come and go", 0, WRAPS },
	[VERBS_SM]          = { "rdma.notice.port.sm",          "IBV_EVENT_SM_CHANGE",         EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the port has another subnet manager", 0, WRAPS },
	[VERBS_REREGISTER]  = { "rdma.notice.port.reregister",  "IBV_EVENT_CLIENT_REREGISTER", EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that the subnet manager wants all subscriptions anew", 0, WRAPS },
	[VERBS_FATAL]       = { "rdma.notice.device.fatal",     "IBV_EVENT_DEVICE_FATAL",      EVENT, ONE, RDMA, NONE, FREE, "the device's own event (verbs) that it failed; one that is removed tells it as well", 0, WRAPS },
};

/* include/uapi/rdma of the kernel gives them no names: enum ib_event_type in include/rdma/ib_verbs.h has the numbers. */
static const struct {
	int32_t number;
	enum verbs_row row;
	enum event_severity severity;
	const char *text;
} kinds[] = {
	{ 8,  VERBS_FATAL,       EVENT_WARNING, "the device failed, or is being removed" },
	{ 9,  VERBS_PORT_ACTIVE, EVENT_INFO,    "the port is active" },
	{ 10, VERBS_PORT_ERROR,  EVENT_WARNING, "the port is not active any more" },
	{ 11, VERBS_LID,         EVENT_INFO,    "the port has another LID" },
	{ 12, VERBS_PKEY,        EVENT_INFO,    "the partition keys of the port changed" },
	{ 13, VERBS_SM,          EVENT_INFO,    "the port has another subnet manager" },
	{ 17, VERBS_REREGISTER,  EVENT_INFO,    "the subnet manager wants all subscriptions anew" },
	{ 18, VERBS_GID,         EVENT_INFO,    "the GIDs of the port changed" },
};
/* clang-format on */

static const char none[] = "no RDMA device, or its driver is not loaded";
static const char not_asked[] =
	"not listened to: it holds each RDMA device open (record --verbs-events does)";
static const char no_library[] = "libibverbs is not installed here";
static const char not_built[] = "built without the header of libibverbs";
static const char ended[] = "the process that held the devices open ended";

enum { SCRATCH_BYTES = 1 << 20 };

struct state {
	int fd; /* of the listening */
};

static bool is_name(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '/' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

static void say(const struct host_verbs_message *m, struct notices *out)
{
	char name[sizeof(m->device) + 16];
	int n = snprintf(name, sizeof(name), m->port ? "%s/%u" : "%s", m->device, m->port);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct notice notice = { .row = kinds[i].row,
			.severity = kinds[i].severity,
			.scope = RDMA,
			.name = { name, (size_t)n } };

		if (kinds[i].number != m->value)
			continue;
		notice_say(out, &notice, "%s (%s)", kinds[i].text, signals[kinds[i].row].key);
		/* its driver begins anew, or it goes */
		out->rescan |= kinds[i].row == VERBS_FATAL;
	}
}

int verbs_parse(str message, struct host_verbs_message *ret, struct notices *out)
{
	struct host_verbs_message m;
	size_t length;

	if (message.n != sizeof(m))
		return -EBADMSG;
	memcpy(&m, message.p, sizeof(m));
	length = strnlen(m.device, sizeof(m.device));
	if (m.kind >= VERBS_KINDS || length == sizeof(m.device) || m.port > UINT8_MAX ||
		(length && !is_name((str){ m.device, length })) ||
		(!length && m.kind != VERBS_READY && m.kind != VERBS_REFUSED))
		return -EBADMSG;
	if (m.kind == VERBS_EVENT)
		say(&m, out);
	*ret = m;
	return 0;
}

/* ---- listening ---- */

static uint32_t entity_of(struct listening *l, const char *device)
{
	return entity_add(
		&listening_session(l)->entities, *device ? RDMA : HOST, "", str_of(device));
}

static bool has_devices(struct listening *l)
{
	struct arena a;
	str names;
	bool has;

	if (arena_open(&a, SCRATCH_BYTES) < 0)
		return false;
	has = host_list(listening_host(l), &a, 0, "sys/class/infiniband", &names) == 0 && names.n;
	arena_close(&a);
	return has;
}

/* Until the helper has tried them all, nobody knows. */
static int open_verbs(struct listening *l)
{
	struct state *state = listening_state(l);

	if (!listening_is_asked_for(l)) {
		listening_why(l, has_devices(l) ? not_asked : none);
		return -ENOENT;
	}
	state->fd = host_verbs_listen(listening_host(l));
	if (state->fd < 0)
		return state->fd;
	listening_missing(l, entity_of(l, ""), -ETIMEDOUT);
	return listening_add(l, state->fd, EPOLLIN, 0);
}

static int take(struct listening *l, const struct host_verbs_message *m)
{
	switch (m->kind) {
	case VERBS_READY:
		listening_missing(l, entity_of(l, ""), 0);
		return 0;
	case VERBS_REFUSED:
		if (m->device[0]) {
			listening_missing(l, entity_of(l, m->device), m->value);
			return 0;
		}
		listening_why(l, m->value == -ENOSYS ? not_built : no_library);
		return -ENOENT;
	case VERBS_HELD:
	case VERBS_LOST:
		listening_missing(l, entity_of(l, m->device), 0);
		return 0;
	default:
		return 0;
	}
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	enum { AT_ONCE = 256 };
	struct hearing h = { .listening = l, .ns = "" };
	struct notices out = hearing_notices(&h);
	char bytes[sizeof(struct host_verbs_message) + 1];
	struct host_verbs_message m;
	int r = 0, n = 1;

	(void)tag;
	for (int i = 0; i < AT_ONCE && n > 0 && r == 0; i++) {
		n = host_verbs_next(fd, bytes, sizeof(bytes));
		if (n > 0 && verbs_parse((str){ bytes, (size_t)n }, &m, &out) == 0)
			r = take(l, &m);
	}
	if (out.rescan)
		listening_ask_rescan(l);
	if (n < 0 && r == 0) {
		listening_why(l, ended);
		r = n;
	}
	return r;
}

static void rescan(struct listening *l)
{
	host_verbs_look(((const struct state *)listening_state(l))->fd);
}

static void close_verbs(struct listening *l)
{
	host_verbs_end(listening_host(l));
}

const struct listener verbs_listener = {
	.name = "verbs",
	.about = "RDMA devices' own events: ports, addresses, a device that failed",
	.source = "verbs/async-events",
	.absent = none,
	.signals = signals,
	.n_signals = VERBS_ROWS,
	.state_size = sizeof(struct state),
	.open = open_verbs,
	.ready = ready,
	.rescan = rescan,
	.close = close_verbs,
};
