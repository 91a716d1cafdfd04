/* The answer of explain as JSON. */
#include "show/explain_json.h"

#include <errno.h>
#include <math.h>

#include "model/reading.h"
#include "show/explain_words.h"
#include "show/json.h"

/* JSON has no infinity: nothing to compare with, or a beginning that nobody saw, is null. */
static json_t *json_finite(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_optional(const char *text)
{
	return text ? json_text(str_of(text)) : json_null();
}

static json_t *json_entity(const struct report *r, uint32_t who)
{
	return who == ENTITY_NONE ? json_null() : json_text(report_entity(r, who));
}

static json_t *json_time(const struct report *r, int64_t ns)
{
	char text[CLOCK_TEXT];

	if (!r->has_time || !moment_has_end(ns))
		return json_null();
	return json_string(time_format(r, ns, text));
}

static json_t *json_ns(const struct report *r, int64_t ns)
{
	return r->has_time && moment_has_end(ns) ? json_integer(ns) : json_null();
}

/* Both forms of a moment: "onset" and "onset_ns". */
static void set_moment(json_t *object, const struct report *r, const char *key, const char *key_ns,
	struct moment m)
{
	json_object_set_new(
		object, key, json_pack("[o, o]", json_time(r, m.lo_ns), json_time(r, m.hi_ns)));
	json_object_set_new(
		object, key_ns, json_pack("[o, o]", json_ns(r, m.lo_ns), json_ns(r, m.hi_ns)));
}

/* A number where there is a reading, else the text of a state, else null. */
static json_t *json_reading(bool has, double value, const char *said)
{
	return has && isfinite(value) ? json_real(value) : json_optional(said);
}

static json_t *json_node(const struct report *r, const struct node *n)
{
	json_t *node = json_object();
	char sub[SUB_TEXT];

	json_object_set_new(node, "signal", json_string(node_signal(n)));
	json_object_set_new(node, "entity", json_entity(r, n->who));
	json_object_set_new(node, "sub", json_string(node_sub(n, sub)));
	set_moment(node, r, "onset", "onset_ns", n->began);
	set_moment(node, r, "ended", "ended_ns", n->ended);
	json_object_set_new(node, "before", json_reading(n->has_before, n->before, n->was));
	json_object_set_new(node, "after", json_reading(n->has_after, n->after, n->is));
	json_object_set_new(node, "was", json_optional(n->was));
	json_object_set_new(node, "is", json_optional(n->is));
	json_object_set_new(
		node, "unit", n->signal ? json_string(reading_unit(n->signal)) : json_null());
	json_object_set_new(node, "count", json_integer((json_int_t)(n->count & INT64_MAX)));
	json_object_set_new(node, "title", json_optional(node_title(n)));
	json_object_set_new(node, "text", json_optional(node_text(n)));
	return node;
}

static json_t *json_check(const struct report *r, const struct node *n)
{
	if (!n->indicator || !n->indicator->check)
		return json_null();
	return json_command(n->indicator->check, entity_name(&r->session->entities, n->who));
}

static json_t *json_root(const struct report *r, const struct root *root)
{
	const struct node *n = root->node;
	json_t *object = json_node(r, n);

	json_object_set_new(object, "score_db", json_finite(root->score_db));
	json_object_set_new(object, "over_next_db", json_finite(root->over_next_db));
	json_object_set_new(object, "layers", json_integer(root->layers));
	json_object_set_new(object, "check", json_check(r, n));
	json_object_set_new(object, "fix", json_optional(n->indicator ? n->indicator->fix : NULL));
	return object;
}

static json_t *json_link(const struct report *r, const struct link *link)
{
	return json_pack("{s:o, s:o, s:[o, o], s:o, s:o, s:b}", "from", json_node(r, link->from),
		"to", json_node(r, link->to), "lag_s",
		r->has_time ? json_finite(link->lag_min_s) : json_null(),
		r->has_time ? json_finite(link->lag_max_s) : json_null(), "because",
		json_optional(link->rule ? link->rule->because : NULL), "source",
		json_optional(link->rule ? link->rule->source : NULL), "on_path", link->on_path);
}

static bool is_unexplained(const struct report *r, const struct node *n)
{
	for (size_t i = 0; i < r->n_unexplained; i++)
		if (r->unexplained[i] == n)
			return true;
	return false;
}

static bool is_symptom(const struct report *r, const struct node *n)
{
	for (size_t i = 0; i < r->n_symptoms; i++)
		if (r->symptoms[i] == n)
			return true;
	return false;
}

static void append_symptom(json_t *array, const struct report *r, const struct node *n)
{
	json_t *symptom = json_node(r, n);

	json_object_set_new(symptom, "explained", json_boolean(!is_unexplained(r, n)));
	json_array_append_new(array, symptom);
}

static json_t *json_symptoms(const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->n_symptoms; i++)
		append_symptom(array, r, r->symptoms[i]);
	for (size_t i = 0; i < r->n_unexplained; i++)
		if (!is_symptom(r, r->unexplained[i]))
			append_symptom(array, r, r->unexplained[i]);
	return array;
}

