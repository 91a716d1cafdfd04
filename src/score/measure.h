/*
 * The measures of the contract. Each is a tally (so many good of so many) that cases add to; real,
 * synthetic and healthy cases are never added up. A case whose symptom did not move is void: it
 * counts only when the answer names a wrong root, and then as wrong.
 */
#pragma once

#include "score/label.h"

enum measure_id {
	/* Faulty cases whose first root is one of the label's. A root that is not decidable (unread,
	 * or the label says so) and was left undetermined does not count. */
	ROOT_TOP1,
	ROOT_TOP3,   /* one of the first three candidates is: roots, then alternatives */
	ROOT_ENTITY, /* the first root's entity is one of the label's */
	VERDICT,     /* the verdict is one that the label allows */
	/* Of all cases with a verdict other than no_fault, those that were faulty: false alarms are
	 * those of all healthy cases. */
	DETECTION_PRECISION,
	DETECTION_RECALL, /* faulty cases with a verdict other than no_fault */
	HEALTHY_QUIET, /* healthy cases without a root and with a verdict that the label allows */
	ROOTS_PER_DAY, /* roots named in healthy cases, a day */
	/*
	 * 2 found / (2 found + false + not found), over all edges of all cases. Found: the label's
	 * edges for which the answer leads from a member of the cause's node to one of the effect's,
	 * straight or by up to four steps that the label does not know or has in between: a finer
	 * answer tells the same edge. False: links that lead from a later node to an earlier one, and
	 * each thing on the answer's path that belongs to neither chain, root nor symptom of the
	 * label. Links inside one node, and from a node to one further down, are neither. As a tally: found
	 * of found + (false + not found) / 2; its interval is an approximation.
	 */
	CHAIN_F1,
	/*
	 * The label's edges of which the answer saw both ends, at times that do not overlap: those
	 * whose cause came first, and which the answer does not link the other way round.
	 */
	ORDER,
	/*
	 * Ruled-out items of faulty cases which the label does not contradict. It contradicts when the
	 * item belongs to its root or to a node of its chain that an edge must reach, the answer uses no other member of that node, and the
	 * reason is not "consequence"; a root is no consequence either while the first root is wrong.
	 */
	RULE_OUT_PRECISION,
	RULE_OUT_COVERAGE, /* decoys that were ruled out with a right reason */
	/*
	 * Missing sources that the answer says it did not check and does not rule out; and, where no
	 * acceptable root could be read, answers that are undetermined, possible, or right.
	 */
	HONESTY,
	CONFIRMED_RIGHT, /* confirmed verdicts, and how many had the right root */
	LIKELY_RIGHT,
	TIME_TO_LIKELY, /* from the injection to the first right likely or confirmed; median */
	/* Variants with one source removed or sampled every 10 s: no wrong root is confirmed. */
	DEGRADED_SOUND,
	DEGRADED_TOP1, /* root still right, of those right before whose root was not removed */
	SAMPLED_TOP1,  /* the same for sampling every 10 s */
	MEASURES,
};

enum figure_kind { A_SHARE, A_RATE, A_TIME };

struct measure {
	const char *name, *about;
	enum figure_kind kind;
};
extern const struct measure measures[MEASURES];
int measure_find(str name); /* -1: there is none */

struct tally {
	double good, all; /* ROOTS_PER_DAY: roots, days */
};

enum root_mark { ROOT_RIGHT, ROOT_IN_TOP3, ROOT_WRONG, ROOT_NONE, ROOT_MARKS };
extern const char *const root_mark_names[ROOT_MARKS];

struct variant {
	const char *name;
	enum conclusion verdict;
	enum root_mark root;
};

enum { MARK_REMARKS = 64 };

/* What one case adds, and what the table shows of it. */
struct mark {
	const char *name;
	enum kind_of_case kind;
	bool is_void;
	enum conclusion verdict;
	enum root_mark root;
	bool entity_right;
	unsigned edges_found, edges_expected, edges_false, decoys_out, decoys;
	struct tally tallies[MEASURES];
	double likely_s;  /* time to the first right likely; -1: not looked for, INFINITY: never */
	double explain_s; /* -1: the answer came from a file */
	const char **remarks; /* what went wrong, for the person */
	size_t n_remarks;
	struct variant *variants;
	size_t n_variants;
};

struct figure {
	bool known; /* something was counted */
	struct tally tally;
	double value, low, high; /* A_TIME: median, none, the 95th of 100 */
};
struct figure measure_figure(
	const struct mark *marks, size_t n, enum kind_of_case kind, enum measure_id id);

/* "root_top1>=0.95", "real.chain_f1>=0.9", "roots_per_day<=0.1". */
struct requirement {
	const char *text;
	int kind; /* -1: every kind that has it */
	enum measure_id id;
	bool at_most;
	double limit;
};
int requirement_read(const char *text, struct requirement *ret); /* 0 or -EBADMSG */

/* Met where it was measured; what was measured nowhere is not met. */
bool requirement_met(const struct requirement *r, const struct mark *marks, size_t n);
