/* Whom a message is about. */
#pragma once

#include "log/log.h"
#include "log/match.h"

enum { ADDRESS_BYTES = 32 };

/* "04:00.0", "0000:04:00", "00000000:04:00.0" as "0000:04:00.0"; false when it is no address. */
bool pci_address(str text, char out[static ADDRESS_BYTES], str *ret);

/* What dev_printk() and netdev_printk() put before a message: "mlx5_core 0000:04:00.0 eth2: ". */
struct speaker {
	str pci, netdev, rdma; /* n is 0: not named */
	str rest;              /* what follows; the whole text when nobody is named */
};
struct speaker speaker_of(str text);

/*
 * The entity: of the kind that the signal is about, as the expression's groups name it, else as
 * DEVICE= or the message's beginning do; else any that is named; else the host. What the message
 * says about who stands on which PCI function becomes a relation.
 */
uint32_t about_entity(struct session *session, const struct log_line *line, const struct match *m);
