/* Which segments go when a store is at its bound. */
#include "record/keep.h"

#include <errno.h>

#include "record/statement.h"

enum { SMALL_BYTES = 16 << 20 };

static int measure(struct statements *k, int64_t *ret_bytes, int64_t *ret_used)
{
	int64_t pages = 0, unused = 0, size = 0;
	int r = statements_number(k, "PRAGMA page_count", &pages);

	if (r == 0)
		r = statements_number(k, "PRAGMA freelist_count", &unused);
	if (r == 0)
		r = statements_number(k, "PRAGMA page_size", &size);
	*ret_bytes = pages * size;
	*ret_used = (pages - unused) * size;
	return r;
}

int keep_used_bytes(struct statements *k, int64_t *ret)
{
	int64_t bytes, used;
	int r = measure(k, &bytes, &used);

	if (r == 0)
		*ret = used;
	return r;
}

int keep_give_back(struct statements *k, int64_t most_bytes)
{
	int64_t bytes, used;
	int r = measure(k, &bytes, &used);

	if (r < 0 || bytes > SMALL_BYTES || bytes - used < bytes / 8 ||
		(most_bytes && bytes + used > most_bytes))
		return r;
	return store_errno(sqlite3_exec(k->db, "VACUUM", NULL, NULL, NULL));
}

static int drop_segment(sqlite3 *db, int64_t segment, int64_t era, int64_t present_era)
{
	static const char *const of_segment[] = {
		"DELETE FROM chunk WHERE segment = ?",
		"DELETE FROM tail WHERE segment = ?",
		"DELETE FROM event WHERE segment = ?",
		"DELETE FROM segment WHERE id = ?",
	};
	static const char *const of_era[] = {
		"DELETE FROM series WHERE era = ?",
		"DELETE FROM signal WHERE era = ?",
		"DELETE FROM entity WHERE era = ?",
		"DELETE FROM text WHERE era = ?",
		"DELETE FROM source WHERE era = ?",
		"DELETE FROM era WHERE id = ?",
	};
	struct statement others;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < sizeof(of_segment) / sizeof(*of_segment); i++)
		r = statement_once(db, of_segment[i], "i", segment);
	if (r < 0 || era == present_era)
		return r;
	r = statement_open(db, "SELECT 1 FROM segment WHERE era = ? LIMIT 1", &others);
	if (r < 0)
		return r;
	r = statement_bind(&others, "i", era);
	if (r == 0)
		r = statement_next(&others);
	statement_close(&others);
	if (r != 0)
		return r < 0 ? r : 0;
	for (unsigned i = 0; r == 0 && i < sizeof(of_era) / sizeof(*of_era); i++)
		r = statement_once(db, of_era[i], "i", era);
	return r;
}

/* 1: *ret is the oldest segment that may go; 0: there is none. */
static int oldest(struct statements *k, int64_t present, int64_t ret[3])
{
	struct statement *s;
	int r = statements_find(k,
		"SELECT id, era, last_wall_ns FROM segment WHERE id < ? ORDER BY id LIMIT 1", &s);

	if (r < 0)
		return r;
	r = statement_bind(s, "i", present);
	if (r == 0)
		r = statement_next(s);
	for (int i = 0; r == 1 && i < 3; i++)
		ret[i] = statement_int(s, i);
	statement_reset(s);
	return r;
}

/* An era that goes on for months and begins its groups anew leaves those that no chunk has. */
static int drop_groups(sqlite3 *db, const struct keep *keep)
{
	return statement_once(db,
		"DELETE FROM series WHERE era = ?1 AND grp < ?2 AND grp <"
		" CASE WHEN (SELECT min(grp) FROM series WHERE era = ?1) < ?2"
		" THEN (SELECT ifnull(min(grp), ?2) FROM chunk) END",
		"ii", keep->era, keep->first_group);
}

int keep_within(
	struct statements *k, const struct keep *keep, int64_t needed_bytes, uint64_t *ret_dropped)
{
	int64_t used = 0, first[3];
	uint64_t dropped = 0;
	int r;

	while ((r = oldest(k, keep->present, first)) == 1) {
		r = keep_used_bytes(k, &used);
		if (r < 0 || !((keep->bytes && used + needed_bytes > keep->bytes) ||
				     first[2] < keep->since_wall_ns))
			break;
		r = drop_segment(k->db, first[0], first[1], keep->era);
		if (r < 0)
			return r;
		dropped++;
	}
	*ret_dropped += dropped;
	return r < 0 || !dropped ? r : drop_groups(k->db, keep);
}
