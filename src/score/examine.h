/* Examining: a case is put to whoever answers, also with less to see and bit by bit. */
#pragma once

#include <stdio.h>

#include "score/mark.h"
#include "score/recording.h"

struct question {
	const char *dir;  /* the recording */
	int without;      /* number of the source that is taken away; -1: none */
	int64_t every_ns; /* readings closer to each other are left out; 0: all */
	int64_t until_ns; /* what is later is left out; 0: all */
	enum stamp clock; /* of until_ns */
};

struct answerer {
	/* Writes the JSON of explain. False, and said why, when the recording cannot be read. */
	bool (*ask)(const struct question *question, FILE *json);
	const char *(*source)(int number);              /* what can be taken away; NULL: no more */
	bool (*gives)(int source, const char *pattern); /* the source has a signal that fits */
};

struct examination {
	const struct answerer *answerer; /* or, when NULL, */
	const char *answers;             /* ... the directory that holds NAME.json */
	bool degrade, time;
};

enum { EXAMINE_VARIANTS = 128, EXAMINE_SECONDS = 60 };

/*
 * Ask and mark. The marks live in `arena`. 0; -EBADMSG and a line for the person, NULL when it was
 * said already; -EINTR: a signal came.
 */
int examine_case(const struct examination *e, const struct corpus_case *c, struct arena *arena,
	struct mark *ret, const char **ret_problem);
