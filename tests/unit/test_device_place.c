/* Processes that move data over TCP or hold a GPU, near these devices or far: made trees, read several times. */
#include "place_host.h"

#include <linux/if_link.h>

#include "collect/rdma_qp.h"
#include "host/pack.h"
#include "nldev_bytes.h"
#include "tcp_bytes.h"

extern const struct collector gpu_collector, infiniband_collector, netdev_collector, numa_collector,
	pcie_collector, rdma_resource_collector, tasks_collector, device_place_collector;
static const struct collector *const list[] = { &gpu_collector, &infiniband_collector,
	&netdev_collector, &numa_collector, &pcie_collector, &rdma_resource_collector,
	&tasks_collector, &device_place_collector };

static void start(struct bench *b)
{
	start_run(b, list, sizeof(list) / sizeof(*list));
}

#define NIC(signal, entity) value(b, "numa.nic." signal, entity, 0)
#define GPU_OF(signal, entity) value(b, "numa.gpu." signal, entity, 0)

static bool uses(const struct bench *b, const char *task, const char *device)
{
	const struct names *names = &b->session.entities.names;
	uint32_t a = names_find(names, str_of(task)), cursor = 0;
	const struct relation *r;

	while ((r = relation_next(&b->session.relations, a, VIA_USES, &cursor)))
		if (r->b == names_find(names, str_of(device)))
			return true;
	return false;
}

static unsigned rows(const struct bench *b)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < b->session.ledger.n; i++) {
		const struct block *block = &b->session.ledger.blocks[i];
		str name = str_of(catalog_get(&b->session.catalog, block->sig)->name);

		n += block_is_there(block) &&
		     (str_starts(name, STR("numa.nic.")) || str_starts(name, STR("numa.gpu.")));
	}
	return n;
}

static unsigned failures(const struct bench *b, int error)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < b->frame.n_failures; i++)
		n += b->frame.failures[i].error == error;
	return n;
}

/* 1: it is not reported, as one that was not needed. */
static int status_of(const struct bench *b, const char *path)
{
	for (uint32_t i = 0; i < b->frame.n_reads; i++) {
		const struct source *source = &b->session.sources[b->frame.reads[i].source];

		if (strcmp(source->collector, "device_place") == 0 &&
			strcmp(source->path, path) == 0)
			return b->frame.reads[i].status;
	}
	return 1;
}

/* ---- the host ---- */

static void answer(const struct bench *b, const char *key)
{
	made_done(&reply);
	tree_write(b->dir, key, reply.p, reply.n);
	reply.n = reply.message = reply.depth = 0;
}

static void interface(
	const struct bench *b, int number, const char *name, const char *address, uint32_t master)
{
	const struct ifinfomsg about = { .ifi_index = number };
	char target[128];

	made_begin(&reply, RTM_NEWLINK, &about, sizeof(about));
	made_text(&reply, IFLA_IFNAME, name);
	if (master)
		made_u32(&reply, IFLA_MASTER, master);
	made_end(&reply);
	if (!address)
		return;
	snprintf(target, sizeof(target), "../../devices/pci0000:00/%s/net/%s", address, name);
	link_to(b, target, "sys/class/net/%s", name);
}

/*
 * Two sockets. Of eth0, mlx5_0, both GPUs 0 and the ports of bond0 the node is 0, of eth1 and GPU 1 it is 1; bond1 has
 * a port on each.
 */
