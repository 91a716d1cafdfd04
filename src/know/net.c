/* What is abnormal in TCP, UDP and IP. */
#include "model/knowledge.h"

static const struct watch watches[] = {
	{
		.signal = "net.udp.rcvbuf_errors",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "datagrams are dropped: the receiving process does not empty its socket",
		.check = "nstat -az UdpRcvbufErrors; ss -uamp",
		.fix = "see who keeps the receiver from its CPU; enlarge its buffer "
		       "(net.core.rmem_max, SO_RCVBUF)",
		.source = "net/ipv4/udp.c: __udp_queue_rcv_skb(); any is loss",
	},
	{
		.signal = "net.udp6.rcvbuf_errors",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "datagrams are dropped: the receiving process does not empty its socket",
		.check = "nstat -az Udp6RcvbufErrors; ss -uamp",
		.fix = "see who keeps the receiver from its CPU; enlarge its buffer "
		       "(net.core.rmem_max, SO_RCVBUF)",
		.source = "net/ipv6/udp.c; any is loss",
	},
	{
		.signal = "net.udp.mem_errors",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "datagrams are dropped: all UDP sockets together are over their memory",
		.check = "nstat -az UdpMemErrors; sysctl net.ipv4.udp_mem",
		.fix = "find the socket that is not emptied; raise net.ipv4.udp_mem",
		.source = "net/ipv4/udp.c; any is loss",
	},
	{
		.signal = "net.tcp.timeouts",
		.how = IS_RISING,
		.level = 10,
		.severity = WARNING,
		.title = "TCP waits for acknowledgements until its timer ends",
		.check = "nstat -az TcpExtTCPTimeouts; ss -ti",
		.fix = "see loss on the path, and hosts that went away",
		.source = "more than ten a second; the level is ours",
	},
	{
		.signal = "net.tcp.listen_overflows",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "connections are refused: the program does not accept them",
		.check = "nstat -az TcpExtListenOverflows; ss -lt",
		.fix = "see why the program does not call accept(); raise net.core.somaxconn "
		       "and its backlog",
		.source = "net/ipv4/tcp_ipv4.c: tcp_v4_syn_recv_sock(); any is a lost connection",
	},
	{
		.signal = "net.tcp.backlog_drop",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "segments are dropped: the socket was locked too long by its owner",
		.check = "nstat -az TcpExtTCPBacklogDrop",
		.fix = "see what the owner does with the socket; raise net.core.rmem_max",
		.source = "net/ipv4/tcp_ipv4.c: tcp_add_backlog(); any is loss",
	},
	{
		.signal = "net.tcp.rcv_q_drop",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "segments are dropped: the receive queue is full",
		.check = "nstat -az TcpExtTCPRcvQDrop; ss -tm",
		.fix = "see why the program does not read; raise net.ipv4.tcp_rmem",
		.source = "net/ipv4/tcp_input.c: tcp_data_queue(); any is loss",
	},
	{
		.signal = "net.tcp.rcv_collapsed",
		.how = IS_RISING,
		.level = 100,
		.severity = WARNING,
		.title = "receive buffers are squeezed together to make room",
		.check = "nstat -az TcpExtTCPRcvCollapsed",
		.fix = "see why the program does not read; give it larger buffers "
		       "(net.ipv4.tcp_rmem)",
		.source = "Cloudflare, The story of one latency spike (2015); the level is ours",
	},
	{
		.signal = "net.tcp.memory_pressures",
		.how = IS_RISING,
		.severity = WARNING,
		.title = "TCP as a whole is over its memory",
		.check = "nstat -az TcpExtTCPMemoryPressures; cat /proc/net/sockstat",
		.fix = "find the sockets that hold it (ss -tm); raise net.ipv4.tcp_mem",
		.source = "net/ipv4/tcp.c: tcp_enter_memory_pressure()",
	},
	{
		.signal = "net.ip.reasm_fails",
		.how = IS_RISING,
		.level = 1,
		.severity = WARNING,
		.title = "fragments do not come together again",
		.check = "nstat -az IpReasmFails",
		.fix = "find who fragments (MTU); see loss on the path",
		.source = "more than one a second; the level is ours",
	},
};

static const struct count counts[] = {
	{ "net.tcp.in_segs", "network namespace", "network namespaces" },
};

const struct knowledge net_knowledge = {
	.layer = "net",
	WATCHES(watches),
	COUNTS(counts),
};
