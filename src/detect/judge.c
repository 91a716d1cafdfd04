/* Watches over rows: each layer's findings, its history, and what of it could not be seen. */
#include "detect/judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/host.h"
#include "model/reading.h"

enum { DERIVED = 64, UNSEEN = 64 };

struct judging {
	const struct judge_window *window;
	const struct session *session;
	struct arena *a;
	struct health *health;
	struct layer_health *layer;
	struct finding *findings, *history;
	struct derived *derived;
	struct unseen *unseen;
	uint32_t seen;          /* one bit a layer of which something was read */
	uint32_t *first, *next; /* of each signal, of each block: block + 1, so that a watch meets
				   its blocks only */
};

static void add_finding(struct judging *j, struct finding finding)
{
	bool history = finding.severity == HISTORY;
	struct finding *list = history ? j->history : j->findings;
	size_t *n = history ? &j->layer->n_history : &j->layer->n_findings;

	if (*n == HEALTH_FINDINGS) {
		j->health->dropped++;
		return;
	}
	list[(*n)++] = finding;
}

double judge_seconds(const struct judge_window *window, uint16_t sig)
{
	return window->signal_seconds ? window->signal_seconds[sig] : window->seconds;
}

static bool value_before(const struct judging *j, const struct block *b, unsigned sub, int64_t *ret)
{
	return j->window->first &&
	       ledger_copy_value(j->window->first, &j->session->ledger, b, sub, ret);
}

static bool other_value(
	const struct judging *j, const char *name, uint32_t who, unsigned sub, int64_t *ret)
{
	uint16_t sig = catalog_find(&j->session->catalog, str_of(name));
	const struct block *b =
		sig == SIGNAL_NONE ? NULL : ledger_find(&j->session->ledger, who, sig);

	if (!b || !block_has(b, sub))
		return false;
	*ret = b->values[sub];
	return true;
}

/* Of the entity, or of the interface it belongs to. */
static const struct block *block_beside(
	const struct judging *j, str signal, uint32_t who, uint16_t *ret_sig)
{
	const struct session *s = j->session;
	uint32_t netdev = relation_one(&s->relations, who, VIA_NETDEV);
	const struct block *b = NULL;

	*ret_sig = catalog_find(&s->catalog, signal);
	if (*ret_sig != SIGNAL_NONE)
		b = ledger_find(&s->ledger, who, *ret_sig);
	if ((!b || !block_has(b, 0)) && *ret_sig != SIGNAL_NONE && netdev != ENTITY_NONE)
		b = ledger_find(&s->ledger, netdev, *ret_sig);
	return b && block_has(b, 0) ? b : NULL;
}

static bool any_rose(const struct judging *j, const char *signals, uint32_t who)
{
	str rest = str_of(signals), name;
	uint16_t sig;

	while (str_next_word(&rest, &name)) {
		const struct block *b = block_beside(j, name, who, &sig);
		int64_t before;

		if (b && value_before(j, b, 0, &before) && b->values[0] > before)
			return true;
	}
	return false;
}

static bool is_meant(const struct judging *j, const struct watch *watch, uint32_t who)
{
	int64_t value;

	if (watch->alone && j->window->first)
		return false;
	if (watch->physical && relation_one(&j->session->relations, who, VIA_PCI) == ENTITY_NONE)
		return false;
	if (watch->occupied && !relation_leads_to(&j->session->relations, VIA_PCI, who))
		return false;
	if (watch->while_rising && !any_rose(j, watch->while_rising, who))
		return false;
	if (!watch->only_if)
		return true;
	if (!other_value(j, watch->only_if, who, 0, &value))
		return false;
	return watch->prefix ? str_starts(names_get(&j->session->texts, (uint32_t)value),
				       str_of(watch->prefix))
			     : value != 0;
}

