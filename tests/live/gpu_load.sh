#!/bin/sh
# Links on the way to GPUs and accelerators: what both ends can, against lspci; their load, against sysfs.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

# speed SLOT REGISTER: in MT/s, of the link that lspci shows; nothing where it has none
speed() {
	lspci -Dvvs "$1" 2>/dev/null | grep "$2:" | grep -v 'Width x0' | sed -n 's/.*Speed \([0-9.]*\)GT.*/\1/p' | head -n 1 | awk '{ print $1 * 1000 }'
}
# way SLOT: the functions that its folder lies in and itself, from the root port down
way() { readlink -f "/sys/bus/pci/devices/$1" | tr / '\n' | grep -E '^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+\.[0-7]$'; }

if [ "$(id -u)" -ne 0 ] || ! command -v lspci >/dev/null; then
	skip 'gpu_load: no lspci, or not root'
	finish
	exit
fi
take
: >"$scratch/both"
for gpu in $(grep -lsE '^0x(03|12)' /sys/bus/pci/devices/*/class | sed 's|/class$||; s|.*/||'); do
	grep -qs suspended "/sys/bus/pci/devices/$gpu/power/runtime_status" && continue
	[ -n "$(speed "$gpu" LnkSta)" ] || continue
	above=''
	for function in $(way "$gpu"); do
		port=$above above=$function
		case $(lspci -Dvvs "$function" 2>/dev/null | sed -n 's/.*Express (v[0-9]*) \([A-Za-z ]*\).*/\1/p') in
		*Endpoint* | Upstream*)
			[ -z "$port" ] && continue
			own=$(speed "$function" LnkCap) other=$(speed "$port" LnkCap)
			# what one end can is not known: ports of QEMU's switches say nothing
			[ -n "$own" ] && [ -n "$other" ] || continue
			most=$(printf '%s\n' "$own" "$other" | sort -n | head -n 1)
			printf 'pcie.link.speed.possible\tpci:%s\t%s\t%s\n' "$function" "$most" "$most" >>"$scratch/both"
			[ -e "/sys/bus/pci/devices/$gpu/gpu_busy_percent" ] ||
				printf 'pcie.link.load\tpci:%s\tunknown\tunknown\n' "$function" >>"$scratch/both"
			[ "$(speed "$function" LnkSta)" -ge "$most" ] || slow=yes
			;;
		esac
	done
done
if [ ! -s "$scratch/both" ]; then
	if grep -q '^pcie\.link\.\(load\|speed\.possible\|speed\.loaded\)	' "$scratch/rows"; then
		bad 'no GPU has a link here, and faultline speaks of one'
	else
		ok 'no GPU has a link here, and nothing is said of one'
	fi
	skip 'gpu_load: no GPU or accelerator on a PCIe link (lab/guest --more has one)'
	finish
	exit
fi
agree "$scratch/both"
rows=$(grep -c '^pcie\.link\.speed\.possible	' "$scratch/rows")
lines=$(sort -u "$scratch/both" | grep -c '^pcie\.link\.speed\.possible	')
if [ "$rows" -eq "$lines" ]; then ok "$rows links"; else bad "lspci gives $lines links, faultline $rows"; fi
"$FAULTLINE" check | tr -s ' \n' ' ' >"$scratch/line"
if [ "${slow:-}" ]; then
	if grep -q 'does not tell its load\|one reading of its load\|idles' "$scratch/line" "$scratch/rows"; then ok 'a slow link: why it was not judged'; else bad 'a slow link, and check says nothing of it'; fi
elif grep -q 'does not tell its load' "$scratch/line"; then
	bad 'check has an open question about a link that is as fast as it can be'
else
	ok 'links at their best: no question is open'
fi
ls /sys/bus/pci/devices/*/gpu_busy_percent >/dev/null 2>&1 || skip 'gpu_load: a GPU that works: no driver here tells its load'
finish
