/*
 * Connections of TCP that are open, with the interface of their local address and what they have moved so far: from
 * NETLINK_SOCK_DIAG (net/ipv4/inet_diag.c) and the addresses that rtnetlink tells.
 */
#pragma once

#include "collect/run.h"

enum { TCP_SOCKETS = 16384, TCP_ADDRESSES = 4096 };

/* One of IPv4 as IPv6 maps it: ::ffff:10.0.0.1 */
struct tcp_address {
	unsigned char bytes[16];
};

struct local_address {
	struct tcp_address address;
	uint32_t interface;
};

/* Sorted by address. */
struct local_addresses {
	struct local_address items[TCP_ADDRESSES];
	unsigned n;
	bool over;
};

struct tcp_socket {
	uint32_t inode;
	uint32_t interface; /* its number; 0: the address is none of this host's */
	int64_t bytes;      /* both ways */
};

/* Sorted by inode. What goes to this host itself is not among them. */
struct tcp_sockets {
	struct tcp_socket items[TCP_SOCKETS];
	unsigned n;
	bool over, whole;
};

/* Pure: 0 or -EBADMSG, what was understood stands. Sockets are added to those that are there, and sorted. */
int local_addresses_parse(struct local_addresses *ret, str reply);
int tcp_sockets_parse(struct tcp_sockets *to, const struct local_addresses *local, str reply);

const struct tcp_socket *tcp_sockets_find(const struct tcp_sockets *all, uint32_t inode);

/* As collect_ask(). `family` is AF_INET or AF_INET6. The kernel may load its module tcp_diag for it, as for ss(8). */
int local_addresses_ask(struct collect *c, unsigned text);
int tcp_sockets_ask(struct collect *c, unsigned text, int family);
