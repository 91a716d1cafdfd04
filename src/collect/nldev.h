/*
 * Asking the RDMA subsystem by netlink (drivers/infiniband/core/nldev.c), and walking what it answers.
 *
 * To open its socket may load ib_core: it is asked only where sys/class/infiniband has devices.
 */
#pragma once

#include <rdma/rdma_netlink.h>

#include "base/netlink.h"
#include "collect/run.h"

/* include/rdma/ib_verbs.h: IB_DEVICE_NAME_MAX, with its NUL; ports have numbers of a byte. */
enum { NLDEV_NAME = 64, NLDEV_PORTS = 256 };
enum { NLDEV_ATTRIBUTES = RDMA_NLDEV_ATTR_STAT_HWCOUNTER_DYNAMIC + 1 };

/* A device as the subsystem numbers it; another may get the number when it is gone. */
struct nldev_device {
	char name[NLDEV_NAME];
	uint32_t index, ports;
};

/*
 * Ask for all devices (d = NULL), one, or one of its ports (0: none). `what` names the exchange in a
 * tree: ask/rdma/all/WHAT, ask/rdma/of/DEVICE/WHAT, ask/rdma/of/DEVICE/PORT/WHAT. A dump unless it is
 * of a port. As collect_ask().
 */
struct nldev_question {
	unsigned text, command;
	const char *what;
	const struct nldev_device *device;
	uint32_t port;
	uint16_t attribute; /* one more number that says what is asked for; 0: none */
	uint32_t number;
};
int nldev_ask(struct collect *c, const struct nldev_question *q);

/* No answer, or one that was understood in part only: what it brought stands. */
bool nldev_answered(int r);

/* A failure that is recorded, unless the tree it was looked for in just does not have it. */
void nldev_failure(struct collect *c, unsigned text, uint32_t who, int r);

/*
 * The messages of one command. What is not understood is left out and kept in `error`, -EBADMSG as well
 * where the reply does not end as the kernel ends one: it was cut.
 */
struct nldev_reply {
	str rest;
	unsigned command;
	int error;
	str a[NLDEV_ATTRIBUTES]; /* of the present message */
};
bool nldev_next(struct nldev_reply *reply);

/* Each entry of a table in the present message: its attributes, by number. */
bool nldev_next_entry(
	struct nldev_reply *reply, str *table, unsigned type, str ret[static NLDEV_ATTRIBUTES]);

/* All devices, from the answer to RDMA_NLDEV_CMD_GET; those there were before stay. 0 or -EBADMSG. */
enum { NLDEV_DEVICES = 64 };
struct nldev_devices {
	struct nldev_device items[NLDEV_DEVICES];
	uint32_t n;
};
int nldev_devices_parse(struct nldev_devices *to, str reply);

/* Values: false where there is none, or none of that size. */
bool nldev_u8(str value, uint8_t *ret);
bool nldev_u32(str value, uint32_t *ret);
bool nldev_u64(str value, uint64_t *ret);

/* A device's name, as it is one in sysfs and in a path: false when it cannot be. */
bool nldev_name(str value, str *ret);

/* Who the present message is about: rdma:DEVICE, and rdma:DEVICE/PORT. ENTITY_NONE: it does not say. */
uint32_t nldev_who(struct emit *out, const struct nldev_reply *reply);
uint32_t nldev_port(struct emit *out, str device, uint32_t port);
