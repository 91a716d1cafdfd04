/* The score of a corpus, as text of 80 columns and as JSON (docs/schema/score.json). Pure. */
#pragma once

#include <stdio.h>

#include "score/measure.h"

struct scorecard {
	const char *corpus;
	const struct mark *marks;
	size_t n_marks;
	const struct requirement *requirements;
	size_t n_requirements;
};

void scorecard_text(FILE *out, const struct scorecard *card);
int scorecard_json(FILE *out, const struct scorecard *card); /* 0, -ENOMEM or -EIO */
