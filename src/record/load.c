/* Loading a segment: the head and the chunks of one that was rolled over, the tails of one that was not. */
#include "record/load.h"

#include <errno.h>

#include "base/own.h"
#include "record/column.h"
#include "record/head.h"
#include "record/statement.h"
#include "record/tail.h"

enum { MOST_BYTES = 256 << 20 /* of a head or chunk */, MOST_ROWS = 1 << 27, FIRST_ROWS = 1024 };

void load_close(struct load *l)
{
	pack_free(&l->plain);
	pack_free(&l->scratch);
	free(l->rows);
	free(l->hidden);
	*l = (struct load){ 0 };
}

static void note(struct load *l, const char *damage)
{
	if (!l->damage)
		l->damage = damage;
}

static bool add_row(struct load *l, uint32_t tick, struct sample row)
{
	if (l->n_rows == MOST_ROWS)
		return false;
	if (l->n_rows == l->cap_rows) {
		l->cap_rows = l->cap_rows ? l->cap_rows * 2 : FIRST_ROWS;
		l->rows = own_grow(l->rows, l->cap_rows, sizeof(*l->rows));
	}
	l->rows[l->n_rows++] = (struct load_row){ tick, row };
	return true;
}

/* ---- chunks ---- */

/* All columns of one chunk, or none: what is damaged half way may be wrong from its beginning. */
int load_chunk(
	struct load *l, str data, struct squeezer *z, const struct sample *series, uint32_t n)
{
	struct column_reader reader;
	struct column_cursor cursor;
	uint32_t slot, tick, before = l->n_rows;
	int64_t value;
	int r;

	l->scratch.n = 0;
	r = unsqueeze(z, data, MOST_BYTES, &l->scratch);
	if (r == 0)
		r = columns_read((str){ l->scratch.p, l->scratch.n }, &reader);
	while (r == 0 && (r = columns_next(&reader, &slot, &cursor)) == 0) {
		struct sample row;

		if (slot >= n || series[slot].who == UINT32_MAX) {
			r = -ENOKEY;
			break;
		}
		row = series[slot];
		while ((r = column_next(&cursor, &tick, &value)) == 0) {
			row.value = value;
			if (!add_row(l, tick, row))
				return -ENOMEM;
		}
		r = r == -ENODATA ? 0 : r;
	}
	if (r != -ENODATA)
		l->n_rows = before;
	return r == -ENODATA ? 0 : r;
}

static int read_slots(
	struct statement *s, int64_t era, int64_t grp, struct sample series[GROUP_SERIES])
{
	int r = statement_bind(s, "ii", era, grp);

	for (unsigned i = 0; i < GROUP_SERIES; i++)
		series[i].who = UINT32_MAX;
	while (r >= 0 && (r = statement_next(s)) == 1) {
		int64_t slot = statement_int(s, 0), who = statement_int(s, 2);

		if (slot >= 0 && slot < GROUP_SERIES && who >= 0 && who < UINT32_MAX)
			series[slot] = (struct sample){ (uint32_t)who,
				(uint16_t)statement_int(s, 1), (uint16_t)statement_int(s, 3), 0 };
	}
	return r;
}

static void hide(struct load *l, const struct sample series[GROUP_SERIES])
{
	for (unsigned i = 0; i < GROUP_SERIES; i++) {
		if (series[i].who == UINT32_MAX)
			continue;
		if (l->n_hidden == l->cap_hidden) {
			l->cap_hidden = l->cap_hidden ? l->cap_hidden * 2 : GROUP_SERIES;
			l->hidden = own_grow(l->hidden, l->cap_hidden, sizeof(*l->hidden));
		}
		l->hidden[l->n_hidden++] = series[i];
	}
}

static int by_tick(const void *a, const void *b)
{
	const struct load_row *x = a, *y = b;

	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	if (x->row.sig != y->row.sig)
		return x->row.sig < y->row.sig ? -1 : 1;
	if (x->row.who != y->row.who)
		return x->row.who < y->row.who ? -1 : 1;
	return x->row.sub < y->row.sub ? -1 : x->row.sub > y->row.sub;
}

