#!/bin/sh
# What the kernel tells of queues by generic netlink: what they sum up to against ip -s link and /proc/interrupts.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

take
if ! grep -qE '^nic\.queue\.(napi\.|[rt]x\.packets)' "$scratch/rows"; then
	# before 6.8 there is no such thing, and check has to say so
	if "$FAULTLINE" check 2>/dev/null | tr -s ' \n' ' ' | grep -q 'kernel before 6.8[^:]*: ask/netdev/napi'; then
		ok 'without the family "netdev" of 6.8, check says so'
	elif [ "$(uname -r | awk -F '[.-]' '{ print ($1 * 1000 + $2 >= 6008) }')" = 1 ]; then
		skip 'netdev_queue: no driver here tells of its queues'
	else
		bad 'check does not say that the kernel is too old to tell of queues'
	fi
	finish
	exit
fi
# totals: NAME BYTES PACKETS BYTES PACKETS (received, sent) of an interface
totals() { for f in rx_bytes rx_packets tx_bytes tx_packets; do cat "/sys/class/net/$1/statistics/$f"; done | tr '\n' ' '; }
sum() { awk -F '\t' -v s="nic.queue.$1" -v e="queue:$2/" '$1 == s && index($2, e) == 1 { n += $4 } END { printf "%d\n", n }' "$scratch/rows"; }
# all_queues DEVICE: has it use all it can; in a guest of the lab only
all_queues() { [ -d /run/lab ] && ethtool -L "$1" combined "$(ethtool -l "$1" | awk '$1 == "Combined:" { print $2; exit }')"; }
for device in $(awk -F '\t' '$1 == "nic.queue.tx.packets" { sub(/^queue:/, "", $2); sub(/\/tx-[0-9]*$/, "", $2); print $2 }' "$scratch/rows" | sort -u); do
	case $device in @*) continue ;; esac
	# what a queue counted before it was taken out of use is in the interface's sums only
	ethtool -l "$device" 2>/dev/null | awk '$1 == "Combined:" || $1 == "TX:" || $1 == "RX:" { if ($1 in most && $2 < most[$1]) less = 1; most[$1] = $2 } END { exit !less }' &&
		{ all_queues "$device" || { skip "netdev_queue: $device does not use all its queues, and its sums have those as well"; continue; }; }
	# shellcheck disable=SC2046 # four words
	set -- $(totals "$device")
	take
	after=$(totals "$device")
	for signal in rx.bytes rx.packets tx.bytes tx.packets; do
		got=$(sum $signal "$device")
		before=$1 high=${after%% *} after=${after#* }
		shift
		if [ "$got" -ge "$before" ] && [ "$got" -le "$high" ]; then
			ok "nic.queue.$signal over all queues of $device: $before, $got, $high"
			note "nic.queue.$signal"
		else
			bad "nic.queue.$signal over all queues of $device: the interface has $before to $high, the queues $got"
		fi
	done
done
# an interrupt that a queue names is one of its device
awk -F '\t' '$1 == "nic.queue.irq" { print $2, $4 }' "$scratch/rows" >"$scratch/irqs"
while read -r queue irq; do
	device=${queue#queue:}
	device=${device%/*}
	if [ -e "/sys/class/net/$device/device/msi_irqs/$irq" ] || [ -e "/sys/class/net/$device/device/../msi_irqs/$irq" ]; then
		ok "interrupt $irq of $queue"
		note nic.queue.irq
	else
		bad "interrupt $irq of $queue is none of its device"
	fi
done <"$scratch/irqs"
[ -s "$scratch/irqs" ] || skip 'netdev_queue: no driver here names the interrupts of its queues'
finish
