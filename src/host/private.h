/* What a copy of a machine need not tell: who is connected to whom, and which files a process has open. */
#pragma once

#include "base/str.h"

/* "proc/77/fd/3" */
bool private_is_open_file(const char *path);

/* Of these only what says which sockets and GPUs a process works with is of use: anything else becomes "-". */
str private_held(str target);

/*
 * What NETLINK_SOCK_DIAG says of a connection without being asked goes: the keys of its signatures are among it
 * (net/ipv4/tcp_diag.c: INET_DIAG_MD5SIG).
 */
void private_extras(char *bytes, size_t n);

/*
 * In replies of netlink: addresses of this host and of connections become others, the same ones the same wherever they
 * stand, so that joins hold; ports and users go. What cannot be taken apart is not kept.
 */
void private_addresses(char *bytes, size_t n, uint64_t secret);
void private_connections(char *bytes, size_t n, uint64_t secret);
