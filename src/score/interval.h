/* How much a count can say: 95 % intervals. */
#pragma once

struct interval {
	double low, high;
};

/* Wilson's interval of a share; `all` of 0 says nothing: 0 to 1. Both may be fractions (F1). */
struct interval interval_wilson(double good, double all);

/* Of a number of rare events, by Byar's approximation of the exact Poisson interval. */
struct interval interval_poisson(double events);
