/* Building a store out of others. */
#include "record/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/own.h"

static void why_not(sqlite3 *db, int error, char why[static STORE_WHY])
{
	bool told = db && sqlite3_errcode(db) != SQLITE_OK && sqlite3_errcode(db) != SQLITE_ROW &&
		    sqlite3_errcode(db) != SQLITE_DONE;

	snprintf(why, STORE_WHY, "%s", told ? sqlite3_errmsg(db) : strerror(-error));
}

static int run(sqlite3 *db, const char *sql)
{
	int r = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return r == SQLITE_OK ? 0 : store_errno(sqlite3_extended_errcode(db));
}

static char *name_of_partial(const char *path)
{
	size_t size = strlen(path) + 40;
	char *name = own_alloc(size, 1);

	snprintf(name, size, "%s.partial-%d", path, (int)getpid());
	return name;
}

/* What SQLite may have put beside it as well. */
static void remove_partial(struct build *b)
{
	static const char *const tails[] = { "", "-journal", "-wal", "-shm" };
	size_t size = strlen(b->partial) + 16;
	OWN_MEMORY char *name = own_alloc(size, 1);

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		snprintf(name, size, "%s%s", b->partial, tails[i]);
		unlink(name);
	}
}

static void forget(struct build *b)
{
	sqlite3_close(b->db);
	free(b->partial);
	b->db = NULL;
	b->partial = NULL;
}

/* Made here, so that it is ours: SQLite would take whatever lies there. */
static int make_file(const char *path)
{
	OWN_FD fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	return fd < 0 ? -errno : 0;
}

int build_open(const char *path, const volatile sig_atomic_t *stop, struct build *ret,
	char why[static STORE_WHY])
{
	struct build b = { .path = path, .stop = stop };
	int r = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -EEXIST : 0;

	b.partial = name_of_partial(path);
	if (r == 0)
		r = make_file(b.partial);
	if (r < 0) {
		why_not(NULL, r, why);
		forget(&b);
		return r;
	}
	r = sqlite3_open_v2(b.partial, &b.db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
		    ? 0
		    : store_errno(sqlite3_extended_errcode(b.db));
	/* nobody sees it before it is whole, and then it is synced: no journal is of any use */
	if (r == 0)
		r = run(b.db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;");
	if (r < 0)
		build_abandon(&b, r, why);
	else
		*ret = b;
	return r;
}

int build_schema(struct build *b)
{
	char pragmas[128];
	int r;

	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		STORE_APPLICATION, STORE_VERSION);
	r = run(b->db, pragmas);
	return r == 0 ? run(b->db, store_schema) : r;
}

bool build_is_stopped(const struct build *b)
{
	return b->stop && *b->stop;
}

/* ---- rows ---- */

/* "INSERT OR IGNORE INTO t VALUES (?, ?)", or "SELECT 1 FROM t WHERE a IS ? AND b IS ?". */
static int prepare_like(
	sqlite3 *db, const char *table, sqlite3_stmt *like, bool insert, sqlite3_stmt **ret)
{
	int n = sqlite3_column_count(like);
	sqlite3_str *sql = sqlite3_str_new(db);
	char *text;
	int r;

	sqlite3_str_appendf(
		sql, insert ? "INSERT OR IGNORE INTO %s (" : "SELECT 1 FROM %s WHERE ", table);
	for (int i = 0; i < n; i++)
		sqlite3_str_appendf(sql, insert ? "%s\"%w\"" : "%s\"%w\" IS ?",
			i == 0   ? ""
			: insert ? ", "
				 : " AND ",
			sqlite3_column_name(like, i));
	for (int i = 0; insert && i < n; i++)
		sqlite3_str_appendall(sql, i == 0 ? ") VALUES (?" : ", ?");
	if (insert)
		sqlite3_str_appendall(sql, ")");
	text = sqlite3_str_finish(sql);
	r = text ? sqlite3_prepare_v2(db, text, -1, ret, NULL) : SQLITE_NOMEM;
	sqlite3_free(text);
	return store_errno(r);
}

struct rows {
	sqlite3_stmt *from, *into, *same;
	const char *key, *second; /* the columns that are other than in `from` */
	int64_t is, second_is;
	bool owned;     /* `id` is given anew */
	int64_t before; /* `id` of the row before, of owned ones; 0: none */
};

/*
 * Given anew, one after the other. Where the numbers of a segment's tails have a gap one was lost:
 * the gap stays, of one number.
 */
static void bind_owned_id(struct rows *rows, sqlite3_stmt *to, int column)
{
	int64_t id = sqlite3_column_int64(rows->from, column);
	bool gap = rows->before && (uint64_t)id - (uint64_t)rows->before != 1;

	rows->before = id;
	if (gap)
		sqlite3_bind_int64(
			to, column + 1, sqlite3_last_insert_rowid(sqlite3_db_handle(to)) + 2);
	else
		sqlite3_bind_null(to, column + 1);
}

static void bind_row(struct rows *rows, sqlite3_stmt *to)
{
	int n = sqlite3_column_count(rows->from);

	sqlite3_reset(to);
	for (int i = 0; i < n; i++) {
		const char *name = sqlite3_column_name(rows->from, i);

		if (strcmp(name, rows->key) == 0)
			sqlite3_bind_int64(to, i + 1, rows->is);
		else if (rows->second && strcmp(name, rows->second) == 0)
			sqlite3_bind_int64(to, i + 1, rows->second_is);
		else if (rows->owned && strcmp(name, "id") == 0)
			bind_owned_id(rows, to, i);
		else
			sqlite3_bind_value(to, i + 1, sqlite3_column_value(rows->from, i));
	}
}

static int put_row(struct build *b, struct rows *rows)
{
	int r;

	bind_row(rows, rows->into);
	r = sqlite3_step(rows->into);
	if (r != SQLITE_DONE)
		return store_errno(sqlite3_extended_errcode(b->db));
	if (sqlite3_changes(b->db) == 1)
		return 0;
	bind_row(rows, rows->same);
	r = sqlite3_step(rows->same);
	if (r == SQLITE_ROW)
		return 0;
	return r == SQLITE_DONE ? -EUCLEAN : store_errno(sqlite3_extended_errcode(b->db));
}

static int put_rows(struct build *b, struct rows *rows)
{
	int r = 0, step = SQLITE_ROW;

	while (r == 0 && (step = sqlite3_step(rows->from)) == SQLITE_ROW)
		r = build_is_stopped(b) ? -EINTR : put_row(b, rows);
	return r == 0 && step != SQLITE_DONE ? store_errno(step) : r;
}

static int move_rows(
	struct build *b, sqlite3 *from, const char *table, int64_t was, struct rows *rows)
{
	char sql[128];
	int r;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE %s = ?1%s", table, rows->key,
		rows->owned ? " ORDER BY id" : "");
	r = store_errno(sqlite3_prepare_v2(from, sql, -1, &rows->from, NULL));
	if (r == 0)
		r = store_errno(sqlite3_bind_int64(rows->from, 1, was));
	if (r == 0)
		r = prepare_like(b->db, table, rows->from, true, &rows->into);
	if (r == 0)
		r = prepare_like(b->db, table, rows->from, false, &rows->same);
	if (r == 0)
		r = put_rows(b, rows);
	sqlite3_finalize(rows->from);
	sqlite3_finalize(rows->into);
	sqlite3_finalize(rows->same);
	return r;
}

