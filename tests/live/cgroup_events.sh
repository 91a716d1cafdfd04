#!/bin/sh
# Events of control groups against their files, in the guest: a limit that is met, forks refused, a group that is
# frozen, emptied, removed and made again.
. tests/live/lib.sh

print=$(dirname "$FAULTLINE")/tests/listen_print
root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
# the host's groups are not ours to change: only the guest's are
if [ -z "$root" ] || ! grep -qw memory "$root/cgroup.controllers" || ! grep -q '^overlay / ' /proc/mounts; then
	skip 'cgroup events: not in the guest, or the memory controller is not on cgroup v2'
	finish
	exit
fi
key() { awk -v k="$2" '$1 == k { print $2 }' "$1"; }
# told KEY ENTITY: the sum of the counts of its events
told() { awk -F '\t' -v s="cgroup.event.$1" -v e="cgroup:$2" '$2 == s && $3 == e { n += $5 } END { print n + 0 }' "$scratch/events"; }
same() { if [ "$2" = "$3" ]; then ok "$1: $2"; else bad "$1: the file says $2, the events $3"; fi; }
# run GROUP COMMAND...: in the group
run() {
	group=$1
	shift
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

echo '+memory +pids' >"$root/cgroup.subtree_control"
mkdir "$root/faultline-old"
"$print" 30s cgroup >"$scratch/events" &
listener=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	! grep -q '^ready' "$scratch/events" || break
	sleep 0.3
done

# one that was there before, and one that is made while it listens, two levels deep, and used at once
mkdir -p "$root/faultline-new"
echo +memory >"$root/faultline-new/cgroup.subtree_control"
mkdir "$root/faultline-new/inner"
for group in faultline-old faultline-new/inner; do
	echo 8M >"$root/$group/memory.max"
	run "$root/$group" sh -c 'head -c 64M /dev/zero | tail' >/dev/null 2>&1
done
echo 2 >"$root/faultline-old/pids.max"
run "$root/faultline-old" sh -c 'sleep 0.1 & sleep 0.1 & sleep 0.1 & wait' 2>/dev/null
sleep 1
echo 1 >"$root/faultline-old/cgroup.freeze"
sleep 0.5
echo 0 >"$root/faultline-old/cgroup.freeze"
# the same name again is another group
mkdir "$root/faultline-again"
rmdir "$root/faultline-again"
mkdir "$root/faultline-again"
echo 8M >"$root/faultline-again/memory.max"
run "$root/faultline-again" sh -c 'head -c 64M /dev/zero | tail' >/dev/null 2>&1
wait $listener

for group in faultline-old faultline-new/inner faultline-again; do
	for event in max oom oom_kill; do
		same "$event of $group" "$(key "$root/$group/memory.events" $event)" "$(told $event "/$group")"
	done
	if [ "$(told oom_kill "/$group")" -gt 0 ]; then ok "$group was killed in"; else bad "no kill in $group"; fi
done
same 'kills told of the group above, which are not its own' "$(key "$root/faultline-new/memory.events.local" oom_kill)" \
	"$(told oom_kill /faultline-new)"
refused=$(key "$root/faultline-old/pids.events" max)
same 'forks refused' "$refused" "$(told pids_max /faultline-old)"
if [ "$refused" -gt 0 ]; then ok "forks were refused: $refused"; else bad 'no fork was refused'; fi
same 'frozen and thawed' 2 "$(told frozen /faultline-old)"
# empty, then with tasks, and empty again: an even number of changes, one at least for each of its two uses
changes=$(told populated /faultline-old)
if [ "$changes" -ge 2 ] && [ $((changes % 2)) -eq 0 ]; then ok "it came and went: $changes"; else bad "populated changed $changes times"; fi
[ "$failed" -eq 0 ] || cat "$scratch/events"
rmdir "$root/faultline-old" "$root/faultline-new/inner" "$root/faultline-new" "$root/faultline-again"
finish
