#!/bin/sh
# What listeners hear of an interface in a namespace of its own, beside `ip monitor`; that no namespace is kept alive;
# what the kernel does not tell of is blind.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
LISTEN=${LISTEN:-$(dirname "$FAULTLINE")/tests/listen_print}
[ -x "$LISTEN" ] || { skip "listen: no $LISTEN here (ninja builds it)"; finish; exit; }
ns=fl-listen-$$
pids=''
clean() {
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$pids" ] || kill $pids 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	ip netns del "$ns-other" 2>/dev/null
	ip link del "${device:-}" 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM

# hear DURATION LISTENER...: in the background, into $scratch/heard
hear() {
	: >"$scratch/heard" # not in the background: what an earlier one said must not look like this one's
	"$LISTEN" "$@" >"$scratch/heard" 2>&1 &
	hearing=$!
	pids="$pids $hearing"
	soon grep -q '^ready' "$scratch/heard" || bad "the listeners do not get ready"
}
# soon COMMAND...: true when it becomes true within 30 s
soon() {
	tries=150
	while ! "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.2
	done
}
# heard_until PATTERN: ends the hearing when it has heard of that; what came before has been heard by then
heard_until() {
	soon grep -q "$1" "$scratch/heard" || bad "nobody hears of $1"
	kill "$hearing"
	wait "$hearing"
}
gone() { ! ip -n "$ns-other" link show keep >/dev/null 2>&1; }
# heard SIGNAL ENTITY: how often, by the column of counts
heard() { awk -F '\t' -v s="$1" -v e="$2" '$2 == s && $3 == e { n += $5 } END { print n + 0 }' "$scratch/heard"; }
# often NAME EXPECTED SIGNAL ENTITY
often() {
	got=$(heard "$3" "$4")
	if [ "$got" = "$2" ]; then ok "$1: $got $3"; else bad "$1: $3 of $4 $got times, not $2"; fi
}

hear 1s
wait "$hearing"
for name in clock link uevent; do
	if grep -q "^source	$name	listens" "$scratch/heard"; then ok "$name listens"; else bad "$name: $(grep "^source	$name" "$scratch/heard")"; fi
done
if grep -qs ' devlink_nl_' /proc/kallsyms; then
	if grep -q "^source	devlink	listens" "$scratch/heard"; then ok "devlink listens"; else bad "devlink: $(grep '^source	devlink' "$scratch/heard")"; fi
elif grep -q "^source	devlink	absent	the kernel has no devlink" "$scratch/heard"; then
	ok "without devlink its listener is blind, and says why"
else
	bad "no devlink here, and its listener says: $(grep '^source	devlink' "$scratch/heard")"
fi

[ "$(id -u)" -eq 0 ] || { skip "listen: needs root for a namespace"; finish; exit; }
ip netns add "$ns" 2>/dev/null || { skip "listen: no network namespace can be made here"; finish; exit; }
if ip -n "$ns" link add a0 type veth peer name b0 2>/dev/null; then
	ip -n "$ns" link set b0 up
else
	skip "listen: no veth in this kernel"
	finish
	exit
fi

down=/sys/class/net/a0/carrier_down_count
before=$(ip netns exec "$ns" cat "$down")
hear 60s link
timeout 60 ip -n "$ns" monitor link >"$scratch/monitor" 2>&1 &
monitor=$!
pids="$pids $monitor"
mtu=60000 # of lo, until ip monitor has begun to listen
monitors() { ip -n "$ns" link set lo mtu $((mtu += 1)) && sleep 0.2 && [ -s "$scratch/monitor" ]; }
soon monitors || bad "ip monitor says nothing"
ip -n "$ns" link set a0 up
sleep 0.5
for _ in 1 2 3; do
	ip -n "$ns" link set b0 down
	sleep 0.2
	ip -n "$ns" link set b0 up
	sleep 0.2
done
ip -n "$ns" link set a0 mtu 1400
ip -n "$ns" link set b0 down
ip -n "$ns" link set b0 name c0
ip -n "$ns" link add new0 type veth peer name new1
ip -n "$ns" link del new0
ip -n "$ns" link set lo mtu 50000
soon grep -q 'lo:.* mtu 50000' "$scratch/monitor" || bad "ip monitor does not hear of the last change"
kill "$monitor"
heard_until "nic.notice.mtu.*@$ns/lo.*50000"
often "a0 set up" 1 nic.notice.admin.up "netdev:@$ns/a0"
often "b0 set down three times and once" 4 nic.notice.admin.down "netdev:@$ns/b0"
often "b0 set up three times" 3 nic.notice.admin.up "netdev:@$ns/b0"
often "the carrier of a0, whose peer went down" $(($(ip netns exec "$ns" cat "$down") - before)) nic.notice.carrier.lost "netdev:@$ns/a0"
often "MTU of a0" 1 nic.notice.mtu "netdev:@$ns/a0"
often "b0 is c0" 1 nic.notice.link.renamed "netdev:@$ns/c0"
often "new0 came" 1 nic.notice.link.appeared "netdev:@$ns/new0"
often "new1 went" 1 nic.notice.link.gone "netdev:@$ns/new1"
often "a0 did not go" 0 nic.notice.link.gone "netdev:@$ns/a0"
# what ip monitor saw: state changes of a0 in its words, and deletions
for state in UP LOWERLAYERDOWN; do
	monitor=$(grep '^[0-9]*: a0@' "$scratch/monitor" | sed -n 's/.* state \([A-Z]*\).*/\1/p' | uniq | grep -c "^$state\$")
	ours=$(awk -F '\t' -v e="netdev:@$ns/a0" -v s="$state" '$2 == "nic.notice.operstate" && $3 == e && toupper($6) ~ ("STATE " s ",") { n++ } END { print n + 0 }' "$scratch/heard")
	if [ "$monitor" -gt 0 ] && [ "$monitor" -eq "$ours" ]; then
		ok "ip monitor and we: a0 became $state $ours times"
	else
		bad "a0 became $state: $monitor times for ip monitor, $ours for us"
	fi
done
monitor=$(grep -c '^Deleted' "$scratch/monitor")
ours=$(grep -c 'nic.notice.link.gone' "$scratch/heard")
if [ "$monitor" -eq "$ours" ]; then ok "ip monitor and we: $ours deletions"; else bad "deletions: $monitor for ip monitor, $ours for us"; fi
if awk -F '\t' '$1 == "arrival" { n++; if ($2 + 0 <= 0 || $3 < $2 || $3 - $2 > 1.5) wrong++ } END { exit !(n && !wrong) }' "$scratch/heard"; then
	ok "each arrived in an interval, none wider than the time between two events"
else
	bad "arrival: $(grep '^arrival' "$scratch/heard" | head -n 3)"
fi

# the device of the one namespace goes with the name of the other, although somebody listens in both
if ip netns add "$ns-other" && ip -n "$ns-other" link add keep type veth peer name in netns "$ns"; then
	LISTEN_RESCAN=90s hear 60s link # so that no rescan lets go of it
	ip netns del "$ns"
	if soon gone; then ok "a namespace whose name went is gone at once"; else bad "the namespace lives on while somebody listens"; fi
	heard_until "nic.notice.link.gone.*@$ns-other/keep"
	often "its other end" 1 nic.notice.link.gone "netdev:@$ns-other/keep"
fi
unshare -n sleep 30 &
sleeper=$!
pids="$pids $sleeper"
sleep 0.3
if ip -n "$ns-other" link add keep type veth peer name in netns "$sleeper" 2>/dev/null; then
	LISTEN_RESCAN=90s hear 60s link
	kill "$sleeper"
	if soon gone; then ok "the namespace of a process that ended is gone at once"; else bad "the namespace of a process that ended lives on"; fi
	heard_until "nic.notice.link.gone.*@$ns-other/keep"
fi

device=flu$$
hear 60s uevent link
if ip link add "$device" type veth peer name "${device}p" && ip link del "$device"; then
	heard_until "nic.notice.link.gone.*netdev:$device	"
	often "a device came" 1 nic.notice.device.added "netdev:$device"
	often "a device went" 1 nic.notice.device.removed "netdev:$device"
	often "and rtnetlink says so too" 1 nic.notice.link.gone "netdev:$device"
else
	skip "listen: no interface can be made in the own namespace"
fi
# to ask for it again is no news; what comes after it is
hear 60s uevent
if echo add >/sys/class/net/lo/uevent 2>/dev/null && ip link add "$device" type veth peer name "${device}p" 2>/dev/null; then
	heard_until "nic.notice.device.added.*netdev:$device	"
	often "somebody asked for lo again" 0 nic.notice.device.added netdev:lo
fi
finish
