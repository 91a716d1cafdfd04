/* Timers and retry limits of queue pairs: made dumps of mlx5 firmware, by the kernel's layout, right and wrong. */
#include "rdma_bench.h"

#include <errno.h>

#include "base/own.h"
#include "collect/mlx5_qp.h"
#include "collect/rdma_qp.h"

extern const struct collector rdma_resource_collector, rdma_timer_collector;
static const struct collector *const list[] = { &rdma_resource_collector, &rdma_timer_collector };

static const char *const path = "ask/rdma/of/*/*/qp_raw/*";

/* ---- dumps ---- */

enum { CONTEXT = 0xe8, OUT = 24 + CONTEXT + 16, DUMP = 16 + 20 + 16 + OUT + 4 };

static void put_be(unsigned char *to, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
}

static unsigned char *put_segment(unsigned char *at, uint32_t kind, size_t bytes)
{
	put_be(at, (uint32_t)(bytes / 4), 2);
	put_be(at + 2, kind, 2);
	return at + bytes;
}

struct told_timers {
	uint8_t state, service, min_rnr_nak, rnr_retry, retry_count, ack_timeout;
	uint32_t number, remote;
};

/* All bits around the fields are set: a field that is read too wide is seen. */
static void put_context(unsigned char *at, const struct told_timers *t)
{
	memset(at, 0xff, CONTEXT);
	at[0x00] = (unsigned char)(t->state << 4 | 0xf);
	at[0x01] = t->service;
	put_be(at + 0x15, t->remote, 3);
	at[0x20] = (unsigned char)(t->ack_timeout << 3 | 0x7);
	at[0x71] = (unsigned char)(0xf8 | t->retry_count);
	at[0x72] = (unsigned char)(t->rnr_retry << 5 | 0x1f);
	at[0x94] = (unsigned char)(0xe0 | t->min_rnr_nak);
}

/* What it is, what was asked for, the output of the query, the end. `before`: bytes before the context. */
static size_t put_dump_at(unsigned char *to, const struct told_timers *t, size_t before)
{
	unsigned char *at = to, *resource;
	size_t body = before ? OUT : CONTEXT;

	memset(to, 0, DUMP);
	at = put_segment(at, 0xfffe, 16);
	at = put_segment(at, 0xfffa, 20);
	resource = at;
	at = put_segment(at, 0x4000, 16 + body);
	put_be(resource + 8, t->number, 4);
	put_context(resource + 16 + before, t);
	return (size_t)(put_segment(at, 0xfffb, 4) - to);
}

static const struct told_timers usual = { 3, 0, 12, 7, 5, 18, 17, 23 };

static int read_dump(const unsigned char *dump, size_t n, struct mlx5_timers *ret)
{
	const struct mlx5_qp qp = { 17, 23, true };
	OWN_MEMORY char *copy = own_alloc(1, n ? n : 1); /* as long as it is, and no longer */

	memcpy(copy, dump, n);
	return mlx5_qp_parse((str){ copy, n }, &qp, ret);
}

static void fields_are_where_the_kernel_has_them(void **state)
{
	unsigned char dump[DUMP];
	struct mlx5_timers t = { 0 };

	(void)state;
	for (size_t before = 0; before <= 24; before += 24) {
		assert_int_equal(read_dump(dump, put_dump_at(dump, &usual, before), &t), 0);
		assert_int_equal(t.min_rnr_nak, 12);
		assert_int_equal(t.rnr_retry, 7);
		assert_int_equal(t.retry_count, 5);
		assert_int_equal(t.ack_timeout, 18);
	}
}

/* A dump is believed where it says what is known of the queue pair already. */
static void another_queue_pair_is_not_believed(void **state)
{
	const struct told_timers others[] = {
		{ 3, 0, 1, 1, 1, 1, 18, 23 }, /* another number */
		{ 3, 0, 1, 1, 1, 1, 17, 24 }, /* connected with another one */
		{ 2, 0, 1, 1, 1, 1, 17, 23 }, /* it does not send */
		{ 3, 3, 1, 1, 1, 1, 17, 23 }, /* a datagram service */
	};
	unsigned char dump[DUMP];
	struct mlx5_timers t;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(read_dump(dump, put_dump_at(dump, &others[i], 24), &t), -EBADMSG);
}

static void what_is_cut_or_refused_says_nothing(void **state)
{
	struct mlx5_timers t = { .ack_timeout = 99 };
	unsigned char dump[DUMP];
	size_t n = put_dump_at(dump, &usual, 24);

	(void)state;
	/* the end may be missing, not a byte of what stands before it */
	for (size_t cut = 5; cut < n; cut++)
		assert_int_equal(read_dump(dump, n - cut, &t), -EBADMSG);
	put_be(dump + 38, 0xfffc, 2);
	assert_int_equal(read_dump(dump, n, &t), -EIO);
	put_be(dump + 38, 0xfffb, 2);
	assert_int_equal(read_dump(dump, n, &t), -EBADMSG);
	for (uint32_t length = 0; length < 0x10000; length += 0xfff) {
		put_dump_at(dump, &usual, 24);
		put_be(dump, length, 2);
		if (length != 4)
			assert_int_equal(read_dump(dump, n, &t), -EBADMSG);
	}
	assert_int_equal(t.ack_timeout, 99);
}

