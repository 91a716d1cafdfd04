/* Commands that a reader may run: an entity's name in the place of %s. */
#pragma once

#include <stdio.h>

#include "base/str.h"

/*
 * "lspci -s %s" with the entity's name in the place of each %s (of %p, its part before the first slash; of %d and
 * %n, those before and behind the last one), in the entity's network namespace.
 */
void print_command(FILE *out, const char *command, str name);
