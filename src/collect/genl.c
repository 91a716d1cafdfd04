/* Requests to families of generic netlink, and walking their replies. */
#include "collect/genl.h"

#include <errno.h>

/* The kernel's macros for these are of type int. */
enum { HEAD = sizeof(struct nlattr), HEADS = sizeof(struct nlmsghdr) + sizeof(struct genlmsghdr) };

static size_t padded(size_t size)
{
	return (size + NLA_ALIGNTO - 1) / NLA_ALIGNTO * NLA_ALIGNTO;
}

void genl_begin(struct genl_request *ret, uint8_t command, bool dump)
{
	*ret = (struct genl_request){
		.header = { .nlmsg_len = HEADS,
			.nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK) },
		.command = { .cmd = command, .version = 1 },
	};
}

size_t genl_size(const struct genl_request *request)
{
	return request->header.nlmsg_len - HEADS;
}

void genl_put(struct genl_request *request, uint16_t type, const void *value, size_t size)
{
	struct nlattr header = { .nla_len = (uint16_t)(HEAD + size), .nla_type = type };
	size_t at = genl_size(request);

	if (at + HEAD + padded(size) > sizeof(request->attributes))
		return;
	memcpy(request->attributes + at, &header, sizeof(header));
	memcpy(request->attributes + at + HEAD, value, size);
	request->header.nlmsg_len += (uint32_t)(HEAD + padded(size));
}

bool genl_next(struct genl_reply *reply, uint8_t command, str *ret_attributes)
{
	struct nlmsghdr header;
	struct genlmsghdr head;
	str payload;
	int r;

	while ((r = message_next(&reply->rest, &header, &payload)) > 0) {
		if (header.nlmsg_type < NLMSG_MIN_TYPE) {
			reply->ended |= header.nlmsg_type == NLMSG_ERROR;
			continue;
		}
		if (payload.n < sizeof(head)) {
			reply->error = -EBADMSG;
			continue;
		}
		memcpy(&head, payload.p, sizeof(head));
		if (head.cmd != command)
			continue;
		*ret_attributes = str_from(payload, padded(sizeof(head)));
		return true;
	}
	if (r < 0)
		reply->error = r;
	reply->ended |= reply->rest.n > 0; /* what follows the last message is NLMSG_DONE */
	return false;
}

int genl_result(const struct genl_reply *reply)
{
	return reply->error ? reply->error : reply->ended ? 0 : -EBADMSG;
}

int genl_number(str value, int64_t *ret)
{
	unsigned char one;
	uint16_t two;
	uint32_t four;

	if (value.n == sizeof(one)) {
		*ret = (unsigned char)value.p[0];
	} else if (value.n == sizeof(two)) {
		memcpy(&two, value.p, sizeof(two));
		*ret = two;
	} else if (value.n == sizeof(four)) {
		memcpy(&four, value.p, sizeof(four));
		*ret = four;
	} else if (value.n == sizeof(*ret)) {
		memcpy(ret, value.p, sizeof(*ret));
	} else {
		return -EBADMSG;
	}
	return 0;
}
