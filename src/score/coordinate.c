/* Matching what an answer names with what a label holds. */
#include "score/coordinate.h"

#include <string.h>

#include "base/str.h"

bool signal_covers(const char *pattern, const char *signal)
{
	str p = str_of(pattern);

	if (!str_ends(p, STR("*")))
		return strcmp(pattern, signal) == 0;
	p.n--;
	return str_starts(str_of(signal), p);
}

bool entity_covers(const char *pattern, const char *entity)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, entity) == 0;
}

bool coordinate_covers(const struct coordinate *pattern, const struct coordinate *is)
{
	return signal_covers(pattern->signal, is->signal) &&
	       entity_covers(pattern->entity, is->entity);
}

bool coordinate_same(const struct coordinate *a, const struct coordinate *b)
{
	return strcmp(a->signal, b->signal) == 0 && strcmp(a->entity, b->entity) == 0;
}

bool set_covers(const struct coordinates *set, const struct coordinate *is)
{
	for (size_t i = 0; i < set->n; i++)
		if (coordinate_covers(&set->items[i], is))
			return true;
	return false;
}
