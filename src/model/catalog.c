/* The catalog: tables of signals linked by name. */
#include "model/catalog.h"

#include <errno.h>

#include "base/own.h"

int catalog_open(struct catalog *c)
{
	*c = (struct catalog){ 0 };
	if (names_open(&c->names, SIGNAL_LIMIT, 1 << 20) < 0 || arena_open(&c->texts, 1 << 20) < 0)
		return -ENOMEM;
	/* pages of a fresh arena are zero, and cost nothing until they are used */
	c->signals = arena_take(&c->texts, SIGNAL_LIMIT * sizeof(*c->signals));
	c->layers = arena_take(&c->texts, SIGNAL_LIMIT * sizeof(*c->layers));
	return 0;
}

void catalog_close(struct catalog *c)
{
	names_close(&c->names);
	arena_close(&c->texts);
	free(c->own);
	*c = (struct catalog){ 0 };
}

uint16_t catalog_link(struct catalog *c, const struct signal *table, size_t n)
{
	uint16_t first = (uint16_t)c->names.n;
	str layer, known = { "", 0 };
	int8_t number = -1;

	if (c->names.n + n > SIGNAL_LIMIT)
		return SIGNAL_NONE;
	for (size_t i = 0; i < n; i++) {
		uint32_t id = names_add(&c->names, str_of(table[i].name));

		/*
		 * a double would shift all rows behind it: its number makes it a name of its own,
		 * which lint reports
		 */
		if (id != (uint32_t)first + i)
			id = names_add(&c->names, str_of(arena_printf(&c->texts, "%s#%zu",
							  table[i].name, first + i)));
		if (id != (uint32_t)first + i)
			return SIGNAL_NONE;
		c->signals[id] = &table[i];
		/* a table speaks of few layers, and of one after the other */
		layer = signal_layer(&table[i]);
		if (!str_eq(layer, known)) {
			number = (int8_t)layer_find(layer);
			known = layer;
		}
		c->layers[id] = number;
	}
	return first;
}

uint16_t catalog_own(struct catalog *c, str name, const struct signal *like)
{
	uint32_t id = names_find(&c->names, name);
	struct signal *own;

	if (id != NAMES_NONE)
		return (uint16_t)id;
	if (c->n_own == SIGNAL_OWN_LIMIT || (id = names_add(&c->names, name)) == NAMES_NONE) {
		c->dropped++;
		return SIGNAL_NONE;
	}
	if (!c->own)
		c->own = own_alloc(SIGNAL_OWN_LIMIT, sizeof(*c->own));
	own = &c->own[c->n_own++];
	*own = *like;
	own->name = names_get(&c->names, id).p;
	own->key = NULL;
	c->signals[id] = own;
	c->layers[id] = (int8_t)layer_find(signal_layer(own));
	return (uint16_t)id;
}

uint16_t catalog_find(const struct catalog *c, str name)
{
	uint32_t id = names_find(&c->names, name);

	return id == NAMES_NONE ? SIGNAL_NONE : (uint16_t)id;
}

const struct signal *catalog_get(const struct catalog *c, uint16_t id)
{
	return id < c->names.n ? c->signals[id] : NULL;
}

int catalog_layer(const struct catalog *c, uint16_t id)
{
	return id < c->names.n ? c->layers[id] : -1;
}

uint32_t catalog_size(const struct catalog *c)
{
	return c->names.n;
}
