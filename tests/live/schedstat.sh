#!/bin/sh
# The run queue wait of each CPU: awk's reading before and after; it grows while two loops share a CPU.
. "$(dirname "$0")/lib.sh"

if [ ! -e /proc/schedstat ]; then
	skip 'schedstat: kernel without CONFIG_SCHEDSTATS'
	take
	if grep -q '^sched\.cpu\.run_delay' "$scratch/rows"; then bad 'rows without a file'; else ok 'no file, no rows'; fi
	finish
	exit
fi
spent() {
	awk -v OFS='\t' '/^cpu/ {
		print "sched.cpu.run_time", "host cpu=" substr($1, 4), $8
		print "sched.cpu.run_delay", "host cpu=" substr($1, 4), $9
		print "sched.cpu.timeslices", "host cpu=" substr($1, 4), $10
	}' /proc/schedstat
}
spent >"$scratch/before"
take
spent >"$scratch/after"
first=$(value sched.cpu.run_delay host cpu=0)
by_sub
both
agree "$scratch/both"
# 2 s of two tasks on one CPU: one of them waits at any time
timeout 2 taskset -c 0 sh -c 'while :; do :; done' &
timeout 2 taskset -c 0 sh -c 'while :; do :; done' &
wait
take
grown=$((($(value sched.cpu.run_delay host cpu=0) - first) / 1000000))
if [ "$grown" -ge 1000 ]; then ok "two loops on CPU 0 for 2 s waited $grown ms"; else bad "two loops on CPU 0 for 2 s waited $grown ms"; fi
finish
