#!/bin/sh
# /proc/pressure: the totals against a plain read before and after, while something burns CPU.
. tests/live/lib.sh

total() { awk -v l="$2" '$1 == l { sub(/.*total=/, ""); print }' "/proc/pressure/$1" 2>/dev/null; }
timeout 1 sh -c 'while :; do :; done' &
timeout 1 sh -c 'while :; do :; done' &
timeout 1 sh -c 'while :; do :; done' &
for what in sched:cpu memory:memory memory:io irq:irq; do
	layer=${what%%:*} file=${what#*:}
	for line in some full; do
		before=$(total "$file" "$line")
		if [ -z "$before" ]; then
			skip "$layer.psi.$file.$line: no such line in /proc/pressure/$file on this kernel"
			continue
		fi
		take
		between "$layer.psi.$file.$line.total" "$before" "$(total "$file" "$line")" "$layer.psi.$file.$line.total" host
	done
done
wait
finish
