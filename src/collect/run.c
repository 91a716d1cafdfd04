/* The runner: who is due, how long it takes, and who is slowed because it takes too long. */
#include "collect/run.h"

#include <errno.h>

#include "base/clock.h"
#include "base/own.h"
#include "collect/read.h"

enum {
	TICK_BYTES = 128 << 20, /* address space for the texts of one tick */
	KEPT_FILES = 400, /* stay open from tick to tick; well below the usual limit of 1,024 */
	SLOWEST = 64,     /* a collector over its budget runs in every 64th tick at the least */
};
static const int64_t default_budget_ns = 20 * MS_NS;

static uint32_t layers_of(const struct session *s, uint16_t first_signal, size_t n)
{
	uint32_t layers = 0;

	for (size_t i = 0; i < n; i++) {
		int layer = catalog_layer(&s->catalog, (uint16_t)(first_signal + i));

		layers |= layer >= 0 ? 1u << layer : 0;
	}
	return layers;
}

static void add_sources(struct session *s, const struct collector *collector, uint16_t first_signal)
{
	uint32_t layers = layers_of(s, first_signal, collector->n_signals);

	for (size_t t = 0; t < collector->n_texts && s->n_sources < SOURCE_LIMIT; t++) {
		const struct text_source *text = &collector->texts[t];

		s->sources[s->n_sources++] = (struct source){ text->path, collector->name,
			text->absent, text->layer ? 1u << layer_find(str_of(text->layer)) : layers,
			first_signal, (uint16_t)collector->n_signals };
	}
}

unsigned run_declare(struct session *session, const struct collector *const *list, size_t n)
{
	unsigned first = session->n_sources;

	for (size_t i = 0; i < n; i++)
		add_sources(session, list[i],
			catalog_link(&session->catalog, list[i]->signals, list[i]->n_signals));
	return first;
}

static void add_texts(struct run *run, const struct collector_run *item)
{
	for (size_t t = 0; t < item->collector->n_texts; t++) {
		const struct text_source *text = &item->collector->texts[t];

		run->sought[run->n_texts].text = text;
		run->texts[run->n_texts].text = text;
		run->texts[run->n_texts].sought = &run->sought[run->n_texts];
		run->n_texts++;
	}
	add_sources(run->session, item->collector, item->emit.first_signal);
}

/*
 * Untouched pages of a fresh arena are zero and cost nothing: some states are large and mostly
 * empty.
 */
static bool open_memory(struct run *run, const struct collector *const *list, size_t n)
{
	size_t states = 4096;

	for (size_t i = 0; i < n; i++)
		states += list[i]->state_size + 16;
	return arena_open(&run->states, states) == 0 && arena_open(&run->scratch, TICK_BYTES) == 0;
}

static void add_collector(struct run *run, const struct collector *collector, size_t i)
{
	struct session *s = run->session;

	run->costs[i] = (struct run_cost){ .collector = collector, .every = 1 };
	run->items[i] = (struct collector_run){
		.collector = collector,
		.first_source = (uint16_t)run->n_texts,
		.cost = &run->costs[i],
		.emit = {
			.session = s,
			.signals = collector->signals,
			.n_signals = collector->n_signals,
			.first_signal = catalog_link(&s->catalog, collector->signals, collector->n_signals),
			.owner = (uint16_t)i,
			.ns = "",
			.state = arena_take(&run->states, collector->state_size),
			.filter = &run->items[i].filter,
		},
	};
	for (size_t row = 0; row < collector->n_signals; row++)
		key_filter_add(&run->items[i].filter, collector->signals[row].key);
	add_texts(run, &run->items[i]);
}

