/* The answer of explain as one JSON object: docs/schema/explain.json. Pure. */
#pragma once

#include <stdio.h>

#include "model/report.h"

int explain_json(FILE *out, const struct report *r); /* 0, -ENOMEM or -EIO */
