/*
 * Listeners wait for what the kernel says by itself: one kind of notification a file, in the shape of
 * collectors. They yield events; each has the interval in which it arrived, and the kernel's own
 * stamp where there is one. A listener that cannot be opened is BLIND with its reason, and the others
 * go on.
 */
#pragma once

#include "host/host.h"
#include "model/event.h"
#include "model/session.h"

struct listen;
struct listening; /* one listener at work: what its functions are given */

struct listener {
	const char *name, *about;
	const char *source;           /* what it listens to, as a path: "netlink/kobject-uevent" */
	const char *absent;           /* what it means when there is none; NULL: nothing special */
	const struct signal *signals; /* of kind EVENT */
	size_t n_signals;
	size_t state_size; /* zeroed */
	/* Open descriptors and hand them to listening_add(). 0 or -errno: BLIND. */
	int (*open)(struct listening *l);
	/* Something is to be read from `fd`, which was added with `tag`. -errno: it is closed, BLIND. */
	int (*ready)(struct listening *l, int fd, uint64_t tag);
	/* Things may have come or gone (namespaces, cgroups, devices): add or drop descriptors. May be NULL. */
	void (*rescan)(struct listening *l);
	/*
	 * May be NULL: descriptors are closed, and the state zeroed, without it. Also called when
	 * open() failed halfway.
	 */
	void (*close)(struct listening *l);
};

extern const struct listener
	*const listeners[]; /* written by meson from the list in listen/meson.build */
extern const size_t n_listeners;

struct listen_options {
	void (*event)(void *self, const struct event *e); /* text is valid during the call */
	void *self;
	const char
		*asked_for; /* of listeners that are for who asks for them, the one; NULL: none */
};

void listen_link_signals(struct catalog *catalog); /* the signals of all listeners, kind EVENT */

/*
 * The session's catalog gets the listeners' signals unless it has them, and its sources one for each listener. 0 or
 * -ENOMEM. After run_open(), so that sources of collectors come first.
 */
int listen_open(struct host *host, struct session *session, const struct listener *const *list,
	size_t n, const struct listen_options *options, struct listen **ret);
struct listen *listen_close(struct listen *l); /* returns NULL */

int listen_fd(const struct listen *l); /* readable when something has come: for poll */
void listen_take(struct listen *l);    /* handles all that has come, without waiting */
void listen_rescan(struct listen *l);
bool listen_wants_rescan(struct listen *l); /* devices came or went since the last call */
void listen_report(struct listen *l, struct frame *f); /* one source_read for each listener */

/* ---- for listeners ---- */

void *listening_state(struct listening *l);
struct host *listening_host(struct listening *l);
struct session *listening_session(struct listening *l);
int listening_add(
	struct listening *l, int fd, uint32_t epoll_events, uint64_t tag); /* takes the fd over */
void listening_drop(struct listening *l, int fd);                          /* and closes it */
void listening_ask_rescan(struct listening *l);
bool listening_is_asked_for(const struct listening *l); /* by its name, in the options */
/* The reason of its blindness in its own words, where host_reason() of the -errno is not enough; static text. */
void listening_why(struct listening *l, const char *why);
/*
 * A part of what it listens to cannot be had (a namespace, a cgroup): `who` is BLIND with this
 * -errno, the rest goes on; 0: it can be had (again). Forgotten when the listener is opened.
 */
enum { LISTEN_MISSING = 64 };
void listening_missing(struct listening *l, uint32_t who, int error);

/*
 * Give out an event: `row` is of the listener's own table. Arrival is filled in (arrival_lo_ns stays
 * where the listener knows of an earlier one); stamp, at_ns, who, count, severity and text are the
 * listener's. A count of 0 is 1.
 */
void listening_event(struct listening *l, unsigned row, struct event e);
