/* Reading the JSON of explain (docs/schema/explain.json), as far as the scorer needs it. */
#include "score/answer.h"

#include <errno.h>

#include "base/clock.h"
#include "score/document.h"
#include "score/when.h"

static const struct moment UNKNOWN = { INT64_MIN, INT64_MAX };

/* Memory for the items of a list; absent is empty, for a tool need not have an opinion. */
static void *list(struct document *d, json_t *whole, const char *key, size_t size, json_t **ret,
	size_t *ret_n)
{
	void *items;

	*ret = document_optional(d, whole, "", key, JSON_ARRAY);
	items = arena_take_zeroed(d->arena, (json_array_size(*ret) + 1) * size);
	if (!items)
		document_blame(d, key, "no memory for it; free some");
	*ret_n = items ? json_array_size(*ret) : 0;
	return items;
}

/* One end of an onset: nanoseconds, seconds, or a time; null is `open`. */
static int64_t end_of(
	struct document *d, json_t *value, bool is_ns, const char *place, int64_t open)
{
	enum stamp clock;
	int64_t ns = open;

	if (json_is_integer(value) && is_ns)
		return json_integer_value(value);
	if (json_is_number(value) && !is_ns) {
		double seconds = json_number_value(value);

		return seconds > -9e9 && seconds < 9e9 ? (int64_t)(seconds * (double)SECOND_NS)
						       : open;
	}
	if (json_is_string(value) && !is_ns) {
		if (when_read(str_of(json_string_value(value)), &clock, &ns) < 0)
			document_blame(d, place, "\"%s\" is no time", json_string_value(value));
		return ns;
	}
	if (value && !json_is_null(value))
		document_blame(d, place, "it must be a time or null");
	return open;
}

static struct moment moment_of(struct document *d, json_t *object, const char *place)
{
	json_t *ns = json_object_get(object, "onset_ns"), *onset = json_object_get(object, "onset");
	json_t *pair = ns ? ns : onset;
	const char *at = document_place(d, place, ns ? "onset_ns" : "onset");
	struct moment m;

	if (!pair || json_is_null(pair) || !document_is(d, pair, at, JSON_ARRAY))
		return UNKNOWN;
	if (json_array_size(pair) != 2) {
		document_blame(d, at, "it must be [earliest, latest]");
		return UNKNOWN;
	}
	m.lo_ns = end_of(d, json_array_get(pair, 0), ns != NULL, at, INT64_MIN);
	m.hi_ns = end_of(d, json_array_get(pair, 1), ns != NULL, at, INT64_MAX);
	if (m.lo_ns > m.hi_ns)
		document_blame(d, at, "it ends before it begins");
	return m;
}

/* A signal or an entity; null, and where it may be left out nothing at all, is all of them. */
static const char *name_of(
	struct document *d, json_t *object, const char *place, const char *key, bool needed)
{
	json_t *value = json_object_get(object, key);

	if (json_is_null(value) || (!value && !needed))
		return "*";
	return document_text(d, object, place, key);
}

static struct coordinate coordinate_of(
	struct document *d, json_t *object, const char *place, bool exact)
{
	return (struct coordinate){ .signal = name_of(d, object, place, "signal", true),
		.entity = name_of(d, object, place, "entity", exact) };
}

static struct answer_node node_of(struct document *d, json_t *object, const char *place)
{
	if (!object || !document_is(d, object, place, JSON_OBJECT))
		return (struct answer_node){ { "", "" }, UNKNOWN };
	return (struct answer_node){ coordinate_of(d, object, place, true),
		moment_of(d, object, place) };
}

/* The next best of the alternatives: they count by their score where they have one. */
static size_t best_left(json_t *alternatives, const bool *taken)
{
	size_t n = json_array_size(alternatives), best = n;

	for (size_t i = 0; i < n; i++) {
		json_t *score = json_object_get(json_array_get(alternatives, i), "score_db");
		json_t *leader = json_object_get(json_array_get(alternatives, best), "score_db");

		if (!taken[i] &&
			(best == n || json_number_value(score) > json_number_value(leader)))
			best = i;
	}
	return best;
}

static void read_candidates(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *roots = document_optional(d, whole, "", "roots", JSON_ARRAY), *alternatives;
	size_t n_roots = json_array_size(roots), n;
	bool *taken = list(d, whole, "alternatives", sizeof(*taken), &alternatives, &n);
	struct answer_node *all = arena_take(d->arena, (n_roots + n + 1) * sizeof(*all));

	if (!all)
		document_blame(d, "roots", "no memory for it; free some");
	for (size_t i = 0; i < n_roots && !d->problem; i++)
		all[i] = node_of(d, json_array_get(roots, i), document_place_at(d, "roots", i));
	for (size_t i = 0; i < n && !d->problem; i++) {
		size_t best = best_left(alternatives, taken);

		taken[best] = true;
		all[n_roots + i] = node_of(d, json_array_get(alternatives, best),
			document_place_at(d, "alternatives", best));
	}
	ret->candidates = all;
	ret->n_roots = n_roots;
	ret->n_candidates = n_roots + n;
}

