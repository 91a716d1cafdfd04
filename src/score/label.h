/*
 * A label says what really happened in a recording. It is written and committed before explain
 * first runs on it, and it is never bent to an answer. docs/schema/label.json describes the file.
 */
#pragma once

#include "base/arena.h"
#include "model/event.h"
#include "model/report.h"
#include "score/coordinate.h"

enum kind_of_case { CASE_REAL, CASE_SYNTHETIC, CASE_HEALTHY, CASE_KINDS };
extern const char *const case_kind_names[CASE_KINDS];

/* An edge of the chain that has to be found; nodes by their place in the chain, cause < effect. */
struct edge {
	size_t cause, effect;
};

struct decoy {
	struct coordinate at;
	unsigned reasons; /* bits of enum rule_out */
};

struct label {
	const char *name, *kernel;
	enum kind_of_case kind;
	enum stamp clock; /* of the two times; NO_STAMP: healthy */
	int64_t injected_ns;
	bool recovered; /* recovered_ns is known */
	int64_t recovered_ns;
	struct coordinates symptom, root;
	const struct coordinates *chain; /* causes first; any member stands for its node */
	size_t n_chain;
	const struct edge *edges;
	size_t n_edges;
	const struct decoy *decoys;
	size_t n_decoys;
	const char *const *missing; /* signals that could not be read, as patterns */
	size_t n_missing;
	bool moved;
	unsigned verdicts; /* bits of enum conclusion: these are right */
};

enum { LABEL_NODES = 32, LABEL_ITEMS = 256 };

/*
 * The label in a file of a case's directory `name`. 0, or -EBADMSG and in *ret_problem the line for
 * the person: file, place, remedy.
 */
int label_read(const char *path, const char *name, struct arena *arena, struct label *ret,
	const char **ret_problem);

/* Nothing to find, and nothing wrong: its symptom did not move, and it is not meant to be latent. */
bool label_is_void(const struct label *label);

/* None of the acceptable roots could be read: who names one all the same guesses. */
bool label_is_root_unread(const struct label *label);
