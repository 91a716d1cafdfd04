/* What explain knows, as a page: what begins, what it leads to, where, when, why. Pure. */
#pragma once

#include <stdio.h>

#include "model/knowledge.h"

void rules_markdown(FILE *out, const struct knowledge *const *known);
