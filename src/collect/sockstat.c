/* Sockets and the memory they hold, in each network namespace: /proc/net/sockstat and sockstat6. */
#include <errno.h>

#include "collect/collector.h"

/* Keys are the line's first word and the name before the number. */
/* clang-format off */
static const struct signal signals[] = {
	{ "net.sockets.used",          "sockets.used",  GAUGE, ONE,   HOST, NONE, FREE, "sockets of all kinds" },
	{ "net.sockets.tcp.inuse",     "TCP.inuse",     GAUGE, ONE,   HOST, NONE, FREE, "TCP sockets that are bound or connected (IPv4)" },
	{ "net.sockets.tcp.orphan",    "TCP.orphan",    GAUGE, ONE,   HOST, NONE, FREE, "TCP sockets that no program holds any more" },
	{ "net.sockets.tcp.tw",        "TCP.tw",        GAUGE, ONE,   HOST, NONE, FREE, "TCP connections in TIME-WAIT" },
	{ "net.sockets.tcp.alloc",     "TCP.alloc",     GAUGE, ONE,   HOST, NONE, FREE, "TCP sockets of the whole host, in any state" },
	{ "net.sockets.tcp.mem",       "TCP.mem",       GAUGE, PAGES, HOST, NONE, FREE, "memory of all TCP sockets of the whole host (limits: tcp_mem)" },
	{ "net.sockets.udp.inuse",     "UDP.inuse",     GAUGE, ONE,   HOST, NONE, FREE, "UDP sockets (IPv4)" },
	{ "net.sockets.udp.mem",       "UDP.mem",       GAUGE, PAGES, HOST, NONE, FREE, "memory of all UDP sockets of the whole host (limits: udp_mem)" },
	{ "net.sockets.raw.inuse",     "RAW.inuse",     GAUGE, ONE,   HOST, NONE, FREE, "raw sockets (IPv4)" },
	{ "net.sockets.frag.inuse",    "FRAG.inuse",    GAUGE, ONE,   HOST, NONE, FREE, "IPv4 packets that wait for their other fragments" },
	{ "net.sockets.frag.memory",   "FRAG.memory",   GAUGE, BYTES, HOST, NONE, FREE, "memory of those" },
	{ "net.sockets.tcp6.inuse",    "TCP6.inuse",    GAUGE, ONE,   HOST, NONE, FREE, "TCP sockets that are bound or connected (IPv6)" },
	{ "net.sockets.udp6.inuse",    "UDP6.inuse",    GAUGE, ONE,   HOST, NONE, FREE, "UDP sockets (IPv6)" },
	{ "net.sockets.raw6.inuse",    "RAW6.inuse",    GAUGE, ONE,   HOST, NONE, FREE, "raw sockets (IPv6)" },
	{ "net.sockets.frag6.inuse",   "FRAG6.inuse",   GAUGE, ONE,   HOST, NONE, FREE, "IPv6 packets that wait for their other fragments" },
	{ "net.sockets.frag6.memory",  "FRAG6.memory",  GAUGE, BYTES, HOST, NONE, FREE, "memory of those" },
};
/* clang-format on */

static const struct text_source texts[] = {
	{ .path = "proc/net/sockstat", .who = "host", .each_namespace = true },
	{ .path = "proc/net/sockstat6",
		.who = "host",
		.each_namespace = true,
		.absent = "kernel without IPv6" },
};

static int row_of(str protocol, str what)
{
	str before, after;

	for (unsigned row = 0; row < sizeof(signals) / sizeof(*signals); row++)
		if (str_cut(str_of(signals[row].key), '.', &before, &after) &&
			str_eq(before, protocol) && str_eq(after, what))
			return (int)row;
	return -1;
}

/*
 * "TCP: inuse 5 orphan 0 tw 0 alloc 6 mem 1" (net/ipv4/proc.c: sockstat_seq_show); none is below
 * zero.
 */
static int parse_line(struct emit *out, str protocol, str rest)
{
	str what, word;
	uint64_t value;
	int row, r = 0;

	while (str_next_word(&rest, &what)) {
		row = row_of(protocol, what);
		if (!str_next_word(&rest, &word))
			return row < 0 ? r : -EBADMSG;
		if (row < 0)
			continue;
		if (str_u64(word, &value) == 0 && value <= INT64_MAX)
			emit(out, (unsigned)row, (int64_t)value);
		else
			r = -EBADMSG;
	}
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	str line, protocol, rest;
	int r = 0;

	(void)text;
	while (str_next_line(&from, &line))
		if (str_cut(line, ':', &protocol, &rest) && parse_line(out, protocol, rest) < 0)
			r = -EBADMSG;
	return r;
}

const struct collector sockstat_collector = {
	.name = "sockstat",
	.about = "sockets and the memory they hold, in each network namespace",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
