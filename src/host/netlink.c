/* Netlink dumps, through libmnl, in whatever namespace is asked for. */
#include <ctype.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/netlink.h"
#include "base/own.h"
#include "host/door.h"

enum { REPLY_PIECE = 32768, MAX_REPLY = 16 << 20, PATIENCE_S = 2 };

static void own_close_socket(struct mnl_socket **socket)
{
	if (*socket)
		mnl_socket_close(*socket);
}

static int open_socket(struct host *h, unsigned ns, int protocol, struct mnl_socket **ret)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int r = netns_enter(h, ns);

	if (r < 0)
		return r;
	errno = 0;
	*ret = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	r = *ret ? 0 : -errno;
	netns_leave(h, ns);
	if (r == 0 && mnl_socket_bind(*ret, 0, MNL_SOCKET_AUTOPID) < 0)
		r = -errno;
	if (r == 0)
		setsockopt(mnl_socket_get_fd(*ret), SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof(patience));
	return r;
}

/* A dump that fails on its way ends as others do, with the error in its last message: it is no whole answer. */
static int error_of_end(const struct nlmsghdr *message)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return error < 0 ? error : 1;
}

/*
 * 1: the dump is complete; 0: more to come; -errno: the kernel said no, or the table changed under
 * the dump.
 */
static int message_ends_dump(const struct nlmsghdr *message)
{
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return -EAGAIN;
	if (message->nlmsg_type == NLMSG_DONE)
		return error_of_end(message);
	if (message->nlmsg_type == NLMSG_ERROR &&
		mnl_nlmsg_get_payload_len(message) >= sizeof(struct nlmsgerr)) {
		int error = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(message))->error;

		return error ? error : 1;
	}
	return 0;
}

static int dump_ended(const char *piece, size_t size)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)piece;
	int left = (int)size;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		int r = message_ends_dump(message);

		if (r)
			return r;
	}
	return 0;
}

/* *empty: the kernel has answered, and nothing more of it will come. */
static int receive(struct mnl_socket *socket, struct arena *a, str *ret, bool *empty)
{
	char *start = arena_mark(a);
	size_t n = 0;
	int r = 0;

	while (r == 0) {
		ssize_t got;

		if (n + REPLY_PIECE > MAX_REPLY || n + REPLY_PIECE > (size_t)(a->end - start))
			return -EFBIG;
		do
			got = mnl_socket_recvfrom(socket, start + n, REPLY_PIECE);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		r = got ? dump_ended(start + n, (size_t)got) : 1;
		n += (size_t)got;
	}
	*empty = r != -EAGAIN;
	if (r < 0)
		return r;
	arena_take(a, n);
	*ret = (str){ start, n };
	return 0;
}

/* ---- families of generic netlink ---- */

/* 0: it is not in the reply. */
static uint16_t family_id(str reply)
{
	struct nlmsghdr header;
	str payload, attributes[CTRL_ATTR_FAMILY_ID + 1] = { 0 };
	uint16_t id = 0;

	if (message_next(&reply, &header, &payload) <= 0 || header.nlmsg_type != GENL_ID_CTRL ||
		payload.n < GENL_HDRLEN)
		return 0;
	attributes_sort(str_from(payload, GENL_HDRLEN), attributes, CTRL_ATTR_FAMILY_ID + 1);
	if (attributes[CTRL_ATTR_FAMILY_ID].n == sizeof(id))
		memcpy(&id, attributes[CTRL_ATTR_FAMILY_ID].p, sizeof(id));
	return id;
}

static int ask_family(struct host *h, struct arena *a, const char *name, uint16_t *ret)
{
	struct {
		struct nlmsghdr header;
		struct genlmsghdr command;
		struct nlattr attribute;
		char name[GENL_NAMSIZ];
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = GENL_ID_CTRL,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.command = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attribute = { .nla_len = sizeof(struct nlattr) + GENL_NAMSIZ,
			.nla_type = CTRL_ATTR_FAMILY_NAME },
	};
	const struct host_question q = {
		.protocol = NETLINK_GENERIC, .request = &request, .request_size = sizeof(request)
	};
	char *mark = arena_mark(a);
	str reply;
	int r;

	snprintf(request.name, sizeof(request.name), "%s", name);
	r = netlink_dump(h, a, 0, &q, &reply);
	if (r == 0)
		*ret = family_id(reply);
	arena_release(a, mark);
	return r < 0 ? r : *ret ? 0 : -EBADMSG;
}

