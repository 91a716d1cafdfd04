# shellcheck shell=bash disable=SC2034,SC2154
# F16: one packet of fifty is lost on its way to an RDMA receiver. It asks for what is missing, and the sender
# goes back and sends all again from there, what had arrived too. Both ends see their half of it, so both are
# recorded. The load needs half of what the wire can do; sent that often, it finds no room.
about="One packet of fifty is lost on the way to an RDMA receiver (tc, random drop at its ingress)."
guests=2 records="a b" case_a=F16-receiver case_b=F16-sender

drop() {
	tc qdisc add dev "$1" clsact
	tc filter add dev "$1" ingress matchall action pass random netrand drop 50
}
setup() {
	[ "$role" = a ] || return 0
	each drop eth1 # which is wired to nothing: loads the modules
	each tc qdisc del dev eth1 clsact
}
load() {
	case $role in
	a) rdma-flow --receive 0.0.0.0 --seconds "$1" >/dev/null ;;
	b) sleep 1 && rdma-flow --send 10.99.0.1 --rate 320 --size 16384 --seconds $(($1 - 2)) >/dev/null ;;
	esac
}
inject() { [ "$role" = b ] || drop eth0; }
recover() { [ "$role" = b ] || tc qdisc del dev eth0 clsact; }
symptoms() {
	case $role in
	a)
		effect rose 20 "packets received out of order" "rdma out_of_seq_request"
		symptom fell 30 "messages received by rxe0" "rdma rdma_recvs"
		;;
	b)
		effect rose 20 "times the sender went back" "rdma completer_retry_err"
		symptom fell 30 "messages sent by rxe0" "rdma rdma_sends"
		;;
	esac
}

label() {
	case $role in
	a) label_of_receiver ;;
	b) label_of_sender ;;
	esac
}

label_of_receiver() {
	cat <<END
  "symptom": [
    {"signal": "rdma.rx_packets", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.tx_packets", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.rdma_recvs", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.rdma_sends", "entity": "rdma:rxe0/1"},
    {"signal": "nic.tx.*", "entity": "netdev:eth0"},
    {"signal": "nic.rx.*", "entity": "netdev:eth0"}
  ],
  "root": [
    {"signal": "rdma.out_of_sequence", "entity": "rdma:rxe0/1"}
  ],
  "chain": [
    [
      {"signal": "rdma.out_of_sequence", "entity": "rdma:rxe0/1"}
    ],
    [
      {"signal": "rdma.rx_packets", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.tx_packets", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.rdma_recvs", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.rdma_sends", "entity": "rdma:rxe0/1"},
      {"signal": "nic.tx.*", "entity": "netdev:eth0"},
      {"signal": "nic.rx.*", "entity": "netdev:eth0"},
      {"signal": "rdma.duplicate_request", "entity": "rdma:rxe0/1"}
    ]
  ],
  "must_edges": [[0, 1]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "rdma.rnr_nak.sent", "entity": "rdma:rxe0/1", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["external", "confirmed", "likely"],
  "note": "Seen from the receiver. The packets were lost at its ingress, where no counter of the host sees them: what can be seen is that they are missing."
END
}

label_of_sender() {
	cat <<END
  "symptom": [
    {"signal": "rdma.rx_packets", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.tx_packets", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.rdma_recvs", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.rdma_sends", "entity": "rdma:rxe0/1"},
    {"signal": "nic.tx.*", "entity": "netdev:eth0"},
    {"signal": "nic.rx.*", "entity": "netdev:eth0"}
  ],
  "root": [
    {"signal": "rdma.packet_seq_err", "entity": "rdma:rxe0/1"}
  ],
  "chain": [
    [
      {"signal": "rdma.packet_seq_err", "entity": "rdma:rxe0/1"}
    ],
    [
      {"signal": "rdma.completer_retry", "entity": "rdma:rxe0/1"}
    ],
    [
      {"signal": "rdma.rx_packets", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.tx_packets", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.rdma_recvs", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.rdma_sends", "entity": "rdma:rxe0/1"},
      {"signal": "nic.tx.*", "entity": "netdev:eth0"},
      {"signal": "nic.rx.*", "entity": "netdev:eth0"}
    ]
  ],
  "must_edges": [[0, 1], [1, 2]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "rdma.rnr_nak.received", "entity": "rdma:rxe0/1", "reasons": ["flat"]},
    {"signal": "rdma.send_err", "entity": "rdma:rxe0/1", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["external", "confirmed", "likely"],
  "note": "Seen from the sender: the loss is at the other end of the wire."
END
}
