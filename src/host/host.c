/* The door itself: which kind of host answers, and what is copied on the way. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "host/copy.h"
#include "host/door.h"
#include "host/private.h"

static struct host *host_new(int root)
{
	struct host *h = own_alloc(1, sizeof(*h));

	h->root = root;
	h->own_netns = -1;
	h->kmsg = -1;
	h->n_namespaces = 1;
	return h;
}

int host_live(struct host **ret)
{
	OWN_FD root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return -errno;
	*ret = host_new(own_take_fd(&root));
	(*ret)->own_netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return 0;
}

int host_open_dir(const char *dir, struct host **ret)
{
	OWN_FD root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct manifest *manifest = NULL;
	struct player *player = NULL;
	int r;

	if (root < 0)
		return -errno;
	r = manifest_load(root, &manifest);
	if (r == -ENOENT && player_is_there(root))
		return -EBADMSG;
	if (r < 0 && r != -ENOENT)
		return r;
	if (manifest && manifest_is_tape(manifest)) {
		r = player_open(root, manifest, &player);
		manifest = manifest_free(manifest);
		if (r < 0)
			return r;
	}
	*ret = host_new(own_take_fd(&root));
	(*ret)->tree = true;
	(*ret)->manifest = manifest;
	(*ret)->player = player;
	return 0;
}

int host_snap(const char *dir, struct host **ret)
{
	struct snapper *snapper;
	int r = snapper_open(dir, &snapper);

	if (r < 0)
		return r;
	r = host_live(ret);
	if (r < 0)
		snapper_close(snapper);
	else
		(*ret)->snapper = snapper;
	return r;
}

struct host *host_close(struct host *h)
{
	if (!h)
		return NULL;
	host_verbs_end(h);
	snapper_close(h->snapper);
	recorder_close(h->recorder);
	player_close(h->player);
	manifest_free(h->manifest);
	netlink_close(h);
	own_close_fd(&h->root);
	own_close_fd(&h->own_netns);
	own_close_fd(&h->kmsg);
	free(h);
	return NULL;
}

int host_finish(struct host *h)
{
	if (h->recorder)
		return recorder_finish(h->recorder);
	return h->snapper ? snapper_finish(h->snapper) : 0;
}

bool host_is_live(const struct host *h)
{
	return !h->tree;
}

bool host_knows_absence(const struct host *h)
{
	return !h->tree || h->manifest || h->player;
}

int64_t host_taken_ns(const struct host *h)
{
	if (h->player)
		return player_clock(h->player)->wall_ns;
	return h->manifest ? manifest_taken_ns(h->manifest) : 0;
}

unsigned host_namespaces(const struct host *h)
{
	return h->n_namespaces;
}

const char *host_namespace_name(const struct host *h, unsigned ns)
{
	return ns < h->n_namespaces ? h->namespaces[ns].name : "";
}

uint64_t host_namespaces_unseen(const struct host *h)
{
	return h->unseen_namespaces;
}

/* A path with ".." in it is given up with -EAGAIN while anything anywhere is renamed or mounted (openat2(2)). */
static int open_in_tree(const struct host *h, const char *path, int flags)
{
	enum { ATTEMPTS = 100 };
	/* O_PATH opens nothing that could block, and openat2 takes no O_NONBLOCK beside it */
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	errno = EAGAIN;
	for (int attempt = 0; attempt < ATTEMPTS && fd < 0 && errno == EAGAIN; attempt++)
		fd = syscall(SYS_openat2, h->root, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* Only proc/net is reached inside another namespace: it is opened through the thread's own entry.
 */
static int open_in_namespace(struct host *h, unsigned ns, const char *path, int flags)
{
	char own[PATH_BYTES];
	int fd, r;

	if (!str_starts(str_of(path), STR("proc/net/")))
		return -EOPNOTSUPP;
	snprintf(own, sizeof(own), "/proc/thread-self/%s", path + strlen("proc/"));
	r = netns_enter(h, ns);
	if (r < 0)
		return r;
	fd = open(own, flags | O_CLOEXEC);
	r = fd < 0 ? -errno : fd;
	netns_leave(h, ns);
	return r;
}

static int open_path(struct host *h, unsigned ns, const char *path, int flags)
{
	int fd;

	if (ns)
		return open_in_namespace(h, ns, path, flags);
	fd = openat(h->root, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Where a path of a namespace lies in a tree, a snap and a manifest. */
static const char *tree_path(
	const struct host *h, unsigned ns, const char *path, char out[PATH_BYTES])
{
	if (ns == 0)
		return path;
	snprintf(out, PATH_BYTES, "netns/%s/%s", h->namespaces[ns].name, path);
	return out;
}

/* 0: it is in the tree, or may be. */
static int recorded_error(const struct host *h, const char *path)
{
	return h->manifest ? manifest_error(h->manifest, path) : 0;
}

static bool is_in_tree(int recorded)
{
	return recorded == 0 || recorded == -HOST_NOT_RECORDED;
}

/* What nobody tried may have been put into the tree by hand. */
static int unless_recorded(int recorded, int r)
{
	return recorded == -HOST_NOT_RECORDED && r == -ENOENT ? recorded : r;
}

/* A tree may hold anything a stranger put there: only a plain file is read. */
static int find_plain_file(const struct host *h, const char *path)
{
	OWN_FD fd = open_in_tree(h, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
}

/* most: only so many bytes of its beginning; 0: all of it. */
static int read_open(int fd, struct arena *a, size_t most, bool one_piece, str *ret)
{
	return most ? read_first(fd, a, most, ret) : read_all(fd, a, one_piece, ret);
}

static int read_tree(struct host *h, struct arena *a, const char *path, size_t most, str *ret)
{
	int recorded = recorded_error(h, path), r = recorded;
	OWN_FD fd = -1;

	if (is_in_tree(recorded))
		r = find_plain_file(h, path); /* to open a device already does something */
	if (r < 0)
		return unless_recorded(recorded, r);
	fd = open_in_tree(h, path, O_RDONLY);
	return fd < 0 ? fd : read_open(fd, a, most, false, ret);
}

/*
 * What gives its whole text to one read when the buffer is large enough: sysfs, sysctls and the
 * one-record files of a task. Tables of proc end a read wherever the next record does not fit.
 */
static bool is_one_piece(const char *path)
{
	return str_starts(str_of(path), STR("sys/")) ||
	       str_starts(str_of(path), STR("proc/sys/")) ||
	       (str_starts(str_of(path), STR("proc/")) && path[5] >= '0' && path[5] <= '9');
}

static bool copies(const struct host *h)
{
	return h->snapper || h->recorder;
}

/* What was read once is not read again: two collectors that share a file see the same bytes. */
static bool has_copy(struct host *h, enum shelf_kind kind, const char *name, struct arena *a,
	int *ret_error, str *ret)
{
	if (h->recorder)
		return recorder_has(h->recorder, kind, name, a, ret_error, ret);
	return h->snapper && (kind == SHELF_FILE || kind == SHELF_LIST) &&
	       snapper_has(h->snapper, a, name, ret_error, ret);
}

static void copy(struct host *h, enum shelf_kind kind, const char *name, int r, const str *text,
	int64_t begin_ns)
{
	str bytes = r == 0 ? *text : (str){ NULL, 0 };

	if (h->recorder)
		recorder_put(h->recorder, kind, name, r, bytes);
	if (h->snapper)
		(kind == SHELF_LINK          ? snapper_link
			: kind == SHELF_LIST ? snapper_list
					     : snapper_file)(h->snapper, name, r, bytes, begin_ns);
}

static int read_live(struct host *h, struct arena *a, unsigned ns, const char *path, size_t most,
	int *kept, str *ret)
{
	bool one_piece = is_one_piece(path);
	OWN_FD fd = -1;
	int r;

	if (kept && *kept >= 0) {
		r = read_open(*kept, a, most, one_piece, ret);
		if (r == 0)
			return 0;
		own_close_fd(kept); /* the device behind it may have been replaced by another of
				       that name */
		*kept = -1;
	}
	fd = open_path(h, ns, path, O_RDONLY);
	if (fd < 0)
		return fd;
	r = read_open(fd, a, most, one_piece, ret);
	if (r == 0 && kept && ns == 0)
		*kept = own_take_fd(&fd);
	return r;
}

int host_read(struct host *h, struct arena *a, unsigned ns, const char *path, int *fd, str *ret)
{
	return host_read_head(h, a, ns, path, 0, fd, ret);
}

int host_read_head(struct host *h, struct arena *a, unsigned ns, const char *path, size_t most,
	int *fd, str *ret)
{
	char buffer[PATH_BYTES];
	const char *name = tree_path(h, ns, path, buffer);
	int64_t begin;
	int r;

	if (h->player)
		return player_read(h->player, SHELF_FILE, name, a, ret);
	if (h->tree)
		return read_tree(h, a, name, most, ret);
	if (!copies(h))
		return read_live(h, a, ns, path, most, fd, ret);
	if (has_copy(h, SHELF_FILE, name, a, &r, ret))
		return r;
	begin = clock_mono_ns();
	r = read_live(h, a, ns, path, most, h->recorder ? fd : NULL, ret);
	copy(h, SHELF_FILE, name, r, ret, begin);
	return r;
}

static int read_link_at(int at, const char *name, struct arena *a, str *ret)
{
	char target[PATH_BYTES];
	ssize_t n = readlinkat(at, name, target, sizeof(target));
	str copy;

	if (n < 0)
		return errno == EINVAL ? -ENOENT : -errno; /* there, but not a link */
	if ((size_t)n == sizeof(target))
		return -ENAMETOOLONG;
	copy = arena_copy(a, (str){ target, (size_t)n });
	if (!copy.p)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static int link_in_tree(struct host *h, struct arena *a, const char *path, str *ret)
{
	int r = recorded_error(h, path);
	OWN_FD fd = is_in_tree(r) ? open_in_tree(h, path, O_PATH | O_NOFOLLOW) : r;

	return fd < 0 ? unless_recorded(r, fd) : read_link_at(fd, "", a, ret);
}

int host_link(struct host *h, struct arena *a, unsigned ns, const char *path, str *ret)
{
	char buffer[PATH_BYTES];
	const char *name = tree_path(h, ns, path, buffer);
	int64_t begin;
	int r;

	if (h->player)
		return player_read(h->player, SHELF_LINK, name, a, ret);
	if (h->tree)
		return link_in_tree(h, a, name, ret);
	if (ns)
		return -EOPNOTSUPP;
	if (has_copy(h, SHELF_LINK, name, a, &r, ret))
		return r;
	begin = clock_mono_ns();
	r = read_link_at(h->root, path, a, ret);
	if (r == 0 && private_is_open_file(path))
		*ret = private_held(*ret);
	copy(h, SHELF_LINK, name, r, ret, begin);
	return r;
}

static int list_tree(struct host *h, struct arena *a, const char *path, str *ret)
{
	int r = recorded_error(h, path), fd;

	if (!is_in_tree(r))
		return r;
	if (h->manifest && manifest_list(h->manifest, a, path, ret))
		return 0;
	fd = open_in_tree(h, path, O_RDONLY | O_DIRECTORY);
	return fd < 0 ? unless_recorded(r, fd) : list_all(fd, a, ret);
}

int host_list(struct host *h, struct arena *a, unsigned ns, const char *dir, str *ret)
{
	char buffer[PATH_BYTES];
	const char *name = tree_path(h, ns, dir, buffer);
	int64_t begin = clock_mono_ns();
	int fd, r;

	if (h->player)
		return player_read(h->player, SHELF_LIST, name, a, ret);
	if (h->tree)
		return list_tree(h, a, name, ret);
	if (has_copy(h, SHELF_LIST, name, a, &r, ret))
		return r;
	fd = open_path(h, ns, dir, O_RDONLY | O_DIRECTORY);
	r = fd < 0 ? fd : list_all(fd, a, ret);
	copy(h, SHELF_LIST, name, r, ret, begin);
	return r;
}

void ask_describe(const char *name, FILE *out, str reply)
{
	if (strstr(name, "ask/pci/"))
		config_describe(out, reply);
	else if (strstr(name, "ask/ethtool/"))
		ethtool_describe(out, reply);
	else
		netlink_describe(out, reply);
}

static void copy_twin(struct host *h, const char *name, str reply, int64_t begin_ns)
{
	char twin[PATH_BYTES + 8];
	OWN_MEMORY char *text = NULL;
	size_t size = 0;
	OWN_FILE out = open_memstream(&text, &size);

	if (!out)
		return;
	ask_describe(name, out, reply);
	fflush(out);
	snprintf(twin, sizeof(twin), "%s.txt", name);
	snapper_file(h->snapper, twin, 0, (str){ text, size }, begin_ns);
}

static int answer(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	if (q->function)
		return config_ask(h, a, q->function, ret);
	return q->device ? ethtool_ask(h, a, ns, q, ret) : netlink_dump(h, a, ns, q, ret);
}

int host_ask(struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	char path[128], buffer[PATH_BYTES];
	int64_t begin = clock_mono_ns();
	const char *name;
	int r;

	snprintf(path, sizeof(path), "ask/%s", q->key);
	name = tree_path(h, ns, path, buffer);
	if (h->player)
		return player_read(h->player, SHELF_ASK, name, a, ret);
	if (h->tree)
		return read_tree(h, a, name, 0, ret);
	if (has_copy(h, SHELF_ASK, name, a, &r, ret))
		return r;
	r = answer(h, a, ns, q, ret);
	if (r == 0 && q->protocol == NETLINK_SOCK_DIAG)
		private_extras((char *)ret->p, ret->n); /* it is of our own arena */
	copy(h, SHELF_ASK, name, r, ret, begin);
	if (h->snapper && r == 0)
		copy_twin(h, name, *ret, begin);
	return r;
}

/* A snap tells whose namespaces could not be looked into: it was the same when it was taken. */
static void count_unseen(struct host *h, str proc)
{
	char path[PATH_BYTES];
	str name;

	while (h->manifest && str_next_line(&proc, &name)) {
		snprintf(path, sizeof(path), "proc/%.*sns/net", STR_ARG(name));
		h->unseen_namespaces += recorded_error(h, path) == -EACCES;
	}
}

static void add_names(struct host *h, str names)
{
	str name;

	while (str_next_line(&names, &name)) {
		if (str_ends(name, STR("/")))
			name.n--;
		if (h->n_namespaces == HOST_MAX_NAMESPACES ||
			name.n >= sizeof(h->namespaces[0].name)) {
			h->unseen_namespaces++;
			continue;
		}
		snprintf(h->namespaces[h->n_namespaces++].name, sizeof(h->namespaces[0].name),
			"%.*s", STR_ARG(name));
	}
}

static void find_in_tree(struct host *h, str proc)
{
	struct arena a;
	str names;

	if (arena_open(&a, 4 << 20) < 0)
		return;
	count_unseen(h, proc);
	if (host_list(h, &a, 0, "netns", &names) == 0)
		add_names(h, names);
	arena_close(&a);
}

/* On a tape: how many were not seen, then the names, one a line. */
static void find_on_tape(struct host *h)
{
	struct arena a;
	str names, line;

	if (arena_open(&a, 1 << 20) < 0)
		return;
	if (player_read(h->player, SHELF_NAMESPACES, "", &a, &names) == 0 &&
		str_next_line(&names, &line) && str_u64(line, &h->unseen_namespaces) == 0)
		add_names(h, names);
	arena_close(&a);
}

static void find_and_record(struct host *h, str proc)
{
	struct recorder *recorder = h->recorder;
	OWN_MEMORY char *text = NULL;
	size_t size = 0;
	OWN_FILE out = NULL;

	h->recorder = NULL; /* what was found is recorded, not each link that it was found by */
	netns_find_live(h, proc);
	h->recorder = recorder;
	out = recorder ? open_memstream(&text, &size) : NULL;
	if (!out)
		return;
	fprintf(out, "%" PRIu64 "\n", h->unseen_namespaces);
	for (unsigned i = 1; i < h->n_namespaces; i++)
		fprintf(out, "%s\n", h->namespaces[i].name);
	fflush(out);
	recorder_put(recorder, SHELF_NAMESPACES, "", 0, (str){ text, size });
}

void host_find_namespaces(struct host *h, str proc)
{
	h->n_namespaces = 1;
	h->unseen_namespaces = 0;
	if (h->player)
		find_on_tape(h);
	else if (h->tree)
		find_in_tree(h, proc);
	else
		find_and_record(h, proc);
}

bool host_absence(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ENODEV || error == -ENXIO ||
	       error == -ESRCH;
}

const char *host_reason(int error)
{
	switch (error < 0 ? -error : error) {
	case 0:
		return "read";
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case ENXIO:
		return "absent";
	case EACCES:
	case EPERM:
		return "no permission";
	case EBADMSG:
		return "not understood";
	case EOPNOTSUPP:
	case ENOSYS:
		return "not supported here";
	case EFBIG:
		return "too large";
	case E2BIG:
		return "too many: only the first were read";
	case ENODATA:
		return "empty, or not understood";
	case HOST_NOT_RECORDED:
		return "not recorded: the faultline that took this did not read it";
	case ELOOP:
		return "unreadable: a loop of links";
	case ETIMEDOUT:
		return "did not answer";
	case EIO:
		return "unreadable: Input/output error";
	case EINVAL:
		return "unreadable: Invalid argument";
	default:
		return "unreadable";
	}
}
