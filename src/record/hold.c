/* A short list of buffers, used again and again. */
#include "record/hold.h"

void holds_open(struct holds *h)
{
	*h = (struct holds){ .n = 1 };
}

void holds_close(struct holds *h)
{
	for (unsigned i = 0; i < HELD_SEGMENTS; i++)
		pack_free(&h->items[i].packets);
}

size_t holds_bytes(const struct holds *h)
{
	size_t n = 0;

	for (unsigned i = 0; i < h->n; i++)
		n += h->items[i].packets.n;
	return n;
}

uint64_t holds_ticks(const struct holds *h)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < h->n; i++)
		n += h->items[i].n_ticks;
	return n;
}

struct held *holds_last(struct holds *h)
{
	return &h->items[h->n - 1];
}

struct held *holds_of(struct holds *h, int64_t segment)
{
	struct held *last = holds_last(h);

	if (last->about.id == segment || last->packets.n == 0)
		return last;
	return h->n < HELD_SEGMENTS ? &h->items[h->n++] : NULL;
}

void holds_clear(struct holds *h)
{
	struct pack first = h->items[0].packets;
	struct held *last = holds_last(h);

	/* the buffer of the last one has grown most; its segment goes on */
	h->items[0] = *last;
	last->packets = first;
	for (unsigned i = 0; i < h->n; i++) {
		h->items[i].packets.n = 0;
		h->items[i].n_ticks = 0;
	}
	h->n = 1;
}
