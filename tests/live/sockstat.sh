#!/bin/sh
# Sockets: every row against awk on the files, and the whole against ss -s.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

said() {
	awk '{ p = tolower($1); sub(/:$/, "", p)
		for (i = 2; i < NF; i += 2) print (p == "sockets" ? "net.sockets." $i : "net.sockets." p "." $i) "\thost\t" $(i + 1) }' \
		/proc/net/sockstat /proc/net/sockstat6 2>/dev/null | grep -v udplite
}
said >"$scratch/before"
take
said >"$scratch/after"
# faultline's own netlink socket is among those in use: that one is compared with ss below
paste "$scratch/before" "$scratch/after" | awk -F '\t' -v OFS='\t' '$3 == $6 && $1 != "net.sockets.used" { print $1, $2, $3, $6 }' >"$scratch/both"
agree "$scratch/both"
if command -v ss >/dev/null; then
	total=$(ss -s | awk '$1 == "Total:" { print $2 }')
	got=$(value net.sockets.used host)
	# ss itself holds one or two, and so do our questions to the kernel
	if [ "$got" -ge $((total - 5)) ] && [ "$got" -le $((total + 5)) ]; then ok "ss: $total, faultline: $got"; else
		bad "ss says $total sockets, faultline $got"; fi
else
	skip "sockstat: no ss (iproute2)"
fi
finish
