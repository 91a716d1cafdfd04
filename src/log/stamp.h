/* Times as logs write them. */
#pragma once

#include <time.h>

#include "model/event.h"

/* What turns a stamp into a time; the last minute is kept, for most lines share it. */
struct stamp_clock {
	int64_t now_ns; /* wall clock when the log was taken */
	struct tm minute;
	int64_t minute_ns;
};

/*
 * Each takes a stamp off the front of *text; false when there is none, and *text is then as it was.
 * Stamps without a zone are local times of whoever reads; without a year, the last such moment that
 * is not more than a day after now.
 */
bool stamp_iso(struct stamp_clock *c, str *text, int64_t *ret_ns); /* 2026-11-21T22:47:00.1+01:00 */
bool stamp_syslog(struct stamp_clock *c, str *text, int64_t *ret_ns); /* Nov 21 22:47:00.123456 */
bool stamp_full(
	struct stamp_clock *c, str *text, int64_t *ret_ns); /* Sat 2026-11-21 22:47:00 UTC */
bool stamp_ctime(struct stamp_clock *c, str *text, int64_t *ret_ns); /* Sat Nov 21 22:47:00 2026 */
bool stamp_reltime(struct stamp_clock *c, str *text, int64_t *ret_ns); /* Nov21 22:47 */
bool stamp_seconds(str *text, int64_t *ret_ns);                        /* 12.345678, after blanks */
