/* Walking a pattern, one directory a star. */
#include "collect/walk.h"

#include <errno.h>

#include "base/own.h"

enum { WALK_DIRS = 65536 };

struct walker {
	struct walk_cache *cache;
	unsigned ns;
	struct arena *keep, *scratch;
	struct places *places;
};

int walk_cache_open(struct walk_cache *cache, struct host *host, struct arena *scratch)
{
	*cache = (struct walk_cache){ .host = host, .scratch = scratch };
	return names_open(&cache->dirs, WALK_DIRS, 8 << 20);
}

void walk_cache_close(struct walk_cache *cache)
{
	names_close(&cache->dirs);
	free(cache->lists);
	*cache = (struct walk_cache){ 0 };
}

static int list_once(struct walker *w, str dir, str *ret)
{
	char ns[] = { (char)('0' + w->ns), '/' };
	struct walk_cache *cache = w->cache;
	uint32_t known = cache->dirs.n;
	uint32_t id = names_add(&cache->dirs, arena_join(w->scratch, (str){ ns, 2 }, dir, STR("")));
	struct listed *list;

	if (id == NAMES_NONE)
		return host_list(cache->host, w->scratch, w->ns, dir.p, ret);
	if (id == cache->n_lists && (known & (known - 1)) == 0)
		cache->lists = own_grow(cache->lists, known ? known * 2 : 1, sizeof(*cache->lists));
	list = &cache->lists[id];
	if (id == cache->n_lists) {
		cache->n_lists++;
		*list = (struct listed){ 0 };
		list->error = host_list(cache->host, w->scratch, w->ns, dir.p, &list->names);
	}
	*ret = list->names;
	return list->error;
}

/* All that lives as long as the places lies in one arena, the list of them included. */
static bool make_room(struct arena *keep, struct places *ps)
{
	uint32_t cap = ps->cap ? ps->cap * 2 : 1; /* most texts have one place */
	struct place *items;

	if (ps->n < ps->cap)
		return true;
	items = arena_take(keep, cap * sizeof(*items));
	if (!items)
		return false;
	if (ps->n)
		memcpy(items, ps->items, ps->n * sizeof(*items));
	ps->items = items;
	ps->cap = cap;
	return true;
}

static void add_place(struct walker *w, const char *path, const str *match)
{
	struct places *ps = w->places;
	struct place *place;

	if (ps->n == WALK_PLACES || !path || !make_room(w->keep, ps)) {
		ps->dropped++;
		return;
	}
	place = &ps->items[ps->n++];
	*place = (struct place){ .path = path, .ns = w->ns, .fd = -1 };
	for (unsigned i = 0; i < EMIT_MATCHES; i++)
		place->match[i] = match[i].n ? arena_copy(w->keep, match[i]) : STR("");
}

/* Match "tx-*" against a name; the star takes at least one character. */
static bool name_matches(str name, str before, str after, str *ret)
{
	if (name.n <= before.n + after.n || !str_starts(name, before) || !str_ends(name, after))
		return false;
	*ret = (str){ name.p + before.n, name.n - before.n - after.n };
	return true;
}

static void step(struct walker *w, str done, str pattern, str *match, unsigned n_matches)
{
	str path, fixed, rest, name, dir, before, after, names, entry;
	bool deeper;
	int r;

	if (!str_cut(pattern, '*', &fixed, &rest)) {
		path = arena_join(w->keep, done, pattern, STR(""));
		add_place(w, path.n ? path.p : NULL, match);
		return;
	}
	if (n_matches == EMIT_MATCHES)
		return;
	/* fixed = "DIR/BEFORE", rest = "AFTER[/MORE]" */
	if (!str_cut_last(fixed, '/', &dir, &before)) {
		dir = (str){ "", 0 };
		before = fixed;
	}
	after = rest;
	deeper = str_cut(rest, '/', &after, &rest);
	done = arena_join(w->scratch, done, dir, STR(""));
	r = list_once(w, done, &names);
	if (r < 0) {
		if (w->places->error == 0 || w->places->error == -ENOENT)
			w->places->error = r;
		return;
	}
	while (str_next_line(&names, &entry)) {
		name = str_ends(entry, STR("/")) ? (str){ entry.p, entry.n - 1 } : entry;
		if (!name_matches(name, before, after, &match[n_matches]))
			continue;
		step(w,
			arena_join(w->scratch, done, STR("/"),
				arena_join(w->scratch, name, deeper ? STR("/") : STR(""), STR(""))),
			deeper ? rest : (str){ "", 0 }, match, n_matches + 1);
		match[n_matches] = (str){ "", 0 };
	}
}

void walk(struct walk_cache *cache, const char *pattern, unsigned ns, struct arena *keep,
	struct places *ret)
{
	struct walker w = { cache, ns, keep, cache->scratch, ret };
	str match[EMIT_MATCHES] = { 0 };

	if (strchr(pattern, '*'))
		step(&w, STR(""), str_of(pattern), match, 0);
	else
		add_place(&w, pattern, match);
}

uint32_t place_entity(
	struct session *session, const char *ns, const char *template, const struct place *place)
{
	char name[ENTITY_NAME];
	size_t n = 0;
	str scope = str_of(template), rest = { "", 0 };
	int which = 0;

	str_cut(scope, ':', &scope, &rest);
	for (size_t i = 0; i < rest.n; i++) {
		str piece = { rest.p + i, 1 };

		if (rest.p[i] == '%' && i + 1 < rest.n)
			piece = place->match[(unsigned)(rest.p[++i] - '1') % EMIT_MATCHES];
		if (n + piece.n > sizeof(name))
			return ENTITY_NONE;
		memcpy(name + n, piece.p, piece.n);
		n += piece.n;
	}
	while (which < SCOPES && !str_is(scope, scope_names[which]))
		which++;
	if (which == SCOPES)
		return ENTITY_NONE;
	return entity_add(&session->entities, (enum scope)which, ns, (str){ name, n });
}

unsigned places_close(struct places *ps)
{
	unsigned closed = 0;

	for (uint32_t i = 0; i < ps->n; i++)
		if (ps->items[i].fd >= 0) {
			close(ps->items[i].fd);
			closed++;
		}
	*ps = (struct places){ 0 };
	return closed;
}

unsigned places_inherit(struct places *old, struct places *new)
{
	for (uint32_t i = 0, j = 0; i < new->n &&j < old->n;) {
		const struct place *x = &new->items[i], *y = &old->items[j];
		int order = x->ns != y->ns ? (x->ns > y->ns) - (x->ns < y->ns)
					   : strcmp(x->path, y->path);

		if (order == 0) {
			new->items[i].fd = old->items[j].fd;
			old->items[j].fd = -1;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return places_close(old);
}
