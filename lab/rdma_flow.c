/*
 * A paced RDMA stream (RC, SEND), for the lab: what perftest cannot be, which polls without rest and
 * whose pacing follows the TSC.
 *
 *   rdma-flow --receive 0.0.0.0 [--port 5002] [--seconds 60] [--depth 512] [--rnr-timer 0] [--work 0]
 *   rdma-flow --send ADDRESS    [--port 5002] [--seconds 60] [--rate 400] [--tick 40] [--size 4096]
 *             [--window 64] [--timeout 14] [--patient 0]
 *   both: [--device rxe0]
 *
 * The sender posts --rate messages a second, every --tick milliseconds at once, and never has more
 * than --window under way: what finds no room is not made up for. --timeout is the code of the time
 * after which it sends again what was not acknowledged (14: 67 ms, 18: 1.07 s). The receiver posts
 * --depth buffers and posts each again as it is filled; --rnr-timer is the code the other side waits
 * by when there is none (0: 655 ms, what librdmacm leaves it at). --work MB: it fills that much
 * memory each second and gives it back. A connection that broke is made anew. The two meet over TCP,
 * on --port; a sender that is --patient (1) does not see there that the other side has gone, only by
 * its own retries.
 * It prints how many messages went through this end.
 */
#include <arpa/inet.h>
#include <infiniband/verbs.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "load.h"

enum { PORT_NUMBER = 1, MAX_MESSAGE = 1 << 16, MAX_DEPTH = 4096, PAGE = 4096 };

struct flow {
	const char *send_to, *receive_at, *device;
	long port, seconds, rate, tick_ms, size, window, depth, rnr_timer, work_mb, patient,
		timeout;
	int64_t end_ns;
	uint64_t messages;
	struct ibv_context *context;
	struct ibv_pd *domain;
	struct ibv_comp_channel *channel;
	struct ibv_mr *memory;
	int gid_index;
};

/* What each side tells the other. */
struct place {
	uint32_t number, sequence;
	union ibv_gid gid;
};

struct link {
	int tcp;
	struct ibv_cq *queue;
	struct ibv_qp *pair;
	long under_way;
	bool broken; /* a completion failed */
	bool ended;  /* the other side has closed its TCP connection */
};

/* ---- the device ---- */

/* The address of RoCE v2 over IPv4. */
static int find_gid(struct ibv_context *context)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	union ibv_gid gid;

	for (int i = 0; i < 16; i++)
		if (ibv_query_gid(context, PORT_NUMBER, i, &gid) == 0 &&
			memcmp(gid.raw, mapped, sizeof(mapped)) == 0)
			return i;
	errno = 0;
	stop("the device has no IPv4 address", "ip address add ... on its network device");
}

static void open_device(struct flow *f)
{
	int n = 0;
	struct ibv_device **all = ibv_get_device_list(&n);

	for (int i = 0; i < n && !f->context; i++)
		if (strcmp(ibv_get_device_name(all[i]), f->device) == 0)
			f->context = ibv_open_device(all[i]);
	if (!f->context)
		stop(f->device, "no such RDMA device here; rdma link shows what there is");
	ibv_free_device_list(all);
	f->gid_index = find_gid(f->context);
	f->domain = ibv_alloc_pd(f->context);
	f->channel = ibv_create_comp_channel(f->context);
	if (!f->domain || !f->channel)
		stop("cannot use the device", "are ib_uverbs and its driver loaded?");
	f->memory =
		ibv_reg_mr(f->domain, calloc(1, MAX_MESSAGE), MAX_MESSAGE, IBV_ACCESS_LOCAL_WRITE);
	if (!f->memory)
		stop("cannot register memory", "see ulimit -l");
}

/* All messages use the same memory: nobody reads them. */
static struct ibv_sge whole_message(const struct flow *f, long size)
{
	return (struct ibv_sge){ .addr = (uint64_t)(uintptr_t)f->memory->addr,
		.length = (uint32_t)size,
		.lkey = f->memory->lkey };
}

static bool post_receive(const struct flow *f, const struct link *l)
{
	struct ibv_sge sge = whole_message(f, MAX_MESSAGE);
	struct ibv_recv_wr work = { .sg_list = &sge, .num_sge = 1 }, *bad;

	return ibv_post_recv(l->pair, &work, &bad) == 0;
}

