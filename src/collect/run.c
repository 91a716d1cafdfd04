/* The runner: reads what collectors declare, times them, slows what costs too much, and says what
 * failed. */
#include "collect/run.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/own.h"
#include "collect/self.h"
#include "collect/walk.h"

enum {
	TICK_BYTES = 128 << 20, /* address space for the texts of one tick */
	KEEP_BYTES = 32 << 20,
	KEPT_FILES = 400, /* stay open from tick to tick; well below the usual limit of 1,024 */
	SLOWEST = 64,     /* a collector over its budget runs in every 64th tick at the least */
	RESCAN_S = 10,    /* directories are listed again: devices come and go */
};
static const int64_t default_budget_ns = 20 * MS_NS;

/* One text of one collector, and how it fared in this tick. */
struct text_run {
	const struct text_source *text;
	struct places places;
	uint32_t files, failed;
	int error;
	bool spare; /* another text stood in for it in this tick */
	int64_t begin_ns, end_ns;
};

struct collector_run {
	const struct collector *collector;
	struct emit emit;
	uint16_t first_source;
	struct run_cost *cost;
	uint32_t ran; /* the last tick in which it did */
};

struct run {
	struct host *host;
	struct session *session;
	struct collector_run *items;
	struct run_cost *costs;
	size_t n;
	struct text_run *texts;
	unsigned n_texts;
	struct arena states, scratch,
		keep[2]; /* keep: the places of this scan and of the one before */
	unsigned keeping, kept_files, most_kept;
	bool scanned;
	str proc; /* the tasks that there were, listed for the namespaces in tick proc_tick */
	uint32_t proc_tick;
	int64_t scanned_ns, budget_ns;
	const char *withhold;
	struct host_clock clock; /* of the tick */
	struct self self;
};

struct collect {
	struct run *run;
	struct collector_run *item;
	struct frame *frame;
};

static struct text_run *text_of(const struct collect *c, unsigned text)
{
	return &c->run->texts[c->item->first_source + text];
}

/* A recorded text was read somewhere in its tick. */
static int64_t begin_of_read(const struct run *run)
{
	return host_is_tape(run->host) ? run->clock.mono_ns : clock_mono_ns();
}

static int64_t end_of_read(const struct run *run)
{
	return host_is_tape(run->host) ? run->clock.end_ns : clock_mono_ns();
}

static uint32_t layers_of(const struct session *s, const struct emit *out)
{
	uint32_t layers = 0;

	for (size_t i = 0; i < out->n_signals; i++) {
		int layer = catalog_layer(&s->catalog, (uint16_t)(out->first_signal + i));

		layers |= layer >= 0 ? 1u << layer : 0;
	}
	return layers;
}

static void add_texts(struct run *run, const struct collector_run *item)
{
	struct session *s = run->session;
	uint32_t layers = layers_of(s, &item->emit);

	for (size_t t = 0; t < item->collector->n_texts; t++) {
		const struct text_source *text = &item->collector->texts[t];

		run->texts[run->n_texts].text = text;
		if (run->n_texts < SOURCE_LIMIT)
			s->sources[s->n_sources++] = (struct source){ text->path,
				item->collector->name, text->absent,
				text->layer ? 1u << layer_find(str_of(text->layer)) : layers,
				item->emit.first_signal, (uint16_t)item->emit.n_signals };
		run->n_texts++;
	}
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
	return arena_open(&run->states, states) == 0 &&
	       arena_open(&run->scratch, TICK_BYTES) == 0 &&
	       arena_open(&run->keep[0], KEEP_BYTES) == 0 &&
	       arena_open(&run->keep[1], KEEP_BYTES) == 0;
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
		},
	};
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
	run->most_kept = options && options->once ? 0 : KEPT_FILES;
	run->items = own_alloc(n, sizeof(*run->items));
	run->costs = own_alloc(n, sizeof(*run->costs));
	for (size_t i = 0; i < n; i++)
		n_texts += list[i]->n_texts;
	run->texts = own_alloc(n_texts, sizeof(*run->texts));
	if (!open_memory(run, list, n)) {
		run_close(run);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		add_collector(run, list[i], i);
	self_open(&run->self, session, (uint16_t)n);
	*ret = run;
	return 0;
}

