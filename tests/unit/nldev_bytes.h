/* Answers of the RDMA subsystem as the kernel gives them, made for tests. */
#pragma once

#include <libmnl/libmnl.h>
#include <rdma/rdma_netlink.h>
#include <string.h>

#include "host/pack.h"

enum { NLDEV_ROOM = 32768 };

/* One message under way; the kernel begins the next when it is full. */
struct nldev_message {
	char bytes[NLDEV_ROOM];
	struct nlmsghdr *header;
};

__attribute__((unused)) static struct nlmsghdr *nldev_begin(
	struct nldev_message *m, unsigned command, uint32_t index, const char *device)
{
	memset(m->bytes, 0, sizeof(m->bytes));
	m->header = mnl_nlmsg_put_header(m->bytes);
	m->header->nlmsg_type = (uint16_t)RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, command);
	mnl_attr_put_u32(m->header, RDMA_NLDEV_ATTR_DEV_INDEX, index);
	if (device)
		mnl_attr_put_strz(m->header, RDMA_NLDEV_ATTR_DEV_NAME, device);
	return m->header;
}

__attribute__((unused)) static void nldev_put(struct pack *to, const struct nldev_message *m)
{
	pack_bytes(to, (str){ m->bytes, m->header->nlmsg_len });
}

/* What ends a dump (NLMSG_DONE) or an answer that was asked for (NLMSG_ERROR, which says 0). */
__attribute__((unused)) static void nldev_end(struct pack *to, uint16_t type)
{
	struct nldev_message m;
	int zero[5] = { 0 };

	memset(m.bytes, 0, 64);
	m.header = mnl_nlmsg_put_header(m.bytes);
	m.header->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(
		       m.header, type == NLMSG_DONE ? sizeof(int) : sizeof(zero)),
		zero, type == NLMSG_DONE ? sizeof(int) : sizeof(zero));
	nldev_put(to, &m);
}

struct told_qp {
	uint32_t port, number, remote, pid;
	uint8_t type, state;
	const char *kernel;
};

__attribute__((unused)) static void nldev_put_qp(struct nlmsghdr *header, const struct told_qp *qp)
{
	struct nlattr *entry = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_QP_ENTRY);

	if (qp->port)
		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, qp->port);
	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_RES_LQPN, qp->number);
	if (qp->remote)
		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_RES_RQPN, qp->remote);
	mnl_attr_put_u32(header, 16000, 7); /* that nobody knows */
	mnl_attr_put_u8(header, RDMA_NLDEV_ATTR_RES_TYPE, qp->type);
	mnl_attr_put_u8(header, RDMA_NLDEV_ATTR_RES_STATE, qp->state);
	if (qp->pid)
		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_RES_PID, qp->pid);
	if (qp->kernel)
		mnl_attr_put_strz(header, RDMA_NLDEV_ATTR_RES_KERN_NAME, qp->kernel);
	mnl_attr_nest_end(header, entry);
}

__attribute__((unused)) static void nldev_put_qps(
	struct pack *to, const char *device, const struct told_qp *qps, size_t n)
{
	static struct nldev_message m;

	for (size_t i = 0; i < n;) {
		struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_RES_QP_GET, 3, device);
		struct nlattr *table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_QP);

		for (unsigned k = 0; k < 60 && i < n; k++)
			nldev_put_qp(header, &qps[i++]);
		mnl_attr_nest_end(header, table);
		nldev_put(to, &m);
	}
}

struct told_count {
	const char *name;
	uint64_t value;
};

/* How many things of each kind a device holds. */
__attribute__((unused)) static void nldev_put_resources(struct pack *to, uint32_t index,
	const char *device, const struct told_count *counts, size_t n)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_RES_GET, index, device);
	struct nlattr *table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_SUMMARY);

	for (size_t i = 0; i < n; i++) {
		struct nlattr *entry =
			mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY);

		mnl_attr_put_strz(header, RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_NAME, counts[i].name);
		mnl_attr_put_u64(header, RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_CURR, counts[i].value);
		mnl_attr_nest_end(header, entry);
	}
	mnl_attr_nest_end(header, table);
	nldev_put(to, &m);
}

/* The counters of a port. */
__attribute__((unused)) static void nldev_put_statistic(struct pack *to, const char *device,
	uint32_t port, const struct told_count *counts, size_t n)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_STAT_GET, 3, device);
	struct nlattr *table;

	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, port);
	table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_STAT_HWCOUNTERS);
	for (size_t i = 0; i < n; i++) {
		struct nlattr *entry =
			mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY);

		mnl_attr_put_strz(
			header, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_NAME, counts[i].name);
		mnl_attr_put_u64(
			header, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_VALUE, counts[i].value);
		mnl_attr_nest_end(header, entry);
	}
	mnl_attr_nest_end(header, table);
	nldev_put(to, &m);
}

__attribute__((unused)) static void nldev_put_device(
	struct pack *to, uint32_t index, const char *device, uint32_t ports)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_GET, index, device);

	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, ports);
	nldev_put(to, &m);
}

/* A counter that is bound to queue pairs. */
struct told_counter {
	uint32_t port, id, mode, pid;
	uint8_t type; /* of queue pairs, where it is bound by it; 0: none */
	const uint32_t *pairs;
	size_t n_pairs;
	const struct told_count *counts;
	size_t n_counts;
};

__attribute__((unused)) static void nldev_put_bound(
	struct nlmsghdr *header, const struct told_counter *c)
{
	struct nlattr *entry = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_STAT_COUNTER_ENTRY);
	struct nlattr *table, *one;

	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, c->port);
	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_STAT_COUNTER_ID, c->id);
	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_STAT_MODE, c->mode);
	if (c->type)
		mnl_attr_put_u8(header, RDMA_NLDEV_ATTR_RES_TYPE, c->type);
	if (c->pid)
		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_RES_PID, c->pid);
	table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_QP);
	for (size_t i = 0; i < c->n_pairs; i++) {
		one = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_QP_ENTRY);
		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_RES_LQPN, c->pairs[i]);
		mnl_attr_nest_end(header, one);
	}
	mnl_attr_nest_end(header, table);
	table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_STAT_HWCOUNTERS);
	for (size_t i = 0; i < c->n_counts; i++) {
		one = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY);
		mnl_attr_put_strz(
			header, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_NAME, c->counts[i].name);
		mnl_attr_put_u64(
			header, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_VALUE, c->counts[i].value);
		mnl_attr_nest_end(header, one);
	}
	mnl_attr_nest_end(header, table);
	mnl_attr_nest_end(header, entry);
}

__attribute__((unused)) static void nldev_put_counters(
	struct pack *to, const char *device, const struct told_counter *counters, size_t n)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_STAT_GET, 3, device);
	struct nlattr *table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_STAT_COUNTER);

	for (size_t i = 0; i < n; i++)
		nldev_put_bound(header, &counters[i]);
	mnl_attr_nest_end(header, table);
	nldev_put(to, &m);
}
