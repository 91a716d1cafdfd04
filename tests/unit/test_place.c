/* Where interrupts are taken, seen from their device, and queues that hold bytes: made trees, read twice. */
#include "test.h"

#include "tree.h"

#include "collect/run.h"

extern const struct collector bql_collector, cpu_collector, interrupts_collector,
	irq_affinity_collector, irq_place_collector, netdev_collector, netqueue_collector,
	numa_collector, pcie_collector, queue_held_collector, task_place_collector, tasks_collector;

static const struct collector *const places[] = { &bql_collector, &cpu_collector,
	&interrupts_collector, &irq_affinity_collector, &netdev_collector, &netqueue_collector,
	&numa_collector, &pcie_collector, &tasks_collector, &irq_place_collector,
	&queue_held_collector, &task_place_collector };

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
};

static void start(struct bench *b)
{
	const struct run_options once = { .once = true };

	assert_int_equal(session_open(&b->session), 0);
	assert_int_equal(frame_open(&b->frame), 0);
	assert_int_equal(host_tree(b->dir, &b->host), 0);
	assert_int_equal(run_open(b->host, &b->session, places, sizeof(places) / sizeof(*places),
				 &once, &b->run),
		0);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
}

static void stop(struct bench *b)
{
	run_close(b->run);
	host_close(b->host);
	frame_close(&b->frame);
	session_close(&b->session);
	tree_remove(b->dir);
}

static const struct block *block_of(const struct bench *b, const char *signal, const char *name)
{
	return ledger_find(&b->session.ledger, names_find(&b->session.entities.names, str_of(name)),
		catalog_find(&b->session.catalog, str_of(signal)));
}

static bool has(const struct bench *b, const char *signal, const char *name)
{
	const struct block *block = block_of(b, signal, name);

	return block && block_has(block, 0);
}

static int64_t value(const struct bench *b, const char *signal, const char *name)
{
	if (!has(b, signal, name))
		fail_msg("no row %s of %s", signal, name);
	return block_of(b, signal, name)->values[0];
}

static str text(const struct bench *b, const char *signal, const char *name)
{
	return names_get(&b->session.texts, (uint32_t)value(b, signal, name));
}

static void function(
	const struct bench *b, const char *address, const char *class, const char *node)
{
	char file[128], target[128];

	snprintf(file, sizeof(file), "sys/devices/pci0000:00/%s/class", address);
	tree_text(b->dir, file, class);
	snprintf(file, sizeof(file), "sys/devices/pci0000:00/%s/numa_node", address);
	tree_text(b->dir, file, node);
	snprintf(file, sizeof(file), "sys/bus/pci/devices/%s", address);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", address);
	tree_link(b->dir, file, target);
}

static void line(const struct bench *b, const char *address, unsigned irq, const char *wanted,
	const char *effective)
{
	char file[128];

	snprintf(file, sizeof(file), "sys/devices/pci0000:00/%s/msi_irqs/%u", address, irq);
	tree_text(b->dir, file, "msix\n");
	snprintf(file, sizeof(file), "proc/irq/%u/smp_affinity_list", irq);
	tree_text(b->dir, file, wanted);
	snprintf(file, sizeof(file), "proc/irq/%u/effective_affinity_list", irq);
	tree_text(b->dir, file, effective);
}

static void nodes(const struct bench *b, const char *first, const char *second)
{
	tree_text(b->dir, "sys/devices/system/node/online", second ? "0-1\n" : "0\n");
	tree_text(b->dir, "sys/devices/system/node/node0/cpulist", first);
	if (second)
		tree_text(b->dir, "sys/devices/system/node/node1/cpulist", second);
}

static void counts(const struct bench *b, unsigned on_0, unsigned on_2)
{
	char all[512];

	snprintf(all, sizeof(all),
		"      CPU0  CPU1  CPU2  CPU3\n"
		" 40:  %u     7     0     0  PCI-MSIX-0000:00:05.0   0-edge      nic-0\n"
		" 41:  0      0    %u     1  PCI-MSIX-0000:00:05.0   1-edge      nic-1\n"
		" 42:  9      0     0     0  PCI-MSIX-0000:00:05.0   2-edge\n",
		on_0, on_2);
	tree_text(b->dir, "proc/interrupts", all);
}

