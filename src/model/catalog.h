/* The catalog is all signals of a session, each known by a small number: the collectors' tables, linked, and
 * what only this host or this recording has. */
#pragma once

#include "base/names.h"
#include "model/signal.h"

enum { SIGNAL_NONE = UINT16_MAX, SIGNAL_LIMIT = 4096, SIGNAL_OWN_LIMIT = 1024 };

struct catalog {
	struct names names;
	const struct signal **signals;
	int8_t *layers;     /* of each signal; -1: none */
	struct signal *own; /* of this session only; fixed size, so that pointers into it stay */
	uint32_t n_own;
	struct arena texts;
	uint64_t dropped;
};

int catalog_open(struct catalog *c); /* 0 or -ENOMEM */
void catalog_close(struct catalog *c);

/* Link a table; the rows get consecutive numbers from the one returned, or SIGNAL_NONE when full. A name that is
 * already there keeps its first row (`lint` reports it). */
uint16_t catalog_link(struct catalog *c, const struct signal *table, size_t n);

/* A signal that no table has; found again by name. SIGNAL_NONE when full. */
uint16_t catalog_own(struct catalog *c, str name, const struct signal *like);

uint16_t catalog_find(const struct catalog *c, str name); /* SIGNAL_NONE when unknown */
const struct signal *catalog_get(const struct catalog *c, uint16_t id);
int catalog_layer(const struct catalog *c, uint16_t id); /* number of its layer, -1: none */
uint32_t catalog_size(const struct catalog *c);
