/* Counters that are bound to queue pairs: made answers, as only mlx5 gives them, right and wrong. */
#include "rdma_bench.h"

#include <errno.h>

#include "base/own.h"
#include "collect/rdma_qp.h"

extern const struct collector rdma_resource_collector, rdma_counter_collector;
static const struct collector *const list[] = { &rdma_resource_collector, &rdma_counter_collector };

static const char *const path = "ask/rdma/of/*/counter";

static const struct told_count first_counts[] = { { "out_of_buffer", 17 },
	{ "rx_write_requests", 0 }, { "Local ACK: timeout", UINT64_C(1) << 40 } };
static const struct told_count second_counts[] = { { "out_of_buffer", 4 } };
static const uint32_t first_pairs[] = { 17, 18, 99 }, second_pairs[] = { 19 };

static const struct told_counter counters[] = {
	{ 1, 3, RDMA_COUNTER_MODE_AUTO, 312, 2, first_pairs, 3, first_counts, 3 },
	{ 2, 7, RDMA_COUNTER_MODE_MANUAL, 0, 0, second_pairs, 1, second_counts, 1 },
};

static const struct told_qp qps[] = {
	{ .port = 1, .number = 17, .remote = 23, .type = 2, .state = QP_RTS, .pid = 312 },
	{ .port = 1, .number = 18, .remote = 24, .type = 2, .state = QP_RTS, .pid = 312 },
	{ .port = 2, .number = 19, .type = 4, .state = QP_RTS, .pid = 999 },
	{ .port = 1, .number = 20, .type = 4, .state = QP_RTS, .pid = 999 },
};

static void put_counters(struct bench *b, const struct told_counter *of, size_t n)
{
	if (n)
		nldev_put_counters(&b->reply, "mlx5_0", of, n);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/counter");
}

static void put_host(struct bench *b)
{
	tree_text(b->dir, "sys/class/infiniband/mlx5_0/node_type", "1: CA\n");
	nldev_put_device(&b->reply, 3, "mlx5_0", 2);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/device");
	nldev_put_resources(&b->reply, 3, "mlx5_0", second_counts, 1);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/resource");
	nldev_put_qps(&b->reply, "mlx5_0", qps, 4);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/qp");
	put_counters(b, counters, 2);
}

static void read_once(struct bench *b)
{
	start_some(b, list, 2, false);
	tick(b);
}

/* A text of one of several: text_of() knows the first only. */
static str word_of(const struct bench *b, const char *entity, unsigned sub)
{
	int64_t value = value_of(b, "rdma.counter.mode", entity, sub);

	return value < 0 ? STR("") : names_get(&b->session.texts, (uint32_t)value);
}

static void each_counter_has_its_rows(void **state)
{
	struct bench *b = *state;

	put_host(b);
	read_once(b);
	assert_int_equal(value_of(b, "rdma.counters", "rdma:mlx5_0", 0), 2);
	assert_str(word_of(b, "rdma:mlx5_0/1", 3), "auto type RC pid 312");
	assert_str(word_of(b, "rdma:mlx5_0/2", 7), "manual");
	assert_int_equal(value_of(b, "rdma.counter.qps", "rdma:mlx5_0/1", 3), 3);
	assert_int_equal(value_of(b, "rdma.counter.qps", "rdma:mlx5_0/2", 7), 1);
	assert_int_equal(value_of(b, "rdma.counter.out_of_buffer", "rdma:mlx5_0/1", 3), 17);
	assert_int_equal(value_of(b, "rdma.counter.out_of_buffer", "rdma:mlx5_0/2", 7), 4);
	assert_int_equal(value_of(b, "rdma.counter.out_of_buffer", "rdma:mlx5_0/1", 7), -1);
	assert_int_equal(value_of(b, "rdma.counter.local_ack__timeout", "rdma:mlx5_0/1", 3),
		INT64_C(1) << 40);
	/* what stands at 0 has none */
	assert_int_equal(value_of(b, "rdma.counter.rx_write_requests", "rdma:mlx5_0/1", 3), -1);
	assert_int_equal(failures(b, -EBADMSG), 0);
}

static void a_queue_pair_says_which_counts_for_it(void **state)
{
	struct bench *b = *state;

	put_host(b);
	read_once(b);
	assert_int_equal(value_of(b, "rdma.qp.counter", "qp:mlx5_0/1/17", 0), 3);
	assert_int_equal(value_of(b, "rdma.qp.counter", "qp:mlx5_0/1/18", 0), 3);
	assert_int_equal(value_of(b, "rdma.qp.counter", "qp:mlx5_0/2/19", 0), 7);
	assert_int_equal(value_of(b, "rdma.qp.counter", "qp:mlx5_0/1/20", 0), -1);
	/* one that was not listed gets no name here */
	assert_int_equal(names_find(&b->session.entities.names, STR("qp:mlx5_0/1/99")), NAMES_NONE);
}

