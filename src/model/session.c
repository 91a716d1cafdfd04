/* Sessions, and the dense view of their state. */
#include "model/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

int session_open(struct session *s)
{
	*s = (struct session){ 0 };
	if (catalog_open(&s->catalog) < 0 || entities_open(&s->entities) < 0 ||
		names_open(&s->texts, TEXT_LIMIT, 16 << 20) < 0 || ledger_open(&s->ledger) < 0)
		return -ENOMEM;
	s->sources = arena_take(&s->catalog.texts, SOURCE_LIMIT * sizeof(*s->sources));
	names_add(&s->texts, STR("")); /* text 0 is the empty one, as a new cell is */
	return 0;
}

void session_close(struct session *s)
{
	catalog_close(&s->catalog);
	entities_close(&s->entities);
	names_close(&s->texts);
	relations_close(&s->relations);
	ledger_close(&s->ledger);
	*s = (struct session){ 0 };
}

const struct block *session_said(const struct session *s, uint32_t who, uint16_t sig)
{
	const struct block *b = sig == SIGNAL_NONE ? NULL : ledger_find(&s->ledger, who, sig);

	return b && block_has(b, 0) ? b : NULL;
}

const struct block *session_said_as(const struct session *s, uint32_t who, str signal)
{
	return session_said(s, who, catalog_find(&s->catalog, signal));
}

bool block_is_there(const struct block *b)
{
	for (unsigned i = 0; i < (b->n + 63u) / 64; i++)
		if (b->now[i])
			return true;
	return false;
}

static int by_signal_and_entity(const void *a, const void *b, void *session)
{
	const struct block *x = *(const struct block *const *)a,
			   *y = *(const struct block *const *)b;
	const struct session *s = session;
	int order = 0;

	if (x->sig != y->sig)
		order = strcmp(catalog_get(&s->catalog, x->sig)->name,
			catalog_get(&s->catalog, y->sig)->name);
	return order ? order
		     : str_order(entity_text(&s->entities, x->who),
			       entity_text(&s->entities, y->who));
}

int session_view(const struct session *s, struct arena *a,
	bool (*keep)(const struct session *, const struct block *), struct view *ret)
{
	const struct block **blocks = arena_take(a, (s->ledger.n + 1) * sizeof(struct block *));
	size_t n = 0;

	if (!blocks)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->ledger.n; i++) {
		const struct block *b = &s->ledger.blocks[i];

		if (block_is_there(b) && (!keep || keep(s, b)))
			blocks[n++] = b;
	}
	qsort_r(blocks, n, sizeof(*blocks), by_signal_and_entity, (void *)(uintptr_t)s);
	*ret = (struct view){ blocks, n };
	return 0;
}

/* How many bytes at p are one well-formed UTF-8 character; 0: none. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	size_t length = p[0] < 0x80             ? 1
			: (p[0] & 0xe0) == 0xc0 ? 2
			: (p[0] & 0xf0) == 0xe0 ? 3
			: (p[0] & 0xf8) == 0xf0 ? 4
						: 0;

	if (length > n)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/*
	 * too long a form, half of a UTF-16 pair, past the last character: readers of JSON refuse
	 * them
	 */
	if (p[0] == 0xc0 || p[0] == 0xc1 || p[0] > 0xf4 || (p[0] == 0xe0 && p[1] < 0xa0) ||
		(p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
		(p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

/* How many bytes at p are written as they are: printable ASCII without the backslash. */
static size_t plain_length(const unsigned char *p, size_t n)
{
	size_t length = 0;

	while (length < n && p[length] >= ' ' && p[length] < 0x7f && p[length] != '\\')
		length++;
	return length;
}

void print_escaped(FILE *out, str text)
{
	const unsigned char *p = (const unsigned char *)text.p;

	for (size_t i = 0, length; i < text.n; i += length) {
		length = plain_length(p + i, text.n - i);
		if (!length && p[i] >= 0x80)
			length = utf8_length(p + i, text.n - i);
		if (length) {
			fwrite(p + i, 1, length, out);
			continue;
		}
		length = 1;
		if (p[i] == '\t' || p[i] == '\n' || p[i] == '\r' || p[i] == '\\')
			fprintf(out, "\\%c",
				p[i] == '\t'   ? 't'
				: p[i] == '\n' ? 'n'
				: p[i] == '\r' ? 'r'
					       : '\\');
		else
			fprintf(out, "\\x%02x", p[i]);
	}
}

void session_print_value(
	const struct session *s, FILE *out, const struct signal *signal, int64_t value)
{
	if (signal->unit == TEXT)
		print_escaped(out, names_get(&s->texts, (uint32_t)value));
	else if (signal->kind == COUNTER)
		fprintf(out, "%" PRIu64, (uint64_t)value);
	else
		fprintf(out, "%" PRId64, value);
}
