/* Connections of TCP and addresses as the kernel tells them: good, cut and odd replies. */
#include "test.h"

#include <errno.h>

#include "collect/tcp_socket.h"
#include "tcp_bytes.h"

static struct local_addresses local;
static struct tcp_sockets found;

static void begin_reply(void)
{
	reply.n = reply.message = reply.depth = 0;
	local.n = found.n = 0;
	found.over = false;
}

static str whole(void)
{
	return (str){ reply.p, reply.n };
}

static void addresses_of_two_ends(void **state)
{
	const struct ifaddrmsg about = { .ifa_family = AF_INET, .ifa_index = 9 };
	const struct ifaddrmsg other = { .ifa_family = AF_UNIX, .ifa_index = 9 };

	(void)state;
	begin_reply();
	made_begin(&reply, RTM_NEWADDR, &about, sizeof(about));
	made_put(&reply, IFA_ADDRESS, (uint8_t[]){ 10, 9, 9, 2 }, 4);
	made_put(&reply, IFA_LOCAL, (uint8_t[]){ 10, 9, 9, 1 }, 4);
	made_end(&reply);
	made_begin(&reply, RTM_NEWADDR, &other, sizeof(other));
	made_end(&reply);
	made_done(&reply);
	assert_int_equal(local_addresses_parse(&local, whole()), 0);
	assert_int_equal(local.n, 1);
	assert_int_equal(local.items[0].address.bytes[15], 1);
	assert_int_equal(local.items[0].interface, 9);
	/* cut anywhere, it is no whole one */
	for (size_t n = 0; n + 20 <= reply.n; n += 4)
		assert_int_equal(local_addresses_parse(&local, (str){ reply.p, n }), -EBADMSG);
}

static void an_address_that_is_too_short(void **state)
{
	const struct ifaddrmsg about = { .ifa_family = AF_INET6, .ifa_index = 9 };

	(void)state;
	begin_reply();
	made_begin(&reply, RTM_NEWADDR, &about, sizeof(about));
	made_put(&reply, IFA_ADDRESS, (uint8_t[]){ 10, 9, 9, 2 }, 4);
	made_end(&reply);
	made_begin(&reply, RTM_NEWADDR, "x", 1);
	made_end(&reply);
	addresses();
	made_done(&reply);
	assert_int_equal(local_addresses_parse(&local, whole()), -EBADMSG);
	assert_int_equal(local.n, BOND1 + 1);
}

static void sockets_that_are_odd(void **state)
{
	const struct told good = { 8123, ETH0, 5, 6, 0, false },
			  huge = { 8124, ETH0, UINT64_MAX, 1, 0, false };
	const struct inet_diag_msg listening = {
		.idiag_family = AF_INET, .idiag_state = 10, .idiag_inode = 5
	};
	const struct inet_diag_msg orphan = { .idiag_family = AF_INET, .idiag_state = 1 };
	const struct inet_diag_msg strange = {
		.idiag_family = AF_UNIX, .idiag_state = 1, .idiag_inode = 7
	};

	(void)state;
	begin_reply();
	addresses();
	made_done(&reply);
	assert_int_equal(local_addresses_parse(&local, whole()), 0);
	reply.n = 0;
	made_begin(&reply, SOCK_DIAG_BY_FAMILY, &listening, sizeof(listening));
	made_end(&reply);
	made_begin(&reply, SOCK_DIAG_BY_FAMILY, &orphan, sizeof(orphan));
	made_end(&reply);
	made_done(&reply);
	assert_int_equal(tcp_sockets_parse(&found, &local, whole()), 0);
	assert_int_equal(found.n, 0);
	reply.n = 0;
	put_socket(&good, sizeof(struct tcp_info));
	put_socket(&(struct told){ 8122, ETH0, 1, 0, 0, true }, 136);
	made_done(&reply);
	assert_int_equal(tcp_sockets_parse(&found, &local, whole()), 0);
	assert_int_equal(found.n, 2);
	assert_int_equal(found.items[0].inode, 8122);
	assert_int_equal(tcp_sockets_find(&found, 8123)->bytes, 11);
	assert_int_equal(tcp_sockets_find(&found, 8123)->interface, ETH0);
	assert_null(tcp_sockets_find(&found, 8121));
	for (unsigned odd = 0; odd < 4; odd++) {
		begin_reply();
		addresses();
		made_done(&reply);
		local_addresses_parse(&local, whole());
		reply.n = 0;
		if (odd == 0)
			put_socket(&good, 135); /* before 4.1 */
		else if (odd == 1)
			put_socket(&huge, sizeof(struct tcp_info));
		else if (odd == 2)
			made_begin(&reply, SOCK_DIAG_BY_FAMILY, &strange, sizeof(strange));
		else
			made_begin(&reply, SOCK_DIAG_BY_FAMILY, &good, 20);
		made_end(&reply);
		put_socket(&good, 136);
		made_done(&reply);
		assert_int_equal(tcp_sockets_parse(&found, &local, whole()), -EBADMSG);
		assert_int_equal(found.n, 1);
	}
}

static void more_sockets_than_there_is_room_for(void **state)
{
	(void)state;
	begin_reply();
	for (uint32_t i = 0; i < TCP_SOCKETS + 2; i++)
		put_socket(&(struct told){ 100000 - i, ETH0, i, 0, 0, false }, 136);
	made_done(&reply);
	assert_int_equal(tcp_sockets_parse(&found, &local, whole()), 0);
	assert_int_equal(found.n, TCP_SOCKETS);
	assert_true(found.over);
	assert_int_equal(tcp_sockets_find(&found, 99999)->bytes, 1);
	assert_int_equal(tcp_sockets_find(&found, 99999)->interface, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_two_ends),
		cmocka_unit_test(an_address_that_is_too_short),
		cmocka_unit_test(sockets_that_are_odd),
		cmocka_unit_test(more_sockets_than_there_is_room_for),
	};

	return RUN_TESTS(tests);
}
