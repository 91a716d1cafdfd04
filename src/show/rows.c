/* Rows as tab-separated values and as JSON. */
#include "show/rows.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/clock.h"
#include "show/json.h"

static void print_row(FILE *out, const struct session *s, const struct block *b, unsigned sub)
{
	const struct signal *signal = catalog_get(&s->catalog, b->sig);
	char sub_text[SUB_TEXT];

	fprintf(out, "%s\t", signal->name);
	print_escaped(out, entity_text(&s->entities, b->who));
	fprintf(out, "\t%s\t", sub_format(signal->sub, sub, sub_text));
	if (block_has(b, sub))
		session_print_value(s, out, signal, b->values[sub]);
	else
		fputc('-', out);
	fputc('\n', out);
}

void rows_tsv(FILE *out, const struct session *s, const struct view *view, bool nonzero_only)
{
	for (size_t i = 0; i < view->n; i++) {
		const struct block *b = view->blocks[i];

		for (unsigned sub = 0; sub < b->n; sub++)
			if (block_has(b, sub) && !(nonzero_only && b->values[sub] == 0))
				print_row(out, s, b, sub);
	}
}

static bool is_other(const struct session *s, const struct ledger_copy *before,
	const struct block *b, unsigned sub)
{
	int64_t was;

	return !ledger_copy_value(before, &s->ledger, b, sub, &was) || was != b->values[sub];
}

void rows_tsv_changes(FILE *out, const struct session *s, const struct view *view,
	const struct ledger_copy *before, const struct frame *frame,
	bool (*keep)(const struct session *, const struct block *))
{
	for (size_t i = 0; i < view->n; i++) {
		const struct block *b = view->blocks[i];

		for (unsigned sub = 0; sub < b->n; sub++)
			if (block_has(b, sub) && is_other(s, before, b, sub))
				print_row(out, s, b, sub);
	}
	for (uint32_t i = 0; i < frame->n_spans; i++) {
		const struct span *span = &frame->spans[i];
		const struct block *b = ledger_find(&s->ledger, span->who, span->sig);

		for (unsigned sub = span->first; span->gone && b && sub <= span->last; sub++)
			if (!block_has(b, sub) && (!keep || keep(s, b)))
				print_row(out, s, b, sub);
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
