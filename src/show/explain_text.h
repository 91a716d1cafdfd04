/* The answer of explain as text: 80 columns, plain ASCII. Pure. */
#pragma once

#include <stdio.h>

#include "model/report.h"

void explain_text(FILE *out, const struct report *r);
