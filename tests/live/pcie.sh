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

if ! command -v setpci >/dev/null; then
	skip 'pcie command register: no setpci'
	finish
	exit
fi
# bit BDF MASK: of the command register, as setpci reads it
bit() { echo $(((0x$(setpci -s "$1" COMMAND) & $2) != 0)); }
for slot in $(awk '$1 == "Slot:" { print $2 }' "$scratch/lspci"); do
	case $(cat "/sys/bus/pci/devices/$slot/power/runtime_status" 2>/dev/null) in
	suspended | suspending)
		if grep -q "^pcie.command.*	pci:$slot	" "$scratch/rows"; then bad "$slot sleeps and was read"; else ok "$slot sleeps and is left alone"; fi
		continue
		;;
	esac
	equal "$slot answers" 1 pcie.config.present "pci:$slot"
	equal "$slot bus master" "$(bit "$slot" 4)" pcie.command.bus_master "pci:$slot"
	[ -e "/sys/bus/pci/devices/$slot/physfn" ] || equal "$slot memory" "$(bit "$slot" 2)" pcie.command.memory "pci:$slot"
	[ -e "/sys/bus/pci/devices/$slot/physfn" ] || equal "$slot interrupt line off" "$(bit "$slot" 1024)" pcie.command.intx_disabled "pci:$slot"
done

# only the guest of the lab has this device, and may lose its network for a moment
nic=0000:01:00.0
if [ -c /dev/aer_inject ] && [ "$(id -u)" -eq 0 ] && [ -d "/sys/bus/pci/devices/$nic/net/eth0" ]; then
	ip link set eth0 up
	setpci -s "$nic" COMMAND=0:4
	take
	equal 'a NIC without bus mastering' 0 pcie.command.bus_master "pci:$nic"
	"$FAULTLINE" check >"$scratch/check"
	if grep -q 'bus mastering is off' "$scratch/check"; then ok 'check says so'; else bad 'check does not say that bus mastering is off'; fi
	setpci -s "$nic" COMMAND=4:4
	"$FAULTLINE" check >"$scratch/check"
	if grep -q 'bus mastering is off' "$scratch/check"; then bad 'check still says that bus mastering is off'; else ok 'and no more when it is on again'; fi
else
	skip 'bus mastering switched off: not a guest of the lab'
fi
finish
