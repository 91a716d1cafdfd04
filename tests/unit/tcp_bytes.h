/* What the kernel answers about addresses and connections, made by a test. */
#pragma once

#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "made_netlink.h"

static struct made_reply reply;

static void put_address(uint8_t family, uint32_t number, const void *address, size_t n)
{
	const struct ifaddrmsg about = { .ifa_family = family, .ifa_index = number };

	made_begin(&reply, RTM_NEWADDR, &about, sizeof(about));
	made_put(&reply, IFA_ADDRESS, address, n);
	if (family == AF_INET)
		made_put(&reply, IFA_LOCAL, address, n);
	made_end(&reply);
}

enum { LO = 1, ETH0, ETH1, BOND0, BOND1, ETH2, ETH3 };

/* 10.0.0.N is that of interface N; and fd00::2 of eth0. */
static void addresses(void)
{
	static const uint8_t six[16] = { 0xfd, [15] = ETH0 };

	for (uint8_t i = LO; i <= BOND1; i++)
		put_address(AF_INET, i, (uint8_t[]){ i == LO ? 127 : 10, 0, 0, i }, 4);
	put_address(AF_INET6, ETH0, six, sizeof(six));
}

struct told {
	uint32_t inode;
	uint8_t interface; /* 10.0.0.N; 0: 10.0.0.99 */
	uint64_t sent, received;
	uint8_t to; /* 10.0.0.N; 0: another host */
	bool mapped;
};

static void put_socket(const struct told *t, size_t info_bytes)
{
	struct inet_diag_msg about = { .idiag_family = t->mapped ? AF_INET6 : AF_INET,
		.idiag_state = 1,
		.idiag_inode = t->inode };
	struct tcp_info info = { .tcpi_bytes_acked = t->sent, .tcpi_bytes_received = t->received };
	uint8_t here[4] = { t->interface == LO ? 127 : 10, 0, 0, t->interface ? t->interface : 99 };
	uint8_t there[4] = { 10, 0, 0, t->to ? t->to : 200 };

	if (t->mapped)
		about.id.idiag_src[2] = about.id.idiag_dst[2] = htonl(0xffff);
	memcpy(&about.id.idiag_src[t->mapped ? 3 : 0], here, 4);
	memcpy(&about.id.idiag_dst[t->mapped ? 3 : 0], there, 4);
	made_begin(&reply, SOCK_DIAG_BY_FAMILY, &about, sizeof(about));
	made_put(&reply, INET_DIAG_INFO, &info, info_bytes);
	made_end(&reply);
}
