/* Processes with queue pairs and the memory of their cgroups, near their RDMA device or far: made trees, read twice. */
#include "place_host.h"

#include "collect/rdma_qp.h"
#include "host/pack.h"
#include "nldev_bytes.h"

extern const struct collector infiniband_collector, numa_collector, pcie_collector,
	rdma_place_collector, rdma_resource_collector;

static const struct collector *const list[] = { &infiniband_collector, &numa_collector,
	&pcie_collector, &rdma_resource_collector, &rdma_place_collector };

static void start(struct bench *b)
{
	start_run(b, list, sizeof(list) / sizeof(*list));
}

#define VALUE(signal, entity) value(b, "numa.rdma." signal, entity, 0)

/* ---- the host ---- */

static void device(const struct bench *b, const char *name, const char *address, const char *at)
{
	char target[128];

	function(b, address, "0x020700\n", at);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", address);
	link_to(b, target, "sys/class/infiniband/%s/device", name);
}

/* Two sockets; node 2 is memory without CPUs. Devices: one on each, and one that nobody placed. */
static void host(const struct bench *b)
{
	struct pack reply = { 0 };
	const struct told_count none[] = { { "qp", 1 } };

	put(b, "0-2\n", "sys/devices/system/node/online");
	node(b, 0, "0-3\n", "10 21 24\n");
	node(b, 1, "4-7\n", "21 10 24\n");
	node(b, 2, "\n", "24 24 10\n");
	device(b, "mlx5_0", "0000:00:05.0", "0\n");
	device(b, "mlx5_1", "0000:00:06.0", "1\n");
	device(b, "mlx5_2", "0000:00:07.0", "-1\n");
	nldev_put_resources(&reply, 3, "mlx5_0", none, 1);
	nldev_put_resources(&reply, 4, "mlx5_1", none, 1);
	nldev_put_resources(&reply, 5, "mlx5_2", none, 1);
	nldev_end(&reply, NLMSG_DONE);
	tree_write(b->dir, "ask/rdma/all/resource", reply.p, reply.n);
	pack_free(&reply);
	put(b, "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
		"proc/mounts");
}

enum { MOST_TOLD = 12001 };

/* Queue pairs of a device, one for each of these processes; 0 ends them. */
static void pairs(const struct bench *b, const char *name, const uint32_t *pids)
{
	struct pack reply = { 0 };
	static struct told_qp qps[MOST_TOLD];
	char file[64];
	size_t n = 0;

	for (; pids[n]; n++)
		qps[n] = (struct told_qp){ .port = 1,
			.number = 17 + (uint32_t)n,
			.remote = 9,
			.type = 2,
			.state = QP_RTS,
			.pid = pids[n] };
	nldev_put_qps(&reply, name, qps, n);
	nldev_end(&reply, NLMSG_DONE);
	snprintf(file, sizeof(file), "ask/rdma/of/%s/qp", name);
	tree_write(b->dir, file, reply.p, reply.n);
	pack_free(&reply);
}

static void process(
	const struct bench *b, unsigned pid, const char *allowed, unsigned cpu, unsigned ticks)
{
	put(b, "job\n", "proc/%u/comm", pid);
	put(b, "0::/job\n", "proc/%u/cgroup", pid);
	thread(b, pid, pid, "job", allowed, cpu, ticks);
}

static void memory(const struct bench *b, unsigned first_mib, unsigned second_mib)
{
	char text[256];

	snprintf(text, sizeof(text),
		"anon N0=%llu N1=%llu N2=1048576\nfile N0=1099511627776 N1=0 N2=0\nshmem N0=0 N1=0 N2=0\nkernel_stack N0=1 N1=2 N2=0\n",
		(unsigned long long)first_mib << 20, (unsigned long long)second_mib << 20);
	put(b, text, "sys/fs/cgroup/unified/job/memory.numa_stat");
}

#define PIDS(...) ((uint32_t[]){ __VA_ARGS__, 0 })

/* ---- processes ---- */

