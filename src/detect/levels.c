/* Shares, gauges and states: what has a level that it should not pass. */
#include <math.h>
#include <string.h>

#include "detect/track.h"
#include "model/reading.h"

enum { LEARN = 5, QUIET = 3 };

/* Two of three samples: one is chance. `over` says of a sample whether it is abnormal. */
static bool two_of_three(const bool *over, uint32_t i, uint32_t n)
{
	return over[i] && ((i + 1 < n && over[i + 1]) || (i + 2 < n && over[i + 2]));
}

static double mean_between(const struct track *t, uint32_t first, uint32_t last)
{
	double sum = 0;
	uint32_t n = 0;

	for (uint32_t i = first; i <= last && i < t->n; i++)
		if (is_known(t->reading[i])) {
			sum += t->reading[i];
			n++;
		}
	return n ? sum / n : NAN;
}

static double median_before(struct detecting *d, const struct track *t, uint32_t first)
{
	double *values = arena_take(&d->scratch, (first + 1) * sizeof(*values));
	size_t n = 0;

	for (uint32_t i = 0; values && i < first; i++)
		if (is_known(t->reading[i]))
			values[n++] = t->reading[i];
	return median_of(values, n);
}

/*
 * A counter says nothing in the tick in which it comes: what is abnormal right after may have begun
 * before.
 */
static uint32_t beginning(const struct track *t, uint32_t first)
{
	uint32_t born = born_at(t);

	return born > 0 && first == born + 1 ? born : first;
}

/* Stretches of abnormal samples, joined over pauses of up to QUIET samples. */
static void add_stretches(struct detecting *d, const struct track *t, const bool *over)
{
	uint32_t from = 0;
	unsigned episodes = 0;

	while (from < t->n && !is_known(t->reading[from]))
		from++;
	for (uint32_t i = from; i < t->n && episodes < EPISODES; i++) {
		uint32_t last = i, quiet = 0;
		bool from_start;

		if (!two_of_three(over, i, t->n))
			continue;
		for (uint32_t j = i; j < t->n && quiet <= QUIET; j++) {
			quiet = over[j] ? 0 : quiet + 1;
			last = over[j] ? j : last;
		}
		/* a task that was not there before began then: nothing is hidden behind the start */
		from_start = i <= from + 1 && born_at(t) == 0;
		episode_add(d, t,
			(struct episode){ .first = beginning(t, i),
				.last = last,
				.shape = ROSE,
				.from_start = from_start,
				.before = from_start ? NAN : median_before(d, t, i),
				.after = mean_between(t, i, last) });
		episodes++;
		i = last;
	}
}

/* A share over the floor, and three times what it usually was. */
void sense_share(struct detecting *d, const struct track *t)
{
	bool *over = arena_take_zeroed(&d->scratch, (t->n + 1) * sizeof(*over));
	double usual = median_before(d, t, t->n);

	/* half of the tape may be abnormal: then the lower quarter is what is usual */
	for (uint32_t i = 0; over && i < t->n; i++)
		over[i] = is_known(t->reading[i]) && t->reading[i] > d->indicator->floor;
	if (is_known(usual) && usual <= d->indicator->floor)
		for (uint32_t i = 0; over && i < t->n; i++)
			over[i] = over[i] && t->reading[i] > 3 * usual;
	if (over)
		add_stretches(d, t, over);
}

/* Far from the median of all, in units of the usual distance from it; and not a little. */
void sense_gauge(struct detecting *d, const struct track *t)
{
	bool *over = arena_take_zeroed(&d->scratch, (t->n + 1) * sizeof(*over));
	double *distance = arena_take(&d->scratch, (t->n + 1) * sizeof(*distance));
	double median = median_before(d, t, t->n), spread;
	size_t n = 0;

	if (!over || !distance || !is_known(median))
		return;
	for (uint32_t i = 0; i < t->n; i++)
		if (is_known(t->reading[i]))
			distance[n++] = fabs(t->reading[i] - median);
	if (n < LEARN)
		return;
	spread = 1.4826 * median_of(distance, n);
	for (uint32_t i = 0; i < t->n; i++)
		over[i] = is_known(t->reading[i]) && t->reading[i] - median > 6 * spread &&
			  t->reading[i] - median >= d->indicator->floor &&
			  t->reading[i] > 1.1 * median;
	add_stretches(d, t, over);
}

/* ---- states ---- */

static double limit_at(const struct detecting *d, const struct series *with, uint32_t tick)
{
	uint32_t hint = 0;
	int64_t value;

	if (!d->indicator->with)
		return d->indicator->floor;
	return with && series_value(with, tick, &hint, &value) ? (double)value : NAN;
}

/* Both know a healthy side; neither learns it. */
static bool is_beyond(const struct detecting *d, double reading, double limit)
{
	return d->indicator->how == SENSE_ABOVE ? reading > limit : reading < limit;
}

/* Nobody changed what came so: an interface that is new is down until somebody sets it up. */
static bool came_so(struct detecting *d, const struct track *t, uint32_t first)
{
	return d->indicator->origin == CHANGED && first > 0 && !is_known(t->reading[first - 1]) &&
	       was_gone(d, t->series->who, t->tick[first - 1], t->tick[first - 1]);
}

