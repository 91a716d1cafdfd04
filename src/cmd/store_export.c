/* faultline store export: rows and events as CSV, JSON lines and OpenMetrics. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>

#include "base/own.h"
#include "base/say.h"
#include "cmd/store_parts.h"
#include "cmd/store_spool.h"
#include "log/log.h"
#include "record/statement.h"
#include "show/export.h"

struct exporting {
	const struct store_request *q;
	struct store *store;
	const struct export_format *format; /* NULL: OpenMetrics */
	struct spool spool;
	struct session session;
	struct frame frame;
	int error;          /* of the spool */
	uint64_t *appeared; /* cells that did in this frame, as keys; sorted */
	uint32_t n_appeared, cap_appeared;
};

/* ---- what is asked for ---- */

static bool is_asked(const char *pattern, const char *name)
{
	return !pattern || strcmp(pattern, name) == 0 || fnmatch(pattern, name, 0) == 0;
}

static bool is_wanted(const struct exporting *x, uint32_t who, uint16_t sig)
{
	return is_asked(x->q->signal, catalog_get(&x->session.catalog, sig)->name) &&
	       is_asked(x->q->entity, entity_text(&x->session.entities, who).p);
}

/* ---- rows ---- */

static void give_row(struct exporting *x, const struct block *b, unsigned sub)
{
	const struct session *s = &x->session;
	struct export_row row = { .wall_ns = x->frame.wall_ns,
		.signal = catalog_get(&s->catalog, b->sig),
		.entity = entity_text(&s->entities, b->who),
		.sub = sub,
		.there = block_has(b, sub) };

	row.value = row.there ? b->values[sub] : 0;
	if (row.there && row.signal->unit == TEXT)
		row.text = names_get(&s->texts, (uint32_t)row.value);
	if (x->format)
		x->format->row(stdout, &row);
	else if (row.there && openmetrics_has(row.signal) && x->error == 0)
		x->error = spool_put(&x->spool, &row);
}

static uint64_t key_of(uint32_t who, uint16_t sig, unsigned sub)
{
	return (uint64_t)who << 32 | (uint64_t)sig << 16 | sub;
}

static int by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void note_appeared(struct exporting *x, uint64_t key)
{
	if (x->n_appeared == x->cap_appeared) {
		x->cap_appeared = x->cap_appeared ? x->cap_appeared * 2 : 1024;
		x->appeared = own_grow(x->appeared, x->cap_appeared, sizeof(*x->appeared));
	}
	x->appeared[x->n_appeared++] = key;
}

/* What came has a value even where none is said: 0. What went has a row of its own. */
static void give_spans(struct exporting *x)
{
	x->n_appeared = 0;
	for (uint32_t i = 0; i < x->frame.n_spans; i++) {
		const struct span *span = &x->frame.spans[i];
		const struct block *b = ledger_find(&x->session.ledger, span->who, span->sig);
		bool wanted = b && is_wanted(x, span->who, span->sig);

		for (unsigned sub = span->first; wanted && sub <= span->last; sub++) {
			give_row(x, b, sub);
			note_appeared(x, key_of(span->who, span->sig, sub));
		}
	}
	if (x->n_appeared)
		qsort(x->appeared, x->n_appeared, sizeof(*x->appeared), by_key);
}

static void give_changes(struct exporting *x)
{
	give_spans(x);
	for (uint32_t i = 0; i < x->frame.n_rows; i++) {
		const struct sample *row = &x->frame.rows[i];
		uint64_t key = key_of(row->who, row->sig, row->sub);
		const struct block *b = ledger_find(&x->session.ledger, row->who, row->sig);

		if (!b || !is_wanted(x, row->who, row->sig) ||
			(x->n_appeared &&
				bsearch(&key, x->appeared, x->n_appeared, sizeof(key), by_key)))
			continue;
		give_row(x, b, row->sub);
	}
}

/* Not every source is read in every tick: what was not read has no value then. */
static void mark_read(const struct exporting *x, bool read[static SIGNAL_LIMIT])
{
	for (uint32_t i = 0; i < x->frame.n_reads; i++) {
		const struct source_read *r = &x->frame.reads[i];
		const struct source *source = &x->session.sources[r->source];

		for (unsigned k = 0; r->status == 0 && k < source->n_signals; k++)
			read[source->first_signal + k] = true;
	}
}

static void give_all(struct exporting *x)
{
	bool read[SIGNAL_LIMIT] = { false };

	mark_read(x, read);
	for (uint32_t i = 0; i < x->session.ledger.n; i++) {
		const struct block *b = &x->session.ledger.blocks[i];

		if (!read[b->sig] || !is_wanted(x, b->who, b->sig))
			continue;
		for (unsigned sub = 0; sub < b->n; sub++)
			if (block_has(b, sub))
				give_row(x, b, sub);
	}
}

