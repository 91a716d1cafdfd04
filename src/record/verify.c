/* Verifying a store: pages, tables and references. */
#include "record/verify_part.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum { OPS_AT_ONCE = 1000 };

void verify_problem(struct verify *v, const char *format, ...)
{
	char line[VERIFY_LINE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	v->found.problems++;
	v->problem(v->self, line);
}

/* ---- pages ---- */

static void verify_pages(struct verify *v)
{
	struct statement s;
	int r = statement_open(v->db, "PRAGMA integrity_check(100)", &s);

	while (r >= 0 && (r = statement_next(&s)) == 1) {
		str text = statement_text(&s, 0), line;

		while (str_next_line(&text, &line))
			if (line.n && !str_is(line, "ok") && !str_starts(line, STR("*** ")))
				verify_problem(v, "pages: %.*s", STR_ARG(line));
	}
	if (r < 0)
		verify_problem(v, "pages: %s", sqlite3_errmsg(v->db));
	statement_close(&s);
}

/* ---- tables ---- */

static bool has(sqlite3 *db, str type, str name)
{
	struct statement s;
	int r = statement_open(
		db, "SELECT 1 FROM sqlite_schema WHERE type = ? AND name = ? LIMIT 1", &s);

	if (r == 0)
		r = statement_bind(&s, "tt", type, name);
	if (r == 0)
		r = statement_next(&s);
	statement_close(&s);
	return r == 1;
}

/* Everything that an empty store has. */
static int verify_tables(struct verify *v)
{
	sqlite3 *empty = NULL;
	struct statement s = { NULL };
	int r = store_errno(sqlite3_open(":memory:", &empty));

	if (r == 0)
		r = store_errno(sqlite3_exec(empty, store_schema, NULL, NULL, NULL));
	if (r == 0)
		r = statement_open(
			empty, "SELECT type, name FROM sqlite_schema WHERE sql NOT NULL", &s);
	while (r >= 0 && (r = statement_next(&s)) == 1) {
		str type = statement_text(&s, 0), name = statement_text(&s, 1);

		if (!has(v->db, type, name))
			verify_problem(
				v, "tables: %.*s %.*s is not there", STR_ARG(type), STR_ARG(name));
	}
	statement_close(&s);
	sqlite3_close(empty);
	return r < 0 ? -ENOMEM : 0;
}

/* ---- references ---- */

/* Each finds rows that should not be; the columns, up to three, go into the sentence. */
static const struct reference {
	const char *sql, *says;
} references[] = {
	{ "SELECT id, era FROM segment WHERE era NOT IN (SELECT id FROM era)",
		"segment %lld is of era %lld, which is not there" },
	{ "SELECT id FROM segment WHERE clean NOT IN (0, 1)",
		"segment %lld is neither open nor rolled over" },
	{ "SELECT id FROM segment WHERE clean = 1 AND head IS NULL",
		"segment %lld is rolled over and has no head" },
	{ "SELECT id FROM segment WHERE clean = 0 AND head NOT NULL",
		"segment %lld is open and has a head" },
	{ "SELECT id FROM segment WHERE n_ticks < 1 OR n_values < 0 OR n_changed < 0 OR n_lost < 0 OR bytes < 0",
		"segment %lld counts something below what can be" },
	{ "SELECT id FROM segment WHERE last_mono_ns < first_mono_ns",
		"segment %lld ends before it begins" },
	{ "SELECT b.id, a.id FROM segment a JOIN segment b ON b.era = a.era AND b.id = (SELECT min(id) FROM segment WHERE era = a.era AND id > a.id)"
	  " WHERE b.first_mono_ns <= a.last_mono_ns",
		"segment %lld begins before segment %lld ends" },
	{ "SELECT t.id, t.segment FROM tail t LEFT JOIN segment s ON s.id = t.segment WHERE s.id IS NULL",
		"tail %lld is of segment %lld, which is not there" },
	{ "SELECT t.id, t.segment FROM tail t JOIN segment s ON s.id = t.segment WHERE s.clean = 1",
		"tail %lld is of segment %lld, which is rolled over" },
	{ "SELECT c.id, c.segment FROM chunk c LEFT JOIN segment s ON s.id = c.segment WHERE s.id IS NULL",
		"chunk %lld is of segment %lld, which is not there" },
	{ "SELECT c.id, c.segment FROM chunk c JOIN segment s ON s.id = c.segment WHERE s.clean = 0",
		"chunk %lld is of segment %lld, which is open" },
	{ "SELECT c.id, c.grp FROM chunk c JOIN segment s ON s.id = c.segment WHERE NOT EXISTS"
	  " (SELECT 1 FROM series r WHERE r.era = s.era AND r.grp = c.grp)",
		"chunk %lld is of group %lld, which is not there" },
	{ "SELECT grp, slot FROM series WHERE slot < 0 OR slot >= 64 OR sub < 0 OR sub > 65535",
		"group %lld: its slot %lld is none that can be" },
	{ "SELECT r.grp, r.slot, r.signal FROM series r LEFT JOIN signal g ON g.era = r.era AND g.id = r.signal WHERE g.id IS NULL",
		"group %lld, slot %lld: signal %lld has no name" },
	{ "SELECT r.grp, r.slot, r.entity FROM series r LEFT JOIN entity n ON n.era = r.era AND n.id = r.entity WHERE n.id IS NULL",
		"group %lld, slot %lld: entity %lld has no name" },
	{ "SELECT min(grp), count(*) FROM series GROUP BY era, signal, entity, sub, grp HAVING count(*) > 1",
		"group %lld has one series %lld times" },
	{ "SELECT e.id, e.segment FROM event e LEFT JOIN segment s ON s.id = e.segment WHERE s.id IS NULL",
		"event %lld is of segment %lld, which is not there" },
	{ "SELECT e.id, e.signal FROM event e JOIN segment s ON s.id = e.segment"
	  " LEFT JOIN signal g ON g.era = s.era AND g.id = e.signal WHERE g.id IS NULL",
		"event %lld: signal %lld has no name" },
	{ "SELECT e.id, e.entity FROM event e JOIN segment s ON s.id = e.segment"
	  " LEFT JOIN entity n ON n.era = s.era AND n.id = e.entity WHERE n.id IS NULL",
		"event %lld: entity %lld has no name" },
	{ "SELECT id FROM event WHERE stamp NOT IN ('mono', 'wall', '-') OR severity NOT IN ('info', 'warning', 'critical')"
	  " OR count < 0 OR arrival_hi_ns < arrival_lo_ns",
		"event %lld says something that no event says" },
	{ "SELECT era FROM (SELECT era FROM signal UNION SELECT era FROM entity UNION SELECT era FROM text UNION SELECT era FROM source UNION SELECT era FROM series)"
	  " WHERE era NOT IN (SELECT id FROM era)",
		"names are of era %lld, which is not there" },
	{ "SELECT id FROM era WHERE every_ns < 0 OR begin_wall_ns < 0",
		"era %lld began at a time that cannot be" },
	{ "SELECT id FROM era WHERE boot_id = '' OR typeof(boot_id) <> 'text'",
		"era %lld is of no boot" },
	{ "SELECT era, id FROM signal WHERE sum <> sum_of(id, name, kind, unit, scope, sub, cost, bits, full, about)",
		"era %lld: signal %lld does not have its sum" },
	{ "SELECT era, id FROM entity WHERE sum <> sum_of(id, name)",
		"era %lld: entity %lld does not have its sum" },
	{ "SELECT era, id FROM text WHERE sum <> sum_of(id, text)",
		"era %lld: text %lld does not have its sum" },
	{ "SELECT era, id FROM source WHERE sum <> sum_of(id, path, collector, absent, layers, first_signal, n_signals)",
		"era %lld: source %lld does not have its sum" },
	{ "SELECT grp, slot FROM series WHERE sum <> sum_of(slot, signal, entity, sub)",
		"group %lld: slot %lld does not have its sum" },
	{ "SELECT id FROM event WHERE sum <> sum_of(stamp, at_ns, arrival_lo_ns, arrival_hi_ns, signal, entity, severity, count, text)",
		"event %lld does not have its sum" },
	{ "SELECT era, id FROM signal WHERE name = '' OR typeof(name) <> 'text' OR bits NOT BETWEEN 0 AND 64",
		"era %lld: signal %lld is none that can be" },
	{ "SELECT era, id FROM entity WHERE instr(name, ':') = 0 AND name <> 'host'",
		"era %lld: entity %lld has a name that no entity has" },
};

static void verify_reference(struct verify *v, const struct reference *reference)
{
	struct statement s;
	int r = statement_open(v->db, reference->sql, &s);

	while (r >= 0 && (r = statement_next(&s)) == 1) {
		char line[VERIFY_LINE];

		snprintf(line, sizeof(line), reference->says, (long long)statement_int(&s, 0),
			(long long)statement_int(&s, 1), (long long)statement_int(&s, 2));
		verify_problem(v, "references: %s", line);
	}
	if (r < 0)
		verify_problem(v, "references: %s", sqlite3_errmsg(v->db));
	statement_close(&s);
}

/* ---- segments ---- */

static void verify_segments(struct verify *v)
{
	struct statement s;
	int r = statement_open(v->db,
		"SELECT id, era, first_wall_ns, last_wall_ns, first_mono_ns, last_mono_ns,"
		" n_ticks, n_values, n_changed, clean FROM segment ORDER BY id",
		&s);

	while (r >= 0 && (r = statement_next(&s)) == 1) {
		const struct verify_segment segment = { statement_int(&s, 0), statement_int(&s, 1),
			statement_int(&s, 2), statement_int(&s, 3), statement_int(&s, 4),
			statement_int(&s, 5), statement_int(&s, 6), statement_int(&s, 7),
			statement_int(&s, 8), statement_int(&s, 9) == 1 };

		verify_data(v, &segment);
	}
	if (r < 0)
		verify_problem(v, "segments: %s", sqlite3_errmsg(v->db));
	statement_close(&s);
}

/* ---- all of it ---- */

/* What the pages lead to in circles would be read for ever. */
static int on_progress(void *self)
{
	struct verify *v = self;

	if (v->ops_left)
		v->ops_left--;
	return v->ops_left == 0;
}

static void bound_work(struct verify *v)
{
	int64_t pages = 0, size = 0;

	sqlite3_exec(v->db, "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF", NULL, NULL,
		NULL);
	statement_number(v->db, "PRAGMA page_count", &pages);
	statement_number(v->db, "PRAGMA page_size", &size);
	/* a row takes some bytes, and all that is asked of it some hundred operations */
	v->ops_left = 100000 + (uint64_t)pages * (uint64_t)size / 4;
	sqlite3_progress_handler(v->db, OPS_AT_ONCE, on_progress, v);
}

static int verify_all(struct verify *v)
{
	int r;

	bound_work(v);
	r = store_errno(sqlite3_exec(v->db, "BEGIN", NULL, NULL, NULL));
	verify_pages(v);
	r = verify_tables(v);
	for (size_t i = 0; r == 0 && i < sizeof(references) / sizeof(*references); i++)
		verify_reference(v, &references[i]);
	if (r == 0)
		verify_segments(v);
	sqlite3_progress_handler(v->db, 0, NULL, NULL);
	sqlite3_exec(v->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int store_verify(sqlite3 *db, struct arena *a, void (*problem)(void *self, const char *what),
	void *self, struct verified *ret)
{
	struct verify v = { .db = db, .problem = problem, .self = self };
	int r = skim_open(db, &v.skim);

	if (r < 0)
		return r;
	v.spans = arena_take_zeroed(a, VERIFY_SPANS * sizeof(*v.spans));
	v.found.spans = v.spans;
	r = v.spans ? verify_all(&v) : -ENOMEM;
	skim_close(&v.skim);
	if (r == 0)
		*ret = v.found;
	return r;
}
