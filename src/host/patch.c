/* Patches: both texts are walked side by side, line by line and word by word. */
#include "host/patch.h"

struct difference {
	struct pack *out;
	const char *from; /* what is kept begins here */
	size_t keep, drop;
	str text; /* pieces of the new text that lie one behind the other */
};

static void put_difference(struct difference *d)
{
	if (d->drop == 0 && d->text.n == 0)
		return;
	pack_number(d->out, d->keep);
	pack_number(d->out, d->drop);
	pack_text(d->out, d->text);
	d->keep = d->drop = d->text.n = 0;
}

static void differ(struct difference *d, str before, str after)
{
	if (str_eq(before, after)) {
		put_difference(d);
		d->keep += before.n;
		return;
	}
	if (d->text.n == 0)
		d->text.p = after.p;
	d->drop += before.n;
	d->text.n += after.n;
}

/* A word with the blanks behind it; in binary texts four bytes. */
static str next_piece(str *rest, enum patch_unit unit)
{
	str piece = *rest;
	size_t n = 0;

	if (unit == PATCH_BYTES4) {
		n = rest->n < 4 ? rest->n : 4;
	} else {
		while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
			n++;
		while (n < rest->n && (rest->p[n] == ' ' || rest->p[n] == '\t'))
			n++;
	}
	piece.n = n;
	*rest = str_from(*rest, n);
	return piece;
}

static void differ_by_pieces(struct difference *d, enum patch_unit unit, str before, str after)
{
	while (before.n && after.n) {
		str old = next_piece(&before, unit), new = next_piece(&after, unit);

		differ(d, old, new);
	}
	if (before.n || after.n)
		differ(d, before, after);
}

static str next_line(str *rest)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	str line = { rest->p, end ? (size_t)(end - rest->p) + 1 : rest->n };

	*rest = str_from(*rest, line.n);
	return line;
}

bool patch_make(struct pack *out, enum patch_unit unit, str before, str after)
{
	struct difference d = { .out = out };
	size_t begin = out->n, whole = after.n;

	if (unit == PATCH_BYTES4)
		differ_by_pieces(&d, unit, before, after);
	while (unit == PATCH_WORDS && (before.n || after.n) && out->n - begin < whole) {
		str old = next_line(&before), new = next_line(&after);

		if (str_eq(old, new))
			differ(&d, old, new);
		else
			differ_by_pieces(&d, unit, old, new);
	}
	put_difference(&d);
	if (out->n - begin < whole)
		return true;
	out->n = begin;
	return false;
}

bool patch_apply(struct pack *out, str before, str patch, size_t most)
{
	size_t begin = out->n;

	while (patch.n) {
		uint64_t keep, drop;
		str kept, dropped, text;

		if (!unpack_number(&patch, &keep) || !unpack_number(&patch, &drop) ||
			!unpack_text(&patch, &text) || !unpack_bytes(&before, keep, &kept) ||
			!unpack_bytes(&before, drop, &dropped) ||
			out->n - begin + kept.n + text.n > most)
			return false;
		pack_bytes(out, kept);
		pack_bytes(out, text);
	}
	if (out->n - begin + before.n > most)
		return false;
	pack_bytes(out, before);
	return true;
}
