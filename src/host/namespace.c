/*
 * Network namespaces of the live machine: found, entered for the length of one open, and left
 * again.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/say.h"
#include "host/door.h"

int netns_enter(struct host *h, unsigned ns)
{
	OWN_FD fd = -1;
	struct stat st;

	if (ns == 0)
		return 0;
	if (h->own_netns < 0)
		return -EOPNOTSUPP; /* there would be no way back */
	fd = open(h->namespaces[ns].path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != h->namespaces[ns].inode)
		return -ENOENT; /* the process is gone and its number belongs to another */
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

void netns_leave(struct host *h, unsigned ns)
{
	if (ns && setns(h->own_netns, CLONE_NEWNET) < 0)
		say_and_abort("cannot return to the own network namespace: %s; run faultline again",
			strerror(errno));
}

static bool is_known(const struct host *h, uint64_t inode)
{
	for (unsigned i = 0; i < h->n_namespaces; i++)
		if (h->namespaces[i].inode == inode)
			return true;
	return false;
}

static void add_namespace(struct host *h, str name, const char *path, uint64_t inode)
{
	struct namespace *ns = &h->namespaces[h->n_namespaces];

	if (is_known(h, inode))
		return;
	if (h->n_namespaces == HOST_MAX_NAMESPACES || name.n >= sizeof(ns->name)) {
		h->unseen_namespaces++;
		return;
	}
	snprintf(ns->name, sizeof(ns->name), "%.*s", STR_ARG(name));
	snprintf(ns->path, sizeof(ns->path), "%s", path);
	ns->inode = inode;
	h->n_namespaces++;
}

/* Names that an administrator gave come first, so that a process never renames them. */
static void find_named(struct host *h, struct arena *a)
{
	str names, name;
	int fd = open("/run/netns", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || list_all(fd, a, &names) < 0)
		return;
	while (str_next_line(&names, &name)) {
		char path[96];
		struct stat st, own;

		if ((size_t)snprintf(path, sizeof(path), "/run/netns/%.*s", STR_ARG(name)) >=
			sizeof(path)) {
			h->unseen_namespaces++;
			continue;
		}
		/*
		 * an entry whose namespace was unmounted is a plain file on the file system of /run
		 */
		if (stat(path, &st) == 0 && fstat(h->own_netns, &own) == 0 &&
			st.st_dev == own.st_dev)
			add_namespace(h, name, path, st.st_ino);
	}
}

/* One of a process has no name: its inode number is one, and stays the same as long as it lives. */
static void find_of_process(struct host *h, struct arena *a, str pid)
{
	char path[96];
	uint64_t number;
	str inode;
	int r;

	snprintf(path, sizeof(path), "/proc/%.*s/ns/net", STR_ARG(pid));
	r = host_link(h, a, 0, path + 1, &inode);
	if (r < 0) {
		h->unseen_namespaces += r == -EACCES || r == -EPERM;
		return;
	}
	if (!str_starts(inode, STR("net:[")) || !str_ends(inode, STR("]")))
		return;
	inode = (str){ inode.p + 5, inode.n - 6 };
	if (str_u64(inode, &number) == 0)
		add_namespace(h, inode, path, number);
}

void netns_find_live(struct host *h, str proc)
{
	struct stat own;
	struct arena a;
	uint64_t number;
	str name;

	if (h->own_netns < 0 || fstat(h->own_netns, &own) < 0 || arena_open(&a, 16 << 20) < 0)
		return;
	h->namespaces[0].inode = own.st_ino;
	find_named(h, &a);
	while (str_next_line(&proc, &name))
		if (str_ends(name, STR("/")) && str_u64((str){ name.p, name.n - 1 }, &number) == 0)
			find_of_process(h, &a, (str){ name.p, name.n - 1 });
	arena_close(&a);
}
