/* Readings made of others. */
#include "detect/judge.h"
#include "detect/track.h"
#include "model/reading.h"

#include <stdlib.h>

/* The share of one cell in the window or, from a single reading, since boot. */
static bool cell_reading(const struct judge_window *w, const struct signal *signal,
	const struct block *b, unsigned sub, double *ret)
{
	int64_t before = 0;

	if (!block_has(b, sub))
		return false;
	if (!w->first)
		return reading_of(signal, 0, b->values[sub], w->up_seconds, ret);
	return ledger_copy_value(w->first, &w->session->ledger, b, sub, &before) &&
	       reading_of(signal, before, b->values[sub], judge_seconds(w, b->sig), ret);
}

static bool highest_of(const struct judge_window *w, const struct signal *signal,
	const struct block *b, struct arena *a, struct derived *ret)
{
	double *siblings = arena_take(a, b->n * sizeof(*siblings));
	double reading;
	unsigned n = 0;

	if (!siblings)
		return false;
	ret->reading = -1;
	for (unsigned sub = 0; sub < b->n; sub++) {
		if (!cell_reading(w, signal, b, sub, &reading))
			continue;
		if (reading > ret->reading) {
			if (ret->reading >= 0)
				siblings[n++] = ret->reading;
			ret->reading = reading;
			ret->sub = sub;
		} else {
			siblings[n++] = reading;
		}
	}
	qsort(siblings, n, sizeof(*siblings), by_value);
	ret->siblings = siblings;
	ret->n_siblings = n;
	ret->median = n ? siblings[n / 2] : 0;
	return ret->reading >= 0;
}

size_t derive_highest(const struct judge_window *w, const struct derive *derive, struct arena *a,
	struct derived *out, size_t room)
{
	const struct session *s = w->session;
	uint16_t sig = catalog_find(&s->catalog, str_of(derive->of));
	const struct signal *signal = catalog_get(&s->catalog, sig);
	size_t n = 0;

	for (uint32_t i = 0; signal && i < s->ledger.n && n < room; i++) {
		const struct block *b = &s->ledger.blocks[i];
		struct derived made = {
			.derive = derive, .of = signal, .who = b->who, .since_boot = !w->first
		};

		if (b->sig == sig && highest_of(w, signal, b, a, &made))
			out[n++] = made;
	}
	return n;
}
