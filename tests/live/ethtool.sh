#!/bin/sh
# What drivers count for themselves against `ethtool -S` and `ethtool -i`, of all interfaces with a device of their own.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

devices=$(for link in /sys/class/net/*/device; do [ ! -e "$link" ] || basename "$(dirname "$link")"; done)
[ -n "$devices" ] || { skip 'ethtool: no interface here has a device of its own'; finish; exit; }
# read_all: NAME<TAB>VALUE of a device, before and after ours
read_all() { ethtool -S "$1" 2>/dev/null | sed -n 's/^ *\(.*\): \([0-9]*\)$/\1\t\2/p'; }
for device in $devices; do read_all "$device" >"$scratch/before.$device"; done
take
for device in $devices; do
	read_all "$device" >"$scratch/after.$device"
	equal "driver of $device" "$(ethtool -i "$device" | sed -n 's/^driver: //p')" nic.driver "netdev:$device"
	# a counter that no row knows has its own name, in small letters; one that is 0 has none
	paste "$scratch/before.$device" "$scratch/after.$device" | awk -F '\t' -v OFS='\t' -v d="$device" '
		$1 == $3 && $2 > 0 { name = tolower($1); gsub(/[^a-z0-9]/, "_", name); print "nic.own." name, "netdev:" d, $2, $4 }' >"$scratch/own.all"
	awk -F '\t' 'NR == FNR { ours[$1 "\t" $2]; next } ($1 "\t" $2) in ours' "$scratch/rows" "$scratch/own.all" >"$scratch/own"
	[ ! -s "$scratch/own" ] || agree "$scratch/own"
	# and what a row knows is that
	paste "$scratch/before.$device" "$scratch/after.$device" | awk -F '\t' -v OFS='\t' -v d="$device" '
		BEGIN {
			of["tx_tx_timeouts"] = of["tx_timeout_count"] = "nic.tx.timeouts"
			of["rx_drops"] = of["rx_no_dma_resources"] = "nic.rx.no_buffer"
			of["rx_no_buffer_count"] = "nic.rx.no_descriptor"
			of["tx_restart_queue"] = "nic.tx.woken"
			of["rx_crc_errors"] = "nic.phy.rx.crc"
			of["alloc_rx_buff_failed"] = "nic.rx.alloc_failed"
			of["rx_flow_control_xoff"] = "nic.pause.rx.frames"
			of["tx_flow_control_xoff"] = "nic.pause.tx.frames"
		}
		$1 in of { print of[$1], "netdev:" d, $2, $4 }
		match($1, /^rx(_queue_)?[0-9]+_drops$/) { n = $1; gsub(/[^0-9]/, "", n); print "nic.queue.rx.drops", "queue:" d "/rx-" n, $2, $4 }' >"$scratch/known"
	[ ! -s "$scratch/known" ] || agree "$scratch/known"
	# none that counts is lost: its own name, a row, or one ring of many
	lost=$(awk -F '\t' 'NR == FNR { ours[$1 "\t" $2]; next } !(($1 "\t" $2) in ours) { sub(/nic.own./, "", $1); print $1 }' "$scratch/rows" "$scratch/own.all" |
		grep -vE '^(rx|tx|ch|rx_queue_|tx_queue_|queue_)[0-9]+_' | grep -vxE 'tx_tx_timeouts|tx_timeout_count|rx_drops|rx_no_dma_resources|rx_no_buffer_count|tx_restart_queue|rx_crc_errors|alloc_rx_buff_failed|[rt]x_flow_control_xoff' | tr '\n' ' ')
	if [ -z "$lost" ]; then ok "$device: nothing that counts is left out, of $(wc -l <"$scratch/after.$device") counters"; else bad "$device: nobody says $lost"; fi
done
finish