static void two_lines(struct bench *b)
{
	tree_make(b->dir);
	nodes(b, "0-1\n", "2-3\n");
	function(b, "0000:00:05.0", "0x020000\n", "1\n");
	line(b, "0000:00:05.0", 40, "0\n", "0\n");
	line(b, "0000:00:05.0", 41, "0-3\n", "2\n");
	line(b, "0000:00:05.0", 42, "0-3\n", "0\n"); /* nobody handles it */
	counts(b, 100, 50);
}

static void lines_outside_of_the_node(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_lines(&b);
	start(&b);
	assert_int_equal(value(&b, "irq.remote", "irq:40"), 1);
	assert_int_equal(value(&b, "irq.remote", "irq:41"), 0);
	assert_int_equal(value(&b, "irq.remote.count", "irq:40"), 107);
	assert_int_equal(value(&b, "irq.remote.count", "irq:41"), 0);
	assert_false(has(&b, "irq.remote", "irq:42"));
	assert_int_equal(value(&b, "irq.device.count", "pci:0000:00:05.0"), 100);
	assert_false(has(&b, "irq.device.skew", "pci:0000:00:05.0"));
	assert_int_equal(b.frame.n_failures, 0);
	counts(&b, 100 + 1600, 50 + 400);
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_int_equal(value(&b, "irq.remote.count", "irq:40"), 1707);
	assert_int_equal(value(&b, "irq.device.skew", "pci:0000:00:05.0"), 8000);
	assert_int_equal(value(&b, "numa.irq.outside", "pci:0000:00:05.0"), 8000);
	/* too few for a share */
	counts(&b, 1700 + 900, 450 + 99);
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_false(has(&b, "irq.device.skew", "pci:0000:00:05.0"));
	/* a line that was made again counts from 0 */
	counts(&b, 3, 450 + 9999);
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_false(has(&b, "irq.device.skew", "pci:0000:00:05.0"));
	stop(&b);
}

static void nobody_is_remote_without_a_second_node(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_lines(&b);
	nodes(&b, "0-3\n", "\n"); /* memory without CPUs */
	function(&b, "0000:00:06.0", "0x020000\n", "0\n");
	line(&b, "0000:00:06.0", 41, "0-3\n", "2\n");
	start(&b);
	assert_false(has(&b, "irq.remote", "irq:41"));
	assert_false(has(&b, "irq.remote", "irq:40"));
	assert_false(has(&b, "irq.remote.count", "irq:40"));
	assert_true(has(&b, "irq.device.count", "pci:0000:00:05.0"));
	stop(&b);
}

static char *handled(char *at, unsigned irq, const char *address)
{
	return at + sprintf(at, "%u: 1 PCI-MSIX-%s 0-edge queue-%u\n", irq, address, irq);
}

/* 192 CPUs and lines for `each` of them. */
static char *divide(
	const struct bench *b, char *at, const char *address, unsigned first, unsigned each)
{
	char list[32];

	for (unsigned i = 0; i < 192 / each; i++) {
		snprintf(list, sizeof(list), "%u-%u\n", each * i, each * i + each - 1);
		line(b, address, first + i, list, list);
		at = handled(at, first + i, address);
	}
	return at;
}

/* What drivers of NVMe and of fast NICs do: a line for each few CPUs, of both nodes. */
static void a_line_for_each_cpu_is_no_fault(void **state)
{
	struct bench b = { 0 };
	char all[32768], *at = all;

	(void)state;
	tree_make(b.dir);
	nodes(&b, "0-95\n", "96-191\n");
	function(&b, "0000:00:05.0", "0x010802\n", "1\n");
	function(&b, "0000:00:06.0", "0x020000\n", "1\n");
	function(&b, "0000:00:07.0", "0x010802\n", "1\n");
	at += sprintf(at, "      CPU0\n");
	at = divide(&b, at, "0000:00:05.0", 100, 2);
	line(&b, "0000:00:05.0", 99, "96-191\n",
		"96\n"); /* what serves no queue is anywhere near */
	at = handled(at, 99, "0000:00:05.0");
	at = divide(&b, at, "0000:00:06.0", 300, 4);
	line(&b, "0000:00:06.0", 299, "96-191\n", "96\n");
	at = handled(at, 299, "0000:00:06.0");
	at = divide(&b, at, "0000:00:07.0", 400, 96); /* two queues */
	tree_text(b.dir, "proc/interrupts", all);
	start(&b);
	assert_int_equal(value(&b, "irq.remote", "irq:100"), 0);
	assert_int_equal(value(&b, "irq.remote.count", "irq:100"), 1);
	assert_int_equal(value(&b, "irq.remote", "irq:300"), 0);
	assert_int_equal(value(&b, "irq.remote", "irq:400"), 0);
	/* only NICs have rows of all lines together */
	assert_false(has(&b, "irq.device.count", "pci:0000:00:05.0"));
	assert_true(has(&b, "irq.device.count", "pci:0000:00:06.0"));
	stop(&b);
}

