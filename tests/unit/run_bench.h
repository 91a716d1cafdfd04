/* A tree of the test's own, and what reads it: a session, a frame and a run, which the test opens. */
#pragma once

#include "test.h"

#include "tree.h"

#include "collect/run.h"

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	tree_make(b->dir);
	return session_open(&b->session) || frame_open(&b->frame) || host_tree(b->dir, &b->host);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	host_close(b->host);
	tree_remove(b->dir);
	free(b);
	return 0;
}
