#!/bin/sh
# Heat, voltage and light of transceivers against what `ethtool -m` makes of the same pages, before and after.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

command -v ethtool >/dev/null || { skip 'transceiver: no ethtool'; finish; exit; }
devices=''
for link in /sys/class/net/*/device/driver; do
	[ -e "$link" ] || continue
	device=${link%/device/driver}
	device=${device##*/}
	! ethtool -m "$device" >/dev/null 2>&1 || devices="$devices $device"
done
if [ -z "$devices" ]; then
	take
	none=$(grep -cE '^nic\.module\.(type|temperature|voltage|[rt]x_)' "$scratch/rows")
	if [ "$none" = 0 ]; then ok "no transceiver here, and none is told of"; else bad "no transceiver here, and $none rows tell of one"; fi
	skip 'transceiver: no port here has a transceiver that ethtool -m can read'
	finish
	exit
fi

# said: SIGNAL<TAB>ENTITY SUB<TAB>VALUE of all devices; * is all lanes that faultline judges
said() {
	for device in $devices; do
		echo "== $device"
		ethtool -m "$device" 2>/dev/null
	done | python3 -c '
import re, sys
monitors = ((r"Module temperature", "temperature", 100), (r"Module voltage", "voltage", 100),
	(r"Laser (?:tx )?bias current ?", "tx_bias", 100), (r"(?:Laser output power|Transmit avg optical power ?)", "tx_power", 100000),
	(r"(?:Receiver|Rcvr) signal (?:average optical power|avg optical power|OMA) ?", "rx_power", 100000))
limits = {"Module temperature high alarm": "temperature_alarm", "Module temperature high warning": "temperature_warning",
	"Laser rx power low alarm": "rx_power_alarm *", "Laser rx power low warning": "rx_power_warning *"}
for part in re.split(r"^== ", sys.stdin.read(), flags=re.M)[1:]:
	device, _, text = part.partition("\n")
	for line in text.splitlines():
		name, _, value = (word.strip() for word in line.partition(" : "))
		number = re.match(r"-?[0-9.]+ ", value)
		if name.endswith(" threshold") and name[:-10] in limits:
			signal, _, sub = limits[name[:-10]].partition(" ")
			print("nic.module." + signal, "netdev:%s %s" % (device, sub or "-"), round(float(number[0]) * (100000 if sub else 100)), sep="\t")
		for pattern, signal, times in monitors:
			found = re.fullmatch(pattern + r"(?:\(Channel (\d+)\))?", name)
			if found and number:
				sub = "lane=%s" % (found[1] or 1) if signal[2] == "_" else "-"
				print("nic.module." + signal, "netdev:%s %s" % (device, sub), round(float(number[0]) * times), sep="\t")
'
}
# The sub is part of the entity in what is compared.
said >"$scratch/before"
take
said >"$scratch/after"
awk -F '\t' -v OFS='\t' '$1 ~ /^nic\.module\./ { print $1, $2 " " $3, "-", $4 }' "$scratch/rows" >"$scratch/flat"
mv "$scratch/flat" "$scratch/rows"
both
# Two decimals may be rounded otherwise, by one in the last; light whose numbers the reader calibrates, which ethtool does
# term by term in whole numbers, by two.
awk -F '\t' -v OFS='\t' '
	NR == FNR { rows[$1 "\t" $2]; next }
	{ wide = $1 ~ /temperature|voltage|bias/ ? 1 : 20; low = ($3 < $4 ? $3 : $4) - wide; high = ($3 < $4 ? $4 : $3) + wide }
	$2 ~ /\*$/ { sub(/\*$/, "", $2); for (lane = 1; lane <= 8; lane++) if (($1 "\t" $2 "lane=" lane) in rows) print $1, $2 "lane=" lane, low, high; next }
	# a monitor at 0 without thresholds is none
	$3 != 0 || ($1 "\t" $2) in rows { print $1, $2, low, high }' "$scratch/rows" "$scratch/both" >"$scratch/said"
agree "$scratch/said"
for device in $devices; do
	rows=$(awk -F '\t' -v d="netdev:$device " '$1 ~ /^nic\.module\.(temperature|voltage|[rt]x_(power|bias))$/ && index($2, d) == 1' "$scratch/rows" | wc -l)
	told=$(awk -F '\t' -v d="netdev:$device " '$1 ~ /^nic\.module\.(temperature|voltage|[rt]x_(power|bias))$/ && index($2, d) == 1' "$scratch/said" | wc -l)
	if [ "$rows" = "$told" ]; then ok "$device: $rows monitors, as many as ethtool shows"; else bad "$device: ethtool shows $told monitors, faultline $rows"; fi
done
finish
