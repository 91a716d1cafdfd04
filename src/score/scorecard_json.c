/* The score as one JSON object. */
#include "score/scorecard.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

/* JSON has no infinity: what never came is null. */
static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* Names of cases come from directories and may be no UTF-8; labels forbid it, saved JSON cannot. */
static json_t *text(const char *bytes)
{
	json_t *string = json_string(bytes);

	return string ? string : json_string("?");
}

static json_t *json_variants(const struct mark *m)
{
	json_t *array = json_array();

	for (size_t i = 0; i < m->n_variants; i++)
		json_array_append_new(
			array, json_pack("{s:o, s:s, s:s}", "variant", text(m->variants[i].name),
				       "verdict", conclusion_names[m->variants[i].verdict], "root",
				       root_mark_names[m->variants[i].root]));
	return array;
}

static json_t *json_remarks(const struct mark *m)
{
	json_t *array = json_array();

	for (size_t i = 0; i < m->n_remarks; i++)
		json_array_append_new(array, text(m->remarks[i]));
	return array;
}

static json_t *json_case(const struct mark *m)
{
	return json_pack(
		"{s:o, s:s, s:b, s:s, s:s, s:b, s:{s:i, s:i, s:i}, s:{s:i, s:i}, s:o, s:o, s:o, s:o}",
		"name", text(m->name), "kind", case_kind_names[m->kind], "void", m->is_void,
		"verdict", conclusion_names[m->verdict], "root", root_mark_names[m->root],
		"entity_right", m->entity_right, "edges", "found", (int)m->edges_found, "expected",
		(int)m->edges_expected, "false", (int)m->edges_false, "decoys", "ruled_out",
		(int)m->decoys_out, "planted", (int)m->decoys, "time_to_likely_s",
		m->likely_s < 0 ? json_null() : real(m->likely_s), "explain_s",
		m->explain_s < 0 ? json_null() : real(m->explain_s), "variants", json_variants(m),
		"remarks", json_remarks(m));
}

static json_t *json_figure(enum measure_id id, const struct figure *f)
{
	json_t *figure = json_pack("{s:f, s:f, s:o}", "good", f->tally.good, "all", f->tally.all,
		"value", real(f->value));

	if (measures[id].kind == A_TIME)
		json_object_set_new(figure, "p95", real(f->high));
	else
		json_object_set_new(
			figure, "interval", json_pack("[o, o]", real(f->low), real(f->high)));
	return figure;
}

static json_t *json_measures(const struct scorecard *card)
{
	json_t *kinds = json_object();

	for (int kind = 0; kind < CASE_KINDS; kind++) {
		json_t *all = json_object();

		for (int id = 0; id < MEASURES; id++) {
			struct figure f = measure_figure(card->marks, card->n_marks,
				(enum kind_of_case)kind, (enum measure_id)id);

			if (f.known)
				json_object_set_new(all, measures[id].name,
					json_figure((enum measure_id)id, &f));
		}
		json_object_set_new(kinds, case_kind_names[kind], all);
	}
	return kinds;
}

static json_t *json_requirements(const struct scorecard *card)
{
	json_t *array = json_array();

	for (size_t i = 0; i < card->n_requirements; i++)
		json_array_append_new(array,
			json_pack("{s:o, s:b}", "require", text(card->requirements[i].text), "met",
				requirement_met(
					&card->requirements[i], card->marks, card->n_marks)));
	return array;
}

int scorecard_json(FILE *out, const struct scorecard *card)
{
	json_t *cases = json_array(), *whole;
	int r;

	for (size_t i = 0; i < card->n_marks; i++)
		json_array_append_new(cases, json_case(&card->marks[i]));
	whole = json_pack("{s:{s:s, s:i}, s:o, s:o, s:o, s:o}", "schema", "name", "faultline.score",
		"version", 1, "corpus", text(card->corpus), "cases", cases, "measures",
		json_measures(card), "requirements", json_requirements(card));
	if (!whole)
		return -ENOMEM;
	r = json_dumpf(whole, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(whole);
	return r < 0 || fputc('\n', out) == EOF ? -EIO : 0;
}
