/*
 * A session is what lives from the first frame to the last: the names, the relations and the state.
 */
#pragma once

#include <stdio.h>

#include "model/catalog.h"
#include "model/entity.h"
#include "model/ledger.h"
#include "model/relation.h"

enum { TEXT_LIMIT = 32768, TEXT_BYTES = 4096 };

/* Where rows come from; frames number these. */
struct source {
	const char *path, *collector;
	const char *absent; /* what it means when there is none; NULL: nothing special */
	uint32_t layers;    /* one bit a layer that it speaks about */
	uint16_t first_signal, n_signals; /* of its collector, in the catalog */
};
enum { SOURCE_LIMIT = 1024 };

struct session {
	struct catalog catalog;
	struct entities entities;
	struct names texts; /* values of signals whose unit is TEXT */
	struct relations relations;
	struct ledger ledger;
	struct source *sources;
	unsigned n_sources;
};

int session_open(struct session *s); /* 0 or -ENOMEM */
void session_close(struct session *s);

/* What was last said of an entity in this signal (SIGNAL_NONE: nothing); NULL where its first cell is not there. */
const struct block *session_said(const struct session *s, uint32_t who, uint16_t sig);
const struct block *session_said_as(const struct session *s, uint32_t who, str signal);

/* The dense view: every cell there is, sorted by signal, entity and sub. `keep` may be NULL. */
struct view {
	const struct block **blocks;
	size_t n;
};
int session_view(const struct session *s, struct arena *a,
	bool (*keep)(const struct session *, const struct block *),
	struct view *ret); /* 0 or -ENOMEM */
bool block_is_there(const struct block *b);

/*
 * The cell's value as text of the dense formats; TEXT is escaped so that it is one field of one
 * line.
 */
void session_print_value(
	const struct session *s, FILE *out, const struct signal *signal, int64_t value);
void print_escaped(
	FILE *out, str text); /* \t \n \r \\ and \xNN for what is not printable ASCII or UTF-8 */
