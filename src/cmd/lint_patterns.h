/* Do the patterns of the log reader hold together? */
#pragma once

#include "model/catalog.h"

/* Prints what is wrong, a line each, and returns how many; *ret_rows is how many patterns there are. */
unsigned lint_patterns(const struct catalog *catalog, size_t *ret_rows);
