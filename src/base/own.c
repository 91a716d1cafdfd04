/*
 * Memory that must be there. Only what is bounded by a constant or by the command line is asked for
 * this way.
 */
#include "base/own.h"

#include "base/say.h"

void *own_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		say_and_abort("out of memory: %zu pieces of %zu bytes", count, size);
	return memory;
}

void *own_grow(void *memory, size_t count, size_t size)
{
	void *grown = reallocarray(memory, count, size);

	if (!grown)
		say_and_abort("out of memory: %zu pieces of %zu bytes", count, size);
	return grown;
}
