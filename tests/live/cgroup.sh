#!/bin/sh
# Cgroups of version 2 against plain reads; where the memory controller is on v2 (the guest), a group of our own
# that meets its limit.
. tests/live/lib.sh

root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -z "$root" ]; then
	skip 'cgroup: no cgroup v2 is mounted here'
	finish
	exit
fi
key() { awk -v k="$2" '$1 == k { print $2 }' "$1"; }

before=$(key "$root/cpu.stat" usage_usec)
take
between 'CPU time of the root group' "$before" "$(key "$root/cpu.stat" usage_usec)" cgroup.cpu.usage cgroup:/
equal 'dying groups' "$(key "$root/cgroup.stat" nr_dying_descendants)" cgroup.dying cgroup:/

# the host's groups are not ours to change: only the guest's are
if ! grep -qw memory "$root/cgroup.controllers" || ! grep -q '^overlay / ' /proc/mounts; then
	skip 'cgroup limits: not in the guest, or the memory controller is not on cgroup v2'
	finish
	exit
fi
echo +memory >"$root/cgroup.subtree_control"
mkdir "$root/faultline-test"
echo 8M >"$root/faultline-test/memory.max"
echo 0 >"$root/faultline-test/memory.swap.max" 2>/dev/null
sh -c 'echo $$ >"$1/faultline-test/cgroup.procs"; exec head -c 64M /dev/zero | tail >/dev/null' sh "$root" 2>/dev/null
take
for event in max oom oom_kill; do
	equal "memory.events $event of a group at its limit" "$(key "$root/faultline-test/memory.events" $event)" \
		"cgroup.memory.events.$event" cgroup:/faultline-test
done
equal 'its limit' "$(cat "$root/faultline-test/memory.max")" cgroup.memory.max cgroup:/faultline-test
kills=$(value cgroup.memory.events.oom_kill cgroup:/faultline-test)
if [ "${kills:-0}" -gt 0 ]; then ok "the OOM killer came: $kills"; else bad 'no OOM kill was seen'; fi
rmdir "$root/faultline-test"
finish
