/* Labels of the corpus, read strictly: a mistake in a label is a mistake in every figure. */
#include "score/label.h"

#include <errno.h>
#include <string.h>

#include "score/document.h"
#include "score/when.h"

const char *const case_kind_names[CASE_KINDS] = { "real", "synthetic", "healthy" };

struct label_reader {
	struct document document;
	json_t *whole;
	struct label label;
};

static void *take(struct document *d, size_t n, size_t size)
{
	void *memory = arena_take_zeroed(d->arena, (n ? n : 1) * size);

	if (!memory)
		document_blame(d, "", "no memory for it; free some");
	return memory;
}

/*
 * Memory for the items of a list that is there and no longer than sensible; NULL when there is
 * nothing to read.
 */
static void *list(struct document *d, json_t *value, const char *place, size_t size, size_t *ret_n)
{
	void *items;

	*ret_n = 0;
	if (!value || !document_is(d, value, place, JSON_ARRAY))
		return NULL;
	if (json_array_size(value) > LABEL_ITEMS) {
		document_blame(
			d, place, "more than %d items; a label names what counts", LABEL_ITEMS);
		return NULL;
	}
	items = take(d, json_array_size(value), size);
	*ret_n = items ? json_array_size(value) : 0;
	return items;
}

static bool is_signal(str text)
{
	if (str_ends(text, STR("*")))
		text.n--;
	for (size_t i = 0; i < text.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", text.p[i]))
			return false;
	return text.n > 0;
}

static bool is_entity(str text)
{
	str scope, rest;

	if (str_is(text, "*") || str_is(text, "host"))
		return true;
	if (!str_cut(text, ':', &scope, &rest) || !rest.n || str_has(rest, '*'))
		return false;
	for (int i = 0; i < SCOPES; i++)
		if (str_is(scope, scope_names[i]))
			return true;
	return false;
}

static const char *signal_of(struct document *d, const char *text, const char *place)
{
	if (*text && !is_signal(str_of(text)))
		document_blame(d, place,
			"\"%s\" is no signal; write it as faultline signals does, a star only at its end",
			text);
	return text;
}

static struct coordinate coordinate_of(struct document *d, json_t *object, const char *place)
{
	struct coordinate c = {
		.signal = signal_of(d, document_text(d, object, place, "signal"),
			document_place(d, place, "signal")),
		.entity = document_text(d, object, place, "entity"),
	};

	if (*c.entity && !is_entity(str_of(c.entity)))
		document_blame(d, document_place(d, place, "entity"),
			"\"%s\" is no entity; write host, pci:0000:04:00.0, netdev:eth0, ..., or * for any",
			c.entity);
	return c;
}

static const char *const coordinate_keys[] = { "signal", "entity" };

static struct coordinates set_of(struct document *d, json_t *value, const char *place)
{
	struct coordinate *items;
	struct coordinates set = { 0 };

	items = list(d, value, place, sizeof(*items), &set.n);
	if (!items)
		return set;
	set.items = items;
	for (size_t i = 0; i < set.n; i++) {
		json_t *object = json_array_get(value, i);
		const char *at = document_place_at(d, place, i);

		if (document_is(d, object, at, JSON_OBJECT))
			document_only(d, object, at, coordinate_keys, 2);
		items[i] = coordinate_of(d, object, at);
		for (size_t k = 0; k < i; k++)
			if (coordinate_same(&items[i], &items[k]))
				document_blame(d, at, "it stands there twice; remove one");
	}
	return set;
}

static void read_when(struct label_reader *r, const char *key, bool *ret_there, int64_t *ret_ns)
{
	struct document *d = &r->document;
	json_t *value = json_object_get(r->whole, key);
	enum stamp clock;

	*ret_there = false;
	if (!value)
		document_blame(d, "", "\"%s\" is missing; add it, as a time or null", key);
	if (d->problem || json_is_null(value) || !document_is(d, value, key, JSON_STRING))
		return;
	if (when_read(str_of(json_string_value(value)), &clock, ret_ns) < 0)
		document_blame(d, key,
			"\"%s\" is no time; write 2026-11-21T10:00:00.000Z, @SECONDS or mono:SECONDS",
			json_string_value(value));
	else if (r->label.clock != NO_STAMP && r->label.clock != clock)
		document_blame(d, key, "it is of another clock than injected_at; use one clock");
	else
		r->label.clock = clock;
	*ret_there = !d->problem;
}

static void read_times(struct label_reader *r)
{
	struct label *l = &r->label;
	bool injected;

	read_when(r, "injected_at", &injected, &l->injected_ns);
	read_when(r, "recovered_at", &l->recovered, &l->recovered_ns);
	if (injected && l->kind == CASE_HEALTHY)
		document_blame(&r->document, "injected_at",
			"nothing is injected into a healthy case; make it null");
	if (!injected && (l->kind != CASE_HEALTHY || l->recovered))
		document_blame(&r->document, "injected_at", "a faulty case needs the time; add it");
	if (injected && l->recovered && l->recovered_ns <= l->injected_ns)
		document_blame(&r->document, "recovered_at",
			"it is not after injected_at; correct the times");
}

static bool sets_meet(const struct coordinates *a, const struct coordinates *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (set_covers(b, &a->items[i]))
			return true;
	for (size_t i = 0; i < b->n; i++)
		if (set_covers(a, &b->items[i]))
			return true;
	return false;
}

static void read_chain(struct label_reader *r)
{
	struct document *d = &r->document;
	json_t *value = document_member(d, r->whole, "", "chain", JSON_ARRAY);
	struct coordinates *chain;

	chain = list(d, value, "chain", sizeof(*chain), &r->label.n_chain);
	if (!chain)
		return;
	if (r->label.n_chain > LABEL_NODES)
		document_blame(
			d, "chain", "more than %d nodes; name those that count", LABEL_NODES);
	for (size_t i = 0; i < r->label.n_chain && !d->problem; i++) {
		const char *place = document_place_at(d, "chain", i);

		chain[i] = set_of(d, json_array_get(value, i), place);
		if (!chain[i].n)
			document_blame(d, place,
				"the node is empty; name what stands for it, or remove it");
		for (size_t k = 0; k < i; k++)
			if (sets_meet(&chain[k], &chain[i]))
				document_blame(d, place,
					"it shares a member with chain/%zu; a thing stands for one node",
					k);
	}
	r->label.chain = chain;
}

static bool is_index(json_t *value, size_t below, size_t *ret)
{
	*ret = (size_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0 && *ret < below;
}

static void read_must_edges(struct label_reader *r, json_t *value)
{
	struct document *d = &r->document;
	struct edge *edges;

	edges = list(d, value, "must_edges", sizeof(*edges), &r->label.n_edges);
	if (!edges)
		return;
	for (size_t i = 0; i < r->label.n_edges; i++) {
		json_t *pair = json_array_get(value, i);

		if (json_array_size(pair) != 2 ||
			!is_index(json_array_get(pair, 0), r->label.n_chain, &edges[i].cause) ||
			!is_index(json_array_get(pair, 1), r->label.n_chain, &edges[i].effect) ||
			edges[i].cause >= edges[i].effect)
			document_blame(d, document_place_at(d, "must_edges", i),
				"it must be [cause, effect], two places in the chain, the cause first");
		for (size_t k = 0; k < i; k++)
			if (edges[k].cause == edges[i].cause && edges[k].effect == edges[i].effect)
				document_blame(d, document_place_at(d, "must_edges", i),
					"it stands there twice; remove one");
	}
	r->label.edges = edges;
}

/* Left out: each node leads to the next. */
static void read_edges(struct label_reader *r)
{
	json_t *value = document_optional(&r->document, r->whole, "", "must_edges", JSON_ARRAY);
	size_t n = r->label.n_chain ? r->label.n_chain - 1 : 0;
	struct edge *edges;

	if (value) {
		read_must_edges(r, value);
		return;
	}
	edges = take(&r->document, n, sizeof(*edges));
	for (size_t i = 0; edges && i < n; i++)
		edges[i] = (struct edge){ i, i + 1 };
	r->label.edges = edges;
	r->label.n_edges = edges ? n : 0;
}

static unsigned words_of(struct document *d, json_t *value, const char *place,
	const char *const *words, size_t n_words)
{
	unsigned bits = 0;

	if (json_array_size(value) == 0)
		document_blame(d, place, "the list is empty; name at least one");
	for (size_t i = 0; i < json_array_size(value); i++) {
		int word = document_word(d, json_array_get(value, i),
			document_place_at(d, place, i), words, n_words);

		bits |= word < 0 ? 0 : 1u << word;
	}
	return bits;
}

static void read_decoys(struct label_reader *r)
{
	static const char *const keys[] = { "signal", "entity", "reasons" };
	struct document *d = &r->document;
	json_t *value = document_member(d, r->whole, "", "decoys", JSON_ARRAY);
	struct decoy *decoys;

	decoys = list(d, value, "decoys", sizeof(*decoys), &r->label.n_decoys);
	if (!decoys)
		return;
	for (size_t i = 0; i < r->label.n_decoys && !d->problem; i++) {
		json_t *object = json_array_get(value, i);
		const char *place = document_place_at(d, "decoys", i);

		if (!document_is(d, object, place, JSON_OBJECT))
			return;
		document_only(d, object, place, keys, 3);
		decoys[i].at = coordinate_of(d, object, place);
		decoys[i].reasons =
			words_of(d, document_member(d, object, place, "reasons", JSON_ARRAY),
				document_place(d, place, "reasons"), rule_out_names, RULE_OUTS);
		if (set_covers(&r->label.root, &decoys[i].at))
			document_blame(
				d, place, "it is a root too; a decoy is what did not cause it");
	}
	r->label.decoys = decoys;
}

static void read_missing(struct label_reader *r)
{
	struct document *d = &r->document;
	json_t *value = document_member(d, r->whole, "", "missing_sources", JSON_ARRAY);
	const char **missing;

	missing = list(d, value, "missing_sources", sizeof(*missing), &r->label.n_missing);
	if (!missing)
		return;
	for (size_t i = 0; i < r->label.n_missing; i++) {
		json_t *item = json_array_get(value, i);
		const char *place = document_place_at(d, "missing_sources", i);
		str text = { "", 0 };

		if (document_is(d, item, place, JSON_STRING))
			text = arena_copy(d->arena, str_of(json_string_value(item)));
		if (!text.n)
			document_blame(d, place, "it must not be empty");
		missing[i] = signal_of(d, text.p ? text.p : "", place);
	}
	r->label.missing = missing;
}

static void read_verdicts(struct label_reader *r)
{
	json_t *value = document_optional(&r->document, r->whole, "", "verdicts", JSON_ARRAY);

	if (value)
		r->label.verdicts =
			words_of(&r->document, value, "verdicts", conclusion_names, CONCLUSIONS);
	else if (r->label.kind == CASE_HEALTHY)
		r->label.verdicts = 1u << NO_FAULT;
	else
		r->label.verdicts = 1u << CONFIRMED | 1u << LIKELY;
}

static void demand(struct label_reader *r, bool good, const char *place, const char *what)
{
	if (!good)
		document_blame(&r->document, place, "%s", what);
}

/* What the parts have to do with each other. */
static void read_sense(struct label_reader *r)
{
	const struct label *l = &r->label;

	if (l->kind == CASE_HEALTHY) {
		demand(r, !l->root.n, "root",
			"a healthy case has no root; empty it, or change the kind");
		demand(r, !l->n_chain, "chain",
			"a healthy case has no chain; empty it, or change the kind");
		demand(r, !l->symptom.n, "symptom",
			"a healthy case has no symptom; empty it, or change the kind");
		demand(r, !l->moved, "moved", "nothing moves in a healthy case; make it false");
		return;
	}
	demand(r, l->root.n, "root", "a faulty case needs a root; name what is acceptable");
	demand(r, l->n_chain, "chain", "a faulty case needs a chain; its first node is the root's");
	demand(r, !l->n_chain || sets_meet(&l->root, &l->chain[0]), "chain/0",
		"it holds none of the roots; a chain begins with its root");
	demand(r, l->symptom.n || !l->moved, "symptom",
		"it is empty and yet it moved; name it, or make \"moved\" false");
	demand(r, !(l->verdicts & 1u << NO_FAULT), "verdicts",
		"no_fault is never right in a faulty case; remove it");
}

static void read_names(struct label_reader *r, const char *name)
{
	struct document *d = &r->document;
	json_t *kind = document_member(d, r->whole, "", "kind", JSON_STRING);
	int word = kind ? document_word(d, kind, "kind", case_kind_names, CASE_KINDS) : -1;

	r->label.kind = word < 0 ? CASE_REAL : (enum kind_of_case)word;
	r->label.name = document_text(d, r->whole, "", "name");
	r->label.kernel = document_text(d, r->whole, "", "kernel");
	if (strcmp(r->label.name, name) != 0)
		document_blame(d, "name",
			"\"%s\" is not its directory's name, %s; make them the same", r->label.name,
			name);
}

static void read_all(struct label_reader *r, const char *name)
{
	static const char *const keys[] = { "schema", "name", "kind", "kernel", "injected_at",
		"recovered_at", "symptom", "root", "chain", "must_edges", "decoys",
		"missing_sources", "moved", "verdicts", "note" };
	struct document *d = &r->document;

	document_schema(d, r->whole, "faultline.label");
	document_only(d, r->whole, "", keys, sizeof(keys) / sizeof(*keys));
	read_names(r, name);
	read_times(r);
	r->label.symptom =
		set_of(d, document_member(d, r->whole, "", "symptom", JSON_ARRAY), "symptom");
	r->label.root = set_of(d, document_member(d, r->whole, "", "root", JSON_ARRAY), "root");
	read_chain(r);
	read_edges(r);
	read_decoys(r);
	read_missing(r);
	r->label.moved = json_is_true(document_member(d, r->whole, "", "moved", JSON_FALSE));
	read_verdicts(r);
	document_optional(d, r->whole, "", "note", JSON_STRING);
	read_sense(r);
}

int label_read(const char *path, const char *name, struct arena *arena, struct label *ret,
	const char **ret_problem)
{
	struct label_reader r = { .document = { .arena = arena, .name = path } };

	r.whole = document_load(&r.document, path);
	if (r.whole)
		read_all(&r, name);
	json_decref(r.whole);
	if (r.document.problem) {
		*ret_problem = r.document.problem;
		return -EBADMSG;
	}
	*ret = r.label;
	return 0;
}

bool label_is_void(const struct label *label)
{
	return label->kind != CASE_HEALTHY && !label->moved && !(label->verdicts & 1u << LATENT);
}

bool label_is_root_unread(const struct label *label)
{
	for (size_t i = 0; i < label->root.n; i++) {
		bool missing = false;

		for (size_t k = 0; k < label->n_missing && !missing; k++)
			missing = signal_covers(label->missing[k], label->root.items[i].signal);
		if (!missing)
			return false;
	}
	return label->root.n > 0;
}
