/* The catalog of signals as a list and as a page. */
#include "show/signals.h"

#include <stdlib.h>

#include "base/own.h"
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

size_t signals_list(FILE *out, const struct catalog *c, str prefix)
{
	OWN_MEMORY const struct signal **list = sorted(c);
	size_t n = 0;

	for (uint32_t i = 0; i < catalog_size(c); i++) {
		const struct signal *s = list[i];

		if (!str_starts(str_of(s->name), prefix))
			continue;
		fprintf(out, "%s\n    %s, %s, of %s", s->name, kind_names[s->kind],
			unit_names[s->unit], scope_names[s->scope]);
		if (s->sub != NONE)
			fprintf(out, " by %s", sub_names[s->sub]);
		print_width(out, s);
		fputc('\n', out);
		wrap(out, 4, "", s->about);
		n++;
	}
	return n;
}

void signals_markdown(FILE *out, const struct catalog *c)
{
	OWN_MEMORY const struct signal **list = sorted(c);

	fprintf(out,
		"# Signals\n\n"
		"Written by `faultline signals --doc` from the collectors' tables; a test compares "
		"it.\n"
		"%u signals. Values are as the kernel gives them; counters become rates on "
		"reading.\n\n"
		"| signal | kind | unit | of | by | cost | what it is "
		"|\n|---|---|---|---|---|---|---|\n",
		catalog_size(c));
	for (uint32_t i = 0; i < catalog_size(c); i++) {
		const struct signal *s = list[i];

		fprintf(out, "| `%s` | %s | %s | %s | %s | %s | %s", s->name, kind_names[s->kind],
			unit_names[s->unit], scope_names[s->scope],
			s->sub == NONE ? "" : sub_names[s->sub], cost_names[s->cost], s->about);
		print_width(out, s);
		fputs(" |\n", out);
	}
}
