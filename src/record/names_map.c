/* An era's dictionary brought into a session. */
#include "record/names_map.h"

#include <errno.h>

#include "base/own.h"
#include "record/statement.h"

void names_map_open(struct names_map *m, struct session *session)
{
	*m = (struct names_map){ .session = session };
}

void names_map_close(struct names_map *m)
{
	free(m->entities);
	free(m->texts);
	m->entities = m->texts = NULL;
}

static void put(uint32_t **items, uint32_t *n, uint64_t id, uint32_t value)
{
	uint32_t before = *n;

	if (id >= ENTITY_LIMIT)
		return;
	if (id >= before) {
		*n = before ? before * 2 : 256;
		while (*n <= id)
			*n *= 2;
		*items = own_grow(*items, *n, sizeof(**items));
		memset(*items + before, 0xff, (*n - before) * sizeof(**items));
	}
	(*items)[id] = value;
}

/* The number of a name in one of the model's lists; `otherwise` for one of a newer faultline. */
static int number_of(const char *const *names, int n, str name, int otherwise)
{
	for (int i = 0; i < n; i++)
		if (str_is(name, names[i]))
			return i;
	return otherwise;
}

/* A signal that this version does not know is kept under its name, as it was described. */
static uint16_t signal_of(struct names_map *m, const struct packet_signal *s)
{
	struct catalog *c = &m->session->catalog;
	uint16_t known = catalog_find(c, s->name);
	struct signal own = {
		.kind = (enum kind)number_of(kind_names, KINDS, s->kind, GAUGE),
		.unit = (enum unit)number_of(unit_names, UNITS, s->unit, ONE),
		.scope = (enum scope)number_of(scope_names, SCOPES, s->scope, HOST),
		.sub = (enum sub)number_of(sub_names, SUBS, s->sub, NONE),
		.cost = (enum cost)number_of(cost_names, COSTS, s->cost, FREE),
		.bits = s->bits,
		.full = s->full ? SATURATES : WRAPS,
	};

	if (known != SIGNAL_NONE)
		return known;
	own.about = arena_copy(&c->texts, s->about).p;
	if (!own.about)
		own.about = "";
	return catalog_own(c, s->name, &own);
}

static void learn_signal(struct names_map *m, const struct packet_signal *s)
{
	if (s->id >= SIGNAL_LIMIT)
		return;
	m->signals[s->id] = signal_of(m, s);
	m->is_text[s->id] = str_is(s->unit, unit_names[TEXT]);
}

static int read_signals(struct names_map *m, struct statement *s)
{
	int r;

	memset(m->signals, 0xff, sizeof(m->signals));
	memset(m->is_text, 0, sizeof(m->is_text));
	while ((r = statement_next(s)) == 1) {
		struct packet_signal signal = { 0, statement_text(s, 1), statement_text(s, 2),
			statement_text(s, 3), statement_text(s, 4), statement_text(s, 5),
			statement_text(s, 6), statement_text(s, 9), (uint8_t)statement_int(s, 7),
			(uint8_t)statement_int(s, 8) };

		if (statement_int(s, 0) < 0 || statement_int(s, 0) >= SIGNAL_LIMIT)
			continue;
		signal.id = (uint16_t)statement_int(s, 0);
		learn_signal(m, &signal);
	}
	return r;
}

static int read_entities(struct names_map *m, struct statement *s)
{
	int r;

	if (m->n_entities)
		memset(m->entities, 0xff, m->n_entities * sizeof(*m->entities));
	while ((r = statement_next(s)) == 1)
		put(&m->entities, &m->n_entities, (uint64_t)statement_int(s, 0),
			entity_parse(&m->session->entities, statement_text(s, 1)));
	return r;
}

static int read_texts(struct names_map *m, struct statement *s)
{
	int r;

	if (m->n_texts)
		memset(m->texts, 0xff, m->n_texts * sizeof(*m->texts));
	while ((r = statement_next(s)) == 1)
		put(&m->texts, &m->n_texts, (uint64_t)statement_int(s, 0),
			names_add(&m->session->texts, statement_text(s, 1)));
	return r;
}

static uint16_t source_of(struct session *session, str path, str collector)
{
	unsigned i = 0;

	while (i < session->n_sources && !(str_is(path, session->sources[i].path) &&
						 str_is(collector, session->sources[i].collector)))
		i++;
	if (i == session->n_sources) {
		if (i == SOURCE_LIMIT)
			return UINT16_MAX;
		session->sources[session->n_sources++] = (struct source){
			.path = arena_copy(&session->catalog.texts, path).p,
			.collector = arena_copy(&session->catalog.texts, collector).p,
		};
	}
	return (uint16_t)i;
}

/* Its signals lie side by side here too; a newer table may have others between them. */
static void span_signals(struct names_map *m, struct source *source, int64_t first, int64_t n)
{
	uint16_t low = SIGNAL_NONE, high = 0;

	for (int64_t i = first; i < first + n && i >= 0 && i < SIGNAL_LIMIT; i++) {
		uint16_t sig = m->signals[i];

		if (sig == SIGNAL_NONE)
			continue;
		low = sig < low ? sig : low;
		high = sig > high ? sig : high;
	}
	source->first_signal = low == SIGNAL_NONE ? 0 : low;
	source->n_signals = low == SIGNAL_NONE ? 0 : (uint16_t)(high - low + 1);
}

