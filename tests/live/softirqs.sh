#!/bin/sh
# Softirqs: every count against awk's reading of the file before and after.
. "$(dirname "$0")/lib.sh"

counts() {
	awk -v OFS='\t' '
		NR == 1 { for (i = 1; i <= NF; i++) cpu[i] = "cpu=" substr($i, 4); n = NF; next }
		{ sub(":", "", $1); for (i = 1; i <= n; i++) print "softirq.count." tolower($1), "host " cpu[i], $(i + 1) }
	' /proc/softirqs
}
counts >"$scratch/before"
take
counts >"$scratch/after"
by_sub
both
agree "$scratch/both"
cpus=$(getconf _NPROCESSORS_CONF)
rows=$(grep -c '^softirq\.count\.net_rx' "$scratch/rows")
if [ "$rows" -ge "$cpus" ]; then ok "$rows columns, $cpus CPUs"; else bad "$rows columns, $cpus CPUs"; fi
finish
