/* Which collectors may hang, and whether there is anything here that they could hang at. */
#include "collect/hang.h"

#include "collect/walk.h"

enum { KEEP_BYTES = 16 << 20, SCRATCH_BYTES = 64 << 20 };

/* The last name of a pattern need not be there: a walk only lists what a star stands for. */
static bool is_there(struct host *host, struct arena *scratch, const char *path)
{
	char *mark = arena_mark(scratch);
	str dir, leaf, names, name;
	bool found = false;

	if (!str_cut_last(str_of(path), '/', &dir, &leaf))
		return false;
	dir = arena_copy(scratch, dir);
	if (dir.p && host_list(host, scratch, 0, dir.p, &names) == 0)
		while (!found && str_next_line(&names, &name))
			found = str_eq(name, leaf);
	arena_release(scratch, mark);
	return found;
}

static bool has_any(struct walk_cache *cache, struct arena *keep, const char *pattern)
{
	struct places places = { 0 };
	bool found = false;

	walk(cache, pattern, 0, keep, &places);
	for (uint32_t i = 0; !found && i < places.n; i++)
		found = is_there(cache->host, cache->scratch, places.items[i].path);
	return found;
}

static bool look(struct host *host, const struct collector *const *list, size_t n,
	struct arena *keep, struct arena *scratch)
{
	struct walk_cache cache;
	bool found = false;

	if (walk_cache_open(&cache, host, scratch) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t t = 0; !found && list[i]->may_hang && t < list[i]->n_texts; t++)
			found = list[i]->texts[t].asks_device &&
				has_any(&cache, keep, list[i]->texts[t].path);
	walk_cache_close(&cache);
	return found;
}

bool hang_is_possible(struct host *host, const struct collector *const *list, size_t n)
{
	struct arena keep = { 0 }, scratch = { 0 };
	bool found = arena_open(&keep, KEEP_BYTES) == 0 &&
		     arena_open(&scratch, SCRATCH_BYTES) == 0 &&
		     look(host, list, n, &keep, &scratch);

	arena_close(&keep);
	arena_close(&scratch);
	return found;
}

size_t hang_split(const struct collector *const *list, size_t n, const struct collector **ret_may,
	const struct collector **ret_others)
{
	size_t n_may = 0, n_others = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i]->may_hang)
			ret_may[n_may++] = list[i];
		else
			ret_others[n_others++] = list[i];
	return n_may;
}
