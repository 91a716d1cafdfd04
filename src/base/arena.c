/* Arenas on reserved address space. */
#include "base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

int arena_open(struct arena *a, size_t capacity)
{
	void *base = mmap(NULL, capacity, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return -ENOMEM;
	*a = (struct arena){ .base = base, .at = base, .end = (char *)base + capacity };
	return 0;
}

void arena_close(struct arena *a)
{
	if (a->base)
		munmap(a->base, (size_t)(a->end - a->base));
	*a = (struct arena){ 0 };
}

void *arena_take(struct arena *a, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	char *taken = a->at;

	if (rounded < size || rounded > (size_t)(a->end - a->at)) {
		a->lost += size;
		return NULL;
	}
	a->at += rounded;
	return taken;
}

void *arena_take_zeroed(struct arena *a, size_t size)
{
	void *taken = arena_take(a, size);

	return taken ? memset(taken, 0, size) : NULL;
}

str arena_copy(struct arena *a, str s)
{
	char *copy = arena_take(a, s.n + 1);

	if (!copy)
		return (str){ NULL, 0 };
	if (s.n)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return (str){ copy, s.n };
}

str arena_join(struct arena *a, str first, str second, str third)
{
	char *joined = arena_take(a, first.n + second.n + third.n + 1);
	char *to = joined;

	if (!joined)
		return (str){ "", 0 };
	for (const str *part = (const str[]){ first, second, third }, *end = part + 3; part < end;
		part++) {
		if (part->n)
			memcpy(to, part->p, part->n);
		to += part->n;
	}
	*to = '\0';
	return (str){ joined, (size_t)(to - joined) };
}

/* Printed where it will stay; only its length has to be known to take it. */
const char *arena_printf(struct arena *a, const char *format, ...)
{
	size_t left = (size_t)(a->end - a->at);
	char *out = a->at;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out, left, format, args);
	va_end(args);
	return n >= 0 && arena_take(a, (size_t)n + 1) ? out : "";
}
