/*
 * Ticks of a made machine: every cell, relation and event of any tick can be computed, so that what
 * comes back from a store can be held against what was put into it.
 */
#pragma once

#include <stdarg.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/store.h"
#include "record/writer.h"

static const struct signal made_signals[] = {
	{ "made.counter", "", COUNTER, BYTES, NETDEV, NONE, FREE, "grows, and wraps" },
	{ "made.cpu", "", COUNTER, ONE, NETDEV, BY_CPU, FREE, "by CPU; some come and go" },
	{ "made.gauge", "", GAUGE, ONE, NETDEV, NONE, FREE, "anything" },
	{ "made.text", "", FACT, TEXT, NETDEV, NONE, FREE, "a text" },
	{ "made.happened", "", EVENT, ONE, NETDEV, NONE, FREE, "an event" },
};
enum { MADE_SIGNALS = sizeof(made_signals) / sizeof(*made_signals), MADE_CPUS = 5 };
enum { MADE_COUNTER, MADE_CPU, MADE_GAUGE, MADE_TEXT, MADE_EVENT };
enum { MADE_STEP_NS = 1000000, MADE_WHY = 256, MADE_RELATIONS = 10 /* that are looked at */ };
#define MADE_MONO_NS (INT64_C(1000) * SECOND_NS)
#define MADE_WALL_NS (INT64_C(1795317000) * SECOND_NS)

struct made_ticks {
	unsigned n; /* entities */
	bool noisy; /* what zstd cannot make smaller */
	int64_t step_ns, mono_ns, wall_ns;
	struct session session;
	struct frame frame;
	struct packet_writer packets;
	struct pack pack;
	uint16_t first;
	uint32_t *who, *parents; /* parents: of the tick before */
	bool begun;
};

static inline int64_t made_mono(const struct made_ticks *m, uint64_t tick)
{
	return m->mono_ns + (int64_t)tick * m->step_ns;
}

static inline uint64_t made_tick_at(const struct made_ticks *m, int64_t mono_ns)
{
	return (uint64_t)(mono_ns - m->mono_ns) / (uint64_t)m->step_ns;
}

/* False: the cell is not there. A text is given as its number K in "text K". */
static inline bool made_value(const struct made_ticks *m, uint64_t tick, unsigned entity,
	unsigned signal, unsigned sub, int64_t *ret)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MAX, 0, -1 };

	switch (signal) {
	case MADE_COUNTER: /* one of them wraps again and again */
		*ret = (int64_t)(tick * (entity + 1) * (entity == 1 ? UINT64_C(1) << 61 : 1000));
		return true;
	case MADE_CPU:
		*ret = sub == 4 ? 0 : (int64_t)(tick / (sub + 1) + entity);
		return sub != 2 || (tick / 7 + entity) % 3 != 0;
	case MADE_GAUGE:
		*ret = entity == 2 ? ends[tick / 2 % 4]
				   : (int64_t)hash_mix((m->noisy ? tick : tick / 3) * 8191 +
						       (uint64_t)entity * 131071 + 1);
		return (tick / 50 + entity) % 4 != 3;
	default:
		*ret = (int64_t)((tick / 20 + entity) % 5);
		return true;
	}
}

static inline unsigned made_parent(const struct made_ticks *m, uint64_t tick, unsigned entity)
{
	return (unsigned)((tick / 10 + entity) % m->n);
}

static inline bool made_event(uint64_t tick)
{
	return tick % 5 == 1;
}

static inline bool made_fails(uint64_t tick)
{
	return tick % 13 / 3 == 2;
}

/* ---- making ---- */

