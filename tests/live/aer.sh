#!/bin/sh
# PCIe error counters against awk on the same files, and, in the guest, errors that were really injected.
. "$(dirname "$0")/lib.sh"

set -- /sys/bus/pci/devices/*/aer_dev_correctable
if [ ! -e "$1" ]; then
	skip "aer: no function with AER counters here"
	finish
	exit
fi

# file BDF FILE [total]: what its lines add up to, or those of the total
# rows SIGNAL BDF: the same from faultline
file() { awk -v total="$3" '/^TOTAL_/ { if (total) n = $NF; next } !total { n += $NF } END { print n + 0 }' "/sys/bus/pci/devices/$1/$2"; }
rows() { awk -F '\t' -v s="$1" -v e="pci:$2" '$1 == s && $2 == e { n += $4 } END { print n + 0 }' "$scratch/rows"; }

compare() {
	take
	for path in /sys/bus/pci/devices/*/aer_dev_correctable; do
		path=${path%/*}
		slot=${path##*/}
		for kind in correctable nonfatal fatal; do
			bits=$(file "$slot" aer_dev_$kind)
			if [ "$(rows pcie.aer.$kind "$slot")" = "$bits" ]; then
				ok "$1: $slot $kind bits = $bits"
			else
				bad "$1: $slot $kind bits: awk says $bits, faultline $(rows pcie.aer.$kind "$slot")"
			fi
			equal "$1: $slot $kind messages" "$(file "$slot" aer_dev_$kind total)" \
				pcie.aer.$kind.messages "pci:$slot"
		done
		[ -e "$path/aer_rootport_total_err_cor" ] || continue
		equal "$1: $slot port cor" "$(cat "$path/aer_rootport_total_err_cor")" pcie.aer.rootport.correctable "pci:$slot"
		equal "$1: $slot port nonfatal" "$(cat "$path/aer_rootport_total_err_nonfatal")" pcie.aer.rootport.nonfatal "pci:$slot"
		equal "$1: $slot port fatal" "$(cat "$path/aer_rootport_total_err_fatal")" pcie.aer.rootport.fatal "pci:$slot"
	done
}
compare "as found"

inject=$(dirname "$0")/../../lab/aer-inject
if [ ! -c /dev/aer_inject ] || [ ! -x "$inject" ]; then
	skip "aer: no /dev/aer_inject: nothing was injected"
	finish
	exit
fi

# The first function with AER that is below a root port.
for path in /sys/bus/pci/devices/*/aer_dev_correctable; do
	path=${path%/*}
	[ -e "$path/aer_rootport_total_err_cor" ] || break
done
slot=${path##*/}
port=$(readlink "$path")
port=${port%/*}
port=${port##*/}

# injected KIND ROW BIT...: each bit rises by one, the messages of the function and of its port do too
injected() {
	kind=$1 signal=$2
	shift 2
	take
	cp "$scratch/rows" "$scratch/before"
	"$inject" "$slot" "$kind" "$@" || bad "lab/aer-inject $slot $kind $*"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.3
		take
		[ "$(value "pcie.aer.$signal.messages" "pci:$slot")" = "$(was "pcie.aer.$signal.messages" "pci:$slot")" ] || break
	done
	for bit; do
		one_more "$bit" "pcie.aer.$signal" "pci:$slot" "bit=$bit"
	done
	one_more "messages" "pcie.aer.$signal.messages" "pci:$slot"
	one_more "at the port" "pcie.aer.rootport.$signal" "pci:$port"
}
was() { awk -F '\t' -v s="$1" -v e="$2" -v u="${3:--}" '$1 == s && $2 == e && $3 == u { print $4 }' "$scratch/before"; }
one_more() { equal "injected $kind: $1" $(($(was "$2" "$3" "${4:-}") + 1)) "$2" "$3" "${4:-}"; }

injected cor correctable RxErr
injected cor correctable BadTLP Timeout
injected nonfatal nonfatal CmpltTO
compare "after the injection"
finish
