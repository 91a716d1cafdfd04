/* Parsers that many sources share. The signal's key says which line or file it is. */
#pragma once

#include "collect/collector.h"

/*
 * Lines "key value" or "key: value kB": /proc/vmstat, meminfo, cgroup files. Values that are no
 * number are -EBADMSG.
 */
int parse_keyed(struct emit *out, unsigned text, str from);

/*
 * A file that holds one value; its name is the key. A signal of unit TEXT takes the trimmed text.
 */
int parse_one_value(struct emit *out, unsigned text, str from);

/*
 * "0-3,8" to each CPU; false at the end, and where it is no list: then some of it is left in
 * `rest`.
 */
struct cpu_list {
	str rest;
	uint64_t next, last;
	bool open;
};
bool cpu_list_next(struct cpu_list *list, unsigned *ret);
