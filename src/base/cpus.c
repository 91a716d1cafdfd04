/* Sets of CPUs: read, joined, compared and written as the kernel writes them. */
#include "base/cpus.h"

#include <errno.h>

enum { WORDS_OF_SET = CPUS_MOST / 64, RANGE_TEXT = 16 };

void cpus_add(struct cpus *c, unsigned cpu)
{
	if (cpu < CPUS_MOST)
		c->bits[cpu / 64] |= UINT64_C(1) << (cpu % 64);
}

bool cpus_has(const struct cpus *c, unsigned cpu)
{
	return cpu < CPUS_MOST && (c->bits[cpu / 64] >> (cpu % 64) & 1);
}

static int add_range(struct cpus *c, str range)
{
	str first = str_trim(range), last = first;
	uint64_t from, to;

	str_cut(first, '-', &first, &last);
	if (str_u64(first, &from) < 0 || str_u64(last, &to) < 0 || to < from)
		return -EBADMSG;
	if (to >= CPUS_MOST)
		return -ERANGE;
	for (uint64_t cpu = from; cpu <= to; cpu++)
		cpus_add(c, (unsigned)cpu);
	return 0;
}

int cpus_list(str list, struct cpus *ret)
{
	struct cpus made = { 0 };
	str range;
	int r = 0;

	for (list = str_trim(list); list.n && r == 0;) {
		range = list;
		if (!str_cut(list, ',', &range, &list))
			list = (str){ "", 0 };
		r = add_range(&made, range);
	}
	if (r == 0)
		*ret = made;
	return r;
}

/* lib/bitmap.c: groups of up to 32 bits, the highest first, commas between. */
int cpus_mask(str mask, struct cpus *ret)
{
	struct cpus made = { 0 };
	uint64_t group;
	str last;

	mask = str_trim(mask);
	for (unsigned at = 0; mask.n; at += 32) {
		last = mask;
		if (!str_cut_last(mask, ',', &mask, &last))
			mask = (str){ "", 0 };
		if (last.n > 8 || str_hex(last, &group) < 0)
			return -EBADMSG;
		if (group && at >= CPUS_MOST)
			return -ERANGE;
		if (group)
			made.bits[at / 64] |= group << (at % 64);
	}
	*ret = made;
	return 0;
}

void cpus_join(struct cpus *c, const struct cpus *other)
{
	for (unsigned i = 0; i < WORDS_OF_SET; i++)
		c->bits[i] |= other->bits[i];
}

void cpus_take_out(struct cpus *c, const struct cpus *other)
{
	for (unsigned i = 0; i < WORDS_OF_SET; i++)
		c->bits[i] &= ~other->bits[i];
}

unsigned cpus_count(const struct cpus *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORDS_OF_SET; i++)
		n += (unsigned)__builtin_popcountll(c->bits[i]);
	return n;
}

bool cpus_meet(const struct cpus *a, const struct cpus *b)
{
	for (unsigned i = 0; i < WORDS_OF_SET; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

bool cpus_within(const struct cpus *a, const struct cpus *b)
{
	for (unsigned i = 0; i < WORDS_OF_SET; i++)
		if (a->bits[i] & ~b->bits[i])
			return false;
	return true;
}

/* The next range from *at on; false: there is none. */
static bool next_range(const struct cpus *c, unsigned *at, char text[static RANGE_TEXT])
{
	unsigned first = *at, last;

	while (first < CPUS_MOST && !cpus_has(c, first))
		first += c->bits[first / 64] >> (first % 64) ? 1 : 64 - first % 64;
	if (first >= CPUS_MOST)
		return false;
	for (last = first; cpus_has(c, last + 1);)
		last++;
	*at = last + 1;
	if (last > first)
		snprintf(text, RANGE_TEXT, "%u-%u", first, last);
	else
		snprintf(text, RANGE_TEXT, "%u", first);
	return true;
}

void cpus_print(FILE *out, const struct cpus *c)
{
	char range[RANGE_TEXT];
	const char *comma = "";

	for (unsigned at = 0; next_range(c, &at, range); comma = ",")
		fprintf(out, "%s%s", comma, range);
}

str cpus_text(const struct cpus *c, char *out, size_t size)
{
	char range[RANGE_TEXT];
	size_t n = 0;

	for (unsigned at = 0; next_range(c, &at, range);) {
		size_t more = strlen(range) + (n ? 1 : 0);

		if (n + more > size)
			break;
		if (n)
			out[n++] = ',';
		memcpy(out + n, range, strlen(range));
		n += strlen(range);
	}
	return (str){ out, n };
}
