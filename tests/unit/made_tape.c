/* A tape that a test makes: scripts to frames, frames to a tape, a tape to an answer. */
#include "test.h"

#include "made_tape.h"

#include "detect/onset.h"
#include "explain/explain.h"
#include "show/explain_json.h"

static const struct knowledge nothing = { .layer = "" };

int64_t made_ns(double at_s)
{
	return MADE_MONO_NS + (int64_t)(at_s * 1e9 + (at_s < 0 ? -0.5 : 0.5));
}

void made_open(struct made *m, const struct signal *signals, size_t n)
{
	*m = (struct made){ .wall_ahead_ns = MADE_WALL_NS - MADE_MONO_NS, .width_ns = 10 * MS_NS };
	assert_int_equal(session_open(&m->session), 0);
	assert_int_equal(frame_open(&m->frame), 0);
	assert_int_equal(tape_open(&m->tape, &m->session), 0);
	assert_int_equal(events_open(&m->events), 0);
	assert_int_equal(arena_open(&m->answer, 512 << 20), 0);
	m->cells = calloc(MADE_CELLS, sizeof(*m->cells));
	assert_true(catalog_link(&m->session.catalog, signals, n) != SIGNAL_NONE);
	made_who(m, "host");
	for (unsigned i = 0; i < LAYERS; i++)
		m->known[i] = &nothing;
}

struct made *made_new(const struct signal *signals, size_t n, const struct knowledge *k)
{
	struct made *m = calloc(1, sizeof(*m));

	made_open(m, signals, n);
	if (k)
		made_know(m, k);
	return m;
}

int made_free(void **state)
{
	made_close(*state);
	free(*state);
	return 0;
}

void made_close(struct made *m)
{
	free(m->cells);
	arena_close(&m->answer);
	events_close(&m->events);
	tape_close(&m->tape);
	frame_close(&m->frame);
	session_close(&m->session);
}

void made_know(struct made *m, const struct knowledge *k)
{
	int layer = layer_find(str_of(k->layer));

	assert_true(layer >= 0);
	m->known[layer] = k;
}

uint32_t made_who(struct made *m, const char *entity)
{
	uint32_t who = entity_parse(&m->session.entities, str_of(entity));

	assert_true(who != ENTITY_NONE);
	return who;
}

uint16_t made_sig(const struct made *m, const char *signal)
{
	uint16_t sig = catalog_find(&m->session.catalog, str_of(signal));

	if (sig == SIGNAL_NONE)
		fail_msg("no signal %s", signal);
	return sig;
}

/* ---- cells ---- */

static struct made_cell *cell_of(struct made *m, uint32_t who, uint16_t sig, unsigned sub)
{
	for (size_t i = 0; i < m->n_cells; i++) {
		size_t at = (m->at + i) % m->n_cells;
		struct made_cell *c = &m->cells[at];

		if (c->who == who && c->sig == sig && c->sub == sub) {
			m->at = at + 1;
			return c;
		}
	}
	assert_true(m->n_cells < MADE_CELLS);
	m->cells[m->n_cells] = (struct made_cell){ .who = who, .sig = sig, .sub = (uint16_t)sub };
	return &m->cells[m->n_cells++];
}

void made_set(struct made *m, const char *who, const char *signal, unsigned sub, int64_t value)
{
	struct made_cell *c = cell_of(m, made_who(m, who), made_sig(m, signal), sub);

	c->value = value;
	c->there = true;
	c->script = NULL;
}

void made_text(struct made *m, const char *who, const char *signal, const char *text)
{
	made_set(m, who, signal, 0, names_add(&m->session.texts, str_of(text)));
}

void made_lose(struct made *m, const char *who, const char *signal, unsigned sub)
{
	cell_of(m, made_who(m, who), made_sig(m, signal), sub)->there = false;
}

void made_script(
	struct made *m, const char *who, const char *signal, unsigned sub, const char *script)
{
	struct made_cell *c = cell_of(m, made_who(m, who), made_sig(m, signal), sub);

	c->script = script;
	c->left = 0;
}

/* The next word: how many ticks, and what happens in each. */
static void take_word(struct made *m, struct made_cell *c)
{
	str rest = str_of(c->script), word, times = { "", 0 };
	bool counter = catalog_get(&m->session.catalog, c->sig)->kind == COUNTER;
	uint64_t n = 1;

	if (!str_next_word(&rest, &word))
		return;
	if (str_cut(word, 'x', &times, &word))
		assert_int_equal(str_u64(times, &n), 0);
	c->script = rest.n ? rest.p : "";
	c->left = (unsigned)n;
	c->there = !str_is(word, "-");
	c->step = 0;
	if (!c->there)
		return;
	if (word.p[0] == '=')
		assert_int_equal(str_i64(str_from(word, 1), &c->value), 0);
	else
		assert_int_equal(str_i64(word, counter ? &c->step : &c->value), 0);
}

