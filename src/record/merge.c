/* Merging stores. */
#include "record/merge.h"

#include <errno.h>
#include <stdio.h>

#include "base/own.h"
#include "record/build.h"

/* An era as one of the stores has it. */
struct part {
	uint32_t store;
	int64_t id, begin_wall_ns, is; /* is: its number in what is made */
	const char *boot, *host;       /* own_alloc */
};

struct piece {
	uint32_t store;
	int64_t id, era, first_mono_ns, n_ticks;
	bool clean;
};

struct merge {
	struct build build;
	sqlite3 *const *from;
	uint32_t n, which;
	struct part *parts;
	struct piece *pieces;
	uint32_t n_parts, n_pieces;
	struct merged done;
};

/* ---- what there is ---- */

static char *column_copy(sqlite3_stmt *s, int column)
{
	const void *text = sqlite3_column_text(s, column);
	size_t n = (size_t)sqlite3_column_bytes(s, column);
	char *copy = own_alloc(n + 1, 1);

	if (text)
		memcpy(copy, text, n);
	return copy;
}

static void add_part(struct merge *m, sqlite3_stmt *s)
{
	m->parts = own_grow(m->parts, m->n_parts + 1, sizeof(*m->parts));
	m->parts[m->n_parts++] = (struct part){ .store = m->which,
		.id = sqlite3_column_int64(s, 0),
		.begin_wall_ns = sqlite3_column_int64(s, 1),
		.boot = column_copy(s, 2),
		.host = column_copy(s, 3) };
}

static void add_piece(struct merge *m, sqlite3_stmt *s)
{
	m->pieces = own_grow(m->pieces, m->n_pieces + 1, sizeof(*m->pieces));
	m->pieces[m->n_pieces++] = (struct piece){ .store = m->which,
		.id = sqlite3_column_int64(s, 0),
		.era = sqlite3_column_int64(s, 1),
		.first_mono_ns = sqlite3_column_int64(s, 2),
		.n_ticks = sqlite3_column_int64(s, 3),
		.clean = sqlite3_column_int(s, 4) == 1 };
}

static int each_row(
	struct merge *m, const char *sql, void (*take)(struct merge *m, sqlite3_stmt *s))
{
	sqlite3_stmt *s = NULL;
	int r = SQLITE_DONE, error;

	error = store_errno(sqlite3_prepare_v2(m->from[m->which], sql, -1, &s, NULL));
	while (error == 0 && (r = sqlite3_step(s)) == SQLITE_ROW)
		take(m, s);
	sqlite3_finalize(s);
	return error ? error : store_errno(r);
}

static int list_store(struct merge *m)
{
	static const char eras[] = "SELECT id, begin_wall_ns, boot_id, host FROM era ORDER BY id",
			  segments[] = "SELECT id, era, first_mono_ns, n_ticks, clean FROM segment"
				       " WHERE era IN (SELECT id FROM era) ORDER BY id";
	int r = store_errno(sqlite3_exec(m->from[m->which], "BEGIN", NULL, NULL, NULL));

	if (r == 0)
		r = each_row(m, eras, add_part);
	return r == 0 ? each_row(m, segments, add_piece) : r;
}

/* ---- what it becomes ---- */

static bool is_same_era(const struct part *a, const struct part *b)
{
	return a->begin_wall_ns == b->begin_wall_ns && strcmp(a->boot, b->boot) == 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int boots = strcmp(x->boot, y->boot);

	if (x->begin_wall_ns != y->begin_wall_ns)
		return x->begin_wall_ns < y->begin_wall_ns ? -1 : 1;
	return boots ? boots : (int)x->store - (int)y->store;
}

static void number_eras(struct merge *m)
{
	int64_t is = 0;

	qsort(m->parts, m->n_parts, sizeof(*m->parts), by_begin);
	for (uint32_t i = 0; i < m->n_parts; i++) {
		is += i == 0 || !is_same_era(&m->parts[i - 1], &m->parts[i]);
		m->parts[i].is = is;
	}
	m->done.eras = (uint32_t)is;
}

