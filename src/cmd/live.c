/* Followers of a recorder: a socket, and for each one what it has not taken yet. */
#include "cmd/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/own.h"

enum { FOLLOWERS = 16, BEHIND_BYTES = 4 << 20, BACKLOG = 8, PATH_BYTES = 4096 };

struct follower {
	int fd;   /* -1: free */
	bool fed; /* it has had a full packet */
	struct pack waiting;
	size_t sent; /* of what waits */
};

struct live {
	int listener, poll;
	char path[PATH_BYTES];
	struct follower followers[FOLLOWERS];
	unsigned n;
	uint64_t dropped;
};

/* A long path is reached through a descriptor of its directory: sun_path is short. */
static int address_of(const char *path, int *ret_dir, struct sockaddr_un *ret)
{
	char dir[PATH_BYTES];
	const char *name = strrchr(path, '/');
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*ret_dir = -1;
	if (strlen(path) < sizeof(ret->sun_path)) {
		memcpy(ret->sun_path, path, strlen(path) + 1);
		return 0;
	}
	snprintf(dir, sizeof(dir), "%.*s", name ? (int)(name - path) + 1 : 2, name ? path : "./");
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -errno;
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", *ret_dir,
		name ? name + 1 : path);
	return n > 0 && (size_t)n < sizeof(ret->sun_path) ? 0 : -ENAMETOOLONG;
}

static int socket_path(const char *store, char out[static PATH_BYTES])
{
	int n = snprintf(out, PATH_BYTES, "%s.socket", store);

	return n > 0 && n < PATH_BYTES ? 0 : -ENAMETOOLONG;
}

int live_connect(const char *store)
{
	OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	OWN_FD dir = -1;
	struct sockaddr_un address;
	char path[PATH_BYTES];
	int r = fd < 0 ? -errno : socket_path(store, path);

	if (r == 0)
		r = address_of(path, &dir, &address);
	if (r == 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	return r < 0 ? r : own_take_fd(&fd);
}

/* The store is locked by us, so a socket that is there was left by a recorder that is no more. */
static int listen_at(struct live *l)
{
	OWN_FD dir = -1;
	struct sockaddr_un address;
	struct stat about;
	int r = address_of(l->path, &dir, &address);

	if (r < 0)
		return r;
	if (lstat(l->path, &about) == 0 && !S_ISSOCK(about.st_mode))
		return -EEXIST;
	unlink(l->path);
	l->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->listener < 0 ||
		bind(l->listener, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return chmod(l->path, S_IRUSR | S_IWUSR) < 0 || listen(l->listener, BACKLOG) < 0 ? -errno
											 : 0;
}

static int watch(struct live *l, int fd, uint32_t events, uint32_t number, int how)
{
	struct epoll_event e = { .events = events, .data.u32 = number };

	return epoll_ctl(l->poll, how, fd, &e) < 0 ? -errno : 0;
}

int live_open(const char *store, struct live **ret)
{
	struct live *l = own_alloc(1, sizeof(*l));
	int r;

	l->listener = -1;
	for (unsigned i = 0; i < FOLLOWERS; i++)
		l->followers[i].fd = -1;
	l->poll = epoll_create1(EPOLL_CLOEXEC);
	r = l->poll < 0 ? -errno : socket_path(store, l->path);
	if (r == 0)
		r = listen_at(l);
	if (r == 0)
		r = watch(l, l->listener, EPOLLIN, FOLLOWERS, EPOLL_CTL_ADD);
	if (r < 0) {
		if (l->listener < 0 || r == -EEXIST)
			l->path[0] = '\0'; /* nothing there is ours */
		live_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

static void let_go(struct live *l, struct follower *f)
{
	if (f->fd < 0)
		return;
	close(f->fd);
	pack_free(&f->waiting);
	*f = (struct follower){ .fd = -1 };
	l->n--;
}

struct live *live_close(struct live *l)
{
	if (!l)
		return NULL;
	for (unsigned i = 0; i < FOLLOWERS; i++)
		let_go(l, &l->followers[i]);
	if (l->listener >= 0)
		close(l->listener);
	if (l->poll >= 0)
		close(l->poll);
	if (l->path[0])
		unlink(l->path);
	free(l);
	return NULL;
}

/* ---- sending ---- */

static void send_waiting(struct live *l, struct follower *f)
{
	while (f->sent < f->waiting.n) {
		ssize_t n = send(f->fd, f->waiting.p + f->sent, f->waiting.n - f->sent,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			watch(l, f->fd, EPOLLIN | EPOLLOUT, (uint32_t)(f - l->followers),
				EPOLL_CTL_MOD);
			return;
		}
		if (n < 0) {
			let_go(l, f);
			return;
		}
		f->sent += (size_t)n;
	}
	f->waiting.n = f->sent = 0;
	watch(l, f->fd, EPOLLIN, (uint32_t)(f - l->followers), EPOLL_CTL_MOD);
}

static void give(struct live *l, struct follower *f, str bytes)
{
	if (f->waiting.n - f->sent + bytes.n > BEHIND_BYTES) {
		l->dropped++;
		let_go(l, f);
		return;
	}
	pack_bytes(&f->waiting, bytes);
	send_waiting(l, f);
}

static void welcome(struct live *l)
{
	int fd = accept4(l->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (unsigned i = 0; fd >= 0 && i < FOLLOWERS; i++) {
		struct follower *f = &l->followers[i];

		if (f->fd >= 0)
			continue;
		*f = (struct follower){ .fd = fd };
		fd = -1;
		l->n++;
		if (watch(l, f->fd, EPOLLIN, i, EPOLL_CTL_ADD) < 0)
			let_go(l, f);
		else
			give(l, f, LIVE_GREETING);
	}
	if (fd >= 0) { /* there are too many */
		l->dropped++;
		close(fd);
	}
}

/* A follower says nothing; what comes is that it has gone. */
static bool has_gone(const struct follower *f)
{
	char byte;
	ssize_t n = recv(f->fd, &byte, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void live_take(struct live *l)
{
	struct epoll_event ready[FOLLOWERS + 1];
	int n = epoll_wait(l->poll, ready, FOLLOWERS + 1, 0);

	for (int i = 0; i < n; i++) {
		struct follower *f;

		if (ready[i].data.u32 == FOLLOWERS) {
			welcome(l);
			continue;
		}
		f = &l->followers[ready[i].data.u32];
		if (f->fd >= 0 && ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && has_gone(f))
			let_go(l, f);
		if (f->fd >= 0 && ready[i].events & EPOLLOUT)
			send_waiting(l, f);
	}
}

int live_fd(const struct live *l)
{
	return l->poll;
}

bool live_has_new(const struct live *l)
{
	for (unsigned i = 0; i < FOLLOWERS; i++)
		if (l->followers[i].fd >= 0 && !l->followers[i].fed)
			return true;
	return false;
}

void live_send(struct live *l, str packet, bool full)
{
	for (unsigned i = 0; i < FOLLOWERS; i++) {
		struct follower *f = &l->followers[i];

		if (f->fd < 0 || f->fed == full)
			continue;
		f->fed = true;
		give(l, f, packet);
	}
}

unsigned live_followers(const struct live *l)
{
	return l->n;
}

uint64_t live_dropped(const struct live *l)
{
	return l->dropped;
}