static void host(const struct bench *b)
{
	put(b, "0-1\n", "sys/devices/system/node/online");
	node(b, 0, "0-3\n", "10 21\n");
	node(b, 1, "4-7\n", "21 10\n");
	function(b, "0000:00:05.0", "0x020000\n", "0\n");
	function(b, "0000:00:06.0", "0x020000\n", "1\n");
	function(b, "0000:00:07.0", "0x020000\n", "0\n");
	function(b, "0000:00:08.0", "0x020000\n", "0\n");
	function(b, "0000:00:09.0", "0x030200\n", "0\n");
	function(b, "0000:00:0a.0", "0x030200\n", "1\n");
	put(b, "Model: \t\t A\nDevice Minor: \t 3\n",
		"proc/driver/nvidia/gpus/0000:00:09.0/information");
	put(b, "Model: \t\t A\nDevice Minor: \t 1\n",
		"proc/driver/nvidia/gpus/0000:00:0a.0/information");
	link_to(b, "../../devices/pci0000:00/0000:00:09.0/virtio3/drm/renderD128",
		"sys/class/drm/renderD128");
	link_to(b, "../../devices/faux/vgem/drm/renderD130", "sys/class/drm/renderD130");
	interface(b, LO, "lo", NULL, 0);
	interface(b, ETH0, "eth0", "0000:00:05.0", 0);
	interface(b, ETH1, "eth1", "0000:00:06.0", BOND1);
	interface(b, BOND0, "bond0", NULL, 0);
	interface(b, BOND1, "bond1", NULL, 0);
	interface(b, ETH2, "eth2", "0000:00:07.0", BOND0);
	interface(b, ETH3, "eth3", "0000:00:08.0", BOND1);
	answer(b, "ask/rtnl/link");
	addresses();
	answer(b, "ask/rtnl/address");
}

static void sockets(const struct bench *b, const struct told *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!all[i].mapped)
			put_socket(&all[i], sizeof(struct tcp_info));
	answer(b, "ask/diag/tcp4");
	for (size_t i = 0; i < n; i++)
		if (all[i].mapped)
			put_socket(&all[i], sizeof(struct tcp_info));
	answer(b, "ask/diag/tcp6");
}

#define SOCKETS(b, ...)                                                                            \
	sockets(b, (const struct told[]){ __VA_ARGS__ },                                           \
		sizeof((const struct told[]){ __VA_ARGS__ }) / sizeof(struct told))

static void process(
	const struct bench *b, unsigned pid, const char *allowed, unsigned cpu, unsigned ticks)
{
	char text[512];

	thread_stat(text, pid, "job", cpu, ticks);
	put(b, text, "proc/%u/stat", pid);
	thread(b, pid, pid, "job", allowed, cpu, ticks);
	link_to(b, "/dev/null", "proc/%u/fd/0", pid);
}

static void holds(const struct bench *b, unsigned pid, unsigned fd, const char *what)
{
	link_to(b, what, "proc/%u/fd/%u", pid, fd);
}

static const uint64_t much = 1 << 20; /* in some milliseconds */

/* ---- TCP ---- */

static void one_that_is_bound_to_the_other_socket(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "5-6", 5, 100);
	thread(b, 312, 313, "job", "4-7", 4, 100);
	holds(b, 312, 7, "socket:[8123]");
	SOCKETS(b, { 8123, ETH0, 5000, 0, 0, false });
	start(b);
	/* nobody knows yet whether it moves anything */
	assert_int_equal(rows(b), 0);
	process(b, 312, "5-6", 5, 110);
	thread(b, 312, 313, "job", "4-7", 4, 130);
	SOCKETS(b, { 8123, ETH0, 5000, much, 0, false });
	again(b);
	assert_str(names_get(&b->session.texts, (uint32_t)NIC("cpus", "task:312/job")), "5-6");
	assert_int_equal(NIC("bound", "task:312/job"), 1);
	assert_true(NIC("task.outside", "task:312/job") > 10000);
	assert_true(uses(b, "task:312/job", "netdev:eth0"));
	assert_int_equal(GPU_OF("bound", "task:312/job"), -1);
	assert_int_equal(b->frame.n_failures, 0);
	/* the same connection rests */
	process(b, 312, "5-6", 5, 120);
	again(b);
	assert_int_equal(rows(b), 0);
	assert_false(uses(b, "task:312/job", "netdev:eth0"));
	assert_int_equal(b->frame.n_failures, 0);
}

static void near_or_free_is_not_bound(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "0-3", 1, 100);
	process(b, 400, "0-7", 6, 100);
	holds(b, 312, 7, "socket:[8123]");
	holds(b, 400, 7, "socket:[8124]");
	SOCKETS(b, { 8123, ETH0, 0, 0, 0, false }, { 8124, ETH0, 0, 0, 0, true });
	start(b);
	process(b, 312, "0-3", 1, 110);
	process(b, 400, "0-7", 6, 110);
	SOCKETS(b, { 8123, ETH0, much, 0, 0, false }, { 8124, ETH0, 0, much, 0, true });
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 0);
	assert_int_equal(NIC("task.outside", "task:312/job"), 0);
	assert_int_equal(NIC("bound", "task:400/job"), 0);
	assert_true(NIC("task.outside", "task:400/job") > 1000);
	assert_true(uses(b, "task:400/job", "netdev:eth0"));
}

