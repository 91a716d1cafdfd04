/*
 * A store is one SQLite file in WAL mode. Everything in it is known by name: the names of one run of
 * the recorder (an era) stand in its dictionary, and rows refer to them by the number that they had
 * in that run. Times are nanoseconds.
 *
 * An era is made of segments, some minutes each. While a segment grows, each commit appends one
 * `tail`: the packets (record/packet.h) of about a second, the first one of a segment being full. At
 * its end, in one transaction, the rows of all tails become chunks, what remains of the packets the
 * segment's `head`, and the tails go. So a segment has either tails or a head and chunks; a recorder
 * that was killed leaves tails, which are as good to read.
 */
#pragma once

#include <sqlite3.h>

enum {
	STORE_APPLICATION = 0x666c746e, /* "fltn", PRAGMA application_id */
	STORE_VERSION = 1, /* PRAGMA user_version; lower ones are upgraded by the recorder */
	GROUP_SERIES = 64, /* of one source, in one chunk */
};

/* The statements that make an empty store. */
extern const char store_schema[];

/*
 * A store's file, opened for reading or writing: pragmas set, version checked. 0; -EUCLEAN: no
 * store; -EPROTONOSUPPORT: of a newer faultline; -EROFS, -EACCES, -ENOSPC, -EIO, -EBUSY, -ENOMEM as
 * SQLite said. `vfs` may be NULL. On failure *ret is NULL and `why` (of WHY bytes) has SQLite's words.
 */
enum { STORE_WHY = 256 };
enum store_mode {
	STORE_READ,  /* falls back to SQLite's immutable mode where no lock can be taken */
	STORE_WRITE, /* made when it is not there, upgraded when it is older */
};
int store_connect(const char *path, enum store_mode mode, const char *vfs, sqlite3 **ret,
	char why[static STORE_WHY]);
int store_errno(
	int sqlite_code); /* of an extended result code: the -errno closest to it; 0 for OK, ROW, DONE */
int store_functions(sqlite3 *db); /* sum_of(), which store_connect() adds to its connections */
