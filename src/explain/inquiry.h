/* What the parts of an explanation share; only src/explain includes this. */
#pragma once

#include "explain/explain.h"

enum {
	PLACE_DEVICES = 12,
	PLACE_CPUS = 64,
	GROUP_SIGNALS = 24,
	RULES_MOST = 512,
	EDGES_MOST = 1 << 15,
	ROOTS_MOST = 4,
};

/* Where something is: all that it is a view of, as entities. */
struct places {
	uint32_t devices[PLACE_DEVICES]; /* PCI functions, interfaces, RDMA devices */
	uint32_t above[PLACE_DEVICES];   /* ports above these */
	uint32_t cpus[PLACE_CPUS];       /* it is on these */
	uint32_t irq_cpus[PLACE_CPUS];   /* interrupts of its devices run on these */
	uint32_t numa[PLACE_DEVICES];
	unsigned n_devices, n_above, n_cpus, n_irq_cpus, n_numa;
	uint32_t queue, cgroup, task; /* or ENTITY_NONE */
};

struct linked_rule {
	const struct rule *rule;
	uint16_t from[GROUP_SIGNALS], to[GROUP_SIGNALS];
	unsigned n_from, n_to;
	bool from_wire; /* its cause is another host */
};

/* Node `to` began as rule `rule` says it does after `from`. */
struct edge {
	uint32_t from, to;
	uint16_t rule;
	uint32_t next_out, next_in; /* edge + 1 */
};

/* One onset, seen as part of the case. */
struct suspect {
	const struct onset *onset;
	struct places places;
	uint32_t out, in;      /* edge + 1 */
	bool too_small;        /* it would reach a symptom, were it larger */
	uint32_t explained_by; /* root + 1 */
	uint64_t *leads_to;    /* one bit a suspect; NULL: nobody asked yet */
};

/* What one suspect would explain, were it the root. */
struct hypothesis {
	uint32_t suspect;
	double score_db;
	bool *reached; /* of each suspect */
	uint32_t *via; /* of each suspect: edge + 1 by which it was reached */
	unsigned n_symptoms, n_layers;
	unsigned must_missing; /* effects that must follow, were read, and did not */
	unsigned flat;         /* effects that may follow, were read, and did not */
	bool sticky;           /* some effect may stay when it has gone */
};

struct inquiry {
	const struct tape *tape;
	const struct onsets *onsets;
	const struct knowledge *const *known;
	struct arena *a;
	struct report *report;
	struct linked_rule *rules;
	unsigned n_rules;
	struct suspect *suspects;
	uint32_t n;
	struct edge *edges;
	uint32_t n_edges;
	/* relations, indexed: of each entity the first that leaves it and that leads to it, + 1 */
	uint32_t *leaving, *leading, *next_leaving, *next_leading, n_entities;
	double seconds; /* of the tape */
};

/* places.c */
int relations_index(struct inquiry *q);
void places_of(const struct inquiry *q, const struct signal *signal, uint32_t who, unsigned sub,
	struct moment when, struct places *ret);
bool places_meet(const struct inquiry *q, const struct places *from, const struct places *to,
	unsigned where);

/* rules.c */
int rules_link(struct inquiry *q);
bool rule_is_from(const struct linked_rule *r, uint16_t sig);
bool rule_is_to(const struct linked_rule *r, uint16_t sig);

/* sharpen.c */
void moments_sharpen(struct inquiry
		*q); /* of onsets that the kernel itself told of; before suspects are found */

/* edges.c */
int edges_find(struct inquiry *q);
double seconds(int64_t later, int64_t earlier);
/* How much later the effect began; from -inf to inf when nobody can tell. */
void lag_of(const struct onset *from, const struct onset *to, double *ret_min_s, double *ret_max_s);
double again_s(
	const struct inquiry *q, const struct onset *cause); /* how long it went on happening */
bool effect_was_watched(const struct inquiry *q, const struct suspect *cause,
	const struct linked_rule *r); /* some signal of `to` was read where it would show */

/* hypothesis.c */
bool is_symptom(const struct onset *o);      /* something that is felt */
bool is_hard_symptom(const struct onset *o); /* and that cannot just be an end of work */
bool may_come_by_wire(const struct inquiry *q, uint16_t sig);
bool explains(const struct inquiry *q, uint32_t root, uint32_t symptom);
bool may_be_root(struct inquiry *q, uint32_t suspect);
int hypothesis_make(struct inquiry *q, uint32_t suspect, struct hypothesis *ret);

/* verdict.c */
int verdict_find(struct inquiry *q);

/* ruled_out.c */
int rule_outs_find(struct inquiry *q);

/* unchecked.c */
int unchecked_find(struct inquiry *q);
const char *unread_reason(const struct inquiry *q, uint16_t sig); /* NULL: some of it was read */
bool is_heard(const struct inquiry *q,
	uint16_t sig); /* what a listener tells: it may not have been there, though the log was */
bool is_open_question(const struct inquiry *q, uint16_t sig); /* it may exist and was not read */

double log_ratio_db(double a, double b);