static void read_links(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *chain;
	struct answer_link *links = list(d, whole, "chain", sizeof(*links), &chain, &ret->n_links);

	for (size_t i = 0; i < ret->n_links && !d->problem; i++) {
		json_t *link = json_array_get(chain, i);
		const char *place = document_place_at(d, "chain", i);

		if (!document_is(d, link, place, JSON_OBJECT))
			return;
		links[i].from = node_of(d, document_member(d, link, place, "from", JSON_OBJECT),
			document_place(d, place, "from"));
		links[i].to = node_of(d, document_member(d, link, place, "to", JSON_OBJECT),
			document_place(d, place, "to"));
		links[i].on_path = !json_is_false(json_object_get(link, "on_path"));
	}
	ret->links = links;
}

static void read_symptoms(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *symptoms;
	struct answer_node *nodes =
		list(d, whole, "symptoms", sizeof(*nodes), &symptoms, &ret->n_symptoms);

	for (size_t i = 0; i < ret->n_symptoms && !d->problem; i++)
		nodes[i] = node_of(
			d, json_array_get(symptoms, i), document_place_at(d, "symptoms", i));
	ret->symptoms = nodes;
}

static void read_outs(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *array;
	struct answer_out *outs = list(d, whole, "ruled_out", sizeof(*outs), &array, &ret->n_outs);

	for (size_t i = 0; i < ret->n_outs && !d->problem; i++) {
		json_t *item = json_array_get(array, i), *reason;
		const char *place = document_place_at(d, "ruled_out", i);
		int word = 0;

		if (!document_is(d, item, place, JSON_OBJECT))
			return;
		outs[i].at = coordinate_of(d, item, place, false);
		reason = document_member(d, item, place, "reason", JSON_STRING);
		if (reason)
			word = document_word(d, reason, document_place(d, place, "reason"),
				rule_out_names, RULE_OUTS);
		outs[i].reason = word < 0 ? OUT_FLAT : (enum rule_out)word;
	}
	ret->outs = outs;
}

static void read_unchecked(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *array;
	struct coordinate *items =
		list(d, whole, "not_checked", sizeof(*items), &array, &ret->n_unchecked);

	for (size_t i = 0; i < ret->n_unchecked && !d->problem; i++) {
		json_t *item = json_array_get(array, i);
		const char *place = document_place_at(d, "not_checked", i);

		if (document_is(d, item, place, JSON_OBJECT))
			items[i] = coordinate_of(d, item, place, false);
	}
	ret->unchecked = items;
}

/* One end of the window, by its integer or its text. */
static bool window_end(
	json_t *window, const char *ns_key, const char *key, enum stamp *ret_clock, int64_t *ret_ns)
{
	json_t *ns = json_object_get(window, ns_key);
	const char *text = json_string_value(json_object_get(window, key));
	bool told = text && when_read(str_of(text), ret_clock, ret_ns) == 0;

	if (json_is_integer(ns))
		*ret_ns = json_integer_value(ns);
	return told || json_is_integer(ns);
}

static void read_window(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *window = document_optional(d, whole, "", "window", JSON_OBJECT);
	enum stamp clock = NO_STAMP;
	int64_t until_ns;

	if (!window || !window_end(window, "from_ns", "from", &ret->clock, &ret->from_ns))
		return;
	if (window_end(window, "until_ns", "until", &clock, &until_ns) ||
		window_end(window, "to_ns", "to", &clock, &until_ns))
		/* as doubles: the integers may be anything, and their difference no integer */
		ret->span_s = ((double)until_ns - (double)ret->from_ns) / (double)SECOND_NS;
	if (ret->span_s < 0)
		document_blame(d, "window", "it ends before it begins");
}

static void read_all(struct document *d, json_t *whole, struct answer *ret)
{
	json_t *verdict = document_member(d, whole, "", "verdict", JSON_STRING);
	int word =
		verdict ? document_word(d, verdict, "verdict", conclusion_names, CONCLUSIONS) : 0;

	ret->verdict = word < 0 ? NO_FAULT : (enum conclusion)word;
	read_window(d, whole, ret);
	read_candidates(d, whole, ret);
	read_links(d, whole, ret);
	read_symptoms(d, whole, ret);
	read_outs(d, whole, ret);
	read_unchecked(d, whole, ret);
}

static int read_document(
	struct document *d, json_t *whole, struct answer *ret, const char **ret_problem)
{
	struct answer answer = { 0 };

	if (whole)
		read_all(d, whole, &answer);
	json_decref(whole);
	if (d->problem) {
		*ret_problem = d->problem;
		return -EBADMSG;
	}
	*ret = answer;
	return 0;
}

int answer_load(const char *path, struct arena *arena, struct answer *ret, const char **ret_problem)
{
	struct document d = { .arena = arena, .name = path };

	return read_document(&d, document_load(&d, path), ret, ret_problem);
}

int answer_parse(str text, const char *name, struct arena *arena, struct answer *ret,
	const char **ret_problem)
{
	struct document d = { .arena = arena, .name = name };

	return read_document(&d, document_parse(&d, text), ret, ret_problem);
}