static void follow_script(struct made *m, struct made_cell *c)
{
	const struct signal *signal = catalog_get(&m->session.catalog, c->sig);

	if (!c->script)
		return;
	if (c->left == 0)
		take_word(m, c);
	if (c->left)
		c->left--;
	c->value += c->there ? c->step : 0;
	if (signal->kind == COUNTER && signal->bits && signal->bits < 64)
		c->value &= (INT64_C(1) << signal->bits) - 1;
}

/* ---- sources and relations ---- */

unsigned made_source(struct made *m, const char *path, const char *first, const char *last)
{
	unsigned n = m->session.n_sources++;
	uint16_t from = made_sig(m, first), to = made_sig(m, last);
	struct source *s = &m->session.sources[n];

	assert_true(n < MADE_SOURCES && from <= to);
	*s = (struct source){ .path = path,
		.collector = "made",
		.first_signal = from,
		.n_signals = (uint16_t)(to - from + 1) };
	for (uint16_t sig = from; sig <= to; sig++) {
		int layer = catalog_layer(&m->session.catalog, sig);

		s->layers |= layer >= 0 ? 1u << layer : 0;
	}
	return n;
}

void made_refuse(struct made *m, unsigned source, int error)
{
	m->errors[source] = (int16_t)error;
}

void made_idle(struct made *m, unsigned source, bool idle)
{
	m->idle[source] = idle;
}

void made_relate(struct made *m, const char *a, enum via via, const char *b, double since_s)
{
	relation_say(
		&m->session.relations, made_who(m, a), via, made_who(m, b), 0, 1, made_ns(since_s));
}

void made_part(struct made *m, const char *a, enum via via, const char *b, double until_s)
{
	struct relations *rs = &m->session.relations;
	uint32_t from = made_who(m, a), to = made_who(m, b);

	for (uint32_t i = 0; i < rs->n; i++)
		if (rs->items[i].a == from && rs->items[i].b == to && rs->items[i].via == via) {
			rs->items[i].gone = true;
			rs->items[i].until_ns = made_ns(until_s);
		}
}

/* ---- ticks ---- */

/* The source of a signal; -1: it has none. */
static int source_of(const struct made *m, uint16_t sig)
{
	for (unsigned i = 0; i < m->session.n_sources; i++) {
		const struct source *s = &m->session.sources[i];

		if (sig >= s->first_signal && sig < s->first_signal + s->n_signals)
			return (int)i;
	}
	return -1;
}

static bool is_idle(const struct made *m, int source)
{
	return source < 0 ? m->fast : m->idle[source];
}

/* A source owns its cells; owner 0 has those of no source. */
static void write_cells(struct made *m)
{
	struct ledger *l = &m->session.ledger;

	for (size_t i = 0; i < m->n_cells; i++) {
		struct made_cell *c = &m->cells[i];
		int source = source_of(m, c->sig);

		follow_script(m, c);
		if (c->there && !is_idle(m, source) && !(source >= 0 && m->errors[source]))
			ledger_write(l, &m->frame,
				ledger_block(
					l, (uint16_t)(source + 1), c->who, c->sig, c->sub + 1u),
				c->sub, c->value);
	}
	for (int source = -1; source < (int)m->session.n_sources; source++)
		if (!is_idle(m, source))
			ledger_seal(l, &m->frame, (uint16_t)(source + 1));
}

void made_tick(struct made *m, double at_s)
{
	frame_clear(&m->frame);
	m->frame.mono_ns = m->frame.boot_ns = made_ns(at_s);
	m->frame.wall_ns = m->frame.mono_ns + m->wall_ahead_ns;
	m->frame.fast = m->fast;
	m->session.ledger.tick++;
	write_cells(m);
	for (unsigned i = 0; i < m->session.n_sources; i++)
		if (!is_idle(m, (int)i))
			frame_read(&m->frame, (struct source_read){ .source = (uint16_t)i,
						      .status = m->errors[i] });
	tape_add(&m->tape, &m->frame, m->frame.mono_ns + m->width_ns);
}

void made_play(struct made *m, unsigned ticks, double step_s)
{
	uint32_t n = m->tape.n_ticks;
	double from_s =
		n ? (double)(m->tape.ticks[n - 1].begin_ns - MADE_MONO_NS) / 1e9 + step_s : 0;

	for (unsigned i = 0; i < ticks; i++)
		made_tick(m, from_s + i * step_s);
}

