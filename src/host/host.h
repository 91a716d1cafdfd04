/*
 * A host is the one door to the outside: the live machine, a directory that stands in for it, or
 * the live machine with a copy of all that is read (a snap).
 *
 * Paths are relative to the root of that host: "proc/vmstat". All calls return 0 or -errno and
 * leave their outputs alone on failure. Texts live in the given arena.
 */
#pragma once

#include <errno.h>
#include <sys/types.h>

#include "base/arena.h"

struct host;

int host_live(struct host **ret);
int host_tree(const char *dir, struct host **ret); /* -EBADMSG: its manifest.json is damaged */
int host_snap(const char *dir, struct host **ret); /* -EEXIST unless absent or an empty directory */
/*
 * A recording, before its first tick; host_tree() opens one too, and stands at its last whole tick.
 * -EBADMSG: its manifest is damaged; -EUCLEAN: the file is no tape; -EPROTONOSUPPORT: it is of a
 * newer faultline; -ENOTSUP: the directory holds no recording; host_tree() only: -ENODATA: not a
 * single whole tick.
 */
int host_tape(const char *dir, struct host **ret);
struct host *host_close(struct host *h); /* returns NULL; a snap writes its manifest */
bool host_is_live(const struct host *h); /* a snap is; rates need a live host */

/*
 * A missing file is missing on the machine too: live, or a snap, which recorded it. Of another tree
 * nobody knows.
 */
bool host_knows_absence(const struct host *h);
/*
 * -HOST_NOT_RECORDED: the faultline that took the snap or tape never tried this path. It may have
 * been there.
 */
enum { HOST_NOT_RECORDED = EUNATCH };
int64_t host_taken_ns(
	const struct host *h); /* wall clock of a snap; 0: live, or a tree that does not say */

/*
 * The next tick of a recording: 0, -ENODATA behind the last, -EBADMSG where the tape is cut or
 * damaged. Then the tick before stands, and host_damage() says what is wrong: one line, or NULL.
 */
bool host_is_tape(const struct host *h);
int host_next(struct host *h);
const char *host_damage(const struct host *h);

/* When the present tick was taken; live, now. end_ns (monotonic) is 0 where it has not ended. */
struct host_clock {
	uint64_t tick;
	int64_t wall_ns, mono_ns, boot_ns, end_ns;
};
void host_clock(const struct host *h, struct host_clock *ret);

/*
 * Network namespaces: number 0 is the one faultline runs in and has the name "". Others are found
 * from /run/netns and from processes; they are not held open, so that faultline never keeps one
 * alive. Inside another one only proc/net and netlink can be reached.
 */
enum { HOST_MAX_NAMESPACES = 64 };
void host_find_namespaces(struct host *h, str proc); /* proc: what host_list() says of "proc" */
unsigned host_namespaces(const struct host *h);
const char *host_namespace_name(const struct host *h, unsigned ns);
uint64_t host_namespace_inode(
	const struct host *h, unsigned ns); /* live; a name may be given again */
uint64_t host_namespaces_unseen(
	const struct host *h); /* over the cap, or of a process we may not look at */

enum { HOST_MAX_FILE = 48 << 20 }; /* longer ones are -EFBIG */

/*
 * The whole of a file. `fd` is the caller's slot for a file that is read again and again: -1 the
 * first time, kept open where that helps, and closed by the caller. NULL reads once.
 */
int host_read(struct host *h, struct arena *a, unsigned ns, const char *path, int *fd, str *ret);
/*
 * The first `most` bytes of a file, for files whose rest is better not read: to read all of a PCI
 * function's config space touches registers that nobody asked about.
 */
int host_read_head(struct host *h, struct arena *a, unsigned ns, const char *path, size_t most,
	int *fd, str *ret);
int host_link(struct host *h, struct arena *a, unsigned ns, const char *path, str *ret);

/*
 * The names in a directory, sorted, one a line; a directory's name ends in a slash. At most
 * HOST_MAX_NAMES.
 */
enum { HOST_MAX_NAMES = 65536 };
int host_list(struct host *h, struct arena *a, unsigned ns, const char *dir, str *ret);

/*
 * What is asked of the kernel and is no file. The key names the exchange in a tree: "rtnl/link" is the
 * file ask/rtnl/link.
 *
 * Netlink: `request` is one nlmsghdr with its payload, its sequence number is filled in, and so is its
 * type where `family` names one of generic netlink (-ENOENT: the kernel does not have it). The reply
 * is all messages, those of a dump or the one that was asked for, up to the one that ends it.
 *
 * Statistics of an interface under its driver's own names, by ioctl: `device` is its name, the rest
 * but the key is left empty. The reply is a struct ethtool_gstrings with its names and right behind
 * it a struct ethtool_stats with as many values. -EOPNOTSUPP: the driver has none.
 *
 * With `spread`, how its flows are spread over its queues instead: a struct ethtool_rxfh with the table
 * and the key behind it.
 *
 * Config space of a PCI function: `function` is its address, the rest but the key is left empty. The
 * reply is pieces: where it begins and how long it is, two bytes each with the lower one first, and its
 * bytes. The first is the header, 64 bytes; then comes one for each capability, of those nobody here
 * asks about their first four bytes only; an empty one is the end. A device that is gone reads as ones.
 * -EACCES: what follows the header is only for CAP_SYS_ADMIN.
 */
struct host_question {
	const char *key;
	int protocol; /* NETLINK_ROUTE, ... */
	const void *request;
	size_t request_size;
	const char *family, *device, *function;
	bool spread;
};
int host_ask(struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);