/* What somebody was told of is counted there; where nothing counts, nobody knows how old it is. */
static bool is_meant_sub(
	const struct judging *j, const struct watch *watch, uint32_t who, unsigned sub)
{
	int64_t count;

	if (sub < 32 && watch->except >> sub & 1)
		return false;
	return !watch->uncounted ||
	       (other_value(j, watch->uncounted, who, sub, &count) && count == 0);
}

/* A counter of what should not happen: in the window it alarms, before it is history. True: it
 * could be judged. */
static bool judge_rising(struct judging *j, struct finding f, const struct block *b)
{
	int64_t before;
	bool known = value_before(j, b, f.sub, &before);

	f.threshold = f.watch->level;
	f.has_reading = known && reading_of(f.signal, before, f.raw,
					 judge_seconds(j->window, b->sig), &f.reading);
	if (f.has_reading && f.reading > f.watch->level)
		add_finding(j, f);
	else if (f.raw != 0) {
		f.severity = HISTORY;
		add_finding(j, f);
	}
	return f.has_reading || f.raw == 0 || !j->window->first;
}

static bool judge_level(struct judging *j, struct finding f, const struct block *b)
{
	int64_t before = 0;
	bool known = value_before(j, b, f.sub, &before);

	f.threshold = f.watch->level;
	f.has_reading = f.signal->kind == COUNTER
				? known && reading_of(f.signal, before, f.raw,
						   judge_seconds(j->window, b->sig), &f.reading)
				: reading_now(f.signal, f.raw, &f.reading);
	if (f.has_reading && (f.watch->how == IS_ABOVE ? f.reading > f.watch->level
						       : f.reading < f.watch->level))
		add_finding(j, f);
	return f.has_reading;
}

/*
 * A link can be no better than the weaker of its two ends. It is judged at the device: a port's own
 * registers speak of the link below it, whose other end may be a smaller card.
 */
static bool judge_other(struct judging *j, struct finding f)
{
	int64_t other, above;
	uint32_t port = relation_one(&j->session->relations, f.who, VIA_UPSTREAM);

	if (!other_value(j, f.watch->than, f.who, f.sub, &other))
		return false;
	if (f.watch->upstream &&
		(port == ENTITY_NONE ||
			(!f.watch->faces_up &&
				relation_leads_to(&j->session->relations, VIA_UPSTREAM, f.who))))
		return false;
	if (f.watch->upstream && other_value(j, f.watch->than, port, f.sub, &above) &&
		above < other)
		other = above;
	f.has_reading = reading_now(f.signal, f.raw, &f.reading);
	if (!reading_now(f.signal, other, &f.threshold))
		f.threshold = (double)other;
	if (f.raw < other)
		add_finding(j, f);
	return true;
}

/*
 * What should move did not, between two readings at least so far apart. 1: it stands; 0: it moved; -1:
 * nobody knows.
 */
static const double stuck_seconds = 1;

static int stands_still(const struct judging *j, const char *signals, uint32_t who)
{
	str rest = str_of(signals), name;
	uint16_t sig;

	while (str_next_word(&rest, &name)) {
		const struct block *b = block_beside(j, name, who, &sig);
		int64_t before;

		if (b && judge_seconds(j->window, sig) >= stuck_seconds &&
			value_before(j, b, 0, &before))
			return b->values[0] == before;
	}
	return -1;
}

static bool judge_stuck(struct judging *j, struct finding f, const struct block *b)
{
	int64_t before;
	double was;
	int stands = stands_still(j, f.watch->than, f.who);

	if (stands < 0 || judge_seconds(j->window, b->sig) < stuck_seconds ||
		!value_before(j, b, f.sub, &before))
		return false;
	f.has_reading = reading_now(f.signal, f.raw, &f.reading);
	f.threshold = f.watch->level;
	if (stands && f.raw >= before && f.has_reading && reading_now(f.signal, before, &was) &&
		was > f.watch->level)
		add_finding(j, f);
	return true;
}

static bool judge_text(struct judging *j, struct finding f)
{
	if (!str_is(names_get(&j->session->texts, (uint32_t)f.raw), f.watch->than))
		add_finding(j, f);
	return true;
}

