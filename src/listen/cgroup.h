/* Event files of control groups: what is pure of them. */
#pragma once

#include "base/str.h"
#include "model/event.h"

/* The files that are followed. What a group has depends on its controllers and the kernel. */
enum group_file { MEMORY_EVENTS, PIDS_EVENTS, GROUP_EVENTS, GROUP_FILES };

/* One key of one file: "oom_kill 3". A row of the listener's signals each. */
struct group_key {
	enum group_file file;
	const char *key;
	bool is_state; /* 0 or 1; otherwise it only grows */
	bool is_often; /* may come a hundred times a second: told once a second, with all that came */
	enum event_severity severity;
};
enum { GROUP_KEYS = 10 };
extern const struct group_key group_keys[GROUP_KEYS];

/* What a file said last, key by key; of a key that it did not have, nothing is known. */
struct group_values {
	uint64_t value[GROUP_KEYS];
	uint32_t known; /* a bit for each key */
};

/*
 * Read the text of a file: the keys of `file` that are there; the others stay as they are. A line
 * that does not parse, or was cut, loses its key. 0, or -EBADMSG: not a single one.
 */
int group_values_read(enum group_file file, str text, struct group_values *values);

/*
 * What happened between two readings, for one key: 0, nothing or not known; else by how much it grew,
 * and for a state 1.
 */
uint64_t group_key_grown(
	unsigned key, const struct group_values *before, const struct group_values *after);
