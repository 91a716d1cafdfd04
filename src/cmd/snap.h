/* What the two kinds of snap share: one reading, or a tape of them. */
#pragma once

#include "cmd/pace.h"

/* Read `host` once, close it and leave its rows in dir/rows.tsv. */
int snap_rows(struct host *host, const char *dir);

/* Read what no row comes of, and check needs all the same. */
void snap_read_for_check(struct watching *w);

/*
 * Record into `work` and make it `dir` at the end. What was recorded is kept whatever happens, but
 * for a tape without a single tick. Says what went wrong; the exit code.
 */
int snap_tape(struct pace *pace, const char *work, const char *dir);
