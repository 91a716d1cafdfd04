/* Counters that no table knows. */
#include "collect/other.h"

#include <errno.h>
#include <stdio.h>

#include "model/catalog.h"

enum { SIGNAL_NAME = 320 };

static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
}

static uint16_t own_signal(
	struct emit *out, const char *prefix, str name, const struct signal *like)
{
	char full[SIGNAL_NAME];
	size_t n = (size_t)snprintf(full, sizeof(full), "%s.", prefix);

	for (size_t i = 0; i < name.n && n < sizeof(full); i++)
		full[n++] = plain(name.p[i]);
	return catalog_own(&out->session->catalog, (str){ full, n }, like);
}

void emit_other_sub(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, unsigned sub, int64_t value)
{
	uint16_t signal = own_signal(out, prefix, name, like);

	if (signal != SIGNAL_NONE)
		emit_signal(out, signal, who, sub, value);
}

void emit_other(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, int64_t value)
{
	emit_other_sub(out, prefix, name, like, who, 0, value);
}

void emit_other_text(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, str value)
{
	uint16_t signal = value.n ? own_signal(out, prefix, name, like) : SIGNAL_NONE;
	uint32_t text;

	if (signal == SIGNAL_NONE)
		return;
	if (value.n > TEXT_BYTES)
		value.n = TEXT_BYTES;
	text = names_add(&out->session->texts, value);
	if (text != NAMES_NONE)
		emit_signal(out, signal, who, 0, text);
}

int parse_other(struct emit *out, const char *prefix, str name, const struct signal *like, str from)
{
	uint64_t value;

	if (str_u64(str_trim(from), &value) < 0)
		return -EBADMSG;
	emit_other(out, prefix, name, like, out->who, (int64_t)value);
	return 0;
}
