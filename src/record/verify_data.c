/* Verifying a store: ticks and columns of a segment. */
#include "record/verify_part.h"

#include <errno.h>

#include "base/own.h"
#include "record/column.h"

enum { CHUNK_BYTES = 256 << 20 };

/* Which numbers an era has names for. */
struct known {
	uint64_t *bits;
	uint64_t n;
};

static bool knows(const struct known *k, uint64_t id)
{
	return id < k->n && (k->bits[id / 64] >> id % 64 & 1);
}

struct data {
	struct verify *v;
	const struct verify_segment *s;
	struct known signals, entities, texts;
	uint64_t n_ticks, n_values, n_points;
	int64_t first_wall_ns, last_wall_ns, first_mono_ns, last_mono_ns;
	bool nameless, disordered; /* was said */
};

static int learn(struct verify *v, const char *sql, int64_t era, uint64_t limit, struct known *k)
{
	struct statement s;
	int r = statement_open(v->db, sql, &s);

	k->bits = own_alloc((size_t)limit / 64, sizeof(*k->bits));
	k->n = limit;
	if (r == 0)
		r = statement_bind(&s, "i", era);
	while (r >= 0 && (r = statement_next(&s)) == 1) {
		uint64_t id = (uint64_t)statement_int(&s, 0);

		if (id < limit)
			k->bits[id / 64] |= UINT64_C(1) << id % 64;
	}
	statement_close(&s);
	return r;
}

/* ---- ticks ---- */

static bool all_named(const struct data *d, const struct frame *f)
{
	for (uint32_t i = 0; i < f->n_rows; i++)
		if (!knows(&d->signals, f->rows[i].sig) || !knows(&d->entities, f->rows[i].who))
			return false;
	for (uint32_t i = 0; i < f->n_spans; i++)
		if (!knows(&d->signals, f->spans[i].sig) || !knows(&d->entities, f->spans[i].who))
			return false;
	for (uint32_t i = 0; i < f->n_changes; i++)
		if (!knows(&d->entities, f->changes[i].a) || !knows(&d->entities, f->changes[i].b))
			return false;
	return true;
}

static bool on_tick(void *self, const struct frame *f, const struct packet *p)
{
	struct data *d = self;

	if (!d->nameless && !all_named(d, f)) {
		verify_problem(d->v, "segment %lld: its tick %llu speaks of what has no name",
			(long long)d->s->id, (unsigned long long)d->n_ticks);
		d->nameless = true;
	}
	if (!d->disordered &&
		((d->n_ticks && f->mono_ns <= d->last_mono_ns) || p->end_ns < f->mono_ns)) {
		verify_problem(d->v, "segment %lld: its tick %llu is not later than the one before",
			(long long)d->s->id, (unsigned long long)d->n_ticks);
		d->disordered = true;
	}
	if (d->n_ticks == 0) {
		d->first_wall_ns = f->wall_ns;
		d->first_mono_ns = f->mono_ns;
	}
	d->last_wall_ns = f->wall_ns;
	d->last_mono_ns = f->mono_ns;
	d->n_ticks++;
	d->n_values += p->n_values;
	d->n_points += f->n_rows;
	return true;
}

static void check_ticks(struct data *d)
{
	const struct verify_segment *s = d->s;

	if (d->n_ticks != (uint64_t)s->n_ticks)
		verify_problem(d->v, "segment %lld: has %llu ticks where %lld are counted",
			(long long)s->id, (unsigned long long)d->n_ticks, (long long)s->n_ticks);
	else if (d->n_values != (uint64_t)s->n_values)
		verify_problem(d->v, "segment %lld: read %llu values where %lld are counted",
			(long long)s->id, (unsigned long long)d->n_values, (long long)s->n_values);
	else if (d->first_wall_ns != s->first_wall_ns || d->last_wall_ns != s->last_wall_ns ||
		 d->first_mono_ns != s->first_mono_ns || d->last_mono_ns != s->last_mono_ns)
		verify_problem(d->v, "segment %lld: its ticks are of other times than it says",
			(long long)s->id);
}

/* ---- columns ---- */

struct group {
	uint64_t slots, texts; /* one bit each: there is such a slot; its values are texts */
};

static int read_group(struct verify *v, int64_t era, int64_t number, struct group *ret)
{
	struct statement s;
	int r = statement_open(v->db,
		"SELECT r.slot, g.unit FROM series r LEFT JOIN signal g ON g.era = r.era AND g.id = r.signal"
		" WHERE r.era = ? AND r.grp = ?",
		&s);

	*ret = (struct group){ 0 };
	if (r == 0)
		r = statement_bind(&s, "ii", era, number);
	while (r >= 0 && (r = statement_next(&s)) == 1) {
		uint64_t slot = (uint64_t)statement_int(&s, 0);

		if (slot >= GROUP_SERIES)
			continue;
		ret->slots |= UINT64_C(1) << slot;
		if (str_is(statement_text(&s, 1), unit_names[TEXT]))
			ret->texts |= UINT64_C(1) << slot;
	}
	statement_close(&s);
	return r;
}

