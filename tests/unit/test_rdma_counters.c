/* Counters of RDMA ports: one answer for all of them, the files where there is none. */
#include "rdma_bench.h"

#include <errno.h>

extern const struct collector infiniband_hw_counters_collector, infiniband_cm_collector;
static const struct collector *const list[] = { &infiniband_hw_counters_collector };
static const struct collector *const cm_list[] = { &infiniband_cm_collector };

static const struct told_count counters[] = {
	{ "sent_pkts", 65 },
	{ "RNR sent", 4 }, /* irdma's names have blanks */
	{ "Nak Sequence Error Implied", 9 },
	{ "vport_out_of_buffer", 11 },
	{ "Never Heard: Of", UINT64_C(1) << 33 },
};

static void put_files(struct bench *b, const char *port, const char *sent)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/class/infiniband/%s/hw_counters/sent_pkts", port);
	tree_text(b->dir, path, sent);
	snprintf(path, sizeof(path), "sys/class/infiniband/%s/hw_counters/lifespan", port);
	tree_text(b->dir, path, "12\n");
}

static void put_host(struct bench *b, uint32_t ports)
{
	nldev_put_device(&b->reply, 3, "mlx5_0", ports);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/device");
	put_files(b, "mlx5_0/ports/1", "1000\n");
}

static void put_answer(struct bench *b, uint32_t port)
{
	char key[64];

	nldev_put_statistic(&b->reply, "mlx5_0", port, counters, 5);
	nldev_end(&b->reply, NLMSG_ERROR);
	snprintf(key, sizeof(key), "ask/rdma/of/mlx5_0/%u/statistic", port);
	answer(b, key);
}

static void one_answer_has_all(void **state)
{
	struct bench *b = *state;

	put_host(b, 1);
	put_answer(b, 1);
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.tx_packets", "rdma:mlx5_0/1", 0), 65);
	assert_int_equal(value_of(b, "rdma.rnr_nak.sent", "rdma:mlx5_0/1", 0), 4);
	assert_int_equal(value_of(b, "rdma.implied_nak_seq_err", "rdma:mlx5_0/1", 0), 9);
	assert_int_equal(value_of(b, "rdma.out_of_buffer", "rdma:mlx5_0/1", 0), 11);
	assert_int_equal(
		value_of(b, "rdma.other.never_heard__of", "rdma:mlx5_0/1", 0), INT64_C(1) << 33);
	assert_int_equal(value_of(b, "rdma.counter_lifespan", "rdma:mlx5_0/1", 0), 12);
	assert_int_equal(b->frame.n_failures, 0);
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		assert_int_equal(b->frame.reads[i].status, 0);
}

static void files_stand_in_where_nobody_answers(void **state)
{
	struct bench *b = *state;

	put_host(b, 1);
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.tx_packets", "rdma:mlx5_0/1", 0), 1000);
	assert_int_equal(b->frame.n_failures, 0);
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		assert_int_equal(b->frame.reads[i].status, 0);
}

/* The first answers, the second not, the third says something else and has no files. */
static void one_bad_port_does_not_blind_another(void **state)
{
	struct bench *b = *state;

	put_host(b, 3);
	put_answer(b, 1);
	put_files(b, "mlx5_0/ports/2", "2000\n");
	tree_text(b->dir, "ask/rdma/of/mlx5_0/2/statistic", "no answer at all");
	tree_text(b->dir, "ask/rdma/of/mlx5_0/3/statistic", "nor this");
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.tx_packets", "rdma:mlx5_0/1", 0), 65);
	assert_int_equal(value_of(b, "rdma.tx_packets", "rdma:mlx5_0/2", 0), 2000);
	assert_int_equal(value_of(b, "rdma.tx_packets", "rdma:mlx5_0/3", 0), -1);
	assert_int_equal(failures(b, -EBADMSG), 1);
	assert_int_equal(b->frame.failures[0].who,
		names_find(&b->session.entities.names, STR("rdma:mlx5_0/3")));
}

/* An answer that ends early is not whole, however little is missing. */
static void an_answer_that_was_cut_is_not_believed(void **state)
{
	struct bench *b = *state;

	put_host(b, 1);
	for (size_t cut = 1; cut < 200; cut++) {
		nldev_put_statistic(&b->reply, "mlx5_0", 1, counters, 5);
		nldev_end(&b->reply, NLMSG_ERROR);
		b->reply.n -= cut;
		answer(b, "ask/rdma/of/mlx5_0/1/statistic");
		start(b, list, false);
		tick(b);
		assert_int_equal(value_of(b, "rdma.tx_packets", "rdma:mlx5_0/1", 0), 1000);
		assert_int_equal(b->frame.n_failures, 0); /* the files have it all */
	}
}

/* The entry is as long as it says, and no longer than what it is in. */
static void lengths_that_lie_are_refused(void **state)
{
	struct bench *b = *state;

	put_host(b, 1);
	nldev_put_statistic(&b->reply, "mlx5_0", 1, counters, 5);
	nldev_end(&b->reply, NLMSG_ERROR);
	for (size_t at = sizeof(struct nlmsghdr); at < 120; at += 4)
		for (unsigned lie = 0; lie < 3; lie++) {
			uint16_t length = (uint16_t[]){ 0, 3, 0xffff }[lie], was;
			int64_t value;

			memcpy(&was, b->reply.p + at, sizeof(was));
			memcpy(b->reply.p + at, &length, sizeof(length));
			tree_write(
				b->dir, "ask/rdma/of/mlx5_0/1/statistic", b->reply.p, b->reply.n);
			memcpy(b->reply.p + at, &was, sizeof(was));
			start(b, list, false);
			tick(b);
			value = value_of(b, "rdma.rnr_nak.sent", "rdma:mlx5_0/1", 0);
			assert_true(value == 4 || value == -1 || value >> 32 || value == 3 ||
				    value == 0 || value == 0xffff);
		}
}

static void connections_that_took_more_than_one_try(void **state)
{
	struct bench *b = *state;

	tree_text(b->dir, "sys/class/infiniband/rxe0/ports/1/cm_tx_retries/req", "3\n");
	tree_text(b->dir, "sys/class/infiniband/rxe0/ports/1/cm_tx_retries/apr", "1\n");
	tree_text(b->dir, "sys/class/infiniband/rxe0/ports/1/cm_tx_retries/newer", "7\n");
	tree_text(b->dir, "sys/class/infiniband/rxe0/ports/1/cm_rx_duplicates/req", "5\n");
	tree_text(b->dir, "sys/class/infiniband/rxe0/ports/1/cm_rx_duplicates/rtu", "x\n");
	start(b, cm_list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.cm.retries.req", "rdma:rxe0/1", 0), 3);
	assert_int_equal(value_of(b, "rdma.cm.retries.apr", "rdma:rxe0/1", 0), 1);
	assert_int_equal(value_of(b, "rdma.cm.duplicates.req", "rdma:rxe0/1", 0), 5);
	assert_int_equal(value_of(b, "rdma.cm.duplicates.rtu", "rdma:rxe0/1", 0), -1);
	assert_int_equal(failures(b, -EBADMSG), 1);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(one_answer_has_all),
		A_TEST(files_stand_in_where_nobody_answers),
		A_TEST(one_bad_port_does_not_blind_another),
		A_TEST(an_answer_that_was_cut_is_not_believed),
		A_TEST(lengths_that_lie_are_refused),
		A_TEST(connections_that_took_more_than_one_try),
	};

	return RUN_TESTS(tests);
}
