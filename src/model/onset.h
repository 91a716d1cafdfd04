/*
 * An onset is the moment at which a signal began to misbehave, as far as it is known: it lies
 * between the last sample that was still normal and the first that was not. What detect/ finds and
 * explain/ joins.
 */
#pragma once

#include "base/arena.h"
#include "model/report.h"
#include "model/tape.h"

enum shape {
	ROSE,
	SLOWED,  /* work that goes on at less than four fifths of its usual rate, for long */
	DROPPED, /* work that goes on at less than half of its usual rate */
	STALLED, /* no work is done although some waits */
	IDLE,    /* no work is done and none is known to wait: it may just have ended */
	MOVED,   /* a fact or state became another */
	VANISHED,
	HAPPENED, /* an event */
};

struct onset {
	struct node node; /* what the report shows */
	uint16_t sig;
	enum shape shape;
	bool from_start; /* it was so when the tape began: nobody knows since when */
	const struct event *event;
};

/* A (signal, entity) that was looked at, whatever was found. */
struct watched {
	const struct indicator *indicator;
	uint16_t sig;
	uint32_t who;
	uint32_t samples; /* readings of all its cells together; lines of the log for events */
	uint32_t unknown; /* ticks in which it could not be read */
	uint32_t onsets;  /* found in it */
	bool from_start;  /* abnormal from the beginning */
	double low, high; /* of its readings; low > high: none */
};

struct onsets {
	struct onset *items;
	size_t n, cap;
	struct watched *watched;
	size_t n_watched, cap_watched;
	uint64_t dropped;
};

enum { ONSETS = 2048, WATCHED = 1 << 15, EPISODES = 8 }; /* EPISODES: of one series */

#define BEFORE_THE_TAPE INT64_MIN
#define NOT_YET INT64_MAX
