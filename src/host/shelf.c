/* Shelves: interned keys, and a growing buffer for each. */
#include "host/shelf.h"

#include <errno.h>

#include "base/own.h"

int shelf_open(struct shelf *shelf)
{
	*shelf = (struct shelf){ 0 };
	return names_open(&shelf->keys, SHELF_KEYS, (size_t)SHELF_KEYS * 128);
}

void shelf_close(struct shelf *shelf)
{
	for (uint32_t i = 0; i < shelf->keys.n; i++)
		free(shelf->items[i].bytes);
	free(shelf->items);
	names_close(&shelf->keys);
	*shelf = (struct shelf){ 0 };
}

uint32_t shelf_add(struct shelf *shelf, str key)
{
	uint32_t known = shelf->keys.n, id = names_add(&shelf->keys, key);

	if (id == NAMES_NONE || id < known)
		return id;
	if (id >= shelf->cap) {
		shelf->cap = shelf->cap ? shelf->cap * 2 : 256;
		shelf->items = own_grow(shelf->items, shelf->cap, sizeof(*shelf->items));
	}
	shelf->items[id] = (struct shelved){ 0 };
	return id;
}

str shelf_spell(enum shelf_kind kind, const char *path, char out[static SHELF_KEY])
{
	size_t n = strlen(path);

	if (n + 1 > SHELF_KEY)
		return (str){ "", 0 };
	out[0] = (char)kind;
	memcpy(out + 1, path, n);
	return (str){ out, n + 1 };
}

uint32_t shelf_find(const struct shelf *shelf, enum shelf_kind kind, const char *path)
{
	char key[SHELF_KEY];

	return names_find(&shelf->keys, shelf_spell(kind, path, key));
}

enum shelf_kind shelf_kind_of(const struct shelf *shelf, uint32_t id)
{
	str key = names_get(&shelf->keys, id);

	return key.n ? (enum shelf_kind)(unsigned char)key.p[0] : 0;
}

void shelved_put(struct shelved *item, str text)
{
	if (item->cap < text.n + 1) {
		char *bytes = own_alloc(text.n + text.n / 4 + 1, 1);

		if (text.n)
			memcpy(bytes, text.p, text.n);
		free(item->bytes);
		item->bytes = bytes;
		item->cap = text.n + text.n / 4 + 1;
	} else if (text.n) {
		memmove(item->bytes, text.p, text.n);
	}
	item->bytes[text.n] = '\0';
	item->n = text.n;
	item->error = 0;
	item->there = true;
}

void shelved_drop(struct shelved *item)
{
	free(item->bytes);
	*item = (struct shelved){ .tick = item->tick };
}

void shelved_fail(struct shelved *item, int error)
{
	shelved_drop(item);
	item->error = error;
	item->there = true;
}

int shelved_take(const struct shelved *item, struct arena *a, str *ret)
{
	str copy;

	if (!item->there)
		return -ENOENT;
	if (item->error < 0)
		return item->error;
	copy = arena_copy(a, (str){ item->bytes, item->n });
	if (!copy.p)
		return -EFBIG;
	*ret = copy;
	return 0;
}
