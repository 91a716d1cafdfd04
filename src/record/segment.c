/* Segments: rows to columns, columns to chunks. */
#include "record/segment.h"

#include <errno.h>

#include "base/names.h"
#include "base/own.h"
#include "record/statement.h"

enum { FIRST_SLOTS = 2048, FIRST_ITEMS = 64, FEW_SERIES = 4096 };

void segment_open(struct segment *s)
{
	*s = (struct segment){
		.source_of = own_alloc(SIGNAL_LIMIT, sizeof(*s->source_of)),
		.order_of = own_alloc(SIGNAL_LIMIT, sizeof(*s->order_of)),
		.open_group = own_alloc(SOURCE_LIMIT + 1, sizeof(*s->open_group)),
	};
}

void segment_close(struct segment *s)
{
	column_pool_close(&s->pool);
	pack_free(&s->head);
	free(s->series);
	free(s->slots);
	free(s->groups);
	free(s->source_of);
	free(s->order_of);
	free(s->open_group);
	*s = (struct segment){ 0 };
}

void segment_begin_era(struct segment *s, uint32_t first_group)
{
	s->n_series = s->n_groups = 0;
	s->first_group = first_group;
	free(s->slots);
	s->n_slots = FIRST_SLOTS;
	s->slots = own_alloc(s->n_slots, sizeof(*s->slots));
	memset(s->source_of, 0, SIGNAL_LIMIT * sizeof(*s->source_of));
	memset(s->order_of, 0, SIGNAL_LIMIT * sizeof(*s->order_of));
	memset(s->open_group, 0, (SOURCE_LIMIT + 1) * sizeof(*s->open_group));
}

void segment_begin(struct segment *s, int64_t id, int64_t era)
{
	s->about = (struct segment_about){ .id = id, .era = era };
	column_pool_clear(&s->pool);
	s->head.n = 0;
	for (uint32_t i = 0; i < s->n_series; i++)
		s->series[i].column = (struct column){ 0 };
}

bool segment_is_crowded(const struct segment *s)
{
	return s->n_series > SEGMENT_SERIES / 4 * 3;
}

bool segment_is_sparse(const struct segment *s)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < s->n_series; i++)
		used += s->series[i].column.n > 0;
	return s->n_series > FEW_SERIES && used < s->n_series / 2;
}

size_t segment_bytes(const struct segment *s)
{
	return column_pool_bytes(&s->pool) + s->head.n;
}

/* ---- series ---- */

static uint32_t *slot_of(const struct segment *s, uint32_t who, uint16_t sig, uint16_t sub)
{
	uint64_t key = (uint64_t)who << 32 | (uint64_t)sig << 16 | sub;
	uint32_t at = (uint32_t)hash_mix(key) & (s->n_slots - 1);

	for (; s->slots[at]; at = (at + 1) & (s->n_slots - 1)) {
		const struct segment_series *series = &s->series[s->slots[at] - 1];

		if (series->who == who && series->sig == sig && series->sub == sub)
			break;
	}
	return &s->slots[at];
}

static void widen(struct segment *s)
{
	free(s->slots);
	s->n_slots *= 2;
	s->slots = own_alloc(s->n_slots, sizeof(*s->slots));
	for (uint32_t i = 0; i < s->n_series; i++)
		*slot_of(s, s->series[i].who, s->series[i].sig, s->series[i].sub) = i + 1;
}

/* A series stays in the group where it began, beside others of its source. */
static void join_group(struct segment *s, uint32_t series, uint16_t sig)
{
	uint32_t *open = &s->open_group[s->source_of[sig]];

	if (*open == 0 || s->groups[*open - 1].n == GROUP_SERIES) {
		if (s->n_groups == s->cap_groups) {
			s->cap_groups = s->cap_groups ? s->cap_groups * 2 : FIRST_ITEMS;
			s->groups = own_grow(s->groups, s->cap_groups, sizeof(*s->groups));
		}
		s->groups[s->n_groups].n = s->groups[s->n_groups].n_stored = 0;
		*open = ++s->n_groups;
	}
	s->groups[*open - 1].series[s->groups[*open - 1].n++] = series;
}

static struct segment_series *series_of(struct segment *s, const struct sample *row)
{
	uint32_t *slot = slot_of(s, row->who, row->sig, row->sub);

	if (*slot)
		return &s->series[*slot - 1];
	if (s->n_series == SEGMENT_SERIES || row->sig >= SIGNAL_LIMIT)
		return NULL;
	if (s->n_series == s->cap_series) {
		s->cap_series = s->cap_series ? s->cap_series * 2 : FIRST_ITEMS;
		s->series = own_grow(s->series, s->cap_series, sizeof(*s->series));
	}
	s->series[s->n_series] =
		(struct segment_series){ .who = row->who, .sig = row->sig, .sub = row->sub };
	join_group(s, s->n_series, row->sig);
	*slot = ++s->n_series;
	if (s->n_series * 2 > s->n_slots)
		widen(s);
	return &s->series[s->n_series - 1];
}

/* ---- a packet ---- */

