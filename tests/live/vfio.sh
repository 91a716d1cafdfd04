#!/bin/sh
# Virtual functions and what VFIO holds against lspci and /dev/vfio; in a guest with an SR-IOV device some are made and
# one is given to vfio-pci.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

# counts TAG: virtual functions of each physical one, as its capability says
counts() {
	lspci -Dvvv 2>/dev/null | awk -v OFS='\t' '
		/^[0-9a-f]/ { function_ = $1 }
		/Initial VFs:/ { gsub(",", ""); print "vfio.sriov.totalvfs", "pci:" function_, $6, $6
			print "vfio.sriov.numvfs", "pci:" function_, $10, $10 }' >"$scratch/counts"
	take
	agree "$scratch/counts"
}
# held TAG: drivers of VFIO and groups that can be opened
held() {
	lspci -Dk 2>/dev/null | awk -v OFS='\t' '
		/^[0-9a-f]/ { function_ = $1 }
		/Kernel driver in use:/ { bound = /vfio/ ? 1 : 0; print "vfio.bound", "pci:" function_, bound, bound }' |
		while IFS='	' read -r signal who is same; do
			# only functions that VFIO could have are told of
			[ "$is" = 0 ] && [ -z "$(value "$signal" "$who")" ] || printf '%s\t%s\t%s\t%s\n' "$signal" "$who" "$is" "$same"
		done >"$scratch/bound"
	agree "$scratch/bound"
	groups=$(find /dev/vfio -maxdepth 1 -name '[0-9]*' 2>/dev/null | wc -l)
	if [ -d /sys/class/vfio ]; then equal "$1: groups that can be opened" "$groups" vfio.groups host; fi
}

counts
if [ ! -s "$scratch/counts" ]; then
	[ -z "$(awk -F '\t' '/^vfio\.sriov/' "$scratch/rows")" ] && ok "no SR-IOV, no rows" || bad "rows without SR-IOV"
	"$FAULTLINE" check | grep -q '^vfio *BLIND' && ok "no SR-IOV: BLIND" || bad "no SR-IOV, and not BLIND"
	skip 'vfio: no device here can have virtual functions'
	finish
	exit
fi
held "before"
if [ ! -d /run/lab ]; then
	skip 'vfio: virtual functions are made in lab/guest only'
	finish
	exit
fi
physical=$(awk -F '\t' 'NR == 1 { sub("pci:", "", $2); print $2 }' "$scratch/counts")
echo 0 >"/sys/bus/pci/devices/$physical/sriov_drivers_autoprobe"
echo 2 >"/sys/bus/pci/devices/$physical/sriov_numvfs" || bad "$physical makes no virtual functions"
counts
grep -q 'numvfs.*	2$' "$scratch/counts" || bad "lspci does not see two virtual functions"
first=$(basename "$(readlink -f "/sys/bus/pci/devices/$physical/virtfn0")")
modprobe vfio-pci
echo vfio-pci >"/sys/bus/pci/devices/$first/driver_override"
echo "$first" >/sys/bus/pci/drivers_probe
take
held "one is given away"
grep -q "pci:$first	1	1" "$scratch/bound" || bad "lspci does not see $first with vfio-pci"
finish
