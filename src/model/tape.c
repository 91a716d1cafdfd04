/* The tape: frames in, series out. */
#include "model/tape.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/own.h"

enum { FIRST_SLOTS = 1 << 12, FIRST_POINTS = 4, FIRST_ITEMS = 64, BLIND_LIMIT = 1 << 14 };

int tape_open(struct tape *tape, struct session *session)
{
	*tape = (struct tape){
		.session = session,
		.n_slots = FIRST_SLOTS,
		.slots = own_alloc(FIRST_SLOTS, sizeof(*tape->slots)),
		.first = own_alloc(SIGNAL_LIMIT, sizeof(*tape->first)),
		.cadences = own_alloc(CADENCES, sizeof(*tape->cadences)),
		.cadence_of = own_alloc(SIGNAL_LIMIT, sizeof(*tape->cadence_of)),
	};
	return 0;
}

void tape_close(struct tape *tape)
{
	for (uint32_t i = 0; i < tape->n_series; i++)
		free(tape->series[i].points);
	for (uint32_t i = 0; i < tape->n_cadences; i++)
		free(tape->cadences[i].ticks);
	free(tape->cadences);
	free(tape->cadence_of);
	free(tape->series);
	free(tape->ticks);
	free(tape->slots);
	free(tape->first);
	free(tape->blind);
	free(tape->events);
	*tape = (struct tape){ 0 };
}

/* Room for one more in a list that doubles; false when it is at its limit (counted). */
static bool has_room(
	struct tape *tape, void **items, uint32_t n, uint32_t *cap, uint32_t limit, size_t size)
{
	if (n == limit) {
		tape->dropped++;
		return false;
	}
	if (n == *cap) {
		*cap = *cap ? *cap * 2 : FIRST_ITEMS;
		*items = own_grow(*items, *cap, size);
	}
	return true;
}

static uint64_t key_hash(uint32_t who, uint16_t sig, unsigned sub)
{
	return hash_mix((uint64_t)who << 32 ^ (uint64_t)sig << 16 ^ sub);
}

/* The slot that holds the series, or the free one where it belongs. */
static uint32_t *slot_of(const struct tape *tape, uint32_t who, uint16_t sig, unsigned sub)
{
	uint32_t mask = tape->n_slots - 1;
	uint32_t at = (uint32_t)key_hash(who, sig, sub) & mask;

	for (;; at = (at + 1) & mask) {
		const struct series *s;

		if (!tape->slots[at])
			return &tape->slots[at];
		s = &tape->series[tape->slots[at] - 1];
		if (s->who == who && s->sig == sig && s->sub == sub)
			return &tape->slots[at];
	}
}

static void grow_slots(struct tape *tape)
{
	free(tape->slots);
	tape->n_slots *= 2;
	tape->slots = own_alloc(tape->n_slots, sizeof(*tape->slots));
	for (uint32_t i = 0; i < tape->n_series; i++) {
		const struct series *s = &tape->series[i];

		*slot_of(tape, s->who, s->sig, s->sub) = i + 1;
	}
}

const struct series *tape_find(const struct tape *tape, uint32_t who, uint16_t sig, unsigned sub)
{
	uint32_t at = *slot_of(tape, who, sig, sub);

	return at ? &tape->series[at - 1] : NULL;
}

static struct series *series_make(struct tape *tape, uint32_t who, uint16_t sig, uint16_t sub)
{
	uint32_t *slot = slot_of(tape, who, sig, sub);

	if (*slot)
		return &tape->series[*slot - 1];
	if (sig >= SIGNAL_LIMIT || !has_room(tape, (void **)&tape->series, tape->n_series,
					   &tape->cap_series, TAPE_SERIES, sizeof(*tape->series)))
		return NULL;
	tape->series[tape->n_series] =
		(struct series){ .who = who, .sig = sig, .sub = sub, .next = tape->first[sig] };
	tape->first[sig] = ++tape->n_series;
	*slot = tape->n_series;
	if (tape->n_series * 2 > tape->n_slots)
		grow_slots(tape);
	return &tape->series[tape->n_series - 1];
}

static void series_put(struct series *s, uint32_t tick, bool there, int64_t value)
{
	struct point point = { .tick = tick, .there = there, .value = value };

	if (s->n && s->points[s->n - 1].tick == tick) {
		s->points[s->n - 1] = point;
		return;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : FIRST_POINTS;
		s->points = own_grow(s->points, s->cap, sizeof(*s->points));
	}
	s->points[s->n++] = point;
}

bool series_value(const struct series *s, uint32_t tick, uint32_t *hint, int64_t *ret)
{
	uint32_t at = *hint < s->n && s->points[*hint].tick <= tick ? *hint : 0;

	if (s->n == 0 || s->points[0].tick > tick)
		return false;
	while (at + 1 < s->n && s->points[at + 1].tick <= tick)
		at++;
	*hint = at;
	if (!s->points[at].there)
		return false;
	*ret = s->points[at].value;
	return true;
}

