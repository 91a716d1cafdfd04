/* Tasks: whose rows there are, and what damage costs. */
#include "run_bench.h"

extern const struct collector tasks_collector;

static int open_tasks(void **state)
{
	const struct collector *list[] = { &tasks_collector };
	int failed = open_bench(state);
	struct bench *b = *state;

	return failed || run_open(b->host, &b->session, list, 1, NULL, &b->run);
}

enum { KERNEL = 0x00200000, USER = 0 };

static void put(struct bench *b, unsigned pid, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%u/%s", pid, file);
	tree_text(b->dir, path, text);
}

/* One task: its name, state, flags and CPU time; all else is 1, the CPU is 0. */
static void task(
	struct bench *b, unsigned pid, const char *name, char now, unsigned flags, unsigned ticks)
{
	char text[512];

	snprintf(text, sizeof(text),
		"%u (%s) %c 1 1 1 0 -1 %u 1 1 1 1 %u 0 1 1 20 0 1 0 %u 1 %d 18446744073709551615 1 1 1 1 1 1 1 1 1 1 "
		"0 0 17 0 0 0 0 0 0\n",
		pid, name, now, flags, ticks, pid, flags == USER);
	put(b, pid, "stat", text);
}

static void tick(struct bench *b)
{
	run_tick(b->run, &b->frame);
}

static bool has(struct bench *b, const char *signal, const char *entity, int64_t *ret)
{
	uint32_t who = names_find(&b->session.entities.names, str_of(entity));
	uint16_t sig = catalog_find(&b->session.catalog, str_of(signal));
	const struct block *block =
		who == NAMES_NONE ? NULL : ledger_find(&b->session.ledger, who, sig);

	if (!block || !block_has(block, 0))
		return false;
	*ret = block->values[0];
	return true;
}

static void assert_value(struct bench *b, const char *signal, const char *entity, int64_t expected)
{
	int64_t value;

	if (!has(b, signal, entity, &value))
		fail_msg("no row of %s about %s", signal, entity);
	assert_int_equal(value, expected);
}

static void assert_none(struct bench *b, const char *signal, const char *entity)
{
	int64_t value;

	assert_false(has(b, signal, entity, &value));
}

static void a_name_may_hold_anything(void **state)
{
	struct bench *b = *state;

	task(b, 7, "a) R (b c", 'S', USER, 42);
	tick(b);
	assert_value(b, "app.task.cpu", "task:7/a) R (b c", 42);
	assert_value(b, "app.tasks.total", "host", 1);
}

static void a_kernel_thread_that_sleeps_has_no_rows(void **state)
{
	struct bench *b = *state;

	task(b, 2, "kthreadd", 'S', KERNEL, 0);
	task(b, 3, "ksoftirqd/0", 'S', KERNEL, 0);
	task(b, 4, "kworker/0:0", 'D', KERNEL, 0);
	task(b, 5, "kcompactd0", 'S', KERNEL, 9);
	task(b, 9, "work", 'S', USER, 0);
	tick(b);
	assert_none(b, "app.task.cpu", "task:2/kthreadd");
	assert_value(b, "app.task.kernel", "task:3/ksoftirqd/0", 1);
	assert_value(b, "app.task.kernel", "task:4/kworker/0:0", 1);
	assert_value(b, "app.task.cpu", "task:5/kcompactd0", 9);
	assert_value(b, "app.task.kernel", "task:9/work", 0);
	assert_value(b, "app.tasks.unlisted", "host", 1);
	assert_value(b, "app.tasks.uninterruptible", "host", 1);
}

static void who_was_listed_stays_listed(void **state)
{
	struct bench *b = *state;

	task(b, 4, "kworker/0:0", 'D', KERNEL, 0);
	tick(b);
	task(b, 4, "kworker/0:0", 'S', KERNEL, 0);
	tick(b);
	assert_value(b, "app.task.kernel", "task:4/kworker/0:0", 1);
}

static void without_schedstat_there_is_no_wait(void **state)
{
	struct bench *b = *state;

	task(b, 9, "work", 'S', USER, 5);
	tick(b);
	assert_none(b, "sched.task.run_delay", "task:9/work");
	put(b, 9, "schedstat", "100 200 3\n");
	tick(b);
	assert_value(b, "sched.task.run_delay", "task:9/work", 200);
	assert_value(b, "sched.task.timeslices", "task:9/work", 3);
}

static void damage_costs_the_rows_of_its_task_and_is_told(void **state)
{
	struct bench *b = *state;

	task(b, 8, "well", 'S', USER, 5);
	task(b, 9, "work", 'S', USER, 5);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	put(b, 9, "stat",
		"9 (work) S 1 1 1 0 -1 0 1 1 1 1 99999999999999999999999 0 1 1 20 0 1 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
		"0 0 17 0 0 0 0\n");
	tick(b);
	assert_int_equal(b->frame.n_failures, 1);
	assert_none(b, "app.task.cpu", "task:9/work");
	assert_value(b, "app.task.cpu", "task:8/well", 5);
	put(b, 9, "stat", "9 (work S 1\n");
	tick(b);
	assert_int_equal(b->frame.n_failures, 1);
	assert_none(b, "app.task.cpu", "task:9/work");
	task(b, 9, "work", 'S', USER, 6);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_value(b, "app.task.cpu", "task:9/work", 6);
}

static void a_task_that_ended_is_gone_without_a_word(void **state)
{
	struct bench *b = *state;
	char path[128];

	task(b, 8, "well", 'S', USER, 5);
	task(b, 9, "work", 'S', USER, 5);
	tick(b);
	snprintf(path, sizeof(path), "%s/proc/9", b->dir);
	tree_remove(path);
	tick(b);
	assert_int_equal(b->frame.n_failures, 0);
	assert_none(b, "app.task.cpu", "task:9/work");
	assert_value(b, "app.tasks.total", "host", 1);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_tasks, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_name_may_hold_anything),
		WITH_BENCH(a_kernel_thread_that_sleeps_has_no_rows),
		WITH_BENCH(who_was_listed_stays_listed),
		WITH_BENCH(without_schedstat_there_is_no_wait),
		WITH_BENCH(damage_costs_the_rows_of_its_task_and_is_told),
		WITH_BENCH(a_task_that_ended_is_gone_without_a_word),
	};

	return RUN_TESTS(tests);
}
