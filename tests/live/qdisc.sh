#!/bin/sh
# Queueing disciplines against tc -s -j qdisc: here, and in a namespace where packets wait, are dropped and are sent by
# several queues.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin
command -v tc >/dev/null || { skip 'qdisc: no tc (iproute2)'; finish; exit; }

# said NETNS: SIGNAL<TAB>ENTITY<TAB>VALUE; the root is the interface, what hangs under mq is a queue
said() {
	tc ${1:+-n "$1"} -s -j qdisc | python3 -c '
import json, sys
ns = "@%s/" % sys.argv[1] if sys.argv[1] else ""
both = {"backlog": "backlog", "qlen": "waiting", "drops": "drops", "requeues": "requeues", "packets": "packets"}
by_queue = {}
def put(signal, who, value):
	print("net.qdisc." + signal, who, value, sep="\t")
for q in json.load(sys.stdin):
	dev, kind = q["dev"], q["kind"]
	if q.get("root"):
		by_queue[dev] = q["handle"] if kind in ("mq", "mqprio", "taprio") else None
		if kind == "noqueue":
			continue
		for key, signal in dict(both, overlimits="overlimits", bytes="bytes").items():
			put(signal, "netdev:" + ns + dev, q[key])
	elif kind in ("ingress", "clsact"):
		put("ingress_drops", "netdev:" + ns + dev, q["drops"])
	elif by_queue.get(dev) and q["parent"].split(":")[0] in ("", by_queue[dev].split(":")[0]):
		who = "queue:%s%s/tx-%d" % (ns, dev, int(q["parent"].split(":")[1], 16) - 1)
		for key, signal in both.items():
			put("queue." + signal, who, q[key])
		put("queue.kind", who, kind)
' "$1"
}
# check WHAT NETNS: read before and after ours; gauges that moved in between are left out
check() {
	said "$2" >"$scratch/before"
	take
	said "$2" >"$scratch/after"
	both
	awk -F '\t' '$1 !~ /(backlog|waiting)$/ || $3 == $4' "$scratch/both" >"$scratch/compare"
	agree "$scratch/compare"
	told=$(wc -l <"$scratch/before")
	rows=$(awk -F '\t' -v ns="$2" '/^net\.qdisc\./ && (ns == "" ? $2 !~ /:@/ : index($2, ":@" ns "/"))' "$scratch/rows" | wc -l)
	if [ "$rows" = "$told" ]; then ok "$1: $rows rows, as many as tc has"; else bad "$1: tc has $told numbers, faultline $rows"; fi
}
check "as it is" ''

[ "$(id -u)" = 0 ] || { skip 'qdisc: the namespace needs root'; finish; exit; }
space=fl-qdisc-$$
if ! ip netns add $space; then
	skip 'qdisc: no namespace could be made'
	finish
	exit
fi
# shellcheck disable=SC2064 # now
trap "ip netns del $space; rm -rf '$scratch'" EXIT
# Each discipline on an interface of its own, of four queues; nobody answers there. As few processes as possible: the
# guest is slow.
cat >"$scratch/wanted" <<'END'
tbf rate 8bit burst 3000 limit 20000
netem delay 200s limit 50
fq limit 100
fq_codel limit 100
pfifo limit 10
mq
END
# shellcheck disable=SC2046 # words
modprobe -qa veth $(sed 's/ .*//; s/^/sch_/' "$scratch/wanted") 2>/dev/null
awk '{ print "link add name q-" $1 " numtxqueues 4 numrxqueues 4 type veth peer name p." NR " numtxqueues 4 numrxqueues 4"
	print "address add 192.0.2." NR * 16 + 1 "/28 dev q-" $1
	print "link set p." NR " up"
	print "link set q-" $1 " up"
	print "neigh add 192.0.2." NR * 16 + 2 " lladdr 02:00:00:00:00:09 dev q-" $1 }' "$scratch/wanted" >"$scratch/ip"
if ! ip -n $space -batch "$scratch/ip" >"$scratch/why" 2>&1; then
	skip "qdisc: no veth here: $(head -n 1 "$scratch/why")"
	finish
	exit
fi
awk '{ print "qdisc replace dev q-" $1 " root " $0 } END { print "qdisc add dev q-" $1 " clsact" }' "$scratch/wanted" >"$scratch/tc"
tc -n $space -force -batch "$scratch/tc" >/dev/null 2>&1
tc -n $space qdisc show >"$scratch/shown"
kinds=
while read -r kind _; do
	if grep -q "^qdisc $kind [0-9a-f]*: dev q-$kind root" "$scratch/shown"; then kinds="$kinds $kind"; else skip "qdisc: this kernel has no $kind"; fi
done <"$scratch/wanted"
ip netns exec $space python3 -c '
import socket
for net in range(1, 7):
	for port in range(9000, 9016):
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for i in range(20):
			try:
				s.sendto(b"x" * 1000, ("192.0.2.%d" % (net * 16 + 2), port))
			except OSError:
				pass  # the queue is full, and says so; or there is no such network
'
check "in the namespace" $space
for kind in $kinds; do
	sent=$(value net.qdisc.packets "netdev:@$space/q-$kind")
	waits=$(value net.qdisc.waiting "netdev:@$space/q-$kind")
	if [ "${sent:-0}" -gt 0 ] || [ "${waits:-0}" -gt 0 ]; then ok "$kind: $sent packets left, $waits wait"; else bad "$kind: nothing was sent through it"; fi
done
case $kinds in
*tbf*)
	if [ "$(value net.qdisc.drops "netdev:@$space/q-tbf")" -gt 0 ]; then ok 'tbf: packets were dropped'; else bad 'tbf: nothing was dropped'; fi
	# bytes that stay where they are: check names the interface, and a command that says the same
	"$FAULTLINE" check --for 2s 2>/dev/null | tr -s ' \n' ' ' >"$scratch/check"
	case $(cat "$scratch/check") in
	*"none leaves seen net.qdisc.backlog of netdev:@$space/q-"*" confirm ip netns exec $space"*) ok "check names what holds bytes" ;;
	*) bad "check does not name q-tbf, which holds bytes: $(tc -n $space -s qdisc show dev q-tbf)" ;;
	esac
	;;
esac
finish
