/* The processes that used most CPU time since the reading before. */
#include "collect/busy.h"

#include <stdlib.h>

#include "collect/task_text.h"

static int by_entity(const void *a, const void *b)
{
	const struct busy_seen *x = a, *y = b;

	return (x->who > y->who) - (x->who < y->who);
}

/* One that has no rows yet may be old or new: it had no more time than there was. In the first reading its life counts. */
static int64_t growth_of(const struct busy *b, const struct busy_seen *now, int64_t window_ns)
{
	const struct busy_seen *before =
		b->n_before ? bsearch(now, b->before, b->n_before, sizeof(*now), by_entity) : NULL;
	int64_t most = window_ns / TASK_TICK_NS;

	if (before)
		return now->ticks - before->ticks;
	return window_ns && now->ticks > most ? most : now->ticks;
}

static void rank(struct busy *b, struct busy_task task)
{
	for (unsigned i = 0; i < b->n; i++)
		if (task.grown > b->items[i].grown) {
			struct busy_task less = b->items[i];

			b->items[i] = task;
			task = less;
		}
	if (b->n < BUSY_MOST)
		b->items[b->n++] = task;
}

static void see(
	struct busy *b, const struct session *s, const struct block *time, int64_t window_ns)
{
	const struct block *kernel = session_said_as(s, time->who, STR("app.task.kernel"));
	const struct busy_seen now = { time->who, time->values[0] };
	uint64_t pid;
	int64_t grown;
	str digits;

	if ((kernel && kernel->values[0]) || b->n_now == BUSY_SEEN ||
		!str_cut(entity_name(&s->entities, time->who), '/', &digits, NULL) ||
		str_u64(digits, &pid) < 0 || pid > INT32_MAX)
		return;
	b->now[b->n_now++] = now;
	grown = growth_of(b, &now, window_ns);
	if (grown > 0)
		rank(b, (struct busy_task){ time->who, (uint32_t)pid, grown });
}

void busy_find(struct busy *b, const struct session *s, int64_t window_ns)
{
	uint16_t cpu = catalog_find(&s->catalog, STR("app.task.cpu"));

	b->n = b->n_now = 0;
	for (uint32_t i = 0; cpu != SIGNAL_NONE && i < s->ledger.n; i++)
		if (s->ledger.blocks[i].sig == cpu && block_has(&s->ledger.blocks[i], 0))
			see(b, s, &s->ledger.blocks[i], window_ns);
	qsort(b->now, b->n_now, sizeof(*b->now), by_entity);
	memcpy(b->before, b->now, b->n_now * sizeof(*b->now));
	b->n_before = b->n_now;
}
