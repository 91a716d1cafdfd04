/* Work done: what moves data and then moves less of it, or none although some waits. */
#include <math.h>
#include <string.h>

#include "detect/track.h"

enum { USUAL = 30, LEARN = 5, AGAIN = 2, LASTS = 2, LASTS_SLOW = 5, OFTEN = 10, FAR = 4 };
enum { SHIFT = 10, LEARN_SHIFT = 20, MORE = 2 };
static const double slow = 0.8, low = 0.5, nothing = 0.02; /* parts of what is usual */

/* What is usual: the median of the last normal samples, and how far from it they usually are. */
struct usual {
	double ring[USUAL];
	unsigned n, at;
};

static void usual_add(struct usual *u, double rate)
{
	u->ring[u->at] = rate;
	u->at = (u->at + 1) % USUAL;
	u->n += u->n < USUAL;
}

/* Work that comes in bursts is low every few samples, and nobody calls that slow. */
static bool is_often_low(const struct usual *u, double median)
{
	unsigned n = 0;

	for (unsigned i = 0; i < u->n; i++)
		n += u->ring[i] < slow * median;
	return n * OFTEN > u->n && n > 1;
}

/* The samples from the least to the most; returns their median. */
static double usual_sort(const struct usual *u, double sorted[static USUAL])
{
	memcpy(sorted, u->ring, sizeof(u->ring));
	return median_of(sorted, u->n);
}

static double usual_median(const struct usual *u, double *ret_spread)
{
	double sorted[USUAL], median = usual_sort(u, sorted);

	for (unsigned i = 0; i < u->n; i++)
		sorted[i] = fabs(u->ring[i] - median);
	*ret_spread = 1.4826 * median_of(sorted, u->n);
	return median;
}

/* Less than that part of what is usual, and further away than it is by chance. */
static bool is_below(double rate, double part, double median, double spread)
{
	return is_known(rate) && rate < part * median && median - rate > FAR * spread;
}

/* How much it grew between two of its own readings that lie within these ticks; 0 too when not known. */
static double growth_within(
	const struct detecting *d, const struct series *s, uint32_t from, uint32_t until)
{
	uint32_t hint = 0, first, last;
	int64_t a, b;

	return s && read_from(d, s, from, &first) && read_until(d, s, until, &last) &&
			       first < last && series_value(s, first, &hint, &a) &&
			       series_value(s, last, &hint, &b) && b > a
		       ? (double)b - (double)a
		       : 0;
}

/* In all of its readings within these ticks, of which there is one at the least. */
static bool was_above_zero(
	const struct detecting *d, const struct series *s, uint32_t from, uint32_t until)
{
	uint32_t hint = 0, n = 0;
	int64_t value;

	for (uint32_t i = from; i <= until; i++) {
		if (!tape_was_read(d->tape, s->sig, i))
			continue;
		if (!series_value(s, i, &hint, &value) || value == 0)
			return false;
		n++;
	}
	return n > 0;
}

/* Bytes in a queue of the interface all the while. */
static bool queue_waits(struct detecting *d, uint32_t netdev, uint32_t from, uint32_t until)
{
	const struct session *s = d->tape->session;
	uint16_t sig = catalog_find(&s->catalog, STR("nic.queue.inflight"));

	for (uint32_t at = sig == SIGNAL_NONE ? 0 : d->tape->first[sig]; at;
		at = d->tape->series[at - 1].next) {
		const struct series *queue = &d->tape->series[at - 1];

		if (relation_one(&s->relations, queue->who, VIA_NETDEV) == netdev &&
			was_above_zero(d, queue, from, until))
			return true;
	}
	return false;
}

/* The next series beside it that grows when there is work to do: `names` are those of them; false: no more. */
static bool next_sign(
	struct detecting *d, const struct track *t, str *names, const struct series **ret)
{
	str name;

	if (!str_next_word(names, &name))
		return false;
	*ret = beside(d, t->series->who, arena_printf(&d->scratch, "%.*s", STR_ARG(name)));
	return true;
}

