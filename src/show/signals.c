/* The catalog of signals as a list and as a page. */
#include "show/signals.h"

#include <stdlib.h>

#include "base/own.h"
#include "model/reading.h"
#include "show/wrap.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(
		(*(const struct signal *const *)a)->name, (*(const struct signal *const *)b)->name);
}

static const struct signal **sorted(const struct catalog *c)
{
	const struct signal **list = own_alloc(catalog_size(c), sizeof(struct signal *));

	for (uint32_t i = 0; i < catalog_size(c); i++)
		list[i] = catalog_get(c, (uint16_t)i);
	qsort(list, catalog_size(c), sizeof(*list), by_name);
	return list;
}

static void print_width(FILE *out, const struct signal *signal)
{
	if (signal->bits)
		fprintf(out, ", %u bits, %s", signal->bits,
			signal->full == SATURATES ? "saturates" : "wraps");
}

static void list_signal(FILE *out, const struct signal *s)
{
	fprintf(out, "%s\n    %s, %s, of %s", s->name, kind_names[s->kind], unit_names[s->unit],
		scope_names[s->scope]);
	if (s->sub != NONE)
		fprintf(out, " by %s", sub_names[s->sub]);
	print_width(out, s);
	fputc('\n', out);
	wrap(out, 4, "", s->about);
}

static const char *const derive_words[] = { [HIGHEST] = "the highest of" };

static void list_derive(FILE *out, const struct derive *d)
{
	fprintf(out, "%s\n    derived: %s %s\n", d->name, derive_words[d->how], d->of);
	wrap(out, 4, "", d->about);
}

size_t signals_list(
	FILE *out, const struct catalog *c, const struct knowledge *const *known, str prefix)
{
	OWN_MEMORY const struct signal **list = sorted(c);
	size_t n = 0;

	for (uint32_t i = 0; i < catalog_size(c); i++)
		if (str_starts(str_of(list[i]->name), prefix)) {
			list_signal(out, list[i]);
			n++;
		}
	for (unsigned l = 0; l < LAYERS; l++)
		for (size_t i = 0; i < known[l]->n_derives; i++)
			if (str_starts(str_of(known[l]->derives[i].name), prefix)) {
				list_derive(out, &known[l]->derives[i]);
				n++;
			}
	return n;
}

static void markdown_signals(FILE *out, const struct catalog *c)
{
	OWN_MEMORY const struct signal **list = sorted(c);

	fputs("| signal | kind | unit | of | by | cost | what it is |\n|---|---|---|---|---|---|---|\n",
		out);
	for (uint32_t i = 0; i < catalog_size(c); i++) {
		const struct signal *s = list[i];

		fprintf(out, "| `%s` | %s | %s | %s | %s | %s | %s", s->name, kind_names[s->kind],
			unit_names[s->unit], scope_names[s->scope],
			s->sub == NONE ? "" : sub_names[s->sub], cost_names[s->cost], s->about);
		print_width(out, s);
		fputs(" |\n", out);
	}
}

static void print_condition(FILE *out, const struct catalog *c, const struct watch *w)
{
	const struct signal *s = catalog_get(c, catalog_find(c, str_of(w->signal)));
	char level[READING_TEXT];

	switch (w->how) {
	case IS_UNDER:
		fprintf(out, "under `%s`%s", w->than, w->upstream ? " of both ends" : "");
		if (w->while_rising)
			fprintf(out, " while `%s` rises", w->while_rising);
		return;
	case IS_NOT:
		fprintf(out, "not %s", w->than);
		return;
	case IS_STUCK:
		fprintf(out, "over %s and no less than before, while `%s` stands",
			s ? reading_format(s, w->level, level) : "?", w->than);
		return;
	case IS_OUTLIER:
		fprintf(out, "over %.0f %%, the others' median under %.0f %%", w->level * 100,
			w->rest * 100);
		return;
	default:
		fprintf(out, "%s %s", w->how == IS_BELOW ? "under" : "over",
			s ? reading_format(s, w->level, level) : "?");
	}
}

static void markdown_knowledge(FILE *out, const struct catalog *c, const struct knowledge *k)
{
	for (size_t i = 0; i < k->n_watches; i++) {
		const struct watch *w = &k->watches[i];

		fprintf(out, "| `%s` | ", w->signal);
		print_condition(out, c, w);
		fprintf(out, " | %s | %s | %s |\n", severity_names[w->severity], w->title,
			w->source);
	}
}

void signals_markdown(FILE *out, const struct catalog *c, const struct knowledge *const *known)
{
	fprintf(out,
		"# Signals and checks\n\n"
		"Written by `faultline signals --doc` from the tables of the program; a test compares it.\n"
		"%u signals. Values are as the kernel gives them; counters become rates on reading.\n\n",
		catalog_size(c));
	markdown_signals(out, c);
	fputs("\n## Derived readings\n\n| reading | made of | what it is |\n|---|---|---|\n", out);
	for (unsigned l = 0; l < LAYERS; l++)
		for (size_t i = 0; i < known[l]->n_derives; i++)
			fprintf(out, "| `%s` | %s `%s` | %s |\n", known[l]->derives[i].name,
				derive_words[known[l]->derives[i].how], known[l]->derives[i].of,
				known[l]->derives[i].about);
	fputs("\n## Checks\n\n| signal | when | severity | what is wrong | source of the level |\n"
	      "|---|---|---|---|---|\n",
		out);
	for (unsigned l = 0; l < LAYERS; l++)
		markdown_knowledge(out, c, known[l]);
}
