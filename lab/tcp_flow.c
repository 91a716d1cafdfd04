/*
 * A paced TCP stream, for the lab: steady while the host is well, and it tries again after a break.
 *
 *   tcp-flow --receive 0.0.0.0 [--port 5001] [--seconds 60] [--cpu N]
 *   tcp-flow --send ADDRESS    [--port 5001] [--seconds 60] [--cpu N] [--rate 500000] [--tick 20]
 *
 * The sender writes --rate bytes a second, every --tick milliseconds. What the socket does not take
 * is not made up for later. A connection over which nothing went for three seconds is made anew.
 * It prints how many bytes went through this end.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "load.h"

enum { PATIENCE_MS = 3000, CHUNK = 1 << 16 };

struct flow {
	const char *send_to, *receive_at;
	long port, seconds, cpu, rate, tick_ms;
	int64_t end_ns;
	uint64_t bytes;
};

static struct sockaddr_in address(const struct flow *f, const char *text)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port) };

	errno = 0;
	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		stop(text, "give an IPv4 address");
	return a;
}

static int wait_for(int fd, short what, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = what };

	return poll(&p, 1, timeout_ms);
}

/* A sender whose connection broke comes back while the old one still looks alive: the newest counts. */
static void receive(struct flow *f)
{
	struct sockaddr_in at = address(f, f->receive_at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, peer = -1;
	static char chunk[CHUNK];

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 4) < 0)
		stop("cannot listen", "is the port taken?");
	while (now_ns() < f->end_ns) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			{ .fd = peer, .events = POLLIN } };

		if (poll(p, 2, 500) <= 0)
			continue;
		if (p[0].revents) {
			if (peer >= 0)
				close(peer);
			peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		} else if (p[1].revents) {
			ssize_t n = read(peer, chunk, sizeof(chunk));

			if (n > 0) {
				f->bytes += (uint64_t)n;
			} else {
				close(peer);
				peer = -1;
			}
		}
	}
}

/* A connected socket that does not block, or -1. */
static int reach(const struct flow *f)
{
	struct sockaddr_in to = address(f, f->send_to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	socklen_t size = sizeof(error);

	if (fd < 0)
		stop("cannot open a socket", "try again");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, 1000) > 0 &&
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && !error)
		return fd;
	close(fd);
	sleep_until(now_ns() + second_ns / 2);
	return -1;
}

/* Write at the rate until the clock ends or the connection does; true in the first case. */
static bool write_paced(struct flow *f, int fd)
{
	static const char chunk[CHUNK];
	int64_t tick_ns = f->tick_ms * 1000000, next = now_ns(), moved = next;
	size_t each = (size_t)(f->rate * f->tick_ms / 1000);

	while (now_ns() < f->end_ns) {
		for (size_t left = each; left > 0;) {
			ssize_t n = send(fd, chunk, left < CHUNK ? left : CHUNK,
				MSG_NOSIGNAL | MSG_DONTWAIT);

			if (n < 0 && errno != EAGAIN)
				return false;
			if (n < 0)
				break;
			left -= (size_t)n;
			f->bytes += (uint64_t)n;
			moved = now_ns();
		}
		if (now_ns() - moved > PATIENCE_MS * 1000000LL)
			return false;
		next += tick_ns;
		if (next < now_ns())
			next = now_ns();
		sleep_until(next);
	}
	return true;
}

static void transmit(struct flow *f)
{
	while (now_ns() < f->end_ns) {
		int fd = reach(f);
		struct linger at_once = { .l_onoff = 1 };

		if (fd < 0)
			continue;
		if (!write_paced(f, fd)) /* a broken one need not wait for acknowledgements */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct flow f = { .port = 5001, .seconds = 60, .cpu = -1, .rate = 500000, .tick_ms = 20 };
	const struct option options[] = {
		{ "--send", NULL, 0, 0, &f.send_to },
		{ "--receive", NULL, 0, 0, &f.receive_at },
		{ "--port", &f.port, 1, 65535, NULL },
		{ "--seconds", &f.seconds, 1, 3600, NULL },
		{ "--cpu", &f.cpu, 0, CPU_SETSIZE - 1, NULL },
		{ "--rate", &f.rate, 1000, 1000000000, NULL },
		{ "--tick", &f.tick_ms, 1, 1000, NULL },
		{ NULL },
	};

	(void)argc;
	read_options(options, argv + 1);
	errno = 0;
	if (!f.send_to == !f.receive_at)
		stop("to send or to receive?", "give --send ADDRESS or --receive ADDRESS");
	if (f.cpu >= 0)
		pin(f.cpu);
	f.end_ns = now_ns() + f.seconds * second_ns;
	if (f.send_to)
		transmit(&f);
	else
		receive(&f);
	printf("%llu bytes\n", (unsigned long long)f.bytes);
	return 0;
}
