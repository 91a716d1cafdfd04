/* Patience with devices: who refuses twice is asked less and less often. */
#include "collect/patience.h"

#include <errno.h>

static const int64_t first_wait_ns = 60 * SECOND_NS;

/* What was answered and not understood, or was too much, is none. */
static bool is_refusal(int error)
{
	return error < 0 && error != -EBADMSG && error != -E2BIG;
}

bool patience_is_due(const struct patience *p, int64_t now_ns)
{
	return now_ns >= p->next_ns;
}

void patience_note(struct patience *p, int error, int64_t now_ns, int64_t longest_ns)
{
	bool again = is_refusal(p->error);

	p->error = error;
	if (!is_refusal(error)) {
		p->wait_ns = p->next_ns = 0;
	} else if (again) {
		p->wait_ns = p->wait_ns ? p->wait_ns * 2 : first_wait_ns;
		p->wait_ns = p->wait_ns < longest_ns ? p->wait_ns : longest_ns;
		p->next_ns = now_ns + p->wait_ns;
	}
}