/* Does anything show that there was work to do? `with` names what grows then. */
static bool had_demand(struct detecting *d, const struct track *t, uint32_t first, uint32_t last)
{
	str names = str_of(d->indicator->with ? d->indicator->with : "");
	const struct series *s;

	while (first > 0 && next_sign(d, t, &names, &s))
		if (growth_within(d, s, t->tick[first - 1], t->tick[last]) > 0)
			return true;
	return queue_waits(d, t->series->who, t->tick[first], t->tick[last]);
}

/* Its mean without the first sample, in which some was still moved as before. */
static double mean_after(const struct track *t, uint32_t first, uint32_t last)
{
	double sum = 0;
	uint32_t n = 0;

	for (uint32_t i = first + (last > first); i <= last; i++)
		if (is_known(t->reading[i])) {
			sum += t->reading[i];
			n++;
		}
	return n ? sum / n : NAN;
}

/* The low stretch that begins at `first`: its last sample, and whether it is really low somewhere. */
static uint32_t low_until(
	const struct track *t, uint32_t first, double median, double spread, bool *ret_low)
{
	uint32_t last = first, normal = 0, in_a_row = 0;

	*ret_low = false;
	for (uint32_t i = first; i < t->n && normal < AGAIN; i++) {
		bool below = is_below(t->reading[i], slow, median, spread);

		in_a_row = is_below(t->reading[i], low, median, spread) ? in_a_row + 1 : 0;
		*ret_low |= in_a_row == LASTS;
		normal = below || !is_known(t->reading[i]) ? 0 : normal + 1;
		last = below ? i : last;
	}
	return last;
}

static void add_low(struct detecting *d, const struct track *t, uint32_t first, uint32_t last,
	double median, bool is_low)
{
	double after = mean_after(t, first, last);
	enum shape shape = is_low ? DROPPED : SLOWED;

	if (after < nothing * median && !was_gone(d, t->series->who, t->tick[first], t->tick[last]))
		shape = had_demand(d, t, first, last) ? STALLED : IDLE;
	episode_add(d, t,
		(struct episode){ .first = first,
			.last = last,
			.shape = shape,
			.before = median,
			.after = after });
}

/* A little less has to last longer until anybody would call it so. */
static uint32_t least_samples(const struct track *t, bool is_low)
{
	return is_low || t->step_s > LASTS_SLOW ? LASTS : LASTS_SLOW;
}

/*
 * Work that is so unsteady that no sample of it says anything. Of ten samples in a row two or three are
 * in the lowest quarter of what is usual; nine are there once in thirty thousand. Because such work also
 * just changes, it counts only where something else begins to show that it is held up.
 */
static bool is_shifted(const struct usual *u, const struct track *t, uint32_t first, double median,
	double *ret_quarter)
{
	double sorted[USUAL], sum = 0;
	unsigned below = 0;

	usual_sort(u, sorted);
	*ret_quarter = sorted[u->n / 4];
	for (uint32_t i = first; i < first + SHIFT; i++) {
		if (!is_known(t->reading[i]))
			return false;
		below += t->reading[i] < *ret_quarter;
		sum += t->reading[i];
	}
	return t->reading[first] < *ret_quarter && below >= SHIFT - 1 &&
	       sum < slow * median * SHIFT;
}

/* The last sample of it: until half of ten are usual again. */
static uint32_t shifted_until(const struct track *t, uint32_t first, double quarter)
{
	uint32_t last = first, low_at[SHIFT] = { 0 }, recent = SHIFT;

	for (uint32_t i = first; i < t->n && recent > SHIFT / 2; i++) {
		bool below = !is_known(t->reading[i]) || t->reading[i] < quarter;

		low_at[i % SHIFT] = below;
		last = below ? i : last;
		if (i - first + 1 < SHIFT)
			continue;
		recent = 0;
		for (unsigned k = 0; k < SHIFT; k++)
			recent += low_at[k];
	}
	return last;
}

