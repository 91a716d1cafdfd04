/* What rtnetlink says of interfaces, against what it said before: what changed. */
#pragma once

#include "listen/notice.h"

enum link_row {
	CARRIER_LOST,
	CARRIER_GAINED,
	ADMIN_DOWN,
	ADMIN_UP,
	LINK_RENAMED,
	LINK_APPEARED,
	LINK_GONE,
	LINK_OPERSTATE,
	LINK_MTU,
	LINKS_LOST,
	LINK_ROWS,
};

enum { LINKS_MOST = 8192, LINK_NAME = 16 };

struct link {
	uint32_t index, flags, mtu, up_count, down_count;
	bool has_counts, carrier, seen; /* seen: since links_begin() */
	uint8_t operstate;
	char name[LINK_NAME];
};

/* Those of one namespace, by number. */
struct links {
	struct link *items; /* own_grow() */
	uint32_t n, cap;
};
void links_close(struct links *known);

/*
 * Messages, one behind the other, as they were heard or as a dump has them. What they say is kept;
 * out = NULL: nothing is told, they are what there is to begin with. 0, or -EBADMSG where something
 * was not understood: the rest stands.
 */
int links_parse(struct links *known, str messages, struct notices *out);

/* Around a whole dump: what it does not have is gone. */
void links_begin(struct links *known);
void links_end(struct links *known, struct notices *out);
