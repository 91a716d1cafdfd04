#!/bin/sh
# Processes with queue pairs on the wrong NUMA node, in the guest: taskset binds them, `rdma resource`, taskset, lscpu and
# memory.numa_stat say where they are; check names those that may run nowhere near, and nobody else.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin:$(dirname "$FAULTLINE")

if [ ! -d /run/lab ]; then skip 'rdma_place: links of RDMA are made in the guest only'; finish; exit; fi
for tool in rdma taskset lscpu rdma-flow; do
	command -v $tool >/dev/null || { skip "rdma_place: no $tool here"; finish; exit; }
done
root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
lscpu -p=CPU,NODE | grep -v '^#' >"$scratch/nodes"
function=$(readlink -f /sys/class/net/eth1 | grep -oE '[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]' | tail -n 1)
here=$(cat "/sys/bus/pci/devices/$function/numa_node")
near=$(awk -F , -v n="$here" '$2 == n { print $1; exit }' "$scratch/nodes")
far=$(awk -F , -v n="$here" '$2 != n { print $1; exit }' "$scratch/nodes")
if [ "$here" -lt 0 ] || [ -z "$near" ] || [ -z "$far" ]; then bad "eth1 is on node $here, near is CPU '$near', far '$far'"; finish; exit 1; fi
receiver='' sender='' hog=''
clean() {
	# shellcheck disable=SC2086 # a list of numbers
	kill $receiver $sender $hog 2>/dev/null
	# shellcheck disable=SC2086
	wait $receiver $sender $hog 2>/dev/null
	rdma link delete rxe1 2>/dev/null
	ip address del 10.99.78.1/24 dev eth1 2>/dev/null
	rmdir "$root/faultline-place" 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM

ip link set eth1 up && ip address add 10.99.78.1/24 dev eth1 && rdma link add rxe1 type rxe netdev eth1 || bad 'no rxe1 on eth1'
echo +memory >"$root/cgroup.subtree_control" && mkdir -p "$root/faultline-place" || bad 'no group of our own'
# in_group COMMAND...: as a process of the group
in_group() { exec sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$root/faultline-place" "$@"; }
(in_group taskset -c "$near" rdma-flow --receive 0.0.0.0 --device rxe1 --port 5009 --seconds 600 --work 100) >"$scratch/receiver" 2>&1 &
receiver=$!
(in_group taskset -c "$near" rdma-flow --send 127.0.0.1 --device rxe1 --port 5009 --seconds 600 --rate 50) >"$scratch/sender" 2>&1 &
sender=$!
for _ in $(seq 100); do
	[ "$(rdma resource show qp | grep 'link rxe1/' | grep -c 'state RTS.* pid ')" -lt 2 ] || break
	sleep 0.2
done
rdma resource show qp | grep 'link rxe1/' | grep -oE 'pid [0-9]+ comm .*' | sort -u >"$scratch/owners"
sed 's/^/	/' "$scratch/owners"
if grep -q "^pid $receiver comm rdma-flow" "$scratch/owners" && grep -q "^pid $sender comm rdma-flow" "$scratch/owners"; then
	ok "queue pairs of rxe1 are of $receiver and $sender"
else
	bad "no queue pairs of $receiver and $sender: $(cat "$scratch/receiver" "$scratch/sender")"
fi

# bound_by_hand: what `rdma resource` and taskset say together, as rows: who may run where, and whether that is far
# while nobody else with queue pairs of the device is near
bound_by_hand() {
	sed 's/pid \([0-9]*\) comm \(.*[^ ]\) *$/\1 \2/' "$scratch/owners" | while read -r pid comm; do
		echo "$pid $comm $(taskset -cp "$pid" | sed 's/.*: //')"
	done | /usr/bin/python3 -c '
import sys
of = dict(map(int, line.split(",")) for line in open(sys.argv[1]))
here = int(sys.argv[2])
def cpus(text):
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found
def nodes(text):
    return {of[cpu] for cpu in cpus(text)}
def runs(found):
    first = [c for c in sorted(found) if c - 1 not in found]
    last = [c for c in sorted(found) if c + 1 not in found]
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(first, last))
rows = [line.rstrip("\n").rsplit(" ", 1) for line in sys.stdin]
spread = any(nodes(text) == {here} for _, text in rows)
for who, text in rows:
    pid, _, comm = who.partition(" ")
    print("numa.rdma.cpus", f"task:{pid}/{comm}", runs(cpus(text)), sep="\t")
    print("numa.rdma.bound", f"task:{pid}/{comm}", int(here not in nodes(text) and not spread), sep="\t")' "$scratch/nodes" "$here"
}
compare() {
	bound_by_hand >"$scratch/before"
	take
	bound_by_hand >"$scratch/after"
	both
	echo "$1:"
	if [ -s "$scratch/both" ]; then agree "$scratch/both"; else bad "$1: nobody has queue pairs"; fi
}
# bind RECEIVER SENDER: to CPUs, while they run
bind() { taskset -acp "$1" "$receiver" >/dev/null && taskset -acp "$2" "$sender" >/dev/null || bad "they cannot be bound to $1 and $2"; }
# silent WHAT SIGNAL
silent() {
	"$FAULTLINE" check --for 2s >"$scratch/check"
	if grep -q "$2 of" "$scratch/check"; then bad "$1 alarms: $(grep "$2 of" "$scratch/check")"; else ok "$1 alarms nobody"; fi
}

compare 'both near'
silent 'both near' numa.rdma.task.outside
bind "$near,$far" "$near,$far"
compare 'free to run anywhere'
silent 'who is free to run anywhere' numa.rdma.task.outside
bind "$far" "$near"
compare 'one far, one near'
silent 'work that is spread' numa.rdma.task.outside
bind "$far" "$far"
compare 'both far'
"$FAULTLINE" snap "$scratch/snap" >/dev/null 2>&1
"$FAULTLINE" sample --root "$scratch/snap" >"$scratch/rows"
agree "$scratch/both"
# emulation is slow beside other work: three tries to be busy
for try in 1 2 3; do
	ticks=$(awk '{ print $14 + $15 }' "/proc/$receiver/stat")
	"$FAULTLINE" check --for 4s >"$scratch/check"
	ticks=$(($(awk '{ print $14 + $15 }' "/proc/$receiver/stat") - ticks))
	if grep -q "numa.rdma.task.outside of task:$receiver/rdma-flow" "$scratch/check"; then break; fi
done
if grep -q "numa.rdma.task.outside of task:$receiver/rdma-flow" "$scratch/check"; then
	ok "check names $receiver, which $(taskset -cp "$receiver" | sed 's/.*current/current/') and had $ticks hundredths of a second, try $try"
	note numa.rdma.task.outside
else
	bad "check does not name $receiver on CPU $far, $ticks hundredths in over 4 s"
	sed -n '/^numa/,/^gpu/p' "$scratch/check"
fi
command=$(sed -n 's/^ *confirm *\(taskset -acp [0-9]*\);.*/\1/p' "$scratch/check" | head -n 1)
if $command 2>&1 | grep -q "list: $far\$"; then ok "'$command' confirms it"; else bad "'$command' does not: $($command 2>&1)"; fi

# ---- memory: one more of the group fills some on the other node, while those with queue pairs are bound near
bind "$near" "$near"
silent 'memory on the own node' numa.rdma.memory.outside
(in_group taskset -c "$far" /usr/bin/python3 -c 'import time; b = bytearray(300 << 20); time.sleep(600)') &
hog=$!
for _ in $(seq 100); do
	[ "$(awk '$1 == "anon" { for (i = 2; i <= NF; i++) { split($i, of, "="); if (of[2] > 200000000) print } }' "$root/faultline-place/memory.numa_stat" | wc -l)" -eq 0 ] || break
	sleep 0.2
done
# what each node holds, now; it may have grown while faultline read
memory_by_hand() {
	awk -v OFS='\t' '$1 == "anon" || $1 == "shmem" { for (i = 2; i <= NF; i++) { split(substr($i, 2), of, "="); sum[of[1]] += of[2] } }
		END { for (node in sum) printf "numa.rdma.memory\tcgroup:/faultline-place node=%d\t%.0f\n", node, sum[node] }' \
		"$root/faultline-place/memory.numa_stat" | sort
}
kill -STOP "$receiver" "$sender"
memory_by_hand >"$scratch/before"
take
memory_by_hand >"$scratch/after"
kill -CONT "$receiver" "$sender"
share=$(value numa.rdma.memory.outside cgroup:/faultline-place)
far_share() { awk -F '\t' -v h="node=$here\$" '{ all += $3 } $2 !~ h { far += $3 } END { printf "%d", far * 10000 / all }' "$1"; }
low=$(far_share "$scratch/before") high=$(far_share "$scratch/after")
# it grows on either node
[ "$low" -le "$high" ] || { least=$high high=$low low=$least; }
both
by_sub
agree "$scratch/both"
if [ -n "$share" ] && [ "$share" -ge $((low - 20)) ] && [ "$share" -le $((high + 20)) ]; then
	ok "share of memory on the other node $share, by hand $low to $high" && note numa.rdma.memory.outside
else
	bad "share of memory on the other node '$share', by hand '$low' to '$high'"
fi
if command -v numastat >/dev/null; then
	theirs=$(numastat -p "$hog" | awk '/^Total/ { print int($2 > $3 ? $2 : $3) }')
	if [ "$theirs" -ge 290 ]; then ok "numastat agrees: $theirs MB of $hog on one node"; else bad "numastat: $theirs MB: $(numastat -p "$hog")"; fi
fi
"$FAULTLINE" check --for 1s >"$scratch/check"
if grep -q 'numa.rdma.memory.outside of cgroup:/faultline-place' "$scratch/check"; then ok 'check names the group'; else
	bad 'check does not name the group'
	sed -n '/^numa/,/^gpu/p' "$scratch/check"
fi
finish
