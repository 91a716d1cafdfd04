/* What could not be seen, and why: it is never called ruled out. */
#include <errno.h>

#include "base/clock.h"
#include "explain/inquiry.h"
#include "host/host.h"

enum { UNCHECKED = 512 };

static const struct watched *watched_of(const struct inquiry *q, uint16_t sig)
{
	for (size_t i = 0; i < q->onsets->n_watched; i++)
		if (q->onsets->watched[i].sig == sig && q->onsets->watched[i].samples)
			return &q->onsets->watched[i];
	return NULL;
}

/* It was looked at, and no reading told anything: it stands where it counts no further. */
static bool is_at_its_maximum(const struct inquiry *q, uint16_t sig)
{
	const struct signal *signal = catalog_get(&q->tape->session->catalog, sig);

	if (signal->full != SATURATES || watched_of(q, sig))
		return false;
	for (size_t i = 0; i < q->onsets->n_watched; i++)
		if (q->onsets->watched[i].sig == sig)
			return true;
	return false;
}

static bool is_of_source(const struct source *source, uint16_t sig)
{
	return sig >= source->first_signal && sig < source->first_signal + source->n_signals;
}

/* The longest stretch in which all of a source of the signal could not be read. */
static const struct blind *blind_of(const struct inquiry *q, uint16_t sig)
{
	const struct session *s = q->tape->session;
	const struct blind *worst = NULL;

	for (uint32_t i = 0; i < q->tape->n_blind; i++) {
		const struct blind *b = &q->tape->blind[i];

		if (b->who != ENTITY_NONE || b->source >= s->n_sources ||
			!is_of_source(&s->sources[b->source], sig))
			continue;
		/* what was refused says more than what is not there */
		if (!worst || (host_absence(worst->error) && !host_absence(b->error)) ||
			(host_absence(worst->error) == host_absence(b->error) &&
				!s->sources[worst->source].absent && s->sources[b->source].absent))
			worst = b;
	}
	return worst;
}

static bool was_ever_read(const struct tape *tape, uint16_t sig)
{
	for (uint32_t i = 0; i < tape->n_ticks; i++)
		if (tape_was_read(tape, sig, i))
			return true;
	return false;
}

static bool has_source(const struct session *s, uint16_t sig)
{
	for (unsigned i = 0; i < s->n_sources; i++)
		if (is_of_source(&s->sources[i], sig))
			return true;
	return false;
}

bool is_heard(const struct inquiry *q, uint16_t sig)
{
	static const char *const words[] = { "notice", "trace", "journal", "clock" };
	str rest = str_of(catalog_get(&q->tape->session->catalog, sig)->name), word;

	str_cut(rest, '.', &word, &rest);
	str_cut(rest, '.', &word, &rest);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(word, words[i]))
			return true;
	return false;
}

/* A line of the log. */
static bool is_event(const struct inquiry *q, uint16_t sig)
{
	return catalog_get(&q->tape->session->catalog, sig)->kind == EVENT && !is_heard(q, sig);
}

const char *unread_reason(const struct inquiry *q, uint16_t sig)
{
	const struct session *s = q->tape->session;
	const struct blind *b = blind_of(q, sig);

	if (is_event(q, sig))
		return q->tape->has_log ? NULL : "no log was given or recorded";
	if (watched_of(q, sig))
		return NULL;
	if (q->tape->n_ticks < 2)
		return q->tape->n_ticks ? "one reading tells nothing over time"
					: "only a log was given";
	if (is_at_its_maximum(q, sig))
		return "it stands at its maximum and counts no further";
	if (!b && !has_source(s, sig))
		return "the recording is of a faultline that did not read it";
	if (!b && is_heard(q, sig))
		return NULL;
	if (!b && !was_ever_read(q->tape, sig))
		return "it is read less often than this window is long";
	if (!b)
		return "none on this host";
	if (host_absence(b->error))
		return s->sources[b->source].absent ? s->sources[b->source].absent
						    : "none on this host";
	return arena_printf(q->a, "%s: %s", s->sources[b->source].path, host_reason(b->error));
}

static bool has_any(const struct session *s, enum scope scope)
{
	for (uint32_t who = 0; who < s->entities.names.n; who++)
		if (entity_scope(&s->entities, who) == scope)
			return true;
	return false;
}

/* Devices that a host has none of have no faults; what every host has, or was refused, may. */
bool is_open_question(const struct inquiry *q, uint16_t sig)
{
	enum scope scope = catalog_get(&q->tape->session->catalog, sig)->scope;
	const struct blind *b = blind_of(q, sig);

	if (!unread_reason(q, sig))
		return false;
	if (!b && !is_event(q, sig) && q->tape->n_ticks && !has_source(q->tape->session, sig))
		return has_any(q->tape->session, scope);
	if (is_event(q, sig) || scope == HOST || scope == CPU || scope == TASK || scope == NODE)
		return true;
	return b && !host_absence(b->error);
}

/* It is felt, or in the chain, or it might have been the root. */
static bool is_of_the_case(const struct inquiry *q, const struct suspect *s)
{
	for (size_t i = 0; i < q->report->n_alternatives; i++)
		if (q->report->alternatives[i].node == &s->onset->node)
			return true;
	return s->explained_by || is_hard_symptom(s->onset);
}

