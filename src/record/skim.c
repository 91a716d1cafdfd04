/* Skimming the ticks of a segment. */
#include "record/skim.h"

#include <errno.h>

#include "record/head.h"
#include "record/tail.h"

enum { ARENA = 256 << 20 };

int skim_open(sqlite3 *db, struct skim *ret)
{
	*ret = (struct skim){ .db = db, .squeezer = squeezer_open() };
	if (packet_desk_open(&ret->desk, ARENA) == 0)
		return 0;
	skim_close(ret);
	return -ENOMEM;
}

void skim_close(struct skim *s)
{
	packet_desk_close(&s->desk);
	pack_free(&s->plain);
	s->squeezer = squeezer_close(s->squeezer);
}

/* 1: `tick` has had enough. */
static int skim_packets(struct skim *s, str from, skim_tick tick, void *self)
{
	struct packet p = { 0 };
	bool more = true;
	int r = 0;

	while (more && r == 0) {
		r = packet_next(&s->desk, &from, &p);
		if (r == 0 && !(p.flags & PACKET_EVENTS)) /* those bring no tick */
			more = tick(self, &s->desk.frame, &p);
	}
	return r == -ENODATA ? 0 : r < 0 ? r : 1;
}

static int skim_head(struct skim *s, int64_t segment, skim_tick tick, void *self)
{
	uint64_t changed;
	int r;

	s->plain.n = 0;
	r = head_read(s->db, s->squeezer, segment, &s->plain, &changed);
	return r < 0 ? r : skim_packets(s, (str){ s->plain.p, s->plain.n }, tick, self);
}

static int skim_tails(struct skim *s, int64_t segment, skim_tick tick, void *self)
{
	struct tails tails;
	str packets;
	int r = tails_open(s->db, segment, &tails), enough = 0;

	while (r >= 0 && enough == 0 && (r = tails_next(&tails, &packets)) == 1)
		enough = skim_packets(s, packets, tick, self);
	tails_close(&tails);
	return r < 0 ? r : enough;
}

int skim_segment(struct skim *s, int64_t segment, bool clean, skim_tick tick, void *self)
{
	int r;

	s->desk.reader.begun = false;
	r = clean ? skim_head(s, segment, tick, self) : skim_tails(s, segment, tick, self);
	return r < 0 ? r : 0;
}