static int walk_all(struct exporting *x, const struct store_window *window)
{
	struct store_walk *walk;
	uint64_t earlier;
	int64_t end_ns;
	int r = store_walk_open(x->store, &x->session, window, &walk, &earlier);

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	while (x->error == 0 && !ferror(stdout) &&
		(r = store_walk_next(walk, &x->frame, &end_ns, NULL)) == 0) {
		if (x->q->every_tick)
			give_all(x);
		else
			give_changes(x);
	}
	store_walk_close(walk);
	return x->error ? x->error : r == -ENODATA ? 0 : r;
}

static int export_boot(struct exporting *x, const struct store_window *window)
{
	int r = session_open(&x->session);

	if (r == 0)
		r = frame_open(&x->frame);
	if (r == 0) {
		command_link(&x->session.catalog);
		r = walk_all(x, window);
	}
	frame_close(&x->frame);
	session_close(&x->session);
	return r;
}

/* ---- boots: each has a clock of its own, and the store walks one at a time ---- */

enum { BOOTS = 4096 };
struct boot {
	int64_t first_ns, last_ns;
};

static int list_boots(struct exporting *x, struct boot *boots, unsigned *n)
{
	struct statement s;
	int r = statement_open(store_db(x->store),
		"SELECT min(s.first_wall_ns), max(s.last_wall_ns) FROM segment s JOIN era e ON e.id = s.era"
		" WHERE s.n_ticks > 0 GROUP BY e.boot_id ORDER BY min(s.id)",
		&s);

	*n = 0;
	while (r >= 0 && *n < BOOTS && (r = statement_next(&s)) == 1)
		boots[(*n)++] = (struct boot){ statement_int(&s, 0), statement_int(&s, 1) };
	statement_close(&s);
	return r < 0 ? r : 0;
}

static int export_boots(struct exporting *x, const struct store_window *window)
{
	OWN_MEMORY struct boot *boots = own_alloc(BOOTS, sizeof(*boots));
	unsigned n;
	int r;

	if (window->in_mono)
		return export_boot(x, window);
	r = list_boots(x, boots, &n);
	for (unsigned i = 0; r == 0 && i < n; i++) {
		struct store_window part = *window;

		if (boots[i].last_ns < window->first_ns ||
			(window->last_ns && boots[i].first_ns > window->last_ns))
			continue;
		/* of what a window holds the last boot is walked */
		if (i + 1 < n && (!part.last_ns || part.last_ns >= boots[i + 1].first_ns))
			part.last_ns = boots[i + 1].first_ns - 1;
		r = export_boot(x, &part);
	}
	return r;
}

/* ---- OpenMetrics ---- */

struct families {
	struct names seen;
	const char *signal; /* the one whose family it is */
	char name[EXPORT_NAME];
	uint64_t left_out;
	bool clash;
};

static void on_spooled(void *self, const struct export_row *row)
{
	struct families *f = self;

	if (f->signal != row->signal->name) {
		uint32_t before = f->seen.n;

		f->signal = row->signal->name;
		openmetrics_name(row->signal, f->name);
		names_add(&f->seen, str_of(f->name));
		f->clash = f->seen.n == before;
		if (!f->clash)
			openmetrics_family(stdout, row->signal, f->name);
	}
	if (f->clash)
		f->left_out++;
	else
		openmetrics_sample(stdout, f->name, row);
}

static int give_spooled(struct exporting *x)
{
	struct families f = { 0 };
	int r = names_open(&f.seen, SIGNAL_LIMIT, 1 << 20);

	if (r == 0)
		r = spool_give(&x->spool, on_spooled, &f);
	if (r == 0)
		openmetrics_end(stdout);
	names_close(&f.seen);
	if (x->spool.left_out)
		say("%llu rows are left out: the clock was set back there, and OpenMetrics takes later times only",
			(unsigned long long)x->spool.left_out);
	if (f.left_out)
		say("%llu rows are left out: two signals have one name in OpenMetrics; export them as csv",
			(unsigned long long)f.left_out);
	return r;
}

/* ---- events ---- */

