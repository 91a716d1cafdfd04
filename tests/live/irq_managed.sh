#!/bin/sh
# Interrupts that nobody may move: against what debugfs says and, in a guest of the lab, against who refuses to be moved.
. tests/live/lib.sh

if [ "$(id -u)" -ne 0 ]; then
	skip 'irq_managed: debugfs is for root'
	finish
	exit
fi
dir=/sys/kernel/debug/irq/irqs
[ ! -c /dev/aer_inject ] || grep -q ' /sys/kernel/debug ' /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug
take
if [ ! -d "$dir" ]; then
	if grep -q '^irq\.affinity\.managed	' "$scratch/rows"; then bad 'rows without debugfs'; else ok 'no debugfs, no rows'; fi
	skip 'irq_managed: debugfs is not mounted, or a kernel without GENERIC_IRQ_DEBUGFS'
	finish
	exit
fi
grep -c IRQD_AFFINITY_MANAGED "$dir"/* | sed "s|.*/||; s|:\([01]\)\$|	\1|" |
	awk -F '\t' -v OFS='\t' '{ print "irq.affinity.managed", "irq:" $1, $2, $2 }' >"$scratch/both"
agree "$scratch/both"

if [ ! -c /dev/aer_inject ]; then
	skip 'irq_managed: who refuses to be moved: not a guest of the lab'
	finish
	exit
fi
# its own CPUs are what it is told again: nothing moves
while read -r _ irq managed _; do
	mask=/proc/irq/${irq#irq:}/smp_affinity
	[ -e "$mask" ] || continue
	if cat "$mask" 2>/dev/null >"$scratch/mask" && cat "$scratch/mask" 2>/dev/null >"$mask"; then
		if [ "$managed" = 0 ]; then ok "$irq takes CPUs, and is not managed"; else bad "$irq is managed, and takes CPUs"; fi
	elif [ "$managed" = 1 ]; then
		ok "$irq refuses CPUs, and is managed"
	fi
done <"$scratch/both"
grep -q '	1$' "$scratch/both" || skip 'irq_managed: no interrupt here is managed (lab/guest --more has a disk with such)'
finish
