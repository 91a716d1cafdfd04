/* Tables with a column for each CPU. */
#include "collect/columns.h"

#include <errno.h>

int cpu_columns_parse(str header, struct cpu_columns *ret)
{
	unsigned n = 0;
	uint64_t cpu;
	str word;

	ret->n = ret->cells = 0;
	while (str_next_word(&header, &word)) {
		if (n == COLUMNS_MOST_CPUS || str_numbered(word, STR("CPU"), &cpu) < 0 ||
			cpu >= COLUMNS_MOST_CPUS)
			return -EBADMSG;
		ret->cpu[n++] = (uint16_t)cpu;
		if (cpu >= ret->cells)
			ret->cells = (unsigned)cpu + 1;
	}
	ret->n = n;
	return n ? 0 : -EBADMSG;
}

/*
 * Blanks, then at most eight digits, in one word and without a branch on how many: on a table of
 * 200,000 cells the wrong guesses alone would cost more than the rest. False where the text is
 * anything else.
 */
static bool read_eight(const char *p, uint64_t *ret)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t x, digit, is_digit, pairs;

	memcpy(&x, p, sizeof(x));
	x ^= each * ' '; /* a blank is now 0, a digit 0x10 to 0x19 */
	digit = x & each * 0x0f;
	is_digit = x >> 4 & each;
	if ((x & each * 0xe0) | ((digit + each * 6) & each * 0x10) | (digit & ~(is_digit * 0x0f)) |
		((is_digit & ~(is_digit >> 8)) ^ UINT64_C(1) << 56))
		return false; /* not a digit; over 9; not a blank; a blank behind a digit */
	pairs = digit * 10 + (digit >> 8);
	*ret = ((pairs & UINT64_C(0xff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
		       (pairs >> 16 & UINT64_C(0xff000000ff)) * (1 + (UINT64_C(10000) << 32))) >>
	       32;
	return true;
}

/*
 * A cell as " %10u" prints it, of at most eight digits: the shape of /proc/interrupts and
 * /proc/softirqs. False where the text is anything else, also where it is a longer number:
 * str_next_u64() reads all of them. (It takes no str: two words that are written one by one and
 * copied as a pair cost more than all else here.)
 */
enum { CELL_BYTES = 11 };
static bool read_cell(const char *p, const char *end, uint64_t *ret)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && end - p > CELL_BYTES && p[0] == ' ' &&
	       p[1] == ' ' && p[2] == ' ' && (p[CELL_BYTES] == ' ' || p[CELL_BYTES] == '\n') &&
	       read_eight(p + 3, ret);
}

/* A damaged number costs its own cell; where no number stands the counts are over. */
static bool skip_damage(str *rest)
{
	str after = *rest, word;

	if (!str_next_word(&after, &word) || word.p[0] < '0' || word.p[0] > '9')
		return false;
	*rest = after;
	return true;
}

/* This loop sees each of a big host's 200,000 cells: nothing may be added to it lightly. */
int cpu_columns_emit(
	struct emit *out, struct block *b, const struct cpu_columns *columns, str *rest)
{
	const char *p = rest->p, *end = rest->p + rest->n;
	uint64_t count;
	int r = 0;

	for (unsigned i = 0; i < columns->n; i++) {
		if (read_cell(p, end, &count)) {
			emit_cell(out, b, columns->cpu[i], (int64_t)count);
			p += CELL_BYTES;
			continue;
		}
		*rest = (str){ p, (size_t)(end - p) };
		if (str_next_u64(rest, &count) == 0) {
			emit_cell(out, b, columns->cpu[i], (int64_t)count);
		} else {
			r = -EBADMSG;
			if (!skip_damage(rest)) {
				p = end; /* what stands there is neither a count nor surely the text
					  */
				break;
			}
		}
		p = rest->p;
	}
	*rest = (str){ p, (size_t)(end - p) };
	return r;
}

int cpu_table_parse(struct emit *out, str from,
	int (*parse_line)(struct emit *, const struct cpu_columns *, str line))
{
	struct cpu_columns columns;
	str line;
	int r;

	if (!str_next_line(&from, &line))
		return 0;
	r = cpu_columns_parse(line, &columns);
	while (columns.n && str_next_line(&from, &line))
		if (parse_line(out, &columns, line) < 0)
			r = -EBADMSG;
	return r;
}