int run_open(struct host *host, struct session *session, const struct collector *const *list,
	size_t n, const struct run_options *options, struct run **ret)
{
	struct run *run = own_alloc(1, sizeof(*run));
	size_t n_texts = 0;

	run->host = host;
	run->session = session;
	run->n = n;
	run->budget_ns = options && options->budget_ns ? options->budget_ns : default_budget_ns;
	run->withhold = options ? options->withhold : NULL;
	run->reads = options ? options->reads : NULL;
	run->reads_self = options ? options->self : NULL;
	run->most_kept = options && options->once ? 0 : KEPT_FILES;
	run->items = own_alloc(n, sizeof(*run->items));
	run->costs = own_alloc(n, sizeof(*run->costs));
	for (size_t i = 0; i < n; i++)
		n_texts += list[i]->n_texts;
	run->texts = own_alloc(n_texts, sizeof(*run->texts));
	run->sought = own_alloc(n_texts, sizeof(*run->sought));
	schedule_open(&run->schedule, list, n, options && options->scheduled);
	if (!open_memory(run, list, n)) {
		run_close(run);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		add_collector(run, list[i], i);
	if (scan_open(&run->scan, host, session, run->sought, run->n_texts, run->schedule.on) < 0) {
		run_close(run);
		return -ENOMEM;
	}
	self_open(&run->self, session, (uint16_t)n);
	*ret = run;
	return 0;
}

struct run *run_close(struct run *run)
{
	if (!run)
		return NULL;
	run->kept_files -= scan_close(&run->scan);
	schedule_close(&run->schedule);
	arena_close(&run->states);
	arena_close(&run->scratch);
	free(run->sought);
	free(run->texts);
	free(run->costs);
	free(run->items);
	free(run);
	return NULL;
}

/* What has other places now is read at once, and so is everything when somebody asked. */
static void look_for_places(struct run *run)
{
	bool asked = run->scan.wanted;
	unsigned closed = 0;

	if (!scan_tick(&run->scan, &run->scratch, run->clock.mono_ns, &closed))
		return;
	run->kept_files -= closed;
	for (size_t i = 0; i < run->n; i++) {
		const struct collector_run *item = &run->items[i];
		bool changed = asked;

		for (size_t t = 0; t < item->collector->n_texts; t++)
			changed |= run->sought[item->first_source + t].changed;
		if (changed)
			schedule_hurry(&run->schedule, i);
	}
}

void run_rescan(struct run *run)
{
	scan_ask(&run->scan);
}

/*
 * The budget is for a tick, on the average: who takes three times as much runs in every fourth one. It
 * becomes slower by a half each time, because one long reading may be the fault of who held the CPU,
 * and is as fast as it may be at once.
 */
static void judge_cost(const struct run *run, struct run_cost *cost)
{
	int64_t turn_s = schedule_turn_s(&run->schedule, cost->collector);
	unsigned fits = 1;

	while (fits < SLOWEST && cost->last_ns / fits / turn_s > run->budget_ns)
		fits *= 2;
	cost->every = fits > cost->every ? cost->every * 2 : fits;
}

/* Somebody asks what the others say without this one. */
static bool is_withheld(const struct collect *c)
{
	const char *name = c->run->withhold;

	return name && strcmp(name, c->item->collector->name) == 0;
}

static void withhold(struct collect *c)
{
	for (unsigned text = 0; text < c->item->collector->n_texts; text++)
		frame_read(c->frame,
			(struct source_read){ .source = (uint16_t)(c->item->first_source + text),
				.status = -EACCES });
}

static void run_one(struct collect *c)
{
	struct run_cost *cost = c->item->cost;
	struct emit *out = &c->item->emit;
	int64_t begin = clock_mono_ns();
	uint64_t cells = out->cells;

	out->frame = c->frame;
	out->at_ns = c->frame->mono_ns;
	c->item->ran = c->run->session->ledger.tick;
	begin_texts(c);
	if (c->item->collector->collect)
		c->item->collector->collect(c);
	else
		collect_declared(c);
	end_texts(c);
	ledger_seal(&c->run->session->ledger, c->frame, out->owner);
	arena_release(&c->run->scratch, c->run->scratch.base);
	cost->ticks++;
	cost->rows += out->cells - cells;
	cost->last_ns = clock_mono_ns() - begin;
	cost->total_ns += cost->last_ns;
	if (cost->last_ns > cost->worst_ns)
		cost->worst_ns = cost->last_ns;
	if (c->frame->fast)
		return;
	judge_cost(c->run, cost);
	schedule_ran(&c->run->schedule, out->owner, c->frame->mono_ns, out->cells - cells);
}

static bool is_due(const struct run *run, size_t i)
{
	const struct collector *collector = run->items[i].collector;

	/* it relies on what the one before it says in this very tick */
	if (run->schedule.on && collector->with_former && i > 0 &&
		run->items[i - 1].ran != run->session->ledger.tick)
		return false;
	return schedule_is_due(&run->schedule, i, &run->costs[i], run->clock.mono_ns);
}

/* What a collector that ran did not say again holds no more. */
static void end_relations(struct run *run, struct frame *f)
{
	struct relations *rs = &run->session->relations;

	for (uint32_t i = 0; i < rs->n; i++) {
		struct relation *r = &rs->items[i];

		if (r->gone || r->source >= run->n || r->tick == run->session->ledger.tick ||
			run->items[r->source].ran != run->session->ledger.tick)
			continue;
		r->gone = true;
		r->until_ns = f->mono_ns;
		frame_change(f, (struct relation_change){ r->a, r->b, r->via, true, f->mono_ns });
	}
}

static void begin_tick(struct run *run, struct frame *f)
{
	frame_clear(f);
	host_clock(run->host, &run->clock);
	f->wall_ns = run->clock.wall_ns;
	f->mono_ns = run->clock.mono_ns;
	f->boot_ns = run->clock.boot_ns;
	run->session->ledger.tick++;
}

int run_tick(struct run *run, struct frame *ret)
{
	bool any = false;

	begin_tick(run, ret);
	schedule_begin_tick(&run->schedule, ret->mono_ns);
	look_for_places(run);
	for (size_t i = 0; i < run->n; i++) {
		struct collect c = { run, &run->items[i], ret };

		if (is_withheld(&c)) {
			withhold(&c);
			continue;
		}
		if (!is_due(run, i)) {
			run->costs[i].skipped++;
			continue;
		}
		run_one(&c);
		any |= run->costs[i].rows > 0;
	}
	end_relations(run, ret);
	schedule_choose_fast(&run->schedule, run->costs);
	self_emit(&run->self, ret, run->costs, run->n);
	return any ? 0 : -ENOENT;
}

static bool is_read_fast(const struct run *run, size_t i)
{
	const struct collect c = { .run = (struct run *)run, .item = &run->items[i] };

	return run->costs[i].fast == IS_FAST && !is_withheld(&c);
}

int run_fast(struct run *run, struct frame *ret)
{
	int64_t begin_ns = clock_mono_ns();
	bool any = false;

	begin_tick(run, ret);
	ret->fast = true;
	for (size_t i = 0; i < run->n; i++) {
		struct collect c = { run, &run->items[i], ret };

		if (!is_read_fast(run, i))
			continue;
		run_one(&c);
		any = true;
	}
	end_relations(run, ret);
	run->fast_ns = clock_mono_ns() - begin_ns;
	return any ? 0 : -ENOENT;
}

bool run_can_be_fast(const struct run *run, int64_t every_ns, double share)
{
	int64_t cost_ns = 0;
	bool any = false;

	for (size_t i = 0; i < run->n; i++)
		if (is_read_fast(run, i)) {
			cost_ns += run->costs[i].last_ns;
			any = true;
		}
	if (run->fast_ns > cost_ns)
		cost_ns = run->fast_ns;
	return any && (double)cost_ns <= share * (double)every_ns;
}

size_t run_costs(const struct run *run, const struct run_cost **ret)
{
	*ret = run->costs;
	return run->n;
}

unsigned run_sources(const struct run *run)
{
	return run->n_texts;
}
