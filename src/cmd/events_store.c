/* Events out of a store. */
#include "cmd/events_store.h"

#include <errno.h>

#include "base/say.h"
#include "cmd/follow.h"

struct giving {
	struct from_store store;
	struct frame frame;
	struct events events; /* that came, and are still to be given */
	uint32_t next;
	int64_t offset_ns; /* wall less monotonic clock, as it was at the tick */
	void (*event)(void *self, const struct event *e);
	void *self;
};

/* Stamps and listening are of two clocks: it came when it was heard, whatever the stamp says. */
static int64_t mono_of(const struct giving *g, const struct event *e)
{
	int64_t at_ns = e->stamp == WALL_STAMP ? e->at_ns - g->offset_ns : e->at_ns;

	if (!e->arrival_hi_ns)
		return at_ns;
	if (e->stamp == NO_STAMP || at_ns > e->arrival_hi_ns)
		return e->arrival_hi_ns;
	return at_ns < e->arrival_lo_ns ? e->arrival_lo_ns : at_ns;
}

static void give(struct giving *g, const struct event *e)
{
	struct event at_wall = *e;

	if (e->stamp != WALL_STAMP)
		at_wall.at_ns = mono_of(g, e) + g->offset_ns;
	at_wall.stamp = WALL_STAMP;
	if (e->arrival_hi_ns) {
		at_wall.arrival_lo_ns += g->offset_ns;
		at_wall.arrival_hi_ns += g->offset_ns;
	}
	g->event(g->self, &at_wall);
}

/* A segment's events come with its first tick: each is given with the clock of its own tick. */
static void give_until(struct giving *g, int64_t mono_ns)
{
	while (g->next < g->events.n && mono_of(g, &g->events.items[g->next]) <= mono_ns)
		give(g, &g->events.items[g->next++]);
	if (g->next < g->events.n)
		return;
	g->next = 0;
	events_clear(&g->events);
}

static bool give_all(struct giving *g, struct session *session, const struct store_window *window)
{
	enum from_store_found found = from_store_walk(&g->store, session, window);
	int64_t end_ns;

	if (found != FROM_STORE_FINE)
		return false;
	for (;;) {
		found = from_store_next(&g->store, &g->frame, &end_ns, &g->events);
		if (found != FROM_STORE_FINE)
			break;
		g->offset_ns = g->frame.wall_ns - g->frame.mono_ns;
		give_until(g, g->frame.mono_ns);
	}
	if (found == FROM_STORE_EMPTY && !g->store.any)
		from_store_say_empty(&g->store, window);
	give_until(g, INT64_MAX);
	if (g->events.dropped)
		say("%s: %llu events did not fit into memory and were left out; choose a shorter window",
			g->store.path, (unsigned long long)g->events.dropped);
	return found == FROM_STORE_EMPTY && g->store.any;
}

bool events_of_store(const char *path, const struct window *window, struct session *session,
	void (*event)(void *self, const struct event *e), void *self)
{
	struct giving g = { .event = event, .self = self };
	struct store_window chosen;
	bool fine = false;

	if (from_store_open(&g.store, path) == FROM_STORE_FINE) {
		chosen = window_of(window, &g.store.about);
		fine = frame_open(&g.frame) == 0 && events_open(&g.events) == 0 &&
		       give_all(&g, session, &chosen);
	}
	frame_close(&g.frame);
	events_close(&g.events);
	from_store_close(&g.store);
	return fine;
}

bool events_of_recorder(const char *store, struct session *session,
	void (*event)(void *self, const struct event *e), void *self)
{
	struct giving g = { .event = event, .self = self };
	struct follow *follow = NULL;
	int64_t end_ns;
	int r = frame_open(&g.frame) < 0 || events_open(&g.events) < 0
			? -ENOMEM
			: follow_open(store, session, &follow);

	if (r < 0)
		follow_say(store, r);
	while (r >= 0 && (r = follow_next(follow, -1, &g.frame, &end_ns, &g.events)) >= 0 &&
		r != FOLLOW_ENDED) {
		if (r == FOLLOW_TICK)
			g.offset_ns = g.frame.wall_ns - g.frame.mono_ns;
		give_until(&g, INT64_MAX);
	}
	follow_close(follow);
	frame_close(&g.frame);
	events_close(&g.events);
	return r == FOLLOW_ENDED;
}
