/* The tables of a store, and how its file is opened. */
#include "record/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/names.h"
#include "record/statement.h"

/*
 * Kinds, units, scopes and subs are stored by their names (model/signal.h).
 *
 * signal, entity, text, source: the dictionary of an era; `id` is the number that packets and chunks use.
 * grp: which series a chunk of that number holds, in the order of their slots.
 * segment: clean = 1 once it has been rolled over. n_values counts every value that was read, changed or
 *   not; n_changed what became a row. head: zstd of the packets without rows, names and events.
 * chunk: zstd of the columns (record/column.h) of one group in one segment.
 * sum: of a row's other columns but those that renumber it (era, segment, grp): sum_of(), a function of
 *   each connection. A row that does not have its sum is not believed.
 * event: stamp is 'mono', 'wall' or '-'; at_ns is of that clock. severity as in the contract.
 */
const char store_schema[] =
	"CREATE TABLE era (id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, host TEXT NOT NULL, release TEXT NOT NULL,"
	" faultline TEXT NOT NULL, every_ns INTEGER NOT NULL, begin_wall_ns INTEGER NOT NULL);"
	"CREATE TABLE signal (era INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
	" unit TEXT NOT NULL, scope TEXT NOT NULL, sub TEXT NOT NULL, cost TEXT NOT NULL, bits INTEGER NOT NULL,"
	" full INTEGER NOT NULL, about TEXT NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE entity (era INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, sum INTEGER NOT NULL,"
	" PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE text (era INTEGER NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL, sum INTEGER NOT NULL,"
	" PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE source (era INTEGER NOT NULL, id INTEGER NOT NULL, path TEXT NOT NULL, collector TEXT NOT NULL,"
	" absent TEXT NOT NULL, layers INTEGER NOT NULL, first_signal INTEGER NOT NULL, n_signals INTEGER NOT NULL,"
	" sum INTEGER NOT NULL,"
	" PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE series (era INTEGER NOT NULL, grp INTEGER NOT NULL, slot INTEGER NOT NULL, signal INTEGER NOT NULL,"
	" entity INTEGER NOT NULL, sub INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (era, grp, slot)) WITHOUT ROWID;"
	"CREATE INDEX series_of ON series (era, signal, entity, sub);"
	"CREATE TABLE segment (id INTEGER PRIMARY KEY, era INTEGER NOT NULL, clean INTEGER NOT NULL DEFAULT 0,"
	" first_wall_ns INTEGER NOT NULL, last_wall_ns INTEGER NOT NULL, first_mono_ns INTEGER NOT NULL,"
	" last_mono_ns INTEGER NOT NULL, n_ticks INTEGER NOT NULL DEFAULT 0, n_values INTEGER NOT NULL DEFAULT 0,"
	" n_changed INTEGER NOT NULL DEFAULT 0, n_lost INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,"
	" head BLOB);"
	"CREATE TABLE tail (id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, sum INTEGER NOT NULL, data BLOB NOT NULL);"
	"CREATE INDEX tail_of ON tail (segment);"
	"CREATE TABLE chunk (id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, grp INTEGER NOT NULL, data BLOB NOT NULL);"
	"CREATE UNIQUE INDEX chunk_of ON chunk (segment, grp);"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, stamp TEXT NOT NULL, at_ns INTEGER NOT NULL,"
	" arrival_lo_ns INTEGER NOT NULL, arrival_hi_ns INTEGER NOT NULL, signal INTEGER NOT NULL, entity INTEGER NOT NULL,"
	" severity TEXT NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL, sum INTEGER NOT NULL);"
	"CREATE INDEX event_of ON event (segment);";

/* What brings a store of version i + 1 to the next one; none is older yet. */
static const char *const upgrades[STORE_VERSION] = { NULL };

enum { PATH_BYTES = 4096 };

