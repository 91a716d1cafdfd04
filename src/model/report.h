/*
 * A report is the answer of `explain`: the verdict, the root, the chain, what was ruled out and by
 * which counter, what could not be seen. Everything it points to lives in the answer's arena or in
 * the tables. Times are wall clock where the tape knows it, else seconds since boot.
 */
#pragma once

#include "model/knowledge.h"
#include "model/session.h"

enum conclusion {
	NO_FAULT,     /* no symptom, and nothing that could become one */
	CONFIRMED,    /* 20 dB over the next, two layers, all that must follow was seen */
	LIKELY,       /* 10 dB over the next */
	POSSIBLE,     /* a list */
	UNDETERMINED, /* a symptom, and what would decide could not be read, or nothing explains it */
	EXTERNAL,     /* only the wire or the peer is left */
	LATENT,       /* a fault without a symptom */
	CONCLUSIONS,
};
extern const char *const conclusion_names[CONCLUSIONS]; /* as in the contract */

enum rule_out {
	OUT_FLAT,        /* it was read and did not move */
	OUT_INVARIANT,   /* it moves as much without the symptom as with it */
	OUT_TOO_LATE,    /* it began after what it would have to explain */
	OUT_WRONG_PLACE, /* no path from it to the symptom */
	OUT_TOO_SMALL,   /* its effect cannot be as large */
	OUT_CONSEQUENCE, /* the root explains it */
	RULE_OUTS,
};
extern const char *const rule_out_names[RULE_OUTS];

/* A moment that is known to lie between two others. -inf is INT64_MIN, never is INT64_MAX. */
struct moment {
	int64_t lo_ns, hi_ns;
};

/* Something that began: one node of the chain. */
struct node {
	const struct signal *signal;
	const struct indicator *indicator;
	uint32_t who;
	unsigned sub; /* of the signal's kind of sub */
	bool has_sub;
	struct moment began, ended; /* ended.lo_ns INT64_MAX: it lasted until the end of the tape */
	bool has_before, has_after;
	double before, after; /* readings (model/reading.h) */
	const char *was, *is; /* the same as text: "0/s", "stalled", "up" */
	const char *what;     /* the indicator's title, or the event's text */
	uint64_t count;       /* events and growth of counters; a lower bound where rate-limited */
};

struct root {
	const struct node *node;
	double score_db, over_next_db;
	unsigned layers; /* how many layers its chain touches */
};

struct link {
	const struct node *from, *to;
	const struct rule *rule;
	double lag_min_s, lag_max_s; /* as far as the two intervals allow */
	bool on_path;                /* on the best path from the root to the symptom */
};

struct alternative {
	const struct node *node;
	double score_db, behind_db;
	const char *why; /* "explains no symptom; two of its effects were read and are flat" */
};

struct ruled_out {
	const struct signal *signal;
	uint32_t who;
	enum rule_out reason;
	const char *evidence; /* "0 over 61 readings", "11/s with, 12/s without the symptom" */
	bool near;            /* a rule leads from it to the chain: worth a line of its own */
};

struct unchecked {
	const char *signal; /* a signal, or a group */
	uint32_t who;       /* ENTITY_NONE: all */
	const char *reason; /* "kernel without CONFIG_...": never ruled out */
	bool near;
};

struct report {
	const struct session *session;
	enum conclusion verdict;
	const char *summary; /* one sentence */
	bool has_wall;       /* times are wall clock; else since boot */
	bool has_time;       /* false: a log without any stamp */
	int64_t from_ns, until_ns;
	uint32_t n_ticks, n_gaps, n_events;
	uint64_t n_series, dropped;
	const struct root *roots;
	size_t n_roots;
	const struct link *links; /* roots first, each link's cause before its effects */
	size_t n_links;
	const struct node *const *symptoms;
	size_t n_symptoms;
	const struct node *const *unexplained; /* symptoms that no root covers */
	size_t n_unexplained;
	const struct alternative *alternatives;
	size_t n_alternatives;
	const struct ruled_out *ruled_out;
	size_t n_ruled_out;
	const struct unchecked *unchecked;
	size_t n_unchecked;
	const char
		*next_signal; /* what to read next, and the command; NULL: nothing would decide */
	const char *next_command;
};
