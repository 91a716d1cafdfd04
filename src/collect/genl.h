/* Requests to families of generic netlink, and walking their replies. */
#pragma once

#include <linux/genetlink.h>

#include "base/netlink.h"

enum { GENL_ROOM = 236 }; /* with its heads, the longest request that the door takes */

/* Command and attributes behind a header; the door fills in the family. */
struct genl_request {
	struct nlmsghdr header;
	struct genlmsghdr command;
	char attributes[GENL_ROOM];
};
void genl_begin(struct genl_request *ret, uint8_t command, bool dump);
/* Appends one; a nest is a value that was made the same way. What does not fit is left out. */
void genl_put(struct genl_request *request, uint16_t type, const void *value, size_t size);
size_t genl_size(const struct genl_request *request); /* of its attributes */

/* A reply: all its messages up to the one that ends it. */
struct genl_reply {
	str rest;
	bool ended;
	int error;
};
bool genl_next(struct genl_reply *reply, uint8_t command, str *ret_attributes);
int genl_result(
	const struct genl_reply *reply); /* 0, or -EBADMSG: it was cut, or lies about a length */

/* A number of 1, 2, 4 or 8 bytes: newer attributes take as many as they need. 0 or -EBADMSG. */
int genl_number(str value, int64_t *ret);