/* Where both places look like it nobody knows which it is. */
static void what_may_be_two_things_is_neither(void **state)
{
	unsigned char dump[DUMP];
	struct mlx5_timers t;
	size_t n = put_dump_at(dump, &usual, 24);

	(void)state;
	memcpy(dump + 36 + 16, dump + 36 + 16 + 24, 2);
	put_be(dump + 36 + 16 + 0x15, 23, 3);
	assert_int_equal(read_dump(dump, n, &t), -EBADMSG);
}

static void codes_are_times(void **state)
{
	(void)state;
	assert_int_equal(rnr_timer_us(0), 655360);
	assert_int_equal(rnr_timer_us(1), 10);
	assert_int_equal(rnr_timer_us(12), 640);
	assert_int_equal(rnr_timer_us(25), 61440);
	assert_int_equal(rnr_timer_us(31), 491520);
	/* from the second on each is twice that of two before, but for what was rounded */
	for (uint8_t code = 4; code < 32; code++)
		assert_int_equal(rnr_timer_us(code), 2 * rnr_timer_us((uint8_t)(code - 2)));
	assert_int_equal(ack_timeout_ns(0), 0);
	assert_int_equal(ack_timeout_ns(1), 8192);
	assert_int_equal(ack_timeout_ns(18), 1073741824);
	assert_int_equal(ack_timeout_ns(31), INT64_C(4096) << 31);
}

/* ---- the collector ---- */

static const struct told_qp qps[] = {
	{ .port = 1, .number = 1, .type = 1, .state = QP_RTS, .kernel = "ib_core" },
	{ .port = 1, .number = 17, .remote = 23, .type = 2, .state = QP_RTS, .pid = 312 },
	{ .port = 1, .number = 18, .remote = 24, .type = 2, .state = QP_RTR, .pid = 312 },
	{ .port = 1, .number = 19, .remote = 25, .type = 3, .state = QP_RTS, .pid = 312 },
	{ .port = 1, .number = 20, .remote = 26, .type = 2, .state = QP_ERR, .pid = 312 },
};

static void put_pairs(struct bench *b, const char *device, const struct told_qp *of, size_t n)
{
	char key[96];

	nldev_put_qps(&b->reply, device, of, n);
	nldev_end(&b->reply, NLMSG_DONE);
	snprintf(key, sizeof(key), "ask/rdma/of/%s/qp", device);
	answer(b, key);
}

static void put_raw(struct bench *b, const char *device, const struct told_timers *t)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_RES_QP_GET_RAW, 3, device);
	unsigned char dump[DUMP];
	char key[96];

	mnl_attr_put(header, RDMA_NLDEV_ATTR_RES_RAW, put_dump_at(dump, t, 24), dump);
	nldev_put(&b->reply, &m);
	nldev_end(&b->reply, NLMSG_ERROR);
	snprintf(key, sizeof(key), "ask/rdma/of/%s/1/qp_raw/%u", device, t->number);
	answer(b, key);
}

static void put_device(struct bench *b, uint32_t index, const char *name, const char *driver)
{
	static const struct told_count held[] = { { "qp", 5 } };
	char file[128], target[96];

	snprintf(file, sizeof(file), "sys/class/infiniband/%s/node_type", name);
	tree_text(b->dir, file, "1: CA\n");
	snprintf(file, sizeof(file), "sys/class/infiniband/%s/device/driver", name);
	snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
	tree_link(b->dir, file, target);
	nldev_put_device(&b->reply, index, name, 1);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/device");
	nldev_put_resources(&b->reply, index, name, held, 1);
	nldev_end(&b->reply, NLMSG_DONE);
	answer(b, "ask/rdma/all/resource");
}

static void put_host(struct bench *b, const char *driver)
{
	const struct told_timers receives = { 2, 0, 0, 0, 0, 0, 18, 24 };

	put_device(b, 3, "mlx5_0", driver);
	put_pairs(b, "mlx5_0", qps, 5);
	put_raw(b, "mlx5_0", &usual);
	put_raw(b, "mlx5_0", &receives);
}

static void read_once(struct bench *b)
{
	start_some(b, list, 2, false);
	tick(b);
}

