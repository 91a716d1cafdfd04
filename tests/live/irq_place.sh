#!/bin/sh
# Where interrupts are taken: /proc/interrupts by awk, lscpu's nodes, the files of /proc/irq; in the guest, a line
# that is moved to the wrong node, and a device that may not send any more, which check must name.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

# list MASK: "00000000,0000000c" to "2-3"
list() {
	/usr/bin/python3 -c '
import sys
mask, runs, cpu = int(sys.argv[1].replace(",", ""), 16), [], 0
while mask >> cpu:
    first = cpu
    while mask >> cpu & 1:
        cpu += 1
    if cpu > first:
        runs.append(f"{first}-{cpu - 1}" if cpu - 1 > first else str(first))
    cpu += 1
print(",".join(runs))' "$1"
}
# nics: PCI functions of class network that have lines
nics() {
	for path in /sys/bus/pci/devices/*; do
		case $(cat "$path/class") in 0x02*) [ ! -d "$path/msi_irqs" ] || echo "${path##*/}" ;; esac
	done
}
# taken: irq.device.count of each NIC by CPU, and irq.remote.count of each line, from /proc/interrupts
lscpu -p=CPU,NODE 2>/dev/null | grep -v '^#' >"$scratch/nodes"
taken() {
	for device in $nics; do
		node=$(cat "/sys/bus/pci/devices/$device/numa_node")
		cat /proc/interrupts >"$scratch/interrupts"
		ls "/sys/bus/pci/devices/$device/msi_irqs" | awk -v OFS='\t' -v d="$device" -v node="$node" -v many="$nodes" '
			FILENAME ~ /nodes$/ { split($1, at, ","); of[at[1]] = at[2]; next }
			FILENAME == "-" { mine[$1 ":"]; next }
			FNR == 1 { n = NF; for (i = 1; i <= NF; i++) cpu[i] = substr($i, 4); next }
			$1 in mine && NF > n + 3 { # with a handler
				far = 0
				for (i = 1; i <= n; i++) { sum[i] += $(i + 1); if (of[cpu[i]] != node) far += $(i + 1) }
				if (many > 1 && node >= 0) print "irq.remote.count", "irq:" substr($1, 1, length($1) - 1), far
				lines++
			}
			END { if (lines) for (i = 1; i <= n; i++) print "irq.device.count", "pci:" d " cpu=" cpu[i], sum[i] + 0 }' \
			"$scratch/nodes" - "$scratch/interrupts"
	done
}

nodes=$(cut -d , -f 2 "$scratch/nodes" | sort -u | wc -l)
nics=$(nics)
if [ -z "$nics" ]; then skip 'irq_place: no network device with MSI here'; finish; exit; fi
compare() {
	taken >"$scratch/before"
	take
	taken >"$scratch/after"
	both
	by_sub
	if [ -s "$scratch/both" ]; then agree "$scratch/both"; else bad "$1: no line of a NIC has a handler"; fi
}
compare 'as found'
# a task is called what its program's file is called
cp "$(command -v sleep)" "$scratch/irqbalance" && "$scratch/irqbalance" 30 &
sleep 0.5
take
kill $! 2>/dev/null
equal 'CPUs of new interrupts' "$(list "$(cat /proc/irq/default_smp_affinity)")" irq.affinity.default host
balancers=$(value irq.balance.tasks host)
"$FAULTLINE" sample >"$scratch/rows"
equal 'irqbalance tasks' "$(ps -e -o comm= | grep -cx irqbalance)" irq.balance.tasks host
if [ "$balancers" = $(($(value irq.balance.tasks host) + 1)) ]; then ok 'and one more, while there was one more'; else bad "$balancers tasks called irqbalance, with one more"; fi
for device in $nics; do
	for irq in "/sys/bus/pci/devices/$device/msi_irqs"/*; do
		irq=${irq##*/}
		hint=$(list "$(cat "/proc/irq/$irq/affinity_hint" 2>/dev/null || echo 0)")
		grep -q "^ *$irq: .*[a-z]" /proc/interrupts || continue
		[ -z "$hint" ] || equal "hint of $irq" "$hint" irq.affinity.hint "irq:$irq"
		effective=$(cat "/proc/irq/$irq/effective_affinity_list")
		near=$(cat "/sys/bus/pci/devices/$device/local_cpulist")
		if [ "$nodes" -lt 2 ] || [ "$(cat "/sys/bus/pci/devices/$device/numa_node")" -lt 0 ]; then continue; fi
		case ",$near," in *",$effective,"*) far=0 ;; *) far=1 ;; esac
		equal "line $irq of $device goes to $effective, near is $near" "$far" irq.remote "irq:$irq"
	done
