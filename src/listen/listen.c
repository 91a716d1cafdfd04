/* The listeners at work: one epoll for all of their descriptors, and what is known of each of them. */
#include "listen/listen.h"

#include <errno.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/own.h"

enum {
	HEARD_MOST = 4096, /* descriptors of all listeners */
	AT_ONCE = 64,
	ROUNDS = 64, /* of AT_ONCE each: who shouts without end does not stop the rest */
};

static const char not_live[] = "only of a live machine";

/* A descriptor of a listener; its slot is used again under another generation. */
struct heard {
	struct listening *owner; /* NULL: the slot is free */
	uint64_t tag;
	int fd;
	uint32_t generation;
};

struct missing {
	uint32_t who;
	int error;
};

struct listening {
	struct listen *listen;
	const struct listener *listener;
	void *state;
	const char *why; /* its own words for its blindness */
	struct missing missing[LISTEN_MISSING];
	unsigned n_missing, n_fds;
	int status; /* 0: it listens; or the -errno for which it does not */
	uint16_t first_signal, source;
};

struct listen {
	struct host *host;
	struct session *session;
	struct listen_options options;
	struct listening *items;
	size_t n;
	struct heard *heard;
	uint32_t n_heard, cap_heard;
	int epoll;
	int64_t quiet_ns; /* nothing was pending then */
	bool rescan;
};

static uint32_t layers_of(const struct session *s, const struct listening *l)
{
	uint32_t layers = 0;

	for (size_t i = 0; i < l->listener->n_signals; i++) {
		int layer = catalog_layer(&s->catalog, (uint16_t)(l->first_signal + i));

		layers |= layer >= 0 ? 1u << layer : 0;
	}
	return layers;
}

static void add_source(struct session *s, struct listening *l)
{
	const struct listener *listener = l->listener;

	l->source = UINT16_MAX;
	if (s->n_sources == SOURCE_LIMIT)
		return;
	l->source = (uint16_t)s->n_sources;
	s->sources[s->n_sources++] = (struct source){ listener->source, listener->name,
		listener->absent, layers_of(s, l), l->first_signal, (uint16_t)listener->n_signals };
}

static void say_why(struct listening *l)
{
	struct listen *listen = l->listen;

	if (l->source != UINT16_MAX)
		listen->session->sources[l->source].absent = !host_is_live(listen->host) ? not_live
							     : l->why                    ? l->why
								      : l->listener->absent;
}

static void drop_slot(struct listen *listen, struct heard *heard)
{
	epoll_ctl(listen->epoll, EPOLL_CTL_DEL, heard->fd, NULL);
	close(heard->fd);
	heard->owner->n_fds--;
	heard->owner = NULL;
	heard->generation++;
}

/* It listens no more: nothing of it stays but the reason. */
static void shut(struct listening *l, int status)
{
	struct listen *listen = l->listen;

	if (l->listener->close)
		l->listener->close(l);
	for (uint32_t i = 0; i < listen->n_heard; i++)
		if (listen->heard[i].owner == l)
			drop_slot(listen, &listen->heard[i]);
	if (l->listener->state_size)
		memset(l->state, 0, l->listener->state_size);
	l->n_missing = 0;
	l->status = status;
	say_why(l);
}

static void start(struct listening *l)
{
	int r;

	l->why = NULL;
	l->status = 0;
	l->n_missing = 0;
	r = host_is_live(l->listen->host) ? l->listener->open(l) : -ENOTSUP;
	if (r < 0 && host_is_live(l->listen->host))
		shut(l, r);
	l->status = r;
	say_why(l);
}

void listen_link_signals(struct catalog *catalog)
{
	for (size_t i = 0; i < n_listeners; i++)
		catalog_link(catalog, listeners[i]->signals, listeners[i]->n_signals);
}

/* They may be linked already: whoever opened the session wanted all that there is. */
static uint16_t signals_of(struct catalog *catalog, const struct listener *listener)
{
	uint16_t first = listener->n_signals
				 ? catalog_find(catalog, str_of(listener->signals[0].name))
				 : SIGNAL_NONE;

	if (first != SIGNAL_NONE && catalog_get(catalog, first) == listener->signals)
		return first;
	return catalog_link(catalog, listener->signals, listener->n_signals);
}

static void add_listener(struct listen *listen, const struct listener *listener, size_t i)
{
	struct listening *l = &listen->items[i];

	*l = (struct listening){ .listen = listen,
		.listener = listener,
		.state = listener->state_size ? own_alloc(1, listener->state_size) : NULL,
		.first_signal = signals_of(&listen->session->catalog, listener) };
	add_source(listen->session, l);
}

int listen_open(struct host *host, struct session *session, const struct listener *const *list,
	size_t n, const struct listen_options *options, struct listen **ret)
{
	struct listen *listen = own_alloc(1, sizeof(*listen));

	listen->host = host;
	listen->session = session;
	listen->options = *options;
	listen->n = n;
	listen->items = own_alloc(n ? n : 1, sizeof(*listen->items));
	listen->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (listen->epoll < 0) {
		listen->n = 0;
		listen_close(listen);
		return -ENOMEM;
	}
	listen->quiet_ns = clock_mono_ns();
	for (size_t i = 0; i < n; i++)
		add_listener(listen, list[i], i);
	for (size_t i = 0; i < n; i++)
		start(&listen->items[i]);
	*ret = listen;
	return 0;
}

