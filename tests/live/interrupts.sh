#!/bin/sh
# Interrupts: every count against awk's reading of the file before and after, handlers and chips against /sys/kernel/irq.
. "$(dirname "$0")/lib.sh"

counts() {
	awk -v OFS='\t' '
		NR == 1 { for (i = 1; i <= NF; i++) cpu[i] = "cpu=" substr($i, 4); n = NF; next }
		{ sub(":", "", $1) }
		NF == 2 && $1 !~ /^[0-9]/ { print "irq.count.total", "irq:" $1, $2; next }
		{ for (i = 1; i <= n; i++) print "irq.count", "irq:" $1 " " cpu[i], $(i + 1) }
	' /proc/interrupts
}
counts >"$scratch/before"
take
counts >"$scratch/after"
by_sub
both
agree "$scratch/both"
rows=$(grep -c '^irq\.count' "$scratch/rows")
equal_lines=$(wc -l <"$scratch/before")
if [ "$rows" = "$equal_lines" ]; then ok "$rows counts"; else bad "$equal_lines counts in the file, $rows rows"; fi

for dir in /sys/kernel/irq/*; do
	irq=irq:${dir##*/}
	[ -n "$(value irq.chip "$irq")" ] || continue
	actions='' chip=''
	read -r actions <"$dir/actions"
	read -r chip <"$dir/chip_name"
	[ -z "$actions" ] || printf 'irq.action\t%s\t%s\t-\n' "$irq" "$actions"
	printf 'irq.chip\t%s\t%s\t-\n' "$irq" "$chip"
done >"$scratch/both"
# the chip's line holds more than its name, and /proc/interrupts puts a blank behind a comma
sed 's/, /,/g' "$scratch/rows" |
	awk -F '\t' -v OFS='\t' '$1 == "irq.chip" { split($4, part, " "); $4 = part[1] } 1' >"$scratch/short"
mv "$scratch/short" "$scratch/rows"
if [ -s "$scratch/both" ]; then agree "$scratch/both"; else skip 'interrupts: nothing in /sys/kernel/irq'; fi
finish