void sense_level(struct detecting *d, const struct track *t)
{
	const struct series *with =
		d->indicator->with ? beside(d, t->series->who, d->indicator->with) : NULL;
	uint32_t first = 0, seen = 0, last_known = 0;
	unsigned episodes = 0;
	bool low = false;
	double before = NAN, after = NAN;

	for (uint32_t i = 0; i <= t->n && episodes < EPISODES; i++) {
		double limit = i < t->n ? limit_at(d, with, t->tick[i]) : NAN;
		bool known = is_known(limit) && is_known(t->reading[i]);
		bool now = known && is_beyond(d, t->reading[i], limit);

		if (low && (i == t->n || (known && !now)) && came_so(d, t, first))
			low = false;
		if (low && (i == t->n || (known && !now))) {
			episode_add(d, t,
				(struct episode){ .first = first,
					.last = last_known,
					.shape = MOVED,
					.from_start = first == seen,
					.before = before,
					.after = after });
			episodes++;
			low = false;
		}
		if (!known)
			continue;
		if (!seen && !low && !is_known(before))
			seen = i;
		if (now && !low)
			first = i;
		low = now;
		last_known = i;
		if (now)
			after = t->reading[i];
		else
			before = t->reading[i];
	}
}

static const char *fact_text(
	const struct detecting *d, const struct track *t, const struct point *point, double reading)
{
	const struct session *s = d->tape->session;
	char text[READING_TEXT];
	str value;

	if (t->signal->unit != TEXT)
		return is_known(reading)
			       ? arena_printf(d->a, "%s", reading_format(t->signal, reading, text))
			       : NULL;
	value = names_get(&s->texts, (uint32_t)point->value);
	return arena_printf(d->a, "%.*s", (int)(value.n < 60 ? value.n : 60), value.p);
}

static double reading_at(const struct track *t, const struct point *point)
{
	double reading = NAN;

	if (t->signal->kind != COUNTER)
		reading_now(t->signal, point->value, &reading);
	return reading;
}

static void add_change(struct detecting *d, const struct track *t, const struct point *was,
	const struct point *is, uint32_t i)
{
	double before = reading_at(t, was), after = reading_at(t, is);

	episode_add(d, t,
		(struct episode){ .first = i,
			.last = i,
			.shape = MOVED,
			.before = before,
			.after = after,
			.was = fact_text(d, t, was, before),
			.is = fact_text(d, t, is, after) });
}

static bool is_anew(struct detecting *d, const struct track *t, uint32_t i)
{
	return i > 0 && was_gone(d, t->series->who, t->tick[i - 1], t->tick[i]);
}

/*
 * Every step of a fact is one change; it is done in a moment. What an entity has that went and came is its own: nobody
 * changed it.
 */
void sense_change(struct detecting *d, const struct track *t)
{
	unsigned episodes = 0;
	const struct point *was = NULL;

	for (uint32_t p = 0; p < t->series->n && episodes < EPISODES; p++) {
		const struct point *point = &t->series->points[p];
		uint32_t i = track_at(t, point->tick);

		if (!point->there)
			continue;
		if (was && was->value != point->value && i < t->n && !is_anew(d, t, i)) {
			add_change(d, t, was, point, i);
			episodes++;
		}
		was = point;
	}
}

/* ---- gone ---- */

static bool is_of_collector(const struct session *s, uint16_t source, const struct signal *signal)
{
	int layer = layer_find(signal_layer(signal));

	return source < s->n_sources && layer >= 0 && (s->sources[source].layers >> layer & 1);
}

bool was_blind(const struct detecting *d, const struct series *s, uint32_t tick)
{
	const struct signal *signal = catalog_get(&d->tape->session->catalog, s->sig);

	for (uint32_t i = 0; i < d->tape->n_blind; i++) {
		const struct blind *b = &d->tape->blind[i];

		if (b->from <= tick && tick <= b->until && b->error != -2 && b->error != -19 &&
			(b->who == ENTITY_NONE || b->who == s->who) &&
			is_of_collector(d->tape->session, b->source, signal))
			return true;
	}
	return false;
}

enum { UNKNOWN, ABSENT, PRESENT };

/* What is read less often than the rest stands there still, and says nothing in the ticks between. */
static void note_presence(struct detecting *d, const struct series *s)
{
	uint8_t *at = d->presence.tick;
	uint32_t hint = 0;
	int64_t value;

	for (uint32_t tick = s->points[0].tick; tick < d->tape->n_ticks; tick++) {
		if (at[tick] == PRESENT || !tape_was_read(d->tape, s->sig, tick))
			continue;
		if (series_value(s, tick, &hint, &value))
			at[tick] = PRESENT;
		else if (!was_blind(d, s, tick))
			at[tick] = ABSENT;
	}
}

static void look_for(struct detecting *d, uint32_t who)
{
	memset(d->presence.tick, UNKNOWN, d->tape->n_ticks);
	for (uint32_t i = 0; i < d->tape->n_series; i++)
		if (d->tape->series[i].who == who)
			note_presence(d, &d->tape->series[i]);
	d->presence.who = who;
}

bool was_gone(struct detecting *d, uint32_t who, uint32_t from, uint32_t until)
{
	if (d->presence.who != who)
		look_for(d, who);
	for (uint32_t tick = from; tick <= until && tick < d->tape->n_ticks; tick++)
		if (d->presence.tick[tick] == ABSENT)
			return true;
	return false;
}

void sense_gone(struct detecting *d, const struct track *t)
{
	unsigned episodes = 0;

	for (uint32_t p = 0; p < t->series->n && episodes < EPISODES; p++) {
		const struct point *point = &t->series->points[p];
		bool last = p + 1 == t->series->n;
		uint32_t from = track_at(t, point->tick);
		uint32_t until = last ? t->n : track_at(t, t->series->points[p + 1].tick);

		/* for one reading only: it was being made anew, or read in between */
		if (point->there || from == 0 || until - from < 2 ||
			was_blind(d, t->series, point->tick))
			continue;
		episode_add(d, t,
			(struct episode){ .first = from,
				.last = until - 1,
				.shape = VANISHED,
				.before = NAN,
				.after = NAN,
				.was = "there",
				.is = "gone" });
		episodes++;
	}
}