/* As programs do that talk to a service of the same host by its name. */
static void what_stays_on_the_host_is_no_use_of_an_interface(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "socket:[8123]");
	holds(b, 312, 8, "socket:[8124]");
	SOCKETS(b, { 8123, LO, 0, 0, 0, false }, { 8124, ETH0, 0, 0, ETH0, false });
	start(b);
	process(b, 312, "4-7", 5, 110);
	SOCKETS(b, { 8123, LO, much, 0, 0, false }, { 8124, ETH0, much, 0, ETH0, false });
	again(b);
	assert_int_equal(rows(b), 0);
	/* beside it, what goes to another host does count */
	process(b, 312, "4-7", 5, 120);
	SOCKETS(b, { 8123, LO, 2 * much, 0, 0, false }, { 8125, ETH0, much, 0, 0, false });
	holds(b, 312, 9, "socket:[8125]");
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 1);
}

static void work_that_is_spread_over_both_sockets(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	process(b, 400, "0-3", 1, 100);
	holds(b, 312, 7, "socket:[8123]");
	holds(b, 400, 7, "socket:[8124]");
	SOCKETS(b, { 8123, ETH0, 0, 0, 0, false }, { 8124, ETH0, 0, 0, 0, false });
	start(b);
	process(b, 312, "4-7", 5, 110);
	process(b, 400, "0-3", 1, 110);
	SOCKETS(b, { 8123, ETH0, much, 0, 0, false }, { 8124, ETH0, much, 0, 0, false });
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 0);
	assert_int_equal(NIC("bound", "task:400/job"), 0);
	assert_true(NIC("task.outside", "task:312/job") > 0);
}

static void what_software_made_is_where_its_ports_are(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	process(b, 400, "4-7", 5, 100);
	process(b, 500, "4-7", 5, 100);
	holds(b, 312, 7, "socket:[8123]");
	holds(b, 400, 7, "socket:[8124]");
	holds(b, 500, 7, "socket:[8125]");
	SOCKETS(b, { 8123, BOND0, 0, 0, 0, false }, { 8124, BOND1, 0, 0, 0, false },
		{ 8125, 0, 0, 0, 0, false });
	start(b);
	process(b, 312, "4-7", 5, 110);
	process(b, 400, "4-7", 5, 110);
	process(b, 500, "4-7", 5, 110);
	SOCKETS(b, { 8123, BOND0, much, 0, 0, false }, { 8124, BOND1, much, 0, 0, false },
		{ 8125, 0, much, 0, 0, false });
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 1);
	assert_true(uses(b, "task:312/job", "netdev:bond0"));
	assert_int_equal(NIC("bound", "task:400/job"), -1);
	assert_int_equal(NIC("bound", "task:500/job"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

static void a_connection_is_not_one_that_had_its_number(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "socket:[8123]");
	SOCKETS(b, { 8123, ETH0, 8 * much, much, 0, false });
	start(b);
	process(b, 312, "4-7", 5, 110);
	SOCKETS(b, { 8123, ETH0, 10, 0, 0, false });
	again(b);
	assert_int_equal(rows(b), 0);
	/* another one, which has moved something */
	process(b, 312, "4-7", 5, 120);
	SOCKETS(b, { 8123, ETH0, 9 * much, 0, 0, false });
	again(b);
	process(b, 312, "4-7", 5, 130);
	SOCKETS(b, { 8123, ETH0, much, 0, 0, false });
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 1);
}