static void one_that_is_bound_to_the_other_socket(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "5-6", 5, 100);
	thread(b, 312, 313, "poll", "4-7", 4, 100);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 1);
	assert_int_equal(VALUE("task.outside", "task:312/job"), -1);
	assert_int_equal(VALUE("outside", "rdma:mlx5_0"), -1);
	assert_str(names_get(&b->session.texts, (uint32_t)VALUE("cpus", "task:312/job")), "5-6");
	/* both threads ran, all of it far */
	process(b, 312, "5-6", 5, 110);
	thread(b, 312, 313, "poll", "4-7", 4, 130);
	again(b);
	assert_true(VALUE("task.outside", "task:312/job") > 10000);
	assert_int_equal(VALUE("outside", "rdma:mlx5_0"), 10000);
	/* a quarter of it near */
	process(b, 312, "5-6", 2, 120);
	thread(b, 312, 313, "poll", "4-7", 4, 160);
	again(b);
	assert_int_equal(VALUE("outside", "rdma:mlx5_0"), 7500);
	/* it does nothing */
	again(b);
	assert_int_equal(VALUE("task.outside", "task:312/job"), 0);
	assert_int_equal(VALUE("outside", "rdma:mlx5_0"), -1);
	assert_int_equal(VALUE("bound", "task:312/job"), 1);
	assert_int_equal(b->frame.n_failures, 0);
}

static void one_thread_that_may_run_near_is_enough(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "4-7", 5, 100);
	thread(b, 312, 313, "poll", "3-7", 4, 100);
	thread(b, 312, 314, "more", "4-7", 4, 100);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 0);
}

static void who_may_run_anywhere_is_bound_nowhere(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "0-7", 5, 100);
	memory(b, 0, 512);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 0);
	assert_int_equal(VALUE("memory.outside", "cgroup:/job"), 9980);
	assert_int_equal(VALUE("memory.bound", "cgroup:/job"), 0);
}

static void near_one_of_its_devices_is_near(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	pairs(b, "mlx5_1", PIDS(312));
	process(b, 312, "4-7", 5, 100);
	start(b);
	process(b, 312, "4-7", 5, 200);
	again(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 0);
	assert_int_equal(VALUE("task.outside", "task:312/job"), 0);
	assert_int_equal(VALUE("outside", "rdma:mlx5_0"), 0);
}

/* Both sockets work with the only adapter that there is. */
static void work_that_is_spread_over_both_sockets(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312, 400));
	process(b, 312, "4-7", 5, 100);
	process(b, 400, "0-3", 1, 100);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 0);
	assert_int_equal(VALUE("bound", "task:400/job"), 0);
	process(b, 312, "4-7", 5, 120);
	process(b, 400, "0-3", 1, 160);
	again(b);
	assert_int_equal(VALUE("outside", "rdma:mlx5_0"), 2500);
	/* one that may run anywhere spreads nothing */
	process(b, 400, "0-7", 1, 160);
	again(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 1);
}

static void what_nobody_placed_is_not_judged(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_2", PIDS(312, 400));
	pairs(b, "mlx5_0", PIDS(400, 500));
	process(b, 312, "4-7", 5, 100);
	process(b, 400, "4-7", 5, 100);
	process(b, 500, "4-7", 5, 100);
	memory(b, 0, 512);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), -1);
	assert_int_equal(VALUE("bound", "task:400/job"), -1);
	/* nor is who shares a device with it: that one may be near */
	assert_int_equal(VALUE("bound", "task:500/job"), 0);
	assert_int_equal(VALUE("memory.outside", "cgroup:/job"), 0);
	assert_int_equal(VALUE("memory.bound", "cgroup:/job"), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

static bool anything(const struct bench *b)
{
	for (uint32_t i = 0; i < b->session.ledger.n; i++)
		if (block_is_there(&b->session.ledger.blocks[i]) &&
			str_starts(str_of(catalog_get(
					   &b->session.catalog, b->session.ledger.blocks[i].sig)
						   ->name),
				STR("numa.rdma.")))
			return true;
	return false;
}

static bool is_said_absent(const struct bench *b, const char *path)
{
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		if (strcmp(b->session.sources[b->frame.reads[i].source].path, path) == 0)
			return b->frame.reads[i].status == -ENOENT;
	return false;
}

static void one_node_says_nothing(void **state)
{
	struct bench *b = *state;

	host(b);
	node(b, 0, "0-7\n", "10 21 24\n");
	node(b, 1, "\n", "21 10 24\n");
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "4-7", 5, 100);
	memory(b, 0, 512);
	start(b);
	assert_false(anything(b));
	assert_int_equal(b->frame.n_failures, 0);
	assert_true(is_said_absent(b, "proc/PID/task/TID/stat"));
	assert_false(is_said_absent(b, "proc/PID/cgroup"));
	assert_false(is_said_absent(b, "sys/fs/cgroup/.../memory.numa_stat"));
}

