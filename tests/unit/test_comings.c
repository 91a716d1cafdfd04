/* What comes, goes, is renamed, set back, wraps or stands still while somebody watches. */
#include "test.h"

#include "tree.h"

#include "base/clock.h"
#include "collect/run.h"
#include "detect/onset.h"

/* clang-format off */
static const struct indicator indicators[] = {
	{ "rdma.port.symbol_error",   SENSE_QUIET, CAUSE, HARDWARE },
	{ "rdma.port.link_downed",    SENSE_QUIET, CAUSE, HARDWARE },
	{ "softirq.softnet.dropped",  SENSE_QUIET, CAUSE, THRESHOLD },
	{ "cgroup.memory.events.oom_kill", SENSE_QUIET, SYMPTOM, THRESHOLD },
};
/* clang-format on */
static const struct knowledge known_one = { .layer = "rdma", INDICATORS(indicators) };
static const struct knowledge nothing = { .layer = "" };

struct bench {
	char dir[64];
	struct host *host;
	struct session session;
	struct frame frame;
	struct run *run;
	struct tape tape;
	struct arena answer;
	struct onsets onsets;
	int64_t at_ns;
};

static const char port[] = "sys/class/infiniband/mlx5_0/ports/1/counters";

static void counter(const struct bench *b, const char *dir, const char *name, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	tree_text(b->dir, path, value);
}

/* "cpu  ..." of the CPUs in the list, each with `user` ticks; and a line of softnet_stat for each. */
static void cpus(const struct bench *b, const char *list, unsigned user, unsigned dropped)
{
	char stat[1024] = "cpu  1 0 1 1 0 0 0 0 0 0\n", softnet[1024] = "", line[256];

	for (; *list; list++) {
		snprintf(line, sizeof(line), "cpu%c %u 0 5 100 0 0 0 0 0 0\n", *list, user);
		strcat(stat, line);
		snprintf(line, sizeof(line),
			"00000007 %08x 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			"00000000 00000000 00000000 %08x 00000000 00000000\n",
			dropped, *list - '0');
		strcat(softnet, line);
	}
	strcat(stat, "intr 5\nctxt 7\nbtime 1\nprocesses 9\nprocs_running 1\nprocs_blocked 0\n");
	tree_text(b->dir, "proc/stat", stat);
	tree_text(b->dir, "proc/net/softnet_stat", softnet);
}

static int open_bench(void **state)
{
	const struct run_options options = { .budget_ns = INT64_MAX, .scheduled = true };
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	tree_make(b->dir);
	counter(b, port, "symbol_error", "18\n");
	counter(b, port, "link_downed", "2\n");
	cpus(b, "0123", 50, 3);
	tree_link(b->dir, "sys/class/infiniband/mlx5_0/device",
		"../../../devices/pci0000:00/0000:04:00.0");
	b->at_ns = 1000 * SECOND_NS;
	return session_open(&b->session) || frame_open(&b->frame) || host_tree(b->dir, &b->host) ||
	       tape_open(&b->tape, &b->session) || arena_open(&b->answer, 512 << 20) ||
	       run_open(b->host, &b->session, collectors, n_collectors, &options, &b->run);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	run_close(b->run);
	arena_close(&b->answer);
	tape_close(&b->tape);
	frame_close(&b->frame);
	session_close(&b->session);
	host_close(b->host);
	tree_remove(b->dir);
	free(b);
	return 0;
}

/* Full ticks, a second apart on the tape, each with a look at what came and went. */
static void ticks(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		run_rescan(b->run);
		assert_int_equal(run_tick(b->run, &b->frame), 0);
		b->frame.mono_ns = b->at_ns;
		tape_add(&b->tape, &b->frame, b->at_ns + 10 * MS_NS);
		b->at_ns += SECOND_NS;
	}
}

static void find(struct bench *b)
{
	const struct knowledge *known[LAYERS];

	for (unsigned i = 0; i < LAYERS; i++)
		known[i] = i ? &nothing : &known_one;
	assert_int_equal(tape_finish(&b->tape, NULL), 0);
	assert_int_equal(onsets_find(&b->tape, known, &b->answer, &b->onsets), 0);
}

static const struct series *series(
	const struct bench *b, const char *who, const char *signal, unsigned sub)
{
	return tape_find(&b->tape, names_find(&b->session.entities.names, str_of(who)),
		catalog_find(&b->session.catalog, str_of(signal)), sub);
}

static bool is_there(
	const struct bench *b, const char *who, const char *signal, unsigned sub, int64_t *ret)
{
	const struct series *s = series(b, who, signal, sub);
	uint32_t hint = 0;

	return s && series_value(s, b->tape.n_ticks - 1, &hint, ret);
}

