/* What RDMA devices hold for whom: made answers, right and wrong, and readings one behind the other. */
#include "rdma_bench.h"

#include <errno.h>

#include "base/own.h"
#include "collect/rdma_qp.h"

extern const struct collector rdma_resource_collector;
static const struct collector *const list[] = { &rdma_resource_collector };

static const struct told_count held[] = { { "pd", 2 }, { "qp", 3 }, { "mr", 4 },
	{ "new thing", 7 } };

static const struct told_qp qps[] = {
	{ .port = 1, .number = 1, .type = 1, .state = QP_RTS, .kernel = "ib_core" },
	{ .port = 1, .number = 17, .remote = 23, .type = 2, .state = QP_RTS, .pid = 312 },
	{ .port = 1, .number = 18, .type = 2, .state = QP_ERR, .pid = 312 },
	{ .port = 2, .number = 19, .type = 4, .state = QP_SQE, .kernel = "a long kernel name" },
	{ .number = 20, .type = 9, .state = QP_RESET, .pid = 999 },
};
enum { N_QPS = sizeof(qps) / sizeof(*qps) };

static void put_qps(struct bench *b, const char *key, const struct told_qp *of, size_t n)
{
	nldev_put_qps(&b->reply, "mlx5_0", of, n);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, key);
}

static void put_memory(struct bench *b, const uint64_t *lengths, size_t n)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_RES_MR_GET, 3, "mlx5_0");
	struct nlattr *table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_MR);

	for (size_t i = 0; i < n; i++) {
		struct nlattr *entry = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_MR_ENTRY);

		mnl_attr_put_u64(header, RDMA_NLDEV_ATTR_RES_MRLEN, lengths[i]);
		mnl_attr_nest_end(header, entry);
	}
	mnl_attr_nest_end(header, table);
	nldev_put(&b->reply, &m);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/mr");
}

static void put_connections(struct bench *b, const uint8_t *states, size_t n)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_RES_CM_ID_GET, 3, "mlx5_0");
	struct nlattr *table = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_CM_ID);

	for (size_t i = 0; i < n; i++) {
		struct nlattr *entry = mnl_attr_nest_start(header, RDMA_NLDEV_ATTR_RES_CM_ID_ENTRY);

		mnl_attr_put_u8(header, RDMA_NLDEV_ATTR_RES_STATE, states[i]);
		mnl_attr_nest_end(header, entry);
	}
	mnl_attr_nest_end(header, table);
	nldev_put(&b->reply, &m);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/cm_id");
}

static void put_ports(struct bench *b)
{
	static struct nldev_message m;

	for (uint32_t port = 1; port <= 3; port++) {
		struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_PORT_GET, 3, "mlx5_0");

		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, port);
		if (port < 3)
			mnl_attr_put_strz(header, RDMA_NLDEV_ATTR_NDEV_NAME,
				port == 1 ? "eth0" : "with a blank");
		nldev_put(&b->reply, &m);
	}
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/port");
}

static void put_host(struct bench *b)
{
	tree_text(b->dir, "sys/class/infiniband/mlx5_0/node_type", "1: CA\n");
	tree_text(b->dir, "proc/312/comm", "ib_send bw\n");
	nldev_put_resources(&b->reply, 3, "mlx5_0", held, 4);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/resource");
	put_qps(b, "ask/rdma/of/mlx5_0/qp", qps, N_QPS);
	put_connections(b, (uint8_t[]){ 8, 8, 5, 10 }, 4);
	put_memory(b, (uint64_t[]){ 4096, 65536, (uint64_t)1 << 40 }, 3);
	put_ports(b);
}

static void each_answer_becomes_rows(void **state)
{
	struct bench *b = *state;

	put_host(b);
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.resource.pd", "rdma:mlx5_0", 0), 2);
	assert_int_equal(value_of(b, "rdma.resource.mr", "rdma:mlx5_0", 0), 4);
	assert_int_equal(value_of(b, "rdma.resource.cq", "rdma:mlx5_0", 0), -1);
	assert_int_equal(value_of(b, "rdma.resource.other.new_thing", "rdma:mlx5_0", 0), 7);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), 2);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_ERR), 1);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_INIT), 0);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/2", QP_SQE), 1);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0", QP_RESET), 1);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/17", 0), QP_RTS);
	assert_int_equal(value_of(b, "rdma.qp.remote", "qp:mlx5_0/1/17", 0), 23);
	assert_int_equal(value_of(b, "rdma.qp.remote", "qp:mlx5_0/1/18", 0), -1);
	assert_int_equal(value_of(b, "rdma.qp.pid", "qp:mlx5_0/1/17", 0), 312);
	assert_str(text_of(b, "rdma.qp.owner", "qp:mlx5_0/1/17"), "ib_send bw");
	assert_str(text_of(b, "rdma.qp.owner", "qp:mlx5_0/1/1"), "[ib_core]");
	assert_str(text_of(b, "rdma.qp.owner", "qp:mlx5_0/0/20"), "");
	assert_str(text_of(b, "rdma.qp.type", "qp:mlx5_0/1/1"), "GSI");
	assert_int_equal(value_of(b, "rdma.cm_ids", "rdma:mlx5_0", 8), 2);
	assert_int_equal(value_of(b, "rdma.cm_ids", "rdma:mlx5_0", 0), 0);
	assert_int_equal(
		value_of(b, "rdma.mr.bytes", "rdma:mlx5_0", 0), 4096 + 65536 + ((int64_t)1 << 40));
}

