/*
 * Link changes of rtnetlink, in every network namespace that is known. A socket keeps its namespace
 * alive, so it is closed at once when the namespace's name goes, or the process by which it was found.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "base/netlink.h"
#include "base/own.h"
#include "listen/links.h"
#include "listen/listen.h"

/* clang-format off */
static const struct signal signals[LINK_ROWS] = {
	[CARRIER_LOST]   = { "nic.notice.carrier.lost",   NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification (not the driver's line in the log) that the carrier went away", 0, WRAPS },
	[CARRIER_GAINED] = { "nic.notice.carrier.gained", NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification (not the driver's line in the log) that the carrier came", 0, WRAPS },
	[ADMIN_DOWN]     = { "nic.notice.admin.down",     NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that somebody set the interface down", 0, WRAPS },
	[ADMIN_UP]       = { "nic.notice.admin.up",       NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that somebody set the interface up", 0, WRAPS },
	[LINK_RENAMED]   = { "nic.notice.link.renamed",   NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification (not its log) that the interface has another name", 0, WRAPS },
	[LINK_APPEARED]  = { "nic.notice.link.appeared",  NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that an interface appeared in this namespace", 0, WRAPS },
	[LINK_GONE]      = { "nic.notice.link.gone",      NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that the interface is gone from this namespace", 0, WRAPS },
	[LINK_OPERSTATE] = { "nic.notice.operstate",      NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that the operational state of the interface changed", 0, WRAPS },
	[LINK_MTU]       = { "nic.notice.mtu",            NULL, EVENT, ONE, NETDEV, NONE, FREE, "the kernel's notification that the MTU of the interface changed", 0, WRAPS },
	[LINKS_LOST]     = { "self.notice.link.lost",     NULL, EVENT, ONE, HOST,   NONE, FREE, "notifications about interfaces came faster than they were read: what changed was asked for afterwards", 0, WRAPS },
};
/* clang-format on */

enum { NAME = 64, NOTHING = -1, DUMP_BYTES = 32 << 20 };
enum tag { TAG_LINK, TAG_END, TAG_NAMES, TAG_SLOT = 8 };

/* One namespace. */
struct space {
	bool used;
	char name[NAME];
	uint64_t inode;
	int fd, end;       /* the socket; what tells that its process has ended; or NOTHING */
	int64_t closed_ns; /* since when nothing is heard of it */
	struct links links;
};

struct state {
	struct space spaces[HOST_MAX_NAMESPACES];
	struct arena scratch;
	int names; /* the watch of run/netns, or NOTHING */
};

static struct hearing hearing_of(struct listening *l, const struct space *space)
{
	return (struct hearing){ .listening = l, .ns = space->name };
}

static uint32_t entity_of(struct listening *l, const char *ns)
{
	return entity_add(&listening_session(l)->entities, HOST, ns, STR(""));
}

static void hush(struct listening *l, struct space *space)
{
	if (space->fd != NOTHING)
		listening_drop(l, space->fd);
	if (space->end != NOTHING)
		listening_drop(l, space->end);
	space->fd = space->end = NOTHING;
	space->closed_ns = clock_mono_ns();
}

static void forget(struct listening *l, struct space *space)
{
	hush(l, space);
	listening_missing(l, entity_of(l, space->name), 0);
	links_close(&space->links);
	*space = (struct space){ 0 };
}

/* All links of the namespace; out = NULL: what there is to begin with. */
static int dump(struct listening *l, unsigned ns, struct space *space, struct notices *out)
{
	static const struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct nlattr mask;
		uint32_t filter;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.mask = { .nla_len = sizeof(struct nlattr) + sizeof(uint32_t),
			.nla_type = IFLA_EXT_MASK },
		.filter = RTEXT_FILTER_SKIP_STATS,
	};
	const struct host_question question = { "rtnl/link-names", NETLINK_ROUTE, &request,
		sizeof(request) };
	struct state *state = listening_state(l);
	char *mark = arena_mark(&state->scratch);
	str reply;
	int r = host_ask(listening_host(l), &state->scratch, ns, &question, &reply);

	if (r == 0) {
		links_begin(&space->links);
		r = links_parse(&space->links, reply, out);
		links_end(&space->links, out);
	}
	arena_release(&state->scratch, mark);
	return r;
}

/* Its process may be gone already: then it is another's, or nobody's, at the next rescan. */
static int hear_end(struct listening *l, unsigned ns, struct space *space, uint64_t tag)
{
	int fd = host_namespace_end(listening_host(l), ns), r;

	if (fd == -ENOENT && ns == 0)
		return 0;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = listening_add(l, fd, EPOLLIN, tag + TAG_END);
	space->end = r < 0 ? NOTHING : fd;
	return r;
}

static int hear(struct listening *l, unsigned ns, struct space *space, bool again)
{
	struct state *state = listening_state(l);
	uint64_t tag = (uint64_t)(space - state->spaces) * TAG_SLOT;
	int fd = host_netlink_listen(listening_host(l), ns, NETLINK_ROUTE, RTMGRP_LINK), r;
	struct hearing h = hearing_of(l, space);
	struct notices out = hearing_notices(&h);

	if (fd < 0)
		return fd;
	r = listening_add(l, fd, EPOLLIN, tag + TAG_LINK);
	if (r < 0)
		return r;
	space->fd = fd;
	h.arrival_lo_ns = space->closed_ns;
	r = hear_end(l, ns, space, tag);
	if (r == 0)
		r = dump(l, ns, space, again ? &out : NULL);
	if (r == -EBADMSG)
		r = 0; /* what was understood of it stands */
	return r;
}

static struct space *space_of(struct state *state, uint64_t inode)
{
	for (unsigned i = 0; i < HOST_MAX_NAMESPACES; i++)
		if (state->spaces[i].used && state->spaces[i].inode == inode)
			return &state->spaces[i];
	return NULL;
}

static struct space *new_space(struct listening *l, unsigned ns)
{
	struct state *state = listening_state(l);
	struct host *h = listening_host(l);
	struct space *space = state->spaces;

	while (space < state->spaces + HOST_MAX_NAMESPACES && space->used)
		space++;
	if (space == state->spaces + HOST_MAX_NAMESPACES)
		return NULL;
	*space = (struct space){
		.used = true, .inode = host_namespace_inode(h, ns), .fd = NOTHING, .end = NOTHING
	};
	snprintf(space->name, sizeof(space->name), "%s", host_namespace_name(h, ns));
	return space;
}

static int take_namespace(struct listening *l, unsigned ns)
{
	struct host *h = listening_host(l);
	struct space *space = space_of(listening_state(l), host_namespace_inode(h, ns));
	bool again = space && space->closed_ns && space->links.n;
	int r;

	if (space && space->fd != NOTHING)
		return 0;
	if (!space)
		space = new_space(l, ns);
	if (!space)
		return -ENOSPC;
	r = hear(l, ns, space, again);
	if (r < 0)
		hush(l, space);
	if (ns)
		listening_missing(l, entity_of(l, space->name), r);
	return r;
}

static bool is_there(struct host *h, const struct space *space)
{
	for (unsigned ns = 0; ns < host_namespaces(h); ns++)
		if (host_namespace_inode(h, ns) == space->inode &&
			strcmp(host_namespace_name(h, ns), space->name) == 0)
			return true;
	return false;
}

static void watch_names(struct listening *l)
{
	struct state *state = listening_state(l);
	int fd = state->names == NOTHING ? host_watch_new(listening_host(l)) : -1;

	if (fd < 0)
		return;
	if (host_watch_add(listening_host(l), fd, "run/netns",
		    IN_DELETE | IN_CREATE | IN_MOVED_FROM | IN_ONLYDIR) < 0)
		close(fd); /* nobody has named one yet */
	else if (listening_add(l, fd, EPOLLIN, TAG_NAMES) == 0)
		state->names = fd;
}

static void rescan(struct listening *l)
{
	struct state *state = listening_state(l);
	struct host *h = listening_host(l);

	watch_names(l);
	for (unsigned i = 0; i < HOST_MAX_NAMESPACES; i++)
		if (state->spaces[i].used && !is_there(h, &state->spaces[i]))
			forget(l, &state->spaces[i]);
	for (unsigned ns = 0; ns < host_namespaces(h); ns++)
		take_namespace(l, ns);
}

static int open_links(struct listening *l)
{
	struct state *state = listening_state(l);
	int r = arena_open(&state->scratch, DUMP_BYTES);

	state->names = NOTHING;
	if (r == 0)
		r = take_namespace(l, 0);
	if (r == 0)
		rescan(l);
	return r;
}

static void close_links(struct listening *l)
{
	struct state *state = listening_state(l);

	for (unsigned i = 0; i < HOST_MAX_NAMESPACES; i++)
		links_close(&state->spaces[i].links);
	arena_close(&state->scratch);
}

static void close_name(struct listening *l, str name)
{
	struct state *state = listening_state(l);

	for (unsigned i = 0; i < HOST_MAX_NAMESPACES; i++)
		if (state->spaces[i].used && name.n && str_is(name, state->spaces[i].name))
			hush(l, &state->spaces[i]);
}

static int take_names(struct listening *l, int fd)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	struct inotify_event event;

	for (str rest = { bytes, n > 0 ? (size_t)n : 0 }; rest.n >= sizeof(event);
		rest = str_from(rest, sizeof(event) + event.len)) {
		memcpy(&event, rest.p, sizeof(event));
		if (event.mask & (IN_DELETE | IN_MOVED_FROM) && event.len <= rest.n - sizeof(event))
			close_name(l, attribute_text((str){ rest.p + sizeof(event), event.len }));
	}
	listening_ask_rescan(l);
	return 0;
}

struct heard_links {
	struct space *space;
	struct notices out;
};

static void take(void *self, str message)
{
	struct heard_links *heard = self;

	links_parse(&heard->space->links, message, &heard->out);
}

/* What was lost is asked for: the differences are told. */
static void ask_again(struct listening *l, struct space *space, struct notices *out)
{
	struct host *h = listening_host(l);
	struct notice lost = { .row = LINKS_LOST, .severity = EVENT_WARNING, .scope = HOST };
	int r = -ENOENT;

	notice_say(out, &lost, "notifications about interfaces were lost: the queue was full");
	for (unsigned ns = 0; ns < host_namespaces(h) && r == -ENOENT; ns++)
		if (host_namespace_inode(h, ns) == space->inode)
			r = dump(l, ns, space, out);
	if (r < 0 && r != -EBADMSG)
		hush(l, space); /* until the next rescan, which asks once more */
}

static int take_links(struct listening *l, struct space *space, int fd)
{
	struct hearing h = hearing_of(l, space);
	struct heard_links heard = { space, hearing_notices(&h) };
	int r = hear_netlink(fd, take, &heard);

	if (r == -ENOBUFS)
		ask_again(l, space, &heard.out);
	else if (r < 0)
		hush(l, space);
	if (heard.out.rescan || r < 0)
		listening_ask_rescan(l);
	return 0;
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	struct state *state = listening_state(l);
	struct space *space = &state->spaces[tag / TAG_SLOT];

	switch (tag % TAG_SLOT) {
	case TAG_LINK:
		return take_links(l, space, fd);
	case TAG_END:
		hush(l, space);
		listening_ask_rescan(l);
		return 0;
	default:
		return take_names(l, fd);
	}
}

const struct listener link_listener = {
	.name = "link",
	.about = "interfaces that come, go, change, and their carrier, in every network namespace",
	.source = "netlink/route-link",
	.signals = signals,
	.n_signals = LINK_ROWS,
	.state_size = sizeof(struct state),
	.open = open_links,
	.ready = ready,
	.rescan = rescan,
	.close = close_links,
};
