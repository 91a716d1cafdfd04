/* The two readings of each signal that a rate is made of. */
#include "cmd/rates.h"

#include "base/clock.h"
#include "base/own.h"

struct pair {
	uint32_t from, to; /* ticks */
	bool is_one;
};

/* A tick comes a little early or late: a twentieth is none of our business. */
static struct pair find_pair(const struct tape *tape, uint16_t sig, int64_t span_ns)
{
	struct pair p = { 0 };
	bool any = false;

	for (uint32_t i = tape->n_ticks; i > 0; i--) {
		int64_t age_ns = any ? tape->ticks[p.to].begin_ns - tape->ticks[i - 1].begin_ns : 0;

		if (!tape_was_read(tape, sig, i - 1))
			continue;
		if (!any)
			p.to = i - 1;
		p.is_one = any;
		p.from = i - 1;
		any = true;
		if (age_ns >= span_ns - span_ns / 20)
			break;
	}
	return p;
}

static double seconds_of(const struct tape *tape, const struct pair *p)
{
	if (!p->is_one)
		return 0;
	return (double)(tape->ticks[p->to].begin_ns - tape->ticks[p->from].begin_ns) /
	       (double)SECOND_NS;
}

static bool is_of_last(const struct tape *tape, uint32_t sig)
{
	return sig > 0 && tape->cadence_of[sig] == tape->cadence_of[sig - 1];
}

static void find_pairs(
	const struct tape *tape, int64_t span_ns, struct pair *pairs, double *seconds)
{
	uint32_t n = catalog_size(&tape->session->catalog);

	for (uint32_t sig = 0; sig < n; sig++) {
		const struct pair *p = &pairs[sig];

		pairs[sig] = is_of_last(tape, sig) ? pairs[sig - 1]
						   : find_pair(tape, (uint16_t)sig, span_ns);
		seconds[sig] = seconds_of(tape, p);
	}
}

/* What stood in the cell at that tick. */
static void set_cell(const struct tape *tape, const struct block *b, unsigned sub, uint32_t tick,
	const struct ledger_copy *to, size_t at)
{
	const struct series *s = tape_find(tape, b->who, b->sig, sub);
	uint32_t hint = 0;

	to->values[at + 1] = s && series_value(s, tick, &hint, &to->values[at]);
}

bool rates_take(const struct tape *tape, int64_t span_ns, struct rates *ret)
{
	const struct ledger *l = &tape->session->ledger;
	OWN_MEMORY struct pair *pairs = own_alloc(SIGNAL_LIMIT, sizeof(*pairs));
	struct pair full = find_pair(tape, UINT16_MAX, span_ns); /* of full ticks */

	*ret = (struct rates){ .seconds = own_alloc(SIGNAL_LIMIT, sizeof(*ret->seconds)) };
	find_pairs(tape, span_ns, pairs, ret->seconds);
	ledger_copy_take(l, &ret->first);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct block *b = &l->blocks[i];

		for (unsigned sub = 0; sub < b->n; sub++)
			set_cell(tape, b, sub, pairs[b->sig].from, &ret->first,
				ret->first.offsets[i] + 2 * (size_t)sub);
	}
	ret->window_s = seconds_of(tape, &full);
	return full.is_one;
}

void rates_free(struct rates *r)
{
	ledger_copy_free(&r->first);
	free(r->seconds);
	*r = (struct rates){ 0 };
}