int store_errno(int code)
{
	static const struct {
		int code, error;
	} table[] = {
		{ SQLITE_OK, 0 },
		{ SQLITE_ROW, 0 },
		{ SQLITE_DONE, 0 },
		{ SQLITE_FULL, -ENOSPC },
		{ SQLITE_READONLY, -EROFS },
		{ SQLITE_CANTOPEN, -EACCES },
		{ SQLITE_PERM, -EACCES },
		{ SQLITE_AUTH, -EACCES },
		{ SQLITE_BUSY, -EBUSY },
		{ SQLITE_LOCKED, -EBUSY },
		{ SQLITE_NOMEM, -ENOMEM },
		{ SQLITE_TOOBIG, -ENOMEM },
		{ SQLITE_CORRUPT, -EBADMSG },
		{ SQLITE_NOTADB, -EUCLEAN },
		{ SQLITE_IOERR, -EIO },
	};

	for (unsigned i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].code == (code & 0xff))
			return table[i].error;
	return -EIO;
}

static int run_sql(sqlite3 *db, const char *sql)
{
	return store_errno(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* 0: a store of this version or an older one. */
static int check_version(sqlite3 *db, int64_t *ret_version)
{
	int64_t application = 0, version = 0;
	int r = statement_number(db, "PRAGMA application_id", &application);

	if (r == 0)
		r = statement_number(db, "PRAGMA user_version", &version);
	if (r < 0)
		return r;
	if (application != STORE_APPLICATION || version < 1)
		return -EUCLEAN;
	*ret_version = version;
	return version > STORE_VERSION ? -EPROTONOSUPPORT : 0;
}

/* ---- sums of rows ---- */

static uint64_t mix(uint64_t sum, uint64_t value)
{
	return hash_mix(sum * 31 ^ value);
}

/* sum_of(VALUE...): of numbers and texts, in their order. */
static void sum_of(sqlite3_context *context, int n, sqlite3_value **values)
{
	uint64_t sum = (uint64_t)n;

	for (int i = 0; i < n; i++) {
		int type = sqlite3_value_type(values[i]);
		const void *bytes;

		sum = mix(sum, (uint64_t)type);
		if (type == SQLITE_INTEGER) {
			sum = mix(sum, (uint64_t)sqlite3_value_int64(values[i]));
			continue;
		}
		bytes = sqlite3_value_blob(values[i]);
		sum = mix(sum,
			hash_bytes(bytes ? bytes : "", (size_t)sqlite3_value_bytes(values[i])));
	}
	sqlite3_result_int64(context, (sqlite3_int64)sum);
}

int store_functions(sqlite3 *db)
{
	return store_errno(sqlite3_create_function_v2(db, "sum_of", -1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sum_of, NULL, NULL, NULL));
}

/* ---- reading ---- */

/* A path as a URI, so that no name means anything else to SQLite. */
static bool uri_of(const char *path, const char *query, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "file:%s", path[0] == '/' ? "" : "./");

	for (const char *p = path; *p; p++) {
		if (n + 4 > size)
			return false;
		if (strchr("?#%", *p))
			n += (size_t)snprintf(out + n, size - n, "%%%02x", (unsigned char)*p);
		else
			out[n++] = *p;
	}
	return (size_t)snprintf(out + n, size - n, "%s", query) < size - n;
}

static int open_file(const char *path, const char *query, int flags, const char *vfs, sqlite3 **ret)
{
	char uri[PATH_BYTES * 3];
	int r;

	if (!uri_of(path, query, uri, sizeof(uri)))
		return -ENAMETOOLONG;
	r = store_errno(sqlite3_open_v2(uri, ret,
		flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs));
	return r == 0 ? store_functions(*ret) : r;
}

/* What came last is in the log beside it: without it a store would seem to end earlier. */
static bool has_log(const char *path)
{
	char log[PATH_BYTES];
	struct stat about;

	return (size_t)snprintf(log, sizeof(log), "%s-wal", path) < sizeof(log) &&
	       stat(log, &about) == 0 && about.st_size > 0;
}

static int connect_to_read(const char *path, const char *vfs, sqlite3 **ret)
{
	int64_t version;
	int r = open_file(path, "", SQLITE_OPEN_READONLY, vfs, ret);

	if (r == 0) {
		sqlite3_busy_timeout(*ret, 2000);
		r = check_version(*ret, &version);
	}
	/* a file that was cut is refused as a whole, but to those who would repair its schema */
	if (r == -EBADMSG) {
		run_sql(*ret, "PRAGMA writable_schema = ON");
		r = check_version(*ret, &version);
	}
	/* where nothing can be written a WAL cannot be locked: then nobody else writes either */
	if ((r != -EACCES && r != -EROFS && r != -EIO) || has_log(path))
		return r;
	sqlite3_close_v2(*ret);
	*ret = NULL;
	r = open_file(path, "?immutable=1", SQLITE_OPEN_READONLY, vfs, ret);
	return r == 0 ? check_version(*ret, &version) : r;
}

/* ---- writing ---- */

static int make_tables(sqlite3 *db)
{
	char begin[128];
	int r;

	snprintf(begin, sizeof(begin),
		"BEGIN IMMEDIATE; PRAGMA application_id = %d; PRAGMA user_version = %d;",
		STORE_APPLICATION, STORE_VERSION);
	r = run_sql(db, begin);
	if (r == 0)
		r = run_sql(db, store_schema);
	if (r == 0)
		r = run_sql(db, "COMMIT");
	if (r < 0)
		run_sql(db, "ROLLBACK");
	return r;
}

static int upgrade(sqlite3 *db, int64_t version)
{
	char end[128];
	int r = 0;

	for (; r == 0 && version < STORE_VERSION; version++) {
		r = run_sql(db, "BEGIN IMMEDIATE");
		if (r == 0)
			r = run_sql(db, upgrades[version]);
		snprintf(end, sizeof(end), "PRAGMA user_version = %d; COMMIT", (int)version + 1);
		if (r == 0)
			r = run_sql(db, end);
		if (r < 0)
			run_sql(db, "ROLLBACK");
	}
	return r;
}

/* Whoever writes keeps the log short, and has it on the disk at each commit: a panic may follow. */
static const char pragmas[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576;"
	"PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY;";

static int connect_to_write(const char *path, const char *vfs, sqlite3 **ret)
{
	struct stat about;
	bool there = stat(path, &about) == 0 && about.st_size > 0;
	int64_t version = STORE_VERSION, tables = 0;
	int r;

	if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
		return -EUCLEAN;
	r = open_file(path, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs, ret);
	if (r < 0)
		return r;
	sqlite3_busy_timeout(*ret, 2000);
	/* one that was made and never got its tables is empty, and nobody's */
	if (there &&
		(r = statement_number(*ret, "SELECT count(*) FROM sqlite_schema", &tables)) < 0)
		return r;
	if (tables && (r = check_version(*ret, &version)) < 0)
		return r;
	r = run_sql(*ret, pragmas);
	if (r == 0 && !tables)
		r = make_tables(*ret);
	return r == 0 ? upgrade(*ret, version) : r;
}

int store_connect(const char *path, enum store_mode mode, const char *vfs, sqlite3 **ret,
	char why[static STORE_WHY])
{
	sqlite3 *db = NULL;
	int r = mode == STORE_READ ? connect_to_read(path, vfs, &db)
				   : connect_to_write(path, vfs, &db);

	snprintf(why, STORE_WHY, "%s", r < 0 && db ? sqlite3_errmsg(db) : "");
	if (mode == STORE_READ && (r == -EACCES || r == -EROFS) && has_log(path) &&
		access(path, R_OK) == 0)
		snprintf(why, STORE_WHY,
			"its log (-wal) can only be read where files can be made beside it: copy both");
	if (r < 0) {
		sqlite3_close_v2(db);
		return r;
	}
	*ret = db;
	return 0;
}
