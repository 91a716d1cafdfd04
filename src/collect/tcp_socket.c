/* Connections of TCP that are open, from netlink: every length is checked. */
#include "collect/tcp_socket.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/netlink.h"

enum { STATE_ESTABLISHED = 1 }; /* include/net/tcp_states.h */

/* ---- addresses ---- */

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool read_address(int family, const void *from, size_t n, struct tcp_address *ret)
{
	if (family == AF_INET && n >= 4) {
		memcpy(ret->bytes, mapped, sizeof(mapped));
		memcpy(ret->bytes + sizeof(mapped), from, 4);
		return true;
	}
	if (family != AF_INET6 || n < sizeof(ret->bytes))
		return false;
	memcpy(ret->bytes, from, sizeof(ret->bytes));
	return true;
}

static bool is_loopback(const struct tcp_address *a)
{
	static const unsigned char one[16] = { [15] = 1 };

	return memcmp(a->bytes, one, sizeof(one)) == 0 ||
	       (memcmp(a->bytes, mapped, sizeof(mapped)) == 0 && a->bytes[12] == 127);
}

static int by_address(const void *a, const void *b)
{
	const struct local_address *x = a, *y = b;

	return memcmp(x->address.bytes, y->address.bytes, sizeof(x->address.bytes));
}

/* The own end of a link with two ends is IFA_LOCAL, and IFA_ADDRESS the other one's. */
static int add_address(struct local_addresses *to, str payload)
{
	struct ifaddrmsg about;
	str a[IFA_LOCAL + 1] = { 0 }, own;
	struct local_address *one = &to->items[to->n];

	if (payload.n < sizeof(about))
		return -EBADMSG;
	memcpy(&about, payload.p, sizeof(about));
	if (about.ifa_family != AF_INET && about.ifa_family != AF_INET6)
		return 0;
	if (to->n == TCP_ADDRESSES) {
		to->over = true;
		return 0;
	}
	if (!attributes_sort(str_from(payload, NLMSG_ALIGN(sizeof(about))), a, IFA_LOCAL + 1))
		return -EBADMSG;
	own = a[IFA_LOCAL].p ? a[IFA_LOCAL] : a[IFA_ADDRESS];
	if (!read_address(about.ifa_family, own.p, own.n, &one->address))
		return -EBADMSG;
	one->interface = about.ifa_index;
	to->n++;
	return 0;
}

int local_addresses_parse(struct local_addresses *ret, str from)
{
	struct nlmsghdr header;
	str payload;
	int r = 0, next;

	ret->n = 0;
	ret->over = false;
	while ((next = message_next(&from, &header, &payload)) > 0)
		if (header.nlmsg_type == RTM_NEWADDR && add_address(ret, payload) < 0)
			r = -EBADMSG;
	qsort(ret->items, ret->n, sizeof(*ret->items), by_address);
	/* what follows the last message is NLMSG_DONE: without it the dump was cut */
	return next < 0 || from.n == 0 ? -EBADMSG : r;
}

/* Several interfaces may have the same address: then the one that the socket is bound to, where it is bound. */
static const struct local_address *find_address(
	const struct local_addresses *all, const struct tcp_address *address, uint32_t bound)
{
	const struct local_address key = { .address = *address };
	const struct local_address *end = all->items + all->n, *found, *at;

	found = all->n ? bsearch(&key, all->items, all->n, sizeof(key), by_address) : NULL;
	if (!found || !bound)
		return found;
	while (found > all->items && by_address(found - 1, &key) == 0)
		found--;
	for (at = found; at < end && by_address(at, &key) == 0; at++)
		if (at->interface == bound)
			return at;
	return found;
}

/* ---- sockets ---- */

static int by_inode(const void *a, const void *b)
{
	const struct tcp_socket *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

/* Kernels add to the end of it. */
static int read_bytes(str info, int64_t *ret)
{
	uint64_t acked, received;

	if (info.n < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(received))
		return -EBADMSG;
	memcpy(&acked, info.p + offsetof(struct tcp_info, tcpi_bytes_acked), sizeof(acked));
	memcpy(&received, info.p + offsetof(struct tcp_info, tcpi_bytes_received),
		sizeof(received));
	if (acked > INT64_MAX / 4 || received > INT64_MAX / 4)
		return -EBADMSG;
	*ret = (int64_t)(acked + received);
	return 0;
}

static int add_socket(struct tcp_sockets *to, const struct local_addresses *local, str payload)
{
	struct inet_diag_msg about;
	struct tcp_address here, there;
	const struct local_address *own;
	str a[INET_DIAG_INFO + 1] = { 0 };
	struct tcp_socket one = { 0 };

	if (payload.n < sizeof(about))
		return -EBADMSG;
	memcpy(&about, payload.p, sizeof(about));
	if (about.idiag_state != STATE_ESTABLISHED || !about.idiag_inode)
		return 0;
	if (!read_address(
		    about.idiag_family, about.id.idiag_src, sizeof(about.id.idiag_src), &here) ||
		!read_address(about.idiag_family, about.id.idiag_dst, sizeof(about.id.idiag_dst),
			&there) ||
		!attributes_sort(
			str_from(payload, NLMSG_ALIGN(sizeof(about))), a, INET_DIAG_INFO + 1) ||
		read_bytes(a[INET_DIAG_INFO], &one.bytes) < 0)
		return -EBADMSG;
	if (is_loopback(&here) || find_address(local, &there, 0))
		return 0;
	if (to->n == TCP_SOCKETS) {
		to->over = true;
		return 0;
	}
	own = find_address(local, &here, about.id.idiag_if);
	one.inode = about.idiag_inode;
	one.interface = own ? own->interface : 0;
	to->items[to->n++] = one;
	return 0;
}

int tcp_sockets_parse(struct tcp_sockets *to, const struct local_addresses *local, str from)
{
	struct nlmsghdr header;
	str payload;
	int r = 0, next;

	while ((next = message_next(&from, &header, &payload)) > 0)
		if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY && add_socket(to, local, payload) < 0)
			r = -EBADMSG;
	qsort(to->items, to->n, sizeof(*to->items), by_inode);
	return next < 0 || from.n == 0 ? -EBADMSG : r;
}

const struct tcp_socket *tcp_sockets_find(const struct tcp_sockets *all, uint32_t inode)
{
	const struct tcp_socket key = { .inode = inode };

	return all->n ? bsearch(&key, all->items, all->n, sizeof(key), by_inode) : NULL;
}

/* ---- asking ---- */

int local_addresses_ask(struct collect *c, unsigned text)
{
	static const struct {
		struct nlmsghdr header;
		struct ifaddrmsg about;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	static const struct host_question question = { .key = "rtnl/address",
		.protocol = NETLINK_ROUTE,
		.request = &request,
		.request_size = sizeof(request) };

	return collect_ask(c, text, 0, &question);
}

int tcp_sockets_ask(struct collect *c, unsigned text, int family)
{
	const struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 about;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.about = { .sdiag_family = (unsigned char)family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_ext = 1 << (INET_DIAG_INFO - 1),
			.idiag_states = 1 << STATE_ESTABLISHED },
	};
	const struct host_question question = {
		.key = family == AF_INET ? "diag/tcp4" : "diag/tcp6",
		.protocol = NETLINK_SOCK_DIAG,
		.request = &request,
		.request_size = sizeof(request),
	};

	return collect_ask(c, text, 0, &question);
}
