/*
 * The words that a text must hold for a regular expression to match: most lines hold none of them,
 * and are never given to the expression.
 */
#pragma once

#include "base/str.h"

enum { LITERALS = 24, LITERAL_BYTES = 24 };

/* One of these stands in every text that matches. n is 0 when nothing of the kind is known. */
struct literals {
	struct literal {
		char text[LITERAL_BYTES]; /* in lower case: letters are compared without it */
		size_t n;
	} items[LITERALS];
	size_t n;
};

void literals_of(str regex, struct literals *ret);
size_t literals_shortest(const struct literals *set); /* 0 when there are none */
