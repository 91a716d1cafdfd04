/* Packets that no commit has taken yet, by segment. */
#pragma once

#include "record/segment.h"

struct held {
	struct segment_about about;
	struct pack packets;
	uint32_t n_ticks;
};

enum { HELD_SEGMENTS = 8 };

struct holds {
	struct held items[HELD_SEGMENTS]; /* in order; the last one is of the present segment */
	unsigned n;                       /* at least 1 */
};

void holds_open(struct holds *h);
void holds_close(struct holds *h);
size_t holds_bytes(const struct holds *h);
uint64_t holds_ticks(const struct holds *h);
struct held *holds_last(struct holds *h);
/* The last one when it is of that segment, else a new one; NULL: there are too many. */
struct held *holds_of(struct holds *h, int64_t segment);
void holds_clear(struct holds *h); /* its buffers stay, to be used again */
