/*
 * What a parser understood of a message: which event, about whom, in words. Parsers see bytes and
 * give notices; they do no I/O, so that tests and fuzzers can feed them anything.
 */
#pragma once

#include "model/event.h"

struct notice {
	unsigned row; /* of the listener's signals */
	enum event_severity severity;
	enum scope scope;
	uint32_t count; /* how often; 0 is 1 */
	str name;       /* of the entity, what follows the colon */
	str text;
};

struct notices {
	void (*give)(void *self, const struct notice *n); /* texts are valid during the call */
	void *self;
	bool rescan; /* set: things came or went */
};

enum { NOTICE_TEXT = 512 };
void notice_say(struct notices *out, const struct notice *n, const char *format, ...)
	__attribute__((
		format(printf, 3, 4))); /* n without its text, which is cut where it is too long */

/* For the listener around a parser: each notice becomes an event, about an entity of this namespace. */
struct listening;
struct hearing {
	struct listening *listening;
	const char *ns;        /* "" is the own one */
	int64_t arrival_lo_ns; /* 0: as with any event */
};
struct notices hearing_notices(struct hearing *h);

/*
 * Take one message after the other from a netlink socket: those of the kernel, whole ones, go to
 * `take`. 0; -ENOBUFS: some were lost, and the rest is read; -errno: the socket is of no use any more.
 */
int hear_netlink(int fd, void (*take)(void *self, str message), void *self);
