/* An arena is memory of one lifetime: taken piece by piece, given back all at once. */
#pragma once

#include <stddef.h>

#include "base/str.h"

struct arena {
	char *base, *at, *end;
	size_t lost; /* bytes that were asked for and did not fit */
};

/* Reserves address space; pages cost memory only once they are written. 0 or -ENOMEM. */
int arena_open(struct arena *a, size_t capacity);
void arena_close(struct arena *a); /* accepts a zeroed arena */

/* Zeroed only if never used before; NULL when full, and `lost` grows. */
void *arena_take(struct arena *a, size_t size);
void *arena_take_zeroed(struct arena *a, size_t size);
str arena_copy(struct arena *a, str s); /* with a NUL behind it; .p is NULL when full */
str arena_join(
	struct arena *a, str first, str second, str third); /* with a NUL behind it; "" when full */
const char *arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3))); /* "" when full */

/* Give back what was taken since the mark. */
static inline char *arena_mark(const struct arena *a)
{
	return a->at;
}

static inline void arena_release(struct arena *a, char *mark)
{
	a->at = mark;
}