static bool judge_cell(struct judging *j, struct finding f, const struct block *b)
{
	switch (f.watch->how) {
	case IS_RISING:
		return judge_rising(j, f, b);
	case IS_UNDER:
		return judge_other(j, f);
	case IS_NOT:
		return judge_text(j, f);
	case IS_STUCK:
		return judge_stuck(j, f, b);
	default:
		return judge_level(j, f, b);
	}
}

static bool judge_block(struct judging *j, const struct watch *watch, const struct signal *signal,
	const struct block *b)
{
	bool judged = false;

	for (unsigned sub = 0; sub < b->n; sub++)
		if (block_has(b, sub) && is_meant_sub(j, watch, b->who, sub))
			judged |= judge_cell(j,
				(struct finding){ .watch = watch,
					.signal = signal,
					.who = b->who,
					.sub = sub,
					.severity = watch->severity,
					.raw = b->values[sub] },
				b);
	return judged;
}

static const char *siblings_text(struct judging *j, const struct derived *d)
{
	char text[READING_TEXT];
	const char *all = "";
	unsigned shown = d->n_siblings < 4 ? d->n_siblings : 4;

	if (d->n_siblings == 0)
		return "no other to compare with";
	for (unsigned i = 0; i < shown; i++)
		all = arena_printf(j->a, "%s %s", all,
			reading_format(d->of, d->siblings[d->n_siblings - 1 - i], text));
	return arena_printf(j->a, "others%s%s", all, shown < d->n_siblings ? " and less" : "");
}

static bool judge_derived(struct judging *j, const struct watch *watch)
{
	bool judged = false;

	for (size_t i = 0; i < j->layer->n_derived; i++) {
		const struct derived *d = &j->derived[i];

		/* since boot is an average over everything: it shows, and never alarms */
		if (strcmp(d->derive->name, watch->signal) != 0 || d->since_boot ||
			d->n_siblings == 0)
			continue;
		judged = true;
		if (d->reading > watch->level && d->median < watch->rest)
			add_finding(j, (struct finding){ .watch = watch,
					       .signal = d->of,
					       .who = d->who,
					       .sub = d->sub,
					       .severity = watch->severity,
					       .has_reading = true,
					       .reading = d->reading,
					       .threshold = watch->level,
					       .siblings = siblings_text(j, d) });
	}
	return judged;
}

static void judge_watch(struct judging *j, const struct watch *watch)
{
	const struct session *s = j->session;
	uint16_t sig = catalog_find(&s->catalog, str_of(watch->signal));
	bool judged = watch->how == IS_OUTLIER && judge_derived(j, watch);
	bool met = watch->how == IS_OUTLIER && j->layer->n_derived > 0;

	for (uint32_t at = sig == SIGNAL_NONE ? 0 : j->first[sig]; at; at = j->next[at - 1]) {
		const struct block *b = &s->ledger.blocks[at - 1];

		if (!block_is_there(b) || !is_meant(j, watch, b->who))
			continue;
		met = true;
		judged |= judge_block(j, watch, catalog_get(&s->catalog, sig), b);
	}
	j->layer->watches++;
	j->layer->judged += judged;
	j->layer->waiting += met && !judged;
}

static void add_unseen(struct judging *j, struct unseen unseen)
{
	if (j->layer->n_unseen < UNSEEN)
		j->unseen[j->layer->n_unseen++] = unseen;
	else
		j->health->dropped++;
}