struct listen *listen_close(struct listen *listen)
{
	if (!listen)
		return NULL;
	for (size_t i = 0; i < listen->n; i++) {
		if (listen->items[i].status == 0)
			shut(&listen->items[i], -ECANCELED);
		free(listen->items[i].state);
	}
	own_close_fd(&listen->epoll);
	free(listen->heard);
	free(listen->items);
	free(listen);
	return NULL;
}

int listen_fd(const struct listen *listen)
{
	return listen->epoll;
}

/* A descriptor may have been dropped by what was handled before it in the same batch. */
static void take_one(struct listen *listen, uint64_t data)
{
	uint32_t slot = (uint32_t)data;
	struct listening *l;
	int r;

	if (slot >= listen->n_heard || listen->heard[slot].generation != (uint32_t)(data >> 32))
		return;
	l = listen->heard[slot].owner;
	r = l->listener->ready(l, listen->heard[slot].fd, listen->heard[slot].tag);
	if (r < 0)
		shut(l, r);
}

void listen_take(struct listen *listen)
{
	struct epoll_event come[AT_ONCE];

	for (unsigned round = 0; round < ROUNDS; round++) {
		int64_t asked_ns = clock_mono_ns();
		int n = epoll_wait(listen->epoll, come, AT_ONCE, 0);

		for (int i = 0; i < n; i++)
			take_one(listen, come[i].data.u64);
		if (n == 0)
			listen->quiet_ns = asked_ns;
		if (n <= 0)
			return;
	}
}

void listen_rescan(struct listen *listen)
{
	for (size_t i = 0; i < listen->n; i++) {
		struct listening *l = &listen->items[i];

		if (l->status < 0)
			start(l);
		else if (l->listener->rescan)
			l->listener->rescan(l);
	}
}

bool listen_wants_rescan(struct listen *listen)
{
	bool wants = listen->rescan;

	listen->rescan = false;
	return wants;
}

static void report_one(const struct listening *l, struct frame *f)
{
	int64_t at_ns = l->listen->quiet_ns;

	frame_read(f, (struct source_read){ l->source, (int16_t)l->status,
			      l->status < 0 ? 0 : l->n_fds, l->n_missing, at_ns, at_ns });
	for (unsigned i = 0; i < l->n_missing; i++)
		frame_failure(f, (struct failure){ l->source, (int16_t)l->missing[i].error,
					 l->missing[i].who });
}

void listen_report(struct listen *listen, struct frame *f)
{
	for (size_t i = 0; i < listen->n; i++)
		if (listen->items[i].source != UINT16_MAX)
			report_one(&listen->items[i], f);
}

void *listening_state(struct listening *l)
{
	return l->state;
}

struct host *listening_host(struct listening *l)
{
	return l->listen->host;
}

struct session *listening_session(struct listening *l)
{
	return l->listen->session;
}

static struct heard *free_slot(struct listen *listen)
{
	for (uint32_t i = 0; i < listen->n_heard; i++)
		if (!listen->heard[i].owner)
			return &listen->heard[i];
	if (listen->n_heard == HEARD_MOST)
		return NULL;
	if (listen->n_heard == listen->cap_heard) {
		listen->cap_heard = listen->cap_heard ? listen->cap_heard * 2 : 16;
		listen->heard = own_grow(listen->heard, listen->cap_heard, sizeof(*listen->heard));
	}
	listen->heard[listen->n_heard] = (struct heard){ 0 };
	return &listen->heard[listen->n_heard++];
}

int listening_add(struct listening *l, int fd, uint32_t epoll_events, uint64_t tag)
{
	struct listen *listen = l->listen;
	struct heard *heard = free_slot(listen);
	struct epoll_event event = { .events = epoll_events };
	int r;

	if (!heard) {
		close(fd);
		return -ENOSPC;
	}
	event.data.u64 = (uint64_t)heard->generation << 32 | (uint64_t)(heard - listen->heard);
	if (epoll_ctl(listen->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*heard = (struct heard){ l, tag, fd, heard->generation };
	l->n_fds++;
	return 0;
}

void listening_drop(struct listening *l, int fd)
{
	struct listen *listen = l->listen;

	for (uint32_t i = 0; i < listen->n_heard; i++)
		if (listen->heard[i].owner == l && listen->heard[i].fd == fd) {
			drop_slot(listen, &listen->heard[i]);
			return;
		}
}

void listening_ask_rescan(struct listening *l)
{
	l->listen->rescan = true;
}

bool listening_is_asked_for(const struct listening *l)
{
	const char *name = l->listen->options.asked_for;

	return name && strcmp(name, l->listener->name) == 0;
}

void listening_why(struct listening *l, const char *why)
{
	l->why = why;
}

static void forget_missing(struct listening *l, uint32_t who)
{
	for (unsigned i = 0; i < l->n_missing; i++)
		if (l->missing[i].who == who)
			l->missing[i--] = l->missing[--l->n_missing];
}

void listening_missing(struct listening *l, uint32_t who, int error)
{
	forget_missing(l, who);
	if (error < 0 && l->n_missing < LISTEN_MISSING)
		l->missing[l->n_missing++] = (struct missing){ who, error };
}

void listening_event(struct listening *l, unsigned row, struct event e)
{
	if (row >= l->listener->n_signals || l->first_signal == SIGNAL_NONE)
		return;
	e.sig = (uint16_t)(l->first_signal + row);
	if (e.arrival_lo_ns == 0 || e.arrival_lo_ns > l->listen->quiet_ns)
		e.arrival_lo_ns = l->listen->quiet_ns;
	e.arrival_hi_ns = clock_mono_ns();
	if (e.count == 0)
		e.count = 1;
	l->listen->options.event(l->listen->options.self, &e);
}
