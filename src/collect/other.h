/*
 * Counters that no table knows: they keep the kernel's name, so that a newer driver is not a blind
 * spot.
 */
#pragma once

#include "collect/emit.h"

/*
 * One value under PREFIX.NAME, where NAME is the file's name in lower case with '_' for all but
 * letters and digits; the rest is as in `like`. 0 or -EBADMSG.
 */
int parse_other(
	struct emit *out, const char *prefix, str name, const struct signal *like, str from);
/* As that, of a value that is known. */
void emit_other(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, int64_t value);
/* Of one of several, which the kind of sub in `like` tells apart. */
void emit_other_sub(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, unsigned sub, int64_t value);
/* And of a text: unit TEXT; cut at TEXT_BYTES. */
void emit_other_text(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, str value);
