/* The catalog of signals as a list and as a page. Pure. */
#pragma once

#include <stdio.h>

#include "model/catalog.h"
#include "model/knowledge.h"

/* Signals and derived readings whose name begins with the prefix; how many were printed. */
size_t signals_list(
	FILE *out, const struct catalog *c, const struct knowledge *const *known, str prefix);

/* The page: signals, derived readings, and the checks with their levels. */
void signals_markdown(FILE *out, const struct catalog *c, const struct knowledge *const *known);
