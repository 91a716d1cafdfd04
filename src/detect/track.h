/* A track is one series made dense: what it showed whenever it was read. Only src/detect uses this. */
#pragma once

#include "model/onset.h"

/* When the series of one signal were read: the same for all of them. */
struct readings {
	uint32_t n;
	uint32_t *tick; /* of the tape */
	double *dt_s;   /* since the reading before; NAN: the first one */
	double step_s;  /* the usual time from one to the next */
};

/* In which ticks an entity was looked for and nothing of it was there: of the entity that was asked about last. */
struct presence {
	uint32_t who;
	uint8_t *tick; /* of the tape: enum in levels.c */
};

struct detecting {
	const struct tape *tape;
	struct arena *a;      /* of the answer */
	struct arena scratch; /* of one track */
	struct onsets *out;
	const struct indicator *indicator;
	struct watched *watched; /* of the track that is looked at */
	struct readings readings;
	struct presence presence;
};

struct track {
	const struct series *series;
	const struct signal *signal;
	const uint32_t *tick; /* of the tape: everything else here is numbered by reading */
	uint32_t n;           /* readings */
	int64_t *value;       /* where known */
	double *reading;      /* NAN where it is not known */
	double *growth; /* counters: how much it grew since the reading before, NAN when not known */
	const double *dt_s; /* since the reading before */
	double step_s;      /* the usual time from reading to reading */
};

uint32_t track_at(
	const struct track *t, uint32_t tick); /* the first reading at or after it; n: none */

/* The reading in which it was there first; 0 too when it was there before the first one. */
static inline uint32_t born_at(const struct track *t)
{
	return track_at(t, t->series->points[0].tick);
}

/* The reading of another series at or before a tick, at or after it; false: there is none. */
bool read_until(const struct detecting *d, const struct series *s, uint32_t tick, uint32_t *ret);
bool read_from(const struct detecting *d, const struct series *s, uint32_t tick, uint32_t *ret);

/* Abnormal from reading `first` to reading `last`. */
struct episode {
	uint32_t first, last;
	enum shape shape;
	bool from_start;
	double before, after; /* NAN: not known */
	const char *was, *is; /* NULL: made from before and after */
	uint64_t count;
};
void episode_add(struct detecting *d, const struct track *t, struct episode e);

bool is_known(double reading);
int by_value(const void *a, const void *b); /* of doubles, for qsort() */
double median_of(double *values, size_t n); /* sorts them; NAN of none */

/* Not being able to look is not absence: it may have been there in this tick. */
bool was_blind(const struct detecting *d, const struct series *s, uint32_t tick);

/* In some tick from `from` to `until` this entity was looked for and nothing of it was there. */
bool was_gone(struct detecting *d, uint32_t who, uint32_t from, uint32_t until);

/* One function a sense; each adds the episodes that it finds. */
void sense_quiet(struct detecting *d, const struct track *t);
void sense_noisy(struct detecting *d, const struct track *t);
void sense_traffic(struct detecting *d, const struct track *t);
void sense_share(struct detecting *d, const struct track *t);
void sense_gauge(struct detecting *d, const struct track *t);
void sense_level(struct detecting *d, const struct track *t);
void sense_stuck(struct detecting *d, const struct track *t);
void sense_change(struct detecting *d, const struct track *t);
void sense_gone(struct detecting *d, const struct track *t);

/* Another signal beside a track: of the same entity, or of its interface or queues. NULL: none. */
const struct series *beside(const struct detecting *d, uint32_t who, const char *signal);
