/* A tracing instance of our own in tracefs, and what is read and written in it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

#define INSTANCE "faultline-" /* and the process */

/* Where tracefs is mounted; without a mount, where debugfs mounts it as soon as somebody looks. */
static int open_tracefs(struct host *h, struct arena *a)
{
	str mounts = STR(""), line, device, where, type;
	char path[PATH_BYTES] = "sys/kernel/debug/tracing";
	int r = host_read(h, a, 0, "proc/mounts", NULL, &mounts), fd;

	if (r < 0)
		return r;
	while (str_next_line(&mounts, &line))
		if (str_next_word(&line, &device) && str_next_word(&line, &where) &&
			str_next_word(&line, &type) && str_is(type, "tracefs") && where.n > 1 &&
			where.n < sizeof(path)) {
			snprintf(path, sizeof(path), "%.*s", (int)where.n - 1, where.p + 1);
			break;
		}
	fd = openat(h->root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* What a faultline left that was killed. One of another PID namespace may look dead: it is busy, and stays. */
static void remove_stale(struct arena *a, int instances)
{
	OWN_FD list = openat(instances, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	str names, name, number;
	uint64_t pid;

	if (list < 0 || list_all(own_take_fd(&list), a, &names) < 0)
		return;
	while (str_next_line(&names, &name)) {
		char path[64];

		if (!str_starts(name, STR(INSTANCE)) || !str_cut(name, '-', NULL, &number) ||
			!str_cut(number, '/', &number, NULL) || str_u64(number, &pid) < 0 ||
			pid == 0 || pid > INT32_MAX || name.n >= sizeof(path))
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)name.n - 1, name.p);
		if (pid == (uint64_t)getpid() || (kill((pid_t)pid, 0) < 0 && errno == ESRCH))
			unlinkat(instances, path, AT_REMOVEDIR);
	}
}

int host_tracing_open(struct host *h, struct arena *a, struct host_tracing *ret)
{
	OWN_FD tracefs = -1;
	OWN_FD instances = -1;
	OWN_FD dir = -1;
	char name[32];

	if (h->tree)
		return -ENOTSUP;
	tracefs = open_tracefs(h, a);
	if (tracefs < 0)
		return tracefs;
	instances = openat(tracefs, "instances", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (instances < 0)
		return -errno;
	remove_stale(a, instances);
	snprintf(name, sizeof(name), INSTANCE "%d", (int)getpid());
	if (mkdirat(instances, name, 0700) < 0)
		return -errno;
	dir = openat(instances, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		int r = -errno;

		unlinkat(instances, name, AT_REMOVEDIR);
		return r;
	}
	*ret = (struct host_tracing){ .instances = own_take_fd(&instances),
		.dir = own_take_fd(&dir) };
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	return 0;
}

int host_tracing_close(struct host_tracing *t)
{
	int r;

	if (!t->name[0])
		return 0;
	close(t->dir);
	r = unlinkat(t->instances, t->name, AT_REMOVEDIR) < 0 ? -errno : 0;
	close(t->instances);
	*t = (struct host_tracing){ 0 };
	return r;
}

int host_tracing_read(const struct host_tracing *t, struct arena *a, const char *file, str *ret)
{
	OWN_FD fd = openat(t->dir, file, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_all(fd, a, false, ret);
}

int host_tracing_list(const struct host_tracing *t, struct arena *a, const char *dir, str *ret)
{
	int fd = openat(t->dir, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : list_all(fd, a, ret);
}

int host_tracing_write(const struct host_tracing *t, const char *file, const char *text)
{
	OWN_FD fd = openat(t->dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int host_tracing_pipe(const struct host_tracing *t, const char *file)
{
	int fd = openat(t->dir, file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}