static void learn_names(struct segment *s, const struct packet *p)
{
	for (uint32_t i = 0; i < p->n_signals; i++)
		if (p->signals[i].id < SIGNAL_LIMIT)
			s->order_of[p->signals[i].id] =
				str_is(p->signals[i].kind, kind_names[COUNTER]) ? 2 : 1;
	for (uint32_t i = 0; i < p->n_sources; i++) {
		const struct packet_source *source = &p->sources[i];

		for (unsigned k = 0; k < source->n_signals; k++) {
			unsigned sig = source->first_signal + k;

			if (sig < SIGNAL_LIMIT && !s->source_of[sig])
				s->source_of[sig] = (uint16_t)(source->id + 1);
		}
	}
}

static void take_head(struct segment *s, const struct packet *p)
{
	pack_text(&s->head, p->head);
}

void segment_take(struct segment *s, const struct packet *p, const struct frame *f)
{
	struct segment_about *a = &s->about;

	learn_names(s, p);
	take_head(s, p);
	for (uint32_t i = 0; i < f->n_rows; i++) {
		const struct sample *row = &f->rows[i];
		struct segment_series *series = series_of(s, row);

		/* a row that is there twice in one tick would be damage */
		if (series && (series->column.n == 0 || series->column.tick < a->n_ticks)) {
			column_put(&s->pool, &series->column, a->n_ticks, row->value,
				s->order_of[row->sig]);
			a->n_changed++;
		} else {
			s->dropped++;
		}
	}
	if (a->n_ticks++ == 0) {
		a->first_wall_ns = f->wall_ns;
		a->first_mono_ns = f->mono_ns;
	}
	a->last_wall_ns = f->wall_ns;
	a->last_mono_ns = f->mono_ns;
	a->n_values += p->n_values;
}

/* ---- to the store ---- */

static int store_series_of(struct segment *s, sqlite3 *db, uint32_t g)
{
	struct segment_group *group = &s->groups[g];
	struct statement insert;
	int r = group->n == group->n_stored
			? 0
			: statement_open(db,
				  "INSERT INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, sum_of(?3, ?4, ?5, ?6))",
				  &insert);

	if (r < 0 || group->n == group->n_stored)
		return r;
	for (unsigned i = group->n_stored; r == 0 && i < group->n; i++) {
		const struct segment_series *series = &s->series[group->series[i]];

		r = statement_run(&insert, "iiiiii", s->about.era, (int64_t)(s->first_group + g),
			(int64_t)i, (int64_t)series->sig, (int64_t)series->who,
			(int64_t)series->sub);
	}
	statement_close(&insert);
	return r;
}

static unsigned columns_of(
	struct segment *s, const struct segment_group *group, struct column_slot *ret)
{
	unsigned n = 0;

	for (unsigned i = 0; i < group->n; i++) {
		struct column *c = &s->series[group->series[i]].column;

		if (c->n)
			ret[n++] = (struct column_slot){ c, i };
	}
	return n;
}

static int store_chunks(struct segment *s, sqlite3 *db, struct squeezer *z, uint64_t *bytes)
{
	struct column_slot columns[GROUP_SERIES];
	struct pack plain = { 0 }, squeezed = { 0 };
	struct statement insert;
	int r = statement_open(
		db, "INSERT INTO chunk (segment, grp, data) VALUES (?, ?, ?)", &insert);

	for (uint32_t g = 0; r == 0 && g < s->n_groups; g++) {
		unsigned n = columns_of(s, &s->groups[g], columns);

		if (n == 0)
			continue;
		plain.n = squeezed.n = 0;
		columns_pack(&s->pool, columns, n, &plain);
		r = squeeze(z, (str){ plain.p, plain.n }, &squeezed);
		if (r == 0)
			r = store_series_of(s, db, g);
		if (r == 0)
			r = statement_run(&insert, "iib", s->about.id,
				(int64_t)(s->first_group + g), (str){ squeezed.p, squeezed.n });
		*bytes += squeezed.n;
	}
	statement_close(&insert);
	pack_free(&plain);
	pack_free(&squeezed);
	return r;
}

static int store_head(struct segment *s, sqlite3 *db, struct squeezer *z, uint64_t *bytes)
{
	struct pack squeezed = { 0 };
	int r = squeeze(z, (str){ s->head.p, s->head.n }, &squeezed);

	*bytes += squeezed.n;
	if (r == 0)
		r = statement_once(db,
			"UPDATE segment SET clean = 1, head = ?, bytes = ?, n_ticks = ?, n_values = ?, n_changed = ? WHERE id = ?",
			"biiiii", (str){ squeezed.p, squeezed.n }, (int64_t)*bytes,
			(int64_t)s->about.n_ticks, (int64_t)s->about.n_values,
			(int64_t)s->about.n_changed, s->about.id);
	if (r == 0)
		r = statement_once(db, "DELETE FROM tail WHERE segment = ?", "i", s->about.id);
	pack_free(&squeezed);
	return r;
}

int segment_roll(struct segment *s, sqlite3 *db, struct squeezer *z, uint64_t *ret_bytes)
{
	uint64_t bytes = 0;
	int r = store_chunks(s, db, z, &bytes);

	if (r == 0)
		r = store_head(s, db, z, &bytes);
	if (r == 0)
		*ret_bytes = bytes;
	return r;
}

void segment_rolled(struct segment *s, bool committed)
{
	for (uint32_t g = 0; committed && g < s->n_groups; g++)
		for (unsigned i = s->groups[g].n_stored; i < s->groups[g].n; i++)
			s->groups[g].n_stored = i + 1;
}
