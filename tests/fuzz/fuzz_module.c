/*
 * The fuzz target of the pages of transceivers: the identity, and behind it each part that is asked for
 * then, in its order; the last byte says by how much the last of them is cut.
 */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "collect/module_page.h"
#include "fuzz.h"

static void check(const struct module *m)
{
	MUST(m->lanes <= MODULE_LANES_MOST);
	MUST(!m->layout == !m->form);
	for (unsigned i = 0; i < MODULE_QUANTITIES; i++) {
		MUST(!m->seen[i] || (m->layout && m->measures[i]));
		MUST(module_lanes(m, i) <= MODULE_LANES_MOST);
		for (unsigned lane = 0; lane < MODULE_LANES_MOST; lane++) {
			MUST(m->values[i][lane] >= -12800 && m->values[i][lane] <= 655350);
			MUST(m->values[i][lane] == 0 || lane < module_lanes(m, i));
		}
		MUST(!m->limits[i].known || m->limits[i].high_alarm > m->limits[i].low_alarm);
	}
}

/* Memory of its own, that ends where the part ends. */
static void take(struct module *m, unsigned part, str *rest, unsigned cut)
{
	const struct module_place place = module_place(m, part);
	size_t n = place.length < rest->n ? place.length : rest->n;
	size_t given = n == rest->n && cut < n ? n - cut : n;
	OWN_MEMORY char *copy = own_alloc(given ? given : 1, 1);
	int r;

	if (!place.length)
		return;
	if (given)
		memcpy(copy, rest->p, given);
	r = module_take(m, part, (str){ copy, given });
	MUST(r == 0 || r == -EBADMSG || (part == MODULE_IDENTITY && r == -ENXIO));
	MUST(r < 0 || given == place.length);
	*rest = str_from(*rest, n);
	check(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str rest = { (const char *)data, size };
	struct module m = { 0 };
	unsigned cut = size ? data[size - 1] % 4 : 0;

	for (unsigned part = 0; part < MODULE_PARTS; part++)
		take(&m, part, &rest, cut);
	return 0;
}

/* One of each standard: what is in the pages counts less than that they are asked for. */
int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	static const uint8_t identifiers[] = { 0x03, 0x11, 0x18, 0x42, 0x00 };
	char path[600];

	(void)n_trees;
	(void)trees;
	for (unsigned i = 0; i < sizeof(identifiers); i++) {
		uint8_t bytes[512] = { identifiers[i] };
		OWN_FILE file = NULL;

		if (identifiers[i] == 0x03)
			bytes[3] = 0x60;
		memset(bytes + 4, 0x11, 508 - 4);
		if (identifiers[i] == 0x18) { /* the sums of pages 01h and 02h */
			bytes[3 + 127] = (uint8_t)(0x11 * 125);
			bytes[3 + 255] = (uint8_t)(0x11 * 127);
		}
		snprintf(path, sizeof(path), "%.500s/module-%02x", out, identifiers[i]);
		file = fopen(path, "we");
		if (!file || fwrite(bytes, 1, sizeof(bytes), file) != sizeof(bytes))
			return -1;
	}
	return 0;
}