/* A row says what changed: a cell that comes, for the first time or again, begins at 0. */
static void add_spans(struct tape *tape, const struct frame *f, uint32_t tick)
{
	for (uint32_t i = 0; i < f->n_spans; i++) {
		const struct span *span = &f->spans[i];

		for (uint32_t sub = span->first; sub <= span->last; sub++) {
			struct series *s = series_make(tape, span->who, span->sig, (uint16_t)sub);

			if (s)
				series_put(s, tick, !span->gone, 0);
		}
	}
}

static void add_rows(struct tape *tape, const struct frame *f, uint32_t tick)
{
	for (uint32_t i = 0; i < f->n_rows; i++) {
		const struct sample *row = &f->rows[i];
		struct series *s = series_make(tape, row->who, row->sig, row->sub);

		if (s)
			series_put(s, tick, true, row->value);
	}
}

/* ---- which tick read what ---- */

static struct cadence *cadence_make(struct tape *tape, const struct source *source)
{
	struct cadence *c;

	if (tape->n_cadences == CADENCES) {
		tape->dropped++;
		return NULL;
	}
	c = &tape->cadences[tape->n_cadences++];
	*c = (struct cadence){ .first_signal = source->first_signal,
		.n_signals = source->n_signals,
		.last = NEVER_READ,
		.before = NEVER_READ };
	for (uint32_t i = 0; i < c->n_signals && c->first_signal + i < SIGNAL_LIMIT; i++)
		tape->cadence_of[c->first_signal + i] = (uint16_t)tape->n_cadences;
	return c;
}

/* Of the source's collector: all of its sources have the same signals. NULL: it has none. */
static struct cadence *cadence_of_source(struct tape *tape, uint16_t number, bool make)
{
	const struct session *s = tape->session;
	const struct source *source = number < s->n_sources ? &s->sources[number] : NULL;
	uint16_t at;

	if (!source || source->n_signals == 0 || source->first_signal >= SIGNAL_LIMIT)
		return NULL;
	at = tape->cadence_of[source->first_signal];
	if (at)
		return &tape->cadences[at - 1];
	return make ? cadence_make(tape, source) : NULL;
}

static void cadence_mark(struct cadence *c, uint32_t tick)
{
	if (tick / 64 >= c->n_words) {
		uint32_t n = c->n_words ? c->n_words : 1;

		while (n <= tick / 64)
			n *= 2;
		c->ticks = own_grow(c->ticks, n, sizeof(*c->ticks));
		memset(c->ticks + c->n_words, 0, (n - c->n_words) * sizeof(*c->ticks));
		c->n_words = n;
	}
	c->ticks[tick / 64] |= UINT64_C(1) << (tick % 64);
	if (c->last == tick)
		return;
	c->before = c->last;
	c->last = tick;
}

/* A source that is not read in the whole window was not read, and not of no source. */
static void add_sources(struct tape *tape)
{
	while (tape->n_sources < tape->session->n_sources)
		cadence_of_source(tape, (uint16_t)tape->n_sources++, true);
}

static void add_reads(struct tape *tape, const struct frame *f, uint32_t tick)
{
	if (f->n_reads)
		add_sources(tape);
	for (uint32_t i = 0; i < f->n_reads; i++) {
		struct cadence *c = cadence_of_source(tape, f->reads[i].source, false);

		/* what a window says first of a source may be of a tick before the window */
		if (c && f->reads[i].begin_ns != READ_EARLIER)
			cadence_mark(c, tick);
	}
}

bool tape_was_read(const struct tape *tape, uint16_t sig, uint32_t tick)
{
	uint16_t at = sig < SIGNAL_LIMIT ? tape->cadence_of[sig] : 0;
	const struct cadence *c = at ? &tape->cadences[at - 1] : NULL;

	if (tick >= tape->n_ticks)
		return false;
	if (!c)
		return tape->n_cadences == 0 || !tape->ticks[tick].fast;
	return tick / 64 < c->n_words && (c->ticks[tick / 64] >> (tick % 64) & 1);
}

/* Nothing of the source was read after that tick and before this one. */
static bool is_next_read(struct tape *tape, uint16_t source, uint32_t before, uint32_t tick)
{
	const struct cadence *c = cadence_of_source(tape, source, false);

	return before + 1 >= tick ||
	       (c && c->last == tick && c->before != NEVER_READ && c->before <= before);
}

