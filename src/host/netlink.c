/* Netlink dumps, through libmnl, in whatever namespace is asked for. */
#include <ctype.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

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

/*
 * 1: the dump is complete; 0: more to come; -errno: the kernel said no, or the table changed under
 * the dump.
 */
static int message_ends_dump(const struct nlmsghdr *message)
{
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return -EAGAIN;
	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
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

static int receive(struct mnl_socket *socket, struct arena *a, str *ret)
{
	char *start = arena_mark(a);
	size_t n = 0;

	for (;;) {
		ssize_t got;
		int r;

		if (n + REPLY_PIECE > MAX_REPLY || n + REPLY_PIECE > (size_t)(a->end - start))
			return -EFBIG;
		do
			got = mnl_socket_recvfrom(socket, start + n, REPLY_PIECE);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		r = dump_ended(start + n, (size_t)got);
		n += (size_t)got;
		if (r < 0)
			return r;
		if (r > 0 || got == 0)
			break;
	}
	arena_take(a, n);
	*ret = (str){ start, n };
	return 0;
}

static int dump_once(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	__attribute__((cleanup(own_close_socket))) struct mnl_socket *socket = NULL;
	char request[256];
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)request;
	int r;

	if (q->request_size > sizeof(request))
		return -E2BIG;
	memcpy(request, q->request, q->request_size);
	header->nlmsg_seq = 1;
	r = open_socket(h, ns, q->protocol, &socket);
	if (r < 0)
		return r;
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	return receive(socket, a, ret);
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
