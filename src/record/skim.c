/* Skimming the ticks of a segment. */
#include "record/skim.h"

#include <errno.h>

#include "base/names.h"
#include "record/statement.h"

enum { ARENA = 256 << 20, HEAD_BYTES = 256 << 20 };

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
	struct packet p;
	bool more = true;
	int r = 0;

	while (more && r == 0) {
		r = packet_next(&s->desk, &from, &p);
		if (r == 0 && !(p.flags & PACKET_EVENTS)) /* those bring no tick */
			more = tick(self, &s->desk.frame, &p);
	}
	return r == -ENODATA ? 0 : r < 0 ? r : 1;
}

static int skim_head(struct skim *s, struct statement *head, skim_tick tick, void *self)
{
	int r;

	s->plain.n = 0;
	r = unsqueeze(s->squeezer, statement_text(head, 0), HEAD_BYTES, &s->plain);
	return r < 0 ? r : skim_packets(s, (str){ s->plain.p, s->plain.n }, tick, self);
}

static int skim_tail(struct skim *s, struct statement *tail, skim_tick tick, void *self)
{
	str data = statement_text(tail, 0);

	if ((int64_t)hash_bytes(data.p, data.n) != statement_int(tail, 1))
		return -EBADMSG;
	return skim_packets(s, data, tick, self);
}

int skim_segment(struct skim *s, int64_t segment, bool clean, skim_tick tick, void *self)
{
	struct statement rows;
	int r = statement_open(s->db,
		clean ? "SELECT head FROM segment WHERE id = ?"
		      : "SELECT data, sum FROM tail WHERE segment = ? ORDER BY id",
		&rows);
	int n = 0;

	if (r == 0)
		r = statement_bind(&rows, "i", segment);
	s->desk.reader.begun = false;
	while (r == 0 && (n = statement_next(&rows)) == 1)
		r = clean ? skim_head(s, &rows, tick, self) : skim_tail(s, &rows, tick, self);
	statement_close(&rows);
	if (r < 0)
		return r;
	return n < 0 ? n : 0;
}
