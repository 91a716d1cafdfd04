/* How values of the model look in JSON, everywhere the same. */
#pragma once

#include <jansson.h>

#include "model/session.h"

json_t *json_text(str text); /* kernel text that is not UTF-8 is escaped as in the dense formats */

/*
 * An integer; the text of a TEXT; counters over 2^63-1 as a string of digits, which JSON readers
 * keep exact.
 */
json_t *json_value(const struct session *s, const struct signal *signal, int64_t value);

json_t *json_command(const char *command, str name); /* see print_command() */
