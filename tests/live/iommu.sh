#!/bin/sh
# IOMMU groups and units against the files themselves; lspci says which groups there must be.
. "$(dirname "$0")/lib.sh"

take
set -- /sys/kernel/iommu_groups/*
if [ ! -e "$1" ]; then
	# none is active: that must not look healthy
	[ -z "$(awk -F '\t' '/^iommu\.(group|unit)/' "$scratch/rows")" ] && ok "no IOMMU, no rows" || bad "rows without an IOMMU"
	"$FAULTLINE" check | grep -q '^iommu *BLIND' && ok "no IOMMU: BLIND" || bad "no IOMMU, and not BLIND"
	skip "iommu: none is active here"
	finish
	exit
fi

for group; do
	equal "group ${group##*/}" "$(cat "$group/type")" iommu.group.type "iommu:group/${group##*/}"
done
if command -v lspci >/dev/null; then
	for group in $(lspci -Dvmmkn 2>/dev/null | awk '$1 == "IOMMUGroup:" { print $2 }' | sort -un); do
		[ -n "$(value iommu.group.type "iommu:group/$group")" ] && ok "lspci's group $group" || bad "no row for lspci's group $group"
	done
fi
rows=$(awk -F '\t' '$1 == "iommu.group.type"' "$scratch/rows" | wc -l)
[ "$rows" -eq $# ] && ok "$# groups" || bad "$# groups, $rows rows"
for unit in /sys/class/iommu/*; do
	name=${unit##*/}
	equal "$name" 1 iommu.unit.present "iommu:unit/$name"
	for file in intel-iommu/cap intel-iommu/ecap intel-iommu/version amd-iommu/cap amd-iommu/features; do
		[ ! -e "$unit/$file" ] || equal "$name $file" "$(cat "$unit/$file")" "iommu.unit.${file#*/}" "iommu:unit/$name"
	done
done
finish
