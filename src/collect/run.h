/*
 * The runner reads what collectors declare, in order; it times each one and slows what costs too
 * much.
 */
#pragma once

#include "collect/collector.h"

struct run_options {
	int64_t budget_ns; /* a collector may take of a tick, on the average, before it is slowed; 0: 20 ms */
	const char
		*withhold; /* a collector that reads nothing, as if it were forbidden; NULL: none */
	bool once; /* files are not kept open for the next tick: for who asks once or twice */
	bool scheduled; /* for who reads for ever: each collector at its own pace, not all in every tick */
	/* Called before each place is read, for who is asked where it stands; may be NULL. */
	void (*reads)(void *self, const char *collector, const char *path);
	void *self;
};

struct run;

/* The session's catalog gets the collectors' signals. 0 or -ENOMEM. */
int run_open(struct host *host, struct session *session, const struct collector *const *list,
	size_t n, const struct run_options *options, struct run **ret);
struct run *run_close(struct run *run); /* returns NULL */

/*
 * Signals and sources of collectors that somebody else runs; after run_open(), so that the sources of
 * what is run come first. The session's sources from the returned number on are theirs.
 */
unsigned run_declare(struct session *session, const struct collector *const *list, size_t n);

/*
 * One tick: read all that is due, and leave what changed in the frame. 0, or -ENOENT when nothing
 * could be read.
 */
int run_tick(struct run *run, struct frame *ret);

/*
 * A fast tick: only collectors that are meant for it and cost little, FAST_CELLS values in all; no
 * scan, no rows about faultline itself. 0, or -ENOENT when there are none: a full tick comes first.
 */
int run_fast(struct run *run, struct frame *ret);

/* Would fast ticks so often take no more than that share of a CPU? From what was measured. */
bool run_can_be_fast(const struct run *run, int64_t every_ns, double share);

/* Devices came or went: the next full tick looks for places again, and reads everything. */
void run_rescan(struct run *run);

enum fastness {
	NOT_FAST,
	IS_FAST,       /* read in fast ticks */
	FAST_LEFT_OUT, /* it would be, and has too many cells or costs too much */
};

/* What one collector cost and how its texts fared, since the run was opened. */
struct run_cost {
	const struct collector *collector;
	uint64_t ticks, skipped, reads, failed, bytes, rows, not_understood;
	int64_t last_ns, total_ns, worst_ns;
	unsigned every;      /* it runs in every n-th tick: 1 unless it was slowed */
	int64_t interval_ns; /* it runs so often by its pace; 0: in every full tick */
	enum fastness fast;
	int status; /* 0, or the -errno of the first text that could not be read at all */
};
size_t run_costs(const struct run *run, const struct run_cost **ret);

unsigned run_sources(const struct run *run); /* how many texts there are */

/* ---- for collectors that read for themselves ---- */

struct emit *collect_emit(struct collect *c);
struct host *collect_host(struct collect *c);
bool collect_is_scheduled(const struct collect *c);

/* Read all texts that are declared, as a collector without collect() has it. */
int collect_declared(struct collect *c);
int collect_declared_one(struct collect *c, unsigned text);

/*
 * Read one text at a path of the collector's own choice and parse it as text number `text`, about
 * `who`. 0, or what went wrong; a failure is recorded about `who` unless it is ENOENT or ESRCH and
 * `may_vanish`.
 */
int collect_text(struct collect *c, unsigned text, uint32_t who, const char *path, bool may_vanish);
int collect_list(struct collect *c, const char *dir, str *ret);

/*
 * Netlink: the reply is parsed as text number `text`. -errno, not recorded, when it could not be
 * had.
 */
int collect_ask(struct collect *c, unsigned text, unsigned ns, const struct host_question *q);
unsigned collect_namespaces(struct collect *c);

/* What the absence of a text means on this host, where its table cannot know; a static text. */
void collect_absent(struct collect *c, unsigned text, const char *why);
void collect_failure(struct collect *c, unsigned text, uint32_t who, int error);

/*
 * This text was not needed in this tick, because another one said the same: it is not reported as
 * absent.
 */
void collect_spare(struct collect *c, unsigned text);
