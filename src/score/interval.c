/* Intervals of shares and of rare events. */
#include "score/interval.h"

#include <math.h>

static const double Z = 1.959963984540054; /* 95 % of a normal distribution lie within */

/* E. B. Wilson 1927. Unlike p +- z s it does not shrink to nothing at 0 and at 1. */
struct interval interval_wilson(double good, double all)
{
	double share, middle, half;

	if (all <= 0)
		return (struct interval){ 0, 1 };
	share = good / all;
	middle = (share + Z * Z / (2 * all)) / (1 + Z * Z / all);
	half = Z * sqrt(share * (1 - share) / all + Z * Z / (4 * all * all)) / (1 + Z * Z / all);
	return (struct interval){ fmax(0, middle - half), fmin(1, middle + half) };
}

/* Breslow and Day 1987, section 2.3. */
struct interval interval_poisson(double events)
{
	double above = events + 1;
	struct interval i = { 0, above * pow(1 - 1 / (9 * above) + Z / (3 * sqrt(above)), 3) };

	if (events > 0)
		i.low = events * pow(1 - 1 / (9 * events) - Z / (3 * sqrt(events)), 3);
	return i;
}