static void learn_source(struct names_map *m, const struct packet_source *s)
{
	uint16_t i = source_of(m->session, s->path, s->collector);
	struct source *source;

	if (s->id >= SOURCE_LIMIT || i == UINT16_MAX)
		return;
	source = &m->session->sources[i];
	m->sources[s->id] = i;
	source->absent = s->absent.n ? arena_copy(&m->session->catalog.texts, s->absent).p : NULL;
	source->layers = s->layers;
	span_signals(m, source, s->first_signal, s->n_signals);
}

static int read_sources(struct names_map *m, struct statement *s)
{
	int r;

	memset(m->sources, 0xff, sizeof(m->sources));
	while ((r = statement_next(s)) == 1) {
		struct packet_source source = { 0, statement_text(s, 1), statement_text(s, 2),
			statement_text(s, 3), (uint32_t)statement_int(s, 4),
			(uint16_t)statement_int(s, 5), (uint16_t)statement_int(s, 6) };

		if (statement_int(s, 0) < 0 || statement_int(s, 0) >= SOURCE_LIMIT)
			continue;
		source.id = (uint16_t)statement_int(s, 0);
		learn_source(m, &source);
	}
	return r;
}

static int read_table(struct names_map *m, sqlite3 *db, int64_t era, const char *sql,
	int (*read)(struct names_map *, struct statement *))
{
	struct statement s;
	int r = statement_open(db, sql, &s);

	if (r == 0)
		r = statement_bind(&s, "i", era);
	if (r == 0)
		r = read(m, &s);
	statement_close(&s);
	return r;
}

int names_map_read(struct names_map *m, sqlite3 *db, int64_t era)
{
	int r = read_table(m, db, era,
		"SELECT id, name, kind, unit, scope, sub, cost, bits, full, about FROM signal WHERE era = ?"
		" AND sum = sum_of(id, name, kind, unit, scope, sub, cost, bits, full, about)",
		read_signals);

	if (r == 0)
		r = read_table(m, db, era,
			"SELECT id, name FROM entity WHERE era = ? AND sum = sum_of(id, name)",
			read_entities);
	if (r == 0)
		r = read_table(m, db, era,
			"SELECT id, text FROM text WHERE era = ? AND sum = sum_of(id, text)",
			read_texts);
	if (r == 0)
		r = read_table(m, db, era,
			"SELECT id, path, collector, absent, layers, first_signal, n_signals FROM source WHERE era = ?"
			" AND sum = sum_of(id, path, collector, absent, layers, first_signal, n_signals)",
			read_sources);
	return r;
}

void names_map_learn(struct names_map *m, const struct packet *p)
{
	struct session *s = m->session;

	if (p->flags & PACKET_RENEWS || !m->begun) {
		memset(m->signals, 0xff, sizeof(m->signals));
		memset(m->sources, 0xff, sizeof(m->sources));
		m->begun = true;
	}
	for (uint32_t i = 0; i < p->n_signals; i++)
		learn_signal(m, &p->signals[i]);
	for (uint32_t i = 0; i < p->n_entities; i++)
		put(&m->entities, &m->n_entities, p->entities[i].id,
			entity_parse(&s->entities, p->entities[i].text));
	for (uint32_t i = 0; i < p->n_texts; i++)
		put(&m->texts, &m->n_texts, p->texts[i].id, names_add(&s->texts, p->texts[i].text));
	for (uint32_t i = 0; i < p->n_sources; i++)
		learn_source(m, &p->sources[i]);
}

bool names_map_entity(struct names_map *m, uint32_t *who)
{
	if (*who >= m->n_entities || m->entities[*who] == NAMES_NONE) {
		m->missing++;
		return false;
	}
	*who = m->entities[*who];
	return true;
}

bool names_map_signal(struct names_map *m, uint16_t *sig)
{
	if (*sig >= SIGNAL_LIMIT || m->signals[*sig] == SIGNAL_NONE) {
		m->missing++;
		return false;
	}
	*sig = m->signals[*sig];
	return true;
}

bool names_map_value(struct names_map *m, struct sample *row)
{
	uint64_t text = (uint64_t)row->value;

	if (row->sig >= SIGNAL_LIMIT || !m->is_text[row->sig])
		return true;
	if (text >= m->n_texts || m->texts[text] == NAMES_NONE) {
		m->missing++;
		return false;
	}
	row->value = m->texts[text];
	return true;
}

bool names_map_row(struct names_map *m, struct sample *row)
{
	return names_map_value(m, row) && names_map_entity(m, &row->who) &&
	       names_map_signal(m, &row->sig);
}

bool names_map_span(struct names_map *m, struct span *span)
{
	return names_map_entity(m, &span->who) && names_map_signal(m, &span->sig);
}

bool names_map_change(struct names_map *m, struct relation_change *change)
{
	return names_map_entity(m, &change->a) && names_map_entity(m, &change->b);
}

/* A source that is not known here is one of a newer faultline: nothing is missing. */
static bool map_source(const struct names_map *m, uint16_t *source)
{
	*source = *source < SOURCE_LIMIT ? m->sources[*source] : UINT16_MAX;
	return *source != UINT16_MAX;
}

bool names_map_read_of(struct names_map *m, struct source_read *read)
{
	return map_source(m, &read->source);
}

bool names_map_failure(struct names_map *m, struct failure *failure)
{
	return map_source(m, &failure->source) &&
	       (failure->who == ENTITY_NONE || names_map_entity(m, &failure->who));
}
