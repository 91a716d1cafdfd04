/*
 * What faultline knows, as rows: what is abnormal, what derives from what. One table of each a
 * layer.
 */
#pragma once

#include "model/signal.h"

enum severity {
	HISTORY, /* it happened since boot; nothing says that it still does */
	WARNING,
	CRITICAL,
	SEVERITIES,
};
extern const char *const severity_names[SEVERITIES];

/* How a reading is judged. Readings are in the units people think in: see model/reading.h. */
enum detector {
	IS_ABOVE, /* the reading is over `level` */
	IS_BELOW, /* the reading is under `level` */
	IS_RISING, /* a counter of what should not happen grew by more than `level` a second; before: history */
	IS_UNDER, /* the value is less than the one of signal `than`, same entity and sub */
	IS_NOT,   /* a state or fact other than `than` */
	IS_OUTLIER, /* the highest of the siblings is over `level` while their median is under `rest` */
	DETECTORS,
};

struct watch {
	const char *signal;
	enum detector how;
	double level;
	const char *than;
	enum severity severity;
	const char *title; /* what is wrong, in plain words */
	const char *
		check; /* a command that confirms it; %s is the entity's name, %p what stands before its slash */
	const char *fix;     /* what helps */
	const char *source;  /* where the level comes from */
	double rest;         /* of IS_OUTLIER */
	const char *only_if; /* judged where this signal of the same entity is not 0, or */
	const char *prefix;  /* ... is a text that begins so; NULL: always */
	bool physical;       /* judged only where the entity belongs to a PCI function */
	bool alone; /* judged only without a window, where another watch knows better with one */
	bool upstream; /* of IS_UNDER, for devices behind a port: it allows no more than its own `than` */
};

/* A reading made of others. */
enum derive_how {
	HIGHEST, /* the highest of an entity's subs, its siblings beside it */
};

struct derive {
	const char *name;
	enum derive_how how;
	const char *of;
	const char *about;
};

/* "3 root ports": how many cells of a signal there are, said in the layer's line. */
struct count {
	const char *signal, *one, *many;
};

struct knowledge {
	const char *layer;
	const struct watch *watches;
	size_t n_watches;
	const struct derive *derives;
	size_t n_derives;
	const struct count *counts;
	size_t n_counts;
	const char *gap; /* what of the layer this version does not read; NULL: nothing known */
};

#define WATCHES(table) .watches = (table), .n_watches = sizeof(table) / sizeof(*(table))
#define DERIVES(table) .derives = (table), .n_derives = sizeof(table) / sizeof(*(table))
#define COUNTS(table) .counts = (table), .n_counts = sizeof(table) / sizeof(*(table))

extern const struct knowledge *const knowledge[LAYERS]; /* by number of layer; written by meson */
