#!/bin/sh
# Processes with TCP, or a GPU, on the wrong NUMA node, in the guest: ss and readlink say what they have open, taskset and
# lscpu where they may run; check names those that may run nowhere near, and nobody else.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin:$(dirname "$FAULTLINE")

if [ ! -d /run/lab ]; then skip 'device_place: two nodes and their interfaces are in the guest only'; finish; exit; fi
for tool in ss taskset lscpu /usr/bin/python3; do
	command -v $tool >/dev/null || { skip "device_place: no $tool here"; finish; exit; }
done
space=faultline-place
lscpu -p=CPU,NODE | grep -v '^#' >"$scratch/nodes"
receiver='' sender='' holder='' anonymous=''
clean() {
	# shellcheck disable=SC2086 # a list of numbers
	kill $receiver $sender $holder 2>/dev/null
	# shellcheck disable=SC2086
	wait $receiver $sender $holder 2>/dev/null
	ip address del 10.99.79.1/24 dev eth1 2>/dev/null
	ip netns del "$space" 2>/dev/null
	rm -rf "$scratch" "$anonymous"
}
trap clean EXIT
trap 'exit 130' INT TERM
# node_of LINK: of the PCI function behind it; on NODE, off NODE: a CPU that is there, and one that is not
node_of() { cat "/sys/bus/pci/devices/$(readlink -f "$1" | grep -oE '[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]' | tail -n 1)/numa_node"; }
on() { awk -F , -v n="$1" '$2 == n { print $1; exit }' "$scratch/nodes"; }
off() { awk -F , -v n="$1" '$2 != n { print $1; exit }' "$scratch/nodes"; }
# bind PID CPUS: all its threads
bind() { taskset -acp "$2" "$1" >/dev/null || bad "$1 cannot be bound to $2"; }
# last SIGNAL ENTITY: what the last of several readings that has it says: with emulation it may move less in between
last() { awk -F '\t' -v s="$1" -v e="$2" '$1 == s && $2 == e && $4 != "-" { v = $4 } END { print v }' "$scratch/rows"; }
# allowed PID: taskset writes two CPUs as 0,1
allowed() { taskset -cp "$1" | sed 's/.*: //; s/^0,1$/0-1/'; }
# is NAME EXPECTED SIGNAL ENTITY: the last reading
is() {
	got=$(last "$3" "$4")
	if [ "$got" = "$2" ]; then ok "$1: $3 is $got" && note "$3"; else bad "$1: $3 of $4 is '$got', not '$2'"; fi
}

# silent WHAT SIGNAL
silent() {
	"$FAULTLINE" check --for 3s >"$scratch/check"
	if grep -q "$2 of" "$scratch/check"; then bad "$1 alarms: $(grep "$2 of" "$scratch/check")"; else ok "$1 alarms nobody"; fi
}
# named SIGNAL WHO: by check, with a command that confirms it
named() {
	for try in 1 2 3; do
		"$FAULTLINE" check --for 4s >"$scratch/check"
		if grep -q "$1 of $2" "$scratch/check"; then break; fi
	done
	if grep -q "$1 of $2" "$scratch/check"; then ok "check names $2, try $try" && note "$1"; else
		bad "check does not name $2"
		sed -n '/^numa/,/^gpu/p' "$scratch/check"
	fi
	command=$(sed -n 's/^ *confirm *\(taskset -acp [0-9]*\);.*/\1/p' "$scratch/check" | head -n 1)
	if $command 2>&1 | grep -q "list: $far\$"; then ok "'$command' confirms it"; else bad "'$command' does not: $($command 2>&1)"; fi
}

# ---- TCP over eth1, which is on a node; what is on eth0, at the other end of the wire, is another namespace's
cat >"$scratch/flow.py" <<'END'
import socket, sys, time
if sys.argv[1] == "send":
    peer = socket.create_connection((sys.argv[2], int(sys.argv[3])))
    while True:
        peer.sendall(bytes(1 << 17))
        time.sleep(0.02)
listener = socket.create_server((sys.argv[2], int(sys.argv[3])))
print("ready", flush=True)
peer, _ = listener.accept()
peer.setblocking(False)
while True:
    try:
        peer.recv(1 << 16)
    except BlockingIOError:
        pass
END
here=$(node_of /sys/class/net/eth1)
near=$(on "$here") far=$(off "$here")
if [ "$here" -lt 0 ] || [ -z "$near" ] || [ -z "$far" ]; then bad "eth1 is on node $here, near is CPU '$near', far '$far'"; finish; exit 1; fi
ip netns add "$space" && ip link set eth0 up && ip link add link eth0 name place0 netns "$space" type macvlan mode bridge &&
	ip -n "$space" address add 10.99.79.2/24 dev place0 && ip -n "$space" link set place0 up &&
	ip link set eth1 up && ip address add 10.99.79.1/24 dev eth1 || bad 'no interface for the other end'
/usr/bin/python3 "$scratch/flow.py" receive 10.99.79.1 5010 >"$scratch/receiver" &
receiver=$!
for _ in $(seq 100); do
	[ ! -s "$scratch/receiver" ] || break
	sleep 0.2
