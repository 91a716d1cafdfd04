/* Counters of what should not happen: those that are quiet in health, and those that never are. */
#include <math.h>

#include "detect/track.h"

enum {
	NEAR_S = 15,      /* growth closer than this is one episode */
	BACKGROUND = 120, /* samples that the background is the median of */
	LEARN = 5,        /* samples before anything can be judged */
};

/* A sample with growth of more than the floor a second. */
static bool is_growing(const struct detecting *d, const struct track *t, uint32_t i)
{
	return is_known(t->growth[i]) && t->growth[i] > d->indicator->floor * t->dt_s[i];
}

static double near_s(const struct track *t)
{
	return t->step_s * 3 > NEAR_S ? t->step_s * 3 : NEAR_S;
}

static double seconds_between(
	const struct detecting *d, const struct track *t, uint32_t a, uint32_t b)
{
	const struct tick *ticks = d->tape->ticks;

	return (double)(ticks[t->tick[b]].begin_ns - ticks[t->tick[a]].begin_ns) / 1e9;
}

/* The usual time between two samples with growth; 0 of less than three. */
static double usual_pause_s(struct detecting *d, const struct track *t)
{
	double *pauses = arena_take(&d->scratch, t->n * sizeof(*pauses));
	uint32_t last = 0;
	size_t n = 0;

	for (uint32_t i = 0; pauses && i < t->n; i++) {
		if (!is_growing(d, t, i))
			continue;
		if (last)
			pauses[n++] = seconds_between(d, t, last, i);
		last = i;
	}
	return n < 2 ? 0 : median_of(pauses, n);
}

static uint32_t first_known(const struct track *t)
{
	uint32_t i = 0;

	while (i < t->n && !is_known(t->growth[i]))
		i++;
	return i;
}

/*
 * What grows again and again was not quiet before when the quiet before its first growth is no
 * longer than the pauses between.
 */
static bool was_quiet(
	const struct detecting *d, const struct track *t, uint32_t first, double pause_s)
{
	uint32_t from = first_known(t);

	return first >= from + 2 && seconds_between(d, t, from, first) > 2 * pause_s;
}

static double growth_between(const struct track *t, uint32_t first, uint32_t last)
{
	double sum = 0;

	for (uint32_t i = first; i <= last; i++)
		sum += is_known(t->growth[i]) ? t->growth[i] : 0;
	return sum;
}

static double rate_between(const struct track *t, uint32_t first, uint32_t last)
{
	double grown = 0, seconds = 0;

	for (uint32_t i = first; i <= last; i++)
		if (is_known(t->growth[i])) {
			grown += t->growth[i];
			seconds += t->dt_s[i];
		}
	return seconds > 0 ? grown / seconds : NAN;
}

/* Time that nothing is known of, since the reading before. */
static bool is_after_gap(const struct detecting *d, const struct track *t, uint32_t i)
{
	for (uint32_t tick = t->tick[i - 1] + 1; tick <= t->tick[i]; tick++)
		if (d->tape->ticks[tick].gap)
			return true;
	return false;
}

/* The value with which it went between these two ticks; false: it did not. */
static bool value_at_end(const struct series *s, uint32_t after, uint32_t until, int64_t *ret)
{
	for (uint32_t p = s->n; p > 1; p--) {
		const struct point *point = &s->points[p - 1];

		if (point->tick <= after)
			return false;
		if (point->tick <= until && !point->there) {
			*ret = s->points[p - 2].value;
			return s->points[p - 2].there;
		}
	}
	return false;
}

static bool may_be_renamed(enum scope scope)
{
	return scope == NETDEV || scope == QUEUE || scope == RDMA || scope == DISK;
}

/*
 * A device under a new name counts on where it was under the old one, which went in the same reading:
 * the highest such value that it can have come from, 0 if it is new.
 */
static uint64_t counted_before(const struct detecting *d, const struct track *t, uint32_t born)
{
	uint64_t now = (uint64_t)t->value[born], most = 0;
	const struct series *own = t->series;
	int64_t value;

	if (!may_be_renamed(t->signal->scope))
		return 0;
	for (uint32_t at = d->tape->first[own->sig]; at; at = d->tape->series[at - 1].next) {
		const struct series *s = &d->tape->series[at - 1];

		if (s == own || s->sub != own->sub ||
			!value_at_end(s, t->tick[born - 1], t->tick[born], &value))
			continue;
		if ((uint64_t)value <= now && (uint64_t)value > most)
			most = (uint64_t)value;
	}
	return most;
}

/*
 * A cell that came with its entity counts from 0: what it shows at first happened since then. Not so
 * where nobody could look before.
 */
static void count_from_birth(const struct detecting *d, struct track *t)
{
	uint32_t born = born_at(t);
	/* a CPU that goes online counts on from when it was last */
	bool has_past =
		t->signal->scope == TASK || (t->signal->scope == HOST && t->signal->sub == BY_CPU);

	if (born == 0 || born == t->n || is_after_gap(d, t, born) || has_past ||
		was_blind(d, t->series, t->tick[born - 1]))
		return;
	t->growth[born] = (double)((uint64_t)t->value[born] - counted_before(d, t, born));
	t->reading[born] = t->growth[born] / t->dt_s[born];
}

/*
 * Freeman and Tukey's variance-stable distance of a Poisson count k from its expectation, and the
 * rate at least three times the background: many samples make small changes significant, and these
 * are not what people ask about.
 */
static bool is_excess(double k, double expected)
{
	return sqrt(k) + sqrt(k + 1) - sqrt(4 * expected + 1) > 5 && k > 3 * expected;
}

/*
 * Something else began inside of an episode: many times its rate so far. One sample is not yet an
 * episode: the thing may have begun near its end.
 */