/* rxe, siw and a mlx5 on which nobody bound one answer with nothing. */
static void no_counter_is_an_answer(void **state)
{
	struct bench *b = *state;

	put_host(b);
	put_counters(b, NULL, 0);
	read_once(b);
	assert_int_equal(value_of(b, "rdma.counters", "rdma:mlx5_0", 0), 0);
	assert_int_equal(status_of(b, path), 0);
	assert_int_equal(b->frame.n_failures, 0);
}

static void a_kernel_that_knows_none_is_no_failure(void **state)
{
	struct bench *b = *state;
	char file[128];

	put_host(b);
	snprintf(file, sizeof(file), "%s/ask/rdma/of/mlx5_0/counter", b->dir);
	assert_int_equal(remove(file), 0);
	read_once(b);
	assert_int_equal(value_of(b, "rdma.counters", "rdma:mlx5_0", 0), -1);
	assert_int_equal(status_of(b, path), -ENOENT);
}

static void without_a_device_nothing_is_said(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "proc/uptime", "1 1\n");
	read_once(b);
	assert_int_equal(status_of(b, path), 1);
	assert_int_equal(b->frame.n_failures, 0);
}

/* More than there is room for is counted and said, and the rest is as it is. */
static void numbers_are_bounded(void **state)
{
	struct told_counter many[2] = { counters[0], counters[1] };
	struct bench *b = *state;

	put_host(b);
	many[0].id = 256;
	put_counters(b, many, 2);
	read_once(b);
	assert_int_equal(value_of(b, "rdma.counters", "rdma:mlx5_0", 0), 2);
	assert_int_equal(value_of(b, "rdma.counter.qps", "rdma:mlx5_0/1", 256), -1);
	assert_int_equal(value_of(b, "rdma.counter.qps", "rdma:mlx5_0/2", 7), 1);
	assert_int_equal(failures(b, -E2BIG), 1);
	many[0].id = UINT32_MAX;
	put_counters(b, many, 2);
	read_once(b);
	assert_int_equal(failures(b, -E2BIG), 1);
}

static void another_device_is_not_believed(void **state)
{
	struct bench *b = *state;

	put_host(b);
	nldev_put_counters(&b->reply, "mlx5_9", counters, 2);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/counter");
	read_once(b);
	assert_int_equal(value_of(b, "rdma.counter.qps", "rdma:mlx5_9/1", 3), -1);
	assert_int_equal(value_of(b, "rdma.counters", "rdma:mlx5_0", 0), -1);
	assert_int_equal(failures(b, -EBADMSG), 1);
}

/* However little is missing: what was cut is not counted as whole. */
static void an_answer_that_was_cut_is_not_whole(void **state)
{
	struct bench *b = *state;

	put_host(b);
	for (size_t cut = 1, n = 2; cut < n; cut += 3) {
		nldev_put_counters(&b->reply, "mlx5_0", counters, 2);
		nldev_end(&b->reply, NLMSG_DONE);
		n = b->reply.n;
		b->reply.n -= cut;
		answer(b, "ask/rdma/of/mlx5_0/counter");
		read_once(b);
		assert_int_equal(value_of(b, "rdma.counters", "rdma:mlx5_0", 0), -1);
		assert_int_equal(failures(b, -EBADMSG), 1);
	}
}

static void lengths_that_lie_are_refused(void **state)
{
	struct bench *b = *state;
	OWN_MEMORY char *whole = NULL;
	unsigned refused = 0;
	size_t n;

	put_host(b);
	nldev_put_counters(&b->reply, "mlx5_0", counters, 2);
	nldev_end(&b->reply, NLMSG_DONE);
	n = b->reply.n;
	whole = own_alloc(1, n);
	for (size_t at = 0; at + 2 <= n; at += 4)
		for (unsigned lie = 0; lie < 3; lie++) {
			uint16_t length = (uint16_t[]){ 0, 3, 0xfff0 }[lie];

			memcpy(whole, b->reply.p, n);
			memcpy(whole + at, &length, sizeof(length));
			tree_write(b->dir, "ask/rdma/of/mlx5_0/counter", whole, n);
			read_once(b);
			refused += failures(b, -EBADMSG) == 1;
			assert_true(value_of(b, "rdma.counters", "rdma:mlx5_0", 0) <= 2);
		}
	assert_true(refused > n / 8);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(each_counter_has_its_rows),
		A_TEST(a_queue_pair_says_which_counts_for_it),
		A_TEST(no_counter_is_an_answer),
		A_TEST(a_kernel_that_knows_none_is_no_failure),
		A_TEST(without_a_device_nothing_is_said),
		A_TEST(numbers_are_bounded),
		A_TEST(another_device_is_not_believed),
		A_TEST(an_answer_that_was_cut_is_not_whole),
		A_TEST(lengths_that_lie_are_refused),
	};

	return RUN_TESTS(tests);
}
