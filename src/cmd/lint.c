/*
 * faultline lint: do the tables hold together? A name that does not resolve is found here, not at
 * three at night.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/lint_patterns.h"
#include "cmd/lint_rules.h"
#include "collect/self.h"
#include "listen/listen.h"
#include "log/pattern.h"
#include "model/knowledge.h"

extern const struct command lint_command;

struct lint {
	struct catalog catalog;
	unsigned errors, watches, counts;
};

static void complain(struct lint *lint, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct lint *lint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	lint->errors++;
}

static bool is_empty(const char *text)
{
	return !text || !*text;
}

static bool is_plain_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", name.p[i]))
			return false;
	return name.n > 0;
}

static void lint_signal(struct lint *lint, const struct signal *s, bool self)
{
	str layer = signal_layer(s);

	if (!is_plain_name(str_of(s->name)))
		complain(lint, "signal %s: a name is lower case words between dots", s->name);
	if (self ? !str_is(layer, "self") : layer_find(layer) < 0)
		complain(lint, "signal %s: its first word is not a layer", s->name);
	if (is_empty(s->about) || strchr(s->about, '|') || strchr(s->about, '\n'))
		complain(lint, "signal %s: it says nothing about itself, or not in one plain line",
			s->name);
	if (s->unit == TEXT && (s->kind == COUNTER || s->kind == GAUGE))
		complain(lint, "signal %s: a text can be a state or a fact only", s->name);
	if (s->bits > 64 || (s->full == SATURATES && !s->bits))
		complain(lint, "signal %s: the width of the counter makes no sense", s->name);
}

static void lint_signals(struct lint *lint, const struct signal *table, size_t n, bool self)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t id = catalog_find(&lint->catalog, str_of(table[i].name));

		lint_signal(lint, &table[i], self);
		if (id == SIGNAL_NONE || catalog_get(&lint->catalog, id) != &table[i])
			complain(lint, "signal %s: it is there twice", table[i].name);
	}
}

static bool is_scope(str template)
{
	str_cut(template, ':', &template, NULL);
	for (int i = 0; i < SCOPES; i++)
		if (str_is(template, scope_names[i]))
			return true;
	return false;
}

static void lint_text(struct lint *lint, const struct collector *c, const struct text_source *t)
{
	if (is_empty(t->path) || t->path[0] == '/')
		complain(lint, "collector %s: a path is relative to the root: %s", c->name,
			t->path ? t->path : "none");
	if (!t->who || !is_scope(str_of(t->who)))
		complain(lint, "collector %s: %s speaks about no kind of entity", c->name, t->path);
	if (t->layer && layer_find(str_of(t->layer)) < 0)
		complain(lint, "collector %s: %s: no layer %s", c->name, t->path, t->layer);
}

static void lint_collector(struct lint *lint, const struct collector *c)
{
	if (is_empty(c->name) || is_empty(c->about) || (c->n_texts == 0) != !c->parse ||
		(c->n_texts == 0 && !c->collect))
		complain(lint,
			"collector %s: name, about, and texts and parse, or collect, are needed",
			c->name ? c->name : "?");
	for (size_t i = 0; i < c->n_texts; i++)
		lint_text(lint, c, &c->texts[i]);
	lint_signals(lint, c->signals, c->n_signals, false);
}

/* What a listener says about itself is of the layer `self`, all else of a layer. */
static void lint_listener(struct lint *lint, const struct listener *l)
{
	if (is_empty(l->name) || is_empty(l->about) || is_empty(l->source) || !l->open ||
		!l->ready || l->n_signals == 0)
		complain(lint,
			"listener %s: name, about, source, signals, open and ready are all needed",
			l->name ? l->name : "?");
	for (size_t i = 0; i < l->n_signals; i++) {
		const struct signal *s = &l->signals[i];

		lint_signals(lint, s, 1, str_is(signal_layer(s), "self"));
		if (s->kind != EVENT)
			complain(lint, "listener %s: signal %s is no event", l->name, s->name);
	}
}

static const struct signal *find(struct lint *lint, const char *name)
{
	return catalog_get(&lint->catalog, catalog_find(&lint->catalog, str_of(name)));
}

static const struct derive *find_derive(const struct knowledge *k, const char *name)
{
	for (size_t i = 0; i < k->n_derives; i++)
		if (strcmp(k->derives[i].name, name) == 0)
			return &k->derives[i];
	return NULL;
}

static void lint_counters(struct lint *lint, const struct watch *w, const char *names)
{
	str rest = str_of(names), name;

	while (str_next_word(&rest, &name)) {
		uint16_t sig = catalog_find(&lint->catalog, name);
		const struct signal *s = catalog_get(&lint->catalog, sig);

		if (!s || s->kind != COUNTER)
			complain(lint, "watch %s: no counter among %s", w->signal, names);
	}
}