/* A part of the first answer is missing: what is new in the second may be old. */
static void an_answer_that_was_cut(void **state)
{
	struct bench *b = *state;
	char path[128];

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "socket:[8124]");
	SOCKETS(b, { 8123, ETH0, 0, 0, 0, false }, { 8124, ETH0, much, 0, 0, false });
	snprintf(path, sizeof(path), "%s/ask/diag/tcp4", b->dir);
	assert_int_equal(truncate(path, 500), 0);
	start(b);
	assert_int_equal(failures(b, -EBADMSG), 1);
	process(b, 312, "4-7", 5, 110);
	SOCKETS(b, { 8123, ETH0, 0, 0, 0, false }, { 8124, ETH0, much, 0, 0, false });
	again(b);
	assert_int_equal(rows(b), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

static void a_kernel_that_tells_of_no_connections(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "socket:[8123]");
	start(b);
	assert_int_equal(status_of(b, "ask/diag/tcp4"), -ENOENT);
	assert_int_equal(b->frame.n_failures, 0);
}

/* ---- GPUs ---- */

static void a_gpu_of_the_other_socket(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "/dev/nvidiactl");
	holds(b, 312, 8, "/dev/nvidia3");
	process(b, 400, "4-7", 5, 100);
	holds(b, 400, 7, "/dev/dri/renderD128");
	process(b, 500, "4-7", 5, 100);
	holds(b, 500, 7, "/dev/nvidia1");
	start(b);
	assert_int_equal(GPU_OF("bound", "task:312/job"), 1);
	assert_int_equal(GPU_OF("bound", "task:400/job"), 1);
	assert_int_equal(GPU_OF("bound", "task:500/job"), 0);
	assert_true(uses(b, "task:312/job", "gpu:0000:00:09.0"));
	assert_true(uses(b, "task:400/job", "gpu:0000:00:09.0"));
	assert_int_equal(status_of(b, "ask/diag/tcp4"), 1);
	process(b, 312, "4-7", 5, 120);
	process(b, 400, "4-7", 5, 100);
	again(b);
	assert_true(GPU_OF("task.outside", "task:312/job") > 10000);
	/* who did nothing meanwhile is not looked at */
	assert_int_equal(GPU_OF("bound", "task:400/job"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

/* As CUDA does where nobody hides the others. */
static void who_opened_all_gpus_is_near_one(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "/dev/nvidia1");
	holds(b, 312, 8, "/dev/nvidia3");
	start(b);
	assert_int_equal(GPU_OF("bound", "task:312/job"), 0);
}

static void near_its_gpu_it_may_talk_to_the_other_side(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "/dev/nvidia1");
	holds(b, 312, 8, "socket:[8123]");
	SOCKETS(b, { 8123, ETH0, 0, 0, 0, false });
	start(b);
	process(b, 312, "4-7", 5, 110);
	SOCKETS(b, { 8123, ETH0, much, 0, 0, false });
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 0);
	assert_int_equal(NIC("task.outside", "task:312/job"), 0);
	assert_int_equal(GPU_OF("bound", "task:312/job"), 0);
}

/* As MPI does: data over RDMA on its own side, and what it begins with over the interface that has a name. */
static void near_its_rdma_device_it_may_talk_to_the_other_side(void **state)
{
	struct bench *b = *state;
	const struct told_qp qp = {
		.port = 1, .number = 17, .remote = 9, .type = 2, .state = QP_RTS, .pid = 312
	};
	const struct told_count none[] = { { "qp", 1 } };
	struct pack resources = { 0 }, qps = { 0 };

	host(b);
	put(b, "job\n", "proc/312/comm");
	link_to(b, "../../../devices/pci0000:00/0000:00:06.0",
		"sys/class/infiniband/mlx5_0/device");
	nldev_put_resources(&resources, 3, "mlx5_0", none, 1);
	nldev_end(&resources, NLMSG_DONE);
	tree_write(b->dir, "ask/rdma/all/resource", resources.p, resources.n);
	nldev_put_qps(&qps, "mlx5_0", &qp, 1);
	nldev_end(&qps, NLMSG_DONE);
	tree_write(b->dir, "ask/rdma/of/mlx5_0/qp", qps.p, qps.n);
	pack_free(&resources);
	pack_free(&qps);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 8, "socket:[8123]");
	SOCKETS(b, { 8123, ETH0, 0, 0, 0, false });
	start(b);
	process(b, 312, "4-7", 5, 110);
	SOCKETS(b, { 8123, ETH0, much, 0, 0, false });
	again(b);
	assert_int_equal(NIC("bound", "task:312/job"), 0);
	assert_int_equal(NIC("task.outside", "task:312/job"), 0);
}