struct run *run_close(struct run *run)
{
	if (!run)
		return NULL;
	for (unsigned t = 0; t < run->n_texts; t++)
		run->kept_files -= places_close(&run->texts[t].places);
	arena_close(&run->states);
	arena_close(&run->scratch);
	arena_close(&run->keep[0]);
	arena_close(&run->keep[1]);
	free(run->texts);
	free(run->costs);
	free(run->items);
	free(run);
	return NULL;
}

static void scan_text(
	struct run *run, struct walk_cache *cache, struct text_run *t, struct arena *keep)
{
	struct places places = { 0 };
	unsigned n = t->text->each_namespace ? host_namespaces(run->host) : 1;

	for (unsigned ns = 0; ns < n; ns++)
		walk(cache, t->text->path, ns, keep, &places);
	for (uint32_t i = 0; i < places.n; i++)
		places.items[i].who = place_entity(run->session,
			host_namespace_name(run->host, places.items[i].ns), t->text->who,
			&places.items[i]);
	run->kept_files -= places_inherit(&t->places, &places);
	t->places = places;
}

static void scan(struct run *run, int64_t now_ns)
{
	struct arena *keep = &run->keep[!run->keeping];
	char *mark = arena_mark(&run->scratch);
	struct walk_cache cache;
	int64_t age_ns = now_ns - run->scanned_ns;

	if ((run->scanned && age_ns >= 0 && age_ns < RESCAN_S * SECOND_NS) ||
		walk_cache_open(&cache, run->host, &run->scratch) < 0)
		return;
	arena_release(keep, keep->base);
	run->proc = (str){ "", 0 };
	if (host_list(run->host, keep, 0, "proc", &run->proc) == 0)
		run->proc_tick = run->session->ledger.tick;
	host_find_namespaces(run->host, run->proc);
	for (unsigned t = 0; t < run->n_texts; t++)
		scan_text(run, &cache, &run->texts[t], keep);
	run->keeping = !run->keeping;
	run->scanned = true;
	run->scanned_ns = now_ns;
	walk_cache_close(&cache);
	arena_release(&run->scratch, mark);
}

static void record_failure(struct collect *c, unsigned text, uint32_t who, int error)
{
	struct text_run *t = text_of(c, text);

	t->failed++;
	if (!t->error)
		t->error = error;
	frame_failure(c->frame,
		(struct failure){ (uint16_t)(c->item->first_source + text), (int16_t)error, who });
}

void collect_failure(struct collect *c, unsigned text, uint32_t who, int error)
{
	record_failure(c, text, who, error);
	c->item->cost->failed++;
}

/*
 * A table that does not end in a line end was cut: its last line may hold half a number, and half a
 * number is worse than none. Some values in sysfs have no line end; what is declared of proc always
 * has.
 */
static bool drop_cut_line(bool ends_for_sure, str *text)
{
	str before = { "", 0 };
	bool table;

	if (text->n == 0 || text->p[text->n - 1] == '\n')
		return false;
	table = str_cut_last(*text, '\n', &before, NULL);
	if (!table && !ends_for_sure)
		return false;
	text->n = table ? before.n + 1 : 0;
	return true;
}

static int parse(struct collect *c, unsigned text, const struct place *place, str from)
{
	struct collector_run *item = c->item;
	struct emit *out = &item->emit;
	const struct text_source *source = &item->collector->texts[text];
	bool declared = !item->collector->collect;
	bool cut = source->kind == FILE_TEXT && !source->most_bytes &&
		   !str_starts(str_of(source->path), STR("ask/")) &&
		   drop_cut_line(declared && str_starts(str_of(place->path), STR("proc/")), &from);
	uint64_t cells = out->cells;
	int r;

	out->who = place->who;
	out->ns = host_namespace_name(c->run->host, place->ns);
	out->leaf = str_base(str_of(place->path));
	out->source = (uint16_t)(item->first_source + text);
	out->at_ns = c->frame->mono_ns;
	memcpy(out->match, place->match, sizeof(out->match));
	r = item->collector->parse(out, text, from);
	if (r == 0 && out->cells == cells && !source->may_be_silent)
		r = -ENODATA;
	if (cut)
		r = -EBADMSG;
	item->cost->not_understood += r < 0;
	return r;
}

