/* A coordinate is a signal of an entity. In labels it may be a pattern. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct coordinate {
	const char *signal; /* in a label a star at the end stands for any rest */
	const char *entity; /* in a label a star alone stands for any */
};

struct coordinates {
	const struct coordinate *items;
	size_t n;
};

bool signal_covers(const char *pattern, const char *signal);
bool entity_covers(const char *pattern, const char *entity);
bool coordinate_covers(const struct coordinate *pattern, const struct coordinate *is);
bool coordinate_same(const struct coordinate *a, const struct coordinate *b);
bool set_covers(const struct coordinates *set, const struct coordinate *is);
