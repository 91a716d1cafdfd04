/* Interned names: an open-addressed table of numbers over an arena of text. */
#include "base/names.h"

#include <errno.h>

#include "base/own.h"

enum { FIRST_SLOTS = 1024 };

uint64_t hash_bytes(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325u ^ n;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		h = hash_mix(h ^ word);
	}
	for (; n; n--, p++)
		h = (h ^ *p) * 0x100000001b3u;
	return hash_mix(h);
}

int names_open(struct names *names, uint32_t limit, size_t memory_bytes)
{
	*names = (struct names){ .limit = limit };
	if (arena_open(&names->memory, memory_bytes) < 0)
		return -ENOMEM;
	names->n_slots = FIRST_SLOTS;
	names->slots = own_alloc(names->n_slots, sizeof(*names->slots));
	return 0;
}

void names_close(struct names *names)
{
	arena_close(&names->memory);
	free(names->items);
	free(names->slots);
	*names = (struct names){ 0 };
}

/* A slot holds id + 1, so that zeroed memory is an empty table. */
static uint32_t slot_of(const struct names *names, str name)
{
	uint32_t slot = (uint32_t)hash_bytes(name.p, name.n) & (names->n_slots - 1);

	while (names->slots[slot] && !str_eq(names->items[names->slots[slot] - 1], name))
		slot = (slot + 1) & (names->n_slots - 1);
	return slot;
}

static void widen(struct names *names)
{
	free(names->slots);
	names->n_slots *= 2;
	names->slots = own_alloc(names->n_slots, sizeof(*names->slots));
	for (uint32_t id = 0; id < names->n; id++)
		names->slots[slot_of(names, names->items[id])] = id + 1;
}

uint32_t names_find(const struct names *names, str name)
{
	uint32_t held = names->slots[slot_of(names, name)];

	return held ? held - 1 : NAMES_NONE;
}

uint32_t names_add(struct names *names, str name)
{
	uint32_t slot = slot_of(names, name);
	str kept = { NULL, 0 };

	if (names->slots[slot])
		return names->slots[slot] - 1;
	if (names->n < names->limit)
		kept = arena_copy(&names->memory, name);
	if (!kept.p) {
		names->dropped++;
		return NAMES_NONE;
	}
	if (names->n == names->cap) {
		names->cap = names->cap ? names->cap * 2 : 64;
		names->items = own_grow(names->items, names->cap, sizeof(*names->items));
	}
	names->items[names->n] = kept;
	names->slots[slot] = ++names->n;
	if (names->n * 2 > names->n_slots)
		widen(names);
	return names->n - 1;
}

str names_get(const struct names *names, uint32_t id)
{
	return id < names->n ? names->items[id] : (str){ "", 0 };
}
