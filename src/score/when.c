/* Reading moments that mean the same on every machine and every day. */
#include "score/when.h"

#include <errno.h>

#include "base/clock.h"

/* "...Z" or "...+01:00": without its zone a date is another moment elsewhere. */
static bool has_zone(str text)
{
	return str_ends(text, STR("Z")) ||
	       (text.n > 20 && (text.p[text.n - 6] == '+' || text.p[text.n - 6] == '-'));
}

int when_read(str text, enum stamp *ret_clock, int64_t *ret_ns)
{
	enum clock_kind kind;

	if (!str_starts(text, STR("@")) && !str_starts(text, STR("mono:")) && !has_zone(text))
		return -EBADMSG;
	if (clock_parse(text, 0, &kind, ret_ns) < 0)
		return -EBADMSG;
	*ret_clock = kind == MONO_CLOCK ? MONO_STAMP : WALL_STAMP;
	return 0;
}
