/* devlink's formatted messages (diagnoses and dumps of health reporters) to lines of names and values. */
#pragma once

#include "base/arena.h"

enum { FMSG_LINES = 64, FMSG_LINE = 160 };

struct fmsg {
	const char *lines[FMSG_LINES]; /* "rings[3].state: 1", printable, cut at FMSG_LINE */
	unsigned n;
	uint64_t more; /* lines that were left out */
};

/*
 * All messages of a reply. The lines live in the arena. 0, or -EBADMSG: it is cut, or nests too deep: the
 * lines before that stand.
 */
int fmsg_read(str reply, struct arena *a, struct fmsg *ret);
