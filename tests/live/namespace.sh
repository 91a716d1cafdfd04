#!/bin/sh
# Network namespaces: rows of a named one against tools that run inside it; none is kept alive; unnamed ones are found.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" -eq 0 ] || { skip "namespace: needs root"; finish; exit; }
ns=fl-test-$$
sleeper=''
clean() {
	[ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	ip netns del "$ns-peer" 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM
ip netns add "$ns" 2>/dev/null || { skip "namespace: no network namespace can be made here"; finish; exit; }

# neighbour discovery would send packets of its own between two readings; the setting is the namespace's
ip netns exec "$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null
ip -n "$ns" link set lo up
if ip -n "$ns" link add a0 type veth peer name b0 2>/dev/null; then
	ip -n "$ns" addr add 10.213.7.1/24 dev a0
	ip -n "$ns" link set a0 up
	ip -n "$ns" link set b0 up
else
	skip "namespace: no veth in this kernel"
fi
# one datagram to nobody, and ten segments or so over the loopback
ip netns exec "$ns" /usr/bin/python3 -c '
import socket
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(25): u.sendto(b"x" * 100, ("127.0.0.1", 9))
l = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(l.getsockname()); s, _ = l.accept()
c.sendall(b"y" * 50000); n = 0
while n < 50000: n += len(s.recv(65536))
'
ip netns exec "$ns" nstat -asz | awk '!/^#/ { print $1, $2 }' >"$scratch/nstat"
ip -n "$ns" -s -j link | /usr/bin/python3 -c '
import json, sys
for d in json.load(sys.stdin):
	for way in "rx", "tx":
		for key in "bytes", "packets", "errors", "dropped":
			value = d["stats64"][way][key]
			print("nic.%s.%s" % (way, key), "netdev:@" + sys.argv[1] + "/" + d["ifname"], value, value, sep="\t")
' "$ns" >"$scratch/links"
take
for pair in net.udp.no_ports:UdpNoPorts net.udp.out_datagrams:UdpOutDatagrams net.tcp.in_segs:TcpInSegs \
	net.tcp.out_segs:TcpOutSegs net.tcp.passive_opens:TcpPassiveOpens net.ip.in_receives:IpInReceives \
	net.udp.rcvbuf_errors:UdpRcvbufErrors net.tcp.orig_data_sent:TcpExtTCPOrigDataSent net.ip.in_octets:IpExtInOctets; do
	equal "$ns ${pair#*:}" "$(awk -v k="${pair#*:}" '$1 == k { print $2 }' "$scratch/nstat")" "${pair%:*}" "host:@$ns"
done
agree "$scratch/links"
[ "$(value net.udp.no_ports "host:@$ns")" = 25 ] && ok "25 datagrams to nobody" || bad "25 datagrams to nobody"
equal "sockets in $ns" "$(ip netns exec "$ns" awk '$1 == "UDP:" { print $3 }' /proc/net/sockstat)" net.sockets.udp.inuse "host:@$ns"

# a recorder that has read it must not hold it: its device goes when its name goes
if ip netns add "$ns-peer" && ip -n "$ns-peer" link add keep type veth peer name in netns "$ns" 2>/dev/null; then
	"$FAULTLINE" check --for 3s >/dev/null 2>&1 &
	watcher=$!
	sleep 1
	ip netns del "$ns"
	sleep 0.7
	# destroying the namespace destroys its end of the pair, and so this one
	if ip -n "$ns-peer" link show keep >/dev/null 2>&1; then
		bad "the namespace lives on while faultline runs"
	else
		ok "the namespace is gone while faultline runs"
	fi
	wait $watcher
	if [ $? -lt 3 ]; then ok "check went on without it"; else bad "check failed because a namespace went away"; fi
else
	skip "namespace: no veth, so it cannot be seen whether one is kept"
	ip netns del "$ns"
fi
take
if cut -f 2 "$scratch/rows" | grep -qE "@$ns(/|\$)"; then bad "rows of a namespace that is gone"; else ok "no rows of it afterwards"; fi

unshare -n sleep 30 &
sleeper=$!
sleep 0.5
inode=$(readlink "/proc/$sleeper/ns/net" | tr -dc 0-9)
take
[ -n "$(value nic.mtu "netdev:@$inode/lo")" ] && ok "unnamed namespace $inode: its lo is there" || bad "unnamed namespace $inode has no lo"
[ -n "$(value net.tcp.in_segs "host:@$inode")" ] && ok "unnamed namespace $inode: its counters are there" || bad "unnamed namespace $inode has no counters"
finish