/* `skew` moves the numbers of all names, as another run of the recorder would. */
static inline void made_open(struct made_ticks *m, unsigned n, unsigned skew)
{
	static const struct signal other = { .name = "made.other", .about = "" };
	char name[32];

	*m = (struct made_ticks){ .n = n,
		.step_ns = MADE_STEP_NS,
		.mono_ns = MADE_MONO_NS,
		.wall_ns = MADE_WALL_NS,
		.who = calloc(n, sizeof(uint32_t)),
		.parents = malloc(n * sizeof(uint32_t)) };
	memset(m->parents, 0xff, n * sizeof(uint32_t));
	if (session_open(&m->session) < 0 || frame_open(&m->frame) < 0)
		abort();
	for (unsigned i = 0; i < skew; i++) {
		snprintf(name, sizeof(name), "other %u", i);
		names_add(&m->session.texts, str_of(name));
		entity_add(&m->session.entities, QUEUE, "", str_of(name));
		catalog_link(&m->session.catalog, &other, 1);
	}
	m->first = catalog_link(&m->session.catalog, made_signals, MADE_SIGNALS);
	m->session.sources[0] =
		(struct source){ "proc/made", "made", NULL, 1, m->first, MADE_SIGNALS };
	m->session.n_sources = 1;
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "eth%u", i);
		m->who[i] = entity_add(&m->session.entities, NETDEV, "", str_of(name));
	}
	packet_writer_open(&m->packets, &m->session);
}

static inline void made_close(struct made_ticks *m)
{
	packet_writer_close(&m->packets);
	pack_free(&m->pack);
	frame_close(&m->frame);
	session_close(&m->session);
	free(m->who);
	free(m->parents);
}

static inline void made_cell(
	struct made_ticks *m, uint64_t tick, unsigned entity, unsigned signal, unsigned sub)
{
	struct ledger *l = &m->session.ledger;
	char text[32];
	int64_t value;

	if (!made_value(m, tick, entity, signal, sub, &value))
		return;
	if (signal == MADE_TEXT) {
		snprintf(text, sizeof(text), "text %d", (int)value);
		value = names_add(&m->session.texts, str_of(text));
	}
	ledger_write(l, &m->frame,
		ledger_block(l, 0, m->who[entity], (uint16_t)(m->first + signal), sub + 1), sub,
		value);
}

static inline void made_relations(struct made_ticks *m, uint64_t tick)
{
	struct relations *rs = &m->session.relations;

	for (unsigned i = 0; i < m->n; i++) {
		uint32_t is = m->who[made_parent(m, tick, i)], was = m->parents[i];

		m->parents[i] = is;

		if (is == was)
			continue;
		if (was != UINT32_MAX) {
			relation_end(rs, m->who[i], VIA_PARENT, was, m->frame.mono_ns);
			frame_change(&m->frame, (struct relation_change){ m->who[i], was,
							VIA_PARENT, true, m->frame.mono_ns });
		}
		relation_say(
			rs, m->who[i], VIA_PARENT, is, 0, m->session.ledger.tick, m->frame.mono_ns);
		frame_change(&m->frame, (struct relation_change){ m->who[i], is, VIA_PARENT, false,
						m->frame.mono_ns });
	}
}

static inline void made_frame(struct made_ticks *m, uint64_t tick)
{
	struct frame *f = &m->frame;

	frame_clear(f);
	m->session.ledger.tick++;
	f->mono_ns = f->boot_ns = made_mono(m, tick);
	f->wall_ns = f->mono_ns - m->mono_ns + m->wall_ns;
	for (unsigned i = 0; i < m->n; i++) {
		made_cell(m, tick, i, MADE_COUNTER, 0);
		for (unsigned cpu = 0; cpu < MADE_CPUS; cpu++)
			made_cell(m, tick, i, MADE_CPU, cpu);
		made_cell(m, tick, i, MADE_GAUGE, 0);
		made_cell(m, tick, i, MADE_TEXT, 0);
	}
	ledger_seal(&m->session.ledger, f, 0);
	made_relations(m, tick);
	frame_read(f, (struct source_read){ .files = 1,
			      .status = (int16_t)(made_fails(tick) ? -5 : 0),
			      .failed = made_fails(tick),
			      .begin_ns = f->mono_ns,
			      .end_ns = f->mono_ns + 1000 });
	if (made_fails(tick))
		frame_failure(f, (struct failure){ 0, -5, m->who[tick % m->n] });
}

