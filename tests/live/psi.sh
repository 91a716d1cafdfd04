#!/bin/sh
# Pressure triggers against the totals of /proc/pressure: while too many loops share the CPUs here, and, in the guest,
# while a group of our own has less memory than it wants.
. tests/live/lib.sh

print=$(dirname "$FAULTLINE")/tests/listen_print
if [ ! -w /proc/pressure/cpu ]; then
	skip 'psi: no /proc/pressure here that we may write to'
	finish
	exit
fi
total() { awk -v l="$2" '$1 == l { sub(/.*total=/, ""); print }' "$1"; }
# told SIGNAL ENTITY: how often, and the microseconds that all of them together tell of
told() {
	awk -F '\t' -v s="$1" -v e="$2" '$2 == s && $3 == e { n++; t = $6; sub(/.*; /, "", t); us += int(t * 1000 + 0.5) }
		END { print n + 0, us + 0 }' "$scratch/events"
}
# compare NAME SIGNAL ENTITY GROWN THRESHOLD: grown is what the file's total says, in us
compare() {
	# shellcheck disable=SC2046 # two words
	set -- "$@" $(told "$2" "$3")
	if [ "$4" -lt "$5" ]; then
		skip "$1: the total grew by $4 us only, less than the $5 us of the trigger"
	elif [ "$6" -ge 1 ] && [ "$7" -ge "$5" ] && [ "$7" -le "$4" ]; then
		ok "$1: $6 events tell of $7 us, the total grew by $4 us"
	else
		bad "$1: $6 events tell of $7 us, the total grew by $4 us"
	fi
}
# heard: starts the listener and returns when it listens
heard() {
	"$print" "$1" psi >"$scratch/events" &
	listener=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		! grep -q '^ready' "$scratch/events" || break
		sleep 0.2
	done
}

cpu=$(total /proc/pressure/cpu some)
heard 7s
for _ in 1 2 3; do
	timeout 5 taskset -c 0 sh -c 'while :; do :; done' &
done
wait $listener
compare 'three loops on one CPU' sched.psi.cpu.some.trigger host $(($(total /proc/pressure/cpu some) - cpu)) 1000000
if grep -q '^source	psi	listens' "$scratch/events"; then ok 'it listened to the end'; else bad "$(grep '^source' "$scratch/events")"; fi
wait

# the host's groups are not ours to change: only the guest's are
root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -z "$root" ] || ! grep -qw memory "$root/cgroup.controllers" || ! grep -q '^overlay / ' /proc/mounts; then
	skip 'psi of memory: not in the guest, or the memory controller is not on cgroup v2'
	finish
	exit
fi
echo +memory >"$root/cgroup.subtree_control"
group=$root/faultline-psi
mkdir "$group"
echo 8M >"$group/memory.high"
memory=$(total /proc/pressure/memory some)
heard 14s
# over memory.high each step is throttled; it ends itself
timeout 10 sh -c 'echo $$ >"$1/cgroup.procs"; head -c 32M /dev/zero | tail >/dev/null' sh "$group" 2>/dev/null
wait $listener
compare 'a group over memory.high, the host' memory.psi.memory.some.trigger host \
	$(($(total /proc/pressure/memory some) - memory)) 300000
compare 'a group over memory.high, itself' cgroup.psi.memory.some.trigger cgroup:/faultline-psi \
	"$(total "$group/memory.pressure" some)" 300000
sleep 0.5
rmdir "$group"
finish