/* A stretch goes on while each reading says the same. */
static void add_blind(struct tape *tape, uint16_t source, uint32_t who, int error, uint32_t tick)
{
	for (uint32_t i = tape->n_blind; i > 0; i--) {
		struct blind *b = &tape->blind[i - 1];

		if (b->source == source && b->who == who && b->error == error &&
			is_next_read(tape, source, b->until, tick)) {
			b->until = tick;
			return;
		}
	}
	if (has_room(tape, (void **)&tape->blind, tape->n_blind, &tape->cap_blind, BLIND_LIMIT,
		    sizeof(*tape->blind)))
		tape->blind[tape->n_blind++] =
			(struct blind){ source, (int16_t)error, who, tick, tick };
}

static void add_failures(struct tape *tape, const struct frame *f, uint32_t tick)
{
	for (uint32_t i = 0; i < f->n_reads; i++)
		if (f->reads[i].status < 0)
			add_blind(tape, f->reads[i].source, ENTITY_NONE, f->reads[i].status, tick);
	for (uint32_t i = 0; i < f->n_failures; i++)
		add_blind(tape, f->failures[i].source, f->failures[i].who, f->failures[i].error,
			tick);
}

void tape_add(struct tape *tape, const struct frame *f, int64_t end_ns)
{
	bool follows = tape->n_ticks == 0 || f->mono_ns > tape->ticks[tape->n_ticks - 1].begin_ns;

	if (!follows)
		tape->out_of_order++;
	else if (!has_room(tape, (void **)&tape->ticks, tape->n_ticks, &tape->cap_ticks, TAPE_TICKS,
			 sizeof(*tape->ticks)))
		return;
	else
		tape->ticks[tape->n_ticks++] = (struct tick){
			.begin_ns = f->mono_ns,
			.end_ns = end_ns > f->mono_ns ? end_ns : f->mono_ns,
			.wall_ns = f->wall_ns,
			.boot_ns = f->boot_ns,
			.fast = f->fast,
		};
	add_spans(tape, f, tape->n_ticks - 1);
	add_rows(tape, f, tape->n_ticks - 1);
	add_reads(tape, f, tape->n_ticks - 1);
	add_failures(tape, f, tape->n_ticks - 1);
}

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The steps from full tick to full tick, as many as there are; a fast tick between is none. */
static uint32_t full_steps(const struct tape *tape, int64_t *ret)
{
	const struct tick *last = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; i < tape->n_ticks; i++) {
		const struct tick *tick = &tape->ticks[i];

		if (tick->fast)
			continue;
		if (last)
			ret[n++] = tick->begin_ns - last->begin_ns;
		last = tick;
	}
	return n;
}

/* A step of more than twice the usual one hides what happened in it. */
static void mark_gaps(struct tape *tape)
{
	OWN_MEMORY int64_t *steps = own_alloc(tape->n_ticks + 1, sizeof(*steps));
	const struct tick *last = NULL;
	uint32_t n = full_steps(tape, steps);
	int64_t usual;

	if (n < 2)
		return;
	qsort(steps, n, sizeof(*steps), by_length);
	usual = steps[n / 2];
	for (uint32_t i = 0; i < tape->n_ticks; i++) {
		struct tick *tick = &tape->ticks[i];

		if (tick->fast)
			continue;
		tick->gap = last && tick->begin_ns - last->begin_ns > 2 * usual + usual / 2;
		last = tick;
	}
}

/*
 * The tick that was going on at a wall time, by the wall clock of that moment: the last one before it.
 * The clock may have been set back since: then later ticks are before it too, but further away.
 */
static const struct tick *tick_of_wall(const struct tape *tape, int64_t wall_ns)
{
	const struct tick *best = NULL;

	for (uint32_t i = 0; i < tape->n_ticks; i++) {
		const struct tick *tick = &tape->ticks[i];

		if (tick->wall_ns <= wall_ns && (!best || tick->wall_ns >= best->wall_ns))
			best = tick;
	}
	return best ? best : &tape->ticks[0];
}

bool tape_wall(const struct tape *tape, int64_t at_ns, int64_t *ret_wall_ns)
{
	const struct tick *best = tape->ticks;

	if (tape->n_ticks == 0) {
		if (tape->clock == WALL_STAMP)
			*ret_wall_ns = at_ns;
		return tape->clock == WALL_STAMP;
	}
	for (uint32_t i = 0; i < tape->n_ticks; i++)
		if (tape->ticks[i].begin_ns <= at_ns)
			best = &tape->ticks[i];
	*ret_wall_ns = best->wall_ns + (at_ns - best->begin_ns);
	return best->wall_ns != 0;
}

/* With ticks it is theirs; a log alone has the clock of most of its lines. */
static enum stamp clock_of(const struct tape *tape, const struct events *events)
{
	uint32_t n[3] = { 0 };

