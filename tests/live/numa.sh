#!/bin/sh
# Nodes: numastat, and the distances and lists as the shell reads them.
. "$(dirname "$0")/lib.sh"

nodes=/sys/devices/system/node
if [ ! -d $nodes ]; then
	skip 'numa: kernel without CONFIG_NUMA'
	finish
	exit
fi
# numastat prints a column for each node
counted() {
	numastat 2>/dev/null | awk -v OFS='\t' '
		BEGIN {
			name["numa_hit"] = "hit"; name["numa_miss"] = "miss"; name["numa_foreign"] = "foreign"
			name["interleave_hit"] = "interleave"; name["local_node"] = "local"; name["other_node"] = "other"
		}
		/^ / { for (i = 1; i <= NF; i++) node[i] = "node:" substr($i, 5); next }
		$1 in name { for (i = 2; i <= NF; i++) print "numa." name[$1], node[i - 1], $i }'
}
counted >"$scratch/before"
take
counted >"$scratch/after"
both
if [ -s "$scratch/both" ]; then agree "$scratch/both"; else skip 'numa: no numastat'; fi
equal 'nodes' "$(cat $nodes/online)" numa.online host
for dir in $nodes/node[0-9]*; do
	node=node:${dir##*/node}
	equal "memory of $node" "$(awk '/MemTotal/ { print $4 }' "$dir/meminfo")" numa.memory.total "$node"
	set -- $(cat "$dir/distance")
	for other in $nodes/node[0-9]*; do
		equal "distance of $node" "$1" numa.distance "$node" "node=${other##*/node}"
		shift
	done
done
if command -v lscpu >/dev/null; then
	equal 'CPUs online (lscpu)' "$(lscpu | sed -n 's/^On-line CPU(s) list: *//p' | sed 's/^\([0-9]*\),\([0-9]*\)$/\1-\2/')" sched.cpus.online host
else
	skip 'numa: no lscpu'
fi
finish
