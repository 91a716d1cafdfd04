#!/bin/sh
# What RDMA devices hold, queue pairs and whose they are, against `rdma resource`; a queue pair in error is named by check.
. "$(dirname "$0")/lib.sh"

ls /sys/class/infiniband/* >/dev/null 2>&1 || { skip "rdma_resource: no RDMA device here"; finish; exit; }
command -v rdma >/dev/null || { skip "rdma_resource: no rdma tool"; finish; exit; }
PATH=$PATH:$(dirname "$FAULTLINE")
load='' failed_qp=''
clean() {
	# shellcheck disable=SC2086 # a list of numbers
	kill $load $failed_qp 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM

# "0: rxe0: pd 1 cq 1 ..." and "link rxe0/1 lqpn 17 rqpn 18 type RC state RTS ... pid 312 comm x y" as rows
by_rdma() {
	rdma resource show | awk -v OFS='\t' '{ device = $2; sub(/:$/, "", device)
		for (i = 3; i < NF; i += 2) print "rdma.resource." $i, "rdma:" device, $(i + 1) }'
	rdma resource show qp | awk -v OFS='\t' '
		BEGIN { n = split("RESET INIT RTR RTS SQD SQE ERR", word, " "); for (i = 1; i <= n; i++) number[word[i]] = i - 1 }
		{
			port = $2; sub("/-$", "", port); who = $2; sub("/-$", "/0", who)
			for (i = 3; i < NF; i += 2) { if ($i == "comm") break; of[$i] = $(i + 1) }
			comm = $0; sub(/.* comm /, "", comm); sub(/ +$/, "", comm)
			qp = "qp:" who "/" of["lqpn"]
			count[port "\t" of["state"]]++
			print "rdma.qp.state", qp, number[of["state"]]
			print "rdma.qp.type", qp, of["type"]
			if ("rqpn" in of) print "rdma.qp.remote", qp, of["rqpn"]
			if ("pid" in of) print "rdma.qp.pid", qp, of["pid"]
			print "rdma.qp.owner", qp, comm
			delete of
		}
		END { for (k in count) { split(k, p, "\t"); print "rdma.qps", "rdma:" p[1] " state=" p[2], count[k] } }' | sort
	rdma resource show cm_id | awk -v OFS='\t' '{ device = $2; sub("/.*", "", device)
		for (i = 3; i < NF; i++) if ($i == "state") count[device "\t" $(i + 1)]++ }
		END { for (k in count) { split(k, p, "\t"); print "rdma.cm_ids", "rdma:" p[1] " state=" p[2], count[k] } }' | sort
	rdma resource show mr | awk -v OFS='\t' '{ for (i = 3; i < NF; i++) if ($i == "mrlen") sum[$2] += $(i + 1) }
		END { for (d in sum) printf "rdma.mr.bytes\trdma:%s\t%.0f\n", d, sum[d] }' | sort
	grep -sH . /sys/class/infiniband/*/ports/*/cm_tx_retries/* /sys/class/infiniband/*/ports/*/cm_rx_duplicates/* |
		awk -F '[/:]' -v OFS='\t' '{ print "rdma.cm." ($8 ~ /retries/ ? "retries" : "duplicates") "." $9, "rdma:" $5 "/" $7, $10 }'
}

compare() {
	# what stood still while faultline read is compared, and one of several tries will do: queue pairs come and go
	for _ in 1 2 3; do
		by_rdma >"$scratch/before"
		take
		by_rdma >"$scratch/after"
		cmp -s "$scratch/before" "$scratch/after" && break
	done
	by_sub
	both
	still
	echo "$1: $(wc -l <"$scratch/both") rows"
	agree "$scratch/both"
}
# all QPs that the tool shows, and no other
same_pairs() {
	ours=$(awk -F '\t' '$1 == "rdma.qp.state" { print $2 }' "$scratch/rows" | sort)
	theirs=$(awk -F '\t' '$1 == "rdma.qp.state" { print $2 }' "$scratch/after" | sort)
	if [ "$ours" = "$theirs" ]; then ok "$1: the same $(echo "$ours" | grep -c qp:) queue pairs"; else bad "$1: ours '$ours', theirs '$theirs'"; fi
}

compare "at rest"
same_pairs "at rest"
rdma link show | awk '{ for (i = 3; i < NF; i++) if ($i == "netdev") print "rdma:" $2, $(i + 1) }' >"$scratch/netdevs"
"$FAULTLINE" snap "$scratch/snap" >/dev/null 2>&1
while read -r port netdev; do
	if [ -e "$scratch/snap/ask/rdma/of/$(echo "$port" | sed 's/rdma:\(.*\)\/.*/\1/')/port" ]; then
		ok "$port is on $netdev, by its answer in a snap"
	else
		bad "$port: no answer about its interface"
	fi
