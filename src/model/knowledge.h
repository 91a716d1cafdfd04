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
	IS_STUCK, /* a gauge that was over `level`, and is no less, while the first counter of
		       `than` that was read stands */
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
		check; /* a command that confirms it; %s is the entity's name: show/command.h has the others */
	const char *fix;          /* what helps */
	const char *source;       /* where the level comes from */
	double rest;              /* of IS_OUTLIER */
	const char *only_if;      /* judged where this signal of the same entity is not 0, or */
	const char *prefix;       /* ... is a text that begins so; NULL: always */
	const char *while_rising; /* and only where one of these counters of the same entity grew */
	bool physical;            /* judged only where the entity belongs to a PCI function */
	bool occupied; /* judged only where a device of the system stands on the PCI function */
	bool alone;    /* judged only without a window, where another watch knows better with one */
	bool upstream; /* of IS_UNDER, for devices behind a port: it allows no more than its own `than` */
	bool faces_up; /* of `upstream`: a port that speaks of the link above, though something is below */
	const char
		*uncounted; /* judged only where this counter, of the same entity and sub, is 0 */
	uint32_t except;    /* subs that are not judged, one bit each */
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

/* ---- what happens over time: the tables of explain ---- */

/* How the moment is found at which a signal began to misbehave (detect/). */
enum sense {
	SENSE_QUIET, /* a counter of what does not happen in health: its first growth after quiet */
	SENSE_NOISY, /* a counter with a background: a rate that its past does not explain */
	SENSE_TRAFFIC, /* a counter of work done: less than half of its usual rate, or nothing */
	SENSE_SHARE,   /* a counter of time: its share of the time is over `floor` */
	SENSE_GAUGE,   /* a level far from its median, at least `floor` away */
	SENSE_BELOW,   /* a state that is under `floor`, or under the value of signal `with` */
	SENSE_ABOVE,   /* a state that is over `floor`, or over the value of signal `with` */
	SENSE_STUCK, /* a gauge or state that stands above 0 while the counter `with` stands still */
	SENSE_CHANGE, /* a fact that moved: somebody changed it */
	SENSE_GONE,   /* the entity is not there any more */
	SENSE_EVENT,  /* a line of the log */
	SENSES,
};
extern const char *const sense_names[SENSES];

/* Its part in a chain. */
enum role {
	CAUSE, /* nothing on this host need explain it: it may be the root */
	LINK,  /* root only where nothing that was seen explains it, and then never confirmed while
		    a cause that the rules know could not be seen */
	SYMPTOM, /* what users feel; never the root */
	CONTEXT, /* belongs to the story; never scored */
	ROLES,
};
extern const char *const role_names[ROLES];

/* What kind of thing begins there; its prior. A hardware event without a symptom is latent. */
enum origin {
	THRESHOLD,
	HAZARD, /* hurts others, whether anybody feels it yet or not */
	HARDWARE,
	CHANGED, /* somebody changed it */
	ORIGINS,
};

/* Where title, check, fix or source are not given they are those of the signal's watch. */
struct indicator {
	const char *signal;
	enum sense how;
	enum role role;
	enum origin origin;
	double floor; /* in the reading's unit: a second, a share, a value */
	const char *
		with; /* SENSE_STUCK, SENSE_BELOW, SENSE_ABOVE: the other signal of the same entity */
	const char *title; /* what it means, in plain words; "the link corrects errors" */
	const char *check; /* a command that confirms it; as in struct watch */
	const char *fix;
	const char *source;           /* of the floor */
	bool felt;                    /* users feel it, whatever its part in the chain */
	const char *only_if, *prefix; /* as in struct watch */
	const char *unless; /* not where one of these signals of the same entity is not 0 */
	unsigned least;     /* so many make a fault without a symptom worth naming; 0: one */
	double cost_ms;     /* what one of it costs at most in work not done; 0: nobody knows */
	uint32_t except;    /* subs that are not looked at, one bit each */
	bool gone_counts; /* while its entity is gone it is so as well: without an interface there is no link */
};

/* Several signals that mean the same to a rule: "@rdma.retry". */
struct group {
	const char *name, *members; /* separated by blanks */
};

/* Where an effect may show, seen from its cause. One bit each: a rule may allow several. */
enum where {
	SAME_DEVICE = 1 << 0,  /* views of one PCI function, or of one network device */
	LINK_PARTNER = 1 << 1, /* the port above or the device below */
	SAME_QUEUE = 1 << 2,
	IRQ_CPU = 1 << 3, /* a CPU that an interrupt of the device runs on */
	SAME_CPU = 1 << 4,
	SAME_NODE = 1 << 5,
	SAME_CGROUP = 1 << 6, /* or one above the other */
	SAME_TASK = 1 << 7,
	WIRE_PEER = 1 << 8, /* another host: never seen, only inferred */
	ANYWHERE = 1 << 9,  /* on this host */
};

enum need { MAY, MUST };

struct rule {
	const char *from, *to; /* a signal, or a group */
	unsigned where;
	int32_t lag_min_ms, lag_max_ms; /* from the cause's beginning to the effect's */
	enum need need;
	bool sticky;   /* the effect stays when the cause has gone */
	bool shortcut; /* what lies between has rules of its own, and is told where it was seen */
	bool tells; /* the effect is the kernel's word of the cause, spoken at that moment: an event */
	const char *kernels; /* "-6.4" up to, "6.5-" from; NULL: all */
	const char *because; /* the mechanism, in plain words */
	const char *source;
};

struct knowledge {
	const char *layer;
	const struct watch *watches;
	size_t n_watches;
	const struct derive *derives;
	size_t n_derives;
	const struct count *counts;
	size_t n_counts;
	const struct indicator *indicators;
	size_t n_indicators;
	const struct group *groups;
	size_t n_groups;
	const struct rule *rules; /* whose cause is of this layer */
	size_t n_rules;
	const char *gap; /* what of the layer this version does not read; NULL: nothing known */
	const char *elsewhere; /* what another command than check reads of it; NULL: nothing */
};

#define WATCHES(table) .watches = (table), .n_watches = sizeof(table) / sizeof(*(table))
#define DERIVES(table) .derives = (table), .n_derives = sizeof(table) / sizeof(*(table))
#define COUNTS(table) .counts = (table), .n_counts = sizeof(table) / sizeof(*(table))
#define INDICATORS(table) .indicators = (table), .n_indicators = sizeof(table) / sizeof(*(table))
#define GROUPS(table) .groups = (table), .n_groups = sizeof(table) / sizeof(*(table))
#define RULES(table) .rules = (table), .n_rules = sizeof(table) / sizeof(*(table))

extern const struct knowledge *const knowledge[LAYERS]; /* by number of layer; written by meson */
