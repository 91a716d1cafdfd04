#!/bin/sh
# Affinity and unhandled interrupts: the files of /proc/irq, read by the shell.
. "$(dirname "$0")/lib.sh"

said() {
	for dir in /proc/irq/[0-9]*; do
		irq=irq:${dir##*/} cpus=''
		{ read -r cpus <"$dir/effective_affinity_list"; } 2>/dev/null
		[ -z "$cpus" ] || printf 'irq.affinity.effective\t%s\t%s\n' "$irq" "$cpus"
		read -r cpus <"$dir/smp_affinity_list" && printf 'irq.affinity.wanted\t%s\t%s\n' "$irq" "$cpus"
		while read -r key count rest; do
			case $key in
			count | unhandled) printf 'irq.spurious.%s\t%s\t%s\n' "$key" "$irq" "$count" ;;
			esac
		done <"$dir/spurious"
	done
}
said >"$scratch/before"
take
said >"$scratch/after"
both
still
agree "$scratch/both"
dirs=$(ls -d /proc/irq/[0-9]* | wc -l)
rows=$(grep -c '^irq\.affinity\.wanted' "$scratch/rows")
if [ "$rows" = "$dirs" ]; then ok "$rows interrupts"; else bad "$dirs directories, $rows rows"; fi
finish