static bool is_step_up(const struct track *t, uint32_t first, uint32_t i)
{
	double so_far;

	if (i >= t->n || first + 1 >= i || !is_known(t->growth[i]))
		return false;
	so_far = rate_between(t, first, i - 1);
	return is_known(so_far) && t->reading[i] > 8 * so_far &&
	       is_excess(t->growth[i], so_far * t->dt_s[i]);
}

/* 2^53 is exact in a double; a counter that grew by more is damaged, or lies. */
static uint64_t whole(double count)
{
	return count < 0x1p53 ? (uint64_t)count : UINT64_C(1) << 53;
}

static void add_growth(struct detecting *d, const struct track *t, uint32_t first, uint32_t last,
	bool from_start, double before)
{
	episode_add(d, t,
		(struct episode){ .first = first,
			.last = last,
			.shape = ROSE,
			.from_start = from_start,
			.before = before,
			.after = rate_between(t, first, last),
			.count = whole(growth_between(t, first, last)) });
}

void sense_quiet(struct detecting *d, const struct track *track)
{
	struct track t = *track;
	double pause_s, stepped = NAN; /* the rate before a step up */
	uint32_t first = 0, last = 0;
	unsigned episodes = 0;

	count_from_birth(d, &t);
	pause_s = usual_pause_s(d, &t);
	for (uint32_t i = 1; i <= t.n && episodes < EPISODES; i++) {
		if (i < t.n && !is_growing(d, &t, i))
			continue;
		if (first && (i == t.n || seconds_between(d, &t, last, i) > near_s(&t) ||
				     is_step_up(&t, first, i))) {
			bool quiet = was_quiet(d, &t, first, pause_s) ||
				     (born_at(&t) == first && first > 1);

			add_growth(d, &t, first, last, episodes == 0 && !quiet,
				is_known(stepped) ? stepped
				: quiet           ? 0
						  : NAN);
			stepped = i < t.n && seconds_between(d, &t, last, i) <= near_s(&t)
					  ? rate_between(&t, first, i - 1)
					  : NAN;
			episodes++;
			first = 0;
		}
		first = first ? first : i;
		last = i;
	}
}

/* ---- with a background ---- */

struct background {
	double ring[BACKGROUND];
	unsigned n, at;
	double usual;
};

/* The median, or the mean where that is more: of what comes less than once a sample the median is 0. */
static double usual_of(const struct background *b)
{
	double sorted[BACKGROUND], sum = 0;

	for (unsigned i = 0; i < b->n; i++) {
		sorted[i] = b->ring[i];
		sum += b->ring[i];
	}
	return fmax(median_of(sorted, b->n), sum / b->n);
}

static void background_add(struct background *b, double rate)
{
	b->ring[b->at] = rate;
	b->at = (b->at + 1) % BACKGROUND;
	b->n += b->n < BACKGROUND;
	/* it moves slowly: every tenth sample is often enough once there are some */
	if (b->n <= 20 || b->at % 10 == 0)
		b->usual = usual_of(b);
}

/* Over the last `width` samples that end at i; false when one of them is not known. */
static bool is_excess_over(const struct track *t, uint32_t i, uint32_t width, double background)
{
	double k = 0, seconds = 0;

	if (i + 1 < width + 1)
		return false;
	for (uint32_t j = i + 1 - width; j <= i; j++) {
		if (!is_known(t->growth[j]))
			return false;
		k += t->growth[j];
		seconds += t->dt_s[j];
	}
	return is_excess(k, background * seconds);
}

/* Bursts show in a sample, a small steady rate in the sum of some. */
static bool is_abnormal(const struct track *t, uint32_t i, double background)
{
	return is_excess_over(t, i, 1, background) || is_excess_over(t, i, 5, background) ||
	       is_excess_over(t, i, 15, background);
}

/* Where in what was summed it began: the first sample above twice the background. */
static uint32_t beginning(const struct track *t, uint32_t i, double background)
{
	uint32_t first = i;

	for (uint32_t j = i; j > 0 && i - j < 15 && is_known(t->growth[j]); j--)
		if (t->growth[j] > 2 * background * t->dt_s[j] && t->growth[j] > 0)
			first = j;
		else if (is_excess_over(t, i, i - j + 1, background) && i > j)
			break;
	return first;
}

static bool is_over(const struct detecting *d, const struct track *t, uint32_t i, double background)
{
	return is_known(t->growth[i]) && t->growth[i] > 2 * background * t->dt_s[i] &&
	       t->growth[i] > d->indicator->floor * t->dt_s[i];
}

void sense_noisy(struct detecting *d, const struct track *t)
{
	struct background *b = arena_take_zeroed(&d->scratch, sizeof(*b));
	uint32_t first = 0, last = 0;
	unsigned episodes = 0;
	double before = 0;

	for (uint32_t i = 1; b && i <= t->n && episodes < EPISODES; i++) {
		bool known = i < t->n && is_known(t->growth[i]);

		if (first && is_step_up(t, first, i)) {
			add_growth(d, t, first, i - 1, false, before);
			episodes++;
			before = rate_between(t, first, i - 1);
			first = last = i;
		} else if (first && (i == t->n || seconds_between(d, t, last, i) > near_s(t))) {
			add_growth(d, t, first, last, false, before);
			episodes++;
			first = 0;
		}
		if (!known)
			continue;
		if (b->n >= LEARN && !first && is_abnormal(t, i, b->usual) &&
			is_over(d, t, i, b->usual)) {
			before = b->usual;
			first = beginning(t, i, before);
			last = i;
		} else if (first && is_over(d, t, i, before)) {
			last = i;
		} else if (!first) {
			background_add(b, t->reading[i]);
		}
	}
}
