/* The door between the runner and the host, as a test puts it in place: it records all, and damages
 * one text. */
#pragma once

#include "base/names.h"

enum { RECORDS = 1 << 16 };

struct record {
	char op; /* Read, Link, Directory, Ask */
	int error;
	str text;
};
extern struct record records[RECORDS];
extern struct names
	keys; /* "R0/proc/stat": operation, namespace, path; its number is that of the record */

struct damage {
	uint32_t record; /* which is damaged; NAMES_NONE: none */
	int error;
	str text;
	unsigned served, reads; /* how often it was asked for, and all together */
};
extern struct damage damage;

int door_open(void);
void door_close(void);
