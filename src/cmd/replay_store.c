/* A replay of a store: its ticks and its events onto the tape, also as if less had been recorded. */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "cmd/from_store.h"
#include "cmd/replay.h"
#include "listen/listen.h"

struct playing {
	struct replay *replay;
	const struct replay_options *options;
	struct from_store store;
	uint16_t first_withheld, n_withheld; /* signals of the collector that is left out */
	struct frame frame;
	struct frame thinned; /* what was said since the tick that was taken last */
	struct ledger_copy taken;
};

/* ---- as if a collector had been forbidden ---- */

static void find_withheld(struct playing *p)
{
	const struct catalog *c = &p->replay->watching.session.catalog;

	for (size_t i = 0; p->options->withhold && i < n_collectors; i++)
		if (strcmp(collectors[i]->name, p->options->withhold) == 0) {
			p->first_withheld = catalog_find(c, str_of(collectors[i]->signals[0].name));
			p->n_withheld = (uint16_t)collectors[i]->n_signals;
		}
}

static bool is_withheld(const struct playing *p, uint16_t sig)
{
	return sig >= p->first_withheld && sig < p->first_withheld + p->n_withheld;
}

static bool are_notices_withheld(const struct playing *p)
{
	return p->options->withhold && strcmp(p->options->withhold, "notifications") == 0;
}

static bool is_of_listener(const struct source *source)
{
	for (size_t i = 0; i < n_listeners; i++)
		if (strcmp(source->path, listeners[i]->source) == 0)
			return true;
	return false;
}

static bool is_withheld_source(const struct playing *p, uint16_t source)
{
	const struct session *s = &p->replay->watching.session;

	if (source >= s->n_sources)
		return false;
	if (are_notices_withheld(p))
		return is_of_listener(&s->sources[source]);
	return strcmp(s->sources[source].collector, p->options->withhold) == 0;
}

static void withhold(const struct playing *p, struct frame *f)
{
	uint32_t rows = 0, spans = 0, failures = 0;

	for (uint32_t i = 0; i < f->n_rows; i++)
		if (!is_withheld(p, f->rows[i].sig))
			f->rows[rows++] = f->rows[i];
	for (uint32_t i = 0; i < f->n_spans; i++)
		if (!is_withheld(p, f->spans[i].sig))
			f->spans[spans++] = f->spans[i];
	for (uint32_t i = 0; i < f->n_failures; i++)
		if (!is_withheld_source(p, f->failures[i].source))
			f->failures[failures++] = f->failures[i];
	for (uint32_t i = 0; i < f->n_reads; i++)
		if (is_withheld_source(p, f->reads[i].source))
			f->reads[i] = (struct source_read){ .source = f->reads[i].source,
				.status = -EACCES };
	f->n_rows = rows;
	f->n_spans = spans;
	f->n_failures = failures;
}

static bool is_log_withheld(const struct playing *p)
{
	return p->options->withhold && strcmp(p->options->withhold, "log") == 0;
}

/* Events with a signal of `link` are as if nobody had been told of them. */
static void withhold_events(struct playing *p, void (*link)(struct catalog *))
{
	const struct catalog *c = &p->replay->watching.session.catalog;
	struct events *es = &p->replay->events;
	struct catalog withheld;
	uint32_t kept = 0;

	if (catalog_open(&withheld) == 0) {
		link(&withheld);
		for (uint32_t i = 0; i < es->n; i++)
			if (catalog_find(&withheld,
				    str_of(catalog_get(c, es->items[i].sig)->name)) == SIGNAL_NONE)
				es->items[kept++] = es->items[i];
		es->n = kept;
	}
	catalog_close(&withheld);
}

/* ---- ticks ---- */

static void note_log(struct playing *p, const struct frame *f)
{
	const struct session *s = &p->replay->watching.session;

	for (uint32_t i = 0; i < f->n_reads && !p->replay->tape.has_log; i++)
		p->replay->tape.has_log =
			f->reads[i].source < s->n_sources && f->reads[i].status == 0 &&
			strcmp(s->sources[f->reads[i].source].collector, "log") == 0;
}

/* A tick comes a little early or late: half of a millisecond in ten is none of our business. */
static bool is_wanted(const struct playing *p)
{
	const struct tape *tape = &p->replay->tape;
	int64_t thin_ns = p->options->thin_ns;

	if (!thin_ns || tape->n_ticks == 0)
		return true;
	return !p->frame.fast &&
	       p->frame.mono_ns - tape->ticks[tape->n_ticks - 1].begin_ns >= thin_ns - thin_ns / 20;
}

/* A tick that is taken tells all that changed since the one that was taken before. */
static struct frame *gather(struct playing *p)
{
	struct frame *all = &p->thinned;
	const struct ledger *l = &p->replay->watching.session.ledger;

	all->wall_ns = p->frame.wall_ns;
	all->mono_ns = p->frame.mono_ns;
	all->boot_ns = p->frame.boot_ns;
	all->n_rows = all->n_spans = 0;
	ledger_changes(l, &p->taken, all);
	ledger_copy_free(&p->taken);
	ledger_copy_take(l, &p->taken);
	return all;
}

static void take_tick(struct playing *p, int64_t end_ns)
{
	struct frame *f = &p->frame;

	if (!is_log_withheld(p))
		note_log(p, f);
	if (p->options->thin_ns)
		from_store_add_reads(&p->thinned, f);
	if (!is_wanted(p)) {
		p->replay->skipped++;
		return;
	}
	if (p->options->thin_ns)
		f = gather(p);
	if (p->options->withhold)
		withhold(p, f);
	tape_add(&p->replay->tape, f, end_ns);
	frame_clear(&p->thinned);
}

static bool play(struct playing *p, const struct store_window *window)
{
	struct session *session = &p->replay->watching.session;
	enum from_store_found found = from_store_walk(&p->store, session, window);
	const char *damage;
	int64_t end_ns;

	if (found != FROM_STORE_FINE)
		return found == FROM_STORE_EMPTY;
	while ((found = from_store_next(&p->store, &p->frame, &end_ns, &p->replay->events)) ==
		FROM_STORE_FINE)
		take_tick(p, end_ns);
	if (is_log_withheld(p))
		withhold_events(p, log_link_signals);
	if (are_notices_withheld(p))
		withhold_events(p, listen_link_signals);
	damage = store_damage(p->store.store);
	snprintf(p->replay->damage, sizeof(p->replay->damage), "%s", damage ? damage : "");
	return found == FROM_STORE_EMPTY;
}

bool replay_read_store(struct replay *r, struct replay_options *o)
{
	struct playing p = { .replay = r, .options = o };
	enum from_store_found found = from_store_open(&p.store, o->store);
	bool fine = found != FROM_STORE_FAILED;
	struct store_window window;

	if (found == FROM_STORE_FINE) {
		window = window_of(&o->window, &p.store.about);
		o->window.first_ns = window.first_ns;
		o->window.span_ns = 0;
		find_withheld(&p);
		fine = frame_open(&p.frame) == 0 && frame_open(&p.thinned) == 0 &&
		       play(&p, &window);
	}
	frame_close(&p.frame);
	frame_close(&p.thinned);
	ledger_copy_free(&p.taken);
	from_store_close(&p.store);
	return fine;
}
