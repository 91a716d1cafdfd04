/*
 * A patch makes the next text of a file out of the one before. Most of what changes from second to
 * second are some numbers in a table; a patch holds those, and what stands between them as lengths.
 *
 *   patch: (keep, drop, text)...     keep so many bytes, leave out so many, put this text there
 *
 * What is left of the old text behind the last of them is kept.
 */
#pragma once

#include "host/pack.h"

/* How a text is cut into the pieces that are compared. */
enum patch_unit { PATCH_WORDS, PATCH_BYTES4 };

/* Append it; false, with nothing appended, when it would be no shorter than the text itself. */
bool patch_make(struct pack *out, enum patch_unit unit, str before, str after);

/* Append the new text; false when the patch does not fit the old one. At most `most` bytes. */
bool patch_apply(struct pack *out, str before, str patch, size_t most);
