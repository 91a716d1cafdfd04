/*
 * A child reads what may hang, in a process of its own: this program again, with nothing of ours but
 * a socket and a page of memory. It is asked with a byte and answers with a packet. Nobody waits for
 * it longer than the begin of a tick's own work; one that does not answer is given up after a while.
 */
#pragma once

#include <sys/types.h>

#include "collect/collector.h"
#include "host/pack.h"
#include "record/own.h"

/* What it is asked for. */
enum child_request {
	CHILD_FAST = 1,   /* a fast tick, else a full one */
	CHILD_WHOLE = 2,  /* begin anew, and say everything */
	CHILD_RESCAN = 4, /* devices came or went */
};

/* The page: where it is. It writes, and we look when it does not answer. */
enum { CHILD_NAME = 40, CHILD_PATH = 256 };
struct child_page {
	_Atomic int64_t since_ns; /* monotonic; 0: it reads nothing */
	char collector[CHILD_NAME], path[CHILD_PATH];
};

struct child_options {
	const char *root; /* as of --root; NULL: the live machine */
	const struct collector *const *list;
	size_t n;
	/*
	 * It is stuck after so long, and after at least two ticks; it is killed after 15 times, and
	 * the next one begins as long after its end, and twice as long each time, up to 300 times.
	 */
	int64_t patience_ns;
	void (*event)(void *self, enum own_event which, const char *text, int64_t since_ns);
	void *self;
};

struct child {
	struct child_options options;
	struct child_page *page;
	int fd;    /* -1: there is none */
	pid_t pid; /* 0: all that there were are gone */
	enum { CHILD_IDLE, CHILD_ASKED, CHILD_ANSWERED } state;
	unsigned wants;           /* of the next request */
	bool asked_fast;          /* of the request or its answer */
	bool dropped;             /* nobody wants that answer any more */
	bool stuck;               /* since `asked_ns` there is no answer, for too long */
	bool killed;              /* by us, for being stuck */
	int64_t asked_ns;         /* the last request */
	int64_t lost_ns;          /* it has read nothing since then; 0: it reads */
	int64_t began_ns, due_ns; /* of the last one; when the next may begin */
	int64_t pause_ns;         /* until then, from the end of the one before */
	int64_t cpu_ns;           /* of those that are gone */
	struct pack answer;       /* a length, and the packet */
};

void child_open(struct child *c, const struct child_options *options);
void child_close(struct child *c); /* kills it; what does not die is left */

int child_fd(
	const struct child *c);   /* readable when it has answered, or ended; -1: there is none */
void child_take(struct child *c); /* what there is, without waiting */

/* Ask for a tick unless it has not answered yet. One that is gone is replaced when its time has come. */
void child_ask(struct child *c, unsigned request, int64_t now_ns);
/* Only if it was asked at or after `since_ns`: who was slow once is not waited for. */
void child_wait(struct child *c, int64_t since_ns, int64_t most_ns);
void child_watch(struct child *c, int64_t every_ns, int64_t now_ns); /* is it stuck? */

/* The packet, "" for a tick in which nothing was due; valid until the next request. False: there is none. */
bool child_answer(struct child *c, bool fast, str *ret);
void child_done(struct child *c);  /* the answer was taken */
void child_renew(struct child *c); /* whoever takes the answers begins anew */

int64_t child_cpu_ns(const struct child *c);

/* In the child: until nobody asks any more. */
int child_serve(struct host *host, const struct collector *const *list, size_t n);
