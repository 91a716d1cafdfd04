/*
 * What a parser writes rows with. Nothing here can fail for the caller: what does not fit is
 * counted.
 */
#pragma once

#include "model/session.h"

enum { EMIT_MATCHES = 4, KEY_BITS = 2048 };

/* Keys that a table may have: what is not in here, it has not. */
struct key_filter {
	uint64_t bits[KEY_BITS / 64];
};

struct emit {
	struct session *session;
	struct frame *frame;
	const struct signal *signals; /* of the collector */
	size_t n_signals;
	const struct key_filter *filter; /* of their keys; NULL: none was made */
	uint16_t first_signal;           /* the number of its first row in the catalog */
	uint16_t owner;                  /* the collector's number */
	uint16_t source;                 /* the text's number among all texts */
	uint32_t who;                    /* the entity that the text speaks about */
	const char *ns;                  /* its network namespace, "" for the own one */
	str match[EMIT_MATCHES];         /* what the stars of the path matched */
	str leaf;                        /* the last name of the path */
	int64_t at_ns;                   /* monotonic */
	uint64_t cells; /* written so far: a text that yields none was not understood */
	void *state;    /* of the collector, state_size bytes */
};

/* `row` is the row of the collector's own table. */
void emit(struct emit *out, unsigned row, int64_t value); /* about out->who */
void emit_at(struct emit *out, unsigned row, uint32_t who, unsigned sub, int64_t value);
void emit_text(
	struct emit *out, unsigned row, uint32_t who, str value); /* unit TEXT; cut at TEXT_BYTES */
void emit_text_at(struct emit *out, unsigned row, uint32_t who, unsigned sub, str value);
void emit_signal(struct emit *out, uint16_t sig, uint32_t who, unsigned sub, int64_t value);
uint16_t emit_own_signal(struct emit *out, str name, unsigned like_row); /* one that no table has */

/* Many cells of one entity: open once, then write each. NULL when full; emit_cell accepts that. */
struct block *emit_block(struct emit *out, unsigned row, uint32_t who, unsigned cells);
static inline void emit_cell(struct emit *out, struct block *b, unsigned sub, int64_t value)
{
	if (!b)
		return;
	out->cells++;
	ledger_write(&out->session->ledger, out->frame, b, sub, value);
}

uint32_t emit_entity(struct emit *out, enum scope scope, str name); /* in the text's namespace */
uint32_t emit_global_entity(
	struct emit *out, enum scope scope, str name); /* pci, irq, cpu, node: not in one */
uint32_t emit_numbered(struct emit *out, enum scope scope, uint64_t number);
void emit_relation(struct emit *out, uint32_t a, enum via via, uint32_t b);

/*
 * The row whose key (or one of its synonyms) is `key`, searched from *hint on; -1: none. *hint
 * becomes the next.
 */
int emit_row_of(const struct emit *out, str key, unsigned *hint);
void key_filter_add(
	struct key_filter *filter, const char *keys); /* a key and its synonyms; NULL: none */