static unsigned relations_of(const struct bench *b, const char *who)
{
	uint32_t cursor = 0, entity = names_find(&b->session.entities.names, str_of(who));
	unsigned n = 0;

	while (relation_next(&b->session.relations, entity, VIA_PCI, &cursor))
		n++;
	return n;
}

static void rename_device(const struct bench *b, const char *from, const char *to)
{
	char old[256], new[256];

	snprintf(old, sizeof(old), "%s/%s", b->dir, from);
	snprintf(new, sizeof(new), "%s/%s", b->dir, to);
	assert_int_equal(rename(old, new), 0);
}

/* ---- devices ---- */

static void a_renamed_device_is_another_and_its_counters_go_on(void **state)
{
	struct bench *b = *state;
	int64_t value;

	ticks(b, 10);
	assert_int_equal(relations_of(b, "rdma:mlx5_0"), 1);
	rename_device(b, "sys/class/infiniband/mlx5_0", "sys/class/infiniband/rocep1s0f0");
	ticks(b, 10);
	assert_false(is_there(b, "rdma:mlx5_0/1", "rdma.port.symbol_error", 0, &value));
	assert_true(is_there(b, "rdma:rocep1s0f0/1", "rdma.port.symbol_error", 0, &value));
	assert_int_equal(value, 18);
	assert_int_equal(relations_of(b, "rdma:mlx5_0"), 0);
	assert_int_equal(relations_of(b, "rdma:rocep1s0f0"), 1);
	find(b);
	assert_int_equal(b->onsets.n, 0); /* eighteen errors of long ago are no new ones */
}

static void an_error_right_at_the_renaming_is_counted_alone(void **state)
{
	struct bench *b = *state;

	ticks(b, 10);
	counter(b, port, "symbol_error", "21\n");
	rename_device(b, "sys/class/infiniband/mlx5_0", "sys/class/infiniband/rocep1s0f0");
	ticks(b, 10);
	find(b);
	assert_int_equal(b->onsets.n, 1);
	assert_int_equal(b->onsets.items[0].node.count, 3);
}

static void a_device_that_is_plugged_in_counts_from_zero(void **state)
{
	struct bench *b = *state;

	ticks(b, 10);
	counter(b, "sys/class/infiniband/mlx5_1/ports/1/counters", "symbol_error", "4\n");
	ticks(b, 10);
	find(b);
	assert_int_equal(b->onsets.n, 1);
	assert_int_equal(b->onsets.items[0].node.count, 4);
	assert_int_equal(b->onsets.items[0].node.began.lo_ns, 1009 * SECOND_NS);
}

static void a_device_that_is_pulled_and_comes_back_is_read_on(void **state)
{
	struct bench *b = *state;
	int64_t value;

	ticks(b, 10);
	rename_device(b, "sys/class/infiniband", "sys/class/gone");
	ticks(b, 3);
	assert_false(is_there(b, "rdma:mlx5_0/1", "rdma.port.symbol_error", 0, &value));
	rename_device(b, "sys/class/gone", "sys/class/infiniband");
	counter(b, port, "symbol_error", "0\n"); /* its driver was loaded again */
	ticks(b, 3);
	assert_true(is_there(b, "rdma:mlx5_0/1", "rdma.port.symbol_error", 0, &value));
	assert_int_equal(value, 0);
	counter(b, port, "symbol_error", "1\n");
	ticks(b, 3);
	find(b);
	assert_int_equal(b->onsets.n, 1);
	assert_int_equal(b->onsets.items[0].node.count, 1);
	assert_int_equal(b->onsets.items[0].node.began.lo_ns, 1015 * SECOND_NS);
}

/* ---- counters ---- */

static void a_counter_that_was_cleared_did_not_grow(void **state)
{
	struct bench *b = *state;

	ticks(b, 10);
	counter(b, port, "symbol_error", "3\n"); /* perfquery -R, and three since */
	ticks(b, 10);
	find(b);
	assert_int_equal(b->onsets.n, 0);
	counter(b, port, "symbol_error", "5\n");
	ticks(b, 5);
	find(b);
	assert_int_equal(b->onsets.n, 1);
	assert_int_equal(b->onsets.items[0].node.count, 2);
}

static void a_counter_at_its_maximum_is_blind_and_not_flat(void **state)
{
	struct bench *b = *state;

	counter(b, port, "link_downed", "255\n");
	ticks(b, 10);
	find(b);
	assert_int_equal(b->onsets.n, 0);
	for (size_t i = 0; i < b->onsets.n_watched; i++)
		if (b->onsets.watched[i].sig ==
			catalog_find(&b->session.catalog, STR("rdma.port.link_downed"))) {
			assert_int_equal(b->onsets.watched[i].samples, 0);
			assert_int_equal(b->onsets.watched[i].unknown, 10);
			return;
		}
	fail_msg("not watched");
}

