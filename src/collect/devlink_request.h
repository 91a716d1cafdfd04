/* Questions to the family devlink of generic netlink. */
#pragma once

#include "collect/genl.h"
#include "host/host.h"
#include "model/devlink.h"

/* A request and its question; the key is that of the exchange in a tree. */
struct devlink_request {
	struct genl_request request;
	char key[192];
	struct host_question question;
};

void devlink_dump(struct devlink_request *r, uint8_t command, const char *key); /* of all */

/*
 * About one device, or one reporter of it (an empty name: none). `dumped`: the kernel answers this command as
 * a dump, although it is about one thing.
 */
void devlink_question(struct devlink_request *r, uint8_t command, const struct devlink_handle *h,
	str reporter, bool dumped, const char *about);

/* Why there is nothing to ask. */
extern const char devlink_absent[];
