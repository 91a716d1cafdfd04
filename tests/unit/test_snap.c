/* A snap copies what it reads; the copy reads the same. */
#include "test.h"

#include "tree.h"

#include "host/host.h"

struct bench {
	char dir[64];
	struct arena a;
	struct host *snap, *tree;
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	tree_make(b->dir);
	return arena_open(&b->a, 128 << 20) || host_snap(b->dir, &b->snap);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	host_close(b->snap);
	host_close(b->tree);
	arena_close(&b->a);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static void reopen(struct bench *b)
{
	b->snap = host_close(b->snap);
	assert_int_equal(host_tree(b->dir, &b->tree), 0);
}

static void a_snap_is_live_and_its_copy_reads_the_same_bytes(void **state)
{
	static const char *const paths[] = { "proc/vmstat", "proc/stat", "proc/net/softnet_stat",
		"proc/self/nothing", "sys/class/net/lo/mtu", "sys/class/net/lo/address",
		"proc/interrupts" };
	struct bench *b = *state;
	str live[7], copy;
	int r[7];

	assert_true(host_is_live(b->snap));
	for (int i = 0; i < 7; i++)
		r[i] = host_read(b->snap, &b->a, 0, paths[i], NULL, &live[i]);
	reopen(b);
	assert_false(host_is_live(b->tree));
	for (int i = 0; i < 7; i++) {
		assert_int_equal(host_read(b->tree, &b->a, 0, paths[i], NULL, &copy), r[i]);
		assert_true(r[i] < 0 || str_eq(live[i], copy));
	}
	assert_int_equal(r[0], 0);
	assert_int_equal(r[3], -ENOENT);
}

static void the_second_read_of_a_file_gives_the_first_ones_bytes(void **state)
{
	struct bench *b = *state;
	str first, second;

	assert_int_equal(host_read(b->snap, &b->a, 0, "proc/uptime", NULL, &first), 0);
	usleep(30000);
	assert_int_equal(host_read(b->snap, &b->a, 0, "proc/uptime", NULL, &second), 0);
	assert_true(str_eq(first, second));
}

static void failed_reads_fail_the_same_way_in_the_copy(void **state)
{
	struct bench *b = *state;
	str text = STR("-");

	/* reading memory at address 0 of this process is an I/O error on every kernel */
	assert_int_equal(host_read(b->snap, &b->a, 0, "proc/self/mem", NULL, &text), -EIO);
	assert_int_equal(host_read(b->snap, &b->a, 0, "proc/self/mem", NULL, &text), -EIO);
	assert_int_equal(host_list(b->snap, &b->a, 0, "sys/no such directory", &text), -ENOENT);
	reopen(b);
	assert_int_equal(host_read(b->tree, &b->a, 0, "proc/self/mem", NULL, &text), -EIO);
	assert_int_equal(host_list(b->tree, &b->a, 0, "sys/no such directory", &text), -ENOENT);
	assert_str(text, "-");
}

static void what_nobody_tried_is_not_recorded(void **state)
{
	struct bench *b = *state;
	str got;

	assert_int_equal(host_read(b->snap, &b->a, 0, "proc/self/nothing", NULL, &got), -ENOENT);
	assert_int_equal(host_list(b->snap, &b->a, 0, "sys/class/nothing", &got), -ENOENT);
	reopen(b);
	assert_int_equal(host_read(b->tree, &b->a, 0, "proc/self/nothing", NULL, &got), -ENOENT);
	assert_int_equal(host_list(b->tree, &b->a, 0, "sys/class/nothing", &got), -ENOENT);
	assert_int_equal(
		host_read(b->tree, &b->a, 0, "proc/vmstat", NULL, &got), -HOST_NOT_RECORDED);
	assert_int_equal(host_list(b->tree, &b->a, 0, "sys/class/net", &got), -HOST_NOT_RECORDED);
	assert_int_equal(
		host_link(b->tree, &b->a, 0, "sys/class/net/lo/device", &got), -HOST_NOT_RECORDED);
	assert_false(host_absence(-HOST_NOT_RECORDED));
}

static void lists_and_links_are_copied(void **state)
{
	struct bench *b = *state;
	str names, link, again;

	assert_int_equal(host_list(b->snap, &b->a, 0, "sys/class/net", &names), 0);
	assert_int_equal(host_link(b->snap, &b->a, 0, "sys/class/net/lo", &link), 0);
	assert_int_equal(host_read(b->snap, &b->a, 0, "sys/class/net/lo/mtu", NULL, &again), 0);
	reopen(b);
	assert_int_equal(host_list(b->tree, &b->a, 0, "sys/class/net", &again), 0);
	assert_true(str_eq(names, again));
	assert_int_equal(host_link(b->tree, &b->a, 0, "sys/class/net/lo", &again), 0);
	assert_true(str_eq(link, again));
	/* the file lies where the link points to, so both ways reach it */
	assert_int_equal(
		host_read(b->tree, &b->a, 0, "sys/devices/virtual/net/lo/mtu", NULL, &again), 0);
}

static void a_directory_that_holds_something_is_refused(void **state)
{
	struct bench *b = *state;
	struct host *host = NULL;

	b->snap = host_close(b->snap); /* wrote its manifest */
	assert_int_equal(host_snap(b->dir, &host), -EEXIST);
	assert_int_equal(host_snap("/nowhere/at/all", &host), -ENOENT);
	assert_null(host);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_snap_is_live_and_its_copy_reads_the_same_bytes),
		WITH_BENCH(the_second_read_of_a_file_gives_the_first_ones_bytes),
		WITH_BENCH(failed_reads_fail_the_same_way_in_the_copy),
		WITH_BENCH(what_nobody_tried_is_not_recorded),
		WITH_BENCH(lists_and_links_are_copied),
		WITH_BENCH(a_directory_that_holds_something_is_refused),
	};

	return RUN_TESTS(tests);
}
