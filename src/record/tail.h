/* The tails of a segment: what each commit brought of it, one row behind the other. */
#pragma once

#include "record/statement.h"

int tail_write(struct statements *k, int64_t segment, str packets); /* 0 or -errno */

struct tails {
	struct statement rows;
	int64_t next; /* what has to be the number of the next one; 0: it is the first */
	size_t bytes; /* so far */
	bool broken;  /* it ended where a tail is damaged or lost */
};
int tails_open(sqlite3 *db, int64_t segment, struct tails *ret); /* 0 or -errno */
void tails_close(struct tails *t);                               /* also where it did not open */

/*
 * 1: the packets of the next one, valid until the next call; 0: the end; -EBADMSG and `broken`: from
 * here on nothing can be read; else as SQLite said.
 */
int tails_next(struct tails *t, str *ret);