/* What was absent counts only where absence means something; what failed always counts. */
static void find_unseen(struct judging *j, uint32_t layer_bit)
{
	const struct frame *f = j->window->frame;
	const struct session *s = j->session;

	for (uint32_t i = 0; i < f->n_reads; i++) {
		const struct source_read *read = &f->reads[i];
		const struct source *source = &s->sources[read->source];

		if (read->source < s->n_sources && (source->layers & layer_bit) &&
			read->status < 0 && read->failed == 0 && source->absent)
			add_unseen(j, (struct unseen){ source->path, source->collector, ENTITY_NONE,
					      read->status,
					      host_absence(read->status) ? source->absent : NULL });
	}
	for (uint32_t i = 0; i < f->n_failures; i++) {
		const struct failure *failure = &f->failures[i];
		const struct source *source = &s->sources[failure->source];

		if (failure->source < s->n_sources && (source->layers & layer_bit))
			add_unseen(j, (struct unseen){ source->path, source->collector,
					      failure->who, failure->error, NULL });
	}
}

static uint32_t cells_of(const struct judging *j, const char *name)
{
	const struct session *s = j->session;
	uint16_t sig = catalog_find(&s->catalog, str_of(name));
	uint32_t n = 0;

	for (uint32_t at = sig == SIGNAL_NONE ? 0 : j->first[sig]; at; at = j->next[at - 1])
		for (unsigned sub = 0; sub < s->ledger.blocks[at - 1].n; sub++)
			n += block_has(&s->ledger.blocks[at - 1], sub);
	return n;
}

/* A setting of the host (a sysctl, the command line) tells how a layer was meant to be, not how it
 * is. */
static uint32_t layers_seen(const struct session *s)
{
	uint32_t layers = 0;

	for (uint32_t i = 0; i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];
		const struct signal *signal = catalog_get(&s->catalog, b->sig);

		int layer = catalog_layer(&s->catalog, b->sig);

		if (layer >= 0 && !(signal->kind == FACT && signal->scope == HOST) &&
			block_is_there(b))
			layers |= 1u << layer;
	}
	return layers;
}

static const char *seen_text(struct judging *j, const struct knowledge *known)
{
	const char *text = "";

	for (size_t i = 0; i < known->n_counts; i++) {
		uint32_t n = cells_of(j, known->counts[i].signal);

		if (n)
			text = arena_printf(j->a, "%s%u %s, ", text, n,
				n == 1 ? known->counts[i].one : known->counts[i].many);
	}
	return arena_printf(j->a, "%s%u of %u checks", text, j->layer->judged, j->layer->watches);
}

static const char *unjudged_text(struct judging *j, const struct knowledge *known)
{
	const char *why = !known->n_watches ? "this version has no check for it"
			  : j->layer->waiting && !j->window->first
				  ? "only rates can be judged here (check --for 5s)"
				  : "no check applies to what was read";

	return arena_printf(j->a, "%s: %s", seen_text(j, known), why);
}

static const char *blind_text(struct judging *j, bool has_sources)
{
	if (!has_sources)
		return "not built: this version reads nothing of this layer";
	for (size_t i = 0; i < j->layer->n_unseen; i++)
		if (j->unseen[i].why)
			return j->unseen[i].why;
	return j->layer->n_unseen ? "unreadable, see below" : "absent: this host has none";
}

/* What was read and not judged is as unknown as what was not read. */
static void conclude(
	struct judging *j, const struct knowledge *known, unsigned number, bool has_sources)
{
	struct layer_health *layer = j->layer;
	bool seen = (j->seen >> number & 1) != 0;

	layer->verdict = layer->n_findings ? YES : seen && layer->judged ? NO : BLIND;
	layer->reason = layer->verdict != BLIND ? seen_text(j, known)
			: seen                  ? unjudged_text(j, known)
						: blind_text(j, has_sources);
}

static void judge_layer(struct judging *j, const struct knowledge *known, unsigned layer)
{
	bool has_sources = false;

	for (size_t i = 0; i < known->n_derives; i++)
		j->layer->n_derived += derive_highest(j->window, &known->derives[i], j->a,
			j->derived + j->layer->n_derived, DERIVED - j->layer->n_derived);
	for (size_t i = 0; i < known->n_watches; i++)
		judge_watch(j, &known->watches[i]);
	find_unseen(j, 1u << layer);
	for (unsigned i = 0; i < j->session->n_sources; i++)
		has_sources |= (j->session->sources[i].layers >> layer & 1) != 0;
	j->layer->gap = known->gap;
	j->layer->elsewhere = known->elsewhere;
	conclude(j, known, layer, has_sources);
}