static void give_event(struct exporting *x, const struct statement *s)
{
	const struct export_event e = { .wall_ns = statement_int(s, 0),
		.stamp = statement_text(s, 1),
		.at_ns = statement_int(s, 2),
		.arrival_lo_ns = statement_int(s, 3),
		.arrival_hi_ns = statement_int(s, 4),
		.count = (uint64_t)statement_int(s, 5),
		.signal = statement_text(s, 6),
		.entity = statement_text(s, 7),
		.severity = statement_text(s, 8),
		.text = statement_text(s, 9) };
	OWN_MEMORY char *signal = own_alloc(e.signal.n + 1, 1),
			*entity = own_alloc(e.entity.n + 1, 1);

	memcpy(signal, e.signal.p, e.signal.n);
	memcpy(entity, e.entity.p, e.entity.n);
	if (is_asked(x->q->signal, signal) && is_asked(x->q->entity, entity))
		x->format->event(stdout, &e);
}

static int export_events(struct exporting *x, const struct store_window *window)
{
	static const char sql[] =
		"SELECT CASE WHEN v.stamp = 'wall' THEN v.at_ns ELSE s.first_wall_ns - s.first_mono_ns +"
		" CASE WHEN v.stamp = 'mono' THEN v.at_ns ELSE v.arrival_lo_ns END END AS wall_ns,"
		" v.stamp, v.at_ns, v.arrival_lo_ns, v.arrival_hi_ns, v.count, g.name, n.name, v.severity, v.text"
		" FROM event v JOIN segment s ON s.id = v.segment AND v.sum = sum_of(v.stamp, v.at_ns, v.arrival_lo_ns,"
		" v.arrival_hi_ns, v.signal, v.entity, v.severity, v.count, v.text)"
		" JOIN signal g ON g.era = s.era AND g.id = v.signal"
		" JOIN entity n ON n.era = s.era AND n.id = v.entity AND n.sum = sum_of(n.id, n.name)"
		" JOIN era e ON e.id = s.era"
		" WHERE (?3 = 0 OR e.boot_id = (SELECT boot_id FROM era ORDER BY id DESC LIMIT 1))"
		" AND (?1 = 0 OR wall_ns - ?3 * (s.first_wall_ns - s.first_mono_ns) >= ?1)"
		" AND (?2 = 0 OR wall_ns - ?3 * (s.first_wall_ns - s.first_mono_ns) <= ?2)"
		" ORDER BY v.id";
	struct statement s;
	int r = statement_open(store_db(x->store), sql, &s);

	if (r == 0)
		r = statement_bind(
			&s, "iii", window->first_ns, window->last_ns, (int64_t)window->in_mono);
	if (r == 0 && x->format->begin_events)
		x->format->begin_events(stdout);
	while (r >= 0 && !ferror(stdout) && (r = statement_next(&s)) == 1)
		give_event(x, &s);
	statement_close(&s);
	return r < 0 ? r : 0;
}

/* ---- all of it ---- */

static int export_rows(struct exporting *x, const struct store_window *window)
{
	int r;

	if (x->format && x->format->begin)
		x->format->begin(stdout);
	r = x->format ? 0 : spool_open(&x->spool);
	if (r == 0)
		r = export_boots(x, window);
	if (r == 0 && !x->format)
		r = give_spooled(x);
	if (!x->format)
		spool_close(&x->spool);
	free(x->appeared);
	return r;
}

static int export_store(struct exporting *x)
{
	const char *path = x->q->files[0];
	struct store_window window;
	int r;

	if (!store_file_window(x->store, path, &x->q->window, &window))
		return EXIT_CANNOT;
	r = x->q->events ? export_events(x, &window) : export_rows(x, &window);
	if (store_damage(x->store))
		say("%s: %s", path, store_damage(x->store));
	if (r == 0)
		return EXIT_FINE;
	say("%s: %s; the output is not complete; faultline store verify tells what can be read",
		path, strerror(-r));
	return EXIT_CANNOT;
}

static bool choose_format(const struct store_request *q, const struct export_format **ret)
{
	static const struct export_format *const formats[] = { &export_csv, &export_jsonl };
	const char *format = q->format ? q->format : "";

	*ret = NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(format, formats[i]->name) == 0)
			*ret = formats[i];
	if (*ret || (strcmp(format, "openmetrics") == 0 && !q->events))
		return true;
	if (q->events && *format && strcmp(format, "openmetrics") == 0)
		command_usage(&store_command, "OpenMetrics has no events; use", "csv or jsonl");
	else
		command_usage(&store_command, *format ? "unknown format" : "--format is missing:",
			*format ? format : "csv, jsonl or openmetrics");
	return false;
}

int store_print_export(const struct store_request *q)
{
	struct exporting x = { .q = q };
	int code;

	if (!choose_format(q, &x.format))
		return EXIT_CANNOT;
	if (!store_file_open(q->files[0], EXIT_CANNOT, &x.store, &code))
		return code;
	code = export_store(&x);
	store_close(x.store);
	return code;
}
