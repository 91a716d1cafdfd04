/* Questions to the family devlink of generic netlink. */
#include "collect/devlink_request.h"

#include <stdio.h>

const char devlink_absent[] = "the kernel has no devlink, or its module is not loaded";

static void put_text(struct devlink_request *r, uint16_t type, str text)
{
	char name[GENL_ROOM] = { 0 };

	if (text.n >= sizeof(name))
		return;
	memcpy(name, text.p, text.n);
	genl_put(&r->request, type, name, text.n + 1);
}

static void end(struct devlink_request *r)
{
	r->question = (struct host_question){ .key = r->key,
		.protocol = NETLINK_GENERIC,
		.request = &r->request,
		.request_size = r->request.header.nlmsg_len,
		.family = DEVLINK_GENL_NAME };
}

void devlink_dump(struct devlink_request *r, uint8_t command, const char *key)
{
	genl_begin(&r->request, command, true);
	snprintf(r->key, sizeof(r->key), "%s", key);
	end(r);
}

void devlink_question(struct devlink_request *r, uint8_t command, const struct devlink_handle *h,
	str reporter, bool dumped, const char *about)
{
	genl_begin(&r->request, command, dumped);
	put_text(r, DEVLINK_ATTR_BUS_NAME, h->bus);
	put_text(r, DEVLINK_ATTR_DEV_NAME, h->device);
	if (h->port != DEVLINK_OF_DEVICE)
		genl_put(&r->request, DEVLINK_ATTR_PORT_INDEX, &h->port, sizeof(h->port));
	if (reporter.n)
		put_text(r, DEVLINK_ATTR_HEALTH_REPORTER_NAME, reporter);
	/* no part of a path is a name alone: one may be ".." */
	snprintf(r->key, sizeof(r->key), "devlink/%.*s,%.*s%s%.*s/%s", STR_ARG(h->bus),
		STR_ARG(h->device), reporter.n ? "," : "", STR_ARG(reporter), about);
	end(r);
}
