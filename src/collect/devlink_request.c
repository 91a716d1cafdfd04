/* Questions to the family devlink of generic netlink. */
#include "collect/devlink_request.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>

const char devlink_absent[] = "the kernel has no devlink, or its module is not loaded";

static void put(struct devlink_request *r, uint16_t type, const void *value, size_t n, size_t zeros)
{
	const struct nlattr header = { (uint16_t)(sizeof(header) + n + zeros), type };
	size_t whole = NLMSG_ALIGN((size_t)header.nla_len);

	if (whole > sizeof(r->bytes) - r->n)
		return;
	memcpy(r->bytes + r->n, &header, sizeof(header));
	memcpy(r->bytes + r->n + sizeof(header), value, n);
	r->n += whole; /* what is between is zero already */
}

static void put_text(struct devlink_request *r, uint16_t type, str text)
{
	put(r, type, text.p, text.n, 1);
}

static void begin(struct devlink_request *r, uint8_t command, unsigned flags)
{
	const struct nlmsghdr header = { .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) };
	const struct genlmsghdr about = { .cmd = command, .version = DEVLINK_GENL_VERSION };

	*r = (struct devlink_request){ .n = NLMSG_HDRLEN + GENL_HDRLEN };
	memcpy(r->bytes, &header, sizeof(header));
	memcpy(r->bytes + NLMSG_HDRLEN, &about, sizeof(about));
}

static void end(struct devlink_request *r)
{
	uint32_t length = (uint32_t)r->n;

	memcpy(r->bytes + offsetof(struct nlmsghdr, nlmsg_len), &length, sizeof(length));
	r->question = (struct host_question){ .key = r->key,
		.protocol = NETLINK_GENERIC,
		.request = r->bytes,
		.request_size = r->n,
		.family = DEVLINK_GENL_NAME };
}

void devlink_dump(struct devlink_request *r, uint8_t command, const char *key)
{
	begin(r, command, NLM_F_DUMP);
	snprintf(r->key, sizeof(r->key), "%s", key);
	end(r);
}

void devlink_question(struct devlink_request *r, uint8_t command, const struct devlink_handle *h,
	str reporter, bool dumped, const char *about)
{
	begin(r, command, dumped ? NLM_F_DUMP : NLM_F_ACK);
	put_text(r, DEVLINK_ATTR_BUS_NAME, h->bus);
	put_text(r, DEVLINK_ATTR_DEV_NAME, h->device);
	if (h->port != DEVLINK_OF_DEVICE)
		put(r, DEVLINK_ATTR_PORT_INDEX, &h->port, sizeof(h->port), 0);
	if (reporter.n)
		put_text(r, DEVLINK_ATTR_HEALTH_REPORTER_NAME, reporter);
	/* no part of a path is a name alone: one may be ".." */
	snprintf(r->key, sizeof(r->key), "devlink/%.*s,%.*s%s%.*s/%s", STR_ARG(h->bus),
		STR_ARG(h->device), reporter.n ? "," : "", STR_ARG(reporter), about);
	end(r);
}