/* Sub-NUMA clusters: two nodes of one socket. */
static void another_node_of_the_same_socket_is_near(void **state)
{
	struct bench *b = *state;

	host(b);
	node(b, 0, "0-3\n", "10 12 24\n");
	node(b, 1, "4-7\n", "12 10 24\n");
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "4-7", 5, 100);
	memory(b, 0, 512);
	start(b);
	process(b, 312, "4-7", 5, 200);
	again(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 0);
	assert_int_equal(VALUE("task.outside", "task:312/job"), 0);
	assert_int_equal(VALUE("memory.outside", "cgroup:/job"), 0);
}

static void who_has_another_name_is_another(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312, 400, 401));
	process(b, 312, "4-7", 5, 100);
	thread(b, 312, 312, "other", "4-7", 5, 100);
	memory(b, 127,
		384); /* of its group: the one that had the queue pairs may have been in another */
	put(b, "job\n", "proc/400/comm"); /* and nothing else of it */
	start(b);
	assert_false(anything(b));
	assert_int_equal(b->frame.n_failures, 0);
	assert_false(is_said_absent(b, "proc/PID/cgroup"));
}

static void a_thread_that_is_new_has_not_run(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "4-7", 5, 100);
	start(b);
	thread(b, 312, 313, "poll", "4-7", 4, 100000);
	again(b);
	assert_int_equal(VALUE("task.outside", "task:312/job"), 0);
}

/* collect/rdma_resource.c tells the names of 256 processes, and the others' numbers. */
static void more_processes_than_are_told_of(void **state)
{
	struct bench *b = *state;
	uint32_t pids[302] = { 0 };

	host(b);
	for (uint32_t i = 0; i < 301; i++) {
		pids[i] = 1000 + i;
		process(b, pids[i], "4-7", 5, 100);
	}
	pairs(b, "mlx5_0", pids);
	start(b);
	/* who was not looked at may be the one that is near */
	assert_int_equal(VALUE("bound", "task:1000/job"), -1);
	assert_true(VALUE("cpus", "task:1000/job") > 0);
}

/* Of very many queue pairs only some are named, and who has the others is not known. */
static void more_queue_pairs_than_are_named(void **state)
{
	struct bench *b = *state;
	static uint32_t pids[MOST_TOLD];

	host(b);
	process(b, 312, "4-7", 5, 100);
	for (unsigned i = 0; i < 4000; i++)
		pids[i] = 312;
	pairs(b, "mlx5_0", pids);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), 1);
	for (unsigned i = 4000; i < MOST_TOLD - 1; i++)
		pids[i] = 312;
	pairs(b, "mlx5_0", pids);
	again(b);
	assert_int_equal(VALUE("bound", "task:312/job"), -1);
}

