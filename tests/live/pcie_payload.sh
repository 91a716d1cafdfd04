#!/bin/sh
# Sizes of packets along the paths of PCIe functions: against setpci of each function that the folders of sysfs have above
# it. Where the registers can be written (no QEMU 7.2), a function is set to longer packets than its port takes.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

if ! ls /sys/bus/pci/devices/* >/dev/null 2>&1; then
	skip 'pcie_payload: no PCI bus'
	finish
	exit
fi
if ! command -v setpci >/dev/null || [ "$(id -u)" -ne 0 ]; then
	skip 'pcie_payload: no setpci, or not root'
	finish
	exit
fi

# bytes SLOT OFFSET SHIFT: a size in the capability; nothing where there is none
bytes() {
	word=$(setpci -s "$1" "CAP_EXP+$2.w" 2>/dev/null) && [ -n "$word" ] && echo $((128 << (0x$word >> $3 & 7)))
}
kind() { word=$(setpci -s "$1" CAP_EXP+2.w 2>/dev/null) && [ -n "$word" ] && echo $((0x$word >> 4 & 15)); }
# above SLOT: the functions that its folder lies in, the nearest last
above() { readlink -f "/sys/bus/pci/devices/$1" | tr / '\n' | grep -E '^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+\.[0-7]$' | grep -vx "$1"; }
least() { sort -n | head -n 1; }

expect() {
	: >"$scratch/both"
	for dir in /sys/bus/pci/devices/*; do
		slot=${dir##*/}
		case $(kind "$slot") in 0 | 1) ;; *) continue ;; esac
		[ -z "$(above "$slot")" ] && continue
		[ -e "$dir/physfn" ] && continue
		root=$(above "$slot" | head -n 1)
		least_above=$(for port in $(above "$slot"); do bytes "$port" 8 5; done | least)
		possible=$(for f in $(find "$(readlink -f "/sys/bus/pci/devices/$root")/" -name config | sed 's|/config$||; s|.*/||'); do
			bytes "$f" 4 0
		done | least)
		printf '%s\tpci:%s\t%s\t%s\n' pcie.payload.above "$slot" "$least_above" "$least_above" \
			pcie.payload.possible "$slot" "$possible" "$possible" >>"$scratch/both"
		[ "$possible" -gt 128 ] || continue
		[ "$(bytes "$slot" 8 5)" -eq 128 ] &&
			printf 'pcie.payload.unused\tpci:%s\t%s\t%s\n' "$slot" "$possible" "$possible" >>"$scratch/both"
		[ "$(bytes "$slot" 8 12)" -eq 128 ] &&
			printf 'pcie.read_request.small\tpci:%s\t128\t128\n' "$slot" >>"$scratch/both"
	done
}

take
expect
if grep -l suspended /sys/bus/pci/devices/*/power/runtime_status 2>/dev/null | grep -q .; then
	skip 'pcie_payload: functions sleep, and setpci would wake them'
	finish
	exit
fi
if [ ! -s "$scratch/both" ]; then
	skip 'pcie_payload: no endpoint behind a root port'
	finish
	exit
fi
agree "$scratch/both"
# and no more than these
rows=$(grep -cE '^pcie\.(payload\.(above|possible|unused)|read_request\.small)	' "$scratch/rows")
if [ "$rows" -eq "$(wc -l <"$scratch/both")" ]; then ok "$rows rows"; else bad "sysfs and setpci give $(wc -l <"$scratch/both") rows, faultline $rows"; fi
"$FAULTLINE" check >"$scratch/check"
tr -s ' \n' ' ' <"$scratch/check" >"$scratch/line"
if ! grep -q 'longer packets than a port' "$scratch/line"; then ok 'no function is said to send too long packets'; else bad 'check says that packets are too long'; fi
if grep -q 'unused	' "$scratch/both" || ! grep -q 'shorter packets than' "$scratch/line"; then ok 'and none to send too short ones'; else bad 'check says that packets are short'; fi

# only the guest of the lab may be set wrong
nic=0000:01:00.0
if [ ! -c /dev/aer_inject ] || [ ! -d "/sys/bus/pci/devices/$nic/net/eth0" ]; then
	skip 'pcie_payload: packets that are too long: not a guest of the lab'
	finish
	exit
fi
was=$(setpci -s "$nic" CAP_EXP+8.w)
setpci -s "$nic" CAP_EXP+8.w=20:e0
if [ "$(bytes "$nic" 8 5)" -ne 256 ]; then
	skip 'pcie_payload: packets that are too long: the registers of this machine cannot be written'
	finish
	exit
fi
take
expect
agree "$scratch/both"
"$FAULTLINE" check | tr -s ' \n' ' ' >"$scratch/line"
if grep -q 'longer packets than a port' "$scratch/line"; then ok 'too long: check says so'; else bad 'too long: check does not say so'; fi
setpci -s "$nic" "CAP_EXP+8.w=$was"
finish