static bool post_send(const struct flow *f, const struct link *l)
{
	struct ibv_sge sge = whole_message(f, f->size);
	struct ibv_send_wr work = { .sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED },
			   *bad;

	return ibv_post_send(l->pair, &work, &bad) == 0;
}

/* ---- a connection ---- */

static bool get_ready(const struct flow *f, struct link *l)
{
	struct ibv_qp_init_attr wanted = { .qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = (uint32_t)f->window,
			.max_recv_wr = (uint32_t)f->depth,
			.max_send_sge = 1,
			.max_recv_sge = 1 } };
	struct ibv_qp_attr init = { .qp_state = IBV_QPS_INIT, .port_num = PORT_NUMBER };

	l->queue = ibv_create_cq(f->context, (int)(f->window + f->depth), NULL,
		f->receive_at ? f->channel : NULL, 0);
	if (!l->queue)
		return false;
	wanted.send_cq = wanted.recv_cq = l->queue;
	l->pair = ibv_create_qp(f->domain, &wanted);
	if (!l->pair || ibv_req_notify_cq(l->queue, 0) ||
		ibv_modify_qp(l->pair, &init,
			IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS))
		return false;
	for (long i = 0; f->receive_at && i < f->depth; i++)
		if (!post_receive(f, l))
			return false;
	return true;
}

static bool connect_to(
	const struct flow *f, struct link *l, const struct place *there, uint32_t first)
{
	struct ibv_qp_attr receive = { .qp_state = IBV_QPS_RTR,
		.path_mtu = IBV_MTU_1024,
		.dest_qp_num = there->number,
		.rq_psn = there->sequence,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = (uint8_t)f->rnr_timer,
		.ah_attr = { .is_global = 1,
			.port_num = PORT_NUMBER,
			.grh = { .dgid = there->gid,
				.sgid_index = (uint8_t)f->gid_index,
				.hop_limit = 1 } } };
	struct ibv_qp_attr send = { .qp_state = IBV_QPS_RTS,
		.timeout = 14,  /* 67 ms */
		.retry_cnt = 6, /* 7 is without end on rxe */
		.rnr_retry = 7, /* for ever */
		.sq_psn = first,
		.max_rd_atomic = 1 };

	return ibv_modify_qp(l->pair, &receive,
		       IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
			       IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER) ==
		       0 &&
	       ibv_modify_qp(l->pair, &send,
		       IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
			       IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC) == 0;
}

/* Tell each other where we are; whoever sends begins when both are ready. */
static bool meet(const struct flow *f, struct link *l)
{
	struct place here = { .sequence = 1000 }, there;
	struct timeval patience = { .tv_sec = 2 };
	char ready = 'r';

	setsockopt(l->tcp, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!get_ready(f, l) || ibv_query_gid(f->context, PORT_NUMBER, f->gid_index, &here.gid))
		return false;
	here.number = l->pair->qp_num;
	return write(l->tcp, &here, sizeof(here)) == sizeof(here) &&
	       recv(l->tcp, &there, sizeof(there), MSG_WAITALL) == sizeof(there) &&
	       connect_to(f, l, &there, here.sequence) && write(l->tcp, &ready, 1) == 1 &&
	       recv(l->tcp, &ready, 1, MSG_WAITALL) == 1;
}

static void part(struct link *l)
{
	if (l->pair)
		ibv_destroy_qp(l->pair);
	if (l->queue)
		ibv_destroy_cq(l->queue);
	close(l->tcp);
}

/* Take what was completed. */
static void collect(struct flow *f, struct link *l)
{
	struct ibv_wc done[16];
	int n;

	while ((n = ibv_poll_cq(l->queue, 16, done)) > 0)
		for (int i = 0; i < n; i++) {
			l->under_way--;
			if (done[i].status != IBV_WC_SUCCESS)
				l->broken = true;
			else
				f->messages++;
			if (f->receive_at && !l->broken && !post_receive(f, l))
				l->broken = true;
		}
	if (n < 0)
		l->broken = true;
}

static bool has_ended(const struct link *l)
{
	char byte;

	return recv(l->tcp, &byte, 1, MSG_DONTWAIT) == 0;
}

/* ---- the two ends ---- */

static void work(long megabytes)
{
	size_t size = (size_t)megabytes << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t at = 0; memory != MAP_FAILED && at < size; at += PAGE)
		memory[at] = 1;
	if (memory != MAP_FAILED)
		munmap(memory, size);
}

