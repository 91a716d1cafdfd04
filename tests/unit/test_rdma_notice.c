/* What the RDMA subsystem tells by itself: made messages, right and wrong. */
#include "test.h"

#include <errno.h>

#include "listen/rdma.h"
#include "nldev_bytes.h"

enum { MONITOR = 28, EVENT_TYPE = 102, MONITOR_MODE = 103 };

static struct said {
	unsigned n, row;
	char name[80], text[NOTICE_TEXT];
} said;

static void give(void *self, const struct notice *n)
{
	(void)self;
	said.n++;
	said.row = n->row;
	snprintf(said.name, sizeof(said.name), "%.*s", STR_ARG(n->name));
	snprintf(said.text, sizeof(said.text), "%.*s", STR_ARG(n->text));
}

static int hear(uint8_t type, const char *device, const char *netdev, size_t cut)
{
	struct notices out = { .give = give };
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, MONITOR, 3, device);

	said = (struct said){ 0 };
	mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, 2);
	if (netdev)
		mnl_attr_put_strz(header, RDMA_NLDEV_ATTR_NDEV_NAME, netdev);
	mnl_attr_put_u8(header, EVENT_TYPE, type);
	return rdma_notice_parse((str){ m.bytes, header->nlmsg_len - cut }, &out);
}

static void interfaces_come_and_go(void **state)
{
	(void)state;
	assert_int_equal(hear(2, "mlx5_0", "eth0", 0), 0);
	assert_int_equal(said.n, 1);
	assert_int_equal(said.row, RDMA_ATTACHED);
	assert_string_equal(said.name, "mlx5_0/2");
	assert_string_equal(said.text, "the interface eth0 carries the port");
	assert_int_equal(hear(3, "mlx5_0", NULL, 0), 0);
	assert_int_equal(said.row, RDMA_DETACHED);
	assert_string_equal(said.text, "the interface does not carry the port");
}

/* Devices that come and go are told by uevents; what is newer is not ours. */
static void the_rest_is_left_to_others(void **state)
{
	(void)state;
	for (uint8_t type = 0; type < 10; type++) {
		if (type == 2 || type == 3)
			continue;
		assert_int_equal(hear(type, "mlx5_0", "eth0", 0), 0);
		assert_int_equal(said.n, 0);
	}
}

static void what_is_wrong_says_nothing(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 60; cut++) {
		assert_int_equal(hear(2, "mlx5_0", "eth0", cut), -EBADMSG);
		assert_int_equal(said.n, 0);
	}
	assert_int_equal(hear(2, "a b", "eth0", 0), -EBADMSG);
	assert_int_equal(hear(2, NULL, "eth0", 0), -EBADMSG);
	assert_int_equal(said.n, 0);
}

static void a_kernel_says_whether_it_tells(void **state)
{
	static struct nldev_message m;
	struct nlmsghdr *header = nldev_begin(&m, RDMA_NLDEV_CMD_SYS_GET, 0, NULL);

	(void)state;
	assert_false(rdma_tells((str){ m.bytes, header->nlmsg_len }));
	mnl_attr_put_u8(header, MONITOR_MODE, 1);
	assert_true(rdma_tells((str){ m.bytes, header->nlmsg_len }));
	assert_false(rdma_tells((str){ m.bytes, header->nlmsg_len - 4 }));
	assert_false(rdma_tells((str){ "", 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_come_and_go),
		cmocka_unit_test(the_rest_is_left_to_others),
		cmocka_unit_test(what_is_wrong_says_nothing),
		cmocka_unit_test(a_kernel_says_whether_it_tells),
	};

	return RUN_TESTS(tests);
}
