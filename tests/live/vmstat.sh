#!/bin/sh
# /proc/vmstat against a plain read of the same lines before and after.
. tests/live/lib.sh

line() { awk -v k="$1" '$1 == k { print $2 }' /proc/vmstat; }
pairs="memory.fault.major=pgmajfault memory.swap.in=pswpin memory.scan.kswapd=pgscan_kswapd
	memory.compact.stall=compact_stall memory.oom_kill=oom_kill memory.allocstall.normal=allocstall_normal"

for pair in $pairs; do line "${pair#*=}" >"$scratch/before.${pair%%=*}"; done
take
for pair in $pairs; do
	signal=${pair%%=*} key=${pair#*=}
	before=$(cat "$scratch/before.$signal")
	if [ -z "$before" ]; then
		skip "$signal: this kernel's /proc/vmstat has no $key"
	else
		between "$signal ($key)" "$before" "$(line "$key")" "$signal" host
	fi
done
finish
