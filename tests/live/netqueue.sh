#!/bin/sh
# Queues: every row against the file it stands for; gauges that move are read before and after.
. "$(dirname "$0")/lib.sh"

said() {
	for file in /sys/class/net/*/queues/*/* /sys/class/net/*/queues/tx-*/byte_queue_limits/*; do
		case ${file##*/} in
		tx_timeout | inflight | limit | limit_max | hold_time | stall_cnt | stall_max | tx_maxrate | traffic_class | xps_cpus | rps_cpus | rps_flow_cnt) ;;
		*) continue ;;
		esac
		{ read -r value <"$file"; } 2>/dev/null || continue
		rest=${file#/sys/class/net/}
		queue=${rest#*/queues/}
		printf 'nic.queue.%s\tqueue:%s/%s\t%s\n' "${file##*/}" "${rest%%/*}" "${queue%%/*}" "$value"
	done
}
said >"$scratch/before"
take
said >"$scratch/after"
# a gauge may go up and down in between: only what stood still can be compared
paste "$scratch/before" "$scratch/after" | awk -F '\t' -v OFS='\t' '$3 == $6 { print $1, $2, $3, $6 }' >"$scratch/both"
agree "$scratch/both"
rows=$(grep -cP '^nic\.queue\.(tx_timeout|inflight|limit|limit_max|hold_time|stall_cnt|stall_max|tx_maxrate|traffic_class|xps_cpus|rps_cpus|rps_flow_cnt)	' "$scratch/rows")
files=$(wc -l <"$scratch/before")
if [ "$rows" = "$files" ]; then ok "$rows rows, as many as readable files"; else bad "$files readable files, $rows rows"; fi
[ "$files" -gt 0 ] || skip "netqueue: no queue has a readable file"
finish
