/* What devlink says of devices, ports and their health reporters, against what it said before. */
#pragma once

#include "listen/notice.h"

enum devlink_row {
	REPORTER_ERROR,
	REPORTER_HEALTHY,
	DEVICE_APPEARED,
	DEVICE_GONE,
	PORT_APPEARED,
	PORT_GONE,
	DEVLINK_LOST,
	DEVLINK_ROWS,
};

enum { REPORTERS_MOST = 512, PORTS_MOST = 2048, REPORTER_NAME = 128 };

struct reporter {
	char name[REPORTER_NAME]; /* as the entity is spelled: "pci/0000:04:00.0/tx" */
	uint32_t port;            /* UINT32_MAX: of the device */
	uint8_t state;            /* 0: healthy */
	uint64_t errors, recoveries;
};

struct devlinks {
	struct reporter reporters[REPORTERS_MOST];
	uint32_t n_reporters, n_ports;
	uint64_t ports[PORTS_MOST]; /* hashes of device and number */
};

/*
 * Messages, one behind the other, as they were heard or as a dump has them; out = NULL: they are
 * what there is to begin with. 0, or -EBADMSG where something was not understood: the rest stands.
 */
int devlinks_parse(struct devlinks *known, str messages, struct notices *out);

/*
 * The answer of the generic netlink controller: the number of the family, and of one of its groups.
 * 0; -ENOENT: there is no such group; -EBADMSG.
 */
int family_parse(str reply, const char *group, uint16_t *ret_family, uint32_t *ret_group);
