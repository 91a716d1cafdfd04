/* What the runner and its reading of texts share; for collect/run.c and collect/read.c only. */
#pragma once

#include "collect/run.h"
#include "collect/scan.h"
#include "collect/schedule.h"
#include "collect/self.h"

/* One text of one collector, and how it fared in this tick. */
struct text_run {
	const struct text_source *text;
	struct sought *sought; /* where it is */
	uint32_t files, failed;
	int error;
	bool spare; /* another text stood in for it in this tick */
	int64_t begin_ns, end_ns;
};

struct collector_run {
	const struct collector *collector;
	struct emit emit;
	struct key_filter filter;
	uint16_t first_source;
	struct run_cost *cost;
	uint32_t ran; /* the last tick in which it did */
};

struct run {
	struct host *host;
	struct session *session;
	struct collector_run *items;
	struct run_cost *costs;
	size_t n;
	struct text_run *texts;
	struct sought *sought;
	unsigned n_texts;
	struct arena states, scratch;
	unsigned kept_files, most_kept;
	struct scan scan;
	struct schedule schedule;
	int64_t fast_ns; /* what the last fast tick took; 0: there was none */
	int64_t budget_ns;
	const char *withhold;
	void (*reads)(void *self, const char *collector, const char *path); /* may be NULL */
	void *reads_self;
	struct host_clock clock; /* of the tick */
	struct self self;
};

struct collect {
	struct run *run;
	struct collector_run *item;
	struct frame *frame;
};

static inline struct text_run *text_of(const struct collect *c, unsigned text)
{
	return &c->run->texts[c->item->first_source + text];
}

/* Around one run of a collector: its texts have not been read yet; each said how it fared. */
void begin_texts(struct collect *c);
void end_texts(struct collect *c);
