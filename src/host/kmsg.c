/* The kernel's log of the live machine: the records of /dev/kmsg, as the kernel spells them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

enum {
	RECORD = 16 << 10, /* longer than any record: the kernel's own limit is 8 KiB */
	AT_ONCE = 4 << 20  /* what one call takes at most */
};

int host_log_open(struct host *h, bool from_now)
{
	OWN_FD fd = -1;

	if (h->player)
		return 0;
	if (h->tree)
		return -EOPNOTSUPP;
	fd = openat(h->root, "dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, from_now ? SEEK_END : SEEK_SET) < 0)
		return -errno;
	own_close_fd(&h->kmsg);
	h->kmsg = own_take_fd(&fd);
	return 0;
}

/*
 * One read gives one record. EPIPE: the ring went round and some are lost, which the gap in their
 * numbers tells to whoever reads the text.
 */
int host_log(struct host *h, struct arena *a, str *ret)
{
	char *start = arena_mark(a);
	size_t n = 0;

	if (h->player)
		return player_read(h->player, SHELF_LOG, "dev/kmsg", a, ret);
	if (h->kmsg < 0)
		return -EBADF;
	while (n < AT_ONCE && (size_t)(a->end - start) - n > RECORD) {
		ssize_t got = read(h->kmsg, start + n, RECORD);

		if (got < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (got < 0 && errno != EAGAIN)
			return -errno;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	arena_take(a, n + 1);
	start[n] = '\0';
	*ret = (str){ start, n };
	return 0;
}

int host_log_wait(struct host *h, int ms)
{
	struct pollfd wait = { .fd = h->kmsg, .events = POLLIN };

	if (h->kmsg < 0)
		return -EBADF;
	return poll(&wait, 1, ms) < 0 ? -errno : 0;
}