/* A rule leads from it to something of the case. */
static bool is_near(const struct inquiry *q, uint16_t sig)
{
	for (unsigned i = 0; i < q->n_rules; i++) {
		if (!rule_is_from(&q->rules[i], sig))
			continue;
		for (uint32_t s = 0; s < q->n; s++)
			if (rule_is_to(&q->rules[i], q->suspects[s].onset->sig) &&
				is_of_the_case(q, &q->suspects[s]))
				return true;
	}
	return false;
}

struct writing {
	struct inquiry *q;
	struct unchecked *list;
	size_t n;
};

static void add(struct writing *w, struct unchecked u)
{
	if (w->n < UNCHECKED)
		w->list[w->n++] = u;
	else
		w->q->report->dropped++;
}

static void add_indicator(struct writing *w, const struct indicator *in)
{
	struct inquiry *q = w->q;
	uint16_t sig = catalog_find(&q->tape->session->catalog, str_of(in->signal));
	const char *reason;

	if (sig == SIGNAL_NONE || (in->role != CAUSE && in->role != LINK))
		return;
	reason = unread_reason(q, sig);
	if (reason)
		add(w, (struct unchecked){ in->signal, ENTITY_NONE, reason,
			       is_near(q, sig) && is_open_question(q, sig) });
}

/* Read at times only: what it says of the rest is not known. */
static void add_partly(struct writing *w)
{
	const struct inquiry *q = w->q;

	for (size_t i = 0; i < q->onsets->n_watched; i++) {
		const struct watched *o = &q->onsets->watched[i];

		/* a task or cgroup that comes and goes was not unreadable while it was not there */
		if (o->indicator->how == SENSE_EVENT || o->unknown * 10 < o->samples ||
			o->indicator->role == CONTEXT || !blind_of(q, o->sig) ||
			host_absence(blind_of(q, o->sig)->error))
			continue;
		add(w, (struct unchecked){ o->indicator->signal, o->who,
			       arena_printf(q->a, "not read in %u of %u ticks", o->unknown,
				       o->unknown + o->samples),
			       is_near(q, o->sig) });
	}
}

static void add_gaps(struct writing *w)
{
	const struct tape *tape = w->q->tape;

	for (uint32_t i = 1; i < tape->n_ticks; i++)
		if (tape->ticks[i].gap)
			add(w, (struct unchecked){ "*", ENTITY_NONE,
				       arena_printf(w->q->a,
					       "nothing was recorded for %.1f s after tick %u",
					       (double)(tape->ticks[i].begin_ns -
							tape->ticks[i - 1].begin_ns) /
						       (double)SECOND_NS,
					       i - 1),
				       true });
}

static bool needs_wire(const struct inquiry *q)
{
	for (unsigned i = 0; i < q->n_rules; i++)
		for (uint32_t s = 0; q->rules[i].from_wire && s < q->n; s++)
			if (rule_is_to(&q->rules[i], q->suspects[s].onset->sig) &&
				!q->suspects[s].onset->from_start)
				return true;
	return false;
}

/* The command that confirms an indicator or, where it has none, its signal's watch. */
static const char *command_of(const struct inquiry *q, const char *signal)
{
	for (unsigned layer = 0; layer < LAYERS; layer++) {
		const struct knowledge *k = q->known[layer];

		for (size_t i = 0; i < k->n_indicators; i++)
			if (strcmp(k->indicators[i].signal, signal) == 0 && k->indicators[i].check)
				return k->indicators[i].check;
		for (size_t i = 0; i < k->n_watches; i++)
			if (strcmp(k->watches[i].signal, signal) == 0)
				return k->watches[i].check;
	}
	return NULL;
}

/* What to read next: the first open question nearest to the case. */
static void find_next(struct writing *w)
{
	struct report *r = w->q->report;

	if (r->verdict == CONFIRMED || r->verdict == NO_FAULT)
		return;
	if (r->verdict == EXTERNAL) {
		r->next_signal = "wire";
		r->next_command =
			"faultline explain --for 60s # on the peer; and the switch's counters";
		return;
	}
	for (size_t i = 0; i < w->n; i++) {
		if (!w->list[i].near || w->list[i].signal[0] == '*' ||
			strcmp(w->list[i].signal, "wire") == 0)
			continue;
		r->next_signal = w->list[i].signal;
		r->next_command = command_of(w->q, r->next_signal);
		return;
	}
}

int unchecked_find(struct inquiry *q)
{
	struct writing w = { q, arena_take(q->a, UNCHECKED * sizeof(*w.list)), 0 };

	if (!w.list)
		return -ENOMEM;
	add_gaps(&w);
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < q->known[layer]->n_indicators; i++)
			add_indicator(&w, &q->known[layer]->indicators[i]);
	add_partly(&w);
	if (needs_wire(q))
		add(&w, (struct unchecked){ "wire", ENTITY_NONE,
				"the switch and the other host are not visible from this one",
				true });
	q->report->unchecked = w.list;
	q->report->n_unchecked = w.n;
	find_next(&w);
	return 0;
}
