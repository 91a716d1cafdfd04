#!/bin/sh
# IP, TCP and UDP counters: every row against nstat, read before and after.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
command -v nstat >/dev/null || { skip "snmp: no nstat (iproute2)"; finish; exit; }

# the table's own keys: signal and the name nstat has for it
"$FAULTLINE" signals >/dev/null || exit 1
sed -n 's/^	{ "\(net\.[^"]*\)", *"\([A-Za-z0-9]*\)", *\([A-Z]*\).*/\1 \2 \3/p' src/collect/snmp.c >"$scratch/keys"
said() {
	NSTAT_HISTORY=$scratch/history nstat -asz | awk '!/^#/ { print $1, $2 }'
	# a gauge, which nstat leaves out
	awk '$1 == "Tcp:" && n++ { print "TcpCurrEstab", $at } $1 == "Tcp:" { for (i = NF; i; i--) if ($i == "CurrEstab") at = i }' \
		/proc/net/snmp
}
said >"$scratch/before"
take
said >"$scratch/after"
awk -v OFS='\t' '
	FILENAME ~ /before$/ { before[$1] = $2; next }
	FILENAME ~ /after$/ { after[$1] = $2; next }
	$2 in before && ($3 == "COUNTER" || before[$2] == after[$2]) { print $1, "host", before[$2], after[$2] }
' "$scratch/before" "$scratch/after" "$scratch/keys" >"$scratch/both"
agree "$scratch/both"
# what this kernel does not count must have no row; a namespace that somebody left here has rows of its own
awk -F "\t" '$2 == "host" { print $1 }' "$scratch/rows" | grep -E '^net\.(ip|ip6|icmp|tcp|udp|udp6)\.' | sort >"$scratch/have"
awk 'NR == FNR { known[$1]; next } $2 in known { print $1 }' "$scratch/before" "$scratch/keys" | sort >"$scratch/want"
if cmp -s "$scratch/have" "$scratch/want"; then ok "$(wc -l <"$scratch/have") rows, as many as this kernel has of ours"; else
	bad "rows: $(diff "$scratch/want" "$scratch/have" | grep '^[<>]' | tr '\n' ' ')"; fi
finish
