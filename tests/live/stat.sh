#!/bin/sh
# Times of CPUs against awk, totals against vmstat -s, load against uptime.
. "$(dirname "$0")/lib.sh"

spent() {
	awk -v OFS='\t' '
		BEGIN { n = split("sched.cpu.user sched.cpu.nice sched.cpu.system sched.cpu.idle sched.cpu.iowait " \
			"irq.cpu.time softirq.cpu.time sched.cpu.steal sched.cpu.guest sched.cpu.guest_nice", name, " ") }
		/^cpu[0-9]/ { for (i = 1; i <= n && i < NF; i++) print name[i], "host cpu=" substr($1, 4), $(i + 1) }
	' /proc/stat
}
totals() {
	vmstat -s | awk -v OFS='\t' '
		/ interrupts$/ { print "irq.total", "host", $1 }
		/ CPU context switches$/ { print "sched.switches", "host", $1 }
		/ forks$/ { print "sched.forks", "host", $1 }'
}
spent >"$scratch/before"
command -v vmstat >/dev/null && totals >>"$scratch/before"
load_before=$(uptime)
take
load_after=$(uptime)
spent >"$scratch/after"
command -v vmstat >/dev/null && totals >>"$scratch/after" || skip 'stat: no vmstat'
by_sub
both
agree "$scratch/both"
cpus=$(getconf _NPROCESSORS_ONLN)
rows=$(grep -c '^sched\.cpu\.idle' "$scratch/rows")
if [ "$rows" = "$cpus" ]; then ok "$rows CPUs, as getconf says"; else bad "getconf says $cpus CPUs, $rows rows"; fi
if [ "${load_before##*load}" = "${load_after##*load}" ]; then
	set -- $(echo "${load_after##*:}" | tr -d ',' | tr -s ' ')
	for which in 1m 5m 15m; do
		equal "load $which" "$(echo "$1" | awk '{ printf "%.0f", $1 * 100 }')" "sched.load.$which" host
		shift
	done
else
	skip 'stat: the load changed in between'
fi
tasks=$(value sched.load.tasks host)
counted=$(ps -eLo lwp= | wc -l)
if [ "$tasks" -ge $((counted - 30)) ] && [ "$tasks" -le $((counted + 30)) ]; then
	ok "tasks: ps counts $counted, faultline $tasks"
else
	bad "tasks: ps counts $counted, faultline $tasks"
fi
finish
