/* Do the tables of explain hold together? */
#pragma once

#include "model/catalog.h"

/* Prints what is wrong, a line each, and returns how many; says how many rows there are. */
unsigned lint_rules(const struct catalog *catalog, size_t *ret_indicators, size_t *ret_rules);
