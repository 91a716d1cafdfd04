/* The scan: places of all texts, again and again. */
#include "collect/scan.h"

#include <errno.h>

#include "base/clock.h"
#include "base/names.h"
#include "collect/collector.h"

enum { KEEP_BYTES = 32 << 20 };

/*
 * Somebody who hears of devices that come and go asks for a scan, and the period is only for what was
 * not heard. No one hears of namespaces: these are looked for as often as ever.
 */
static const int64_t often_ns = 10 * SECOND_NS, rarely_ns = 60 * SECOND_NS;

int scan_open(struct scan *s, struct host *host, struct session *session, struct sought *items,
	unsigned n, bool rarely)
{
	*s = (struct scan){ .host = host,
		.session = session,
		.items = items,
		.n = n,
		.period_ns = rarely ? rarely_ns : often_ns };
	return arena_open(&s->keep[0], KEEP_BYTES) == 0 && arena_open(&s->keep[1], KEEP_BYTES) == 0
		       ? 0
		       : -ENOMEM;
}

unsigned scan_close(struct scan *s)
{
	unsigned closed = 0;

	for (unsigned t = 0; t < s->n; t++)
		closed += places_close(&s->items[t].places);
	arena_close(&s->keep[0]);
	arena_close(&s->keep[1]);
	s->n = 0;
	return closed;
}

void scan_ask(struct scan *s)
{
	s->wanted = true;
}

/* Both are sorted. */
static bool are_same(const struct places *a, const struct places *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->items[i].ns != b->items[i].ns || a->items[i].who != b->items[i].who ||
			strcmp(a->items[i].path, b->items[i].path) != 0)
			return false;
	return true;
}

static unsigned scan_text(
	struct scan *s, struct walk_cache *cache, struct sought *t, struct arena *keep)
{
	struct places places = { 0 };
	unsigned n = t->text->each_namespace ? host_namespaces(s->host) : 1, closed;

	for (unsigned ns = 0; ns < n; ns++)
		walk(cache, t->text->path, ns, keep, &places);
	for (uint32_t i = 0; i < places.n; i++)
		places.items[i].who =
			place_entity(s->session, host_namespace_name(s->host, places.items[i].ns),
				t->text->who, &places.items[i]);
	t->changed = !are_same(&t->places, &places);
	closed = places_inherit(&t->places, &places);
	t->places = places;
	return closed;
}

static uint64_t sum_of_namespaces(const struct host *host)
{
	uint64_t sum = 0;

	for (unsigned ns = 0; ns < host_namespaces(host); ns++) {
		const char *name = host_namespace_name(host, ns);

		sum = hash_mix(sum ^ hash_bytes(name, strlen(name)));
	}
	return sum;
}

static bool is_over(bool done, int64_t since_ns, int64_t period_ns, int64_t now_ns)
{
	int64_t age_ns = now_ns - since_ns;

	return !done || age_ns < 0 || age_ns >= period_ns;
}

/* The list of tasks lives in `keep`, behind the places, until the next scan. */
static bool look_for_namespaces(struct scan *s, struct arena *keep, int64_t now_ns)
{
	uint64_t before = s->namespaces;

	s->proc = (str){ "", 0 };
	if (host_list(s->host, keep, 0, "proc", &s->proc) == 0)
		s->proc_tick = s->session->ledger.tick;
	host_find_namespaces(s->host, s->proc);
	s->looked_ns = now_ns;
	s->namespaces = sum_of_namespaces(s->host);
	return s->namespaces != before;
}

static unsigned scan_all(struct scan *s, struct walk_cache *cache, int64_t now_ns)
{
	struct arena *keep = &s->keep[!s->keeping];
	unsigned closed = 0;

	for (unsigned t = 0; t < s->n; t++)
		closed += scan_text(s, cache, &s->items[t], keep);
	s->keeping = !s->keeping;
	s->done = true;
	s->wanted = false;
	s->scanned_ns = now_ns;
	return closed;
}

bool scan_tick(struct scan *s, struct arena *scratch, int64_t now_ns, unsigned *closed)
{
	struct arena *keep = &s->keep[!s->keeping];
	bool due = s->wanted || is_over(s->done, s->scanned_ns, s->period_ns, now_ns);
	char *mark = arena_mark(scratch);
	struct walk_cache cache;

	if (!due && !is_over(s->done, s->looked_ns, often_ns, now_ns))
		return false;
	arena_release(keep, keep->base);
	due |= look_for_namespaces(s, keep, now_ns);
	if (!due || walk_cache_open(&cache, s->host, scratch) < 0)
		return false;
	*closed = scan_all(s, &cache, now_ns);
	walk_cache_close(&cache);
	arena_release(scratch, mark);
	return true;
}