/* The packet of the tick lies in m->pack. */
static inline void made_packet(struct made_ticks *m, uint64_t tick, bool full)
{
	char text[32];
	struct event e = { m->who[0], (uint16_t)(m->first + MADE_EVENT), 1, EVENT_WARNING,
		MONO_STAMP };
	unsigned flags = (full ? PACKET_FULL : 0) | (m->begun ? 0 : PACKET_RENEWS);

	made_frame(m, tick);
	snprintf(text, sizeof(text), "event %llu", (unsigned long long)tick);
	e.at_ns = e.arrival_lo_ns = e.arrival_hi_ns = m->frame.mono_ns;
	e.text = str_of(text);
	m->pack.n = 0;
	packet_write(&m->packets, &m->frame, m->frame.mono_ns + 1000, &e, made_event(tick), flags,
		&m->pack);
	m->begun = m->begun || full;
}

/* As the recorder does it. False: it is lost. */
static inline bool made_put(struct made_ticks *m, struct writer *w, uint64_t tick)
{
	bool full = writer_status(w)->wants_full || !m->begun;

	made_packet(m, tick, full);
	return writer_put(w, (str){ m->pack.p, m->pack.n }, full);
}

/* ---- holding against it what was read ---- */

static inline const char *made_wrong(char why[static MADE_WHY], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static inline const char *made_wrong(char why[static MADE_WHY], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, MADE_WHY, format, arguments);
	va_end(arguments);
	return why;
}

/* Whether the session has it, and what. */
static inline bool made_has(
	const struct session *s, str entity, unsigned signal, unsigned sub, int64_t *ret)
{
	uint32_t who = names_find(&s->entities.names, entity);
	uint16_t sig = catalog_find(&s->catalog, str_of(made_signals[signal].name));
	const struct block *b;
	str text;

	if (who == NAMES_NONE || sig == SIGNAL_NONE || !(b = ledger_find(&s->ledger, who, sig)) ||
		!block_has(b, sub))
		return false;
	*ret = b->values[sub];
	if (signal != MADE_TEXT)
		return true;
	text = names_get(&s->texts, (uint32_t)*ret);
	*ret = text.n == 6 && memcmp(text.p, "text ", 5) == 0 ? text.p[5] - '0' : -1;
	return true;
}

static inline const char *made_check_cell(const struct made_ticks *m, const struct session *s,
	uint64_t tick, unsigned entity, unsigned signal, unsigned sub, char why[static MADE_WHY])
{
	str name = entity_text(&m->session.entities, m->who[entity]);
	int64_t expected, got;
	bool is = made_value(m, tick, entity, signal, sub, &expected);
	bool has = made_has(s, name, signal, sub, &got);

	if (is != has)
		return made_wrong(why, "tick %llu: %s of %.*s, sub %u, is %sthere",
			(unsigned long long)tick, made_signals[signal].name, STR_ARG(name), sub,
			has ? "" : "not ");
	if (is && expected != got)
		return made_wrong(why, "tick %llu: %s of %.*s, sub %u, is %lld instead of %lld",
			(unsigned long long)tick, made_signals[signal].name, STR_ARG(name), sub,
			(long long)got, (long long)expected);
	return NULL;
}

static inline const char *made_check_relation(const struct made_ticks *m, const struct session *s,
	uint64_t tick, unsigned entity, char why[static MADE_WHY])
{
	str name = entity_text(&m->session.entities, m->who[entity]);
	str parent = entity_text(&m->session.entities, m->who[made_parent(m, tick, entity)]);
	uint32_t who = names_find(&s->entities.names, name);
	uint32_t got =
		who == NAMES_NONE ? UINT32_MAX : relation_one(&s->relations, who, VIA_PARENT);

	if (got == UINT32_MAX || got != names_find(&s->entities.names, parent))
		return made_wrong(why, "tick %llu: the parent of %.*s is another one",
			(unsigned long long)tick, STR_ARG(name));
	return NULL;
}

static inline size_t made_cells(const struct session *s)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->ledger.n; i++)
		for (unsigned sub = 0; sub < s->ledger.blocks[i].n; sub++)
			n += block_has(&s->ledger.blocks[i], sub);
	return n;
}

