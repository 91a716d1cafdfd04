/* Patterns with stars find their paths. */
#include "test.h"

#include "tree.h"

#include "collect/walk.h"

struct bench {
	char dir[64];
	struct arena keep, scratch;
	struct host *host;
	struct walk_cache cache;
	struct places places;
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	*state = b;
	tree_make(b->dir);
	tree_text(b->dir, "sys/class/net/eth0/queues/tx-0/x", "1");
	tree_text(b->dir, "sys/class/net/eth0/queues/tx-1/x", "1");
	tree_text(b->dir, "sys/class/net/eth0/queues/tx-/x", "1");
	tree_text(b->dir, "sys/class/net/eth0/queues/rx-0/x", "1");
	tree_text(b->dir, "sys/class/net/lo/queues/tx-0/x", "1");
	tree_text(b->dir, "sys/class/net/eth1/address", "1");
	return arena_open(&b->keep, 1 << 20) || arena_open(&b->scratch, 1 << 20);
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	walk_cache_close(&b->cache);
	host_close(b->host);
	arena_close(&b->keep);
	arena_close(&b->scratch);
	tree_remove(b->dir);
	free(b);
	return 0;
}

static void find(struct bench *b, const char *pattern)
{
	if (!b->host) {
		assert_int_equal(host_tree(b->dir, &b->host), 0);
		assert_int_equal(walk_cache_open(&b->cache, b->host, &b->scratch), 0);
	}
	b->places = (struct places){ 0 };
	walk(&b->cache, pattern, 0, &b->keep, &b->places);
}

static void stars_match_within_one_name_in_sorted_order(void **state)
{
	struct bench *b = *state;

	find(b, "sys/class/net/*/queues/tx-*/x");
	assert_int_equal(b->places.n, 3);
	assert_string_equal(b->places.items[0].path, "sys/class/net/eth0/queues/tx-0/x");
	assert_string_equal(b->places.items[2].path, "sys/class/net/lo/queues/tx-0/x");
	assert_str(b->places.items[1].match[0], "eth0");
	assert_str(b->places.items[1].match[1], "1");
	assert_str(b->places.items[1].match[2], "");
	assert_int_equal(b->places.items[1].fd, -1);
}

static void a_path_without_a_star_is_itself_even_when_absent(void **state)
{
	struct bench *b = *state;

	find(b, "proc/vmstat");
	assert_int_equal(b->places.n, 1);
	assert_string_equal(b->places.items[0].path, "proc/vmstat");
}

static void a_star_may_stand_at_the_end(void **state)
{
	struct bench *b = *state;

	find(b, "sys/class/net/*");
	assert_int_equal(b->places.n, 3);
	assert_string_equal(b->places.items[0].path, "sys/class/net/eth0");
}

static void an_absent_directory_is_an_error_and_no_place(void **state)
{
	struct bench *b = *state;

	find(b, "sys/class/infiniband/*/ports/*/state");
	assert_int_equal(b->places.n, 0);
	assert_int_equal(b->places.error, -ENOENT);
}

static void a_refused_directory_is_not_hidden_by_an_absent_one(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "manifest.json",
		"{\"files\": {\"sys/class/net/eth0/queues\": {\"errno\": \"EACCES\"}}}");
	find(b, "sys/class/net/*/queues/tx-*/x"); /* eth1 has no queues at all and comes later */
	assert_int_equal(b->places.n, 1);
	assert_int_equal(b->places.error, -EACCES);
}

static void more_stars_than_matches_find_nothing(void **state)
{
	struct bench *b = *state;

	find(b, "*/*/*/*/*");
	assert_int_equal(b->places.n, 0);
}

static void a_full_arena_counts_what_it_lost(void **state)
{
	struct bench *b = *state;

	arena_close(&b->keep);
	assert_int_equal(arena_open(&b->keep, 4096), 0);
	arena_take(&b->keep, 4064);
	find(b, "sys/class/net/*/queues/tx-*/x");
	assert_int_equal(b->places.n + b->places.dropped, 3);
	assert_true(b->places.dropped >= 2);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(stars_match_within_one_name_in_sorted_order),
		WITH_BENCH(a_path_without_a_star_is_itself_even_when_absent),
		WITH_BENCH(a_star_may_stand_at_the_end),
		WITH_BENCH(an_absent_directory_is_an_error_and_no_place),
		WITH_BENCH(a_refused_directory_is_not_hidden_by_an_absent_one),
		WITH_BENCH(more_stars_than_matches_find_nothing),
		WITH_BENCH(a_full_arena_counts_what_it_lost),
	};

	return RUN_TESTS(tests);
}
