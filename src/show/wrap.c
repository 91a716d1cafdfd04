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

void wrap(FILE *out, unsigned indent, const char *label, const char *text)
{
	size_t start = indent + width(str_of(label)), column = start;
	str rest = str_of(text), word;
	bool first = true;

	fprintf(out, "%*s%s", (int)indent, "", label);
	while (str_next_word(&rest, &word)) {
		if (!first && column + 1 + width(word) > COLUMNS) {
			fprintf(out, "\n%*s", (int)start, "");
			column = start;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", STR_ARG(word));
		column += width(word) + !first;
		first = false;
	}
	fputc('\n', out);
}
