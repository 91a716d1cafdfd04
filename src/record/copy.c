/* Copying a store. */
#include "record/copy.h"

#include <errno.h>
#include <stdio.h>

#include "record/build.h"

enum { PAGES_AT_ONCE = 1024 };

static int copy_pages(struct build *b, sqlite3 *from)
{
	sqlite3_backup *backup = sqlite3_backup_init(b->db, "main", from, "main");
	int r = SQLITE_OK;

	if (!backup)
		return store_errno(sqlite3_extended_errcode(b->db));
	while (r == SQLITE_OK && !build_is_stopped(b))
		r = sqlite3_backup_step(backup, PAGES_AT_ONCE);
	sqlite3_backup_finish(backup);
	if (r == SQLITE_OK)
		return -EINTR;
	return store_errno(r);
}

/* A time since boot is of the last boot only. */
static const char in_window[] =
	"SELECT s.id, s.era FROM segment s JOIN era e ON e.id = s.era WHERE"
	" CASE WHEN ?3 THEN e.boot_id = (SELECT boot_id FROM era ORDER BY id DESC LIMIT 1)"
	" AND (?1 = 0 OR s.last_mono_ns >= ?1) AND (?2 = 0 OR s.first_mono_ns <= ?2)"
	" ELSE (?1 = 0 OR s.last_wall_ns >= ?1) AND (?2 = 0 OR s.first_wall_ns <= ?2) END"
	" ORDER BY s.id";

static int copy_segments(struct build *b, sqlite3 *from, sqlite3_stmt *segments)
{
	int64_t era = -1;
	bool any = false;
	int r = 0, step;

	while (r == 0 && (step = sqlite3_step(segments)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(segments, 0),
			of = sqlite3_column_int64(segments, 1);

		if (!any || of != era)
			r = build_era(b, from, of, of);
		if (r == 0)
			r = build_segment(b, from, id, id, of);
		era = of;
		any = true;
	}
	if (r == 0 && step != SQLITE_DONE)
		return store_errno(step);
	return r == 0 && !any ? -ENODATA : r;
}

static int copy_window(struct build *b, sqlite3 *from, const struct store_window *window)
{
	sqlite3_stmt *segments = NULL;
	int r = build_schema(b);

	if (r == 0)
		r = store_errno(sqlite3_prepare_v2(from, in_window, -1, &segments, NULL));
	if (r == 0) {
		sqlite3_bind_int64(segments, 1, window->first_ns);
		sqlite3_bind_int64(segments, 2, window->last_ns);
		sqlite3_bind_int(segments, 3, window->in_mono);
		sqlite3_exec(b->db, "BEGIN", NULL, NULL, NULL);
		r = copy_segments(b, from, segments);
	}
	sqlite3_finalize(segments);
	if (r == 0 && sqlite3_exec(b->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		r = store_errno(sqlite3_extended_errcode(b->db));
	return r;
}

int store_copy(sqlite3 *from, const char *to, const struct store_window *window,
	const volatile sig_atomic_t *stop, char why[static STORE_WHY])
{
	struct build b;
	int r = build_open(to, stop, &b, why);

	if (r < 0)
		return r;
	/* one state of it, however long it takes and whatever a recorder does meanwhile */
	r = store_errno(
		sqlite3_exec(from, "BEGIN; SELECT count(*) FROM sqlite_schema;", NULL, NULL, NULL));
	if (r == 0)
		r = window ? copy_window(&b, from, window) : copy_pages(&b, from);
	sqlite3_exec(from, "ROLLBACK", NULL, NULL, NULL);
	if (r < 0) {
		bool of_source = sqlite3_errcode(b.db) == SQLITE_OK && r != -EINTR && r != -ENODATA;

		build_abandon(&b, r, why);
		if (of_source)
			snprintf(why, STORE_WHY, "%s", strerror(-r));
		return r;
	}
	return build_finish(&b, why);
}
