/* Rows in the order of time, put aside in a file without a name, and given back series by series. */
#pragma once

#include "base/names.h"
#include "show/export.h"

struct spool {
	FILE *file;
	struct names signals, entities, texts;
	struct signal *kinds; /* of each of `signals`; names and texts are copies */
	uint64_t n, left_out; /* left_out: not later than the row before of its series */
};

int spool_open(struct spool *s); /* 0 or -errno */
void spool_close(struct spool *s);
int spool_put(struct spool *s, const struct export_row *row); /* 0 or -errno */

/* By signal, entity and sub, then in the order of time. 0 or -errno. */
int spool_give(struct spool *s, void (*row)(void *self, const struct export_row *row), void *self);