static void lines_that_somebody_placed(void **state)
{
	struct bench b = { 0 };
	char all[4096], *at = all;

	(void)state;
	tree_make(b.dir);
	nodes(&b, "0-95\n", "96-191\n");
	/* the only one; one of two, whose other may go all over the node */
	function(&b, "0000:00:05.0", "0x020000\n", "1\n");
	line(&b, "0000:00:05.0", 100, "0-95\n", "3\n");
	function(&b, "0000:00:06.0", "0x020000\n", "1\n");
	line(&b, "0000:00:06.0", 200, "96-191\n", "100\n");
	line(&b, "0000:00:06.0", 201, "0-95\n", "3\n");
	/* lists that overlap divide nothing */
	function(&b, "0000:00:07.0", "0x020000\n", "1\n");
	line(&b, "0000:00:07.0", 300, "50-150\n", "50\n");
	line(&b, "0000:00:07.0", 301, "100-191\n", "100\n");
	line(&b, "0000:00:07.0", 302, "0-120\n", "99\n");
	line(&b, "0000:00:07.0", 303, "97-190\n", "97\n");
	/* a disk whose only line is far */
	function(&b, "0000:00:08.0", "0x010802\n", "1\n");
	line(&b, "0000:00:08.0", 400, "7\n", "7\n");
	/* one that may go anywhere, and goes far */
	function(&b, "0000:00:09.0", "0x010802\n", "1\n");
	line(&b, "0000:00:09.0", 500, "0-191\n", "7\n");
	at += sprintf(at, "      CPU0\n");
	at = handled(at, 100, "0000:00:05.0");
	at = handled(at, 200, "0000:00:06.0");
	at = handled(at, 201, "0000:00:06.0");
	for (unsigned irq = 300; irq < 304; irq++)
		at = handled(at, irq, "0000:00:07.0");
	at = handled(at, 400, "0000:00:08.0");
	at = handled(at, 500, "0000:00:09.0");
	/* SATA is not worth a word */
	function(&b, "0000:00:0a.0", "0x010601\n", "1\n");
	line(&b, "0000:00:0a.0", 600, "7\n", "7\n");
	handled(at, 600, "0000:00:0a.0");
	tree_text(b.dir, "proc/interrupts", all);
	start(&b);
	assert_int_equal(value(&b, "irq.remote", "irq:100"), 1);
	assert_int_equal(value(&b, "irq.remote", "irq:200"), 0);
	assert_int_equal(value(&b, "irq.remote", "irq:201"), 1);
	assert_int_equal(value(&b, "irq.remote", "irq:300"), 1);
	assert_int_equal(value(&b, "irq.remote", "irq:302"), 0);
	assert_int_equal(value(&b, "irq.remote", "irq:400"), 1);
	assert_int_equal(value(&b, "irq.remote", "irq:500"), 1);
	assert_false(has(&b, "irq.remote", "irq:600"));
	stop(&b);
}

static void cpus_that_are_kept_apart(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_lines(&b);
	tree_text(b.dir, "sys/devices/system/cpu/isolated", "2\n");
	tree_text(b.dir, "sys/devices/system/cpu/nohz_full", "3\n");
	line(&b, "0000:00:05.0", 43, "3\n", "3\n"); /* somebody wanted that */
	tree_text(b.dir, "proc/interrupts",
		"      CPU0  CPU2  CPU3\n"
		" 41:  5      6     7     PCI-MSIX-0000:00:05.0   1-edge      nic-1\n"
		" 43:  0      0     7     PCI-MSIX-0000:00:05.0   3-edge      nic-3\n");
	tree_text(b.dir, "proc/irq/default_smp_affinity", "00000000,0000000c\n");
	start(&b);
	assert_int_equal(value(&b, "irq.isolated", "irq:41"), 1);
	assert_int_equal(value(&b, "irq.isolated.count", "irq:41"), 13);
	assert_int_equal(value(&b, "irq.isolated", "irq:43"), 0);
	assert_str(text(&b, "irq.affinity.default", "host"), "2-3");
	assert_int_equal(value(&b, "irq.affinity.default.free", "host"), 0);
	tree_text(b.dir, "proc/irq/default_smp_affinity", "f\n");
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_int_equal(value(&b, "irq.affinity.default.free", "host"), 2);
	stop(&b);
}

