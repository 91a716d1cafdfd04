#!/bin/sh
# PCI functions: identity, driver, node and link, against lspci.
. "$(dirname "$0")/lib.sh"

if ! ls /sys/bus/pci/devices/* >/dev/null 2>&1; then
	skip "pcie: no PCI bus"
	finish
	exit
fi
if ! command -v lspci >/dev/null; then
	skip "pcie: no lspci"
	finish
	exit
fi

take
lspci -Dvmmkn 2>/dev/null >"$scratch/lspci"
# word BDF KEY: one field of lspci's machine-readable form
word() { awk -v slot="$1" -v key="$2:" '$1 == "Slot:" { on = $2 == slot } on && $1 == key { print $2; exit }' "$scratch/lspci"; }

# lspci -vv prints "Speed 2.5GT/s (ok), Width x1 (ok)"; registers of the capability need root
link() { lspci -Dvvs "$1" 2>/dev/null | sed -n "s/.*$2:.*Speed \([0-9.]*\)GT\/s[^,]*, Width x\([0-9]*\).*/\1 \2/p" | head -n 1; }

for slot in $(awk '$1 == "Slot:" { print $2 }' "$scratch/lspci"); do
	pci=pci:$slot
	equal "$slot vendor" "0x$(word "$slot" Vendor)" pcie.vendor "$pci"
	equal "$slot device" "0x$(word "$slot" Device)" pcie.device "$pci"
	class=$(word "$slot" Class)$(word "$slot" ProgIf)
	[ ${#class} -eq 6 ] || class=${class}00
	equal "$slot class" "0x$class" pcie.class "$pci"
	node=$(word "$slot" NUMANode)
	equal "$slot node" "${node:--1}" pcie.numa_node "$pci"
	driver=$(word "$slot" Driver)
	if [ "$(value pcie.driver "$pci")" = "$driver" ]; then
		ok "$slot driver = ${driver:-none}"
	else
		bad "$slot driver: lspci says '$driver', faultline '$(value pcie.driver "$pci")'"
	fi

	state=$(link "$slot" LnkSta) most=$(link "$slot" LnkCap)
	if [ -z "$state" ] || [ "${state#* }" = 0 ]; then
		[ -z "$(value pcie.link.width "$pci")" ] && ok "$slot has no link" || bad "$slot: lspci shows no link"
		continue
	fi
	equal "$slot speed" "$(awk "BEGIN { print ${state% *} * 1000 }")" pcie.link.speed "$pci"
	equal "$slot width" "${state#* }" pcie.link.width "$pci"
	equal "$slot best speed" "$(awk "BEGIN { print ${most% *} * 1000 }")" pcie.link.speed.max "$pci"
	equal "$slot best width" "${most#* }" pcie.link.width.max "$pci"
done
finish