/* Numbers of families are the same in all namespaces, and as long as their module stays. */
static int find_family(struct host *h, struct arena *a, const char *name, uint16_t *ret)
{
	unsigned i = 0;
	int r;

	while (i < HOST_FAMILIES && h->families[i].id && strcmp(h->families[i].name, name) != 0)
		i++;
	if (i < HOST_FAMILIES && h->families[i].id) {
		*ret = h->families[i].id;
		return 0;
	}
	r = ask_family(h, a, name, ret);
	if (r == 0 && i < HOST_FAMILIES) {
		snprintf(h->families[i].name, sizeof(h->families[i].name), "%s", name);
		h->families[i].id = *ret;
	}
	return r;
}

/* ---- */

/* One of our own namespace is kept for the next question; those of others would keep them alive. */
static struct mnl_socket **kept_socket(struct host *h, unsigned ns, int protocol)
{
	return ns == 0 && protocol < HOST_PROTOCOLS ? &h->sockets[protocol] : NULL;
}

/*
 * An answer of many messages ends before the acknowledgement comes that was asked for as well: that is
 * not the answer to the next question.
 */
static void drop_leftovers(struct mnl_socket *socket)
{
	char byte;

	while (recv(mnl_socket_get_fd(socket), &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}

static int ask_kernel(struct host *h, struct arena *a, unsigned ns, int protocol,
	const struct nlmsghdr *request, str *ret)
{
	__attribute__((cleanup(own_close_socket))) struct mnl_socket *socket = NULL;
	struct mnl_socket **kept = kept_socket(h, ns, protocol);
	bool empty = false;
	int r = 0;

	if (kept && *kept) {
		socket = *kept;
		*kept = NULL;
		drop_leftovers(socket);
	} else {
		r = open_socket(h, ns, protocol, &socket);
	}
	if (r < 0)
		return r;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	r = receive(socket, a, ret, &empty);
	if (kept && empty) {
		*kept = socket;
		socket = NULL;
	}
	return r;
}

static int dump_once(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	char request[256];
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)request;
	int r = 0;

	if (q->request_size > sizeof(request))
		return -E2BIG;
	memcpy(request, q->request, q->request_size);
	header->nlmsg_seq = 1;
	if (q->family)
		r = find_family(h, a, q->family, &header->nlmsg_type);
	return r < 0 ? r : ask_kernel(h, a, ns, q->protocol, header, ret);
}

void netlink_close(struct host *h)
{
	for (unsigned i = 0; i < HOST_PROTOCOLS; i++)
		own_close_socket(&h->sockets[i]);
}

int netlink_dump(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	int r = -EAGAIN;

	for (int attempt = 0; attempt < 3 && r == -EAGAIN; attempt++)
		r = dump_once(h, a, ns, q, ret);
	return r;
}

static void describe_bytes(FILE *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i += 16) {
		fprintf(out, "    %04zx ", i);
		for (size_t j = i; j < i + 16; j++)
			j < n ? fprintf(out, " %02x", p[j]) : fputs("   ", out);
		fputs("  ", out);
		for (size_t j = i; j < i + 16 && j < n; j++)
			fputc(isprint(p[j]) ? p[j] : '.', out);
		fputc('\n', out);
	}
}

void netlink_describe(FILE *out, str reply)
{
	while (reply.n >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr header;
		size_t size;

		memcpy(&header, reply.p, sizeof(header));
		size = header.nlmsg_len;
		if (size < sizeof(header) || size > reply.n)
			size = reply.n;
		fprintf(out, "message type %u flags 0x%x length %u\n", header.nlmsg_type,
			header.nlmsg_flags, header.nlmsg_len);
		describe_bytes(out, (const unsigned char *)reply.p + sizeof(header),
			size - sizeof(header));
		reply = str_from(reply, NLMSG_ALIGN(size));
	}
}
