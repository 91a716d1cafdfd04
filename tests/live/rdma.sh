#!/bin/sh
# RDMA ports: state against `rdma link`, the driver's counters against `rdma statistic`, before and during traffic.
. "$(dirname "$0")/lib.sh"

if ! ls /sys/class/infiniband/* >/dev/null 2>&1; then
	skip "rdma: no RDMA device here"
	finish
	exit
fi
if ! command -v rdma >/dev/null; then
	skip "rdma: no rdma tool"
	finish
	exit
fi

# What rxe's counters are called in faultline, and nothing else: mlx5, bnxt_re, irdma and efa are in the fixtures.
names='sent_pkts rdma.tx_packets
rcvd_pkts rdma.rx_packets
duplicate_request rdma.duplicate_request
out_of_seq_request rdma.out_of_sequence
rcvd_rnr_err rdma.rnr_nak.received
send_rnr_err rdma.rnr_nak.sent
rcvd_seq_err rdma.packet_seq_err
ack_deferred rdma.ack_deferred
retry_exceeded_err rdma.req_transport_retries_exceeded
retry_rnr_exceeded_err rdma.req_rnr_retries_exceeded
completer_retry_err rdma.completer_retry
send_err rdma.send_err
link_downed rdma.link_downed
rdma_sends rdma.rdma_sends
rdma_recvs rdma.rdma_recvs
sent_bytes rdma.tx_bytes
rcvd_bytes rdma.rx_bytes'

# "link rxe0/1 sent_pkts 65 rcvd_pkts 65 ..." to one "PORT NAME VALUE" a line
statistic() { rdma statistic show | awk '$1 == "link" { for (i = 3; i < NF; i += 2) print $2, $i, $(i + 1) }'; }
of() { awk -v p="$2" -v n="$3" '$1 == p && $2 == n { print $3 }' "$scratch/$1"; }

compare() {
	statistic >"$scratch/before"
	take
	statistic >"$scratch/after"
	while read -r port name _; do
		signal=$(echo "$names" | awk -v n="$name" '$1 == n { print $2 }')
		if [ -z "$signal" ]; then
			skip "$port $name: not a counter of rxe"
			continue
		fi
		between "$1: $port $name" "$(of before "$port" "$name")" "$(of after "$port" "$name")" "$signal" "rdma:$port"
	done <"$scratch/before"
}

compare "at rest"
# "link rxe0/1 state ACTIVE physical_state LINK_UP netdev eth0"
rdma link show | while read -r _ port _ state _ physical _; do
	echo "$port $state $physical"
done >"$scratch/links"
while read -r port state physical; do
	case $state in
	NOP) number=0 ;; DOWN) number=1 ;; INIT) number=2 ;; ARMED) number=3 ;; ACTIVE) number=4 ;; *) number=5 ;;
	esac
	equal "$port is $state" $number rdma.port.state "rdma:$port"
	case $physical in
	SLEEP) number=1 ;; POLLING) number=2 ;; DISABLED) number=3 ;; PORT_CONFIGURATION_TRAINING) number=4 ;;
	LINK_UP) number=5 ;; LINK_ERROR_RECOVER) number=6 ;; *) number=7 ;;
	esac
	equal "$port is $physical" $number rdma.port.phys_state "rdma:$port"
	files=/sys/class/infiniband/${port%/*}/ports/${port#*/}
	equal "$port link layer" "$(cat "$files/link_layer")" rdma.port.link_layer "rdma:$port"
	equal "$port rate" "$(awk '{ print $1 * 1000 }' "$files/rate")" rdma.port.rate "rdma:$port"
done <"$scratch/links"

traffic=$(dirname "$0")/../../lab/rdma-traffic
if [ -d /sys/class/infiniband/rxe0 ] && [ -x "$traffic" ]; then
	sent=/sys/class/infiniband/rxe0/ports/1/hw_counters/rdma_sends
	first=$(cat $sent)
	"$traffic" 5 >"$scratch/traffic" 2>&1 &
	load=$!
	# emulated machines take their time to start
	for _ in $(seq 60); do
		[ "$(cat $sent)" = "$first" ] || break
		sleep 0.5
	done
	compare "under load"
	wait $load || bad "lab/rdma-traffic: $(cat "$scratch/traffic")"
	compare "after it"
	moved=$(($(value rdma.rdma_sends rdma:rxe0/1) - first))
	[ "$moved" -gt 0 ] && ok "$moved messages sent" || bad "no message was sent"
else
	skip "rdma: no rxe0: counters were compared at rest only"
fi
finish
