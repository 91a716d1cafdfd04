/* Folding text. */
#include "show/wrap.h"

#include <stdlib.h>

#include "base/own.h"

/* However deep something is indented, this much of a line is text. */
enum { LEAST = 20 };

/* Columns, not bytes: the first byte of a UTF-8 character counts, the others do not. */
static bool is_first_byte(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

static size_t width(str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += is_first_byte(s.p[i]);
	return n;
}

static size_t room_after(const char *prefix)
{
	size_t n = width(str_of(prefix));

	return n + LEAST > COLUMNS ? LEAST : COLUMNS - n;
}

/* How many bytes of a word are no wider than `room`: whole characters. */
static size_t bytes_within(str word, size_t room)
{
	size_t i = 0, columns = 0;

	for (; i < word.n; i++) {
		columns += is_first_byte(word.p[i]);
		if (columns > room)
			break;
	}
	return i;
}

/* Where to break a word that is wider than a line: behind a slash or a dash, if there is one. */
static size_t break_at(str word, size_t room)
{
	size_t most = bytes_within(word, room), i;

	for (i = most; i > most / 2; i--)
		if (strchr("/-_.:,=" GLUE, word.p[i - 1]) && word.p[i - 1])
			return i;
	/* not inside an escape such as \xff */
	for (i = most; i > 1 && i + 3 > most; i--)
		if (word.p[i - 1] == '\\')
			return i - 1;
	return most;
}

/* The line that is being filled. */
struct line {
	FILE *out;
	const char *rest; /* before every further line */
	size_t room, used;
};

static void put(struct line *line, str word)
{
	for (size_t i = 0; i < word.n; i++)
		fputc(word.p[i] == *GLUE ? ' ' : word.p[i], line->out);
	line->used += width(word);
}

static void next_line(struct line *line)
{
	fputc('\n', line->out);
	fputs(line->rest, line->out);
	line->room = room_after(line->rest);
	line->used = 0;
}

static void add_word(struct line *line, str word, size_t blanks)
{
	if (line->used && line->used + blanks + width(word) > line->room)
		next_line(line);
	if (line->used)
		line->used += (size_t)fprintf(line->out, "%*s", (int)blanks, "");
	while (line->used + width(word) > line->room) {
		size_t n = break_at(word, line->room);

		put(line, (str){ word.p, n });
		word = str_from(word, n);
		next_line(line);
	}
	put(line, word);
}

/* Words stand one blank apart, or as they were. */
static void fill(FILE *out, const char *first, const char *rest, const char *text, bool as_it_was)
{
	struct line line = { out, rest, room_after(first), 0 };
	str left = str_of(text), word, before = { text, 0 };

	fputs(first, out);
	for (; str_next_word(&left, &word); before = word) {
		size_t blanks = (size_t)(word.p - before.p) - before.n;

		add_word(&line, word, as_it_was && blanks < COLUMNS ? blanks : 1);
	}
	fputc('\n', out);
}

void fold(FILE *out, const char *first, const char *rest, const char *text)
{
	fill(out, first, rest, text, true);
}

void wrap(FILE *out, unsigned indent, const char *label, const char *text)
{
	char first[COLUMNS * 4 + 1], rest[COLUMNS + 1];
	int columns;

	snprintf(first, sizeof(first), "%*s%s", (int)indent, "", label);
	columns = (int)width(str_of(first));
	snprintf(rest, sizeof(rest), "%*s", columns > COLUMNS ? COLUMNS : columns, "");
	fill(out, first, rest, text, false);
}

/* The next word of a command; a blank between single quotes does not end it. */
static bool next_argument(str *rest, str *ret)
{
	bool quoted = false;
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && (quoted || (rest->p[n] != ' ' && rest->p[n] != '\t')))
		quoted ^= rest->p[n++] == '\'';
	*ret = (str){ rest->p, n };
	*rest = str_from(*rest, n);
	return n > 0;
}

/*
 * An argument wider than a line. The shell joins lines that end in a backslash; blanks at the
 * begin of the next one would split the argument, and between single quotes a backslash is no
 * such sign, so the quote is closed and opened again.
 */
static size_t add_long_argument(FILE *out, str word, size_t room, size_t margin)
{
	bool quoted = false;

	while (width(word) + margin > room) {
		size_t n = break_at(word, room - 2);

		for (size_t i = 0; i < n; i++)
			quoted ^= word.p[i] == '\'';
		fwrite(word.p, 1, n, out);
		fputs(quoted ? "'\\\n'" : "\\\n", out);
		word = str_from(word, n);
		room = quoted ? COLUMNS - 1 : COLUMNS;
	}
	fwrite(word.p, 1, word.n, out);
	return COLUMNS - room + width(word);
}

void fold_command(FILE *out, const char *first, const char *rest, const char *command)
{
	size_t used = COLUMNS - room_after(first), start = COLUMNS - room_after(rest);
	str left = str_of(command), word;
	bool begun = false;

	fputs(first, out);
	while (next_argument(&left, &word)) {
		size_t margin = str_trim(left).n ? 2 : 0; /* for " \" */

		if (begun && used + 1 + width(word) + margin > COLUMNS) {
			fprintf(out, " \\\n%s", rest);
			used = start;
			begun = false;
		}
		if (begun)
			fputc(' ', out);
		used += begun;
		if (used + width(word) + margin > COLUMNS)
			used = add_long_argument(out, word, COLUMNS - used, margin);
		else {
			fwrite(word.p, 1, word.n, out);
			used += width(word);
		}
		begun = true;
	}
	fputc('\n', out);
}

FILE *text_open(struct text *t)
{
	*t = (struct text){ 0 };
	t->file = open_memstream(&t->bytes, &t->size);
	return t->file ? t->file : stdout;
}

static const char *text_close(struct text *t)
{
	if (t->file)
		fclose(t->file);
	t->file = NULL;
	return t->bytes ? t->bytes : "";
}

void text_wrap(struct text *t, FILE *out, unsigned indent, const char *label)
{
	wrap(out, indent, label, text_close(t));
	free(t->bytes);
}

void text_fold(struct text *t, FILE *out, const char *first, const char *rest)
{
	fold(out, first, rest, text_close(t));
	free(t->bytes);
}

void text_fold_command(struct text *t, FILE *out, const char *first, const char *rest)
{
	fold_command(out, first, rest, text_close(t));
	free(t->bytes);
}

static void print_bytes(FILE *out, str text, char blank)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == ' ')
			fputc(blank, out);
		else if (c > ' ' && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

void print_ascii(FILE *out, str text)
{
	print_bytes(out, text, ' ');
}

void print_ascii_name(FILE *out, str name)
{
	print_bytes(out, name, *GLUE);
}
