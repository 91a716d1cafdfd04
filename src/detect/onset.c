/* From series and events to onsets: what is looked at, and what is written down of it. */
#include "detect/onset.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "detect/track.h"
#include "model/reading.h"

enum { BURST_S = 5 /* events closer than this are one burst */, SCRATCH = 64 << 20 };

typedef void (*sense_function)(struct detecting *, const struct track *);

static const sense_function senses[SENSES] = {
	[SENSE_QUIET] = sense_quiet,
	[SENSE_NOISY] = sense_noisy,
	[SENSE_TRAFFIC] = sense_traffic,
	[SENSE_SHARE] = sense_share,
	[SENSE_GAUGE] = sense_gauge,
	[SENSE_BELOW] = sense_level,
	[SENSE_ABOVE] = sense_level,
	[SENSE_STUCK] = sense_stuck,
	[SENSE_CHANGE] = sense_change,
	[SENSE_GONE] = sense_gone,
};

bool is_known(double reading)
{
	return !isnan(reading);
}

int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median_of(double *values, size_t n)
{
	if (n == 0)
		return NAN;
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static const char *reading_text(struct arena *a, const struct signal *signal, double reading)
{
	char text[READING_TEXT];

	return is_known(reading) ? arena_printf(a, "%s", reading_format(signal, reading, text))
				 : NULL;
}

static struct onset *onset_make(struct detecting *d)
{
	if (d->out->n == d->out->cap) {
		d->out->dropped++;
		return NULL;
	}
	d->out->items[d->out->n] = (struct onset){ 0 };
	return &d->out->items[d->out->n++];
}

/*
 * The last reading before it that tells how it was: while it could not be read it may have begun. Where its entity had
 * gone, or had not come yet, it was not so.
 */
static uint32_t seen_before(struct detecting *d, const struct track *t, uint32_t first)
{
	const struct series *s = t->series;
	uint32_t at = first - 1;

	for (uint32_t i = s->n; i > 0; i--) {
		const struct point *p = &s->points[i - 1];
		uint32_t since = track_at(t, p->tick);

		if (since > at)
			continue;
		if (p->there || i == 1)
			return at;
		for (; at >= since; at--)
			if (at == 0 || was_gone(d, s->who, t->tick[at], t->tick[at]))
				return at;
	}
	return first - 1;
}

/* Abnormal when it came back is abnormal since it went, where that counts. */
static uint32_t since_gone(struct detecting *d, const struct track *t, uint32_t first)
{
	uint32_t at = first;

	if (!d->indicator->gone_counts)
		return first;
	while (at > 0 && !is_known(t->reading[at - 1]))
		at--;
	return at > 0 && was_gone(d, t->series->who, t->tick[at], t->tick[first]) ? at : first;
}

/* What is known of the moment lies between two readings: the one before it and the one it shows in. */
static struct moment began(struct detecting *d, const struct track *t, const struct episode *e)
{
	const struct tape *tape = d->tape;
	struct moment m = { BEFORE_THE_TAPE, tape->ticks[t->tick[e->first]].end_ns };

	if (!e->from_start && e->first > 0)
		m.lo_ns = tape->ticks[t->tick[seen_before(d, t, e->first)]].begin_ns;
	return m;
}

static struct moment ended(const struct tape *tape, const struct track *t, const struct episode *e)
{
	struct moment m = { NOT_YET, NOT_YET };

	if (e->last + 1 < t->n) {
		m.lo_ns = tape->ticks[t->tick[e->last ? e->last - 1 : 0]].begin_ns;
		m.hi_ns = tape->ticks[t->tick[e->last + 1]].end_ns;
	}
	return m;
}

void episode_add(struct detecting *d, const struct track *t, struct episode e)
{
	const struct series *s = t->series;
	struct onset *o = onset_make(d);

	if (!o)
		return;
	e.first = since_gone(d, t, e.first);
	d->watched->onsets++;
	d->watched->from_start |= e.from_start;
	o->sig = s->sig;
	o->shape = e.shape;
	o->from_start = e.from_start;
	o->node = (struct node){
		.signal = t->signal,
		.indicator = d->indicator,
		.who = s->who,
		.sub = s->sub,
		.has_sub = t->signal->sub != NONE,
		.began = began(d, t, &e),
		.ended = ended(d->tape, t, &e),
		.has_before = is_known(e.before),
		.has_after = is_known(e.after),
		.before = is_known(e.before) ? e.before : 0,
		.after = is_known(e.after) ? e.after : 0,
		.was = e.was ? e.was : reading_text(d->a, t->signal, e.before),
		.is = e.is ? e.is : reading_text(d->a, t->signal, e.after),
		.what = d->indicator->title,
		.count = e.count,
	};
}

/* ---- tracks ---- */

static double seconds_between_ticks(const struct tape *tape, uint32_t a, uint32_t b)
{
	return (double)(tape->ticks[b].begin_ns - tape->ticks[a].begin_ns) / (double)SECOND_NS;
}

/*
 * What should not happen at all shows in any reading. Levels, rates and what has to last some samples
 * are meant for readings of full ticks: in a tenth of a second a handful of anything is a high rate.
 */
static bool is_for_fast_ticks(const struct indicator *in)
{
	return (in->how == SENSE_QUIET && in->floor <= 0) || in->how == SENSE_BELOW ||
	       in->how == SENSE_ABOVE || in->how == SENSE_CHANGE;
}

/* The ticks in which the signal was read, of those that the indicator is for. */
static bool readings_find(struct detecting *d, uint16_t sig)
{
	bool fast = is_for_fast_ticks(d->indicator);
	const struct tape *tape = d->tape;
	struct readings *r = &d->readings;
	double *steps = arena_take(&d->scratch, tape->n_ticks * sizeof(*steps));

	r->n = 0;
	r->tick = arena_take(&d->scratch, tape->n_ticks * sizeof(*r->tick));
	r->dt_s = arena_take(&d->scratch, tape->n_ticks * sizeof(*r->dt_s));
	if (!steps || !r->tick || !r->dt_s)
		return false;
	for (uint32_t i = 0; i < tape->n_ticks; i++) {
		if (!tape_was_read(tape, sig, i) || (tape->ticks[i].fast && !fast))
			continue;
		r->dt_s[r->n] = NAN;
		if (r->n)
			steps[r->n - 1] = r->dt_s[r->n] =
				seconds_between_ticks(tape, r->tick[r->n - 1], i);
		r->tick[r->n++] = i;
	}
	r->step_s = r->n < 2 ? 1 : median_of(steps, r->n - 1);
	return true;
}

uint32_t track_at(const struct track *t, uint32_t tick)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (t->tick[middle] < tick)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool read_until(const struct detecting *d, const struct series *s, uint32_t tick, uint32_t *ret)
{
	for (uint32_t i = tick + 1; i > 0; i--)
		if (tape_was_read(d->tape, s->sig, i - 1)) {
			*ret = i - 1;
			return true;
		}
	return false;
}

bool read_from(const struct detecting *d, const struct series *s, uint32_t tick, uint32_t *ret)
{
	for (uint32_t i = tick; i < d->tape->n_ticks; i++)
		if (tape_was_read(d->tape, s->sig, i)) {
			*ret = i;
			return true;
		}
	return false;
}

static bool track_open(struct detecting *d, const struct series *s, struct track *t)
{
	uint32_t n = d->readings.n;

	*t = (struct track){
		.series = s,
		.signal = catalog_get(&d->tape->session->catalog, s->sig),
		.tick = d->readings.tick,
		.n = n,
		.value = arena_take_zeroed(&d->scratch, (n + 1) * sizeof(*t->value)),
		.reading = arena_take(&d->scratch, (n + 1) * sizeof(*t->reading)),
		.growth = arena_take(&d->scratch, (n + 1) * sizeof(*t->growth)),
		.dt_s = d->readings.dt_s,
		.step_s = d->readings.step_s,
	};
	return t->value && t->reading && t->growth;
}

static void track_fill_one(struct track *t, uint32_t i, bool there, bool was_there)
{
	double seconds = unit_seconds(t->signal->unit);
	uint64_t grown;

	t->reading[i] = t->growth[i] = NAN;
	if (!there)
		return;
	if (t->signal->kind != COUNTER) {
		reading_now(t->signal, t->value[i], &t->reading[i]);
		return;
	}
	if (i == 0 || !was_there ||
		counter_growth(t->signal, t->value[i - 1], t->value[i], &grown) != GREW)
		return;
	t->growth[i] = (double)grown;
	t->reading[i] = t->growth[i] * (seconds > 0 ? seconds : 1) / t->dt_s[i];
}

static void track_fill(struct track *t)
{
	uint32_t hint = 0;
	bool was_there = false;

	for (uint32_t i = 0; i < t->n; i++) {
		bool there = series_value(t->series, t->tick[i], &hint, &t->value[i]);

		track_fill_one(t, i, there, was_there);
		was_there = there;
	}
}

/* An interface that went and came back moved nothing in between. */
static void fill_gone(struct detecting *d, struct track *t)
{
	uint32_t first = born_at(t), last = t->n;

	while (last > 0 && !is_known(t->reading[last - 1]))
		last--;
	for (uint32_t i = first; i < last; i++)
		if (!is_known(t->reading[i]) && was_gone(d, t->series->who, t->tick[i], t->tick[i]))
			t->reading[i] = 0;
}

static void watch_track(struct watched *w, const struct track *t)
{
	uint32_t hint = 0;
	int64_t value;

	for (uint32_t i = 0; i < t->n; i++) {
		/* at its maximum it is blind, not flat */
		if (!series_value(t->series, t->tick[i], &hint, &value) ||
			(t->signal->kind == COUNTER && signal_saturated(t->signal, value)))
			w->unknown++;
		else
			w->samples++;
		if (!is_known(t->reading[i]))
			continue;
		w->low = w->low < t->reading[i] ? w->low : t->reading[i];
		w->high = w->high > t->reading[i] ? w->high : t->reading[i];
	}
}

/* ---- what is looked at ---- */

static struct watched *watched_make(struct detecting *d, uint16_t sig, uint32_t who)
{
	struct onsets *out = d->out;

	/* series of one entity come one after the other, mostly */
	for (size_t i = out->n_watched; i > 0 && out->watched[i - 1].indicator == d->indicator; i--)
		if (out->watched[i - 1].who == who)
			return &out->watched[i - 1];
	if (out->n_watched == out->cap_watched) {
		out->dropped++;
		return NULL;
	}
	out->watched[out->n_watched] = (struct watched){ .indicator = d->indicator,
		.sig = sig,
		.who = who,
		.low = INFINITY,
		.high = -INFINITY };
	return &out->watched[out->n_watched++];
}

const struct series *beside(const struct detecting *d, uint32_t who, const char *signal)
{
	const struct session *s = d->tape->session;
	uint16_t sig = catalog_find(&s->catalog, str_of(signal));
	uint32_t netdev = relation_one(&s->relations, who, VIA_NETDEV);
	const struct series *found = NULL;

	if (sig == SIGNAL_NONE)
		return NULL;
	found = tape_find(d->tape, who, sig, 0);
	return found || netdev == ENTITY_NONE ? found : tape_find(d->tape, netdev, sig, 0);
}

/* The value at the end: whether something is a network device does not change on a tape. */
static bool last_value(const struct detecting *d, uint32_t who, const char *signal, int64_t *ret)
{
	const struct series *s = beside(d, who, signal);

	for (uint32_t i = s ? s->n : 0; i > 0; i--)
		if (s->points[i - 1].there) {
			*ret = s->points[i - 1].value;
			return true;
		}
	return false;
}

static bool is_any_set(const struct detecting *d, uint32_t who, const char *signals)
{
	str rest = str_of(signals), name;
	int64_t value;

	while (str_next_word(&rest, &name)) {
		char signal[64];

		snprintf(signal, sizeof(signal), "%.*s", STR_ARG(name));
		if (last_value(d, who, signal, &value) && value != 0)
			return true;
	}
	return false;
}

static bool is_meant(const struct detecting *d, uint32_t who)
{
	const struct indicator *in = d->indicator;
	int64_t value;

	if (in->unless && is_any_set(d, who, in->unless))
		return false;
	if (!in->only_if)
		return true;
	if (!last_value(d, who, in->only_if, &value))
		return false;
	return in->prefix ? str_starts(names_get(&d->tape->session->texts, (uint32_t)value),
				    str_of(in->prefix))
			  : value != 0;
}

static void look_at_series(struct detecting *d, const struct series *s)
{
	struct track t;
	char *mark = arena_mark(&d->scratch);

	if (!is_meant(d, s->who) || (s->sub < 32 && d->indicator->except >> s->sub & 1))
		return;
	d->watched = watched_make(d, s->sig, s->who);
	if (d->watched && track_open(d, s, &t)) {
		track_fill(&t);
		if (d->indicator->gone_counts && t.signal->kind == COUNTER)
			fill_gone(d, &t);
		watch_track(d->watched, &t);
		senses[d->indicator->how](d, &t);
	}
	arena_release(&d->scratch, mark);
}

static void look_at_all_series(struct detecting *d, uint16_t sig)
{
	arena_release(&d->scratch, d->scratch.base);
	if (!d->tape->first[sig] || !readings_find(d, sig))
		return;
	for (uint32_t at = d->tape->first[sig]; at; at = d->tape->series[at - 1].next)
		look_at_series(d, &d->tape->series[at - 1]);
}

/* ---- events ---- */

/*
 * The burst that this event belongs to: the last one of the same entity when it is near, or when the
 * entity has as many as are told apart. NULL: a new one begins.
 */
static struct onset *burst_of(struct detecting *d, const struct happening *h)
{
	for (size_t i = d->out->n; i > 0; i--) {
		struct onset *o = &d->out->items[i - 1];

		if (o->sig != h->event->sig || !o->event)
			break;
		if (o->node.who == h->event->who)
			return h->lo_ns - o->node.ended.hi_ns <= BURST_S * SECOND_NS ||
					       d->watched->onsets >= EPISODES
				       ? o
				       : NULL;
	}
	return NULL;
}

static const char *first_line(struct arena *a, str text)
{
	str line = { "", 0 };

	str_next_line(&text, &line);
	return arena_printf(a, "%.*s", STR_ARG(line));
}

static void add_happening(struct detecting *d, const struct happening *h)
{
	struct onset *o;

	d->watched = watched_make(d, h->event->sig, h->event->who);
	o = d->watched ? burst_of(d, h) : NULL;
	if (o) {
		o->node.ended = (struct moment){ h->lo_ns, h->hi_ns };
		o->node.count += h->event->count;
		return;
	}
	o = d->watched ? onset_make(d) : NULL;
	if (!o)
		return;
	d->watched->onsets++;
	*o = (struct onset){
		.sig = h->event->sig,
		.shape = HAPPENED,
		.event = h->event,
		.node = { .signal = catalog_get(&d->tape->session->catalog, h->event->sig),
			.indicator = d->indicator,
			.who = h->event->who,
			.began = { h->lo_ns, h->hi_ns },
			.ended = { h->lo_ns, h->hi_ns },
			.what = first_line(d->a, h->event->text),
			.count = h->event->count },
	};
}

static void look_at_events(struct detecting *d, uint16_t sig)
{
	for (uint32_t i = 0; i < d->tape->n_events; i++)
		if (d->tape->events[i].event->sig == sig)
			add_happening(d, &d->tape->events[i]);
}

/* ---- all of it ---- */

static const struct watch *watch_of(const struct knowledge *known, const char *signal)
{
	for (size_t i = 0; i < known->n_watches; i++)
		if (strcmp(known->watches[i].signal, signal) == 0)
			return &known->watches[i];
	return NULL;
}

/* What is not said of an indicator stands in the watch of its signal. */
static const struct indicator *complete(
	struct detecting *d, const struct knowledge *known, const struct indicator *in)
{
	const struct watch *watch = watch_of(known, in->signal);
	struct indicator *copy;

	if (!watch || (in->title && in->check && in->fix && in->source))
		return in;
	copy = arena_take(d->a, sizeof(*copy));
	if (!copy)
		return in;
	*copy = *in;
	copy->title = in->title ? in->title : watch->title;
	copy->check = in->check ? in->check : watch->check;
	copy->fix = in->fix ? in->fix : watch->fix;
	copy->source = in->source ? in->source : watch->source;
	return copy;
}

static void look(struct detecting *d, const struct indicator *indicator)
{
	uint16_t sig = catalog_find(&d->tape->session->catalog, str_of(indicator->signal));

	d->indicator = indicator;
	if (sig == SIGNAL_NONE)
		return;
	if (indicator->how == SENSE_EVENT)
		look_at_events(d, sig);
	else if (d->tape->n_ticks > 1)
		look_at_all_series(d, sig);
}

/* The same tape gives the same order, whatever the order in which names were met. */
static int by_beginning(const void *a, const void *b, void *session)
{
	const struct node *x = &((const struct onset *)a)->node,
			  *y = &((const struct onset *)b)->node;
	const struct session *s = session;
	int order;

	if (x->began.lo_ns != y->began.lo_ns)
		return x->began.lo_ns < y->began.lo_ns ? -1 : 1;
	if (x->began.hi_ns != y->began.hi_ns)
		return x->began.hi_ns < y->began.hi_ns ? -1 : 1;
	order = strcmp(x->signal->name, y->signal->name);
	if (order == 0)
		order = str_order(
			entity_text(&s->entities, x->who), entity_text(&s->entities, y->who));
	return order ? order : x->sub < y->sub ? -1 : x->sub > y->sub;
}

/* Of one indicator, as above: entities by their names. */
static int by_entity(const void *a, const void *b, void *session)
{
	const struct watched *x = a, *y = b;
	const struct session *s = session;

	return str_order(entity_text(&s->entities, x->who), entity_text(&s->entities, y->who));
}

static void look_in_order(
	struct detecting *d, const struct knowledge *known, const struct indicator *indicator)
{
	size_t from = d->out->n_watched;

	look(d, complete(d, known, indicator));
	qsort_r(d->out->watched + from, d->out->n_watched - from, sizeof(*d->out->watched),
		by_entity, d->tape->session);
}

int onsets_find(const struct tape *tape, const struct knowledge *const *known, struct arena *a,
	struct onsets *ret)
{
	struct detecting d = { .tape = tape, .a = a, .out = ret, .presence.who = ENTITY_NONE };

	*ret = (struct onsets){
		.items = arena_take(a, ONSETS * sizeof(*ret->items)),
		.cap = ONSETS,
		.watched = arena_take(a, WATCHED * sizeof(*ret->watched)),
		.cap_watched = WATCHED,
	};
	d.presence.tick = arena_take(a, tape->n_ticks + 1);
	if (!ret->items || !ret->watched || !d.presence.tick || arena_open(&d.scratch, SCRATCH) < 0)
		return -ENOMEM;
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < known[layer]->n_indicators; i++)
			look_in_order(&d, known[layer], &known[layer]->indicators[i]);
	qsort_r(ret->items, ret->n, sizeof(*ret->items), by_beginning, tape->session);
	arena_close(&d.scratch);
	return 0;
}