done

# ---- faults that are made: in the guest only, where nobody else is hurt
if [ ! -d /run/lab ]; then skip 'irq_place: faults are made in the guest only'; finish; exit; fi
wrong=$(readlink -f /sys/class/net/eth1 | grep -oE '[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]' | tail -n 1)
cpu=$(sed -n 's/^\([0-9]*\),0$/\1/p' "$scratch/nodes" | head -n 1)
if [ "$nodes" -lt 2 ] || [ "$(cat "/sys/bus/pci/devices/$wrong/numa_node")" != 1 ]; then bad 'eth1 is not on node 1 of two'; finish; exit 1; fi
ip netns add far && ip link set eth1 netns far && ip -n far address add 10.99.77.2/24 dev eth1 && ip -n far link set eth1 up
ip address add 10.99.77.1/24 dev eth0 && ip link set eth0 up
ping -q -c 1 -w 10 10.99.77.2 >/dev/null || bad 'nothing arrives between eth0 and eth1'
# flood SECONDS: frames from eth0 to nobody, one by one, so that each has its interrupt at eth1
flood() {
	timeout "$1" /usr/bin/python3 -c '
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0x88b5))
while True:
    s.send(b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + bytes(50))
    time.sleep(0.0005)' &
	sleep 1
}

line=$(awk '/virtio.*input/ { sub(":", "", $1); print $1 }' /proc/interrupts | head -n 1)
flood 9
"$FAULTLINE" check --for 4s >"$scratch/check"
if grep -q "irq.remote.count of irq:$line" "$scratch/check"; then bad 'a line on its node is no fault'; else ok "line $line on its node is no fault"; fi
wait
echo "$cpu" >"/proc/irq/$line/smp_affinity_list"
# emulation is slow beside other work: five tries to be busy
for try in 1 2 3 4 5; do
	flood 9
	count=$(taken | awk -v e="irq:$line" '$1 == "irq.remote.count" && $2 == e { print $3 }')
	"$FAULTLINE" check --for 4s >"$scratch/check"
	count=$(($(taken | awk -v e="irq:$line" '$1 == "irq.remote.count" && $2 == e { print $3 }') - count))
	wait
	if grep -q "irq.remote.count of irq:$line" "$scratch/check"; then break; fi
done
if grep -q "irq.remote.count of irq:$line" "$scratch/check"; then ok "check names line $line, which goes to CPU $cpu: $count interrupts, try $try"; else bad "check does not name line $line on CPU $cpu, $count interrupts in over 4 s"; sed -n '/^irq/,/^softirq/p' "$scratch/check"; fi
equal_now=$(grep . "/proc/irq/$line/node" "/proc/irq/$line/effective_affinity_list" | tr '\n' ' ')
if [ "$(cat "/proc/irq/$line/effective_affinity_list")" = "$cpu" ]; then ok "and so say $equal_now"; else bad "it was not moved: $equal_now"; fi
"$FAULTLINE" check --for 2s >"$scratch/check"
if grep -q 'irq.remote.count' "$scratch/check"; then bad 'a line that carries nothing alarms'; else ok 'a line that carries nothing alarms nobody'; fi
compare 'moved'
take
equal "line $line" 1 irq.remote "irq:$line"