/* The second message is cut off: what was told until there counts nothing. */
static void an_answer_that_was_cut(void **state)
{
	struct bench *b = *state;
	static uint32_t pids[101];
	char path[128], whole[65536];
	ssize_t n;
	int fd;

	host(b);
	process(b, 312, "4-7", 5, 100);
	for (unsigned i = 0; i < 100; i++)
		pids[i] = 312;
	pairs(b, "mlx5_0", pids);
	snprintf(path, sizeof(path), "%s/ask/rdma/of/mlx5_0/qp", b->dir);
	fd = open(path, O_RDONLY);
	n = read(fd, whole, sizeof(whole));
	close(fd);
	assert_true(n > 1000 && n < (ssize_t)sizeof(whole));
	tree_write(b->dir, "ask/rdma/of/mlx5_0/qp", whole, (size_t)n - 200);
	start(b);
	assert_true(VALUE("cpus", "task:312/job") > 0);
	assert_int_equal(VALUE("bound", "task:312/job"), -1);
}

static void more_threads_than_there_is_room_for(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "4-7", 5, 100);
	for (unsigned i = 0; i < 4096; i++)
		thread(b, 312, 10000 + i, "poll", "4-7", 4, 100);
	start(b);
	assert_int_equal(VALUE("bound", "task:312/job"), -1);
	assert_int_equal(b->frame.n_failures, 1);
	assert_int_equal(b->frame.failures[0].error, -E2BIG);
}

/* ---- memory ---- */

static void memory_of_the_other_socket(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "0-3", 1, 100);
	memory(b, 127, 384);
	start(b);
	assert_int_equal(value(b, "numa.rdma.memory", "cgroup:/job", 1), (int64_t)384 << 20);
	assert_int_equal(VALUE("memory.outside", "cgroup:/job"), 7500);
	assert_int_equal(VALUE("memory.bound", "cgroup:/job"), 1);
	/* too little to make a share of */
	memory(b, 1, 61);
	again(b);
	assert_int_equal(VALUE("memory.outside", "cgroup:/job"), -1);
	assert_int_equal(VALUE("memory.bound", "cgroup:/job"), 1);
	/* another one of the group has queue pairs on the other side */
	memory(b, 127, 384);
	pairs(b, "mlx5_1", PIDS(400));
	process(b, 400, "4-7", 5, 100);
	again(b);
	assert_int_equal(VALUE("memory.outside", "cgroup:/job"), 0);
	assert_int_equal(VALUE("memory.bound", "cgroup:/job"), 1);
}

static void a_group_without_its_controller(void **state)
{
	struct bench *b = *state;

	host(b);
	pairs(b, "mlx5_0", PIDS(312));
	process(b, 312, "0-3", 1, 100);
	start(b);
	assert_true(is_said_absent(b, "sys/fs/cgroup/.../memory.numa_stat"));
	assert_int_equal(VALUE("memory.bound", "cgroup:/job"), -1);
	/* that of all is no group's */
	put(b, "0::/\n", "proc/312/cgroup");
	put(b, "anon N0=1099511627776 N1=1099511627776\n",
		"sys/fs/cgroup/unified/memory.numa_stat");
	again(b);
	assert_false(is_said_absent(b, "sys/fs/cgroup/.../memory.numa_stat"));
	assert_int_equal(VALUE("memory.outside", "cgroup:/"), -1);
	assert_int_equal(b->frame.n_failures, 0);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(one_that_is_bound_to_the_other_socket),
		WITH_BENCH(one_thread_that_may_run_near_is_enough),
		WITH_BENCH(who_may_run_anywhere_is_bound_nowhere),
		WITH_BENCH(near_one_of_its_devices_is_near),
		WITH_BENCH(work_that_is_spread_over_both_sockets),
		WITH_BENCH(what_nobody_placed_is_not_judged),
		WITH_BENCH(one_node_says_nothing),
		WITH_BENCH(another_node_of_the_same_socket_is_near),
		WITH_BENCH(who_has_another_name_is_another),
		WITH_BENCH(a_thread_that_is_new_has_not_run),
		WITH_BENCH(more_processes_than_are_told_of),
		WITH_BENCH(more_queue_pairs_than_are_named),
		WITH_BENCH(an_answer_that_was_cut),
		WITH_BENCH(more_threads_than_there_is_room_for),
		WITH_BENCH(memory_of_the_other_socket),
		WITH_BENCH(a_group_without_its_controller),
	};

	return RUN_TESTS(tests);
}
