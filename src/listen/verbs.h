/* What RDMA devices tell those who hold them open. */
#pragma once

#include "host/host.h"
#include "listen/notice.h"

enum verbs_row {
	VERBS_PORT_ERROR,
	VERBS_PORT_ACTIVE,
	VERBS_LID,
	VERBS_PKEY,
	VERBS_GID,
	VERBS_SM,
	VERBS_REREGISTER,
	VERBS_FATAL,
	VERBS_ROWS,
};

/*
 * A message of the helper; what is an event becomes a notice. 0, or -EBADMSG: it is none, and *ret is
 * not to be used.
 */
int verbs_parse(str message, struct host_verbs_message *ret, struct notices *out);
