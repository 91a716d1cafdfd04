/* Interned names: each distinct text is kept once and known by a small number. */
#pragma once

#include "base/arena.h"

#define NAMES_NONE UINT32_MAX

struct names {
	struct arena memory;
	str *items;
	uint32_t n, cap, limit; /* kept, allocated, allowed */
	uint32_t *slots, n_slots;
	uint64_t dropped; /* names that were refused because the table or its memory was full */
};

int names_open(struct names *names, uint32_t limit, size_t memory_bytes); /* 0 or -ENOMEM */
void names_close(struct names *names);

uint32_t names_add(struct names *names, str name);        /* NAMES_NONE when full */
uint32_t names_find(const struct names *names, str name); /* NAMES_NONE when unknown */
str names_get(const struct names *names, uint32_t id);    /* empty for NAMES_NONE */

uint64_t hash_bytes(const void *bytes, size_t n);

static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15u;
	return x ^ (x >> 29);
}
