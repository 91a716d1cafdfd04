/*
 * The writer: a thread that takes packets from a bounded queue and keeps them in a store. The
 * sampler's side never waits and never touches the disk.
 */
#pragma once

#include <stdatomic.h>

#include "record/packet.h"
#include "record/schema.h"

struct writer;

struct writer_options {
	const char *path;
	const char *vfs; /* SQLite's name of it; NULL: the usual one */
	const char *boot_id, *host, *release;
	int64_t every_ns;
	int64_t keep_bytes; /* of the file with its WAL; 0: no bound */
	int64_t keep_ns;    /* older segments go; 0: no bound */
	int64_t segment_ns; /* 0: five minutes */
	int64_t commit_ns;  /* 0: one second */
	size_t queue_bytes; /* 0: 4 MiB */
	size_t hold_bytes;  /* what is held while the disk takes nothing; 0: 8 MiB */
	/* Called in the writer's thread where it enters and leaves a commit and a roll-over; may be NULL. */
	void (*phase)(void *self, int phase);
	void *self;
};
enum { WRITER_IDLE, WRITER_COMMITS, WRITER_ROLLS };

/* Counted by the writer's thread, read by anyone. */
struct writer_status {
	_Atomic uint64_t commits, segments, packets, bytes; /* that reached the store */
	_Atomic uint64_t failures;                          /* commits that did not */
	_Atomic uint64_t lost;             /* ticks that will never be in the store */
	_Atomic uint64_t dropped_segments; /* old ones, to keep within the bound */
	_Atomic int64_t file_bytes, held_bytes, cpu_ns;
	_Atomic int64_t committed_mono_ns; /* all ticks until then are in the store */
	_Atomic int64_t slowest_commit_ns;
	_Atomic int error;       /* of the last commit: 0 or -errno */
	_Atomic bool wants_full; /* the next packet has to be a full one */
};

/*
 * Makes or opens the store and starts the thread; the empty, valid store is there when this returns.
 * -EBUSY: another recorder has it. Else as store_connect().
 */
int writer_open(
	const struct writer_options *options, struct writer **ret, char why[static STORE_WHY]);

/*
 * False: the packet is lost and counted, because there was no room, or because one before it was
 * lost and this one is not full. Then wants_full is set.
 */
bool writer_put(struct writer *w, str packet, bool full);
const struct writer_status *writer_status(const struct writer *w);
int writer_close(struct writer *w); /* commits and rolls over what there is; 0 or the last -errno */
