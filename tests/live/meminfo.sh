#!/bin/sh
# Memory against free, getconf and awk. What faultline's own process moves is compared with 256 MB of slack.
. "$(dirname "$0")/lib.sh"

said() {
	awk -v OFS='\t' '
		BEGIN {
			n = split("MemTotal total MemFree free MemAvailable available Unevictable unevictable Mlocked mlocked " \
				"SwapTotal swap.total SwapFree swap.free Dirty dirty Writeback writeback AnonPages anon Shmem shmem " \
				"Slab slab SUnreclaim slab.unreclaim PageTables page_tables CommitLimit commit.limit " \
				"Committed_AS commit.used VmallocUsed vmalloc.used Percpu percpu HugePages_Total huge.total " \
				"HugePages_Free huge.free HugePages_Rsvd huge.reserved HugePages_Surp huge.surplus " \
				"Hugepagesize huge.size", word, " ")
			for (i = 1; i < n; i += 2) name[word[i] ":"] = "memory." word[i + 1]
		}
		$1 in name { print name[$1], "host", $2 }' /proc/meminfo
}
said >"$scratch/before"
take
said >"$scratch/after"
both
moving='\.(free|available|anon|shmem|slab|slab\.unreclaim|page_tables|dirty|writeback|commit\.used|mlocked|unevictable|percpu|vmalloc\.used)	'
grep -E "$moving" "$scratch/both" >"$scratch/moving"
grep -vE "$moving" "$scratch/both" >"$scratch/stood"
agree "$scratch/stood"
while read -r signal entity before after; do
	got=$(value "$signal" "$entity")
	if [ "${got:--1}" -ge $((before - 262144)) ] && [ "$got" -le $((after + 262144)) ]; then
		ok "$signal: $before, $got, $after"
	else
		bad "$signal: tool says '$before' to '$after', faultline '$got'"
	fi
done <"$scratch/moving"
equal 'memory (getconf)' "$(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE) / 1024))" memory.total host
if command -v free >/dev/null; then
	equal 'memory (free)' "$(free -k | awk '/^Mem/ { print $2 }')" memory.total host
	equal 'swap (free)' "$(free -k | awk '/^Swap/ { print $2 }')" memory.swap.total host
else
	skip 'meminfo: no free'
fi
finish
