/* What the kernel's trace ring holds: records of a page, and fields of a record. Pure. */
#include "listen/trace_decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/signal.h"

enum {
	HEADER = 16, /* time and length: events/header_page of 64-bit kernels */
	LENGTH_AT = 8,
	DELTA_BITS = 27,
	IN_HEAD = 28, /* kinds up to here are the length in words; 0: the next word is it */
	PADDING = 29,
	TIME_EXTEND,
	TIME_STAMP,
};
#define MISSED (1u << 31)        /* of the length: some were lost before */
#define MISSED_STORED (1u << 30) /* and how many stands behind the data */
#define LENGTH ((1u << 27) - 1)
#define STAMP_TOP (UINT64_C(31) << 59) /* not in a time stamp record: of the page's time */

static uint32_t word_at(str s, size_t at)
{
	uint32_t word;

	memcpy(&word, s.p + at, sizeof(word));
	return word;
}

static uint64_t long_at(str s, size_t at)
{
	uint64_t word;

	memcpy(&word, s.p + at, sizeof(word));
	return word;
}

int trace_page_open(str page, struct trace_page *ret)
{
	uint64_t length;
	size_t n;

	if (page.n < HEADER)
		return -EBADMSG;
	length = long_at(page, LENGTH_AT);
	n = length & LENGTH;
	if (n > page.n - HEADER)
		return -EBADMSG;
	*ret = (struct trace_page){ .rest = { page.p + HEADER, n },
		.at_ns = (int64_t)long_at(page, 0) };
	if (length & MISSED)
		ret->lost = 1;
	if (length & MISSED && length & MISSED_STORED && page.n - HEADER - n >= sizeof(uint64_t))
		ret->lost = long_at(page, HEADER + n);
	return 0;
}

/* The head of a record is one word; which end its kind stands at follows the machine. */
static void split_head(uint32_t head, unsigned *ret_kind, uint32_t *ret_delta)
{
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	*ret_kind = big ? head >> DELTA_BITS : head & 31;
	*ret_delta = big ? head & ((1u << DELTA_BITS) - 1) : head >> 5;
}

static bool end_here(struct trace_page *p, bool damaged)
{
	p->rest.n = 0;
	p->damaged |= damaged;
	return false;
}

static void take_time(struct trace_page *p, unsigned kind, uint32_t delta, uint32_t next)
{
	uint64_t time = (uint64_t)next << DELTA_BITS | delta, at = (uint64_t)p->at_ns;

	p->at_ns = (int64_t)(kind == TIME_EXTEND ? at + time : time | (at & STAMP_TOP));
}

bool trace_page_next(struct trace_page *p, int64_t *ret_ns, str *ret_record)
{
	while (p->rest.n >= sizeof(uint32_t)) {
		size_t head = sizeof(uint32_t), n;
		uint32_t delta, next = 0;
		unsigned kind;

		split_head(word_at(p->rest, 0), &kind, &delta);
		if (kind == PADDING && delta == 0)
			return end_here(p, false);
		if (kind == 0 || kind > IN_HEAD) {
			if (p->rest.n < 2 * sizeof(uint32_t))
				return end_here(p, true);
			next = word_at(p->rest, sizeof(uint32_t));
			head = 2 * sizeof(uint32_t);
		}
		/* the length in a word of its own counts that word; less than it wraps, and does not fit */
		n = kind == 0 || kind == PADDING ? next - sizeof(uint32_t)
		    : kind <= IN_HEAD            ? kind * sizeof(uint32_t)
						 : 0;
		if (n > p->rest.n - head)
			return end_here(p, true);
		if (kind == TIME_EXTEND || kind == TIME_STAMP)
			take_time(p, kind, delta, next);
		else
			p->at_ns = (int64_t)((uint64_t)p->at_ns + delta);
		*ret_record = (str){ p->rest.p + head, n };
		p->rest = str_from(p->rest, head + n);
		if (kind <= IN_HEAD) {
			*ret_ns = p->at_ns;
			return true;
		}
	}
	return end_here(p, p->rest.n > 0);
}

/* ---- formats ---- */

/*
 * How an event is printed is not for us, may be more than the library understands, and costs memory:
 * only the fields are handed over.
 */
int trace_format(struct tep_handle *tep, str text, const char *system, struct tep_event **ret)
{
	static const char print[] = "\nprint fmt: \"\"\n";
	str line, all = { text.p, 0 };
	char *copy;
	size_t n = 0;
	int r;

	/* a line without its end was cut, and the library leaks what it holds of such a line */
	str_cut_last(text, '\n', &all, NULL);
	while (str_next_line(&all, &line) && !str_starts(line, STR("print fmt:")))
		n = (size_t)(line.p + line.n - text.p);
	if (n > 1 << 16 || !(copy = malloc(n + sizeof(print))))
		return -EBADMSG;
	memcpy(copy, text.p, n);
	memcpy(copy + n, print, sizeof(print));
	r = tep_parse_format(tep, ret, copy, n + sizeof(print) - 1, system) ? -EBADMSG : 0;
	free(copy);
	return r == 0 && (!*ret || !tep_find_common_field(*ret, "common_type")) ? -EBADMSG : r;
}

