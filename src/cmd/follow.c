/* The other end of a recorder's stream. */
#include "cmd/follow.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"
#include "base/say.h"
#include "cmd/live.h"
#include "record/apply.h"

enum { PIECE = 256 << 10 };

struct follow {
	int fd;
	struct apply apply;
	struct pack in;
	size_t taken; /* of what came */
	bool greeted;
};

int follow_open(const char *store, struct session *session, struct follow **ret)
{
	struct follow *f = own_alloc(1, sizeof(*f));
	int r;

	f->fd = live_connect(store);
	r = f->fd < 0 ? f->fd : apply_open(&f->apply, session);
	if (r < 0) {
		follow_close(f);
		return r;
	}
	*ret = f;
	return 0;
}

void follow_say(const char *store, int error)
{
	bool absent = error == -ENOENT || error == -ECONNREFUSED;

	say("%s.socket: %s; %s", store, absent ? "nobody records there now" : strerror(-error),
		absent ? "start faultline record --store FILE, or leave --follow out"
		       : "run as who records");
}

struct follow *follow_close(struct follow *f)
{
	if (!f)
		return NULL;
	if (f->fd >= 0)
		close(f->fd);
	apply_close(&f->apply);
	pack_free(&f->in);
	free(f);
	return NULL;
}

/* 1: the stream has begun; 0: not yet. */
static int take_greeting(struct follow *f)
{
	str greeting = LIVE_GREETING;
	size_t n = f->in.n < greeting.n ? f->in.n : greeting.n;

	if (memcmp(f->in.p, greeting.p, n) != 0)
		return -EPROTO;
	if (n < greeting.n)
		return 0;
	f->greeted = true;
	f->taken = greeting.n;
	return 1;
}

/* What was taken makes room for what comes. */
static void move_up(struct follow *f)
{
	if (f->taken == 0)
		return;
	memmove(f->in.p, f->in.p + f->taken, f->in.n - f->taken);
	f->in.n -= f->taken;
	f->taken = 0;
}

/* False: the other side has gone. */
static bool receive(struct follow *f)
{
	ssize_t n;

	move_up(f);
	pack_room(&f->in, PIECE);
	n = recv(f->fd, f->in.p + f->in.n, PIECE, MSG_DONTWAIT);
	if (n > 0)
		f->in.n += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool has_whole_packet(const struct follow *f)
{
	str rest = { f->in.p + f->taken, f->in.n - f->taken }, packet;

	return f->greeted && rest.n && unpack_text(&rest, &packet);
}

static void give_events(struct follow *f, const struct packet *p, struct events *events)
{
	for (uint32_t i = 0; i < p->n_events; i++) {
		struct event e = p->events[i];

		if (names_map_entity(&f->apply.names, &e.who) &&
			names_map_signal(&f->apply.names, &e.sig))
			events_add(events, &e);
	}
}

static int take_packet(
	struct follow *f, struct frame *frame, int64_t *ret_end_ns, struct events *events)
{
	str rest = { f->in.p + f->taken, f->in.n - f->taken };
	struct packet p;
	int r = apply_read(&f->apply, &rest, &p);

	f->taken = f->in.n - rest.n;
	if (r < 0)
		return r;
	names_map_learn(&f->apply.names, &p);
	give_events(f, &p, events);
	if (p.flags & PACKET_EVENTS)
		return FOLLOW_EVENTS;
	apply_packet(&f->apply, &p, true, frame);
	*ret_end_ns = p.end_ns;
	return FOLLOW_TICK;
}

int follow_next(
	struct follow *f, int ms, struct frame *frame, int64_t *ret_end_ns, struct events *events)
{
	struct pollfd in = { f->fd, POLLIN, 0 };

	while (!has_whole_packet(f)) {
		int n = poll(&in, 1, ms);
		int greeted;

		if (n == 0)
			return FOLLOW_TIMEOUT;
		if (n < 0 || !receive(f))
			return FOLLOW_ENDED;
		greeted = f->greeted || f->in.n == 0 ? 1 : take_greeting(f);
		if (greeted < 0)
			return greeted;
	}
	return take_packet(f, frame, ret_end_ns, events);
}
