/*
 * Asynchronous events of RDMA devices: a helper holds the devices open with libibverbs, which is loaded
 * there and only there, and tells what it hears.
 */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

#ifdef HAVE_VERBS
#include <dlfcn.h>
#include <fcntl.h>
#include <infiniband/verbs.h>
#include <poll.h>
#include <stdio.h>
#endif
#include <sys/prctl.h>

/* ---- who listens ---- */

/* One that hangs in the kernel does not die, and no other is begun beside it. */
static bool has_ended(struct host *h)
{
	if (h->verbs && waitpid(h->verbs, NULL, WNOHANG) != 0)
		h->verbs = 0;
	return h->verbs == 0;
}

int host_verbs_listen(struct host *h)
{
	char *words[] = { "faultline", "record", "--verbs-child", NULL };
	OWN_FD ours = -1, theirs = -1;
	int pair[2], r;

	if (h->tree)
		return -ENOTSUP;
	if (!has_ended(h))
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	r = host_helper_start(words, (const int[]){ theirs }, 1, &h->verbs);
	return r < 0 ? r : own_take_fd(&ours);
}

int host_verbs_next(int fd, void *to, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, to, size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n > 0 ? (int)n : -EPIPE;
}

int host_verbs_look(int fd)
{
	return send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

void host_verbs_end(struct host *h)
{
	static const struct timespec step = { .tv_nsec = 2000000 };

	if (!h->verbs)
		return;
	kill(h->verbs, SIGKILL);
	for (unsigned i = 0; !has_ended(h) && i < 100; i++)
		nanosleep(&step, NULL);
}

/* ---- the helper ---- */

/* False: nobody listens any more. */
static bool tell(enum host_verbs_kind kind, int value, uint32_t port, const char *device)
{
	struct host_verbs_message m = { .kind = kind, .value = value, .port = port };
	size_t length = strnlen(device, sizeof(m.device) - 1);
	ssize_t n;

	memcpy(m.device, device, length);
	do
		n = send(HOST_HELPER_FD, &m, sizeof(m), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == sizeof(m);
}

#ifdef HAVE_VERBS

enum { MOST_HELD = 64 };

struct library {
	struct ibv_device **(*get_device_list)(int *n);
	void (*free_device_list)(struct ibv_device **list);
	const char *(*get_device_name)(struct ibv_device *device);
	struct ibv_context *(*open_device)(struct ibv_device *device);
	int (*close_device)(struct ibv_context *context);
	int (*get_async_event)(struct ibv_context *context, struct ibv_async_event *event);
	void (*ack_async_event)(struct ibv_async_event *event);
};

struct held {
	struct ibv_context *context; /* NULL: the place is free */
	char name[64];
};

struct serving {
	struct library library;
	struct held held[MOST_HELD];
	bool heard; /* somebody listens */
};

static bool load(struct library *l)
{
	const struct {
		void *to;
		const char *name;
	} functions[] = {
		{ &l->get_device_list, "ibv_get_device_list" },
		{ &l->free_device_list, "ibv_free_device_list" },
		{ &l->get_device_name, "ibv_get_device_name" },
		{ &l->open_device, "ibv_open_device" },
		{ &l->close_device, "ibv_close_device" },
		{ &l->get_async_event, "ibv_get_async_event" },
		{ &l->ack_async_event, "ibv_ack_async_event" },
	};
	void *library = dlopen("libibverbs.so.1", RTLD_NOW | RTLD_LOCAL);
	bool found = library != NULL;

	for (size_t i = 0; found && i < sizeof(functions) / sizeof(*functions); i++) {
		void *symbol = dlsym(library, functions[i].name);

		found = symbol != NULL;
		memcpy(functions[i].to, &symbol, sizeof(symbol));
	}
	return found;
}

static struct held *place_for(struct serving *s, const char *name)
{
	struct held *empty = NULL;

	for (unsigned i = 0; i < MOST_HELD; i++) {
		struct held *h = &s->held[i];

		if (h->context && strcmp(h->name, name) == 0)
			return NULL;
		if (!h->context && !empty)
			empty = h;
	}
	return empty;
}

static void hold(struct serving *s, struct ibv_device *device)
{
	const char *name = s->library.get_device_name(device);
	struct held *h = name ? place_for(s, name) : NULL;

	if (!h)
		return;
	errno = 0;
	h->context = s->library.open_device(device);
	if (!h->context) {
		s->heard &= tell(VERBS_REFUSED, errno ? -errno : -EIO, 0, name);
		return;
	}
	snprintf(h->name, sizeof(h->name), "%s", name);
	fcntl(h->context->async_fd, F_SETFL, O_NONBLOCK);
	s->heard &= tell(VERBS_HELD, 0, 0, name);
}

static void look(struct serving *s)
{
	int n = 0;
	struct ibv_device **list = s->library.get_device_list(&n);

	for (int i = 0; list && i < n; i++)
		hold(s, list[i]);
	if (list)
		s->library.free_device_list(list);
	s->heard &= tell(VERBS_READY, n, 0, "");
}

static bool is_of_port(enum ibv_event_type type)
{
	return type == IBV_EVENT_PORT_ACTIVE || type == IBV_EVENT_PORT_ERR ||
	       type == IBV_EVENT_LID_CHANGE || type == IBV_EVENT_PKEY_CHANGE ||
	       type == IBV_EVENT_SM_CHANGE || type == IBV_EVENT_CLIENT_REREGISTER ||
	       type == IBV_EVENT_GID_CHANGE;
}

/* Those of queue pairs and queues are for their owners: we have none. */
static void take_events(struct serving *s, struct held *h)
{
	struct ibv_async_event e;

	while (s->library.get_async_event(h->context, &e) == 0) {
		if (is_of_port(e.event_type))
			s->heard &= tell(VERBS_EVENT, (int)e.event_type,
				(uint32_t)e.element.port_num, h->name);
		else if (e.event_type == IBV_EVENT_DEVICE_FATAL)
			s->heard &= tell(VERBS_EVENT, (int)e.event_type, 0, h->name);
		s->library.ack_async_event(&e);
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	/* told first: to close it may hang */
	s->heard &= tell(VERBS_LOST, 0, 0, h->name);
	s->library.close_device(h->context);
	h->context = NULL;
}

static void wait_and_take(struct serving *s)
{
	struct pollfd fds[1 + MOST_HELD] = { { HOST_HELPER_FD, POLLIN, 0 } };
	char byte;

	for (unsigned i = 0; i < MOST_HELD; i++)
		fds[1 + i] =
			(struct pollfd){ s->held[i].context ? s->held[i].context->async_fd : -1,
				POLLIN, 0 };
	if (poll(fds, 1 + MOST_HELD, -1) < 0)
		return;
	for (unsigned i = 0; i < MOST_HELD; i++)
		if (fds[1 + i].revents)
			take_events(s, &s->held[i]);
	if (!fds[0].revents)
		return;
	if (recv(HOST_HELPER_FD, &byte, sizeof(byte), 0) <= 0)
		s->heard = false;
	else
		look(s);
}

static void serve(void)
{
	struct serving *s = own_alloc(1, sizeof(*s));

	s->heard = true;
	if (!load(&s->library))
		s->heard = tell(VERBS_REFUSED, -ENOENT, 0, "") && false;
	if (s->heard)
		look(s);
	while (s->heard)
		wait_and_take(s);
	/* what is open is closed by the kernel as this process ends */
	free(s);
}

#else

static void serve(void)
{
	tell(VERBS_REFUSED, -ENOSYS, 0, "");
}

#endif

int host_verbs_serve(void)
{
	/* if whoever began it has gone already, the socket says so */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	serve();
	return 0;
}