static void wishes_and_moves(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_lines(&b);
	tree_text(b.dir, "proc/irq/40/affinity_hint", "00000000,00000006\n");
	tree_text(b.dir, "proc/irq/41/affinity_hint", "0\n");
	tree_text(b.dir, "proc/irq/default_smp_affinity", "f,zz\n");
	start(&b);
	assert_str(text(&b, "irq.affinity.hint", "irq:40"), "1-2");
	assert_int_equal(value(&b, "irq.affinity.off_hint", "irq:40"), 1);
	assert_false(has(&b, "irq.affinity.hint", "irq:41"));
	assert_false(has(&b, "irq.affinity.default", "host"));
	assert_int_equal(b.frame.n_failures, 1); /* the mask that is none */
	assert_int_equal(value(&b, "irq.affinity.pending", "irq:40"), 0);
	assert_false(has(&b, "irq.isolated", "irq:40"));
	tree_text(b.dir, "proc/irq/40/smp_affinity_list", "1-2\n");
	assert_int_equal(run_tick(b.run, &b.frame), 0);
	assert_int_equal(value(&b, "irq.affinity.pending", "irq:40"), 1);
	assert_int_equal(value(&b, "irq.affinity.off_hint", "irq:40"), 0);
	stop(&b);
}

static void what_irqbalance_is_told(void **state)
{
	struct bench b = { 0 };

	(void)state;
	two_lines(&b);
	tree_text(b.dir, "etc/default/irqbalance",
		"# IRQBALANCE_BANNED_CPULIST=9\n#IRQBALANCE_ARGS=\n"
		"IRQBALANCE_BANNED_CPULIST=\"2-3\"\n  export IRQBALANCE_ARGS='--banirq=40 -h exact'  \n"
		"IRQBALANCE_ONESHOT=\n=\n");
	start(&b);
	assert_str(text(&b, "irq.balance.banned", "host"), "2-3");
	assert_str(text(&b, "irq.balance.args", "host"), "--banirq=40 -h exact");
	assert_int_equal(b.frame.n_failures, 0);
	stop(&b);
}

/* ---- queues ---- */

static void traffic(const struct bench *b, unsigned inflight, unsigned sent, unsigned carrier)
{
	char all[512];

	snprintf(all, sizeof(all),
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
		"  eth0:    1000      10    0    0    0     0          0         0     9000    %u    0    0    0     0       0          0\n",
		sent);
	tree_text(b->dir, "proc/net/dev", all);
	snprintf(all, sizeof(all), "%u\n", carrier);
	tree_text(b->dir, "sys/devices/pci0000:00/0000:00:05.0/net/eth0/carrier", all);
	snprintf(all, sizeof(all), "%u\n", inflight);
	tree_text(b->dir,
		"sys/devices/pci0000:00/0000:00:05.0/net/eth0/queues/tx-0/byte_queue_limits/inflight",
		all);
}

static void again(struct bench *b)
{
	usleep(5000);
	assert_int_equal(run_tick(b->run, &b->frame), 0);
}

static void a_queue_that_holds_bytes(void **state)
{
	struct bench b = { 0 };
	int64_t held;

	(void)state;
	two_lines(&b);
	tree_link(b.dir, "sys/class/net/eth0", "../../devices/pci0000:00/0000:00:05.0/net/eth0");
	traffic(&b, 884, 100, 1);
	start(&b);
	assert_false(has(&b, "nic.queue.held", "queue:eth0/tx-0"));
	assert_false(has(&b, "irq.silent", "pci:0000:00:05.0"));
	again(&b);
	held = value(&b, "nic.queue.held", "queue:eth0/tx-0");
	assert_in_range(held, 4, 5000);
	assert_int_equal(value(&b, "irq.silent", "pci:0000:00:05.0"), 1);
	/* it goes on, and interrupts of other queues come */
	counts(&b, 101, 50);
	again(&b);
	assert_in_range(value(&b, "nic.queue.held", "queue:eth0/tx-0"), held + 4, 10000);
	assert_int_equal(value(&b, "irq.silent", "pci:0000:00:05.0"), 0);
	/* something was sent meanwhile: others wait now */
	traffic(&b, 884, 101, 1);
	again(&b);
	assert_int_equal(value(&b, "nic.queue.held", "queue:eth0/tx-0"), 0);
	/* more come to them; some leave; none are there */
	traffic(&b, 900, 101, 1);
	again(&b);
	assert_in_range(value(&b, "nic.queue.held", "queue:eth0/tx-0"), 4, 5000);
	traffic(&b, 898, 101, 1);
	again(&b);
	assert_int_equal(value(&b, "nic.queue.held", "queue:eth0/tx-0"), 0);
	traffic(&b, 0, 101, 1);
	again(&b);
	again(&b);
	assert_int_equal(value(&b, "nic.queue.held", "queue:eth0/tx-0"), 0);
	assert_int_equal(value(&b, "irq.silent", "pci:0000:00:05.0"), 0);
	/* without a link nothing is known, and it begins anew with one */
	traffic(&b, 884, 101, 0);
	again(&b);
	assert_false(has(&b, "nic.queue.held", "queue:eth0/tx-0"));
	again(&b);
	traffic(&b, 884, 101, 1);
	again(&b);
	assert_false(has(&b, "nic.queue.held", "queue:eth0/tx-0"));
	stop(&b);
}