/*
 * The kernel's log, live: /dev/kmsg from its oldest record, or only what comes from now on.
 * host_log() gives all records that are new since the last call, at most some megabytes at once; ""
 * when there are none. host_log_wait() returns when there are some or the time is over (-1: never),
 * or -EINTR. Of a recording, host_log() gives the records that came in the present tick, or why they
 * could not be read.
 */
int host_log_open(struct host *h, bool from_now);
int host_log(struct host *h, struct arena *a, str *ret);
int host_log_wait(struct host *h, int ms);
int host_log_fd(const struct host *h); /* for poll; -EBADF: it is not open, or not live */

/*
 * What listeners hold open of the live machine. Each returns a descriptor that does not block and is
 * the caller's, or -errno; -ENOTSUP: the host is no live machine. Paths are relative to its root.
 */
int host_watch_new(const struct host *h); /* inotify */
int host_watch_add(
	const struct host *h, int fd, const char *path, uint32_t mask); /* its watch number */
int host_watch_drop(int fd, int watch);

/* A pressure file that becomes readable (EPOLLPRI) when the trigger is met: "some 150000 2000000". */
int host_trigger_open(const struct host *h, const char *path, const char *trigger);

/*
 * A netlink socket that hears these groups in a namespace. It keeps the namespace alive: drop it when
 * the namespace's name goes, or what host_namespace_end() gave becomes readable.
 */
enum { HOST_NETLINK_BUFFER = 1 << 20 };
int host_netlink_listen(struct host *h, unsigned ns, int protocol, uint32_t groups);
int host_netlink_join(int fd, uint32_t group); /* one more, by its number; 0 or -errno */
/*
 * The process by which a namespace without a name was found: readable when it has ended.
 * -ENOENT: the namespace has a name in run/netns, which lasts as long as the namespace.
 */
int host_namespace_end(const struct host *h, unsigned ns);

/*
 * The next message. 1; 0: nothing is there for now; -ENOBUFS: some were lost; -errno. *ret_sender is
 * 0 for the kernel. Longer messages are cut to `size`, and *ret says the whole length.
 */
struct host_message {
	size_t n, whole; /* taken, and as it was sent */
	uint32_t sender; /* netlink address; 0: the kernel */
	uint32_t uid;    /* of who sent it; UINT32_MAX where the kernel did not say */
};
int host_netlink_next(int fd, void *to, size_t size, struct host_message *ret);

/*
 * A tracing instance of our own below tracefs, "faultline-PID"; those that faultlines left which are
 * no more go first. Files are named from the instance on. Not live: -ENOTSUP; -ENOENT: no tracefs.
 */
struct host_tracing {
	int instances, dir;
	char name[32]; /* "": it is not open */
};
int host_tracing_open(struct host *h, struct arena *a, struct host_tracing *ret);
int host_tracing_close(struct host_tracing *t); /* what was opened in it has to be closed before */
int host_tracing_read(const struct host_tracing *t, struct arena *a, const char *file, str *ret);
int host_tracing_list(const struct host_tracing *t, struct arena *a, const char *dir, str *ret);
int host_tracing_write(const struct host_tracing *t, const char *file, const char *text);
int host_tracing_pipe(const struct host_tracing *t, const char *file); /* does not block */

/*
 * A helper: this program once more, in a process and a group of its own, with nothing of ours but these
 * descriptors, which it has as HOST_HELPER_FD and on. `words` are its arguments, its name first and NULL
 * behind the last. What becomes of it is the caller's business. 0 or -errno.
 */
enum { HOST_HELPER_FD = 3, HOST_HELPER_FDS = 4 };
int host_helper_start(char *const words[], const int *fds, unsigned n, pid_t *ret);

/*
 * Asynchronous events of RDMA devices. They are told to who holds the device open, and to open and to
 * close one may hang: a helper does it (faultline record --verbs-child), and tells what it hears in
 * messages of this form. One helper at a time; -EBUSY: the one before hangs and has not ended yet.
 */
enum host_verbs_kind {
	VERBS_EVENT, /* `value` of the port, or of the device where port is 0 */
	VERBS_HELD,  /* the device is open: it is heard from now on */
	VERBS_REFUSED, /* it could not be opened: -errno; no device: none can be, by this program here */
	VERBS_LOST,  /* it went away, and is closed */
	VERBS_READY, /* all that were found have been tried */
	VERBS_KINDS,
};
struct host_verbs_message {
	uint32_t kind;
	int32_t value; /* of an event: its number in enum ib_event_type */
	uint32_t port;
	char device[64];
};
int host_verbs_listen(struct host *h); /* a descriptor of messages that does not block; -errno */
int host_verbs_next(
	int fd, void *to, size_t size); /* its length; 0: nothing for now; -EPIPE: it ended */
int host_verbs_look(int fd);            /* have it look for new devices */
void host_verbs_end(struct host *h);    /* the descriptor is the caller's */
int host_verbs_serve(void);             /* in the helper, until nobody listens */

/* A timer of the wall clock that never ends: readable (-ECANCELED) when that clock is set. */
int host_clock_watch(const struct host *h);
int host_clock_watch_take(int fd); /* 1: it was set; 0: not; -errno. And it watches on */

/* The -errno says that there is no such thing (any more), not that it could not be read. */
bool host_absence(int error);

/* For the person: "no permission", "absent", "unreadable: Input/output error", ... Static text. */
const char *host_reason(int error);
