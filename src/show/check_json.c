/* The health of a host as JSON. */
#include "show/check.h"

#include "base/clock.h"
#include "host/host.h"
#include "model/reading.h"
#include "show/json.h"

static json_t *json_threshold(const struct finding *f)
{
	if (f->watch->how == IS_NOT)
		return json_string(f->watch->than);
	return json_real(f->threshold);
}

static json_t *json_details(const struct health *health, uint32_t who)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < health->n_details; i++) {
		const struct detail *d = &health->details[i];
		json_t *lines = json_array();

		for (unsigned k = 0; k < d->n && d->who == who; k++)
			json_array_append_new(lines, json_text(str_of(d->lines[k])));
		if (d->who == who)
			json_array_append_new(
				array, json_pack("{s:s, s:O, s:I}", "about", d->about, "lines",
					       lines, "more", (json_int_t)d->more));
		json_decref(lines);
	}
	return array;
}

/* A reading in its unit; what has none (a text, a count since boot) as it was read. */
static json_t *json_finding(const struct check_answer *answer, const struct finding *f)
{
	const struct session *s = answer->session;
	char sub[SUB_TEXT], since[CLOCK_TEXT];
	uint32_t port = relation_one(&s->relations, f->who, VIA_UPSTREAM);
	json_t *finding = json_object();

	json_object_set_new(finding, "signal", json_string(f->signal->name));
	json_object_set_new(finding, "entity", json_text(entity_text(&s->entities, f->who)));
	json_object_set_new(finding, "sub", json_string(sub_format(f->signal->sub, f->sub, sub)));
	json_object_set_new(finding, "value",
		f->has_reading ? json_real(f->reading) : json_value(s, f->signal, f->raw));
	json_object_set_new(finding, "unit",
		json_string(
			f->has_reading ? reading_unit(f->signal) : unit_names[f->signal->unit]));
	json_object_set_new(finding, "threshold", json_threshold(f));
	json_object_set_new(finding, "severity", json_string(severity_names[f->severity]));
	json_object_set_new(finding, "since",
		f->severity == HISTORY ? json_string("boot")
				       : json_string(clock_format(answer->begin_ns, since)));
	if (port != ENTITY_NONE)
		json_object_set_new(finding, "behind", json_text(entity_text(&s->entities, port)));
	json_object_set_new(finding, "title", json_string(f->watch->title));
	json_object_set_new(finding, "source", json_string(f->watch->source));
	json_object_set_new(
		finding, "check", json_command(f->watch->check, entity_name(&s->entities, f->who)));
	json_object_set_new(finding, "fix", json_string(f->watch->fix));
	if (answer->health->details)
		json_object_set_new(finding, "details", json_details(answer->health, f->who));
	return finding;
}

static json_t *json_findings(
	const struct check_answer *answer, const struct finding *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_finding(answer, &list[i]));
	return array;
}

static json_t *json_derived(const struct check_answer *answer, const struct layer_health *layer)
{
	json_t *array = json_array();

	for (size_t i = 0; i < layer->n_derived; i++) {
		const struct derived *d = &layer->derived[i];
		json_t *siblings = json_array();
		char sub[SUB_TEXT];

		for (unsigned k = 0; k < d->n_siblings; k++)
			json_array_append_new(
				siblings, json_real(d->siblings[d->n_siblings - 1 - k]));
		json_array_append_new(
			array, json_pack("{s:s, s:o, s:s, s:f, s:s, s:b, s:o}", "signal",
				       d->derive->name, "entity",
				       json_text(entity_text(&answer->session->entities, d->who)),
				       "sub", sub_format(d->of->sub, d->sub, sub), "value",
				       d->reading, "unit", reading_unit(d->of), "since_boot",
				       d->since_boot, "siblings", siblings));
	}
	return array;
}

static json_t *json_unseen(const struct check_answer *answer, const struct layer_health *layer)
{
	json_t *array = json_array();

	for (size_t i = 0; i < layer->n_unseen; i++) {
		const struct unseen *u = &layer->unseen[i];
		json_t *item = json_pack("{s:s, s:s, s:s}", "source", u->path, "collector",
			u->collector, "reason", host_reason(u->error));

		if (u->who != ENTITY_NONE)
			json_object_set_new(item, "entity",
				json_text(entity_text(&answer->session->entities, u->who)));
		if (u->why)
			json_object_set_new(item, "why", json_string(u->why));
		json_array_append_new(array, item);
	}
	if (layer->elsewhere)
		json_array_append_new(array,
			json_pack("{s:s, s:s}", "reason", "elsewhere", "why", layer->elsewhere));
	if (layer->gap)
		json_array_append_new(
			array, json_pack("{s:s, s:s}", "reason", "not built", "why", layer->gap));
	return array;
}

static json_t *json_layer(const struct check_answer *answer, unsigned i)
{
	const struct layer_health *layer = &answer->health->layers[i];

	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o}", "layer", layer_names[i],
		"verdict", verdict_names[layer->verdict], "reason", layer->reason, "checks",
		layer->watches, "judged", layer->judged, "findings",
		json_findings(answer, layer->findings, layer->n_findings), "history",
		json_findings(answer, layer->history, layer->n_history), "readings",
		json_derived(answer, layer), "not_seen", json_unseen(answer, layer));
}

void check_json(FILE *out, const struct check_answer *answer)
{
	json_t *layers = json_array(), *notes = json_array(), *whole;
	char time[CLOCK_TEXT];

	for (unsigned i = 0; i < LAYERS; i++)
		json_array_append_new(layers, json_layer(answer, i));
	for (unsigned i = 0; i < 4 && answer->notes[i]; i++)
		json_array_append_new(notes, json_string(answer->notes[i]));
	whole = json_pack("{s:{s:s, s:i}, s:o, s:s?, s:I, s:f, s:o, s:o, s:{s:f, s:f, s:I}}",
		"schema", "name", "faultline.check", "version", 1, "host",
		json_text(str_of(answer->host)), "time",
		answer->wall_ns ? clock_format(answer->wall_ns, time) : NULL, "time_ns",
		(json_int_t)answer->wall_ns, "window_s", answer->health->window_s, "notes", notes,
		"layers", layers, "cost", "cpu_ms", answer->cpu_ms, "wall_ms", answer->wall_ms,
		"reads", (json_int_t)answer->reads);
	json_dumpf(whole, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(whole);
}
