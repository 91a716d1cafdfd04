/* What messages of devlink say, for who asks and for who listens: of which device, and of health reporters. */
#pragma once

#include <linux/devlink.h>

#include "base/str.h"

enum { DEVLINK_NAME = 128 };         /* "pci/0000:04:00.0/tx" and its NUL */
#define DEVLINK_OF_DEVICE UINT32_MAX /* in the place of a port's number */

/* What a message is about: "pci", "0000:04:00.0", and a port of it. */
struct devlink_handle {
	str bus, device;
	str netdev;    /* of a port; empty: it is not told */
	uint32_t port; /* DEVLINK_OF_DEVICE: none */
};

struct devlink_message {
	uint8_t command;
	struct devlink_handle handle;
	str attributes;
};

/*
 * The next message of a reply, or of what was heard. 1; 0 at the end; -EBADMSG: what is left is cut, or
 * lies about a length. *ret_error is -EBADMSG where one in between was not understood; one that is
 * about no device is left out.
 */
int devlink_next(str *rest, struct devlink_message *ret, int *ret_error);

/* Attributes with these numbers, the last of each; false: their lengths do not add up. */
bool devlink_sort(str from, const uint16_t *numbers, str *ret, unsigned n);

/* A number that the kernel did not tell is -1. */
struct devlink_reporter {
	str name;
	uint8_t state; /* 0: healthy */
	uint64_t errors, recoveries;
	int64_t grace_ms, auto_recover, auto_dump;
	int64_t dump_ns; /* wall clock of the stored dump; 0: stored, at a time nobody knows */
};
int devlink_reporter_read(str nest, struct devlink_reporter *ret); /* 0 or -EBADMSG */

bool devlink_is_word(str s, size_t most); /* it can be a part of an entity's name */
bool devlink_is_pci(const struct devlink_handle *h);

/* "pci/0000:04:00.0", and "pci/0000:04:00.0/tx": a port's reporter is spelled as the device's. */
str devlink_device_name(const struct devlink_handle *h, char out[static DEVLINK_NAME]);
str devlink_reporter_name(
	const struct devlink_handle *h, str reporter, char out[static DEVLINK_NAME]);
