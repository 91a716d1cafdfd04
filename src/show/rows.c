/* Rows as tab-separated values and as JSON. */
#include "show/rows.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/clock.h"
#include "show/json.h"

void rows_tsv(FILE *out, const struct session *s, const struct view *view, bool nonzero_only)
{
	char sub_text[SUB_TEXT];

	for (size_t i = 0; i < view->n; i++) {
		const struct block *b = view->blocks[i];
		const struct signal *signal = catalog_get(&s->catalog, b->sig);

		for (unsigned sub = 0; sub < b->n; sub++) {
			if (!block_has(b, sub) || (nonzero_only && b->values[sub] == 0))
				continue;
			fprintf(out, "%s\t", signal->name);
			print_escaped(out, entity_text(&s->entities, b->who));
			fprintf(out, "\t%s\t", sub_format(signal->sub, sub, sub_text));
			session_print_value(s, out, signal, b->values[sub]);
			fputc('\n', out);
		}
	}
}

void rows_json(FILE *out, const struct session *s, const struct view *view, bool nonzero_only,
	int64_t wall_ns)
{
	char sub_text[SUB_TEXT], time[CLOCK_TEXT];
	bool first = true;

	fputs("{\"schema\": {\"name\": \"faultline.sample\", \"version\": 1},\n\"time\": ", out);
	if (wall_ns)
		fprintf(out, "\"%s\"", clock_format(wall_ns, time));
	else
		fputs("null", out);
	fprintf(out, ", \"time_ns\": %" PRId64 ",\n\"rows\": [", wall_ns);
	for (size_t i = 0; i < view->n; i++) {
		const struct block *b = view->blocks[i];
		const struct signal *signal = catalog_get(&s->catalog, b->sig);

		for (unsigned sub = 0; sub < b->n; sub++) {
			json_t *row;

			if (!block_has(b, sub) || (nonzero_only && b->values[sub] == 0))
				continue;
			row = json_pack("{s:s, s:o, s:s, s:s, s:o}", "signal", signal->name,
				"entity", json_text(entity_text(&s->entities, b->who)), "sub",
				sub_format(signal->sub, sub, sub_text), "unit",
				unit_names[signal->unit], "value",
				json_value(s, signal, b->values[sub]));
			fputs(first ? "\n" : ",\n", out);
			json_dumpf(row, out, JSON_COMPACT);
			json_decref(row);
			first = false;
		}
	}
	fputs("\n]}\n", out);
}
