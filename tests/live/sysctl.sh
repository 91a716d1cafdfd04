#!/bin/sh
# Settings: every row against sysctl -n; the command line against /proc/cmdline, the release against uname.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
command -v sysctl >/dev/null || { skip "sysctl: no sysctl (procps)"; finish; exit; }

take
cut -f 1 "$scratch/rows" | grep '\.sysctl\.' >"$scratch/signals"
sed 's/.*\.sysctl\.//; s/^core\./net.&/; s/^ipv4\./net.&/' "$scratch/signals" >"$scratch/keys"
# shellcheck disable=SC2046
sysctl -n $(cat "$scratch/keys") | tr '\t' ' ' | paste "$scratch/signals" - |
	awk -F '\t' -v OFS='\t' '{ print $1, "host", $2, $2 }' >"$scratch/said"
agree "$scratch/said"
rows=$(wc -l <"$scratch/signals")
if [ "$rows" -gt 60 ]; then ok "$rows settings"; else bad "only $rows settings were read"; fi
equal release "$(uname -r)" hardware.kernel.release host
equal cmdline "$(sed 's/ *$//' /proc/cmdline)" hardware.kernel.cmdline host
for word in $(sed 's/ -- .*//' /proc/cmdline); do
	case $word in
	psi=* | mitigations=* | isolcpus=* | intel_iommu=* | pcie_aspm=*)
		equal "${word%%=*}" "${word#*=}" "$(cut -f 1 "$scratch/rows" | grep "\.cmdline\.${word%%=*}\$")" host ;;
	esac
done
finish
