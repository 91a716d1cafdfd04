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

void emit_other(struct emit *out, const char *prefix, str name, const struct signal *like,
	uint32_t who, int64_t value)
{
	char full[SIGNAL_NAME];
	size_t n = (size_t)snprintf(full, sizeof(full), "%s.", prefix);
	uint16_t signal;

	for (size_t i = 0; i < name.n && n < sizeof(full); i++)
		full[n++] = plain(name.p[i]);
	signal = catalog_own(&out->session->catalog, (str){ full, n }, like);
	if (signal != SIGNAL_NONE)
		emit_signal(out, signal, who, 0, value);
}

int parse_other(struct emit *out, const char *prefix, str name, const struct signal *like, str from)
{
	uint64_t value;

	if (str_u64(str_trim(from), &value) < 0)
		return -EBADMSG;
	emit_other(out, prefix, name, like, out->who, (int64_t)value);
	return 0;
}