static bool is_inside(str record, size_t at, size_t n)
{
	return at <= record.n && n <= record.n - at;
}

int trace_record_type(str record)
{
	uint16_t type; /* common_type is the first field of all events */

	if (record.n < sizeof(type))
		return -EBADMSG;
	memcpy(&type, record.p, sizeof(type));
	return type;
}

static int find_field(
	struct tep_event *e, str record, const char *name, const struct tep_format_field **ret)
{
	const struct tep_format_field *f = tep_find_any_field(e, name);

	if (!f)
		return -ENOENT;
	if (f->offset < 0 || f->size < 0 || !is_inside(record, (size_t)f->offset, (size_t)f->size))
		return -EBADMSG;
	*ret = f;
	return 0;
}

int trace_number(struct tep_event *e, str record, const char *field, uint64_t *ret)
{
	const struct tep_format_field *f;
	uint64_t value;
	int r = find_field(e, record, field, &f);

	if (r < 0)
		return r;
	if (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8)
		return -EBADMSG;
	value = tep_read_number(e->tep, record.p + f->offset, f->size);
	if (f->flags & TEP_FIELD_IS_SIGNED && f->size < 8 && value >> (f->size * 8 - 1))
		value |= UINT64_MAX << (f->size * 8);
	*ret = value;
	return 0;
}

int trace_text(struct tep_event *e, str record, const char *field, str *ret)
{
	const struct tep_format_field *f;
	size_t at, n;
	int r = find_field(e, record, field, &f);

	if (r < 0)
		return r;
	if (!(f->flags & TEP_FIELD_IS_STRING))
		return -ENOENT;
	at = (size_t)f->offset;
	n = (size_t)f->size;
	if (f->flags & TEP_FIELD_IS_DYNAMIC) {
		uint32_t place;

		if (f->size != sizeof(place))
			return -EBADMSG;
		place = word_at(record, at);
		at = (place & 0xffff) + (f->flags & TEP_FIELD_IS_RELATIVE ? at + n : 0);
		n = place >> 16;
	}
	if (!is_inside(record, at, n))
		return -EBADMSG;
	*ret = (str){ record.p + at, strnlen(record.p + at, n) };
	return 0;
}

/* ---- words ---- */

struct words {
	char *p;
	size_t n, size;
};

static void add(struct words *out, str s)
{
	size_t n = s.n < out->size - out->n ? s.n : out->size - out->n;

	memcpy(out->p + out->n, s.p, n);
	out->n += n;
}

static void add_bits(struct words *out, enum sub sub, uint64_t value)
{
	char name[SUB_TEXT];
	bool first = true;
	str bit;

	for (unsigned i = 0; i < 32; i++) {
		if (!(value >> i & 1))
			continue;
		add(out, first ? STR("") : STR(" "));
		str_cut(str_of(sub_format(sub, i, name)), '=', NULL, &bit);
		add(out, bit);
		first = false;
	}
	if (first)
		add(out, STR("no bit"));
}

static void add_field(struct words *out, struct tep_event *e, str record, str what)
{
	str name = what, how = STR(""), text;
	char field[64], digits[32];
	uint64_t value;
	int r;

	str_cut(what, ':', &name, &how);
	snprintf(field, sizeof(field), "%.*s", STR_ARG(name));
	r = trace_text(e, record, field, &text);
	if (r == 0) {
		add(out, text);
	} else if (r != -ENOENT || trace_number(e, record, field, &value) < 0) {
		add(out, STR("?"));
	} else if (str_is(how, "cor") || str_is(how, "uncor")) {
		add_bits(out, str_is(how, "cor") ? BY_COR_BIT : BY_UNCOR_BIT, value);
	} else {
		snprintf(digits, sizeof(digits), str_is(how, "hex") ? "0x%" PRIx64 : "%" PRIi64,
			value);
		add(out, str_of(digits));
	}
}

size_t trace_say(struct tep_event *e, str record, const char *template, char *out, size_t size)
{
	struct words words = { out, 0, size };
	str rest = str_of(template), plain, field;

	while (str_cut(rest, '{', &plain, &rest)) {
		add(&words, plain);
		if (!str_cut(rest, '}', &field, &rest))
			break;
		add_field(&words, e, record, field);
	}
	add(&words, rest);
	return words.n;
}
