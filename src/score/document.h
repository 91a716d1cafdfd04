/*
 * A document is a JSON file that somebody else wrote. The first thing that is wrong with it is
 * kept, with its place; reading goes on harmlessly after that, so that callers ask once, at the end.
 */
#pragma once

#include <jansson.h>

#include "base/arena.h"

struct document {
	struct arena *arena; /* texts live here */
	const char *name;    /* of the file, for the person */
	const char *problem; /* NULL: nothing is wrong so far */
};

enum { DOCUMENT_BYTES = 64 << 20 };

/* The object that the file or the text holds; NULL, and a problem. The caller owns it. */
json_t *document_load(struct document *d, const char *path);
json_t *document_parse(struct document *d, str text);

/* Keep what is wrong, unless something was before: "NAME: PLACE: WHAT". */
void document_blame(struct document *d, const char *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const char *document_place(struct document *d, const char *place, const char *key);
const char *document_place_at(struct document *d, const char *place, size_t index);

/* A member. Absent: NULL, and a problem when it is needed. Of another type: NULL and a problem. */
json_t *document_member(
	struct document *d, json_t *object, const char *place, const char *key, json_type type);
json_t *document_optional(
	struct document *d, json_t *object, const char *place, const char *key, json_type type);
const char *document_text(struct document *d, json_t *object, const char *place, const char *key);
bool document_is(struct document *d, json_t *value, const char *place, json_type type);

/* A word of a list; -1, and a problem that says the list. */
int document_word(struct document *d, json_t *value, const char *place, const char *const *words,
	size_t n_words);

/* Its "schema" must be of this name, and of version 1. */
void document_schema(struct document *d, json_t *whole, const char *name);

/* Blame the first key that is not in the list. */
void document_only(struct document *d, json_t *object, const char *place, const char *const *keys,
	size_t n_keys);