static void lint_kinds(struct lint *lint, const struct watch *w, const struct signal *s)
{
	bool text = s->unit == TEXT;

	if (w->how == IS_RISING && s->kind != COUNTER)
		complain(lint, "watch %s: only a counter can rise", w->signal);
	if ((w->how == IS_NOT) != text)
		complain(lint, "watch %s: a text is judged by IS_NOT, and only a text", w->signal);
	if (w->how == IS_NOT && is_empty(w->than))
		complain(lint, "watch %s: IS_NOT needs the text it should be", w->signal);
	if (w->how == IS_STUCK && (s->kind != GAUGE || is_empty(w->than)))
		complain(lint, "watch %s: what is stuck is a gauge, beside counters that stand",
			w->signal);
	if (w->how == IS_STUCK)
		lint_counters(lint, w, w->than);
	lint_counters(lint, w, w->while_rising);
	if (w->how == IS_UNDER && (is_empty(w->than) || !find(lint, w->than)))
		complain(lint, "watch %s: no signal %s to compare with", w->signal,
			w->than ? w->than : "");
}

static void lint_watch(struct lint *lint, const struct knowledge *k, const struct watch *w)
{
	const struct signal *s = find(lint, w->signal);

	lint->watches++;
	if (is_empty(w->title) || is_empty(w->check) || is_empty(w->fix) || is_empty(w->source))
		complain(lint, "watch %s: title, check, fix and source are all needed", w->signal);
	if (w->severity != WARNING && w->severity != CRITICAL)
		complain(lint, "watch %s: it is a warning or critical", w->signal);
	if (w->only_if && !find(lint, w->only_if))
		complain(lint, "watch %s: no signal %s", w->signal, w->only_if);
	if (w->uncounted && !find(lint, w->uncounted))
		complain(lint, "watch %s: no signal %s", w->signal, w->uncounted);
	if (!str_starts(str_of(w->signal), str_of(k->layer)))
		complain(lint, "watch %s: it stands in the table of layer %s", w->signal, k->layer);
	if (w->how == IS_OUTLIER) {
		if (!find_derive(k, w->signal))
			complain(lint, "watch %s: no such derived reading in layer %s", w->signal,
				k->layer);
	} else if (s) {
		lint_kinds(lint, w, s);
	} else {
		complain(lint, "watch %s: no such signal", w->signal);
	}
}

static void lint_layer(struct lint *lint, unsigned i)
{
	const struct knowledge *k = knowledge[i];

	if (strcmp(k->layer, layer_names[i]) != 0)
		complain(lint, "layer %s: it stands where %s should", k->layer, layer_names[i]);
	for (size_t n = 0; n < k->n_watches; n++)
		lint_watch(lint, k, &k->watches[n]);
	for (size_t n = 0; n < k->n_derives; n++)
		if (!find(lint, k->derives[n].of) || is_empty(k->derives[n].about))
			complain(lint,
				"derived reading %s: no signal %s, or it says nothing about itself",
				k->derives[n].name, k->derives[n].of);
	for (size_t n = 0; n < k->n_counts; n++, lint->counts++)
		if (!find(lint, k->counts[n].signal))
			complain(lint, "layer %s counts %s: no such signal", k->layer,
				k->counts[n].signal);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	struct lint lint = { 0 };
	size_t patterns, indicators, rules;

	if (command_option(&lint_command, argc, argv, options) != -1)
		return EXIT_CANNOT;
	if (optind < argc)
		return command_usage(&lint_command, "too many words:", argv[optind]);
	if (!command_catalog(&lint.catalog))
		return EXIT_CANNOT;
	for (size_t i = 0; i < n_collectors; i++)
		lint_collector(&lint, collectors[i]);
	lint_signals(&lint, self_signals, n_self_signals, true);
	for (unsigned i = 0; i < LAYERS; i++)
		lint_layer(&lint, i);
	for (size_t i = 0; i < n_pattern_tables; i++)
		lint_signals(
			&lint, pattern_tables[i]->signals, pattern_tables[i]->n_signals, false);
	for (size_t i = 0; i < n_listeners; i++)
		lint_listener(&lint, listeners[i]);
	lint.errors += lint_patterns(&lint.catalog, &patterns);
	lint.errors += lint_rules(&lint.catalog, &indicators, &rules);
	printf("%u signals, %zu collectors, %zu listeners, %u watches, %u counts, %zu patterns, %zu indicators, %zu rules: %u error%s\n",
		catalog_size(&lint.catalog), n_collectors, n_listeners, lint.watches, lint.counts,
		patterns, indicators, rules, lint.errors, lint.errors == 1 ? "" : "s");
	catalog_close(&lint.catalog);
	return lint.errors ? EXIT_WARNING : EXIT_FINE;
}

const struct command lint_command = {
	.name = "lint",
	.usage = "",
	.about = "check faultline's own tables for names that do not resolve",
	.help = "Exit code: 0 no error, 1 errors, 3 could not run.\n",
	.run = run,
};
