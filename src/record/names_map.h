/* The dictionary of an era, read into a session: the era's numbers and what they are in the session. */
#pragma once

#include "model/session.h"
#include "record/packet.h"
#include "record/schema.h"

struct names_map {
	struct session *session;
	uint32_t *entities, *texts; /* NAMES_NONE: the store has no such number */
	uint32_t n_entities, n_texts;
	uint16_t signals[SIGNAL_LIMIT], sources[SOURCE_LIMIT]; /* UINT16_MAX: none */
	bool is_text[SIGNAL_LIMIT];                            /* of the era's numbers */
	bool begun;                                            /* packets taught it something */
	uint64_t missing; /* numbers asked for that have no name */
};

void names_map_open(struct names_map *m, struct session *session);
void names_map_close(struct names_map *m);
int names_map_read(struct names_map *m, sqlite3 *db, int64_t era); /* 0 or -errno */
void names_map_learn(
	struct names_map *m, const struct packet *p); /* the names that a packet brings */

/* In the session's numbers; false, and counted: it has no name. */
bool names_map_entity(struct names_map *m, uint32_t *who);
bool names_map_signal(struct names_map *m, uint16_t *sig);
bool names_map_value(
	struct names_map *m, struct sample *row); /* of a row in the era's numbers: a text */
bool names_map_row(struct names_map *m, struct sample *row); /* all of it */
bool names_map_span(struct names_map *m, struct span *span);
bool names_map_change(struct names_map *m, struct relation_change *change);
bool names_map_read_of(struct names_map *m, struct source_read *read);
bool names_map_failure(struct names_map *m, struct failure *failure);
