/* What each RDMA driver counts beside the standard, from hw_counters of ports and devices. */
#include <errno.h>

#include "collect/keyed.h"
#include "collect/nldev.h"
#include "collect/other.h"

/*
 * One meaning, one signal: where drivers use different words for the same thing, their words share
 * a row. Two words of one driver never do. mlx5 keeps its queue counters in 32 bits; only where
 * traffic can wrap them within a day is that said here, because a driver that was loaded again
 * would look like a wrap.
 */
/* clang-format off */
static const struct signal signals[] = {
	/* reliability: what every driver counts in its own words */
	{ "rdma.duplicate_request",              "duplicate_request|dup_req",     COUNTER, PACKETS, RDMA, NONE, CHEAP, "requests received again: the sender had not seen our answer" },
	{ "rdma.implied_nak_seq_err",            "implied_nak_seq_err|missing_resp|Nak Sequence Error Implied", COUNTER, ONE,     RDMA, NONE, CHEAP, "answers that were lost: a later one came first (sender side)" },
	{ "rdma.local_ack_timeout_err",          "local_ack_timeout_err|to_retransmits|RTO", COUNTER, ONE,     RDMA, NONE, CHEAP, "no answer came in time and the sender tried again; the retry limit was not reached" },
	{ "rdma.out_of_buffer",                  "out_of_buffer|rx_out_of_buffer", COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets that found no receive buffer posted by the application" },
	{ "rdma.out_of_sequence",                "out_of_sequence|out_of_seq_request|oos_drop_count|Rcvd Out of order packets", COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received out of order: something was lost or overtaken on the way" },
	{ "rdma.packet_seq_err",                 "packet_seq_err|rcvd_seq_err|seq_err_naks_rcvd|Nak Sequence Error", COUNTER, ONE,     RDMA, NONE, CHEAP, "the receiver told us that packets are missing, and we sent them again" },
	{ "rdma.rnr_nak.received",               "rnr_nak_retry_err|rcvd_rnr_err|rnr_naks_rcvd|RNR received", COUNTER, ONE,     RDMA, NONE, CHEAP, "the receiver was not ready (no buffer posted) and we waited; the retry limit was not reached" },
	{ "rdma.rnr_nak.sent",                   "send_rnr_err|RNR sent",         COUNTER, ONE,     RDMA, NONE, CHEAP, "we were not ready: a message found no buffer posted by the application here" },
	{ "rdma.req_rnr_retries_exceeded",       "req_rnr_retries_exceeded|retry_rnr_exceeded_err", COUNTER, ONE,     RDMA, NONE, CHEAP, "connections given up because the receiver was never ready" },
	{ "rdma.req_transport_retries_exceeded", "req_transport_retries_exceeded|retry_exceeded_err|max_retry_exceeded", COUNTER, ONE,     RDMA, NONE, CHEAP, "connections given up because no answer came after all retries" },
	{ "rdma.retransmitted_segments",         "tcpRetransSegs|RetransSegs",    COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets sent again (irdma)" },
	/* errors that end a request */
	{ "rdma.req_cqe_error",                  "req_cqe_error",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "requests of ours that completed with an error, flushed ones included" },
	{ "rdma.req_cqe_flush_error",            "req_cqe_flush_error",           COUNTER, ONE,     RDMA, NONE, CHEAP, "requests of ours that were flushed because their connection had failed" },
	{ "rdma.req_remote_access_errors",       "req_remote_access_errors|remote_access_err", COUNTER, ONE,     RDMA, NONE, CHEAP, "requests the other side refused: it may not be accessed there" },
	{ "rdma.req_remote_invalid_request",     "req_remote_invalid_request|remote_invalid_req_err", COUNTER, ONE,     RDMA, NONE, CHEAP, "requests the other side found invalid" },
	{ "rdma.resp_cqe_error",                 "resp_cqe_error",                COUNTER, ONE,     RDMA, NONE, CHEAP, "receives that completed with an error, flushed ones included" },
	{ "rdma.resp_cqe_flush_error",           "resp_cqe_flush_error",          COUNTER, ONE,     RDMA, NONE, CHEAP, "receives that were flushed because their connection had failed" },
	{ "rdma.resp_local_length_error",        "resp_local_length_error|res_length_mismatch", COUNTER, ONE,     RDMA, NONE, CHEAP, "messages longer than the buffer posted for them" },
	{ "rdma.resp_remote_access_errors",      "resp_remote_access_errors",     COUNTER, ONE,     RDMA, NONE, CHEAP, "requests of others that we refused: they may not access that memory" },
	/* congestion control */
	{ "rdma.cnp.handled",                    "rp_cnp_handled|rx_cnp_pkts|cnpHandled", COUNTER, PACKETS, RDMA, NONE, CHEAP, "congestion notifications received and obeyed: we send slower" },
	{ "rdma.cnp.ignored",                    "rp_cnp_ignored|cnpIgnored",     COUNTER, PACKETS, RDMA, NONE, CHEAP, "congestion notifications received and not obeyed" },
	{ "rdma.cnp.sent",                       "np_cnp_sent|np_cnp_pkts|tx_cnp_pkts|cnpSent", COUNTER, PACKETS, RDMA, NONE, CHEAP, "congestion notifications sent: packets to us were marked on the way" },
	{ "rdma.ecn_marked.received",            "np_ecn_marked_roce_packets|rx_ecn_marked_pkts|RxECNMrkd", COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received that a switch had marked: its queue was filling" },
	{ "rdma.roce_adp_retrans",               "roce_adp_retrans",              COUNTER, ONE,     RDMA, NONE, CHEAP, "adaptive retransmissions" },
	{ "rdma.roce_adp_retrans_to",            "roce_adp_retrans_to",           COUNTER, ONE,     RDMA, NONE, CHEAP, "timeouts under adaptive retransmission" },
	{ "rdma.roce_slow_restart",              "roce_slow_restart",             COUNTER, ONE,     RDMA, NONE, CHEAP, "times sending started slowly after a pause" },
	{ "rdma.roce_slow_restart_cnps",         "roce_slow_restart_cnps",        COUNTER, PACKETS, RDMA, NONE, CHEAP, "congestion notifications made by slow restart" },
	{ "rdma.roce_slow_restart_trans",        "roce_slow_restart_trans",       COUNTER, ONE,     RDMA, NONE, CHEAP, "times a connection entered slow restart" },
	/* traffic */
	{ "rdma.rx_atomic_requests",             "rx_atomic_requests|rx_atomic_req", COUNTER, ONE,     RDMA, NONE, CHEAP, "atomic requests received", 32 },
	{ "rdma.rx_read_requests",               "rx_read_requests|rx_read_req",  COUNTER, ONE,     RDMA, NONE, CHEAP, "read requests received", 32 },
	{ "rdma.rx_write_requests",              "rx_write_requests|rx_write_req", COUNTER, ONE,     RDMA, NONE, CHEAP, "write requests received", 32 },
	{ "rdma.rx_dct_connect",                 "rx_dct_connect",                COUNTER, ONE,     RDMA, NONE, CHEAP, "connection requests received for dynamically connected targets", 32 },
	{ "rdma.rx_bytes",                       "rx_bytes|rcvd_bytes",           COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes received" },
	{ "rdma.rx_packets",                     "rx_pkts|rcvd_pkts",             COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received" },
	{ "rdma.tx_bytes",                       "tx_bytes|sent_bytes",           COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes sent" },
	{ "rdma.tx_packets",                     "tx_pkts|sent_pkts",             COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets sent" },
	{ "rdma.icrc_errors",                    "rx_icrc_encapsulated|CRC errors", COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received whose invariant checksum was wrong: damaged on the way" },
	/* rxe */
	{ "rdma.ack_deferred",                   "ack_deferred",                  COUNTER, ONE,     RDMA, NONE, CHEAP, "times the sender was put off until an acknowledgement" },
	{ "rdma.completer_retry",                "completer_retry_err",           COUNTER, ONE,     RDMA, NONE, CHEAP, "times the sender went back and sent again, for whatever reason" },
	{ "rdma.link_downed",                    "link_downed",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "times the link went down, as the driver counts it" },
	{ "rdma.rdma_recvs",                     "rdma_recvs",                    COUNTER, ONE,     RDMA, NONE, CHEAP, "messages received" },
	{ "rdma.rdma_sends",                     "rdma_sends",                    COUNTER, ONE,     RDMA, NONE, CHEAP, "messages sent" },
	{ "rdma.send_err",                       "send_err",                      COUNTER, ONE,     RDMA, NONE, CHEAP, "packets the network stack would not take" },
	/* bnxt_re */
	{ "rdma.active_ahs",                     "active_ahs",                    GAUGE,   ONE,     RDMA, NONE, CHEAP, "address handles in use" },
	{ "rdma.active_cqs",                     "active_cqs",                    GAUGE,   ONE,     RDMA, NONE, CHEAP, "completion queues in use" },
	{ "rdma.active_mrs",                     "active_mrs",                    GAUGE,   ONE,     RDMA, NONE, CHEAP, "memory regions in use" },
	{ "rdma.active_mws",                     "active_mws",                    GAUGE,   ONE,     RDMA, NONE, CHEAP, "memory windows in use" },
	{ "rdma.active_pds",                     "active_pds",                    GAUGE,   ONE,     RDMA, NONE, CHEAP, "protection domains in use" },
	{ "rdma.active_qps",                     "active_qps",                    GAUGE,   ONE,     RDMA, NONE, CHEAP, "queue pairs in use" },
	{ "rdma.active_rc_qps",                  "active_rc_qps",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "reliable connected queue pairs in use" },
	{ "rdma.active_srqs",                    "active_srqs",                   GAUGE,   ONE,     RDMA, NONE, CHEAP, "shared receive queues in use" },
	{ "rdma.active_ud_qps",                  "active_ud_qps",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "datagram queue pairs in use" },
	{ "rdma.bad_resp_err",                   "bad_resp_err",                  COUNTER, ONE,     RDMA, NONE, CHEAP, "answers that made no sense" },
	{ "rdma.db_fifo_register",               "db_fifo_register",              GAUGE,   ONE,     RDMA, NONE, CHEAP, "raw register: how full the doorbell queue is" },
	{ "rdma.local_protection_err",           "local_protection_err",          COUNTER, ONE,     RDMA, NONE, CHEAP, "requests on memory that is not registered for them" },
	{ "rdma.local_qp_op_err",                "local_qp_op_err",               COUNTER, ONE,     RDMA, NONE, CHEAP, "requests the local queue pair could not carry out" },
	{ "rdma.mem_mgmt_op_err",                "mem_mgmt_op_err",               COUNTER, ONE,     RDMA, NONE, CHEAP, "registrations and windows that failed" },
	{ "rdma.pacing_alerts",                  "pacing_alerts",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "times the doorbell queue was close to full" },
	{ "rdma.pacing_complete",                "pacing_complete",               COUNTER, ONE,     RDMA, NONE, CHEAP, "times doorbell pacing ended" },
	{ "rdma.pacing_reschedule",              "pacing_reschedule",             COUNTER, ONE,     RDMA, NONE, CHEAP, "times doorbell pacing had to go on" },
	{ "rdma.recoverable_errors",             "recoverable_errors",            COUNTER, ONE,     RDMA, NONE, CHEAP, "errors the device recovered from" },
	{ "rdma.remote_op_err",                  "remote_op_err",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "requests the other side failed to carry out" },
	{ "rdma.res_cmp_err",                    "res_cmp_err",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: completion failed" },
	{ "rdma.res_cq_load_err",                "res_cq_load_err",               COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: completion queue context could not be loaded" },
	{ "rdma.res_exceed_max",                 "res_exceed_max",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: message over the maximum" },
	{ "rdma.res_exceeds_wqe",                "res_exceeds_wqe",               COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: message longer than the receive buffer" },
	{ "rdma.res_invalid_dup_rkey",           "res_invalid_dup_rkey",          COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: repeated request with another key" },
	{ "rdma.res_irrq_oflow",                 "res_irrq_oflow",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: more outstanding reads than agreed" },
	{ "rdma.res_mem_err",                    "res_mem_err",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: memory error" },
	{ "rdma.res_opcode_err",                 "res_opcode_err",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: wrong opcode" },
	{ "rdma.res_rem_inv_err",                "res_rem_inv_err",               COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: remote invalidation failed" },
	{ "rdma.res_rx_domain_err",              "res_rx_domain_err",             COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: receive in the wrong protection domain" },
	{ "rdma.res_rx_invalid_rkey",            "res_rx_invalid_rkey",           COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: receive with an invalid key" },
	{ "rdma.res_rx_no_perm",                 "res_rx_no_perm",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: receive without permission" },
	{ "rdma.res_rx_pci_err",                 "res_rx_pci_err",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: PCIe error on receive" },
	{ "rdma.res_rx_range_err",               "res_rx_range_err",              COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: receive out of range" },
	{ "rdma.res_srq_err",                    "res_srq_err",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: shared receive queue error" },
	{ "rdma.res_srq_load_err",               "res_srq_load_err",              COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: shared receive queue context could not be loaded" },
	{ "rdma.res_tx_domain_err",              "res_tx_domain_err",             COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: answer from the wrong protection domain" },
	{ "rdma.res_tx_invalid_rkey",            "res_tx_invalid_rkey",           COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: answer with an invalid key" },
	{ "rdma.res_tx_no_perm",                 "res_tx_no_perm",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: answer without permission" },
	{ "rdma.res_tx_pci_err",                 "res_tx_pci_err",                COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: PCIe error on answer" },
	{ "rdma.res_tx_range_err",               "res_tx_range_err",              COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: answer out of range" },
	{ "rdma.res_unaligned_atomic",           "res_unaligned_atomic",          COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: atomic on an unaligned address" },
	{ "rdma.res_unsup_opcode",               "res_unsup_opcode",              COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: opcode not supported" },
	{ "rdma.res_wqe_format_err",             "res_wqe_format_err",            COUNTER, ONE,     RDMA, NONE, CHEAP, "responder: malformed receive request" },
	{ "rdma.resize_cq_count",                "resize_cq_count|resize_cq_cnt", COUNTER, ONE,     RDMA, NONE, CHEAP, "completion queues resized" },
	{ "rdma.rx_read_resp",                   "rx_read_resp",                  COUNTER, ONE,     RDMA, NONE, CHEAP, "read answers received" },
	{ "rdma.rx_roce_discards",               "rx_roce_discards",              COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets dropped on receiving" },
	{ "rdma.rx_roce_errors",                 "rx_roce_errors",                COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets received with an error" },
	{ "rdma.rx_roce_good_bytes",             "rx_roce_good_bytes",            COUNTER, BYTES,   RDMA, NONE, CHEAP, "RoCE bytes received without error" },
	{ "rdma.rx_roce_good_pkts",              "rx_roce_good_pkts",             COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets received without error" },
	{ "rdma.rx_roce_only_bytes",             "rx_roce_only_bytes",            COUNTER, BYTES,   RDMA, NONE, CHEAP, "RoCE bytes received, without congestion notifications" },
	{ "rdma.rx_roce_only_pkts",              "rx_roce_only_pkts",             COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets received, without congestion notifications" },
	{ "rdma.rx_send_req",                    "rx_send_req",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "send requests received" },
	{ "rdma.tx_atomic_req",                  "tx_atomic_req",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "atomic requests sent" },
	{ "rdma.tx_read_req",                    "tx_read_req",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "read requests sent" },
	{ "rdma.tx_read_resp",                   "tx_read_resp",                  COUNTER, ONE,     RDMA, NONE, CHEAP, "read answers sent" },
	{ "rdma.tx_roce_discards",               "tx_roce_discards",              COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets dropped on sending" },
	{ "rdma.tx_roce_errors",                 "tx_roce_errors",                COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets that failed on sending" },
	{ "rdma.tx_roce_only_bytes",             "tx_roce_only_bytes",            COUNTER, BYTES,   RDMA, NONE, CHEAP, "RoCE bytes sent, without congestion notifications" },
	{ "rdma.tx_roce_only_pkts",              "tx_roce_only_pkts",             COUNTER, PACKETS, RDMA, NONE, CHEAP, "RoCE packets sent, without congestion notifications" },
	{ "rdma.tx_send_req",                    "tx_send_req",                   COUNTER, ONE,     RDMA, NONE, CHEAP, "send requests sent" },
	{ "rdma.tx_write_req",                   "tx_write_req",                  COUNTER, ONE,     RDMA, NONE, CHEAP, "write requests sent" },
	{ "rdma.unrecoverable_err",              "unrecoverable_err",             COUNTER, ONE,     RDMA, NONE, CHEAP, "errors that ended a connection" },
	{ "rdma.watermark_ahs",                  "watermark_ahs",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "most address handles ever in use" },
	{ "rdma.watermark_cqs",                  "watermark_cqs",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "most completion queues ever in use" },
	{ "rdma.watermark_mrs",                  "watermark_mrs",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "most memory regions ever in use" },
	{ "rdma.watermark_mws",                  "watermark_mws",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "most memory windows ever in use" },
	{ "rdma.watermark_pds",                  "watermark_pds",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "most protection domains ever in use" },
	{ "rdma.watermark_qps",                  "watermark_qps",                 GAUGE,   ONE,     RDMA, NONE, CHEAP, "most queue pairs ever in use" },
	{ "rdma.watermark_rc_qps",               "watermark_rc_qps",              GAUGE,   ONE,     RDMA, NONE, CHEAP, "most reliable connected queue pairs ever in use" },
	{ "rdma.watermark_srqs",                 "watermark_srqs",                GAUGE,   ONE,     RDMA, NONE, CHEAP, "most shared receive queues ever in use" },
	{ "rdma.watermark_ud_qps",               "watermark_ud_qps",              GAUGE,   ONE,     RDMA, NONE, CHEAP, "most datagram queue pairs ever in use" },
	/* irdma; 7.x dropped the prefixes tcp and iw */
	{ "rdma.tx_atomics",                     "Tx atomics",                    COUNTER, ONE,     RDMA, NONE, CHEAP, "atomic operations sent" },
	{ "rdma.rx_atomics",                     "Rx atomics",                    COUNTER, ONE,     RDMA, NONE, CHEAP, "atomic operations received" },
	{ "rdma.in_opt_errors",                  "tcpInOptErrors|InOptErrors",    COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received with unknown options" },
	{ "rdma.in_proto_errors",                "tcpInProtoErrors|InProtoErrors", COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received that broke the protocol" },
	{ "rdma.in_rdma_reads",                  "iwInRdmaReads|InRdmaReads",     COUNTER, ONE,     RDMA, NONE, CHEAP, "reads that came in" },
	{ "rdma.in_rdma_sends",                  "iwInRdmaSends|InRdmaSends",     COUNTER, ONE,     RDMA, NONE, CHEAP, "sends that came in" },
	{ "rdma.in_rdma_writes",                 "iwInRdmaWrites|InRdmaWrites",   COUNTER, ONE,     RDMA, NONE, CHEAP, "writes that came in" },
	{ "rdma.in_segments",                    "tcpInSegs|InSegs",              COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received by reliable connections" },
	{ "rdma.out_rdma_reads",                 "iwOutRdmaReads|OutRdmaReads",   COUNTER, ONE,     RDMA, NONE, CHEAP, "reads that went out" },
	{ "rdma.out_rdma_sends",                 "iwOutRdmaSends|OutRdmaSends",   COUNTER, ONE,     RDMA, NONE, CHEAP, "sends that went out" },
	{ "rdma.out_rdma_writes",                "iwOutRdmaWrites|OutRdmaWrites", COUNTER, ONE,     RDMA, NONE, CHEAP, "writes that went out" },
	{ "rdma.out_segments",                   "tcpOutSegs|OutSegs",            COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets sent by reliable connections" },
	{ "rdma.binds",                          "iwRdmaBnd|RdmaBnd",             COUNTER, ONE,     RDMA, NONE, CHEAP, "memory windows bound" },
	{ "rdma.invalidates",                    "iwRdmaInv|RdmaInv",             COUNTER, ONE,     RDMA, NONE, CHEAP, "memory keys invalidated" },
	{ "rdma.rx_udp",                         "RxUDP",                         COUNTER, PACKETS, RDMA, NONE, CHEAP, "UDP packets received" },
	{ "rdma.tx_udp",                         "TxUDP",                         COUNTER, PACKETS, RDMA, NONE, CHEAP, "UDP packets sent" },
	{ "rdma.ird_limit",                      "ird limit count",               COUNTER, ONE,     RDMA, NONE, CHEAP, "times the limit of reads to be answered at once held up a request" },
	{ "rdma.ord_limit",                      "ord limit count",               COUNTER, ONE,     RDMA, NONE, CHEAP, "times the limit of reads outstanding at once held up a request" },
	{ "rdma.ip4.in_discards",                "ip4InDiscards",                 COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 packets dropped on receiving" },
	{ "rdma.ip4.in_mcast_octets",            "ip4InMcastOctets",              COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv4 multicast bytes received" },
	{ "rdma.ip4.in_mcast_packets",           "ip4InMcastPkts",                COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 multicast packets received" },
	{ "rdma.ip4.in_octets",                  "ip4InOctets",                   COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv4 bytes received" },
	{ "rdma.ip4.in_packets",                 "ip4InPkts",                     COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 packets received" },
	{ "rdma.ip4.in_fragments",               "ip4InReasmRqd",                 COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 fragments received" },
	{ "rdma.ip4.in_truncated",               "ip4InTruncatedPkts",            COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 packets received that were cut short" },
	{ "rdma.ip4.out_mcast_octets",           "ip4OutMcastOctets",             COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv4 multicast bytes sent" },
	{ "rdma.ip4.out_mcast_packets",          "ip4OutMcastPkts",               COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 multicast packets sent" },
	{ "rdma.ip4.out_no_routes",              "ip4OutNoRoutes",                COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 packets that had no route" },
	{ "rdma.ip4.out_octets",                 "ip4OutOctets",                  COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv4 bytes sent" },
	{ "rdma.ip4.out_packets",                "ip4OutPkts",                    COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 packets sent" },
	{ "rdma.ip4.out_fragments",              "ip4OutSegRqd",                  COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv4 fragments sent" },
	{ "rdma.ip6.in_discards",                "ip6InDiscards",                 COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 packets dropped on receiving" },
	{ "rdma.ip6.in_mcast_octets",            "ip6InMcastOctets",              COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv6 multicast bytes received" },
	{ "rdma.ip6.in_mcast_packets",           "ip6InMcastPkts",                COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 multicast packets received" },
	{ "rdma.ip6.in_octets",                  "ip6InOctets",                   COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv6 bytes received" },
	{ "rdma.ip6.in_packets",                 "ip6InPkts",                     COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 packets received" },
	{ "rdma.ip6.in_fragments",               "ip6InReasmRqd",                 COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 fragments received" },
	{ "rdma.ip6.in_truncated",               "ip6InTruncatedPkts",            COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 packets received that were cut short" },
	{ "rdma.ip6.out_mcast_octets",           "ip6OutMcastOctets",             COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv6 multicast bytes sent" },
	{ "rdma.ip6.out_mcast_packets",          "ip6OutMcastPkts",               COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 multicast packets sent" },
	{ "rdma.ip6.out_no_routes",              "ip6OutNoRoutes",                COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 packets that had no route" },
	{ "rdma.ip6.out_octets",                 "ip6OutOctets",                  COUNTER, BYTES,   RDMA, NONE, CHEAP, "IPv6 bytes sent" },
	{ "rdma.ip6.out_packets",                "ip6OutPkts",                    COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 packets sent" },
	{ "rdma.ip6.out_fragments",              "ip6OutSegRqd",                  COUNTER, PACKETS, RDMA, NONE, CHEAP, "IPv6 fragments sent" },
	{ "rdma.rx_vlan_errors",                 "rxVlanErrors",                  COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets received for a VLAN that is not ours" },
	/* efa: commands to the device, per device; the rest per port */
	{ "rdma.alloc_pd_err",                   "alloc_pd_err",                  COUNTER, ONE,     RDMA, NONE, CHEAP, "protection domains that could not be made" },
	{ "rdma.alloc_ucontext_err",             "alloc_ucontext_err",            COUNTER, ONE,     RDMA, NONE, CHEAP, "contexts that could not be made" },
	{ "rdma.cmds_err",                       "cmds_err",                      COUNTER, ONE,     RDMA, NONE, CHEAP, "commands the device answered with an error" },
	{ "rdma.completed_cmds",                 "completed_cmds",                COUNTER, ONE,     RDMA, NONE, CHEAP, "commands the device answered" },
	{ "rdma.create_ah_err",                  "create_ah_err",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "address handles that could not be made" },
	{ "rdma.create_cq_err",                  "create_cq_err",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "completion queues that could not be made" },
	{ "rdma.create_qp_err",                  "create_qp_err",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "queue pairs that could not be made" },
	{ "rdma.keep_alive_rcvd",                "keep_alive_rcvd",               COUNTER, ONE,     RDMA, NONE, CHEAP, "signs of life from the device" },
	{ "rdma.mmap_err",                       "mmap_err",                      COUNTER, ONE,     RDMA, NONE, CHEAP, "mappings that failed" },
	{ "rdma.no_completion_cmds",             "no_completion_cmds",            COUNTER, ONE,     RDMA, NONE, CHEAP, "commands the device never answered" },
	{ "rdma.reg_mr_err",                     "reg_mr_err",                    COUNTER, ONE,     RDMA, NONE, CHEAP, "memory regions that could not be registered" },
	{ "rdma.submitted_cmds",                 "submitted_cmds",                COUNTER, ONE,     RDMA, NONE, CHEAP, "commands given to the device" },
	{ "rdma.impaired_remote_conn_events",    "impaired_remote_conn_events",   COUNTER, ONE,     RDMA, NONE, CHEAP, "times a peer was slowed down because its path was bad" },
	{ "rdma.rdma_read_bytes",                "rdma_read_bytes",               COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes got by our reads" },
	{ "rdma.rdma_read_resp_bytes",           "rdma_read_resp_bytes",          COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes sent for the reads of others" },
	{ "rdma.rdma_read_wr_err",               "rdma_read_wr_err",              COUNTER, ONE,     RDMA, NONE, CHEAP, "reads that failed" },
	{ "rdma.rdma_read_wrs",                  "rdma_read_wrs",                 COUNTER, ONE,     RDMA, NONE, CHEAP, "reads" },
	{ "rdma.rdma_write_bytes",               "rdma_write_bytes",              COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes sent by our writes" },
	{ "rdma.rdma_write_recv_bytes",          "rdma_write_recv_bytes",         COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes written by others" },
	{ "rdma.rdma_write_wr_err",              "rdma_write_wr_err",             COUNTER, ONE,     RDMA, NONE, CHEAP, "writes that failed" },
	{ "rdma.rdma_write_wrs",                 "rdma_write_wrs",                COUNTER, ONE,     RDMA, NONE, CHEAP, "writes" },
	{ "rdma.recv_bytes",                     "recv_bytes",                    COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes of messages received" },
	{ "rdma.recv_messages",                  "recv_wrs",                      COUNTER, ONE,     RDMA, NONE, CHEAP, "messages received" },
	{ "rdma.retrans_bytes",                  "retrans_bytes",                 COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes sent again" },
	{ "rdma.retrans_pkts",                   "retrans_pkts",                  COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets sent again" },
	{ "rdma.retrans_timeout_events",         "retrans_timeout_events",        COUNTER, ONE,     RDMA, NONE, CHEAP, "times no answer came in time and another path was taken" },
	{ "rdma.rx_drops",                       "rx_drops",                      COUNTER, PACKETS, RDMA, NONE, CHEAP, "packets dropped on receiving" },
	{ "rdma.send_bytes",                     "send_bytes",                    COUNTER, BYTES,   RDMA, NONE, CHEAP, "bytes of messages sent" },
	{ "rdma.send_messages",                  "send_wrs",                      COUNTER, ONE,     RDMA, NONE, CHEAP, "messages sent" },
	{ "rdma.unresponsive_remote_events",     "unresponsive_remote_events",    COUNTER, ONE,     RDMA, NONE, CHEAP, "times a peer did not answer" },
	/* all */
	{ "rdma.counter_lifespan",               "lifespan",                      FACT,    MSEC,    RDMA, NONE, CHEAP, "for how long the kernel keeps counters before it asks the device again" },
};
/* clang-format on */

static const struct signal like = {
	.kind = COUNTER,
	.unit = ONE,
	.scope = RDMA,
	.cost = CHEAP,
	.about =
		"a counter of the RDMA driver that faultline does not know, under the driver's name"
};

enum { TEXT_LIST, TEXT_ASK_DEVICES, TEXT_ASK, TEXT_LIFESPAN, TEXT_PORT, TEXT_DEVICE };

#define NO_RDMA "no RDMA device, or its driver is not loaded"

/* get_hw_stats() of the driver: with mlx5, bnxt_re and efa a command to the firmware. */
static const struct text_source texts[] = {
	[TEXT_LIST] = { .path = "sys/class/infiniband",
		.who = "host",
		.kind = LIST_TEXT,
		.may_be_silent = true,
		.absent = NO_RDMA },
	[TEXT_ASK_DEVICES] = { .path = "ask/rdma/all/device",
		.who = "host",
		.may_be_silent = true,
		.absent = NO_RDMA },
	/* one answer for all counters of a port; a file each otherwise */
	[TEXT_ASK] = { .path = "ask/rdma/of/*/*/statistic",
		.who = "rdma:%1/%2",
		.asks_device = true,
		.normal_error = -EINVAL,
		.absent = NO_RDMA },
	[TEXT_LIFESPAN] = { .path = "sys/class/infiniband/*/ports/*/hw_counters/lifespan",
		.who = "rdma:%1/%2",
		.absent = "no RDMA device, or one whose driver counts nothing per port (siw)" },
	[TEXT_PORT] = { .path = "sys/class/infiniband/*/ports/*/hw_counters/*",
		.who = "rdma:%1/%2",
		.asks_device = true,
		.absent = "no RDMA device, or one whose driver counts nothing per port (siw)" },
	[TEXT_DEVICE] = { .path = "sys/class/infiniband/*/hw_counters/*",
		.who = "rdma:%1",
		.asks_device = true,
		.absent =
			"no RDMA device, or one whose driver counts nothing per device (most: only efa does)" },
};

enum { MOST_PORTS = 512 };

struct ports {
	uint32_t who[MOST_PORTS], n;
};

/* Of one tick: whose counters were had in one answer, and whose from files. */
struct state {
	struct nldev_devices devices;
	struct ports answered, filed;
	bool listed; /* sysfs has a device */
};

static bool ports_have(const struct ports *ports, uint32_t who)
{
	for (uint32_t i = 0; i < ports->n; i++)
		if (ports->who[i] == who)
			return true;
	return false;
}

/* Most often it is the one that came last: a port has many files. */
static void ports_add(struct ports *ports, uint32_t who)
{
	if (ports->n && ports->who[ports->n - 1] == who)
		return;
	if (!ports_have(ports, who) && ports->n < MOST_PORTS)
		ports->who[ports->n++] = who;
}

/* ---- names and values ---- */

/* mlx5 says vport_ before each name where the port stands for another function. */
static str plain_name(str name)
{
	return str_starts(name, STR("vport_")) ? str_from(name, sizeof("vport_") - 1) : name;
}

/* Some names of irdma hold spaces. */
static int parse_file(struct emit *out, unsigned text, str from)
{
	unsigned hint = 0;

	out->leaf = plain_name(out->leaf);
	/* which is no counter, and there on every port */
	if (text == TEXT_PORT && !str_is(out->leaf, "lifespan"))
		ports_add(&((struct state *)out->state)->filed, out->who);
	if (emit_row_of(out, out->leaf, &hint) >= 0)
		return parse_one_value(out, text, from);
	return parse_other(out, "rdma.other", out->leaf, &like, from);
}

static bool emit_counter(struct emit *out, uint32_t who, const str *entry, unsigned *hint)
{
	str name = plain_name(attribute_text(entry[RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_NAME]));
	uint64_t value;
	int row;

	if (name.n == 0 || !nldev_u64(entry[RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY_VALUE], &value))
		return false;
	row = emit_row_of(out, name, hint);
	if (row >= 0)
		emit_at(out, (unsigned)row, who, 0, (int64_t)value);
	else
		emit_other(out, "rdma.other", name, &like, who, (int64_t)value);
	return true;
}

/* The answer names its device: a number that was given again is no other port's counters. */
static int parse_statistic(struct emit *out, str from)
{
	struct nldev_reply reply = { .rest = from, .command = RDMA_NLDEV_CMD_STAT_GET };
	str entry[NLDEV_ATTRIBUTES], name, table;
	unsigned hint = 0;
	uint32_t port, who = ENTITY_NONE;

	while (nldev_next(&reply)) {
		table = reply.a[RDMA_NLDEV_ATTR_STAT_HWCOUNTERS];
		if (!nldev_name(reply.a[RDMA_NLDEV_ATTR_DEV_NAME], &name) ||
			!nldev_u32(reply.a[RDMA_NLDEV_ATTR_PORT_INDEX], &port)) {
			reply.error = -EBADMSG;
			continue;
		}
		who = nldev_port(out, name, port);
		while (nldev_next_entry(
			&reply, &table, RDMA_NLDEV_ATTR_STAT_HWCOUNTER_ENTRY, entry))
			if (!emit_counter(out, who, entry, &hint))
				reply.error = -EBADMSG;
	}
	if (!reply.error && who != ENTITY_NONE)
		ports_add(&((struct state *)out->state)->answered, who);
	return reply.error;
}

static int parse(struct emit *out, unsigned text, str from)
{
	struct state *state = out->state;

	switch (text) {
	case TEXT_LIST:
		state->listed = str_trim(from).n > 0;
		return 0;
	case TEXT_ASK_DEVICES:
		return nldev_devices_parse(&state->devices, from);
	case TEXT_ASK:
		return parse_statistic(out, from);
	default:
		return parse_file(out, text, from);
	}
}

/* A file of a port is read where it was not answered for. */
static bool may_read(const struct emit *out, unsigned text, uint32_t who)
{
	return text != TEXT_PORT || !ports_have(&((const struct state *)out->state)->answered, who);
}

/* ---- asking, and reading what is left ---- */

struct refusal {
	uint32_t who;
	int error;
};

/* What nldev has no counters of, sysfs has none of either: no failure of any. */
static void ask_port(struct collect *c, const struct nldev_device *device, uint32_t port,
	struct refusal *refusals, uint32_t *n)
{
	const struct nldev_question q = { .text = TEXT_ASK,
		.command = RDMA_NLDEV_CMD_STAT_GET,
		.what = "statistic",
		.device = device,
		.port = port };
	int r = nldev_ask(c, &q);

	if (r < 0 && r != texts[TEXT_ASK].normal_error && r != -EOPNOTSUPP && *n < MOST_PORTS)
		refusals[(*n)++] =
			(struct refusal){ nldev_port(collect_emit(c), str_of(device->name), port),
				r };
}

static int ask_all(struct collect *c, struct refusal *refusals, uint32_t *n)
{
	const struct nldev_question q = {
		.text = TEXT_ASK_DEVICES, .command = RDMA_NLDEV_CMD_GET, .what = "device"
	};
	struct state *state = collect_emit(c)->state;
	int r = nldev_ask(c, &q);

	for (uint32_t i = 0; nldev_answered(r) && i < state->devices.n; i++)
		for (uint32_t port = 1; port <= state->devices.items[i].ports && port < NLDEV_PORTS;
			port++)
			ask_port(c, &state->devices.items[i], port, refusals, n);
	return r;
}

/* Read, and said to be absent only where nothing else stands in for it. */
static bool read_files(struct collect *c, unsigned text, bool other)
{
	int r = collect_declared_one(c, text);

	if (r == -ENOENT && other)
		collect_spare(c, text);
	return r == 0;
}

/* Only efa counts per device, and siw counts nothing: one of the two is enough. */
static int collect(struct collect *c)
{
	struct state *state = collect_emit(c)->state;
	struct refusal refusals[MOST_PORTS];
	uint32_t n = 0, answered, lost = 0;
	bool files;
	int r = 0;

	*state = (struct state){ 0 };
	collect_declared_one(c, TEXT_LIST);
	if (state->listed)
		r = ask_all(c, refusals, &n);
	answered = state->answered.n;
	files = read_files(c, TEXT_PORT, answered > 0);
	for (uint32_t i = 0; i < n; i++)
		if (!ports_have(&state->filed, refusals[i].who) && ++lost)
			nldev_failure(c, TEXT_ASK, refusals[i].who, refusals[i].error);
	collect_spare(c, TEXT_LIST);
	if (r < 0 && !host_absence(r) && state->filed.n == 0)
		collect_failure(c, TEXT_ASK_DEVICES, ENTITY_NONE, r);
	else
		collect_spare(c, TEXT_ASK_DEVICES);
	if (!answered && !lost)
		collect_spare(c, TEXT_ASK);
	read_files(c, TEXT_LIFESPAN, true);
	read_files(c, TEXT_DEVICE, files || answered);
	return 0;
}

const struct collector infiniband_hw_counters_collector = {
	.name = "infiniband_hw_counters",
	.about = "what RDMA drivers count beside the standard",
	.may_hang = true,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.may_read = may_read,
	.state_size = sizeof(struct state),
};
