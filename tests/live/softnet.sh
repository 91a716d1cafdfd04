#!/bin/sh
# /proc/net/softnet_stat: each CPU's frames, against a plain read before and after, with traffic on the loopback.
. tests/live/lib.sh

# column N of the line of CPU C, as a decimal; the CPU is column 13 where there is one, else the line
cell() {
	while read -r a b c _ _ _ _ _ _ j k l m _; do
		of=$((0x${m:-$(printf %x "$at")}))
		at=$((at + 1))
		[ "$of" = "$2" ] || continue
		case $1 in 1) echo $((0x$a)) ;; 2) echo $((0x$b)) ;; 3) echo $((0x$c)) ;; 10) echo $((0x$j)) ;; 11) echo $((0x$k)) ;; esac
		: "$l"
	done </proc/net/softnet_stat
}
at=0

ping -q -c 20 -i 0.01 127.0.0.1 >/dev/null 2>&1 || :
cpus=$(awk 'END { print NR }' /proc/net/softnet_stat)
columns='1=processed 2=dropped 3=time_squeeze 10=received_rps 11=flow_limit'
cpu=0
while [ "$cpu" -lt "$cpus" ]; do
	for column in $columns; do at=0; cell "${column%%=*}" "$cpu" >"$scratch/$cpu.${column#*=}"; done
	cpu=$((cpu + 1))
done
take
cpu=0
while [ "$cpu" -lt "$cpus" ]; do
	for column in $columns; do
		at=0
		between "softnet ${column#*=} of CPU $cpu" "$(cat "$scratch/$cpu.${column#*=}")" "$(cell "${column%%=*}" "$cpu")" \
			"softirq.softnet.${column#*=}" host "cpu=$cpu"
	done
	cpu=$((cpu + 1))
done
finish
