/*
 * A store that is being built out of others: a single file without a log, under another name until it
 * is whole and on the disk. Whatever happens before, nothing stands under its name.
 */
#pragma once

#include <signal.h>

#include "base/str.h"
#include "record/schema.h"

struct build {
	const char *path;
	char *partial; /* own_alloc */
	sqlite3 *db;
	const volatile sig_atomic_t *stop; /* not 0: somebody wants it to end; may be NULL */
};

/* 0; -EEXIST: something stands there; else -errno. `why` gets the words. On failure nothing is left. */
int build_open(const char *path, const volatile sig_atomic_t *stop, struct build *ret,
	char why[static STORE_WHY]);
int build_schema(struct build *b); /* the tables, empty */
bool build_is_stopped(const struct build *b);

/*
 * All rows of `table` whose `key` is `was`, with `is` in its place. Rows of `owned` tables get
 * numbers of their own. A row whose primary key is there already has to be the same: -EUCLEAN.
 */
int build_rows(struct build *b, sqlite3 *from, const char *table, const char *key, int64_t was,
	int64_t is, bool owned);
int build_era(struct build *b, sqlite3 *from, int64_t was, int64_t is); /* with its dictionary */
/* With all that is in it. */
int build_segment(struct build *b, sqlite3 *from, int64_t was, int64_t is, int64_t era);

/*
 * Either ends it: finished it is on the disk under its name, abandoned there is nothing. `why` gets
 * the words of what failed until now.
 */
int build_finish(struct build *b, char why[static STORE_WHY]);
void build_abandon(struct build *b, int error, char why[static STORE_WHY]);