/* Something that shows that work is held up grows while it is less, and did not before, or much less. */
static bool has_more_demand(
	struct detecting *d, const struct track *t, uint32_t first, uint32_t last)
{
	str names = str_of(d->indicator->with);
	uint32_t n = last + 1 - first, before = first > n ? first - 1 - n : 0;
	const struct series *s;

	while (next_sign(d, t, &names, &s))
		if (growth_within(d, s, t->tick[first - 1], t->tick[last]) >
			MORE * growth_within(d, s, t->tick[before], t->tick[first - 1]))
			return true;
	return false;
}

/* Does a shift begin here? *ret_last is its last sample. */
static bool find_shift(struct detecting *d, const struct usual *u, const struct track *t,
	uint32_t first, double median, uint32_t *ret_last)
{
	double quarter;
	uint32_t last;

	if (!d->indicator->with || u->n < LEARN_SHIFT || first + SHIFT > t->n ||
		!is_shifted(u, t, first, median, &quarter))
		return false;
	last = shifted_until(t, first, quarter);
	if (!has_more_demand(d, t, first, last))
		return false;
	*ret_last = last;
	return true;
}

/* Does less work begin here? *ret_last is its last sample, or the last of some that are too few. */
static bool find_low(struct detecting *d, const struct usual *u, const struct track *t,
	uint32_t first, double median, double spread, uint32_t *ret_last, bool *ret_low)
{
	bool often_low = is_often_low(u, median);

	if (!often_low && is_below(t->reading[first], slow, median, spread)) {
		*ret_last = low_until(t, first, median, spread, ret_low);
		return *ret_last + 1 - first >= least_samples(t, *ret_low);
	}
	return (often_low || FAR * spread > (1 - slow) * median) &&
	       find_shift(d, u, t, first, median, ret_last);
}

void sense_traffic(struct detecting *d, const struct track *t)
{
	struct usual *u = arena_take_zeroed(&d->scratch, sizeof(*u));
	unsigned episodes = 0;

	for (uint32_t i = 1; u && i < t->n && episodes < EPISODES; i++) {
		double spread = 0, median = u->n >= LEARN ? usual_median(u, &spread) : 0;
		bool is_low = false;
		uint32_t last = i;

		if (median > d->indicator->floor &&
			find_low(d, u, t, i, median, spread, &last, &is_low)) {
			add_low(d, t, i, last, median, is_low);
			episodes++;
			i = last;
			continue;
		}
		for (; i <= last; i++)
			if (is_known(t->reading[i]))
				usual_add(u, t->reading[i]);
		i = last;
	}
}

/* ---- stuck ---- */

/* Between its own readings around these two ticks it stood; a counter does not come back. */
static bool stands_still(
	const struct detecting *d, const struct series *s, uint32_t from, uint32_t until)
{
	uint32_t hint = 0, first, last;
	int64_t before, now;

	return s && read_until(d, s, from, &first) && read_from(d, s, until, &last) &&
	       series_value(s, first, &hint, &before) && series_value(s, last, &hint, &now) &&
	       before == now;
}

/* The same bytes wait in the queue, and the counter of what leaves it stands. */
void sense_stuck(struct detecting *d, const struct track *t)
{
	const struct series *with = beside(d, t->series->who, d->indicator->with);
	uint32_t first = 0;
	unsigned episodes = 0;

	for (uint32_t i = 1; i <= t->n && episodes < EPISODES; i++) {
		bool known = i < t->n && is_known(t->reading[i]);
		bool stuck = known && t->reading[i] > 0 && is_known(t->reading[i - 1]) &&
			     t->value[i] == t->value[i - 1] &&
			     stands_still(d, with, t->tick[i - 1], t->tick[i]);

		if (stuck && !first)
			first = i;
		if (first && !stuck && (known || i == t->n)) {
			/* the bytes were there at the sample before it already */
			episode_add(d, t,
				(struct episode){ .first = first - 1,
					.last = i - 1,
					.shape = STALLED,
					.from_start = first == 1,
					.before = first > 1 ? t->reading[first - 2] : NAN,
					.after = t->reading[first] });
			episodes++;
			first = 0;
		}
	}
}
