/*
 * A file system that fails when a test wants it to: SQLite's own one with something in between. It is
 * known by its name, as writer_options.vfs; its faults are set from any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS "faults"

enum fault {
	FAULT_NONE,
	FAULT_FULL,     /* writes: SQLITE_FULL */
	FAULT_WRITE,    /* writes: SQLITE_IOERR_WRITE */
	FAULT_SHORT,    /* writes: the first half is written, then SQLITE_IOERR_WRITE */
	FAULT_SYNC,     /* fsync: SQLITE_IOERR_FSYNC */
	FAULT_TRUNCATE, /* truncate: SQLITE_IOERR_TRUNCATE */
	FAULT_READONLY, /* all that changes a file: SQLITE_READONLY */
	FAULT_READ,     /* reads: SQLITE_IOERR_READ */
	FAULT_SLOW,     /* fsync takes slow_ns */
	FAULTS,
};

struct fault_plan {
	_Atomic int fault;
	_Atomic int64_t after;     /* so many operations of the kind succeed first */
	_Atomic int64_t times;     /* then so many fail; 0: all */
	_Atomic int64_t most_size; /* writes beyond it: SQLITE_FULL; 0: no bound */
	_Atomic int64_t slow_ns;
	/* counted: */
	_Atomic uint64_t operations, failed;
};
extern struct fault_plan fault_plan;

int fault_vfs_register(void); /* 0 or SQLite's code */
void fault_begin(enum fault fault, int64_t after, int64_t times);
void fault_end(void);