# What eth0 is given stays: it may not do DMA any more, or no interrupt tells that it has sent. The driver resets
# it after some seconds, and the link is down for a moment then: three tries.
slot=$(basename "$(readlink -f /sys/class/net/eth0/device)")
"$FAULTLINE" check --for 2s >"$scratch/check"
if grep -qE 'nic.queue.inflight|irq.silent' "$scratch/check"; then bad 'a queue at rest holds nothing'; else ok 'a queue at rest holds nothing'; fi
# hold NAME OFF ON LINE...: with the register OFF, check names each line; ON again
hold() {
	name=$1 off=$2 on=$3
	shift 3
	for try in 1 2 3; do
		setpci -s "$slot" "$off"
		timeout 30 ping -q -i 0.2 10.99.77.2 >/dev/null 2>&1 &
		pinger=$!
		sleep 1
		inflight=$(cat /sys/class/net/eth0/queues/tx-0/byte_queue_limits/inflight)
		"$FAULTLINE" check --for 2s >"$scratch/check"
		setpci -s "$slot" "$on"
		kill "$pinger" 2>/dev/null
		wait "$pinger" 2>/dev/null
		named=0
		for line in "$@"; do
			if grep -q "$line" "$scratch/check"; then named=$((named + 1)); fi
		done
		if [ "$named" -eq $# ]; then ok "$name: eth0 holds $inflight bytes, and check says $*, try $try"; return; fi
		sleep 10
	done
	bad "$name: eth0 holds $inflight bytes, and check does not say $*"
	sed -n '/^nic/,/^softirq/p' "$scratch/check"
}
hold 'no bus mastering' COMMAND=0:4 COMMAND=4:4 'nic.queue.inflight of queue:eth0/tx-0'
sleep 10
hold 'interrupts masked' CAP_MSIX+2.W=4000:4000 CAP_MSIX+2.W=0:4000 'nic.queue.inflight of queue:eth0/tx-0' "irq.silent of pci:$slot"
# the other tests find it as it was
ip netns del far
ip address del 10.99.77.1/24 dev eth0
tries=30
while [ "$(cat /sys/class/net/eth0/carrier 2>/dev/null)" != 1 ] && [ $tries -gt 0 ]; do sleep 1; tries=$((tries - 1)); done

# a NAPI thread that is put on the wrong node; it takes frames that eth0 sends to nobody
tries=10
until [ -e /sys/class/net/eth1/threaded ] || [ $tries -eq 0 ]; do sleep 1; tries=$((tries - 1)); done
ip link set eth1 up
if ! echo 1 >/sys/class/net/eth1/threaded; then skip 'irq_place: no NAPI threads here'; finish; exit; fi
threads=$(ps -e -o pid=,comm= | awk '$2 ~ /^napi\/eth1/ { print $1 }')
for pid in $threads; do taskset -cp "$cpu" "$pid" >/dev/null; done
flood 40
sender=$!
"$FAULTLINE" check --for 3s >"$scratch/check"
"$FAULTLINE" sample --every 3s --count 2 >"$scratch/rows"
ps -o pid=,psr=,comm= -p "$(echo $threads | tr ' ' ,)" >"$scratch/ps"
kill $sender 2>/dev/null
wait $sender 2>/dev/null
best=$(awk -F '\t' '$1 == "numa.task.outside" && $4 > most { most = $4; who = $2 } END { print who, most }' "$scratch/rows")
pid=${best#task:} pid=${pid%%/*}
if [ -n "${best% *}" ] && awk -v p="$pid" -v c="$cpu" '$1 == p && $2 == c { found = 1 } END { exit !found }' "$scratch/ps"; then
	ok "a NAPI thread works on the wrong node: $best; ps: $(grep "^ *$pid " "$scratch/ps")"
else
	bad "no NAPI thread works on the wrong node: $best; ps: $(cat "$scratch/ps")"
	grep -E 'napi|numa.task' "$scratch/rows"
fi
if [ "${best##* }" -lt 3000 ] 2>/dev/null || grep -q 'numa.task.outside' "$scratch/check"; then ok 'and check says so where it is much'; else bad 'check does not say so'; fi
echo 0 >/sys/class/net/eth1/threaded
ip link set eth1 down
finish
