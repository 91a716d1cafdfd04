/* What the RDMA subsystem tells of interfaces that come to a port and go. */
#pragma once

#include "listen/notice.h"

enum rdma_row {
	RDMA_ATTACHED,
	RDMA_DETACHED,
	RDMA_LOST,
	RDMA_ROWS,
};

/* A message as it was heard. 0, or -EBADMSG. */
int rdma_notice_parse(str message, struct notices *out);

/* Does the kernel tell of anything? By its answer about itself. */
bool rdma_tells(str reply);
