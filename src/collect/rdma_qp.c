/* Queue pairs: from nldev's answer to a list, and from one reading to the next. */
#include "collect/rdma_qp.h"

#include <errno.h>
#include <stdio.h>

/* include/rdma/ib_verbs.h: enum ib_qp_type */
static const struct {
	uint8_t type;
	const char *word;
} types[] = {
	{ 0, "SMI" },
	{ 1, "GSI" },
	{ 2, "RC" },
	{ 3, "UC" },
	{ 4, "UD" },
	{ 5, "RAW_IPV6" },
	{ 6, "RAW_ETHERTYPE" },
	{ 8, "RAW_PACKET" },
	{ 9, "XRC_INI" },
	{ 10, "XRC_TGT" },
	{ 255, "DRIVER" },
};

const char *qp_type_word(uint8_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].type == type)
			return types[i].word;
	return NULL;
}

bool qp_is_bad(const struct qp *qp)
{
	return qp->state == QP_SQE || qp->state == QP_ERR;
}

static uint64_t key_of(str device, const struct qp *qp)
{
	uint64_t key = hash_mix(
		hash_bytes(device.p, device.n) ^ hash_mix((uint64_t)qp->port << 32 | qp->number));

	return key ? key : 1;
}

/* drivers/infiniband/core/nldev.c: fill_res_qp_entry(). Before it has a port it does not tell one. */
static bool read_qp(str device, const str *a, struct qp *ret)
{
	str kernel = attribute_text(a[RDMA_NLDEV_ATTR_RES_KERN_NAME]);

	*ret = (struct qp){ 0 };
	if (!nldev_u32(a[RDMA_NLDEV_ATTR_RES_LQPN], &ret->number) ||
		!nldev_u8(a[RDMA_NLDEV_ATTR_RES_STATE], &ret->state) || ret->state >= QP_STATES ||
		!nldev_u8(a[RDMA_NLDEV_ATTR_RES_TYPE], &ret->type))
		return false;
	if (a[RDMA_NLDEV_ATTR_PORT_INDEX].p &&
		(!nldev_u32(a[RDMA_NLDEV_ATTR_PORT_INDEX], &ret->port) || ret->port >= NLDEV_PORTS))
		return false;
	ret->connected = nldev_u32(a[RDMA_NLDEV_ATTR_RES_RQPN], &ret->remote);
	nldev_u32(a[RDMA_NLDEV_ATTR_RES_PID], &ret->pid);
	snprintf(ret->kernel, sizeof(ret->kernel), "%.*s", STR_ARG(kernel));
	ret->key = key_of(device, ret);
	return true;
}

/* Nobody asked for a device: it is that of the first message. */
static bool is_of(struct qp_list *list, str device)
{
	if (!list->device[0])
		memcpy(list->device, device.p, device.n);
	return str_is(device, list->device);
}

/* Calls `take` for each; all must be of one device. */
static int each_qp(
	struct qp_list *list, str from, void (*take)(struct qp_list *list, const struct qp *qp))
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_RES_QP_GET };
	str a[NLDEV_ATTRIBUTES], table, device;
	struct qp qp;

	while (nldev_next(&reply)) {
		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &device) ||
			!is_of(list, device)) {
			reply.error = -EBADMSG;
			continue;
		}
		table = reply.a[RDMA_NLDEV_ATTR_RES_QP];
		while (nldev_next_entry(&reply, &table, RDMA_NLDEV_ATTR_RES_QP_ENTRY, a))
			if (read_qp(device, a, &qp))
				take(list, &qp);
			else
				reply.error = -EBADMSG;
	}
	return reply.error;
}

static void put(struct qp_list *list, const struct qp *qp)
{
	list->counts[qp->port][qp->state]++;
	list->has_port[qp->port] = true;
	if (qp_is_bad(qp) && list->n_bad < QPS_BAD)
		list->bad[list->n_bad++] = *qp;
	else if (!qp_is_bad(qp) && list->n_healthy < QPS_HEALTHY)
		list->healthy[list->n_healthy++] = *qp;
	else
		list->n_over++;
}

int qp_list_parse(struct qp_list *list, str reply)
{
	list->n_healthy = list->n_bad = list->n_over = 0;
	memset(list->counts, 0, sizeof(list->counts));
	memset(list->has_port, 0, sizeof(list->has_port));
	return each_qp(list, reply, put);
}

static void put_again(struct qp_list *list, const struct qp *qp)
{
	for (uint32_t i = 0; qp_is_bad(qp) && i < list->n_bad; i++)
		if (list->bad[i].key == qp->key)
			list->bad[i].lasts = true;
}

int qp_list_parse_again(struct qp_list *list, str reply)
{
	return each_qp(list, reply, put_again);
}

static uint32_t slot_of(const struct qp_memories *of, uint64_t key)
{
	uint32_t slot = (uint32_t)key & (QP_SLOTS - 1);

	while (of->slots[slot].key && of->slots[slot].key != key)
		slot = (slot + 1) & (QP_SLOTS - 1);
	return slot;
}

const struct qp_memory *qp_find(const struct qp_memories *of, uint64_t key)
{
	const struct qp_memory *found = &of->slots[slot_of(of, key)];

	return found->key ? found : NULL;
}

struct qp_memory *qp_add(struct qp_memories *to, uint64_t key)
{
	struct qp_memory *found = &to->slots[slot_of(to, key)];

	if (found->key)
		return found;
	if (to->n == QPS_KNOWN)
		return NULL;
	to->n++;
	found->key = key;
	return found;
}

void qp_keep(struct qp_memories *to, const struct qp_memories *from)
{
	for (uint32_t i = 0; i < QP_SLOTS; i++) {
		const struct qp_memory *old = &from->slots[i];
		struct qp_memory *m =
			old->key && !qp_find(to, old->key) ? qp_add(to, old->key) : NULL;

		if (m)
			*m = *old;
	}
}