static void a_counter_of_32_bits_goes_over_its_end(void **state)
{
	struct bench *b = *state;

	cpus(b, "0123", 50, 0xfffffffe);
	ticks(b, 10);
	cpus(b, "0123", 50, 3); /* five on each of four CPUs */
	ticks(b, 10);
	find(b);
	assert_int_equal(b->onsets.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(b->onsets.items[i].node.count, 5);
}

/* ---- CPUs ---- */

static void a_cpu_that_goes_offline_takes_only_its_own_cells(void **state)
{
	struct bench *b = *state;
	int64_t value;

	ticks(b, 5);
	cpus(b, "023", 60, 3);
	ticks(b, 5);
	assert_false(is_there(b, "host", "sched.cpu.user", 1, &value));
	assert_false(is_there(b, "host", "softirq.softnet.dropped", 1, &value));
	assert_true(is_there(b, "host", "sched.cpu.user", 2, &value) && value == 60);
	assert_true(is_there(b, "host", "softirq.softnet.dropped", 3, &value) && value == 3);
	cpus(b, "0123", 70, 3);
	ticks(b, 5);
	assert_true(is_there(b, "host", "sched.cpu.user", 1, &value) && value == 70);
	find(b);
	assert_int_equal(b->onsets.n, 0);
}

/* It dropped three long ago, when it was online the last time. */
static void a_cpu_that_comes_online_brings_its_past(void **state)
{
	struct bench *b = *state;

	cpus(b, "02", 60, 3);
	ticks(b, 8);
	cpus(b, "0123", 60, 3);
	ticks(b, 8);
	find(b);
	assert_int_equal(b->onsets.n, 0);
	cpus(b, "0123", 60, 4);
	ticks(b, 8);
	find(b);
	assert_int_equal(b->onsets.n, 4);
}

static void fast_ticks_see_a_cpu_go(void **state)
{
	struct bench *b = *state;
	int64_t value;

	ticks(b, 2);
	cpus(b, "023", 60, 3);
	assert_int_equal(run_fast(b->run, &b->frame), 0);
	b->frame.mono_ns = b->at_ns;
	tape_add(&b->tape, &b->frame, b->at_ns);
	b->at_ns += SECOND_NS;
	assert_false(is_there(b, "host", "softirq.softnet.dropped", 1, &value));
	assert_true(is_there(b, "host", "sched.cpu.user", 1, &value)); /* of no fast collector */
	ticks(b, 1);
	assert_false(is_there(b, "host", "sched.cpu.user", 1, &value));
}

/* ---- cgroups ---- */

static const char pod[] = "sys/fs/cgroup/pod";

static void make_pod(const struct bench *b, const char *killed)
{
	char text[64];

	tree_text(b->dir, "proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
	tree_text(b->dir, "sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
	snprintf(text, sizeof(text), "low 0\nhigh 0\nmax 0\noom 0\noom_kill %s\n", killed);
	counter(b, pod, "memory.events", text);
	counter(b, pod, "memory.current", "4096\n");
}

static void a_cgroup_that_is_new_has_no_past_and_leaves_nothing(void **state)
{
	struct bench *b = *state;
	int64_t value;

	ticks(b, 5);
	make_pod(b, "1");
	run_rescan(b->run);
	ticks(b, 5);
	assert_true(is_there(b, "cgroup:/pod", "cgroup.memory.events.oom_kill", 0, &value));
	rename_device(b, "sys/fs/cgroup/pod", "gone");
	ticks(b, 5);
	assert_false(is_there(b, "cgroup:/pod", "cgroup.memory.events.oom_kill", 0, &value));
	find(b);
	assert_int_equal(b->onsets.n, 1);
	assert_int_equal(b->onsets.items[0].node.count, 1);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_renamed_device_is_another_and_its_counters_go_on),
		WITH_BENCH(an_error_right_at_the_renaming_is_counted_alone),
		WITH_BENCH(a_device_that_is_plugged_in_counts_from_zero),
		WITH_BENCH(a_device_that_is_pulled_and_comes_back_is_read_on),
		WITH_BENCH(a_counter_that_was_cleared_did_not_grow),
		WITH_BENCH(a_counter_at_its_maximum_is_blind_and_not_flat),
		WITH_BENCH(a_counter_of_32_bits_goes_over_its_end),
		WITH_BENCH(a_cpu_that_goes_offline_takes_only_its_own_cells),
		WITH_BENCH(a_cpu_that_comes_online_brings_its_past),
		WITH_BENCH(fast_ticks_see_a_cpu_go),
		WITH_BENCH(a_cgroup_that_is_new_has_no_past_and_leaves_nothing),
	};

	return RUN_TESTS(tests);
}