static int64_t era_of(const struct merge *m, const struct piece *p)
{
	for (uint32_t i = 0; i < m->n_parts; i++)
		if (m->parts[i].store == p->store && m->parts[i].id == p->era)
			return m->parts[i].is;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->era != y->era)
		return x->era < y->era ? -1 : 1;
	if (x->first_mono_ns != y->first_mono_ns)
		return x->first_mono_ns < y->first_mono_ns ? -1 : 1;
	if (x->n_ticks != y->n_ticks)
		return x->n_ticks > y->n_ticks ? -1 : 1;
	if (x->clean != y->clean)
		return x->clean ? -1 : 1;
	return (int)x->store - (int)y->store;
}

/* A store of another host has other values for the same names. */
static bool has_host_of_first(const struct merge *m, uint32_t store)
{
	bool any = false;

	for (uint32_t i = 0; i < m->n_parts; i++) {
		any = any || m->parts[i].store == store;
		for (uint32_t k = 0; m->parts[i].store == store && k < m->n_parts; k++)
			if (m->parts[k].store == 0 &&
				strcmp(m->parts[k].host, m->parts[i].host) == 0)
				return true;
	}
	return !any;
}

static int check_hosts(struct merge *m)
{
	if (m->n_parts == 0)
		return -ENODATA;
	for (m->which = 1; m->which < m->n; m->which++)
		if (!has_host_of_first(m, m->which))
			return -EXDEV;
	return 0;
}

/* ---- doing it ---- */

static int put_all(struct merge *m)
{
	int64_t segment = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < m->n_parts; i++) {
		m->which = m->parts[i].store;
		r = build_era(&m->build, m->from[m->which], m->parts[i].id, m->parts[i].is);
	}
	for (uint32_t i = 0; r == 0 && i < m->n_pieces; i++) {
		const struct piece *p = &m->pieces[i];

		if (i > 0 && p[-1].era == p->era && p[-1].first_mono_ns == p->first_mono_ns) {
			m->done.again++;
			continue;
		}
		m->which = p->store;
		r = build_segment(&m->build, m->from[p->store], p->id, ++segment, p->era);
	}
	m->done.segments = (uint32_t)segment;
	return r;
}

static int merge_all(struct merge *m)
{
	int r = 0;

	for (m->which = 0; r == 0 && m->which < m->n; m->which += r == 0)
		r = list_store(m);
	if (r == 0)
		r = check_hosts(m);
	if (r < 0)
		return r;
	number_eras(m);
	for (uint32_t i = 0; i < m->n_pieces; i++)
		m->pieces[i].era = era_of(m, &m->pieces[i]);
	qsort(m->pieces, m->n_pieces, sizeof(*m->pieces), by_time);
	r = build_schema(&m->build);
	if (r == 0)
		r = store_errno(sqlite3_exec(m->build.db, "BEGIN", NULL, NULL, NULL));
	if (r == 0)
		r = put_all(m);
	if (r == 0)
		r = store_errno(sqlite3_exec(m->build.db, "COMMIT", NULL, NULL, NULL));
	return r;
}

static void merge_close(struct merge *m)
{
	for (uint32_t i = 0; i < m->n; i++)
		sqlite3_exec(m->from[i], "ROLLBACK", NULL, NULL, NULL);
	for (uint32_t i = 0; i < m->n_parts; i++) {
		free((void *)(uintptr_t)m->parts[i].boot);
		free((void *)(uintptr_t)m->parts[i].host);
	}
	free(m->parts);
	free(m->pieces);
}

int store_merge(sqlite3 *const *from, uint32_t n, const char *to, const volatile sig_atomic_t *stop,
	struct merged *ret, uint32_t *ret_which, char why[static STORE_WHY])
{
	struct merge m = { .from = from, .n = n };
	int r = build_open(to, stop, &m.build, why);

	if (r < 0)
		return r;
	r = merge_all(&m);
	merge_close(&m);
	*ret_which = m.which < n ? m.which : 0;
	if (r < 0) {
		build_abandon(&m.build, r, why);
		return r;
	}
	*ret = m.done;
	return build_finish(&m.build, why);
}