/* The same tree gives the same bytes: findings are in the order of their watch, then of their
 * entity. */
static int by_entity(const void *a, const void *b, void *session)
{
	const struct finding *x = a, *y = b;
	const struct entities *es = session;
	int order;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->watch != y->watch)
		return x->watch < y->watch ? -1 : 1;
	order = str_order(entity_text(es, x->who), entity_text(es, y->who));
	return order ? order : x->sub < y->sub ? -1 : x->sub > y->sub;
}

static void sort_findings(struct judging *j, struct finding *list, size_t n)
{
	qsort_r(list, n, sizeof(*list), by_entity, (void *)(uintptr_t)&j->session->entities);
}

static void count_findings(struct health *health, const struct layer_health *layer)
{
	health->n_blind += layer->verdict == BLIND;
	for (size_t i = 0; i < layer->n_findings; i++) {
		health->n_warning += layer->findings[i].severity == WARNING;
		health->n_critical += layer->findings[i].severity == CRITICAL;
	}
}

static bool index_blocks(
	const struct session *s, struct arena *a, uint32_t **ret_first, uint32_t **ret_next)
{
	uint32_t *first = arena_take_zeroed(a, catalog_size(&s->catalog) * sizeof(*first));
	uint32_t *next = arena_take(a, (s->ledger.n + 1) * sizeof(*next));

	if (!first || !next)
		return false;
	for (uint32_t i = s->ledger.n; i > 0; i--) {
		uint32_t *head = &first[s->ledger.blocks[i - 1].sig];

		next[i - 1] = *head;
		*head = i;
	}
	*ret_first = first;
	*ret_next = next;
	return true;
}

/* The working lists are shared by all layers and long; the answer keeps what is in them. */
static void *keep(struct arena *a, const void *list, size_t n, size_t size)
{
	void *kept = arena_take(a, n * size);

	return kept && n ? memcpy(kept, list, n * size) : kept;
}

static bool finish_layer(struct judging *j)
{
	struct layer_health *layer = j->layer;

	sort_findings(j, j->findings, layer->n_findings);
	sort_findings(j, j->history, layer->n_history);
	layer->findings = keep(j->a, j->findings, layer->n_findings, sizeof(*j->findings));
	layer->history = keep(j->a, j->history, layer->n_history, sizeof(*j->history));
	layer->derived = keep(j->a, j->derived, layer->n_derived, sizeof(*j->derived));
	layer->unseen = keep(j->a, j->unseen, layer->n_unseen, sizeof(*j->unseen));
	count_findings(j->health, layer);
	return layer->findings && layer->history && layer->derived && layer->unseen;
}

int judge(const struct judge_window *window, const struct knowledge *const *known, struct arena *a,
	struct health *ret)
{
	struct judging j = {
		.window = window,
		.session = window->session,
		.a = a,
		.health = ret,
		.findings = arena_take(a, HEALTH_FINDINGS * sizeof(*j.findings)),
		.history = arena_take(a, HEALTH_FINDINGS * sizeof(*j.history)),
		.derived = arena_take(a, DERIVED * sizeof(*j.derived)),
		.unseen = arena_take(a, UNSEEN * sizeof(*j.unseen)),
		.seen = layers_seen(window->session),
	};

	*ret = (struct health){ .window_s = window->first ? window->seconds : 0 };
	if (!j.unseen || !index_blocks(window->session, a, &j.first, &j.next))
		return -ENOMEM;
	for (unsigned i = 0; i < LAYERS; i++) {
		j.layer = &ret->layers[i];
		judge_layer(&j, known[i], i);
		if (!finish_layer(&j))
			return -ENOMEM;
	}
	return 0;
}