void made_event(struct made *m, const char *who, const char *signal, enum stamp stamp, double at_s)
{
	struct event e = { .who = made_who(m, who),
		.sig = made_sig(m, signal),
		.count = 1,
		.severity = EVENT_CRITICAL,
		.stamp = stamp,
		.line = m->events.n + 1,
		.text = str_of(signal) };

	if (stamp != NO_STAMP)
		e.at_ns = made_ns(at_s) + (stamp == WALL_STAMP ? m->wall_ahead_ns : 0);
	assert_true(events_add(&m->events, &e));
	m->log = true;
}

void made_arrival(struct made *m, double lo_s, double hi_s)
{
	struct event *e = &m->events.items[m->events.n - 1];

	e->arrival_lo_ns = made_ns(lo_s);
	e->arrival_hi_ns = made_ns(hi_s);
}

/* ---- answers ---- */

const struct onsets *made_onsets(struct made *m)
{
	m->tape.has_log = m->log;
	assert_int_equal(tape_finish(&m->tape, &m->events), 0);
	assert_int_equal(onsets_find(&m->tape, m->known, &m->answer, &m->onsets), 0);
	return &m->onsets;
}

const struct report *made_explain(struct made *m)
{
	made_onsets(m);
	assert_int_equal(explain(&m->tape, &m->onsets, m->known, &m->answer, &m->report), 0);
	return &m->report;
}

char *made_json(struct made *m)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(explain_json(out, &m->report), 0);
	fclose(out);
	return text;
}

static bool is_about(const struct made *m, uint32_t who, const char *wanted)
{
	return !wanted || str_is(entity_text(&m->session.entities, who), wanted);
}

const struct onset *made_onset(
	const struct made *m, const char *who, const char *signal, unsigned nth)
{
	uint16_t sig = made_sig(m, signal);

	for (size_t i = 0; i < m->onsets.n; i++) {
		const struct onset *o = &m->onsets.items[i];

		if (o->sig == sig && is_about(m, o->node.who, who) && nth-- == 0)
			return o;
	}
	return NULL;
}

static double after_s(int64_t at_ns)
{
	return (double)(at_ns - MADE_MONO_NS) / 1e9;
}

void made_assert_began(const struct made *m, const struct onset *o, int last_normal, unsigned first)
{
	int64_t lo = last_normal < 0 ? BEFORE_THE_TAPE : m->tape.ticks[last_normal].begin_ns;
	int64_t hi = m->tape.ticks[first].end_ns;

	if (!o)
		fail_msg("no onset; expected one in tick %u", first);
	if (o->from_start != (last_normal < 0))
		fail_msg("%s from the start", o->from_start ? "it is" : "it is not");
	if (o->node.began.lo_ns != lo || o->node.began.hi_ns != hi)
		fail_msg("began %.2f..%.2f s, expected %.2f..%.2f s", after_s(o->node.began.lo_ns),
			after_s(o->node.began.hi_ns), after_s(lo), after_s(hi));
}

void made_assert_ended(const struct made *m, const struct onset *o, unsigned last, unsigned normal)
{
	if (o->node.ended.lo_ns != m->tape.ticks[last].begin_ns ||
		o->node.ended.hi_ns != m->tape.ticks[normal].end_ns)
		fail_msg("ended %.2f..%.2f s, expected ticks %u..%u", after_s(o->node.ended.lo_ns),
			after_s(o->node.ended.hi_ns), last, normal);
}

unsigned made_count(const struct made *m, const char *signal)
{
	unsigned n = 0;

	while (made_onset(m, NULL, signal, n))
		n++;
	return n;
}

const struct watched *made_watched(const struct made *m, const char *who, const char *signal)
{
	uint16_t sig = made_sig(m, signal);

	for (size_t i = 0; i < m->onsets.n_watched; i++)
		if (m->onsets.watched[i].sig == sig && is_about(m, m->onsets.watched[i].who, who))
			return &m->onsets.watched[i];
	return NULL;
}

const char *made_why_out(const struct made *m, const char *who, const char *signal)
{
	for (size_t i = 0; i < m->report.n_ruled_out; i++) {
		const struct ruled_out *r = &m->report.ruled_out[i];

		if (strcmp(r->signal->name, signal) == 0 && is_about(m, r->who, who))
			return rule_out_names[r->reason];
	}
	return NULL;
}

const char *made_why_unread(const struct made *m, const char *signal)
{
	for (size_t i = 0; i < m->report.n_unchecked; i++)
		if (strcmp(m->report.unchecked[i].signal, signal) == 0)
			return m->report.unchecked[i].reason;
	return NULL;
}

bool made_link(const struct made *m, const char *from, const char *to)
{
	for (size_t i = 0; i < m->report.n_links; i++)
		if (strcmp(m->report.links[i].from->signal->name, from) == 0 &&
			strcmp(m->report.links[i].to->signal->name, to) == 0)
			return true;
	return false;
}

const char *made_root(const struct made *m)
{
	return m->report.n_roots ? m->report.roots[0].node->signal->name : "";
}
