/* Walking the bytes of netlink, asked for or heard: messages, and the attributes in them. */
#pragma once

#include <linux/netlink.h>

#include "base/str.h"

/*
 * Cut the next message off *rest. 1; 0 at the end of the dump (NLMSG_DONE, or no bytes left);
 * -EBADMSG when what is left is not a message: the reply was cut short, or lies about a length.
 * Nothing is copied and nothing needs to be aligned: a reply may come from a file.
 */
int message_next(str *rest, struct nlmsghdr *ret_header, str *ret_payload);

/*
 * The next attribute. False at the end, or where the lengths do not add up: *rest is empty only in
 * the first case.
 */
struct attribute {
	unsigned type;
	str value;
};
bool attribute_next(str *rest, struct attribute *ret);

/*
 * Attributes by number, the last of each kind; those from `n` on are left out. False when they do
 * not add up.
 */
bool attributes_sort(str from, str *ret, unsigned n);

/* Values. 0, or -EBADMSG when the size is another one. */
int attribute_u8(str value, int64_t *ret);
int attribute_u32(str value, int64_t *ret);
str attribute_text(str value); /* without the NUL */
