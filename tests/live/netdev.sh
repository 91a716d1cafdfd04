#!/bin/sh
# Interfaces: every row against ip -s -s -d -j link, read before and after; speed and PCI function against sysfs.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
command -v ip >/dev/null || { skip "netdev: no ip (iproute2)"; finish; exit; }

# said: what ip says, one SIGNAL, ENTITY, VALUE a line
said() {
	ip -s -s -d -j link | /usr/bin/python3 -c '
import json, sys
names = {"bytes": "bytes", "packets": "packets", "errors": "errors", "dropped": "dropped", "over_errors": "over",
	"length_errors": "length", "crc_errors": "crc", "frame_errors": "frame", "fifo_errors": "fifo",
	"missed_errors": "missed", "multicast": "multicast", "carrier_errors": "carrier", "collisions": "collisions",
	"aborted_errors": "aborted", "window_errors": "window", "heartbeat_errors": "heartbeat"}
def put(who, signal, value):
	print(signal, who, value, sep="\t")
for d in json.load(sys.stdin):
	who = "netdev:" + d["ifname"]
	for way in "rx", "tx":
		for key, value in d["stats64"][way].items():
			if key == "carrier_changes":
				put(who, "nic.carrier.changes", value)
			elif key in names:
				put(who, "nic.%s.%s" % (way, names[key]), value)
	put(who, "nic.mtu", d["mtu"])
	put(who, "nic.qdisc", d["qdisc"])
	put(who, "nic.operstate", d["operstate"].lower())
	put(who, "nic.ifindex", d["ifindex"])
	put(who, "nic.queues.tx", d["num_tx_queues"])
	put(who, "nic.queues.rx", d["num_rx_queues"])
	put(who, "nic.tx_queue_len", d.get("txqlen", 0))
	put(who, "nic.admin_up", int("UP" in d["flags"]))
	if "info_kind" in d.get("linkinfo", {}):
		put(who, "nic.kind", d["linkinfo"]["info_kind"])
	if "master" in d:
		put(who, "nic.master", d["master"])
'
}
said >"$scratch/before"
take
said >"$scratch/after"
if [ "$(cut -f 1,2 "$scratch/before")" = "$(cut -f 1,2 "$scratch/after")" ]; then
	paste "$scratch/before" "$scratch/after" | cut -f 1,2,3,6 >"$scratch/both"
	agree "$scratch/both"
else
	skip "netdev: the interfaces changed under the test"
fi

n=$(cut -f 2 "$scratch/rows" | grep '^netdev:[^@]' | sort -u | wc -l)
links=$(ip -o link | wc -l)
if [ "$n" = "$links" ]; then ok "$n interfaces"; else bad "ip has $links interfaces, faultline $n"; fi

for dir in /sys/class/net/*/; do
	name=$(basename "$dir")
	for file in carrier carrier_up_count carrier_down_count speed duplex; do
		{ read -r want <"$dir/$file"; } 2>/dev/null || continue
		signal=nic.$file
		case $file in
		carrier_up_count) signal=nic.carrier.up ;;
		carrier_down_count) signal=nic.carrier.down ;;
		esac
		printf '%s\tnetdev:%s\t%s\t%s\n' $signal "$name" "$want" "$want"
	done
done >"$scratch/files"
agree "$scratch/files"
finish
