/* The health of a host: what each layer says, with the evidence. The answer of `check`. */
#pragma once

#include "model/knowledge.h"
#include "model/session.h"

enum verdict {
	NO,    /* seen, and nothing wrong */
	YES,   /* something is wrong */
	BLIND, /* not seen; unknown is not healthy */
	VERDICTS,
};
extern const char *const verdict_names[VERDICTS];

struct finding {
	const struct watch *watch;
	const struct signal *signal;
	uint32_t who;
	unsigned sub;
	enum severity severity;
	int64_t raw;      /* the value as it was read */
	bool has_reading; /* false for texts and for history */
	double reading, threshold;
	const char *siblings; /* "others 1.0 % 0.3 %", or NULL */
};

/* A reading that is shown although nothing is wrong with it. */
struct derived {
	const struct derive *derive;
	const struct signal *of;
	uint32_t who;
	unsigned sub;
	double reading;
	bool since_boot;
	const double *siblings;
	unsigned n_siblings;
	double median; /* of the siblings */
};

/* A source that could not be seen, and why. */
struct unseen {
	const char *path, *collector;
	uint32_t who; /* ENTITY_NONE: all of it */
	int error;
	const char *why; /* NULL: the reason of the error is all there is */
};

/* What a device said of an entity when it was asked; shown under the first finding about it. */
struct detail {
	uint32_t who;
	const char *about; /* "diagnosis" */
	const char *const *lines;
	unsigned n;
	uint64_t more; /* lines that were left out */
};

struct layer_health {
	enum verdict verdict;
	const char *reason; /* one line: what was seen, or why nothing could be */
	const struct finding *findings;
	size_t n_findings;
	const struct finding *history;
	size_t n_history;
	const struct derived *derived;
	size_t n_derived;
	const struct unseen *unseen;
	size_t n_unseen;
	unsigned watches, judged,
		waiting;       /* there are; could judge something; could if there were a window */
	const char *gap;       /* what this version does not read; NULL: nothing known */
	const char *elsewhere; /* what another command reads of the layer; NULL: nothing */
};

struct health {
	struct layer_health layers[LAYERS];
	unsigned n_warning, n_critical, n_blind;
	const struct detail *details;
	unsigned n_details;
	double window_s;  /* 0: one reading */
	uint64_t dropped; /* findings over the limit */
};

enum { HEALTH_FINDINGS = 256 }; /* a layer, findings and history each */