int build_rows(struct build *b, sqlite3 *from, const char *table, const char *key, int64_t was,
	int64_t is, bool owned)
{
	struct rows rows = { .key = key, .is = is, .owned = owned };

	return move_rows(b, from, table, was, &rows);
}

int build_era(struct build *b, sqlite3 *from, int64_t was, int64_t is)
{
	static const char *const tables[] = { "signal", "entity", "text", "source", "series" };
	int r = build_rows(b, from, "era", "id", was, is, false);

	for (size_t i = 0; r == 0 && i < sizeof(tables) / sizeof(*tables); i++)
		r = build_rows(b, from, tables[i], "era", was, is, false);
	return r;
}

int build_segment(struct build *b, sqlite3 *from, int64_t was, int64_t is, int64_t era)
{
	static const char *const tables[] = { "tail", "chunk", "event" };
	struct rows rows = { .key = "id", .is = is, .second = "era", .second_is = era };
	int r = move_rows(b, from, "segment", was, &rows);

	for (size_t i = 0; r == 0 && i < sizeof(tables) / sizeof(*tables); i++)
		r = build_rows(b, from, tables[i], "segment", was, is, true);
	return r;
}

/* ---- the end ---- */

static int sync_path(const char *path, int flags)
{
	OWN_FD fd = open(path, flags | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int sync_folder(const char *path)
{
	str folder = str_of(path);
	OWN_MEMORY char *name = NULL;

	if (!str_cut_last(folder, '/', &folder, NULL))
		return sync_path(".", O_RDONLY | O_DIRECTORY);
	if (folder.n == 0)
		return sync_path("/", O_RDONLY | O_DIRECTORY);
	name = own_alloc(folder.n + 1, 1);
	memcpy(name, folder.p, folder.n);
	return sync_path(name, O_RDONLY | O_DIRECTORY);
}

/* Never over what came to stand there meanwhile; some file systems can only do it the plain way. */
static int rename_into(const char *partial, const char *path)
{
	if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (link(partial, path) < 0)
		return -errno;
	return unlink(partial) < 0 ? -errno : 0;
}

int build_finish(struct build *b, char why[static STORE_WHY])
{
	int r = build_is_stopped(b) ? -EINTR : 0;

	/* pages that came with the mark of a log lose it */
	if (r == 0)
		r = run(b->db, "PRAGMA journal_mode = DELETE;");
	if (r == 0 && sqlite3_close(b->db) != SQLITE_OK)
		r = store_errno(sqlite3_extended_errcode(b->db));
	else if (r == 0)
		b->db = NULL;
	if (r == 0)
		r = sync_path(b->partial, O_RDWR);
	if (r == 0)
		r = rename_into(b->partial, b->path);
	if (r == 0)
		r = sync_folder(b->path);
	if (r < 0)
		build_abandon(b, r, why);
	else
		forget(b);
	return r;
}

void build_abandon(struct build *b, int error, char why[static STORE_WHY])
{
	why_not(b->db, error, why);
	remove_partial(b);
	forget(b);
}
