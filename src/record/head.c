/* Reading the head of a segment. */
#include "record/head.h"

#include "record/statement.h"

enum { MOST_BYTES = 256 << 20 };

int head_read(
	sqlite3 *db, struct squeezer *z, int64_t segment, struct pack *out, uint64_t *ret_changed)
{
	struct statement s;
	int r = statement_open(db, "SELECT head, n_changed FROM segment WHERE id = ?", &s);

	if (r == 0)
		r = statement_bind(&s, "i", segment);
	if (r == 0)
		r = statement_next(&s);
	if (r == 1) {
		*ret_changed = (uint64_t)statement_int(&s, 1);
		r = unsqueeze(z, statement_text(&s, 0), MOST_BYTES, out);
		r = r < 0 ? r : 1;
	}
	statement_close(&s);
	return r;
}
