/* Tails written, and read with all that shows whether they are what was written. */
#include "record/tail.h"

#include <errno.h>

#include "base/names.h"

enum { MOST_BYTES = 256 << 20 /* of one segment */ };

static int64_t sum_of(str packets)
{
	return (int64_t)hash_bytes(packets.p, packets.n);
}

int tail_write(struct statements *k, int64_t segment, str packets)
{
	return statements_run(k, "INSERT INTO tail (segment, sum, data) VALUES (?, ?, ?)", "iib",
		segment, sum_of(packets), packets);
}

int tails_open(sqlite3 *db, int64_t segment, struct tails *ret)
{
	int r;

	*ret = (struct tails){ 0 };
	r = statement_open(
		db, "SELECT id, sum, data FROM tail WHERE segment = ? ORDER BY id", &ret->rows);
	return r == 0 ? statement_bind(&ret->rows, "i", segment) : r;
}

void tails_close(struct tails *t)
{
	statement_close(&t->rows);
}

int tails_next(struct tails *t, str *ret)
{
	int64_t id;
	str packets;
	int r = t->broken ? -EBADMSG : statement_next(&t->rows);

	if (r != 1)
		return r;
	id = statement_int(&t->rows, 0);
	packets = statement_text(&t->rows, 2);
	/* they were inserted one after the other: a gap is a tail that was lost */
	t->broken = (t->next && id != t->next) || sum_of(packets) != statement_int(&t->rows, 1) ||
		    packets.n > MOST_BYTES - t->bytes;
	if (t->broken)
		return -EBADMSG;
	t->next = id + 1;
	t->bytes += packets.n;
	*ret = packets;
	return 1;
}
