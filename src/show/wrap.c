/* Folding text. */
#include "show/wrap.h"

#include "base/str.h"

/* Columns, not bytes: the first byte of a UTF-8 character counts, the others do not. */
static size_t width(str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void spaces(FILE *out, size_t n)
{
	while (n--)
		fputc(' ', out);
}

void wrap(FILE *out, unsigned indent, const char *label, const char *text)
{
	size_t start = indent + width(str_of(label)), column = start;
	str rest = str_of(text), word;
	bool first = true;

	spaces(out, indent);
	fputs(label, out);
	while (str_next_word(&rest, &word)) {
		if (!first && column + 1 + width(word) > COLUMNS) {
			fputc('\n', out);
			spaces(out, start);
			column = start;
			first = true;
		}
		if (!first)
			fputc(' ', out);
		fwrite(word.p, 1, word.n, out);
		column += width(word) + !first;
		first = false;
	}
	fputc('\n', out);
}
