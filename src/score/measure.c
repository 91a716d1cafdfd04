/* From tallies to figures, and what is demanded of them. */
#include "score/measure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "score/interval.h"

const char *const root_mark_names[ROOT_MARKS] = { "right", "top 3", "wrong", "none" };

const struct measure measures[MEASURES] = {
	[ROOT_TOP1] = { "root_top1", "first root right", A_SHARE },
	[ROOT_TOP3] = { "root_top3", "right root among three", A_SHARE },
	[ROOT_ENTITY] = { "root_entity", "root's entity right", A_SHARE },
	[VERDICT] = { "verdict", "verdict right", A_SHARE },
	[DETECTION_PRECISION] = { "detection_precision", "detection precision", A_SHARE },
	[DETECTION_RECALL] = { "detection_recall", "detection recall", A_SHARE },
	[HEALTHY_QUIET] = { "healthy_quiet", "healthy and left alone", A_SHARE },
	[ROOTS_PER_DAY] = { "roots_per_day", "roots named a host-day", A_RATE },
	[CHAIN_F1] = { "chain_f1", "chain F1", A_SHARE },
	[ORDER] = { "order", "order of neighbours", A_SHARE },
	[RULE_OUT_PRECISION] = { "rule_out_precision", "rule-out precision", A_SHARE },
	[RULE_OUT_COVERAGE] = { "rule_out_coverage", "decoys ruled out", A_SHARE },
	[HONESTY] = { "honesty", "honesty", A_SHARE },
	[CONFIRMED_RIGHT] = { "confirmed_right", "confirmed and right", A_SHARE },
	[LIKELY_RIGHT] = { "likely_right", "likely and right", A_SHARE },
	[TIME_TO_LIKELY] = { "time_to_likely", "time to a right likely", A_TIME },
	[DEGRADED_SOUND] = { "degraded_sound", "never confirmed wrong", A_SHARE },
	[DEGRADED_TOP1] = { "degraded_top1", "root kept, source gone", A_SHARE },
	[SAMPLED_TOP1] = { "sampled_top1", "root kept, every 10 s", A_SHARE },
};

int measure_find(str name)
{
	for (int i = 0; i < MEASURES; i++)
		if (str_is(name, measures[i].name))
			return i;
	return -1;
}

/* A false alarm makes the precision of every kind of fault worse. */
static bool counts_for(const struct mark *mark, enum kind_of_case kind, enum measure_id id)
{
	return mark->kind == kind ||
	       (id == DETECTION_PRECISION && kind != CASE_HEALTHY && mark->kind == CASE_HEALTHY);
}

static struct tally sum(
	const struct mark *marks, size_t n, enum kind_of_case kind, enum measure_id id)
{
	struct tally all = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (!counts_for(&marks[i], kind, id))
			continue;
		all.good += marks[i].tallies[id].good;
		all.all += marks[i].tallies[id].all;
	}
	return all;
}

static int order_of_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Those that never came stand at the end: leaving them out would flatter. */
static void summarize_times(
	const struct mark *marks, size_t n, enum kind_of_case kind, struct figure *f)
{
	OWN_MEMORY double *times = own_alloc(n + 1, sizeof(*times));
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (marks[i].kind == kind && marks[i].likely_s >= 0)
			times[found++] = marks[i].likely_s;
	if (!found)
		return;
	qsort(times, found, sizeof(*times), order_of_doubles);
	f->value = times[found / 2];
	if (found % 2 == 0)
		f->value = (times[found / 2 - 1] + times[found / 2]) / 2;
	f->high = times[(found * 95 + 99) / 100 - 1];
}

struct figure measure_figure(
	const struct mark *marks, size_t n, enum kind_of_case kind, enum measure_id id)
{
	struct figure f = { .tally = sum(marks, n, kind, id) };
	struct interval i;

	f.known = f.tally.all > 0;
	if (!f.known)
		return f;
	if (measures[id].kind == A_TIME) {
		summarize_times(marks, n, kind, &f);
		return f;
	}
	i = measures[id].kind == A_RATE ? interval_poisson(f.tally.good)
					: interval_wilson(f.tally.good, f.tally.all);
	f.value = f.tally.good / f.tally.all;
	f.low = measures[id].kind == A_RATE ? i.low / f.tally.all : i.low;
	f.high = measures[id].kind == A_RATE ? i.high / f.tally.all : i.high;
	return f;
}

static int kind_find(str name)
{
	for (int i = 0; i < CASE_KINDS; i++)
		if (str_is(name, case_kind_names[i]))
			return i;
	return -1;
}

int requirement_read(const char *text, struct requirement *ret)
{
	const char *sign = strpbrk(text, "<>");
	struct requirement r = { .text = text, .kind = -1 };
	str name, kind;
	int64_t limit;
	int id;

	if (!sign || sign[1] != '=' || str_fixed(str_of(sign + 2), 6, &limit) < 0)
		return -EBADMSG;
	name = (str){ text, (size_t)(sign - text) };
	if (str_cut(name, '.', &kind, &name)) {
		r.kind = kind_find(kind);
		if (r.kind < 0)
			return -EBADMSG;
	}
	id = measure_find(name);
	if (id < 0)
		return -EBADMSG;
	r.id = (enum measure_id)id;
	r.at_most = *sign == '<';
	r.limit = (double)limit / 1e6;
	*ret = r;
	return 0;
}

bool requirement_met(const struct requirement *r, const struct mark *marks, size_t n)
{
	bool measured = false;

	for (int kind = 0; kind < CASE_KINDS; kind++) {
		struct figure f;

		if (r->kind >= 0 && r->kind != kind)
			continue;
		f = measure_figure(marks, n, (enum kind_of_case)kind, r->id);
		if (!f.known)
			continue;
		measured = true;
		if (r->at_most ? f.value > r->limit : f.value < r->limit)
			return false;
	}
	return measured;
}
