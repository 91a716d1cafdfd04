/* The context of a queue pair as the firmware of mlx5 devices dumps it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* What is known of the queue pair already: a dump is believed where it says the same. */
struct mlx5_qp {
	uint32_t number, remote;
	bool sends; /* RTS; else RTR */
};

/* As the wire has them: include/linux/mlx5/mlx5_ifc.h, struct mlx5_ifc_qpc_bits */
struct mlx5_timers {
	uint8_t min_rnr_nak, rnr_retry, retry_count, ack_timeout;
};

/* 0; -EIO: the firmware says that it could not; -EBADMSG: it is no dump of that queue pair. */
int mlx5_qp_parse(str dump, const struct mlx5_qp *qp, struct mlx5_timers *ret);

/* InfiniBand specification, table 45: how long a receiver that is not ready keeps the sender waiting. */
uint32_t rnr_timer_us(uint8_t code);
/* 9.7.6.1.3: 4.096 us times 2 to its power; 0: never. */
int64_t ack_timeout_ns(uint8_t code);
