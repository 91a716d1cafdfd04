/* Sorting rows that do not fit into memory: the file is mapped, and the kernel decides what stays. */
#include "cmd/store_spool.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/own.h"

enum { SIGNALS = 8192, ENTITIES = 1 << 18, TEXTS = 1 << 20, NAME_BYTES = 256 << 20 };

struct spooled {
	uint32_t signal, entity, sub, unused;
	uint64_t number; /* as they came */
	int64_t wall_ns, value;
};

int spool_open(struct spool *s)
{
	*s = (struct spool){ .file = tmpfile() };
	if (!s->file)
		return -errno;
	s->kinds = own_alloc(SIGNALS, sizeof(*s->kinds));
	if (names_open(&s->signals, SIGNALS, 1 << 20) < 0 ||
		names_open(&s->entities, ENTITIES, NAME_BYTES) < 0 ||
		names_open(&s->texts, TEXTS, NAME_BYTES) < 0)
		return -ENOMEM;
	return 0;
}

void spool_close(struct spool *s)
{
	own_close_file(&s->file);
	for (uint32_t i = 0; s->kinds && i < SIGNALS; i++) {
		free((void *)(uintptr_t)s->kinds[i].name);
		free((void *)(uintptr_t)s->kinds[i].about);
	}
	free(s->kinds);
	names_close(&s->signals);
	names_close(&s->entities);
	names_close(&s->texts);
	*s = (struct spool){ 0 };
}

static char *copy_of(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(own_alloc(n, 1), text, n);
}

static void keep_kind(struct spool *s, uint32_t number, const struct signal *signal)
{
	if (s->kinds[number].name)
		return;
	s->kinds[number] = *signal;
	s->kinds[number].name = copy_of(signal->name);
	s->kinds[number].about = copy_of(signal->about);
}

int spool_put(struct spool *s, const struct export_row *row)
{
	struct spooled item = { .signal = names_add(&s->signals, str_of(row->signal->name)),
		.entity = names_add(&s->entities, row->entity),
		.sub = row->sub,
		.number = s->n,
		.wall_ns = row->wall_ns,
		.value = row->value };

	if (item.signal == NAMES_NONE || item.entity == NAMES_NONE)
		return -ENOMEM;
	keep_kind(s, item.signal, row->signal);
	if (row->signal->unit == TEXT) {
		item.value = names_add(&s->texts, row->text);
		if (item.value == NAMES_NONE)
			return -ENOMEM;
	}
	s->n++;
	return fwrite(&item, sizeof(item), 1, s->file) == 1 ? 0 : -errno;
}

static int by_series(const void *a, const void *b, void *self)
{
	const struct spooled *x = a, *y = b;
	const struct spool *s = self;

	if (x->signal != y->signal)
		return str_order(
			names_get(&s->signals, x->signal), names_get(&s->signals, y->signal));
	if (x->entity != y->entity)
		return str_order(
			names_get(&s->entities, x->entity), names_get(&s->entities, y->entity));
	if (x->sub != y->sub)
		return x->sub < y->sub ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static bool is_later(const struct spooled *before, const struct spooled *item)
{
	return before->signal != item->signal || before->entity != item->entity ||
	       before->sub != item->sub || before->wall_ns < item->wall_ns;
}

static void give_all(struct spool *s, const struct spooled *items,
	void (*row)(void *self, const struct export_row *row), void *self)
{
	const struct spooled *before = NULL;

	for (uint64_t i = 0; i < s->n; i++) {
		const struct spooled *item = &items[i];
		struct export_row out = { .wall_ns = item->wall_ns,
			.value = item->value,
			.signal = &s->kinds[item->signal],
			.entity = names_get(&s->entities, item->entity),
			.sub = item->sub,
			.there = true };

		if (before && !is_later(before, item)) {
			s->left_out++;
			continue;
		}
		if (out.signal->unit == TEXT)
			out.text = names_get(&s->texts, (uint32_t)item->value);
		row(self, &out);
		before = item;
	}
}

int spool_give(struct spool *s, void (*row)(void *self, const struct export_row *row), void *self)
{
	size_t bytes = s->n * sizeof(struct spooled);
	struct spooled *items;

	if (fflush(s->file) != 0)
		return -errno;
	if (s->n == 0)
		return 0;
	items = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(s->file), 0);
	if (items == MAP_FAILED)
		return -errno;
	qsort_r(items, s->n, sizeof(*items), by_series, s);
	give_all(s, items, row, self);
	munmap(items, bytes);
	return 0;
}
