/* Tails of former runs, read again and rolled over. */
#include "record/leftover.h"

#include <errno.h>

#include "base/own.h"
#include "record/load.h"
#include "record/statement.h"

struct leftover {
	struct packet_desk desk;
	struct segment segment;
	struct load load;
};

/* All that the tails hold, up to the first one that is damaged. */
static int take_tails(struct leftover *l, sqlite3 *db, int64_t id, int64_t era)
{
	struct packet p = { 0 };
	str packets;
	int r = load_segment(&l->load, db, NULL, id, era, false);

	packets = (str){ l->load.plain.p, l->load.plain.n };
	while (r == 0 && packet_next(&l->desk, &packets, &p) == 0) {
		if (!(p.flags & PACKET_EVENTS))
			segment_take(&l->segment, &p, &l->desk.frame);
	}
	return r;
}

static int roll_one(sqlite3 *db, int64_t id, int64_t era,
	int (*roll)(void *self, struct segment *s), void *self, uint32_t *next_group)
{
	struct leftover *l = own_alloc(1, sizeof(*l));
	int r = packet_desk_open(&l->desk, PACKET_SCRATCH);

	segment_open(&l->segment);
	segment_begin_era(&l->segment, *next_group);
	segment_begin(&l->segment, id, era);
	if (r == 0)
		r = take_tails(l, db, id, era);
	if (r == 0)
		r = roll(self, &l->segment);
	*next_group += l->segment.n_groups;
	segment_close(&l->segment);
	packet_desk_close(&l->desk);
	load_close(&l->load);
	free(l);
	return r;
}

/* 1: there is one behind `id`. */
static int next_unrolled(sqlite3 *db, int64_t *id, int64_t *era)
{
	struct statement s;
	int r = statement_open(db,
		"SELECT id, era FROM segment WHERE clean = 0 AND id > ? ORDER BY id LIMIT 1", &s);

	if (r == 0)
		r = statement_bind(&s, "i", *id);
	if (r == 0)
		r = statement_next(&s);
	if (r == 1) {
		*id = statement_int(&s, 0);
		*era = statement_int(&s, 1);
	}
	statement_close(&s);
	return r;
}

int leftovers_roll(
	sqlite3 *db, int (*roll)(void *self, struct segment *s), void *self, uint32_t *next_group)
{
	int64_t id = 0, era = 0;
	int r;

	while ((r = next_unrolled(db, &id, &era)) == 1) {
		r = roll_one(db, id, era, roll, self, next_group);
		if (r < 0)
			return r;
	}
	return r;
}
