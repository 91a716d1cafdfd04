/* What the parts that read a store share. */
#pragma once

#include "record/squeeze.h"
#include "record/store.h"

struct store {
	sqlite3 *db;
	struct squeezer *squeezer;
	struct arena texts;
	const char *damage;
};

void store_note_damage(struct store *s, const char *what); /* the first one stays; NULL: nothing */
