/* Which collectors may hang, and whether there is anything here that they could hang at. */
#pragma once

#include "collect/collector.h"

/*
 * A device is here that a text of these collectors would have to ask. Only directories are listed:
 * to find out cannot hang.
 */
bool hang_is_possible(struct host *host, const struct collector *const *list, size_t n);

/* Those that may hang, in their order, and the others. Both have room for n; how many may. */
size_t hang_split(const struct collector *const *list, size_t n, const struct collector **ret_may,
	const struct collector **ret_others);