/* Every cell and relation of the tick, and no more; NULL: as it was made. */
static inline const char *made_check(const struct made_ticks *m, const struct session *s,
	uint64_t tick, char why[static MADE_WHY])
{
	const char *wrong = NULL;
	size_t n = 0;

	for (unsigned i = 0; !wrong && i < m->n; i++) {
		int64_t value;

		for (unsigned signal = 0; !wrong && signal < MADE_EVENT; signal++)
			for (unsigned sub = 0; !wrong && sub < (signal == MADE_CPU ? MADE_CPUS : 1);
				sub++) {
				wrong = made_check_cell(m, s, tick, i, signal, sub, why);
				n += made_value(m, tick, i, signal, sub, &value);
			}
		if (!wrong && i < MADE_RELATIONS)
			wrong = made_check_relation(m, s, tick, i, why);
	}
	if (!wrong && made_cells(s) != n)
		wrong = made_wrong(why, "tick %llu: %zu cells instead of %zu",
			(unsigned long long)tick, made_cells(s), n);
	return wrong;
}

/* ---- a walk ---- */

struct made_walked {
	uint64_t n, first, last, gaps, missing; /* ticks; missing: in gaps */
	uint64_t earlier;
	char why[MADE_WHY];    /* "": all is as it was made */
	char damage[MADE_WHY]; /* "": none */
	bool *seen;            /* by tick, of n_seen; may be NULL */
	uint64_t n_seen;
	int result; /* of the opening */
};

static inline const char *made_check_events(
	const struct made_ticks *m, const struct events *es, char why[static MADE_WHY])
{
	uint64_t before = 0;

	for (uint32_t i = 0; i < es->n; i++) {
		char text[32];
		uint64_t tick = made_tick_at(m, es->items[i].at_ns);

		snprintf(text, sizeof(text), "event %llu", (unsigned long long)tick);
		if (!made_event(tick) || !str_is(es->items[i].text, text) || (i && tick <= before))
			return made_wrong(why, "event %u is not as it was made: %.*s", i,
				STR_ARG(es->items[i].text));
		before = tick;
	}
	return NULL;
}

static inline const char *made_check_reads(
	const struct frame *f, uint64_t tick, char why[static MADE_WHY])
{
	bool fails = made_fails(tick);

	if (f->n_reads != 1 || (f->reads[0].status == -5) != fails || f->n_failures != fails ||
		(fails && f->failures[0].error != -5))
		return made_wrong(why, "tick %llu: what was said of the source is another thing",
			(unsigned long long)tick);
	return NULL;
}

static inline void made_walk_all(const struct made_ticks *m, struct store_walk *walk,
	struct session *s, struct frame *f, struct events *es, struct made_walked *ret)
{
	const char *wrong = NULL;
	int64_t end_ns;

	while (!wrong && store_walk_next(walk, f, &end_ns, es) == 0) {
		uint64_t tick = made_tick_at(m, f->mono_ns);

		if (ret->n && tick <= ret->last)
			wrong = made_wrong(ret->why, "tick %llu comes behind tick %llu",
				(unsigned long long)tick, (unsigned long long)ret->last);
		else
			wrong = made_check(m, s, tick, ret->why);
		if (!wrong)
			wrong = made_check_reads(f, tick, ret->why);
		if (ret->n++ == 0)
			ret->first = tick;
		else if (tick != ret->last + 1) {
			ret->gaps++;
			ret->missing += tick - ret->last - 1;
		}
		ret->last = tick;
		if (ret->seen && tick < ret->n_seen)
			ret->seen[tick] = true;
	}
	if (!wrong)
		made_check_events(m, es, ret->why);
}

static inline void made_walk(const struct made_ticks *m, const char *path,
	const struct store_window *window, struct made_walked *ret)
{
	struct store_walk *walk;
	struct session s;
	struct frame f;
	struct events es;
	struct store *store;
	char why[STORE_WHY];

	*ret = (struct made_walked){ .seen = ret->seen, .n_seen = ret->n_seen };
	ret->result = store_open(path, &store, why);
	if (ret->result < 0)
		return;
	if (session_open(&s) < 0 || frame_open(&f) < 0 || events_open(&es) < 0)
		abort();
	ret->result = store_walk_open(store, &s, window, &walk, &ret->earlier);
	if (ret->result == 0) {
		made_walk_all(m, walk, &s, &f, &es, ret);
		store_walk_close(walk);
	}
	snprintf(ret->damage, sizeof(ret->damage), "%s",
		store_damage(store) ? store_damage(store) : "");
	events_close(&es);
	frame_close(&f);
	session_close(&s);
	store_close(store);
}
