/*
 * What the scorer wants to know of an answer of explain. It is read from the JSON that users get,
 * so that another version of faultline, or another tool, is scored alike.
 */
#pragma once

#include "base/arena.h"
#include "model/event.h"
#include "model/report.h"
#include "score/coordinate.h"

struct answer_node {
	struct coordinate at;
	struct moment began; /* from INT64_MIN to INT64_MAX: not said */
};

struct answer_link {
	struct answer_node from, to;
	bool on_path; /* on the path that is printed; not said: it is */
};

struct answer_out {
	struct coordinate at; /* entity "*": said of all */
	enum rule_out reason;
};

struct answer {
	enum conclusion verdict;
	double span_s;    /* how long the window was; 0: not said */
	enum stamp clock; /* of the window's beginning; NO_STAMP: not said */
	int64_t from_ns;
	const struct answer_node *candidates; /* roots, then alternatives, the best first */
	size_t n_roots, n_candidates;
	const struct answer_link *links;
	size_t n_links;
	const struct answer_node *symptoms;
	size_t n_symptoms;
	const struct answer_out *outs;
	size_t n_outs;
	const struct coordinate *unchecked;
	size_t n_unchecked;
};

/*
 * Read an answer from a file, or from a text that is called `name`. 0, or -EBADMSG and in
 * *ret_problem the line for the person. What is not known here is left aside.
 */
int answer_load(
	const char *path, struct arena *arena, struct answer *ret, const char **ret_problem);
int answer_parse(str text, const char *name, struct arena *arena, struct answer *ret,
	const char **ret_problem);
