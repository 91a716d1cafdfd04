/*
 * The sampler: one loop that reads the machine tick by tick, hears what it says by itself, and hands
 * both to the writer and to whoever follows. It never touches the disk.
 */
#pragma once

#include "collect/collector.h"
#include "record/writer.h"

struct sampler_options {
	struct host *host;
	const struct collector *const *collectors;
	size_t n_collectors;
	const char *root;  /* of the host: as of --root; NULL: the live machine */
	const char *store; /* its path: the socket stands beside it */
	int64_t every_ns, fast_ns,
		for_ns;      /* fast_ns 0: no fast ticks; for_ns 0: until a signal comes */
	double cpu_share;    /* of one CPU */
	int64_t patience_ns; /* with a source that does not answer */
	bool verbs_events;   /* hold RDMA devices open, to hear their own events */
};

/* Until a signal or the end of its time. The caller has blocked the signals. False, and said: it could not begin. */
bool sampler_run(const struct sampler_options *options, struct writer *writer);

void sampler_block_signals(void); /* before any thread is started */
