/* Reading JSON that may be anything. */
#include "score/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/own.h"

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a text";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number";
	case JSON_NULL:
		return "null";
	default:
		return "true or false";
	}
}

void document_blame(struct document *d, const char *place, const char *format, ...)
{
	char what[512];
	va_list args;

	if (d->problem)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	d->problem = arena_printf(d->arena, "%s: %s%s%s", d->name, place, *place ? ": " : "", what);
}

const char *document_place(struct document *d, const char *place, const char *key)
{
	return arena_printf(d->arena, "%s%s%s", place, *place ? "/" : "", key);
}

const char *document_place_at(struct document *d, const char *place, size_t index)
{
	return arena_printf(d->arena, "%s%s%zu", place, *place ? "/" : "", index);
}

static json_t *accept(struct document *d, json_t *whole, const json_error_t *error)
{
	if (!whole)
		document_blame(d, "", "line %d: not JSON (%s); restore the file, or write it again",
			error->line, error->text);
	else if (!json_is_object(whole))
		document_blame(d, "", "it must be one JSON object; write it again");
	else
		return whole;
	json_decref(whole);
	return NULL;
}

json_t *document_load(struct document *d, const char *path)
{
	OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	json_error_t error;

	if (fd < 0 || fstat(fd, &st) < 0) {
		document_blame(d, "", "%s; it must be there and readable", strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > DOCUMENT_BYTES) {
		document_blame(d, "", "it must be a file of at most %d MB", DOCUMENT_BYTES >> 20);
		return NULL;
	}
	return accept(d, json_loadfd(fd, JSON_REJECT_DUPLICATES, &error), &error);
}

json_t *document_parse(struct document *d, str text)
{
	json_error_t error;

	return accept(d, json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error), &error);
}

bool document_is(struct document *d, json_t *value, const char *place, json_type type)
{
	bool good = type == JSON_REAL    ? json_is_number(value)
		    : type == JSON_FALSE ? json_is_boolean(value)
					 : json_typeof(value) == type;

	if (!good)
		document_blame(d, place, "it must be %s, not %s", type_name(type),
			type_name(json_typeof(value)));
	return good;
}

json_t *document_optional(
	struct document *d, json_t *object, const char *place, const char *key, json_type type)
{
	json_t *value = json_object_get(object, key);

	if (!value || !document_is(d, value, document_place(d, place, key), type))
		return NULL;
	return value;
}

json_t *document_member(
	struct document *d, json_t *object, const char *place, const char *key, json_type type)
{
	if (object && !json_object_get(object, key))
		document_blame(d, place, "\"%s\" is missing; add it (%s)", key, type_name(type));
	return document_optional(d, object, place, key, type);
}

const char *document_text(struct document *d, json_t *object, const char *place, const char *key)
{
	json_t *value = document_member(d, object, place, key, JSON_STRING);
	str copy;

	if (!value)
		return "";
	copy = arena_copy(d->arena, str_of(json_string_value(value)));
	if (!copy.n)
		document_blame(d, document_place(d, place, key), "it must not be empty");
	return copy.p ? copy.p : "";
}

int document_word(struct document *d, json_t *value, const char *place, const char *const *words,
	size_t n_words)
{
	char list[256] = "";
	size_t used = 0;

	if (!document_is(d, value, place, JSON_STRING))
		return -1;
	for (size_t i = 0; i < n_words; i++) {
		if (strcmp(json_string_value(value), words[i]) == 0)
			return (int)i;
		used += (size_t)snprintf(list + used, used < sizeof(list) ? sizeof(list) - used : 0,
			"%s%s", i ? ", " : "", words[i]);
	}
	document_blame(d, place, "\"%s\" is not one of: %s", json_string_value(value), list);
	return -1;
}

void document_schema(struct document *d, json_t *whole, const char *name)
{
	json_t *schema = document_member(d, whole, "", "schema", JSON_OBJECT);
	const char *is = document_text(d, schema, "schema", "name");
	json_t *version = document_member(d, schema, "schema", "version", JSON_INTEGER);

	if (!d->problem && strcmp(is, name) != 0)
		document_blame(
			d, "schema/name", "\"%s\" is not \"%s\": it is another file", is, name);
	if (!d->problem && json_integer_value(version) != 1)
		document_blame(d, "schema/version",
			"this faultline reads version 1; score it with a newer one");
}

static bool is_known(const char *key, const char *const *keys, size_t n_keys)
{
	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

void document_only(struct document *d, json_t *object, const char *place, const char *const *keys,
	size_t n_keys)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) if (!is_known(key, keys, n_keys)) document_blame(
		d, place, "\"%s\" is not known here; remove it, or correct its spelling", key);
}
