/* A collector over a tree that a test makes, read once for each tick. */
#pragma once

#include "test.h"

#include "tree.h"

#include "collect/run.h"
#include "host/pack.h"
#include "nldev_bytes.h"

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	struct pack reply;
};

static int open_bench(void **state)
{
	struct bench *b = *state = calloc(1, sizeof(*b));

	tree_make(b->dir);
	return 0;
}

static void stop(struct bench *b)
{
	if (!b->run)
		return;
	b->run = run_close(b->run);
	frame_close(&b->frame);
	session_close(&b->session);
	b->host = host_close(b->host);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	stop(b);
	pack_free(&b->reply);
	tree_remove(b->dir);
	free(b);
	return 0;
}

/* The answer that was made becomes that to a question, and the next is begun. */
static void answer(struct bench *b, const char *key)
{
	tree_write(b->dir, key, b->reply.p, b->reply.n);
	b->reply.n = 0;
}

static void start_some(
	struct bench *b, const struct collector *const *list, size_t n, bool for_ever)
{
	stop(b);
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(session_open(&b->session) | frame_open(&b->frame), 0);
	assert_int_equal(run_open(b->host, &b->session, list, n,
				 &(struct run_options){ .scheduled = for_ever }, &b->run),
		0);
}

__attribute__((unused)) static void start(
	struct bench *b, const struct collector *const *list, bool for_ever)
{
	start_some(b, list, 1, for_ever);
}

static void tick(struct bench *b)
{
	run_rescan(b->run); /* what is read less often is read as well */
	run_tick(b->run, &b->frame);
}

/* -1: nobody says it. */
static int64_t value_of(const struct bench *b, const char *signal, const char *entity, unsigned sub)
{
	const struct block *block = ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, str_of(entity)),
		catalog_find(&b->session.catalog, str_of(signal)));

	return block && block_has(block, sub) ? block->values[sub] : -1;
}

/* "": nobody says it. */
__attribute__((unused)) static str text_of(
	const struct bench *b, const char *signal, const char *entity)
{
	int64_t value = value_of(b, signal, entity, 0);

	return value < 0 ? (str){ "", 0 } : names_get(&b->session.texts, (uint32_t)value);
}

/* How a source fared in the last tick: its failures, of -errno. */
__attribute__((unused)) static unsigned failures(const struct bench *b, int error)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < b->frame.n_failures; i++)
		n += b->frame.failures[i].error == error;
	return n;
}

/* How the text of that path fared: its status; 1: nobody says. */
__attribute__((unused)) static int status_of(const struct bench *b, const char *path)
{
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		if (strcmp(b->session.sources[b->frame.reads[i].source].path, path) == 0)
			return b->frame.reads[i].status;
	return 1;
}
