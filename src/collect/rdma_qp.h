/* Queue pairs as one answer lists them, and which of them were there in the reading before. */
#pragma once

#include "collect/nldev.h"

/* include/rdma/ib_verbs.h: enum ib_qp_state */
enum qp_state { QP_RESET, QP_INIT, QP_RTR, QP_RTS, QP_SQD, QP_SQE, QP_ERR, QP_STATES };

struct qp {
	uint64_t key; /* of device, port and number */
	uint32_t port, number, remote, pid;
	uint8_t state, type;
	bool connected;  /* it has a remote end */
	bool lasts;      /* it was in error before, and still is */
	char kernel[16]; /* who made it, where that is the kernel; "" for processes */
};

enum { QPS_HEALTHY = 4096, QPS_BAD = 1024 };

/* Those of one device: the ones in error beside the others, so that none of them is crowded out. */
struct qp_list {
	char device[NLDEV_NAME];
	struct qp healthy[QPS_HEALTHY], bad[QPS_BAD];
	uint32_t n_healthy, n_bad, n_over;
	uint32_t counts[NLDEV_PORTS][QP_STATES];
	bool has_port[NLDEV_PORTS];
};

/* 0, or -EBADMSG: some of it was not understood, and then the counts are not whole. */
int qp_list_parse(struct qp_list *list, str reply);
/* Those in error that this later answer has in error too, last. */
int qp_list_parse_again(struct qp_list *list, str reply);

bool qp_is_bad(const struct qp *qp);

/* What is remembered of a queue pair until the next reading. */
struct qp_memory {
	uint64_t key; /* 0: free */
	bool bad, counted, named;
};

enum { QPS_KNOWN = 8192, QP_SLOTS = 2 * QPS_KNOWN };

struct qp_memories {
	struct qp_memory slots[QP_SLOTS];
	uint32_t n;
};

/* NULL: it is not there, or (add) there is no room. */
const struct qp_memory *qp_find(const struct qp_memories *of, uint64_t key);
struct qp_memory *qp_add(struct qp_memories *to, uint64_t key);
/* What an answer did not tell of is not gone. */
void qp_keep(struct qp_memories *to, const struct qp_memories *from);

/* "RC"; "type 7" is not known to us: NULL. */
const char *qp_type_word(uint8_t type);
