/*
 * A walk finds the paths that a pattern with stars matches: "sys/bus/pci/devices/\*\/config" and
 * the like.
 */
#pragma once

#include "collect/emit.h"
#include "host/host.h"

struct place {
	const char *path;
	str match[EMIT_MATCHES];
	unsigned ns;
	uint32_t who; /* for the caller */
	int fd;       /* for the caller; -1 at first */
	bool absent;  /* it was not there when it was tried last, since the scan */
};

enum { WALK_PLACES = 16384 }; /* of one pattern; what is over it is counted */

struct places {
	struct place *items;
	uint32_t n, cap;
	uint64_t dropped;
	int error; /* of the first directory that could not be listed, an absent one only if no other; 0 if all were */
};

/* Many patterns go through the same directories: each is listed once in the life of a cache. */
struct walk_cache {
	struct host *host;
	struct arena *scratch; /* the lists live here */
	struct names dirs;
	struct listed {
		int error;
		str names;
	} * lists;
	uint32_t n_lists;
};

int walk_cache_open(
	struct walk_cache *cache, struct host *host, struct arena *scratch); /* 0 or -ENOMEM */
void walk_cache_close(struct walk_cache *cache);

/*
 * All matches, in sorted order. The places and their texts live in `keep`; the pattern must outlive
 * them.
 */
void walk(struct walk_cache *cache, const char *pattern, unsigned ns, struct arena *keep,
	struct places *ret);

/*
 * "queue:%1/tx-%2" with what the stars matched, in the namespace `ns`; ENTITY_NONE when it is too
 * long.
 */
uint32_t place_entity(
	struct session *session, const char *ns, const char *template, const struct place *place);

/*
 * Close the files that are open and forget the places (their memory is the arena's); how many files
 * were closed.
 */
unsigned places_close(struct places *ps);

/*
 * The new places take the open files of those that were there before; the rest of the old ones is
 * closed.
 */
unsigned places_inherit(struct places *old, struct places *new);
