/* The catalog of signals as a list and as a page. Pure. */
#pragma once

#include <stdio.h>

#include "model/catalog.h"

size_t signals_list(FILE *out, const struct catalog *c, str prefix); /* how many were printed */
void signals_markdown(FILE *out, const struct catalog *c);
