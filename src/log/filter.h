/*
 * Which of many words a text holds, in one pass over the text (Aho and Corasick's automaton).
 * Letters are compared without case.
 */
#pragma once

#include "base/str.h"

struct filter;

enum { FILTER_ROWS = 1024, FILTER_WORDS = FILTER_ROWS / 64 };

/* A word that belongs to a row; several rows may have the same word. */
struct filter_word {
	str text;
	unsigned row;
};

/* NULL when there are more words than the automaton can number. */
struct filter *filter_open(const struct filter_word *words, size_t n);
struct filter *filter_close(struct filter *f); /* returns NULL */

/* Adds the bits of all rows one of whose words stands in the text. True when there is any. */
bool filter_scan(const struct filter *f, str text, uint64_t rows[static FILTER_WORDS]);
