/* How often the connection manager of RDMA had to say a thing twice, from cm_tx_retries and cm_rx_duplicates. */
#include <errno.h>

#include "collect/run.h"

/* drivers/infiniband/core/cm.c: counter_attrs[], the same names in both directories */
enum { KINDS_OF_MESSAGE = 11 };
/* clang-format off */
#define MESSAGE(key, what) \
	{ "rdma.cm.retries." key,    key, COUNTER, ONE, RDMA, NONE, FREE, what " sent again: the other end did not answer in time" }
#define DUPLICATE(key, what) \
	{ "rdma.cm.duplicates." key, key, COUNTER, ONE, RDMA, NONE, FREE, what " received again: the other end did not get our answer in time" }
#define MESSAGES(of) \
	of("req", "connection requests"), of("mra", "requests for patience"), of("rej", "refusals"), \
	of("rep", "answers to connection requests"), of("rtu", "readiness messages"), \
	of("dreq", "requests to disconnect"), of("drep", "answers to requests to disconnect"), \
	of("sidr_req", "service lookups"), of("sidr_rep", "answers to service lookups"), \
	of("lap", "requests for another path"), of("apr", "answers to requests for another path")

static const struct signal signals[] = { MESSAGES(MESSAGE), MESSAGES(DUPLICATE) };
/* clang-format on */
_Static_assert(sizeof(signals) / sizeof(*signals) == 2 * KINDS_OF_MESSAGE, "two of each");

#define NO_CM                                                                                      \
	"no RDMA device with connections of the kernel's manager (iWARP has its own), or ib_cm is not loaded"

enum { TEXT_RETRIES, TEXT_DUPLICATES };
static const struct text_source texts[] = {
	[TEXT_RETRIES] = { .path = "sys/class/infiniband/*/ports/*/cm_tx_retries/*",
		.who = "rdma:%1/%2",
		.may_be_silent = true,
		.absent = NO_CM },
	[TEXT_DUPLICATES] = { .path = "sys/class/infiniband/*/ports/*/cm_rx_duplicates/*",
		.who = "rdma:%1/%2",
		.may_be_silent = true,
		.absent = NO_CM },
};

/* Messages that nobody knows are left out: which of them matter is not known either. */
static int parse(struct emit *out, unsigned text, str from)
{
	unsigned first = text == TEXT_RETRIES ? 0 : KINDS_OF_MESSAGE;
	uint64_t count;

	for (unsigned i = first; i < first + KINDS_OF_MESSAGE; i++) {
		if (!str_is(out->leaf, signals[i].key))
			continue;
		if (str_u64(str_trim(from), &count) < 0)
			return -EBADMSG;
		emit(out, i, (int64_t)count);
	}
	return 0;
}

const struct collector infiniband_cm_collector = {
	.name = "infiniband_cm",
	.about = "connections of RDMA that took more than one try",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