done
ip netns exec "$space" taskset -c "$near" /usr/bin/python3 "$scratch/flow.py" send 10.99.79.1 5010 &
sender=$!
# connections: of the receiver, as ss has them: own address, bytes received
connections() { ss -Htnpi state established | paste - - | grep "pid=$receiver," | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^bytes_received:/) { split($i, of, ":"); print $3, of[2] } }'; }
for _ in $(seq 100); do
	[ -z "$(connections)" ] || break
	sleep 0.2
done
who="task:$receiver/$(cat "/proc/$receiver/comm")"
# readings NAME CPUS BOUND: the receiver on these CPUs; ss says that it moves enough
readings() {
	bind "$receiver" "$2"
	for try in 1 2 3; do
		connections >"$scratch/before"
		"$FAULTLINE" sample --every 2s --count 4 >"$scratch/rows"
		connections >"$scratch/after"
		moved=$(paste "$scratch/before" "$scratch/after" | awk '$1 == $3 { print $4 - $2 }')
		if [ "${moved:-0}" -ge 12000000 ]; then break; fi
	done
	echo "$1: $moved bytes to $(cut -d ' ' -f 1 "$scratch/after"), CPUs $(allowed "$receiver")"
	case $(cut -d ' ' -f 1 "$scratch/after") in
	10.99.79.1:5010) ok "ss: $receiver receives over eth1's address" ;;
	*) bad "ss has no connection of $receiver: $(ss -tnp)" ;;
	esac
	if [ "${moved:-0}" -lt 12000000 ]; then skip "device_place: $1: only $moved bytes in over 6 s, try $try: the machine is too slow now"; return 1; fi
	is "$1" "$(allowed "$receiver")" numa.nic.cpus "$who"
	is "$1" "$3" numa.nic.bound "$who"
}
if readings 'near eth1' "$near" 0; then silent 'near eth1' numa.nic.task.outside; fi
readings 'free to run anywhere' "$near,$far" 0
if readings 'far from eth1' "$far" 1; then
	outside=$(last numa.nic.task.outside "$who")
	ticks=$(awk '{ print $14 + $15 }' "/proc/$receiver/stat")
	if [ "${outside:-0}" -gt 1000 ] && [ "$(awk '{ print $39 }' "/proc/$receiver/stat")" = "$far" ]; then
		ok "far from eth1: $outside of 10000 there, and its stat says CPU $far, $ticks ticks"
	else
		bad "far from eth1: '$outside' of 10000, stat: $(cat "/proc/$receiver/stat")"
	fi
	named numa.nic.task.outside "$who"
	"$FAULTLINE" snap --every 1s --count 3 "$scratch/tape" >/dev/null || bad 'no tape'
	"$FAULTLINE" sample --every 1s --root "$scratch/tape" >"$scratch/rows"
	is 'on a tape' 1 numa.nic.bound "$who"
fi
kill "$sender" "$receiver" && wait "$sender" "$receiver" 2>/dev/null
receiver='' sender=''

# ---- a GPU, which a device of QEMU is to the kernel
modprobe virtio-gpu 2>/dev/null
render=$(find /dev/dri -name 'renderD*' 2>/dev/null | sort | head -n 1)
if [ -z "$render" ] || [ "$(node_of "/sys/class/drm/$(basename "$render")")" -lt 0 ]; then
	skip 'device_place: no render node of a PCI function here (--more "-device virtio-gpu-pci,bus=node1")'
	finish
	exit
fi
here=$(node_of "/sys/class/drm/$(basename "$render")")
near=$(on "$here") far=$(off "$here")
printf 'with open("%s", "rb+", buffering=0) as gpu, open("%s/a-private-name", "w") as other:\n    while True:\n        pass\n' \
	"$render" "$scratch" >"$scratch/hold.py"
/usr/bin/python3 "$scratch/hold.py" &
holder=$!
for _ in $(seq 100); do
	! find "/proc/$holder/fd" -lname "$render" | grep -q . || break
	sleep 0.2
done
who="task:$holder/$(cat "/proc/$holder/comm")"
if find "/proc/$holder/fd" -lname "$render" | grep -q .; then ok "$holder holds $render, on node $here"; else bad "$holder does not hold $render"; fi
bind "$holder" "$near"
take
equal 'near the GPU' "$(allowed "$holder")" numa.gpu.cpus "$who"
equal 'near the GPU' 0 numa.gpu.bound "$who"
silent 'near the GPU' numa.gpu.task.outside
bind "$holder" "$far"
take
equal 'far from the GPU' "$(allowed "$holder")" numa.gpu.cpus "$who"
equal 'far from the GPU' 1 numa.gpu.bound "$who"
named numa.gpu.task.outside "$who"
"$FAULTLINE" snap "$scratch/snap" >/dev/null 2>&1
"$FAULTLINE" sample --root "$scratch/snap" >"$scratch/rows"
equal 'in a snap' 1 numa.gpu.bound "$who"
anonymous=$(mktemp -d -p /run) # whose files are on one file system, which the root of the guest's are not
"$FAULTLINE" snap --anonymous "$anonymous" >/dev/null || bad 'no anonymous snap'
if find "$scratch/snap" "$anonymous" -lname '*a-private-name*' | grep -q .; then bad 'a snap tells which files a process has open'; else
	ok 'no snap tells which files a process has open'
fi
if find "$anonymous/proc" -lname "$render" | grep -q .; then ok "the anonymous one tells of $render"; else bad "the anonymous one does not tell of $render"; fi
finish