/* ---- threads ---- */

static void thread(
	const struct bench *b, unsigned pid, const char *name, unsigned cpu, long long on_cpu_ns)
{
	char file[64], all[512];

	snprintf(file, sizeof(file), "proc/%u/stat", pid);
	snprintf(all, sizeof(all),
		"%u (%s) R 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 50 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 %u 0 0 0 0 0\n",
		pid, name, cpu);
	tree_text(b->dir, file, all);
	snprintf(file, sizeof(file), "proc/%u/schedstat", pid);
	snprintf(all, sizeof(all), "%lld 0 1\n", on_cpu_ns);
	tree_text(b->dir, file, all);
}

static void threads(const struct bench *b, long long on_cpu_ns)
{
	thread(b, 100, "napi/eth0-8193", 0, on_cpu_ns);
	thread(b, 101, "napi/eth0-8194", 3, on_cpu_ns); /* near */
	thread(b, 102, "irq/40-nic-0", 1, on_cpu_ns);
	thread(b, 103, "irq/77-acpi", 1, on_cpu_ns);
	thread(b, 104, "napi/eth7-1", 1, on_cpu_ns);
	thread(b, 105, "napi/", 1, on_cpu_ns);
	thread(b, 106, "irq/40", 1, on_cpu_ns);
	thread(b, 107, "bash", 0, on_cpu_ns);
}

static void threads_that_work_for_a_device(void **state)
{
	struct bench b = { 0 };
	static const char *const others[] = { "task:103/irq/77-acpi", "task:104/napi/eth7-1",
		"task:105/napi/", "task:106/irq/40", "task:107/bash" };

	(void)state;
	two_lines(&b);
	tree_link(b.dir, "sys/class/net/eth0", "../../devices/pci0000:00/0000:00:05.0/net/eth0");
	traffic(&b, 0, 1, 1);
	threads(&b, 1000);
	start(&b);
	assert_false(has(&b, "numa.task.outside", "task:100/napi/eth0-8193"));
	threads(&b, 1000 + 1000000000);
	again(&b);
	assert_true(value(&b, "numa.task.outside", "task:100/napi/eth0-8193") > 1000);
	assert_int_equal(value(&b, "numa.task.outside", "task:101/napi/eth0-8194"), 0);
	assert_true(value(&b, "numa.task.outside", "task:102/irq/40-nic-0") > 1000);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(has(&b, "numa.task.outside", others[i]));
	/* another task under its number and name */
	threads(&b, 5);
	again(&b);
	assert_false(has(&b, "numa.task.outside", "task:100/napi/eth0-8193"));
	/* one node; what does not hold any more ends with the reading */
	nodes(&b, "0-3\n", "\n");
	again(&b);
	threads(&b, 5000000);
	again(&b);
	assert_false(has(&b, "numa.task.outside", "task:101/napi/eth0-8194"));
	stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_outside_of_the_node),
		cmocka_unit_test(nobody_is_remote_without_a_second_node),
		cmocka_unit_test(a_line_for_each_cpu_is_no_fault),
		cmocka_unit_test(lines_that_somebody_placed),
		cmocka_unit_test(cpus_that_are_kept_apart),
		cmocka_unit_test(wishes_and_moves),
		cmocka_unit_test(what_irqbalance_is_told),
		cmocka_unit_test(a_queue_that_holds_bytes),
		cmocka_unit_test(threads_that_work_for_a_device),
	};

	return RUN_TESTS(tests);
}
