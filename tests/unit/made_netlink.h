/* Replies of netlink that tests make: messages with attributes, nests in them, and an end. */
#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>

struct made_reply {
	char p[8 << 20];
	size_t n, message, nests[8];
	unsigned depth;
};

__attribute__((unused)) static void made_bytes(struct made_reply *r, const void *bytes, size_t n)
{
	assert_true(r->n + n + 4 < sizeof(r->p));
	memcpy(r->p + r->n, bytes, n);
	memset(r->p + r->n + n, 0, 4);
	r->n += (n + 3) / 4 * 4;
}

__attribute__((unused)) static void made_begin(
	struct made_reply *r, uint16_t type, const void *head, size_t n)
{
	const struct nlmsghdr header = { .nlmsg_type = type };

	r->message = r->n;
	made_bytes(r, &header, sizeof(header));
	made_bytes(r, head, n);
}

__attribute__((unused)) static void made_genl(struct made_reply *r, uint8_t command)
{
	const struct genlmsghdr head = { .cmd = command, .version = 1 };

	made_begin(r, 0x1c, &head, sizeof(head));
}

__attribute__((unused)) static void made_end(struct made_reply *r)
{
	const uint32_t n = (uint32_t)(r->n - r->message);

	memcpy(r->p + r->message, &n, sizeof(n));
}

__attribute__((unused)) static void made_put(
	struct made_reply *r, uint16_t type, const void *value, size_t n)
{
	const struct nlattr header = { (uint16_t)(sizeof(header) + n), type };

	made_bytes(r, &header, sizeof(header));
	made_bytes(r, value, n);
}

__attribute__((unused)) static void made_u8(struct made_reply *r, uint16_t type, uint8_t value)
{
	made_put(r, type, &value, sizeof(value));
}

__attribute__((unused)) static void made_u32(struct made_reply *r, uint16_t type, uint32_t value)
{
	made_put(r, type, &value, sizeof(value));
}

__attribute__((unused)) static void made_u64(struct made_reply *r, uint16_t type, uint64_t value)
{
	made_put(r, type, &value, sizeof(value));
}

__attribute__((unused)) static void made_text(
	struct made_reply *r, uint16_t type, const char *value)
{
	made_put(r, type, value, strlen(value) + 1);
}

__attribute__((unused)) static void made_nest(struct made_reply *r, uint16_t type)
{
	const struct nlattr header = { sizeof(header), (uint16_t)(type | NLA_F_NESTED) };

	r->nests[r->depth++] = r->n;
	made_bytes(r, &header, sizeof(header));
}

__attribute__((unused)) static void made_unnest(struct made_reply *r)
{
	size_t at = r->nests[--r->depth];
	const uint16_t n = (uint16_t)(r->n - at);

	memcpy(r->p + at, &n, sizeof(n));
}

/* How a dump ends, and one answer. */
__attribute__((unused)) static void made_done(struct made_reply *r)
{
	const int none = 0;

	made_begin(r, NLMSG_DONE, &none, sizeof(none));
	made_end(r);
}

__attribute__((unused)) static void made_ack(struct made_reply *r)
{
	const struct nlmsgerr none = { 0 };

	made_begin(r, NLMSG_ERROR, &none, sizeof(none));
	made_end(r);
}
