/* Which of many words a text holds, in one pass over the text. */
#include "log/filter.h"

#include "base/own.h"

enum { STATES = 32767, REPORTS = 1 << 15, NO_HIT = 0 };

/* The rows that end in a state: a list, for several may. */
struct hit {
	uint16_t row;
	uint32_t next;
};

struct filter {
	uint8_t class_of[256]; /* 0: a byte of no word */
	unsigned n_classes;
	uint16_t *next;  /* by state and class; REPORTS marks a state in which some word ends */
	uint16_t *fail;  /* the state of the longest ending that also begins a word */
	uint32_t *first; /* by state: hit, or NO_HIT */
	struct hit *hits;
	uint32_t n_hits;
	unsigned n_states;
};

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void find_classes(struct filter *f, const struct filter_word *words, size_t n)
{
	f->n_classes = 1;
	for (size_t w = 0; w < n; w++)
		for (size_t i = 0; i < words[w].text.n; i++) {
			unsigned char c = lower(words[w].text.p[i]);

			if (!f->class_of[c])
				f->class_of[c] = (uint8_t)f->n_classes++;
		}
	for (unsigned char c = 'a'; c <= 'z'; c++)
		f->class_of[c - 32] = f->class_of[c];
}

static void add_word(struct filter *f, struct filter_word word)
{
	unsigned state = 0;

	for (size_t i = 0; i < word.text.n; i++) {
		uint16_t *to = &f->next[state * f->n_classes + f->class_of[lower(word.text.p[i])]];

		if (!*to)
			*to = (uint16_t)f->n_states++;
		state = *to;
	}
	f->hits[++f->n_hits] = (struct hit){ (uint16_t)word.row, f->first[state] };
	f->first[state] = f->n_hits;
}

/* Walk the tree level by level: where no word goes on, go on as the longest ending would. */
static void link_states(struct filter *f)
{
	OWN_MEMORY uint16_t *queue = own_alloc(f->n_states, sizeof(*queue));
	unsigned begin = 0, end = 1;

	while (begin < end) {
		unsigned state = queue[begin++];

		for (unsigned c = 1; c < f->n_classes; c++) {
			uint16_t *to = &f->next[state * f->n_classes + c];
			uint16_t other = f->next[f->fail[state] * f->n_classes + c];

			if (*to) {
				f->fail[*to] = state ? other : 0;
				queue[end++] = *to;
			} else {
				*to = state ? other : 0;
			}
		}
	}
}

static bool reports(const struct filter *f, unsigned state)
{
	for (; state; state = f->fail[state])
		if (f->first[state] != NO_HIT)
			return true;
	return false;
}

static void mark_reports(struct filter *f)
{
	for (size_t i = 0; i < (size_t)f->n_states * f->n_classes; i++)
		if (reports(f, f->next[i]))
			f->next[i] |= REPORTS;
}

struct filter *filter_open(const struct filter_word *words, size_t n)
{
	struct filter *f = own_alloc(1, sizeof(*f));
	size_t states = 1;

	for (size_t i = 0; i < n; i++)
		states += words[i].text.n;
	if (states > STATES) {
		free(f);
		return NULL;
	}
	find_classes(f, words, n);
	f->next = own_alloc(states * f->n_classes, sizeof(*f->next));
	f->fail = own_alloc(states, sizeof(*f->fail));
	f->first = own_alloc(states, sizeof(*f->first));
	f->hits = own_alloc(n + 1, sizeof(*f->hits));
	f->n_states = 1;
	for (size_t i = 0; i < n; i++)
		add_word(f, words[i]);
	link_states(f);
	mark_reports(f);
	return f;
}

struct filter *filter_close(struct filter *f)
{
	if (!f)
		return NULL;
	free(f->next);
	free(f->fail);
	free(f->first);
	free(f->hits);
	free(f);
	return NULL;
}

static void report(const struct filter *f, unsigned state, uint64_t *rows)
{
	for (; state; state = f->fail[state])
		for (uint32_t hit = f->first[state]; hit != NO_HIT; hit = f->hits[hit].next)
			rows[f->hits[hit].row / 64] |= UINT64_C(1) << (f->hits[hit].row % 64);
}

bool filter_scan(const struct filter *f, str text, uint64_t rows[static FILTER_WORDS])
{
	unsigned state = 0;
	bool any = false;

	for (size_t i = 0; i < text.n; i++) {
		unsigned to = f->next[state * f->n_classes + f->class_of[(unsigned char)text.p[i]]];

		state = to & (REPORTS - 1);
		if (to & REPORTS) {
			report(f, state, rows);
			any = true;
		}
	}
	return any;
}
