/* What there is in a store. */
#include "record/info.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/own.h"
#include "record/skim.h"
#include "record/statement.h"

struct collecting {
	sqlite3 *db;
	struct arena *a;
	struct info *info;
	struct skim skim;
	/* the tick before, and of which era it was */
	const struct info_era *era;
	int64_t wall_ns, mono_ns;
	struct info_gap *gaps;
};

static str text_of(struct collecting *c, const struct statement *s, int column)
{
	return arena_copy(c->a, statement_text(s, column));
}

/* ---- eras ---- */

static int read_eras(struct collecting *c)
{
	static const char sql[] =
		"SELECT e.id, e.every_ns, e.begin_wall_ns, e.boot_id, e.host, e.release, e.faultline,"
		" coalesce(min(s.first_wall_ns), 0), coalesce(max(s.last_wall_ns), 0), coalesce(sum(s.n_ticks), 0)"
		" FROM era e LEFT JOIN segment s ON s.era = e.id GROUP BY e.id ORDER BY e.id";
	struct info *info = c->info;
	struct statement s;
	struct info_era *eras;
	int64_t n = 0;
	int r = statement_number(c->db, "SELECT count(*) FROM era", &n);

	if (r == 0)
		r = statement_open(c->db, sql, &s);
	if (r < 0)
		return r;
	info->eras = eras = arena_take_zeroed(c->a, ((size_t)n + 1) * sizeof(*eras));
	while (eras && info->n_eras < n && (r = statement_next(&s)) == 1) {
		struct info_era *e = &eras[info->n_eras++];

		*e = (struct info_era){ .id = statement_int(&s, 0),
			.every_ns = statement_int(&s, 1),
			.begin_wall_ns = statement_int(&s, 2),
			.boot_id = text_of(c, &s, 3),
			.host = text_of(c, &s, 4),
			.release = text_of(c, &s, 5),
			.faultline = text_of(c, &s, 6),
			.first_wall_ns = statement_int(&s, 7),
			.last_wall_ns = statement_int(&s, 8),
			.n_ticks = (uint64_t)statement_int(&s, 9) };
		info->n_boots += info->n_eras == 1 || !str_eq(e[-1].boot_id, e->boot_id);
	}
	statement_close(&s);
	return !eras ? -ENOMEM : r < 0 ? r : 0;
}

/* ---- gaps ---- */

static void add_gap(struct collecting *c, const struct info_era *era, const struct frame *f)
{
	bool other_boot = !str_eq(era->boot_id, c->era->boot_id);

	if (c->info->n_gaps < INFO_GAPS)
		c->gaps[c->info->n_gaps++] = (struct info_gap){
			.from_wall_ns = c->wall_ns,
			.to_wall_ns = f->wall_ns,
			.length_ns = other_boot ? f->wall_ns - c->wall_ns : f->mono_ns - c->mono_ns,
			.between_eras = era != c->era,
			.other_boot = other_boot,
		};
	c->info->gaps_in_all++;
}

struct at_tick {
	struct collecting *c;
	const struct info_era *era;
};

static bool on_tick(void *self, const struct frame *f, const struct packet *p)
{
	struct at_tick *at = self;
	struct collecting *c = at->c;

	(void)p;
	if (c->era && (c->era != at->era || f->mono_ns - c->mono_ns > at->era->every_ns / 2 * 5))
		add_gap(c, at->era, f);
	c->era = at->era;
	c->wall_ns = f->wall_ns;
	c->mono_ns = f->mono_ns;
	return true;
}

static const struct info_era *era_of(const struct info *info, int64_t id)
{
	for (uint32_t i = 0; i < info->n_eras; i++)
		if (info->eras[i].id == id)
			return &info->eras[i];
	return NULL;
}

static int read_ticks(struct collecting *c)
{
	struct statement s;
	int r = statement_open(c->db, "SELECT id, era, clean FROM segment ORDER BY era, id", &s);
	int n = 0, error;

	while (r == 0 && (n = statement_next(&s)) == 1) {
		struct at_tick at = { c, era_of(c->info, statement_int(&s, 1)) };

		error = at.era ? skim_segment(&c->skim, statement_int(&s, 0),
					 statement_int(&s, 2) == 1, on_tick, &at)
			       : -EBADMSG;
		c->info->not_read += error < 0;
		r = error == -ENOMEM ? error : 0;
	}
	statement_close(&s);
	return r < 0 ? r : n < 0 ? n : 0;
}

/* ---- sums ---- */

