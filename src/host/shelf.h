/*
 * A shelf holds the present text of everything that was read, by kind and path: what a recording
 * compares with, and what a replay serves from.
 */
#pragma once

#include "base/names.h"

/* What was asked for. The first letter of a key; they stand in recordings and never change. */
enum shelf_kind {
	SHELF_FILE = 'r',
	SHELF_LINK = 'l',
	SHELF_LIST = 'd',
	SHELF_ASK = 'a',
	SHELF_NAMESPACES = 'n', /* how many were not seen, then the names, one a line */
	SHELF_LOG = 'k', /* the records of the kernel's log that came since the tick before */
};

struct shelved {
	char *bytes; /* n of them, and a NUL */
	size_t n, cap;
	int error;     /* or why it could not be read */
	bool there;    /* false: not read (any more) */
	uint32_t tick; /* of the reader's own counting: the last in which it was read */
};

struct shelf {
	struct names keys; /* key i is that of item i */
	struct shelved *items;
	uint32_t cap;
};

enum { SHELF_KEYS = 1 << 20 };

int shelf_open(struct shelf *shelf); /* 0 or -ENOMEM */
void shelf_close(struct shelf *shelf);

uint32_t shelf_add(struct shelf *shelf, str key); /* its number; NAMES_NONE when full */
uint32_t shelf_find(const struct shelf *shelf, enum shelf_kind kind, const char *path);
enum shelf_kind shelf_kind_of(const struct shelf *shelf, uint32_t id);

/* A key as it is looked up; too long a path gives one that is never found. */
enum { SHELF_KEY = 4400 };
str shelf_spell(enum shelf_kind kind, const char *path, char out[static SHELF_KEY]);

void shelved_put(struct shelved *item, str text); /* text may be part of what is there */
void shelved_fail(struct shelved *item, int error);
void shelved_drop(struct shelved *item); /* not there any more; its memory is given back */

/* 0 and a copy in the arena, or the error; -ENOENT when it is not there. */
int shelved_take(const struct shelved *item, struct arena *a, str *ret);