static int read_place(
	struct collect *c, const struct text_source *text, struct place *place, str *ret)
{
	struct run *run = c->run;
	bool was_open = place->fd >= 0;
	int r;

	c->item->cost->reads++;
	if (text->kind == LINK_TEXT)
		return host_link(run->host, &run->scratch, place->ns, place->path, ret);
	if (text->kind == LIST_TEXT)
		return host_list(run->host, &run->scratch, place->ns, place->path, ret);
	r = host_read_head(run->host, &run->scratch, place->ns, place->path, text->most_bytes,
		was_open || run->kept_files < run->most_kept ? &place->fd : NULL, ret);
	run->kept_files += !was_open && place->fd >= 0;
	run->kept_files -= was_open && place->fd < 0;
	return r;
}

/* Read and parse one place; the text is given back afterwards. */
static int do_place(struct collect *c, unsigned text, struct place *place)
{
	struct text_run *t = text_of(c, text);
	char *mark = arena_mark(&c->run->scratch);
	str from;
	int r = read_place(c, t->text, place, &from);

	if (r == 0) {
		t->files++;
		c->item->cost->bytes += from.n;
		r = parse(c, text, place, from);
	}
	arena_release(&c->run->scratch, mark);
	return r;
}

int collect_declared_one(struct collect *c, unsigned text)
{
	const struct collector *collector = c->item->collector;
	struct text_run *t = text_of(c, text);

	t->begin_ns = begin_of_read(c->run);
	for (uint32_t i = 0; i < t->places.n; i++) {
		int r;

		if (collector->may_read &&
			!collector->may_read(&c->item->emit, text, t->places.items[i].who))
			continue;
		r = do_place(c, text, &t->places.items[i]);
		if (r < 0 && !host_absence(r) && r != t->text->normal_error)
			collect_failure(c, text, t->places.items[i].who, r);
	}
	/* what was refused on the way may have held anything */
	if (t->places.error && !host_absence(t->places.error))
		collect_failure(c, text, ENTITY_NONE, t->places.error);
	if (t->places.dropped)
		collect_failure(c, text, ENTITY_NONE, -E2BIG);
	t->end_ns = end_of_read(c->run);
	return t->files ? 0 : t->error ? t->error : -ENOENT;
}

int collect_declared(struct collect *c)
{
	for (unsigned text = 0; text < c->item->collector->n_texts; text++)
		collect_declared_one(c, text);
	return 0;
}

int collect_text(struct collect *c, unsigned text, uint32_t who, const char *path, bool may_vanish)
{
	struct place place = { .path = path, .who = who, .fd = -1 };
	struct text_run *t = text_of(c, text);
	int r;

	if (!t->begin_ns)
		t->begin_ns = begin_of_read(c->run);
	r = do_place(c, text, &place);
	if (place.fd >= 0) {
		close(place.fd);
		c->run->kept_files--;
	}
	if (r < 0 && !(may_vanish && host_absence(r)))
		collect_failure(c, text, who, r);
	t->end_ns = end_of_read(c->run);
	return r;
}

int collect_list(struct collect *c, const char *dir, str *ret)
{
	const struct run *run = c->run;

	if (run->proc_tick == run->session->ledger.tick && strcmp(dir, "proc") == 0) {
		*ret = run->proc;
		return 0;
	}
	c->item->cost->reads++;
	return host_list(c->run->host, &c->run->scratch, 0, dir, ret);
}

