/* Writing rows. */
#include "collect/emit.h"

#include "base/names.h"

void emit_signal(struct emit *out, uint16_t sig, uint32_t who, unsigned sub, int64_t value)
{
	emit_cell(out, ledger_block(&out->session->ledger, out->owner, who, sig, sub + 1), sub,
		value);
}

/* A table that did not fit into the catalog has no numbers: its rows must not get those of another.
 */
static uint16_t signal_of(const struct emit *out, unsigned row)
{
	return out->first_signal == SIGNAL_NONE ? SIGNAL_NONE : (uint16_t)(out->first_signal + row);
}

void emit_at(struct emit *out, unsigned row, uint32_t who, unsigned sub, int64_t value)
{
	emit_signal(out, signal_of(out, row), who, sub, value);
}

void emit(struct emit *out, unsigned row, int64_t value)
{
	emit_at(out, row, out->who, 0, value);
}

struct block *emit_block(struct emit *out, unsigned row, uint32_t who, unsigned cells)
{
	return ledger_block(&out->session->ledger, out->owner, who, signal_of(out, row), cells);
}

void emit_text_at(struct emit *out, unsigned row, uint32_t who, unsigned sub, str value)
{
	struct names *texts = &out->session->texts;
	struct block *b;
	uint32_t id;

	if (value.n == 0)
		return; /* an empty file is no fact: the runner says so, unless the text may be
			   silent */
	b = emit_block(out, row, who, sub + 1);
	if (!b)
		return;
	if (value.n > TEXT_BYTES)
		value.n = TEXT_BYTES;
	/* mostly it is what it was, and then there is nothing to look up */
	id = (uint32_t)b->values[sub];
	if (!str_eq(names_get(texts, id), value))
		id = names_add(texts, value);
	if (id != NAMES_NONE)
		emit_cell(out, b, sub, id);
}

void emit_text(struct emit *out, unsigned row, uint32_t who, str value)
{
	emit_text_at(out, row, who, 0, value);
}

uint16_t emit_own_signal(struct emit *out, str name, unsigned like_row)
{
	return catalog_own(&out->session->catalog, name, &out->signals[like_row]);
}

uint32_t emit_entity(struct emit *out, enum scope scope, str name)
{
	return entity_add(&out->session->entities, scope, out->ns, name);
}

uint32_t emit_global_entity(struct emit *out, enum scope scope, str name)
{
	return entity_add(&out->session->entities, scope, "", name);
}

uint32_t emit_numbered(struct emit *out, enum scope scope, uint64_t number)
{
	char digits[STR_DIGITS];

	return emit_global_entity(out, scope, str_of_u64(number, digits));
}

void emit_relation(struct emit *out, uint32_t a, enum via via, uint32_t b)
{
	struct session *s = out->session;

	out->cells++;
	if (relation_say(&s->relations, a, via, b, out->owner, s->ledger.tick, out->at_ns))
		frame_change(out->frame,
			(struct relation_change){ a, b, (uint8_t)via, false, out->at_ns });
}

/* Most keys are one word and most comparisons fail at its first letter. */
static bool is_key_of(const char *keys, str key)
{
	while (keys && key.n) {
		/* a key of ours has no NUL; what the kernel's text holds may */
		if (*keys == key.p[0] && strnlen(keys, key.n) == key.n &&
			memcmp(keys, key.p, key.n) == 0 &&
			(keys[key.n] == '\0' || keys[key.n] == '|'))
			return true;
		keys = strchr(keys, '|');
		if (keys)
			keys++;
	}
	return false;
}

static unsigned key_bit(str key)
{
	const unsigned char *p = (const unsigned char *)key.p;
	uint64_t some = key.n;

	for (unsigned i = 0; i < 4; i++)
		some = some << 8 | p[key.n * i / 4];
	return (unsigned)(hash_mix(some << 8 | p[key.n - 1]) % KEY_BITS);
}

void key_filter_add(struct key_filter *filter, const char *keys)
{
	str key, rest = str_of(keys ? keys : "");

	while (rest.n) {
		if (!str_cut(rest, '|', &key, &rest)) {
			key = rest;
			rest.n = 0;
		}
		if (key.n)
			filter->bits[key_bit(key) / 64] |= UINT64_C(1) << key_bit(key) % 64;
	}
}

static bool may_be_key(const struct emit *out, str key)
{
	return key.n &&
	       (!out->filter || out->filter->bits[key_bit(key) / 64] >> key_bit(key) % 64 & 1);
}

/*
 * Kernel files keep the order of their lines, and so do our tables: the next row is likeliest. Of what no table has,
 * which is most of /proc/vmstat, not all rows are asked.
 */
int emit_row_of(const struct emit *out, str key, unsigned *hint)
{
	size_t row = *hint;

	if (!may_be_key(out, key))
		return -1;
	for (size_t i = 0; i < out->n_signals; i++, row++) {
		if (row >= out->n_signals)
			row = 0;
		if (is_key_of(out->signals[row].key, key)) {
			*hint = (unsigned)row + 1;
			return (int)row;
		}
	}
	return -1;
}
