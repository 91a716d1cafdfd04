# shellcheck shell=bash disable=SC2034,SC2154
# F21: an RDMA receiver is started again with a receive queue of two instead of 512. Messages find no
# buffer posted, and each time the sender waits for the receiver's RNR timer: 655 ms, librdmacm's default.
about="An RDMA receiver is started again with 2 receive buffers instead of 512 (RNR, timer at its default)."
kernels=6.12 guests=2

setup() { echo 512 >/run/depth; }
receiver() { exec rdma-flow --receive 0.0.0.0 --depth "$(cat /run/depth)" "$@"; }
load() {
	case $role in
	a)
		"$lab/aer-inject" --rate 1 --for "$1" "$nic" cor BadTLP & # all the time: a decoy
		serve "$1" receiver
		;;
	b) sleep 1 && rdma-flow --send 10.99.0.1 --seconds $(($1 - 2)) >/dev/null ;;
	esac
}
restart_with() {
	[ "$role" = a ] || return 0
	echo "$1" >/run/depth
	kill "$(cat /run/service)"
}
inject() { restart_with 2; }
recover() { restart_with 512; }
symptoms() {
	case $role in
	a)
		effect rose 5 "messages that found no buffer" "rdma send_rnr_err"
		symptom fell 50 "messages received by rxe0" "rdma rdma_recvs"
		;;
	b) symptom fell 50 "messages sent by rxe0" "rdma rdma_sends" ;;
	esac
}

label() {
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
    {"signal": "rdma.rnr_nak.sent", "entity": "rdma:rxe0/1"}
  ],
  "chain": [
    [
      {"signal": "rdma.rnr_nak.sent", "entity": "rdma:rxe0/1"}
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
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["invariant"]},
    {"signal": "rdma.out_of_sequence", "entity": "rdma:rxe0/1", "reasons": ["consequence"]},
    {"signal": "nic.rx.missed", "entity": "netdev:eth0", "reasons": ["flat"]}
  ],
  "missing_sources": []
END
}
