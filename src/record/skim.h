/* The ticks of one segment without their rows, one by one: the head, or the tails that are there. */
#pragma once

#include "record/packet.h"
#include "record/schema.h"
#include "record/squeeze.h"

struct skim {
	sqlite3 *db;
	struct squeezer *squeezer;
	struct packet_desk desk;
	struct pack plain;
};
int skim_open(sqlite3 *db, struct skim *ret); /* 0 or -ENOMEM */
void skim_close(struct skim *s);

/*
 * Calls `tick` for each tick up to the end or to the first damage; what it is given is valid during
 * the call. False from it ends it. 0, -EBADMSG, -ENOMEM, or as SQLite said.
 */
typedef bool (*skim_tick)(void *self, const struct frame *f, const struct packet *p);
int skim_segment(struct skim *s, int64_t segment, bool clean, skim_tick tick, void *self);
