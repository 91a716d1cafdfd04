/*
 * A collector turns one kernel source into rows, and owns its signals: a table, and at most a pure
 * function.
 *
 * Texts are declared, not read, by the collector: collect/run.c reads each one and calls parse().
 * So every parser is tested, fuzzed, replayed and copied by code that knows nothing about it.
 */
#pragma once

#include "collect/emit.h"
#include "host/host.h"

/* What stands behind a path. */
enum text_kind {
	FILE_TEXT, /* what the file holds */
	LINK_TEXT, /* where the link points to */
	LIST_TEXT, /* the names in the directory, one a line, directories with a slash behind */
};

struct text_source {
	const char *path; /* from the root; each '*' matches within one name and is %1, %2, ... */
	const char *who;  /* the entity it speaks about: "host", "pci:%1", "queue:%1/tx-%2" */
	enum text_kind kind;
	bool each_namespace; /* once in every network namespace (paths in proc/net) */
	bool may_be_silent;  /* a text that yields no row is normal, not damage */
	const char *layer;  /* which it speaks about; NULL: all layers of the collector's signals */
	const char *absent; /* what it means when there is none; NULL: nothing special */
	size_t most_bytes; /* only so many of a file's beginning are read: bytes, not lines; 0: all */
	int normal_error; /* an -errno that is no failure: the speed of a link that is down is -EINVAL */
	bool asks_device; /* a read may wait for an answer of the device, and not all devices answer */
};

/* How often it runs where somebody reads for ever: collect/schedule.c says why. */
enum collector_pace {
	EVERY_TICK,
	SOON, /* 2 s */
	SLOW, /* 10 s */
	RARE, /* 60 s */
	PACES,
};

struct collect; /* what a collector that reads for itself may do: collect/run.h */

struct collector {
	const char *name, *about;
	const struct signal *signals;
	size_t n_signals;
	const struct text_source *texts;
	size_t n_texts;
	/*
	 * One text to rows, no I/O. `text` numbers the row of `texts`. 0, or -EBADMSG when
	 * something in it was not understood: the rows that were still stand. Unknown lines and
	 * fields are skipped without a word.
	 */
	int (*parse)(struct emit *out, unsigned text, str from);
	/*
	 * For what is not a fixed set of texts (a tree of cgroups, tasks, netlink). It reads
	 * through collect_text() and friends, so parse() still sees every byte. NULL: all texts are
	 * read in order.
	 */
	int (*collect)(struct collect *c);
	/*
	 * False leaves a declared text of that entity alone in this tick, as if it were not there:
	 * a read that would wake what sleeps. It may look at what earlier texts of this tick said.
	 * NULL: all are read.
	 */
	bool (*may_read)(const struct emit *out, unsigned text, uint32_t who);
	enum collector_pace pace;
	/*
	 * A read may never come back: the device does not answer, or somebody holds it. A recorder has
	 * such collectors in a process of their own where there is what their texts ask (asks_device).
	 */
	bool may_hang;
	bool with_former; /* not in a tick in which the collector before it in the list does not run */
	unsigned
		fast; /* its place among those that are read between full ticks too; 0: it is not */
	size_t state_size; /* zeroed, kept from tick to tick, in emit.state */
};

#define SIGNALS(table) .signals = (table), .n_signals = sizeof(table) / sizeof(*(table))
#define TEXTS(table) .texts = (table), .n_texts = sizeof(table) / sizeof(*(table))

extern const struct collector
	*const collectors[]; /* written by meson from the list in collect/meson.build */
extern const size_t n_collectors;
