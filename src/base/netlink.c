/* Walking the bytes of a netlink reply: every length is checked against what is there. */
#include "base/netlink.h"

#include <errno.h>

int message_next(str *rest, struct nlmsghdr *ret_header, str *ret_payload)
{
	struct nlmsghdr header;

	if (rest->n == 0)
		return 0;
	if (rest->n < sizeof(header))
		return -EBADMSG;
	memcpy(&header, rest->p, sizeof(header));
	if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > rest->n)
		return -EBADMSG;
	if (header.nlmsg_type == NLMSG_DONE)
		return 0;
	*ret_header = header;
	*ret_payload = (str){ rest->p + sizeof(header), header.nlmsg_len - sizeof(header) };
	*rest = str_from(*rest, NLMSG_ALIGN((size_t)header.nlmsg_len));
	return 1;
}

bool attribute_next(str *rest, struct attribute *ret)
{
	struct nlattr header;

	if (rest->n < sizeof(header))
		return false;
	memcpy(&header, rest->p, sizeof(header));
	if (header.nla_len < sizeof(header) || header.nla_len > rest->n)
		return false;
	ret->type = header.nla_type & (uint16_t)NLA_TYPE_MASK;
	ret->value = (str){ rest->p + sizeof(header), header.nla_len - sizeof(header) };
	*rest = str_from(*rest, NLMSG_ALIGN((size_t)header.nla_len));
	return true;
}

bool attributes_sort(str from, str *ret, unsigned n)
{
	struct attribute attribute;

	while (attribute_next(&from, &attribute))
		if (attribute.type < n)
			ret[attribute.type] = attribute.value;
	return from.n == 0;
}

int attribute_u8(str value, int64_t *ret)
{
	if (value.n != 1)
		return -EBADMSG;
	*ret = (unsigned char)value.p[0];
	return 0;
}

int attribute_u32(str value, int64_t *ret)
{
	uint32_t number;

	if (value.n != sizeof(number))
		return -EBADMSG;
	memcpy(&number, value.p, sizeof(number));
	*ret = number;
	return 0;
}

str attribute_text(str value)
{
	const char *end = value.n ? memchr(value.p, '\0', value.n) : NULL;

	return end ? (str){ value.p, (size_t)(end - value.p) } : value;
}
