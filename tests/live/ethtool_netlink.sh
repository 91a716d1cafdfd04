#!/bin/sh
# Rings, channels, interrupt delays, pauses, error correction and the spread of flows against ethtool -g -l -c -a -x and
# -I --show-fec, of all interfaces with a device of their own.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

devices=$(for link in /sys/class/net/*/device/driver; do [ ! -e "$link" ] || { link=${link%/device/driver}; echo "${link##*/}"; }; done)
[ -n "$devices" ] || { skip 'ethtool_netlink: no interface here has a device of its own'; finish; exit; }
command -v ethtool >/dev/null || { skip 'ethtool_netlink: no ethtool'; finish; exit; }

# said: SIGNAL<TAB>ENTITY<TAB>VALUE<TAB>VALUE of all devices, from ethtool's own text; what it calls n/a is not there. Table
# and key as sums: FNV-1a over the same bytes.
said() {
	for device in $devices; do
		for how in -g -l -c '-I -a' -x '-I --show-fec' ''; do
			echo "== $device $how"
			# shellcheck disable=SC2086 # two words
			ethtool $how "$device" 2>/dev/null
		done
	done | python3 -c '
import re, struct, sys
def put(signal, value):
	value = {"on": 1, "off": 0}.get(value, value)
	if value != "n/a":
		print("nic." + signal, "netdev:" + device, value, value, sep="\t")
def fnv(data):
	h = 2166136261
	for byte in data:
		h = (h ^ byte) * 16777619 & 0xffffffff
	return "%08x" % h
def named(text, names):
	for word, signal in names.items():
		for value in re.findall(r"^\s*%s:?\s+(\S+)$" % re.escape(word), text, re.M):
			put(signal, value)
def now_and_most(text, kind, names):
	most, _, now = text.partition("Current hardware settings")
	named(now, {word: kind + name for word, name in names.items()})
	named(most, {word: kind + name + "_max" for word, name in names.items() if name != "other"})
def spread(text):
	table = [int(q) for row in re.findall(r"^ *\d+: +((?:\d+ *)+)$", text, re.M) for q in row.split()]
	key = re.search(r"RSS hash key:\n((?:[0-9a-f]{2}:)+[0-9a-f]{2})", text)
	if table:
		put("rss.entries", len(table))
		put("rss.queues", len(set(table)))
		put("rss.most", max(table.count(q) for q in set(table)) * 10000 // len(table))
		put("rss.table", fnv(struct.pack("=%dI" % len(table), *table)))
		for name in re.findall(r"^ +(\w+): on$", text, re.M):
			put("rss.function", name)
	if key:
		put("rss.key", fnv(bytes.fromhex(key[1].replace(":", ""))))
for part in re.split(r"^== ", sys.stdin.read(), flags=re.M)[1:]:
	head, _, text = part.partition("\n")
	device, _, how = head.strip().partition(" ")
	if how == "-g":
		now_and_most(text, "ring.", {"RX": "rx", "TX": "tx"})
	elif how == "-l":
		now_and_most(text, "channel.", {"RX": "rx", "TX": "tx", "Combined": "combined", "Other": "other"})
	elif how == "-c":
		named(text, {"rx-usecs": "coalesce.rx_delay", "rx-frames": "coalesce.rx_frames", "tx-usecs": "coalesce.tx_delay",
			"tx-frames": "coalesce.tx_frames"})
		for rx, tx in re.findall(r"^Adaptive RX: (\S+)\s+TX: (\S+)", text, re.M):
			put("coalesce.adaptive_rx", rx)
			put("coalesce.adaptive_tx", tx)
	elif how == "-I -a":
		named(text, {"Autonegotiate": "pause.autoneg", "RX": "pause.rx_enabled", "TX": "pause.tx_enabled",
			"tx_pause_frames": "mac.tx.pause", "rx_pause_frames": "mac.rx.pause"})
	elif how == "-x":
		spread(text)
	elif how == "-I --show-fec":
		# what the driver does not tell is None as well, or nothing
		for name in re.findall(r"^Active FEC encodings?:.*[ \t](\S+)$", text, re.M):
			put("fec.active", "n/a" if name == "None" else "none" if name == "Off" else name.lower())
		named(text, {"corrected_blocks": "fec.corrected", "uncorrectable_blocks": "fec.uncorrectable",
			"corrected_bits": "fec.corrected_bits"})
	else:
		named(text, {"Auto-negotiation": "link.autoneg", "Lanes": "link.lanes"})
'
}
# check_all WHAT: everything that ethtool says, and as many rows as it says; those of other namespaces are nobody's here
check_all() {
	said >"$scratch/said"
	take
	agree "$scratch/said"
	rows=$(grep -v '	netdev:@' "$scratch/rows" | grep -cP '^nic\.(ring\.[rt]x(_max)?|channel\.(rx|tx|combined)(_max)?|coalesce|rss\.[a-z]+\t|pause\.(autoneg|[rt]x_enabled))')
	told=$(grep -cE '^nic\.(ring|channel\.(rx|tx|combined)|coalesce|rss|pause)' "$scratch/said")
	if [ "$rows" = "$told" ]; then ok "$1: $rows settings, as many as ethtool shows"; else bad "$1: ethtool shows $told settings, faultline $rows"; fi
}
# contexts: those that faultline knows of, as ethtool -x has them one by one
contexts() {
	awk -F '\t' '$1 == "nic.rss.context.table" { sub("netdev:", "", $2); sub("context=", "", $3); print $2, $3 }' "$scratch/rows" >"$scratch/contexts"
	while read -r device number; do
		ethtool -x "$device" context "$number" >"$scratch/context" 2>/dev/null || { bad "$device: ethtool knows no context $number"; continue; }
		python3 -c '
import re, struct, sys
def fnv(data):
	h = 2166136261
	for byte in data:
		h = (h ^ byte) * 16777619 & 0xffffffff
	return "%08x" % h
text = sys.stdin.read()
table = [int(q) for row in re.findall(r"^ *\d+: +((?:\d+ *)+)$", text, re.M) for q in row.split()]
print(len(table), len(set(table)), fnv(struct.pack("=%dI" % len(table), *table)))' <"$scratch/context" >"$scratch/summed"
		read -r entries queues sum <"$scratch/summed"
		equal "$device: entries of context $number" "$entries" nic.rss.context.entries "netdev:$device" "context=$number"
		equal "$device: queues of context $number" "$queues" nic.rss.context.queues "netdev:$device" "context=$number"
		equal "$device: table of context $number" "$sum" nic.rss.context.table "netdev:$device" "context=$number"
	done <"$scratch/contexts"
}
# one_more DEVICE: prints the number of a new context
one_more() { ethtool -X "$1" context new equal 1 2>/dev/null | sed -n 's/^New RSS context is //p'; }

check_all "as it is"
contexts
grep -q '^nic.rss.table' "$scratch/said" || skip 'ethtool_netlink: no interface here has a table that spreads flows'
grep -q '^nic.fec' "$scratch/said" || skip 'ethtool_netlink: no interface here has error correction'
grep -q '^nic.pause' "$scratch/said" || skip 'ethtool_netlink: no interface here has pause frames'

# Settings are changed in a guest only, and are seen to change.
if [ ! -d /run/lab ]; then
	skip 'ethtool_netlink: settings are changed in lab/guest only'
	finish
	exit
fi
for device in $devices; do
	ring=$(awk -F '\t' -v e="netdev:$device" '$1 == "nic.ring.rx" && $2 == e { print $3 }' "$scratch/said")
	[ -z "$ring" ] || ethtool -G "$device" rx $((ring / 2)) 2>/dev/null || skip "ethtool_netlink: $device keeps its ring"
	queues=$(awk -F '\t' -v e="netdev:$device" '$1 == "nic.channel.combined_max" && $2 == e { print $3 }' "$scratch/said")
	[ "${queues:-1}" = 1 ] || { ethtool -L "$device" combined $((queues / 2)) && ethtool -X "$device" weight 3 1; }
done
cp "$scratch/said" "$scratch/was"
check_all "changed"
made=''
for device in $devices; do made="$made$(one_more "$device")"; done
if [ -n "$made" ]; then
	take
	contexts
	if [ -s "$scratch/contexts" ]; then ok "a new context is seen"; else skip 'ethtool_netlink: kernels before 6.12 tell of the first context only'; fi
else
	skip 'ethtool_netlink: no interface here makes further contexts of RSS'
fi
if cmp -s "$scratch/was" "$scratch/said"; then skip 'ethtool_netlink: nothing could be changed'; else ok "what was changed is seen"; fi
finish
