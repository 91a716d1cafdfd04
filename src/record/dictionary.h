/* The names that packets bring, and the events, put into the tables of a store. */
#pragma once

#include "record/packet.h"
#include "record/statement.h"

/* Within a transaction: everything in these packets but their frames. 0 or -errno. */
int dictionary_store(
	struct statements *k, str packets, int64_t era, int64_t segment, struct arena *scratch);
