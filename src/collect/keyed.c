/* Parsers that many sources share. */
#include "collect/keyed.h"

#include <errno.h>

static int emit_number(struct emit *out, unsigned row, str word)
{
	uint64_t count;
	int64_t value;
	int r;

	if (out->signals[row].kind == COUNTER) {
		r = str_u64(word, &count);
		value = (int64_t)count;
	} else {
		r = str_i64(word, &value);
	}
	if (r == 0)
		emit(out, row, value);
	return r;
}

int parse_keyed(struct emit *out, unsigned text, str from)
{
	unsigned hint = 0;
	str line, key, value;
	int row, r = 0;

	(void)text;
	while (str_next_line(&from, &line)) {
		if (!str_next_word(&line, &key))
			continue;
		if (str_ends(key, STR(":")))
			key.n--;
		row = emit_row_of(out, key, &hint);
		/* the value of a TEXT is the number of a text: a number of the kernel's is none */
		if (row < 0 || out->signals[row].unit == TEXT)
			continue;
		if (!str_next_word(&line, &value) || emit_number(out, (unsigned)row, value) < 0)
			r = -EBADMSG;
	}
	return r;
}

int parse_one_value(struct emit *out, unsigned text, str from)
{
	unsigned hint = 0;
	int row = emit_row_of(out, out->leaf, &hint);
	str value = str_trim(from);

	(void)text;
	if (row < 0)
		return 0;
	if (out->signals[row].unit == TEXT) {
		emit_text(out, (unsigned)row, out->who, value);
		return 0;
	}
	return emit_number(out, (unsigned)row, value) < 0 ? -EBADMSG : 0;
}

bool cpu_list_next(struct cpu_list *list, unsigned *ret)
{
	str range = list->rest, after = { "", 0 }, first, last;

	if (!list->open) {
		if (range.n == 0)
			return false;
		str_cut(range, ',', &range, &after);
		first = last = str_trim(range);
		str_cut(first, '-', &first, &last);
		if (str_u64(first, &list->next) < 0 || str_u64(last, &list->last) < 0 ||
			list->last < list->next || list->last > UINT16_MAX)
			return false;
		list->rest = after;
		list->open = true;
	}
	*ret = (unsigned)list->next;
	list->open = list->next++ < list->last;
	return true;
}