done <"$scratch/netdevs"
for port in /sys/class/infiniband/*/ports/*; do
	[ -e "$port/hw_counters" ] || continue
	of=$(echo "$port" | cut -d/ -f5,7)
	if [ -s "$scratch/snap/ask/rdma/of/$of/statistic" ] && [ ! -e "$scratch/snap$port/hw_counters/sent_pkts" ]; then
		ok "$of: its counters are one answer"
	else
		bad "$of: its counters are no answer, or the files were read as well: $(ls "$scratch/snap$port" 2>&1)"
	fi
done
"$FAULTLINE" sample --root "$scratch/snap" >"$scratch/rows"
by_sub
awk -F '\t' '$1 ~ /^rdma.(resource|qps|mr|cm_ids)/' "$scratch/both" >"$scratch/again"
agree "$scratch/again"

address=$(ip -4 -o address show dev "$(cat /sys/class/infiniband/rxe0/ports/1/gid_attrs/ndevs/0 2>/dev/null)" 2>/dev/null | awk '{ sub("/.*", "", $4); print $4; exit }')
if [ -n "$address" ] && command -v rdma-flow >/dev/null; then
	rdma-flow --receive 0.0.0.0 --seconds 300 >"$scratch/traffic" 2>&1 &
	load=$!
	rdma-flow --send "$address" --seconds 300 --rate 10 --tick 200 >>"$scratch/traffic" 2>&1 &
	load="$load $!"
	for _ in $(seq 100); do
		[ "$(rdma resource show qp | grep -c 'state RTS.* pid ')" -lt 2 ] || break
		sleep 0.2
	done
	compare "under load"
	same_pairs "under load"
	[ "$(awk -F '\t' '$1 == "rdma.qp.remote"' "$scratch/rows" | wc -l)" -ge 2 ] && ok "both ends of the connection" || bad "no connection was seen: $(cat "$scratch/traffic")"
	# shellcheck disable=SC2086 # a list of numbers
	kill $load
	# shellcheck disable=SC2086
	wait $load 2>/dev/null
	load=''
	"$FAULTLINE" check >"$scratch/check"
	if grep -q 'rdma.qp.failed' "$scratch/check"; then bad "after traffic: $(grep -A3 qp.failed "$scratch/check")"; else ok "no queue pair failed by ending"; fi
else
	skip "rdma_resource: no rxe0 with an address, or no rdma-flow (libibverbs-dev): compared at rest only"
fi

if command -v qp-error >/dev/null && [ -d /sys/class/infiniband/rxe0 ]; then
	qp-error --seconds 600 >"$scratch/number" 2>&1 &
	failed_qp=$!
	for _ in $(seq 100); do
		[ ! -s "$scratch/number" ] || break
		sleep 0.2
	done
	number=$(cat "$scratch/number")
	compare "in error"
	"$FAULTLINE" check >"$scratch/check"
	code=$?
	said=$(tr -s ' \n' ' ' <"$scratch/check")
	case $said in
	*"rdma.qp.failed of qp:rxe0/1/$number is ERR: qp-error, pid $failed_qp, not RTS"*) ok "check names queue pair $number of qp-error, pid $failed_qp"; note rdma.qp.failed ;;
	*) bad "check does not name queue pair $number: $(sed -n '/^rdma/,/^irq/p' "$scratch/check")" ;;
	esac
	[ $code -eq 1 ] && ok "check ends with 1" || bad "check ends with $code"
	command=$(sed -n 's/^ *confirm *\(rdma resource show qp.*\)/\1/p' "$scratch/check" | head -n 1)
	if $command 2>&1 | grep -q "lqpn $number .*state ERR"; then ok "'$command' confirms it"; else bad "'$command' does not: $($command 2>&1)"; fi
	kill $failed_qp
	wait $failed_qp 2>/dev/null
	failed_qp=''
	"$FAULTLINE" check >"$scratch/check"
	if grep -q 'rdma.qp.failed' "$scratch/check"; then bad "it is still named when its process has gone"; else ok "it is named no more when its process has gone"; fi
else
	skip "rdma_resource: no qp-error (libibverbs-dev) or no rxe0: no queue pair in error was made"
fi
finish
