#!/bin/sh
# Counters bound to queue pairs, against `rdma statistic qp show`: soft RoCE binds none, which is an answer; and timers
# of connections, which only mlx5 tells: where `rdma -r resource show qp` has none, they are blind with that reason.
. "$(dirname "$0")/lib.sh"

ls /sys/class/infiniband/* >/dev/null 2>&1 || { skip "rdma_counter: no RDMA device here"; finish; exit; }
command -v rdma >/dev/null || { skip "rdma_counter: no rdma tool"; finish; exit; }
PATH=$PATH:$(dirname "$FAULTLINE")
load=''
clean() {
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$load" ] || kill $load 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM

# blind NAME SOURCE EXPECTED: why the last check did not see it; nothing when it did, or there was nothing to see
blind() {
	got=$(grep -A 4 "\"source\": \".*$2\"" "$scratch/check" | sed -n '/}/q; s/.*"why": "\(.*\)".*/\1/p')
	case $got in
	"$3") ok "$1: '$got'" ;;
	*) bad "$1: it says '$got', not '$3'" ;;
	esac
}
# connections: what faultline would ask about
connected() { rdma resource show qp | grep -c 'type RC.*state RT[RS].* pid '; }

rdma -j statistic qp show >"$scratch/bound.json" 2>"$scratch/bound.err" || bad "rdma statistic qp show: $(cat "$scratch/bound.err")"
[ -s "$scratch/bound.json" ] || echo '[]' >"$scratch/bound.json"
take
for path in /sys/class/infiniband/*; do
	device=$(basename "$path")
	# a line for each: its port, its number, and its queue pairs
	python3 -c '
import json, sys
for c in json.load(open(sys.argv[1])):
    if c.get("ifname") == sys.argv[2] and "cntn" in c:
        print(c["port"], c["cntn"], len(c.get("lqpn", [])))' "$scratch/bound.json" "$device" >"$scratch/each"
	count=$(wc -l <"$scratch/each")
	equal "counters bound on $device" "$count" rdma.counters "rdma:$device"
	while read -r port number pairs; do
		equal "queue pairs of counter $number" "$pairs" rdma.counter.qps "rdma:$device/$port" "counter=$number"
	done <"$scratch/each"
done
"$FAULTLINE" check --format json >"$scratch/check"
blind "an answer is no blindness" '/counter' ''
[ ! -d /sys/class/infiniband/rxe0 ] || blind "and what is blind is found" 'ports/\*/counters/\*' \
	'no RDMA device, or one whose driver has no standard port counters (rxe, siw, irdma, efa, bnxt_re)'

address=$(ip -4 -o address show dev "$(cat /sys/class/infiniband/rxe0/ports/1/gid_attrs/ndevs/0 2>/dev/null)" 2>/dev/null | awk '{ sub("/.*", "", $4); print $4; exit }')
if [ -z "$address" ] || ! command -v rdma-flow >/dev/null; then
	skip "rdma_counter: no rxe0 with an address, or no rdma-flow (libibverbs-dev): no connection was made"
	finish
	exit
fi
[ "$(connected)" -ne 0 ] || blind "without a connection no timer is missed" 'qp_raw/\*' ''
rdma-flow --receive 0.0.0.0 --seconds 120 >"$scratch/traffic" 2>&1 &
load=$!
rdma-flow --send "$address" --seconds 120 --rate 10 --tick 200 >>"$scratch/traffic" 2>&1 &
load="$load $!"
for _ in $(seq 100); do
	[ "$(connected)" -lt 2 ] || break
	sleep 0.2
done
take
number=$(rdma resource show qp | awk '/type RC.*state RTS.* pid / { for (i = 3; i < NF; i++) if ($i == "lqpn") { print $(i + 1); exit } }')
rdma -r resource show qp link rxe0/1 lqpn "$number" >"$scratch/raw" 2>&1
if grep -q '[0-9]' "$scratch/raw" && ! grep -qi 'error\|invalid\|not supported' "$scratch/raw"; then
	bad "rxe tells the context of $number now: $(head -c 200 "$scratch/raw")"
elif grep -q '^rdma.qp.rnr_timer	' "$scratch/rows"; then
	bad "rdma has no context of queue pair $number, faultline its timer"
else
	ok "neither rdma nor faultline has a context of queue pair $number"
fi
"$FAULTLINE" check --format json >"$scratch/check"
blind "they are not known" 'qp_raw/\*' 'the driver does not tell the timers and retry limits of queue pairs (mlx5 does)'
finish
