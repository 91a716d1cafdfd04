/* What listeners hold open of the live machine: netlink, inotify, pressure triggers, the wall clock. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

int host_log_fd(const struct host *h)
{
	return h->kmsg >= 0 ? h->kmsg : -EBADF;
}

int host_watch_new(const struct host *h)
{
	int fd;

	if (h->tree)
		return -ENOTSUP;
	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int host_watch_add(const struct host *h, int fd, const char *path, uint32_t mask)
{
	char absolute[PATH_BYTES];
	int watch;

	if (h->tree)
		return -ENOTSUP;
	if ((size_t)snprintf(absolute, sizeof(absolute), "/%s", path) >= sizeof(absolute))
		return -ENAMETOOLONG;
	watch = inotify_add_watch(fd, absolute, mask);
	return watch < 0 ? -errno : watch;
}

int host_watch_drop(int fd, int watch)
{
	return inotify_rm_watch(fd, watch) < 0 ? -errno : 0;
}

int host_trigger_open(const struct host *h, const char *path, const char *trigger)
{
	OWN_FD fd = -1;
	size_t n = strlen(trigger) + 1; /* the kernel takes the last byte for the text's end */

	if (h->tree)
		return -ENOTSUP;
	fd = openat(h->root, path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, trigger, n) < 0)
		return -errno;
	return own_take_fd(&fd);
}

/* More room than usual: what comes in bursts is a message each for a thousand interfaces. */
static int set_up_netlink(int fd, uint32_t groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int room = HOST_NETLINK_BUFFER, on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int host_netlink_listen(struct host *h, unsigned ns, int protocol, uint32_t groups)
{
	OWN_FD fd = -1;
	int r;

	if (h->tree)
		return -ENOTSUP;
	if (ns >= h->n_namespaces)
		return -ENOENT;
	r = netns_enter(h, ns);
	if (r < 0)
		return r;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	r = fd < 0 ? -errno : 0;
	netns_leave(h, ns);
	if (r == 0)
		r = set_up_netlink(fd, groups);
	return r < 0 ? r : own_take_fd(&fd);
}

int host_netlink_join(int fd, uint32_t group)
{
	int number = (int)group;

	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)) < 0
		       ? -errno
		       : 0;
}

static uint32_t sender_uid(struct msghdr *message)
{
	struct ucred credentials;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
			c->cmsg_len >= CMSG_LEN(sizeof(credentials))) {
			memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
			return credentials.uid;
		}
	return UINT32_MAX;
}

int host_netlink_next(int fd, void *to, size_t size, struct host_message *ret)
{
	struct sockaddr_nl from = { 0 };
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec piece = { to, size };
	struct msghdr message = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_TRUNC | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	*ret = (struct host_message){ .n = (size_t)n < size ? (size_t)n : size,
		.whole = (size_t)n,
		.sender = from.nl_pid,
		.uid = sender_uid(&message) };
	return 1;
}

uint64_t host_namespace_inode(const struct host *h, unsigned ns)
{
	struct stat st;

	if (ns == 0)
		return fstat(h->own_netns, &st) < 0 ? 0 : st.st_ino;
	return ns < h->n_namespaces ? h->namespaces[ns].inode : 0;
}

int host_namespace_end(const struct host *h, unsigned ns)
{
	str pid = { NULL, 0 };
	uint64_t number;
	long fd;

	if (h->tree)
		return -ENOTSUP;
	if (ns == 0 || ns >= h->n_namespaces ||
		!str_starts(str_of(h->namespaces[ns].path), STR("/proc/")) ||
		!str_cut(str_from(str_of(h->namespaces[ns].path), strlen("/proc/")), '/', &pid,
			NULL) ||
		str_u64(pid, &number) < 0)
		return -ENOENT;
	fd = syscall(SYS_pidfd_open, (pid_t)number, 0);
	return fd < 0 ? -errno : (int)fd;
}

int host_clock_watch(const struct host *h)
{
	/* far enough away never to come, and no time at all that the kernel would refuse */
	const struct itimerspec never = { .it_value = { .tv_sec = INT64_C(1) << 33 } };
	OWN_FD fd = -1;

	if (h->tree)
		return -ENOTSUP;
	fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* set while we were about it: it is armed all the same */
	if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 &&
		errno != ECANCELED)
		return -errno;
	return own_take_fd(&fd);
}

int host_clock_watch_take(int fd)
{
	uint64_t times;
	int r = read(fd, &times, sizeof(times)) < 0 ? -errno : 0;

	if (r == -ECANCELED)
		return 1;
	return r == -EAGAIN || r == -EINTR ? 0 : r;
}