static void serve(struct flow *f, struct link *l)
{
	int64_t next = now_ns();
	struct ibv_cq *queue;
	void *context;

	while (!l->broken && !has_ended(l) && now_ns() < f->end_ns) {
		struct pollfd p[2] = { { .fd = f->channel->fd, .events = POLLIN },
			{ .fd = l->tcp, .events = POLLIN } };

		if (poll(p, 2, 200) > 0 && p[0].revents &&
			ibv_get_cq_event(f->channel, &queue, &context) == 0) {
			ibv_ack_cq_events(queue, 1);
			if (ibv_req_notify_cq(queue, 0))
				l->broken = true;
		}
		collect(f, l);
		if (f->work_mb && now_ns() >= next) {
			work(f->work_mb);
			next = now_ns() + second_ns;
		}
	}
}

static void feed(struct flow *f, struct link *l)
{
	int64_t tick_ns = f->tick_ms * 1000000, next = now_ns();

	while (!l->broken && now_ns() < f->end_ns) {
		collect(f, l);
		l->ended = l->ended || (!f->patient && has_ended(l));
		if (l->ended && l->under_way <= 0)
			return;
		for (long n = f->rate * f->tick_ms / 1000;
			n > 0 && !l->ended && l->under_way < f->window && post_send(f, l); n--)
			l->under_way++;
		next += tick_ns;
		if (next < now_ns())
			next = now_ns();
		sleep_until(next);
	}
}

static struct sockaddr_in address(const struct flow *f, const char *text)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port) };

	errno = 0;
	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		stop(text, "give an IPv4 address");
	return a;
}

static void receive(struct flow *f)
{
	struct sockaddr_in at = address(f, f->receive_at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 4) < 0)
		stop("cannot listen", "is the port taken?");
	while (now_ns() < f->end_ns) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct link l = { .tcp = -1 };

		if (poll(&p, 1, 500) <= 0)
			continue;
		l.tcp = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (l.tcp >= 0 && meet(f, &l))
			serve(f, &l);
		part(&l);
	}
}

static void transmit(struct flow *f)
{
	struct sockaddr_in to = address(f, f->send_to);

	while (now_ns() < f->end_ns) {
		struct link l = { .tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

		if (connect(l.tcp, (struct sockaddr *)&to, sizeof(to)) == 0 && meet(f, &l))
			feed(f, &l);
		part(&l);
		if (now_ns() < f->end_ns)
			sleep_until(now_ns() + second_ns / 2);
	}
}

int main(int argc, char **argv)
{
	struct flow f = { .device = "rxe0",
		.port = 5002,
		.seconds = 60,
		.rate = 400,
		.tick_ms = 40,
		.size = 4096,
		.window = 64,
		.timeout = 14,
		.depth = 512 };
	const struct option options[] = {
		{ "--send", NULL, 0, 0, &f.send_to },
		{ "--receive", NULL, 0, 0, &f.receive_at },
		{ "--device", NULL, 0, 0, &f.device },
		{ "--port", &f.port, 1, 65535, NULL },
		{ "--seconds", &f.seconds, 1, 3600, NULL },
		{ "--rate", &f.rate, 1, 1000000, NULL },
		{ "--tick", &f.tick_ms, 1, 1000, NULL },
		{ "--size", &f.size, 1, MAX_MESSAGE, NULL },
		{ "--window", &f.window, 1, MAX_DEPTH, NULL },
		{ "--depth", &f.depth, 1, MAX_DEPTH, NULL },
		{ "--rnr-timer", &f.rnr_timer, 0, 31, NULL },
		{ "--work", &f.work_mb, 0, 1024, NULL },
		{ "--timeout", &f.timeout, 1, 31, NULL },
		{ "--patient", &f.patient, 0, 1, NULL },
		{ NULL },
	};

	(void)argc;
	read_options(options, argv + 1);
	errno = 0;
	if (!f.send_to == !f.receive_at)
		stop("to send or to receive?", "give --send ADDRESS or --receive ADDRESS");
	f.end_ns = now_ns() + f.seconds * second_ns;
	open_device(&f);
	if (f.send_to)
		transmit(&f);
	else
		receive(&f);
	printf("%llu messages\n", (unsigned long long)f.messages);
	return 0;
}