int collect_ask(struct collect *c, unsigned text, unsigned ns, const struct host_question *q)
{
	struct place place = { .path = q->key, .ns = ns, .who = ENTITY_NONE, .fd = -1 };
	struct text_run *t = text_of(c, text);
	char *mark = arena_mark(&c->run->scratch);
	str reply;
	int r;

	t->begin_ns = begin_of_read(c->run);
	c->item->cost->reads++;
	r = host_ask(c->run->host, &c->run->scratch, ns, q, &reply);
	if (r == 0) {
		t->files++;
		c->item->cost->bytes += reply.n;
		r = parse(c, text, &place, reply);
	}
	arena_release(&c->run->scratch, mark);
	t->end_ns = end_of_read(c->run);
	return r;
}

void collect_spare(struct collect *c, unsigned text)
{
	text_of(c, text)->spare = true;
}

void collect_absent(struct collect *c, unsigned text, const char *why)
{
	struct session *s = c->run->session;
	unsigned source = c->item->first_source + text;

	if (source < s->n_sources)
		s->sources[source].absent = why;
}

unsigned collect_namespaces(struct collect *c)
{
	return host_namespaces(c->run->host);
}

struct emit *collect_emit(struct collect *c)
{
	return &c->item->emit;
}

struct host *collect_host(struct collect *c)
{
	return c->run->host;
}

static void begin_texts(struct collect *c)
{
	for (unsigned text = 0; text < c->item->collector->n_texts; text++) {
		struct text_run *t = text_of(c, text);

		t->files = t->failed = 0;
		t->error = 0;
		t->spare = false;
		t->begin_ns = t->end_ns = 0;
	}
}

static void end_texts(struct collect *c)
{
	struct run_cost *cost = c->item->cost;

	cost->status = 0;
	for (unsigned text = 0; text < c->item->collector->n_texts; text++) {
		const struct text_run *t = text_of(c, text);
		int status = t->files ? 0 : t->error ? t->error : -ENOENT;

		if (t->spare)
			continue;
		if (!cost->status)
			cost->status = status;
		frame_read(c->frame,
			(struct source_read){ (uint16_t)(c->item->first_source + text),
				(int16_t)status, t->files, t->failed, t->begin_ns, t->end_ns });
	}
}

/* Over the budget: half as often. Well below it again: twice as often, until every tick. */
static void judge_cost(const struct run *run, struct run_cost *cost)
{
	if (cost->last_ns > run->budget_ns && cost->every < SLOWEST)
		cost->every *= 2;
	else if (cost->last_ns < run->budget_ns / 2 && cost->every > 1)
		cost->every /= 2;
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
	judge_cost(c->run, cost);
}

static bool is_due(const struct run *run, const struct collector_run *item)
{
	return (run->session->ledger.tick - 1) % item->cost->every == 0;
}

/* What a collector that ran did not say again holds no more. */
static void end_relations(struct run *run, struct frame *f)
{
	struct relations *rs = &run->session->relations;

	for (uint32_t i = 0; i < rs->n; i++) {
		struct relation *r = &rs->items[i];

		if (r->gone || r->source == SAID_BY_LOG || r->tick == run->session->ledger.tick ||
			run->items[r->source].ran != run->session->ledger.tick)
			continue;
		r->gone = true;
		r->until_ns = f->mono_ns;
		frame_change(f, (struct relation_change){ r->a, r->b, r->via, true, f->mono_ns });
	}
}

int run_tick(struct run *run, struct frame *ret)
{
	bool any = false;

	frame_clear(ret);
	host_clock(run->host, &run->clock);
	ret->wall_ns = run->clock.wall_ns;
	ret->mono_ns = run->clock.mono_ns;
	ret->boot_ns = run->clock.boot_ns;
	run->session->ledger.tick++;
	scan(run, ret->mono_ns);
	for (size_t i = 0; i < run->n; i++) {
		struct collect c = { run, &run->items[i], ret };

		if (is_withheld(&c)) {
			withhold(&c);
			continue;
		}
		if (!is_due(run, &run->items[i])) {
			run->costs[i].skipped++;
			continue;
		}
		run_one(&c);
		any |= run->costs[i].rows > 0;
	}
	end_relations(run, ret);
	self_emit(&run->self, ret, run->costs, run->n);
	return any ? 0 : -ENOENT;
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