static void gpus_that_nobody_knows(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "/dev/nvidia3");
	holds(b, 312, 8, "/dev/nvidia9"); /* may be near */
	process(b, 400, "4-7", 5, 100);
	holds(b, 400, 7, "/dev/dri/renderD130"); /* made by software */
	process(b, 500, "4-7", 5, 100);
	holds(b, 500, 7, "/dev/nvidia3");
	holds(b, 500, 8, "/dev/nvidia4294967296");
	start(b);
	assert_int_equal(rows(b), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

/* ---- hosts and processes ---- */

static void one_node_says_nothing(void **state)
{
	struct bench *b = *state;

	host(b);
	node(b, 0, "0-7\n", "10 21\n");
	node(b, 1, "\n", "21 10\n");
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "/dev/nvidia3");
	holds(b, 312, 8, "socket:[8123]");
	start(b);
	assert_int_equal(rows(b), 0);
	assert_int_equal(b->frame.n_failures, 0);
	for (size_t i = 0; i < device_place_collector.n_texts; i++)
		assert_int_equal(status_of(b, device_place_collector.texts[i].path), 1);
}

static void one_thread_that_may_run_near_is_enough(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	thread(b, 312, 313, "job", "3-7", 4, 100);
	holds(b, 312, 7, "/dev/nvidia3");
	start(b);
	assert_int_equal(GPU_OF("bound", "task:312/job"), 0);
}

/* What was not seen of it may be on its own side. */
static void more_links_than_are_read(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	holds(b, 312, 7, "/dev/nvidia3");
	for (unsigned fd = 10; fd < 1034; fd++)
		holds(b, 312, fd, "pipe:[77]");
	start(b);
	assert_int_equal(rows(b), 0);
	assert_int_equal(failures(b, -E2BIG), 1);
}

static void the_busiest_are_looked_at(void **state)
{
	struct bench *b = *state;
	char name[32];
	unsigned n = 0;

	host(b);
	for (unsigned pid = 1000; pid < 1040; pid++) {
		process(b, pid, "4-7", 5, pid);
		holds(b, pid, 7, "/dev/nvidia3");
	}
	start(b);
	for (unsigned pid = 1000; pid < 1040; pid++) {
		snprintf(name, sizeof(name), "task:%u/job", pid);
		n += GPU_OF("bound", name) == 1;
	}
	assert_int_equal(n, 32);
	assert_int_equal(GPU_OF("bound", "task:1000/job"), -1);
	assert_int_equal(GPU_OF("bound", "task:1039/job"), 1);
}

static void who_has_another_name_is_another(void **state)
{
	struct bench *b = *state;

	host(b);
	process(b, 312, "4-7", 5, 100);
	put(b, "312 (other) S 1 1 1 0 -1 4194304 0 0 0 0 50 50 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 5 0 0 0\n",
		"proc/312/task/312/stat");
	holds(b, 312, 7, "/dev/nvidia3");
	start(b);
	assert_int_equal(rows(b), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(one_that_is_bound_to_the_other_socket),
		WITH_BENCH(near_or_free_is_not_bound),
		WITH_BENCH(what_stays_on_the_host_is_no_use_of_an_interface),
		WITH_BENCH(work_that_is_spread_over_both_sockets),
		WITH_BENCH(what_software_made_is_where_its_ports_are),
		WITH_BENCH(a_connection_is_not_one_that_had_its_number),
		WITH_BENCH(an_answer_that_was_cut),
		WITH_BENCH(a_kernel_that_tells_of_no_connections),
		WITH_BENCH(a_gpu_of_the_other_socket),
		WITH_BENCH(who_opened_all_gpus_is_near_one),
		WITH_BENCH(near_its_gpu_it_may_talk_to_the_other_side),
		WITH_BENCH(near_its_rdma_device_it_may_talk_to_the_other_side),
		WITH_BENCH(gpus_that_nobody_knows),
		WITH_BENCH(one_node_says_nothing),
		WITH_BENCH(one_thread_that_may_run_near_is_enough),
		WITH_BENCH(more_links_than_are_read),
		WITH_BENCH(the_busiest_are_looked_at),
		WITH_BENCH(who_has_another_name_is_another),
	};

	return RUN_TESTS(tests);
}