/* Into the order of ticks, and within one in the order in which they came. */
static void sort_rows(struct load *l)
{
	uint32_t n_ticks = 0;
	OWN_MEMORY uint32_t *begin = NULL;
	struct load_row *sorted;

	for (uint32_t i = 0; i < l->n_rows; i++)
		n_ticks = l->rows[i].tick >= n_ticks ? l->rows[i].tick + 1 : n_ticks;
	if (n_ticks > l->n_rows + 1) { /* few rows in many ticks */
		qsort(l->rows, l->n_rows, sizeof(*l->rows), by_tick);
		return;
	}
	begin = own_alloc(n_ticks + 1u, sizeof(*begin));
	sorted = own_alloc(l->n_rows + 1u, sizeof(*sorted));
	for (uint32_t i = 0; i < l->n_rows; i++)
		begin[l->rows[i].tick + 1]++;
	for (uint32_t t = 0; t < n_ticks; t++)
		begin[t + 1] += begin[t];
	for (uint32_t i = 0; i < l->n_rows; i++)
		sorted[begin[l->rows[i].tick]++] = l->rows[i];
	free(l->rows);
	l->rows = sorted;
	l->cap_rows = l->n_rows + 1;
}

static int load_chunks(struct load *l, sqlite3 *db, struct squeezer *z)
{
	struct sample series[GROUP_SERIES];
	struct statement chunks, slots = { 0 };
	int r = statement_open(
		db, "SELECT grp, data FROM chunk WHERE segment = ? ORDER BY grp", &chunks);

	if (r == 0)
		r = statement_open(db,
			"SELECT slot, signal, entity, sub FROM series WHERE era = ? AND grp = ?"
			" AND sum = sum_of(slot, signal, entity, sub)",
			&slots);
	if (r == 0)
		r = statement_bind(&chunks, "i", l->id);
	while (r >= 0 && (r = statement_next(&chunks)) == 1) {
		r = read_slots(&slots, l->era, statement_int(&chunks, 0), series);
		if (r == 0)
			r = load_chunk(l, statement_text(&chunks, 1), z, series, GROUP_SERIES);
		if (r == -ENOKEY) {
			/* whose values they are is not known, so nobody knows which series to hide */
			note(l, "a chunk has a series without a name: its segment is left out");
			r = -EBADMSG;
		} else if (r == -EBADMSG) {
			r = 0;
			note(l, "a chunk does not decode: its series are not known in that segment");
			hide(l, series);
		}
	}
	statement_close(&chunks);
	statement_close(&slots);
	if (r == 0)
		sort_rows(l);
	return r;
}

static int load_head(struct load *l, sqlite3 *db, struct squeezer *z)
{
	int r;

	l->n_expected = 0;
	r = head_read(db, z, l->id, &l->plain, &l->n_expected);
	if (r == 0)
		r = -EBADMSG;
	if (r == -EBADMSG)
		note(l, "the head of a segment does not decode: the segment is left out");
	return r < 0 ? r : 0;
}

/* ---- tails ---- */

static int load_tails(struct load *l, sqlite3 *db)
{
	struct tails tails;
	str packets;
	int r = tails_open(db, l->id, &tails);

	while (r >= 0 && (r = tails_next(&tails, &packets)) == 1)
		pack_bytes(&l->plain, packets);
	if (tails.broken) {
		note(l, "a tail is damaged or lost: what follows in that segment is left out");
		r = 0;
	}
	tails_close(&tails);
	return r;
}

int load_segment(
	struct load *l, sqlite3 *db, struct squeezer *z, int64_t id, int64_t era, bool clean)
{
	int r;

	l->id = id;
	l->era = era;
	l->clean = clean;
	l->plain.n = 0;
	l->n_rows = l->n_hidden = 0;
	if (!clean)
		return load_tails(l, db);
	r = load_head(l, db, z);
	if (r == 0)
		r = load_chunks(l, db, z);
	/* without a row of its own a series would seem to be 0 */
	if (r == 0 && l->n_hidden == 0 && l->n_rows != l->n_expected) {
		note(l, "a chunk is lost: its segment is left out");
		r = -EBADMSG;
	}
	return r;
}
