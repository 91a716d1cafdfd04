/* A corpus is a directory of cases; a case is a directory with label.json and a recording. */
#pragma once

#include "score/label.h"

enum corpus_packing {
	NOT_PACKED,   /* recording.store, or recording, the directory of a tape */
	PACKED_STORE, /* recording.store.xz */
	PACKED_TAPE,  /* recording.tar.xz */
};

struct corpus_case {
	const char *name;
	const char *recording; /* its path; NULL: none */
	enum corpus_packing packing;
	struct label label;
};

struct corpus {
	const char *dir;
	struct corpus_case *cases; /* by name */
	size_t n_cases;
};

enum { CORPUS_CASES = 4096 };

/*
 * All cases of the directory, or `only` that one, with their labels. 0, or -EBADMSG and in
 * *ret_problem the line for the person: nothing is left out in silence.
 */
int corpus_read(const char *dir, const char *only, struct arena *arena, struct corpus *ret,
	const char **ret_problem);
