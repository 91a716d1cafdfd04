/* The recording of a case: unpacked where it is packed, and gone again afterwards. */
#pragma once

#include "score/corpus.h"

struct recording {
	const char *path;    /* the store, or the directory of the tape */
	const char *scratch; /* a directory of ours, or NULL */
};

/*
 * SIGINT, SIGTERM and SIGHUP are only noted from here on, so that what was unpacked can be removed;
 * recording_unguard() lets them do what they would have done.
 */
void recording_guard(void);
bool recording_interrupted(void);
void recording_unguard(void);

/* 0; -EBADMSG and a line for the person; -EINTR: a signal came, nothing is left behind. */
int recording_open(const struct corpus_case *c, struct arena *arena, struct recording *ret,
	const char **ret_problem);
void recording_close(struct recording *r);
