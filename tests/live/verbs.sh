#!/bin/sh
# What RDMA devices tell those who hold them open, beside ibv_asyncwatch: the same events of rxe0's port, as its interface
# goes down and up and gets another address; who did not ask is told how; the device is let go of when the recorder ends.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

watching='' recorder=''
clean() {
	# shellcheck disable=SC2086 # a list of numbers
	kill $watching $recorder 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM

# soon COMMAND...: true when it becomes true within 20 s
soon() {
	tries=100
	while ! "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.2
	done
}
record() {
	"$FAULTLINE" record --store "$@" >"$scratch/said" 2>&1 &
	recorder=$!
	soon grep -qs '^recording into' "$scratch/said" || bad "the recorder does not begin: $(cat "$scratch/said")"
}
end_recorder() {
	kill "$recorder"
	wait "$recorder"
	recorder=''
}
# why STORE: why the listener is blind there; nothing: it is not
why() {
	"$FAULTLINE" check --store "$1" --format json | grep -A 4 '"source": "verbs/async-events"' |
		sed -n '/}/q; s/.*"why": "\(.*\)".*/\1/p'
}

if ! ls /sys/class/infiniband/* >/dev/null 2>&1; then
	# there is nothing to hold open, and that is no reason to fail
	record "$scratch/none" --verbs-events --every 500ms --collectors cpu
	sleep 1.5
	end_recorder
	if [ -s "$scratch/none" ]; then ok "a recorder with --verbs-events, and no device"; else bad "no store: $(cat "$scratch/said")"; fi
	skip "verbs: no RDMA device here"
	finish
	exit
fi

record "$scratch/unasked" --every 500ms --collectors infiniband
sleep 1.5
end_recorder
why=$(why "$scratch/unasked")
case $why in
*"record --verbs-events"*) ok "who did not ask is told how: $why" ;;
*) bad "who did not ask is told: '$why'" ;;
esac

command -v ibv_asyncwatch >/dev/null || { skip "verbs: no ibv_asyncwatch (ibverbs-utils)"; finish; exit; }
netdev=$(cat /sys/class/infiniband/rxe0/ports/1/gid_attrs/ndevs/0 2>/dev/null)
if [ -z "$netdev" ] || [ "$(id -u)" -ne 0 ]; then
	skip "verbs: no rxe0 whose interface can be taken down"
	finish
	exit
fi
contexts() { rdma resource show | awk '{ for (i = 3; i < NF; i++) if ($2 == "rxe0:" && $i == "ctx") print $(i + 1) }'; }
has() { [ "$(contexts)" -eq "$1" ]; }
is_in_state() { grep -q "$1" /sys/class/infiniband/rxe0/ports/1/state; }
# seen COUNT EVENT: by the tool
seen() { [ "$(grep -c "$2" "$scratch/watch")" -ge "$1" ]; }

before=$(contexts)
stdbuf -o0 ibv_asyncwatch -d rxe0 >"$scratch/watch" 2>&1 &
watching=$!
soon has $((before + 1)) || bad "ibv_asyncwatch does not open rxe0: $(cat "$scratch/watch")"
record "$scratch/store" --verbs-events --every 500ms --collectors infiniband
if soon has $((before + 2)); then ok "the device is held open"; else bad "nobody opens rxe0"; fi
for n in 1 2; do
	ip link set "$netdev" down
	soon is_in_state DOWN || bad "rxe0 does not go down with $netdev"
	soon seen $n IBV_EVENT_PORT_ERR || bad "ibv_asyncwatch sees no error of the port"
	ip link set "$netdev" up
	soon is_in_state ACTIVE || bad "rxe0 does not come up with $netdev"
	soon seen $n IBV_EVENT_PORT_ACTIVE || bad "ibv_asyncwatch does not see the port come up"
done
ip address add 10.98.0.1/24 dev "$netdev"
ip address del 10.98.0.1/24 dev "$netdev"
sleep 1
kill $watching
wait $watching 2>/dev/null
watching=''
end_recorder
sed -n 's/.*event_type \(IBV_EVENT_[A-Z_]*\) ([0-9]*), port \([0-9]*\).*/\1 rdma:rxe0\/\2/p' "$scratch/watch" | sort >"$scratch/theirs"
"$FAULTLINE" events --store "$scratch/store" | awk -F '\t' '$6 ~ /\(IBV_EVENT_/ { name = $6; gsub(/.*\(|\).*/, "", name); print name, $3 }' | sort >"$scratch/ours"
if [ -s "$scratch/theirs" ] && cmp -s "$scratch/theirs" "$scratch/ours"; then
	ok "ibv_asyncwatch and we: $(uniq -c "$scratch/ours" | tr -s ' \n' ' ')"
	note rdma.notice.port.error rdma.notice.port.active
	! grep -q GID_CHANGE "$scratch/ours" || note rdma.notice.port.gid
else
	bad "ibv_asyncwatch: $(uniq -c "$scratch/theirs" | tr -s ' \n' ' '); we: $(uniq -c "$scratch/ours" | tr -s ' \n' ' ')"
fi
for event in PORT_ERR PORT_ACTIVE; do
	if [ "$(grep -c "IBV_EVENT_$event " "$scratch/ours")" -ge 2 ]; then ok "IBV_EVENT_$event twice"; else bad "IBV_EVENT_$event: $(cat "$scratch/ours")"; fi
done
why=$(why "$scratch/store")
if [ -z "$why" ]; then ok "and it is not blind"; else bad "it listened, and is blind: $why"; fi
if soon has "$before"; then ok "it is let go of at the end"; else bad "$(contexts) contexts are open, before there were $before"; fi

# a recorder that is killed leaves no process that holds it, and one whose helper stands still goes on
record "$scratch/killed" --verbs-events --every 500ms --collectors infiniband
soon has $((before + 1)) || bad "nobody opens rxe0 again"
helper=$(pgrep -P "$recorder" -f -- --verbs-child)
kill -STOP "$helper"
sleep 2
ticks=$("$FAULTLINE" store info "$scratch/killed" | sed -n 's/^ticks *\([0-9]*\),.*/\1/p')
if [ "${ticks:-0}" -ge 3 ]; then ok "it goes on while its helper stands still: $ticks readings"; else bad "'$ticks' readings while its helper stood still"; fi
kill -CONT "$helper"
kill -9 "$recorder"
wait "$recorder" 2>/dev/null
recorder=''
if soon has "$before"; then ok "who is killed leaves nobody behind"; else bad "$(contexts) contexts are open behind a killed recorder"; fi
finish