static bool is_on(const struct bench *b, const char *port, const char *netdev)
{
	const struct names *names = &b->session.entities.names;

	return relation_one(&b->session.relations, names_find(names, str_of(port)), VIA_NETDEV) ==
		       names_find(names, str_of(netdev)) &&
	       names_find(names, str_of(netdev)) != NAMES_NONE;
}

static void a_port_belongs_to_its_interface(void **state)
{
	struct bench *b = *state;

	put_host(b);
	start(b, list, false);
	tick(b);
	assert_true(is_on(b, "rdma:mlx5_0/1", "netdev:eth0"));
	/* the kernel gives no interface such a name */
	assert_int_equal(
		names_find(&b->session.entities.names, STR("netdev:with a blank")), NAMES_NONE);
	assert_int_equal(failures(b, -EBADMSG), 1);
}

/* To be closed it goes through ERR: only what is so in two readings has failed. */
static void one_that_is_being_closed_has_not_failed(void **state)
{
	struct bench *b = *state;
	struct told_qp later[2] = { qps[2], qps[3] };

	put_host(b);
	start(b, list, true);
	tick(b);
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/18"), "");
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), 0);
	later[0].number = 44; /* 18 was closed, and another one is on its way out */
	put_qps(b, "ask/rdma/of/mlx5_0/qp", later, 2);
	tick(b);
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/44"), "");
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/2/19"), "SQE: [a long kernel n]");
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), 0);
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/2", 0), 1);
	tick(b);
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/44"), "ERR: ib_send bw, pid 312");
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), 1);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), 1);
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/2", 0), 1);
}

/* Whoever looks once has the second answer at once; of a recording without it nobody knows. */
static void who_looks_once_is_told_at_once(void **state)
{
	struct bench *b = *state;

	put_host(b);
	start(b, list, false);
	tick(b);
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/18"), "");
	put_qps(b, "ask/rdma/of/mlx5_0/qp_again", &qps[2], 1);
	start(b, list, false);
	tick(b);
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/18"), "ERR: ib_send bw, pid 312");
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/2/19"), "");
}

/* For ever, one that comes and goes between two readings gets no name. */
static void names_are_for_what_lasts(void **state)
{
	struct bench *b = *state;

	put_host(b);
	start(b, list, true);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/17", 0), -1);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), 2);
	put_qps(b, "ask/rdma/of/mlx5_0/qp", qps, 2);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/17", 0), QP_RTS);
	put_qps(b, "ask/rdma/of/mlx5_0/qp", qps, 1);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/17", 0), -1);
}

static void many_are_counted_and_it_is_said(void **state)
{
	enum { MANY = QPS_HEALTHY + 100 };
	static struct told_qp many[MANY];
	struct bench *b = *state;

	for (uint32_t i = 0; i < MANY; i++)
		many[i] = (struct told_qp){
			.port = 1, .number = 100 + i, .type = 2, .state = QP_RTS, .pid = 312
		};
	many[MANY - 1].state = QP_ERR;
	put_host(b);
	put_qps(b, "ask/rdma/of/mlx5_0/qp", many, MANY);
	put_qps(b, "ask/rdma/of/mlx5_0/qp_again", &many[MANY - 1], 1);
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), MANY - 1);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/4195", 0), QP_RTS);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/4196", 0), -1);
	/* what failed is never crowded out */
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/4295"), "ERR: ib_send bw, pid 312");
	assert_int_equal(failures(b, -E2BIG), 1);
	start(b, list, true);
	tick(b);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/2147", 0), QP_RTS);
	assert_int_equal(value_of(b, "rdma.qp.state", "qp:mlx5_0/1/2148", 0), -1);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), MANY - 1);
	assert_int_equal(failures(b, -E2BIG), 1);
}

/* What is not whole is not counted; what was understood before stands. */
static void an_answer_that_was_cut_counts_nothing(void **state)
{
	struct bench *b = *state;
	OWN_MEMORY char *whole = NULL;
	size_t n;

	put_host(b);
	nldev_put_qps(&b->reply, "mlx5_0", qps, N_QPS);
	nldev_end(&b->reply, NLMSG_DONE);
	n = b->reply.n;
	whole = own_alloc(1, n);
	memcpy(whole, b->reply.p, n);
	for (size_t cut = 0; cut < n; cut += 7) {
		tree_write(b->dir, "ask/rdma/of/mlx5_0/qp", whole, cut);
		start(b, list, false);
		tick(b);
		assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), -1);
		assert_true(failures(b, -EBADMSG) == 2); /* and that of the ports */
		assert_int_equal(value_of(b, "rdma.mr.bytes", "rdma:mlx5_0", 0) > 0, 1);
	}
}

