/* What the IP, TCP and UDP code of each network namespace counts: /proc/net/snmp, netstat and
 * snmp6. */
#include <errno.h>

#include "collect/collector.h"

/* Keys are protocol and column in one word, as nstat spells them. */
/* clang-format off */
static const struct signal signals[] = {
	{ "net.ip.in_receives",            "IpInReceives",             COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets received" },
	{ "net.ip.in_hdr_errors",          "IpInHdrErrors",            COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets dropped for a bad header" },
	{ "net.ip.in_addr_errors",         "IpInAddrErrors",           COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets dropped for an address that is not ours" },
	{ "net.ip.in_discards",            "IpInDiscards",             COUNTER, PACKETS, HOST, NONE, FREE, "good IPv4 packets dropped, mostly for lack of memory" },
	{ "net.ip.out_requests",           "IpOutRequests",            COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets that local senders asked for" },
	{ "net.ip.out_discards",           "IpOutDiscards",            COUNTER, PACKETS, HOST, NONE, FREE, "good IPv4 packets not sent, mostly for lack of memory or by the qdisc" },
	{ "net.ip.out_no_routes",          "IpOutNoRoutes",            COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets without a route" },
	{ "net.ip.reasm_timeout",          "IpReasmTimeout",           COUNTER, ONE,     HOST, NONE, FREE, "IPv4 reassemblies given up because a fragment did not come in time" },
	{ "net.ip.reasm_reqds",            "IpReasmReqds",             COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 fragments received" },
	{ "net.ip.reasm_fails",            "IpReasmFails",             COUNTER, ONE,     HOST, NONE, FREE, "IPv4 reassemblies that failed" },
	{ "net.ip.frag_fails",             "IpFragFails",              COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets that did not fit and must not be cut: path MTU trouble" },
	{ "net.icmp.in_dest_unreachs",     "IcmpInDestUnreachs",       COUNTER, PACKETS, HOST, NONE, FREE, "ICMP messages that a destination cannot be reached" },
	{ "net.tcp.active_opens",          "TcpActiveOpens",           COUNTER, ONE,     HOST, NONE, FREE, "TCP connections opened from here" },
	{ "net.tcp.passive_opens",         "TcpPassiveOpens",          COUNTER, ONE,     HOST, NONE, FREE, "TCP connections opened by others" },
	{ "net.tcp.attempt_fails",         "TcpAttemptFails",          COUNTER, ONE,     HOST, NONE, FREE, "TCP connections that could not be opened" },
	{ "net.tcp.estab_resets",          "TcpEstabResets",           COUNTER, ONE,     HOST, NONE, FREE, "TCP connections that ended in a reset" },
	{ "net.tcp.curr_estab",            "TcpCurrEstab",             GAUGE,   ONE,     HOST, NONE, FREE, "TCP connections that are open now" },
	{ "net.tcp.in_segs",               "TcpInSegs",                COUNTER, PACKETS, HOST, NONE, FREE, "TCP segments received" },
	{ "net.tcp.out_segs",              "TcpOutSegs",               COUNTER, PACKETS, HOST, NONE, FREE, "TCP segments sent, those sent again left out" },
	{ "net.tcp.retrans_segs",          "TcpRetransSegs",           COUNTER, PACKETS, HOST, NONE, FREE, "TCP segments sent again" },
	{ "net.tcp.in_errs",               "TcpInErrs",                COUNTER, PACKETS, HOST, NONE, FREE, "bad TCP segments received" },
	{ "net.tcp.out_rsts",              "TcpOutRsts",               COUNTER, PACKETS, HOST, NONE, FREE, "TCP resets sent" },
	{ "net.tcp.in_csum_errors",        "TcpInCsumErrors",          COUNTER, PACKETS, HOST, NONE, FREE, "TCP segments with a wrong checksum" },
	{ "net.udp.in_datagrams",          "UdpInDatagrams",           COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams that reached a reader" },
	{ "net.udp.no_ports",              "UdpNoPorts",               COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams to a port nobody listens on" },
	{ "net.udp.in_errors",             "UdpInErrors",              COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams lost on receive, those for a full buffer included" },
	{ "net.udp.out_datagrams",         "UdpOutDatagrams",          COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams sent" },
	{ "net.udp.rcvbuf_errors",         "UdpRcvbufErrors",          COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams lost because the reader's socket buffer was full" },
	{ "net.udp.sndbuf_errors",         "UdpSndbufErrors",          COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams not sent because the socket's buffer was full" },
	{ "net.udp.in_csum_errors",        "UdpInCsumErrors",          COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams with a wrong checksum" },
	{ "net.udp.mem_errors",            "UdpMemErrors",             COUNTER, PACKETS, HOST, NONE, FREE, "UDP datagrams lost because all UDP sockets together may have no more memory (udp_mem)" },
	{ "net.tcp.syncookies_sent",       "TcpExtSyncookiesSent",     COUNTER, ONE,     HOST, NONE, FREE, "SYN cookies sent because the queue of half open connections was full" },
	{ "net.tcp.prune_called",          "TcpExtPruneCalled",        COUNTER, ONE,     HOST, NONE, FREE, "times a receive queue had to be squeezed because the socket's buffer was full" },
	{ "net.tcp.rcv_pruned",            "TcpExtRcvPruned",          COUNTER, ONE,     HOST, NONE, FREE, "times even that did not help, and segments were dropped" },
	{ "net.tcp.ofo_pruned",            "TcpExtOfoPruned",          COUNTER, ONE,     HOST, NONE, FREE, "times the out of order queue was thrown away for memory" },
	{ "net.tcp.time_waited",           "TcpExtTW",                 COUNTER, ONE,     HOST, NONE, FREE, "sockets that left TIME-WAIT by its timer" },
	{ "net.tcp.delayed_ack_lost",      "TcpExtDelayedACKLost",     COUNTER, ONE,     HOST, NONE, FREE, "acknowledgements that came too late, so the peer sent again" },
	{ "net.tcp.listen_overflows",      "TcpExtListenOverflows",    COUNTER, ONE,     HOST, NONE, FREE, "connections refused because the accept queue was full" },
	{ "net.tcp.listen_drops",          "TcpExtListenDrops",        COUNTER, ONE,     HOST, NONE, FREE, "connection requests dropped by a listening socket, for any reason" },
	{ "net.tcp.sack_recovery",         "TcpExtTCPSackRecovery",    COUNTER, ONE,     HOST, NONE, FREE, "recoveries from loss with selective acknowledgements" },
	{ "net.tcp.sack_reneging",         "TcpExtTCPSACKReneging",    COUNTER, ONE,     HOST, NONE, FREE, "peers that dropped data they had acknowledged selectively" },
	{ "net.tcp.sack_reorder",          "TcpExtTCPSACKReorder",     COUNTER, ONE,     HOST, NONE, FREE, "reordering found by selective acknowledgements" },
	{ "net.tcp.ts_reorder",            "TcpExtTCPTSReorder",       COUNTER, ONE,     HOST, NONE, FREE, "reordering found by timestamps" },
	{ "net.tcp.lost_retransmit",       "TcpExtTCPLostRetransmit",  COUNTER, PACKETS, HOST, NONE, FREE, "segments lost again after they had been sent again" },
	{ "net.tcp.fast_retrans",          "TcpExtTCPFastRetrans",     COUNTER, PACKETS, HOST, NONE, FREE, "segments sent again without waiting for the timer" },
	{ "net.tcp.slow_start_retrans",    "TcpExtTCPSlowStartRetrans", COUNTER, PACKETS, HOST, NONE, FREE, "segments sent again in slow start" },
	{ "net.tcp.timeouts",              "TcpExtTCPTimeouts",        COUNTER, ONE,     HOST, NONE, FREE, "retransmission timers that fired" },
	{ "net.tcp.loss_probes",           "TcpExtTCPLossProbes",      COUNTER, PACKETS, HOST, NONE, FREE, "tail loss probes sent" },
	{ "net.tcp.rcv_collapsed",         "TcpExtTCPRcvCollapsed",    COUNTER, PACKETS, HOST, NONE, FREE, "received segments merged to save buffer memory" },
	{ "net.tcp.dsack_recv",            "TcpExtTCPDSACKRecv",       COUNTER, ONE,     HOST, NONE, FREE, "reports of the peer that it got a segment twice" },
	{ "net.tcp.abort_on_memory",       "TcpExtTCPAbortOnMemory",   COUNTER, ONE,     HOST, NONE, FREE, "connections ended for lack of memory" },
	{ "net.tcp.abort_on_timeout",      "TcpExtTCPAbortOnTimeout",  COUNTER, ONE,     HOST, NONE, FREE, "connections ended because the peer answered no more" },
	{ "net.tcp.memory_pressures",      "TcpExtTCPMemoryPressures", COUNTER, ONE,     HOST, NONE, FREE, "times TCP came under memory pressure (tcp_mem)" },
	{ "net.tcp.memory_pressure_time",  "TcpExtTCPMemoryPressuresChrono", COUNTER, MSEC, HOST, NONE, FREE, "time TCP was under memory pressure" },
	{ "net.tcp.spurious_rtos",         "TcpExtTCPSpuriousRTOs",    COUNTER, ONE,     HOST, NONE, FREE, "retransmission timers that fired for nothing: the answer was late, not lost" },
	{ "net.tcp.backlog_drop",          "TcpExtTCPBacklogDrop",     COUNTER, PACKETS, HOST, NONE, FREE, "segments dropped because the socket was busy and its backlog full" },
	{ "net.tcp.pfmemalloc_drop",       "TcpExtPFMemallocDrop",     COUNTER, PACKETS, HOST, NONE, FREE, "segments dropped because they sat in the emergency memory reserve" },
	{ "net.ip.reverse_path_filter",    "TcpExtIPReversePathFilter", COUNTER, PACKETS, HOST, NONE, FREE, "packets dropped because their source is not routed back that way (rp_filter)" },
	{ "net.tcp.req_q_full_drop",       "TcpExtTCPReqQFullDrop",    COUNTER, ONE,     HOST, NONE, FREE, "connection requests dropped because the queue was full and SYN cookies are off" },
	{ "net.tcp.retrans_fail",          "TcpExtTCPRetransFail",     COUNTER, ONE,     HOST, NONE, FREE, "segments that could not be sent again: the local queue was full" },
	{ "net.tcp.rcv_coalesce",          "TcpExtTCPRcvCoalesce",     COUNTER, PACKETS, HOST, NONE, FREE, "segments added to the one before in the receive queue" },
	{ "net.tcp.ofo_queue",             "TcpExtTCPOFOQueue",        COUNTER, PACKETS, HOST, NONE, FREE, "segments that came out of order" },
	{ "net.tcp.ofo_drop",              "TcpExtTCPOFODrop",         COUNTER, PACKETS, HOST, NONE, FREE, "segments that came out of order and found no memory" },
	{ "net.tcp.host_queue_retrans",    "TcpExtTCPSpuriousRtxHostQueues", COUNTER, PACKETS, HOST, NONE, FREE, "segments to be sent again that had not left the host's own queues yet" },
	{ "net.tcp.auto_corking",          "TcpExtTCPAutoCorking",     COUNTER, PACKETS, HOST, NONE, FREE, "small sends held back to be sent together" },
	{ "net.tcp.from_zero_window",      "TcpExtTCPFromZeroWindowAdv", COUNTER, ONE,   HOST, NONE, FREE, "times the receive window we offer opened again" },
	{ "net.tcp.to_zero_window",        "TcpExtTCPToZeroWindowAdv", COUNTER, ONE,     HOST, NONE, FREE, "times the receive window we offer fell to zero: the reader is slow" },
	{ "net.tcp.syn_retrans",           "TcpExtTCPSynRetrans",      COUNTER, PACKETS, HOST, NONE, FREE, "connection requests and answers sent again" },
	{ "net.tcp.orig_data_sent",        "TcpExtTCPOrigDataSent",    COUNTER, PACKETS, HOST, NONE, FREE, "data segments sent for the first time" },
	{ "net.tcp.win_probe",             "TcpExtTCPWinProbe",        COUNTER, PACKETS, HOST, NONE, FREE, "probes of a peer that offers no window: its reader is slow" },
	{ "net.tcp.delivered",             "TcpExtTCPDelivered",       COUNTER, PACKETS, HOST, NONE, FREE, "data segments the peers acknowledged" },
	{ "net.tcp.delivered_ce",          "TcpExtTCPDeliveredCE",     COUNTER, PACKETS, HOST, NONE, FREE, "of those, marked congested on the way" },
	{ "net.tcp.zero_window_drop",      "TcpExtTCPZeroWindowDrop",  COUNTER, PACKETS, HOST, NONE, FREE, "segments dropped because our receive window was zero" },
	{ "net.tcp.rcv_q_drop",            "TcpExtTCPRcvQDrop",        COUNTER, PACKETS, HOST, NONE, FREE, "segments dropped because the receive queue was full" },
	{ "net.tcp.wqueue_too_big",        "TcpExtTCPWqueueTooBig",    COUNTER, ONE,     HOST, NONE, FREE, "segments that could not be split because the send queue was too large" },
	{ "net.tcp.timeout_rehash",        "TcpExtTcpTimeoutRehash",   COUNTER, ONE,     HOST, NONE, FREE, "connections moved to another path after timeouts" },
	{ "net.ip.in_no_routes",           "IpExtInNoRoutes",          COUNTER, PACKETS, HOST, NONE, FREE, "packets received for which there is no route" },
	{ "net.ip.in_truncated",           "IpExtInTruncatedPkts",     COUNTER, PACKETS, HOST, NONE, FREE, "packets shorter than their header says" },
	{ "net.ip.in_octets",              "IpExtInOctets",            COUNTER, BYTES,   HOST, NONE, FREE, "bytes of IPv4 packets received" },
	{ "net.ip.out_octets",             "IpExtOutOctets",           COUNTER, BYTES,   HOST, NONE, FREE, "bytes of IPv4 packets sent" },
	{ "net.ip.in_csum_errors",         "IpExtInCsumErrors",        COUNTER, PACKETS, HOST, NONE, FREE, "IPv4 packets with a wrong header checksum" },
	{ "net.ip.in_ce",                  "IpExtInCEPkts",            COUNTER, PACKETS, HOST, NONE, FREE, "packets received that were marked congested on the way" },
	{ "net.ip6.in_receives",           "Ip6InReceives",            COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 packets received" },
	{ "net.ip6.in_discards",           "Ip6InDiscards",            COUNTER, PACKETS, HOST, NONE, FREE, "good IPv6 packets dropped, mostly for lack of memory" },
	{ "net.ip6.out_discards",          "Ip6OutDiscards",           COUNTER, PACKETS, HOST, NONE, FREE, "good IPv6 packets not sent" },
	{ "net.ip6.reasm_fails",           "Ip6ReasmFails",            COUNTER, ONE,     HOST, NONE, FREE, "IPv6 reassemblies that failed" },
	{ "net.udp6.in_datagrams",         "Udp6InDatagrams",          COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 UDP datagrams that reached a reader" },
	{ "net.udp6.no_ports",             "Udp6NoPorts",              COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 UDP datagrams to a port nobody listens on" },
	{ "net.udp6.in_errors",            "Udp6InErrors",             COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 UDP datagrams lost on receive, those for a full buffer included" },
	{ "net.udp6.rcvbuf_errors",        "Udp6RcvbufErrors",         COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 UDP datagrams lost because the reader's socket buffer was full" },
	{ "net.udp6.in_csum_errors",       "Udp6InCsumErrors",         COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 UDP datagrams with a wrong checksum" },
	{ "net.udp6.mem_errors",           "Udp6MemErrors",            COUNTER, PACKETS, HOST, NONE, FREE, "IPv6 UDP datagrams lost because all UDP sockets together may have no more memory" },
};
/* clang-format on */
enum { N_SIGNALS = sizeof(signals) / sizeof(*signals) };

enum { SNMP, NETSTAT, SNMP6 };
static const struct text_source texts[] = {
	[SNMP] = { .path = "proc/net/snmp", .who = "host", .each_namespace = true },
	[NETSTAT] = { .path = "proc/net/netstat", .who = "host", .each_namespace = true },
	[SNMP6] = { .path = "proc/net/snmp6",
		.who = "host",
		.each_namespace = true,
		.absent = "kernel without IPv6" },
};

/* Thousands of these find nothing, and see it at the first bytes. */
static bool is_key(const char *key, str protocol, str column)
{
	for (size_t i = 0; i < protocol.n; i++)
		if (*key == '\0' || *key++ != protocol.p[i])
			return false;
	for (size_t i = 0; i < column.n; i++)
		if (*key == '\0' || *key++ != column.p[i])
			return false;
	return *key == '\0';
}

/* Rows by a hash of their key; a slot holds row + 1. Made once: a header has some 120 columns, most
 * not ours. */
enum { SLOTS = 512 };

static unsigned hash_text(unsigned hash, str text)
{
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 16777619u;
	return hash;
}

static void index_rows(uint16_t slots[SLOTS])
{
	for (unsigned row = 0; row < N_SIGNALS; row++) {
		unsigned slot = hash_text(0, str_of(signals[row].key)) % SLOTS;

		while (slots[slot])
			slot = (slot + 1) % SLOTS;
		slots[slot] = (uint16_t)(row + 1);
	}
}

static int row_of(const uint16_t slots[SLOTS], str protocol, str column)
{
	unsigned slot = hash_text(hash_text(0, protocol), column) % SLOTS;

	for (; slots[slot]; slot = (slot + 1) % SLOTS)
		if (is_key(signals[slots[slot] - 1].key, protocol, column))
			return slots[slot] - 1;
	return -1;
}

static int emit_value(struct emit *out, unsigned row, str word)
{
	uint64_t count;

	/* a gauge that fell below zero between its per-CPU parts is no number we can stand for */
	if (str_u64(word, &count) < 0)
		return -EBADMSG;
	emit(out, row, (int64_t)count);
	return 0;
}

/*
 * Columns come, go and move from kernel to kernel: only the name above a value says what it is.
 * Looking up some 250 names costs more than reading the files, so what a header means is kept as
 * long as it stays the same.
 */
enum { HEADERS = 16, TEXT_ROOM = 16384, ROW_ROOM = 2048, MOST_COLUMNS = 256 };
struct header {
	uint16_t text, n, rows, columns; /* where its text and its rows begin, and how many */
};

struct state {
	struct header headers[HEADERS];
	unsigned n_headers, n_text, n_rows;
	uint16_t slots[SLOTS];
	bool indexed;
	int16_t rows[ROW_ROOM];
	char text[TEXT_ROOM];
};

static const struct header *known_header(const struct state *state, str line)
{
	for (unsigned i = 0; i < state->n_headers; i++) {
		const struct header *h = &state->headers[i];

		if (str_eq((str){ state->text + h->text, h->n }, line))
			return h;
	}
	return NULL;
}

/*
 * What is full begins anew: the headers of one kernel fill a third of it. NULL when none so long
 * fits.
 */
static const struct header *header_of(struct state *state, str protocol, str line)
{
	const struct header *known = known_header(state, line);
	struct header *header;
	str column;

	if (known)
		return known;
	if (line.n > TEXT_ROOM)
		return NULL;
	if (state->n_headers == HEADERS || line.n > TEXT_ROOM - state->n_text ||
		state->n_rows + MOST_COLUMNS > ROW_ROOM)
		state->n_headers = state->n_text = state->n_rows = 0;
	header = &state->headers[state->n_headers++];
	*header = (struct header){ (uint16_t)state->n_text, (uint16_t)line.n,
		(uint16_t)state->n_rows, 0 };
	memcpy(state->text + state->n_text, line.p, line.n);
	state->n_text += (unsigned)line.n;
	line = str_from(line, protocol.n + 1);
	while (header->columns < MOST_COLUMNS && str_next_word(&line, &column)) {
		state->rows[state->n_rows++] = (int16_t)row_of(state->slots, protocol, column);
		header->columns++;
	}
	return header;
}

static int parse_pair(struct emit *out, const struct header *header, str values)
{
	const struct state *state = out->state;
	str value;
	int row, r = 0;

	for (unsigned i = 0; i < header->columns; i++) {
		if (!str_next_word(&values, &value))
			return -EBADMSG;
		row = state->rows[header->rows + i];
		if (row >= 0 && emit_value(out, (unsigned)row, value) < 0)
			r = -EBADMSG;
	}
	return r;
}

/* "Tcp: RtoAlgorithm RtoMin ..." and below it "Tcp: 1 200 ..." */
static int parse_pairs(struct emit *out, str from)
{
	str line, protocol, rest, above = { "", 0 };
	const struct header *header = NULL;
	int r = 0;

	while (str_next_line(&from, &line)) {
		if (!str_cut(line, ':', &protocol, &rest))
			continue;
		if (header && str_eq(protocol, above)) {
			if (parse_pair(out, header, rest) < 0)
				r = -EBADMSG;
			header = NULL;
			continue;
		}
		if (header) /* what the line above announced is not there */
			r = -EBADMSG;
		above = protocol;
		header = header_of(out->state, protocol, line);
		if (!header)
			r = -EBADMSG;
	}
	return header ? -EBADMSG : r;
}

/* "Udp6RcvbufErrors                	0" */
static int parse_lines(struct emit *out, str from)
{
	struct state *state = out->state;
	str line, key, value;
	int row, r = 0;

	while (str_next_line(&from, &line)) {
		if (!str_next_word(&line, &key))
			continue;
		row = row_of(state->slots, key, STR(""));
		if (row >= 0 && (!str_next_word(&line, &value) ||
					emit_value(out, (unsigned)row, value) < 0))
			r = -EBADMSG;
	}
	return r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	if (!state->indexed)
		index_rows(state->slots);
	state->indexed = true;
	return text == SNMP6 ? parse_lines(out, from) : parse_pairs(out, from);
}

const struct collector snmp_collector = {
	.name = "snmp",
	.about = "what IP, TCP and UDP count, in each network namespace",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.state_size = sizeof(struct state),
};