	if (tape->n_ticks)
		return MONO_STAMP;
	for (uint32_t i = 0; i < events->n; i++)
		n[events->items[i].stamp]++;
	return n[WALL_STAMP] > n[MONO_STAMP] ? WALL_STAMP : n[MONO_STAMP] ? MONO_STAMP : NO_STAMP;
}

/* ---- what came to a listener ---- */

static bool has_arrival(const struct event *e)
{
	return e->arrival_hi_ns != 0;
}

/*
 * How far the monotonic clock is ahead of the kernel's log stamps: both are there for what a
 * listener heard. The stamps come of another clock, which nothing keeps in step.
 */
struct ahead {
	int64_t lo_ns, hi_ns;
};

static struct ahead ahead_of_stamps(const struct events *events)
{
	struct ahead all = { INT64_MIN, INT64_MAX }, any = { INT64_MAX, INT64_MIN };
	uint32_t n = 0;

	for (uint32_t i = 0; i < events->n; i++) {
		const struct event *e = &events->items[i];
		int64_t lo = e->arrival_lo_ns - e->at_ns, hi = e->arrival_hi_ns - e->at_ns;

		if (e->stamp != MONO_STAMP || !has_arrival(e))
			continue;
		all.lo_ns = lo > all.lo_ns ? lo : all.lo_ns;
		all.hi_ns = hi < all.hi_ns ? hi : all.hi_ns;
		any.lo_ns = lo < any.lo_ns ? lo : any.lo_ns;
		any.hi_ns = hi > any.hi_ns ? hi : any.hi_ns;
		n++;
	}
	if (n == 0 || (all.lo_ns <= 0 && all.hi_ns >= 0))
		return (struct ahead){ 0, 0 };
	return all.lo_ns <= all.hi_ns ? all : any; /* none fits all: it drifted meanwhile */
}

/* It came in that interval: it cannot have happened after it, nor before anybody looked last. */
static void keep_within_arrival(struct happening *h)
{
	const struct event *e = h->event;

	if (!has_arrival(e))
		return;
	h->lo_ns = h->lo_ns > e->arrival_lo_ns ? h->lo_ns : e->arrival_lo_ns;
	h->hi_ns = h->hi_ns < e->arrival_hi_ns ? h->hi_ns : e->arrival_hi_ns;
}

/* Syslog and dmesg -T write whole seconds: it happened somewhere in that one. */
static int64_t width_of(const struct event *e)
{
	return e->stamp == WALL_STAMP && e->at_ns % SECOND_NS == 0 ? SECOND_NS - 1 : 0;
}

/* False: the stamp is of a clock that cannot be brought to the tape's. */
static bool place_event(const struct tape *tape, const struct event *e, const struct ahead *ahead,
	struct happening *h)
{
	const struct tick *tick;

	*h = (struct happening){ e, e->at_ns, e->at_ns };
	if (e->stamp == NO_STAMP && has_arrival(e) && tape->n_ticks) {
		h->lo_ns = e->arrival_lo_ns;
		h->hi_ns = e->arrival_hi_ns;
		return true;
	}
	if (e->stamp == NO_STAMP)
		return false;
	if (e->stamp != tape->clock) {
		if (tape->n_ticks == 0 || e->stamp != WALL_STAMP)
			return false;
		tick = tick_of_wall(tape, e->at_ns);
		h->lo_ns = tick->begin_ns + (e->at_ns - tick->wall_ns);
	} else if (e->stamp == MONO_STAMP && (ahead->lo_ns || ahead->hi_ns)) {
		h->lo_ns += ahead->lo_ns;
		h->hi_ns += ahead->hi_ns;
		keep_within_arrival(h);
		return true;
	}
	h->hi_ns = h->lo_ns + width_of(e);
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct happening *x = a, *y = b;

	if (x->lo_ns != y->lo_ns)
		return x->lo_ns < y->lo_ns ? -1 : 1;
	return x->event < y->event ? -1 : x->event > y->event;
}

int tape_finish(struct tape *tape, const struct events *events)
{
	int64_t last_lo_ns = 0, last_hi_ns = 0;
	struct ahead ahead;

	mark_gaps(tape);
	if (!events || events->n == 0)
		return 0;
	tape->clock = clock_of(tape, events);
	ahead = ahead_of_stamps(events);
	tape->events = own_alloc(events->n, sizeof(*tape->events));
	for (uint32_t i = 0; i < events->n; i++) {
		struct happening *h = &tape->events[tape->n_events++];

		/* without a time of its own it happened when the line before it did */
		if (!place_event(tape, &events->items[i], &ahead, h)) {
			h->lo_ns = last_lo_ns;
			h->hi_ns = last_hi_ns;
		}
		last_lo_ns = h->lo_ns;
		last_hi_ns = h->hi_ns;
	}
	qsort(tape->events, tape->n_events, sizeof(*tape->events), by_time);
	return 0;
}