/* Any length may lie: nothing is read beyond what is there, and nothing is made up. */
static void lengths_that_lie_are_refused(void **state)
{
	struct bench *b = *state;
	OWN_MEMORY char *whole = NULL;
	unsigned refused = 0;
	size_t n;

	put_host(b);
	nldev_put_qps(&b->reply, "mlx5_0", qps, N_QPS);
	nldev_end(&b->reply, NLMSG_DONE);
	n = b->reply.n;
	whole = own_alloc(1, n);
	for (size_t at = 0; at + 2 <= n; at += 4)
		for (unsigned lie = 0; lie < 3; lie++) {
			uint16_t length = (uint16_t[]){ 0, 3, 0xfff0 }[lie];

			memcpy(whole, b->reply.p, n);
			memcpy(whole + at, &length, sizeof(length));
			tree_write(b->dir, "ask/rdma/of/mlx5_0/qp", whole, n);
			start(b, list, false);
			tick(b);
			refused += failures(b, -EBADMSG) == 2;
			assert_true(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS) <= N_QPS);
		}
	assert_true(refused > n / 8);
}

static void one_bad_device_does_not_blind_another(void **state)
{
	struct bench *b = *state;

	put_host(b);
	tree_text(b->dir, "sys/class/infiniband/mlx5_1/node_type", "1: CA\n");
	nldev_put_resources(&b->reply, 2, "mlx5_1", held, 4);
	nldev_put_resources(&b->reply, 3, "mlx5_0", held, 4);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/resource");
	tree_text(b->dir, "ask/rdma/of/mlx5_1/qp", "none of that");
	tree_text(b->dir, "ask/rdma/of/mlx5_1/mr", "none of that either");
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), 2);
	assert_int_equal(value_of(b, "rdma.resource.pd", "rdma:mlx5_1", 0), 2);
	assert_int_equal(value_of(b, "rdma.mr.bytes", "rdma:mlx5_1", 0), -1);
	assert_int_equal(failures(b, -EBADMSG), 3);
}

/* An answer of another device than was asked for is none. */
static void another_device_is_not_believed(void **state)
{
	struct bench *b = *state;

	put_host(b);
	nldev_put_qps(&b->reply, "mlx5_9", qps, N_QPS);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/of/mlx5_0/qp");
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), -1);
	assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_9/1", QP_RTS), -1);
	assert_int_equal(failures(b, -EBADMSG), 2);
}

/* A name leads nowhere else in a tree. */
static void names_are_names(void **state)
{
	static const char *const bad[] = { "..", ".", "a/b", "a b", "", "\x7f",
		"a name that is as long as no name of a device may be in the kernel, that is 64" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put_host(b);
		nldev_put_resources(&b->reply, 3, bad[i], held, 4);
		nldev_end(&b->reply, NLMSG_DONE);
		answer(b, "ask/rdma/all/resource");
		start(b, list, false);
		tick(b);
		assert_int_equal(failures(b, -EBADMSG), 1);
		assert_int_equal(value_of(b, "rdma.qps", "rdma:mlx5_0/1", QP_RTS), -1);
	}
}

/* Nobody is asked where sysfs has no device: to ask would load the subsystem. */
static void without_a_device_nobody_is_asked(void **state)
{
	struct bench *b = *state;
	unsigned absent = 0;

	tree_text(b->dir, "proc/uptime", "1 1\n");
	nldev_put_resources(&b->reply, 3, "mlx5_0", held, 4);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/resource");
	start(b, list, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.resource.pd", "rdma:mlx5_0", 0), -1);
	for (uint32_t i = 0; i < b->frame.n_reads; i++)
		absent += b->frame.reads[i].status == -ENOENT;
	assert_int_equal(absent, 1);
	assert_int_equal(b->frame.n_failures, 0);
}

/* What failed is counted once, also when an answer in between could not be had. */
static void a_lost_answer_forgets_nobody(void **state)
{
	struct bench *b = *state;

	put_host(b);
	start(b, list, true);
	tick(b);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), 1);
	tree_text(b->dir, "ask/rdma/of/mlx5_0/qp", "nothing of that");
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), -1);
	put_qps(b, "ask/rdma/of/mlx5_0/qp", qps, N_QPS);
	tick(b);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp_errors", "rdma:mlx5_0/1", 0), 1);
	assert_str(text_of(b, "rdma.qp.failed", "qp:mlx5_0/1/18"), "ERR: ib_send bw, pid 312");
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(each_answer_becomes_rows),
		A_TEST(a_port_belongs_to_its_interface),
		A_TEST(one_that_is_being_closed_has_not_failed),
		A_TEST(who_looks_once_is_told_at_once),
		A_TEST(names_are_for_what_lasts),
		A_TEST(a_lost_answer_forgets_nobody),
		A_TEST(many_are_counted_and_it_is_said),
		A_TEST(an_answer_that_was_cut_counts_nothing),
		A_TEST(lengths_that_lie_are_refused),
		A_TEST(one_bad_device_does_not_blind_another),
		A_TEST(another_device_is_not_believed),
		A_TEST(names_are_names),
		A_TEST(without_a_device_nobody_is_asked),
	};

	return RUN_TESTS(tests);
}