/* n_lost is what the recorder lost between the segment before and this one. */
static int read_sums(struct collecting *c)
{
	struct info *info = c->info;
	struct statement s;
	int64_t clean = 0;
	int r = statement_open(c->db,
		"SELECT count(*), coalesce(sum(clean = 1), 0), coalesce(min(first_wall_ns), 0), coalesce(max(last_wall_ns), 0),"
		" coalesce(sum(n_ticks), 0),"
		" (SELECT coalesce(sum(n_lost), 0) FROM segment),"
		" coalesce(sum(n_values), 0), coalesce(sum(n_changed), 0)"
		" FROM segment WHERE n_ticks > 0",
		&s);

	if (r == 0 && (r = statement_next(&s)) == 1) {
		clean = statement_int(&s, 1);
		info->n_rolled = (uint64_t)clean;
		info->n_open = (uint64_t)(statement_int(&s, 0) - clean);
		info->first_wall_ns = statement_int(&s, 2);
		info->last_wall_ns = statement_int(&s, 3);
		info->n_ticks = (uint64_t)statement_int(&s, 4);
		info->n_lost = (uint64_t)statement_int(&s, 5);
		info->n_values = (uint64_t)statement_int(&s, 6);
		info->n_changed = (uint64_t)statement_int(&s, 7);
		r = 0;
	}
	statement_close(&s);
	return r;
}

/* By name: what two eras both have counts once. Series of an open segment have no row yet. */
static int read_counts(struct collecting *c)
{
	static const struct {
		const char *sql;
		size_t at;
	} counts[] = {
		{ "SELECT count(DISTINCT name) FROM signal", offsetof(struct info, n_signals) },
		{ "SELECT count(DISTINCT name) FROM entity", offsetof(struct info, n_entities) },
		{ "SELECT count(*) FROM (SELECT DISTINCT g.name, n.name, r.sub FROM series r"
		  " JOIN signal g ON g.era = r.era AND g.id = r.signal"
		  " JOIN entity n ON n.era = r.era AND n.id = r.entity)",
			offsetof(struct info, n_series) },
		{ "SELECT count(*) FROM event", offsetof(struct info, n_events) },
		{ "PRAGMA page_size", offsetof(struct info, page_bytes) },
		{ "PRAGMA freelist_count", offsetof(struct info, free_bytes) },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(counts) / sizeof(*counts); i++) {
		int64_t n = 0;

		r = statement_number(c->db, counts[i].sql, &n);
		*(uint64_t *)((char *)c->info + counts[i].at) = (uint64_t)n;
	}
	c->info->free_bytes *= c->info->page_bytes;
	return r;
}

/* ---- bytes ---- */

/* dbstat is an option of SQLite; without it what is in the rows is added up. */
static const char by_pages
	[] = "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name"
	     " WHERE d.aggregate = TRUE GROUP BY s.tbl_name ORDER BY 2 DESC, 1",
	by_rows[] = "SELECT * FROM (SELECT 'chunk', coalesce(sum(length(data)), 0) AS n FROM chunk"
		    " UNION ALL SELECT 'tail', coalesce(sum(length(data)), 0) FROM tail"
		    " UNION ALL SELECT 'segment', coalesce(sum(length(head)), 0) FROM segment"
		    " UNION ALL SELECT 'event', coalesce(sum(length(text) + 64), 0) FROM event)"
		    " ORDER BY n DESC";

static int read_tables(struct collecting *c)
{
	enum { TABLES = 32 };
	struct info_table *tables = arena_take_zeroed(c->a, TABLES * sizeof(*tables));
	struct statement s;
	int r = statement_open(c->db, by_pages, &s);

	c->info->pages_counted = r == 0;
	if (r < 0)
		r = statement_open(c->db, by_rows, &s);
	while (tables && r >= 0 && c->info->n_tables < TABLES && (r = statement_next(&s)) == 1)
		tables[c->info->n_tables++] =
			(struct info_table){ text_of(c, &s, 0), (uint64_t)statement_int(&s, 1) };
	c->info->tables = tables;
	statement_close(&s);
	return !tables ? -ENOMEM : r < 0 ? r : 0;
}

static uint64_t file_bytes(const char *path, const char *tail)
{
	size_t size = strlen(path) + strlen(tail) + 1;
	OWN_MEMORY char *name = own_alloc(size, 1);
	struct stat st;

	snprintf(name, size, "%s%s", path, tail);
	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int collect(struct collecting *c)
{
	static int (*const parts[])(struct collecting *) = { read_eras, read_sums, read_counts,
		read_tables, read_ticks };
	int64_t version = 0;
	int r = statement_number(c->db, "PRAGMA user_version", &version);

	c->info->version = (int)version;
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(*parts); i++)
		r = parts[i](c);
	return r;
}

int store_info(sqlite3 *db, const char *path, struct arena *a, struct info *ret)
{
	struct info info = { 0 };
	struct collecting c = { .db = db, .a = a, .info = &info };
	int r = skim_open(db, &c.skim);

	if (r < 0)
		return r;
	c.gaps = arena_take_zeroed(a, INFO_GAPS * sizeof(*c.gaps));
	info.gaps = c.gaps;
	info.database_bytes = file_bytes(path, "");
	info.wal_bytes = file_bytes(path, "-wal");
	r = c.gaps ? store_errno(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL)) : -ENOMEM;
	if (r == 0)
		r = collect(&c);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	skim_close(&c.skim);
	if (r == 0)
		*ret = info;
	return r;
}