static json_t *json_alternatives(const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->n_alternatives; i++) {
		const struct alternative *a = &r->alternatives[i];
		json_t *object = json_node(r, a->node);

		json_object_set_new(object, "score_db", json_finite(a->score_db));
		json_object_set_new(object, "behind_db", json_finite(a->behind_db));
		json_object_set_new(object, "why", json_optional(a->why));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_ruled_out(const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->n_ruled_out; i++) {
		const struct ruled_out *o = &r->ruled_out[i];

		json_array_append_new(
			array, json_pack("{s:s, s:o, s:s, s:o, s:b}", "signal",
				       o->signal ? o->signal->name : "?", "entity",
				       json_entity(r, o->who), "reason", rule_out_names[o->reason],
				       "evidence", json_optional(o->evidence), "near", o->near));
	}
	return array;
}

static json_t *json_not_checked(const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->n_unchecked; i++) {
		const struct unchecked *u = &r->unchecked[i];

		json_array_append_new(
			array, json_pack("{s:o, s:o, s:o, s:b}", "signal", json_optional(u->signal),
				       "entity", json_entity(r, u->who), "reason",
				       json_optional(u->reason), "near", u->near));
	}
	return array;
}

static json_t *json_window(const struct report *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "from",
		json_time(r, r->from_ns), "until", json_time(r, r->until_ns), "from_ns",
		json_ns(r, r->from_ns), "until_ns", json_ns(r, r->until_ns), "ticks",
		(json_int_t)r->n_ticks, "gaps", (json_int_t)r->n_gaps, "events",
		(json_int_t)r->n_events, "series", (json_int_t)r->n_series, "dropped",
		(json_int_t)r->dropped);
}

int explain_json(FILE *out, const struct report *r)
{
	json_t *roots = json_array(), *chain = json_array(), *whole;
	int code = 0;

	for (size_t i = 0; i < r->n_roots; i++)
		json_array_append_new(roots, json_root(r, &r->roots[i]));
	for (size_t i = 0; i < r->n_links; i++)
		json_array_append_new(chain, json_link(r, &r->links[i]));
	whole = json_pack("{s:{s:s, s:i}, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"schema", "name", "faultline.explain", "version", 1, "window", json_window(r),
		"verdict", conclusion_names[r->verdict], "summary",
		json_text(str_of(report_summary(r))), "roots", roots, "chain", chain, "symptoms",
		json_symptoms(r), "alternatives", json_alternatives(r), "ruled_out",
		json_ruled_out(r), "not_checked", json_not_checked(r), "next_signal",
		json_optional(r->next_signal), "next_command", json_optional(r->next_command));
	if (!whole)
		return -ENOMEM;
	if (json_dumpf(whole, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) < 0 ||
		fputc('\n', out) == EOF)
		code = -EIO;
	json_decref(whole);
	return code;
}
