/*
 * A queue pair that went into error and stays there, for the lab: its process lives and does nothing
 * about it.
 *
 *   qp-error [--seconds 60] [--device rxe0]
 *
 * Prints the number of the queue pair once it is in error.
 */
#include <infiniband/verbs.h>

#include "load.h"

static struct ibv_context *open_device(const char *name)
{
	int n = 0;
	struct ibv_device **list = ibv_get_device_list(&n);
	struct ibv_context *context = NULL;

	for (int i = 0; list && i < n && !context; i++)
		if (strcmp(ibv_get_device_name(list[i]), name) == 0)
			context = ibv_open_device(list[i]);
	if (list)
		ibv_free_device_list(list);
	return context;
}

static struct ibv_qp *make_pair(struct ibv_context *context)
{
	struct ibv_pd *domain = ibv_alloc_pd(context);
	struct ibv_cq *queue = ibv_create_cq(context, 16, NULL, NULL, 0);
	struct ibv_qp_init_attr wanted = { .send_cq = queue,
		.recv_cq = queue,
		.cap = { .max_send_wr = 4, .max_recv_wr = 4, .max_send_sge = 1, .max_recv_sge = 1 },
		.qp_type = IBV_QPT_RC };

	return domain && queue ? ibv_create_qp(domain, &wanted) : NULL;
}

/* It has to belong to a port first. */
static int fail(struct ibv_qp *pair)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_INIT, .port_num = 1 };
	int r = ibv_modify_qp(
		pair, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS);

	if (r)
		return r;
	attr.qp_state = IBV_QPS_ERR;
	return ibv_modify_qp(pair, &attr, IBV_QP_STATE);
}

int main(int argc, char **argv)
{
	const char *device = "rxe0";
	long seconds = 60;
	const struct option options[] = {
		{ "--seconds", &seconds, 1, 3600, NULL },
		{ "--device", NULL, 0, 0, &device },
		{ 0 },
	};
	struct ibv_context *context;
	struct ibv_qp *pair;

	(void)argc;
	read_options(options, argv + 1);
	context = open_device(device);
	pair = context ? make_pair(context) : NULL;
	if (!pair || fail(pair))
		stop("no queue pair can be made", "see rdma link, and give a --device of it");
	printf("%u\n", pair->qp_num);
	fflush(stdout);
	sleep_until(now_ns() + seconds * second_ns);
	return 0;
}
