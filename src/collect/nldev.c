/* Questions to the RDMA subsystem by netlink, and its replies: every length is checked. */
#include "collect/nldev.h"

#include <errno.h>
#include <stdio.h>

/* ---- asking ---- */

struct number {
	struct nlattr header;
	uint32_t value;
};

static struct number number_of(uint16_t type, uint32_t value)
{
	return (struct number){ { sizeof(struct number), type }, value };
}

static void name_question(const struct nldev_question *q, char *out, size_t size)
{
	if (!q->device)
		snprintf(out, size, "rdma/all/%s", q->what);
	else if (!q->port)
		snprintf(out, size, "rdma/of/%s/%s", q->device->name, q->what);
	else
		snprintf(out, size, "rdma/of/%s/%u/%s", q->device->name, q->port, q->what);
}

struct request {
	struct nlmsghdr header;
	struct number numbers[3];
};

static void add_number(struct request *r, uint16_t type, uint32_t value)
{
	size_t i = (r->header.nlmsg_len - sizeof(r->header)) / sizeof(*r->numbers);

	r->numbers[i] = number_of(type, value);
	r->header.nlmsg_len += (uint32_t)sizeof(*r->numbers);
}

int nldev_ask(struct collect *c, const struct nldev_question *q)
{
	struct request request = {
		.header = { .nlmsg_len = sizeof(request.header),
			.nlmsg_type = (uint16_t)RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, q->command),
			.nlmsg_flags =
				(uint16_t)(NLM_F_REQUEST | (q->port ? NLM_F_ACK : NLM_F_DUMP)) },
	};
	char key[NLDEV_NAME + 40];
	struct host_question question = {
		.key = key, .protocol = NETLINK_RDMA, .request = &request
	};

	if (q->device)
		add_number(&request, RDMA_NLDEV_ATTR_DEV_INDEX, q->device->index);
	if (q->port)
		add_number(&request, RDMA_NLDEV_ATTR_PORT_INDEX, q->port);
	if (q->attribute)
		add_number(&request, q->attribute, q->number);
	question.request_size = request.header.nlmsg_len;
	name_question(q, key, sizeof(key));
	return collect_ask(c, q->text, 0, &question);
}

bool nldev_answered(int r)
{
	return r == 0 || r == -EBADMSG || r == -ENODATA;
}

void nldev_failure(struct collect *c, unsigned text, uint32_t who, int r)
{
	if (r < 0 && !host_absence(r))
		collect_failure(c, text, who, r);
}

/* ---- answers ---- */

bool nldev_next(struct nldev_reply *reply)
{
	struct nlmsghdr header;
	str payload;
	int r;

	while ((r = message_next(&reply->rest, &header, &payload)) > 0) {
		if (header.nlmsg_type == NLMSG_ERROR)
			return false; /* that all went well: it ends what was no dump */
		if (header.nlmsg_type != RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, reply->command))
			continue;
		memset(reply->a, 0, sizeof(reply->a));
		if (attributes_sort(payload, reply->a, NLDEV_ATTRIBUTES))
			return true;
		reply->error = -EBADMSG;
	}
	if (r < 0 || reply->rest.n == 0)
		reply->error = -EBADMSG;
	return false;
}

bool nldev_next_entry(
	struct nldev_reply *reply, str *table, unsigned type, str ret[static NLDEV_ATTRIBUTES])
{
	struct attribute entry;

	while (attribute_next(table, &entry)) {
		if (entry.type != type)
			continue;
		memset(ret, 0, NLDEV_ATTRIBUTES * sizeof(*ret));
		if (attributes_sort(entry.value, ret, NLDEV_ATTRIBUTES))
			return true;
		reply->error = -EBADMSG;
	}
	if (table->n)
		reply->error = -EBADMSG;
	return false;
}

int nldev_devices_parse(struct nldev_devices *to, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_GET };
	str name;

	while (nldev_next(&reply)) {
		struct nldev_device d = { 0 };

		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &name) ||
			!nldev_u32(reply.a[RDMA_NLDEV_ATTR_DEV_INDEX], &d.index) ||
			!nldev_u32(reply.a[RDMA_NLDEV_ATTR_PORT_INDEX], &d.ports)) {
			reply.error = -EBADMSG;
			continue;
		}
		memcpy(d.name, name.p, name.n);
		if (to->n < NLDEV_DEVICES)
			to->items[to->n++] = d;
	}
	return reply.error;
}

static bool copy_number(str value, void *ret, size_t size)
{
	if (value.n != size)
		return false;
	memcpy(ret, value.p, size);
	return true;
}

bool nldev_u8(str value, uint8_t *ret)
{
	return copy_number(value, ret, sizeof(*ret));
}

bool nldev_u32(str value, uint32_t *ret)
{
	return copy_number(value, ret, sizeof(*ret));
}

bool nldev_u64(str value, uint64_t *ret)
{
	return copy_number(value, ret, sizeof(*ret));
}

bool nldev_name(str value, str *ret)
{
	str name = attribute_text(value);

	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || name.p[i] == '/' || name.p[i] == 0x7f)
			return false;
	if (name.n == 0 || name.n >= NLDEV_NAME || str_is(name, ".") || str_is(name, ".."))
		return false;
	*ret = name;
	return true;
}

uint32_t nldev_who(struct emit *out, const struct nldev_reply *reply)
{
	str name;

	return nldev_name(reply->a[RDMA_NLDEV_ATTR_DEV_NAME], &name) ? emit_entity(out, RDMA, name)
								     : ENTITY_NONE;
}

uint32_t nldev_port(struct emit *out, str device, uint32_t port)
{
	char name[NLDEV_NAME + STR_DIGITS];
	int n = snprintf(name, sizeof(name), "%.*s/%u", STR_ARG(device), port);

	return emit_entity(out, RDMA, (str){ name, (size_t)n });
}