/* Of connections only, and of the one that does not send yet only what it says to others. */
static void connections_have_rows(void **state)
{
	struct bench *b = *state;

	put_host(b, "mlx5_core");
	read_once(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), 640);
	assert_int_equal(value_of(b, "rdma.qp.rnr_retry", "qp:mlx5_0/1/17", 0), 7);
	assert_int_equal(value_of(b, "rdma.qp.retry_count", "qp:mlx5_0/1/17", 0), 5);
	assert_int_equal(value_of(b, "rdma.qp.ack_timeout", "qp:mlx5_0/1/17", 0), 1073741824);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/18", 0), 655360);
	assert_int_equal(value_of(b, "rdma.qp.ack_timeout", "qp:mlx5_0/1/18", 0), -1);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/1", 0), -1);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/19", 0), -1);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/20", 0), -1);
	assert_int_equal(status_of(b, path), 0);
	assert_int_equal(failures(b, -EBADMSG), 0);
}

/* The firmware is asked once about each; a number that another connection got is another one. */
static void each_is_asked_about_once(void **state)
{
	struct told_qp later[2] = { qps[1], qps[2] };
	struct told_timers other = usual;
	struct bench *b = *state;

	put_host(b, "mlx5_core");
	start_some(b, list, 2, false);
	tick(b);
	other.min_rnr_nak = 1;
	put_raw(b, "mlx5_0", &other);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), 640);
	assert_int_equal(status_of(b, path), 1);
	other.remote = later[0].remote = 77;
	put_raw(b, "mlx5_0", &other);
	put_pairs(b, "mlx5_0", later, 2);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), 10);
	put_pairs(b, "mlx5_0", later, 1);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/18", 0), -1);
}

/* A dump that fails is a line in the kernel's log: the device is left alone for a while, and it is said. */
static void a_device_that_refuses_is_left_alone(void **state)
{
	struct bench *b = *state;

	put_host(b, "mlx5_core");
	tree_text(b->dir, "ask/rdma/of/mlx5_0/1/qp_raw/17", "nothing of that");
	start_some(b, list, 2, false);
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), -1);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/18", 0), -1);
	assert_int_equal(failures(b, -EBADMSG), 1);
	put_raw(b, "mlx5_0", &usual);
	for (unsigned i = 1; i < 60; i++) {
		tick(b);
		assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), -1);
		assert_int_equal(failures(b, -EBADMSG), 1);
		assert_int_equal(status_of(b, path), -EBADMSG);
	}
	tick(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), 640);
	assert_int_equal(failures(b, -EBADMSG), 0);
}

static void other_drivers_do_not_tell(void **state)
{
	struct bench *b = *state;

	put_host(b, "bnxt_en");
	read_once(b);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/17", 0), -1);
	assert_int_equal(status_of(b, path), -ENOENT);
	put_pairs(b, "mlx5_0", qps, 1); /* no connection: nothing is left unknown */
	read_once(b);
	assert_int_equal(status_of(b, path), 1);
}

static void without_connections_nobody_is_asked(void **state)
{
	struct bench *b = *state;

	put_host(b, "mlx5_core");
	put_pairs(b, "mlx5_0", qps, 1);
	read_once(b);
	assert_int_equal(status_of(b, path), 1);
}

/* So many in a reading; who reads once is told that there are more, and who reads on comes to them. */
static void a_reading_asks_about_few(void **state)
{
	enum { MANY = 100, AT_ONCE = 64 };
	static struct told_qp many[MANY];
	struct bench *b = *state;
	unsigned n = 0;

	put_host(b, "mlx5_core");
	for (uint32_t i = 0; i < MANY; i++) {
		struct told_timers t = usual;

		t.number = 100 + i;
		put_raw(b, "mlx5_0", &t);
		many[i] = (struct told_qp){
			.port = 1, .number = 100 + i, .remote = 23, .type = 2, .state = QP_RTS
		};
	}
	put_pairs(b, "mlx5_0", many, MANY);
	start_some(b, list, 2, false);
	tick(b);
	assert_int_equal(failures(b, -E2BIG), 1);
	for (uint32_t i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof(name), "qp:mlx5_0/1/%u", 100 + i);
		n += value_of(b, "rdma.qp.rnr_timer", name, 0) == 640;
	}
	assert_int_equal(n, AT_ONCE);
	tick(b);
	assert_int_equal(failures(b, -E2BIG), 0);
	assert_int_equal(value_of(b, "rdma.qp.rnr_timer", "qp:mlx5_0/1/199", 0), 640);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_where_the_kernel_has_them),
		cmocka_unit_test(another_queue_pair_is_not_believed),
		cmocka_unit_test(what_is_cut_or_refused_says_nothing),
		cmocka_unit_test(what_may_be_two_things_is_neither),
		cmocka_unit_test(codes_are_times),
		A_TEST(connections_have_rows),
		A_TEST(each_is_asked_about_once),
		A_TEST(a_device_that_refuses_is_left_alone),
		A_TEST(other_drivers_do_not_tell),
		A_TEST(without_connections_nobody_is_asked),
		A_TEST(a_reading_asks_about_few),
	};

	return RUN_TESTS(tests);
}
