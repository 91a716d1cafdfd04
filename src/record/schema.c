/* The tables of a store, and how its file is opened. */
#include "record/schema.h"

/*
 * Kinds, units, scopes and subs are stored by their names (model/signal.h).
 *
 * signal, entity, text, source: the dictionary of an era; `id` is the number that packets and chunks use.
 * grp: which series a chunk of that number holds, in the order of their slots.
 * segment: clean = 1 once it has been rolled over. n_values counts every value that was read, changed or
 *   not; n_changed what became a row. head: zstd of the packets without rows, names and events.
 * chunk: zstd of the columns (record/column.h) of one group in one segment.
 * event: stamp is 'mono', 'wall' or '-'; at_ns is of that clock. severity as in the contract.
 */
const char store_schema[] =
	"CREATE TABLE era (id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, host TEXT NOT NULL, release TEXT NOT NULL,"
	" faultline TEXT NOT NULL, every_ns INTEGER NOT NULL, begin_wall_ns INTEGER NOT NULL);"
	"CREATE TABLE signal (era INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
	" unit TEXT NOT NULL, scope TEXT NOT NULL, sub TEXT NOT NULL, cost TEXT NOT NULL, bits INTEGER NOT NULL,"
	" full INTEGER NOT NULL, about TEXT NOT NULL, PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE entity (era INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE text (era INTEGER NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE source (era INTEGER NOT NULL, id INTEGER NOT NULL, path TEXT NOT NULL, collector TEXT NOT NULL,"
	" absent TEXT NOT NULL, layers INTEGER NOT NULL, first_signal INTEGER NOT NULL, n_signals INTEGER NOT NULL,"
	" PRIMARY KEY (era, id)) WITHOUT ROWID;"
	"CREATE TABLE series (era INTEGER NOT NULL, grp INTEGER NOT NULL, slot INTEGER NOT NULL, signal INTEGER NOT NULL,"
	" entity INTEGER NOT NULL, sub INTEGER NOT NULL, PRIMARY KEY (era, grp, slot)) WITHOUT ROWID;"
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
	" severity TEXT NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL);"
	"CREATE INDEX event_of ON event (segment);";