/* What is wrong with a column; NULL: nothing. */
static const char *check_column(struct data *d, struct column_cursor *c, bool texts)
{
	uint32_t tick;
	int64_t value;
	int r;

	while ((r = column_next(c, &tick, &value)) == 0) {
		if (tick >= d->n_ticks)
			return "a value behind the last tick";
		if (texts && !knows(&d->texts, (uint64_t)value))
			return "a text that is not there";
		d->n_points++;
	}
	if (r != -ENODATA)
		return "a column that does not decode";
	return c->ticks.n || c->values.n ? "a column with something behind its end" : NULL;
}

static const char *check_columns(struct data *d, str plain, const struct group *group)
{
	struct column_reader reader;
	struct column_cursor cursor;
	const char *wrong = NULL;
	uint64_t seen = 0;
	uint32_t slot;
	int r = columns_read(plain, &reader);

	while (r == 0 && !wrong && (r = columns_next(&reader, &slot, &cursor)) == 0) {
		if (slot >= GROUP_SERIES || !(group->slots >> slot & 1) || seen >> slot & 1)
			return "a column of no series";
		seen |= UINT64_C(1) << slot;
		wrong = check_column(d, &cursor, group->texts >> slot & 1);
	}
	return wrong ? wrong : r < 0 && r != -ENODATA ? "a directory that does not decode" : NULL;
}

static const char *check_chunk(struct data *d, const struct statement *chunk)
{
	struct skim *skim = &d->v->skim;
	struct group group;

	skim->plain.n = 0;
	if (unsqueeze(skim->squeezer, statement_text(chunk, 2), CHUNK_BYTES, &skim->plain) < 0)
		return "bytes that are not what was written";
	if (read_group(d->v, d->s->era, statement_int(chunk, 1), &group) < 0)
		return "a group that cannot be read";
	return check_columns(d, (str){ skim->plain.p, skim->plain.n }, &group);
}

/* Whether all could be looked at. */
static bool check_chunks(struct data *d)
{
	struct verify *v = d->v;
	struct statement s;
	bool sound = true;
	int r = statement_open(
		v->db, "SELECT id, grp, data FROM chunk WHERE segment = ? ORDER BY grp", &s);

	if (r == 0)
		r = statement_bind(&s, "i", d->s->id);
	while (r >= 0 && (r = statement_next(&s)) == 1) {
		uint64_t before = d->n_points;
		const char *wrong = check_chunk(d, &s);

		if (wrong) {
			d->n_points = before;
			verify_problem(v, "segment %lld: chunk %lld (group %lld) has %s",
				(long long)d->s->id, (long long)statement_int(&s, 0),
				(long long)statement_int(&s, 1), wrong);
		}
		v->found.n_chunks += !wrong;
		sound = sound && !wrong;
	}
	if (r < 0)
		verify_problem(v, "segment %lld: its chunks: %s", (long long)d->s->id,
			sqlite3_errmsg(v->db));
	statement_close(&s);
	return sound && r == 0;
}

/* ---- what can be read ---- */

static void add_span(struct verify *v, const struct data *d, bool whole)
{
	struct verified *found = &v->found;

	if (d->n_ticks && v->span_open && found->spans_in_all <= VERIFY_SPANS) {
		v->spans[found->n_spans - 1].to_wall_ns = d->last_wall_ns;
		v->spans[found->n_spans - 1].n_ticks += d->n_ticks;
	} else if (d->n_ticks) {
		if (found->n_spans < VERIFY_SPANS)
			v->spans[found->n_spans++] = (struct verify_span){ d->first_wall_ns,
				d->last_wall_ns, d->n_ticks };
		found->spans_in_all++;
	}
	v->span_open = whole;
	found->n_ticks += d->n_ticks;
	found->n_points += d->n_points;
}

static void check_data(struct data *d)
{
	struct verify *v = d->v;
	uint64_t before = v->found.problems;
	int r = skim_segment(&v->skim, d->s->id, d->s->clean, on_tick, d);
	bool sound = r == 0;

	if (r < 0)
		verify_problem(v, "segment %lld: its %s: damaged behind tick %llu of %lld",
			(long long)d->s->id, d->s->clean ? "head" : "tails",
			(unsigned long long)d->n_ticks, (long long)d->s->n_ticks);
	else
		check_ticks(d);
	if (d->s->clean)
		sound = check_chunks(d) && sound;
	if (sound && d->n_points != (uint64_t)d->s->n_changed)
		verify_problem(v, "segment %lld: holds %llu changes where %lld are counted",
			(long long)d->s->id, (unsigned long long)d->n_points,
			(long long)d->s->n_changed);
	v->found.n_segments += v->found.problems == before;
	add_span(v, d, r == 0 && d->n_ticks == (uint64_t)d->s->n_ticks);
}

void verify_data(struct verify *v, const struct verify_segment *s)
{
	struct data d = { .v = v, .s = s };

	learn(v, "SELECT id FROM signal WHERE era = ?", s->era, SIGNAL_LIMIT, &d.signals);
	learn(v, "SELECT id FROM entity WHERE era = ?", s->era, ENTITY_LIMIT, &d.entities);
	learn(v, "SELECT id FROM text WHERE era = ?", s->era, TEXT_LIMIT, &d.texts);
	check_data(&d);
	free(d.signals.bits);
	free(d.entities.bits);
	free(d.texts.bits);
}
