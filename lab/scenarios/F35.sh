# shellcheck shell=bash disable=SC2034,SC2154
# F35: the driver of a device reports an error and its recovery fails. Two seconds later the port of the device goes
# down, and with it what was sent over it. The device and its wire are netdevsim's; the kernel's health reporter,
# carrier and traffic are real.
about="A health reporter's recovery fails (netdevsim fail_recover, break_health) and the port of the device goes down."
kernels=6.12

sim=/sys/bus/netdevsim
health=/sys/kernel/debug/netdevsim/netdevsim1/health
reporter() { devlink -j health show netdevsim/netdevsim1 reporter dummy | tr ',' '\n' | sed -n "s/^\"$1\":\([0-9]*\).*/\1/p"; }

# device NUMBER: a device with one port, whose interface is then called simNUMBER
device() {
	echo "$1 1" >$sim/new_device || die "netdevsim makes no device"
	each ip link set "$(ls $sim/devices/netdevsim"$1"/net)" name "sim$1"
}
# plug, unplug: the wire between the two ports
plug() { echo "$own:$here $other:$there" >$sim/link_device; }
unplug() { echo "$own:$here" >$sim/unlink_device; }
setup() {
	each ip netns add peer
	each modprobe netdevsim
	device 1
	device 2
	each ip link set sim2 netns peer
	exec {own}</proc/self/ns/net {other}</run/netns/peer
	here=$(cat /sys/class/net/sim1/ifindex)
	there=$(at_peer cat /sys/class/net/sim2/ifindex)
	each ip address add 10.98.0.1/24 dev sim1
	each ip -n peer address add 10.98.0.2/24 dev sim2
	each ip link set sim1 up
	each ip -n peer link set sim2 up
	each ip -n peer link set lo up
	each plug
	warm_aer
	warm reporter error
}
# The link of another NIC corrects an error each second, before, during and after: a decoy.
load() {
	"$lab/aer-inject" --rate 1 --for "$1" "$nic" cor BadTLP &
	at_peer tcp-flow --receive 10.98.0.2 --seconds "$1" >/dev/null &
	sleep 1
	tcp-flow --send 10.98.0.2 --seconds $(($1 - 2)) >/dev/null
}
inject() {
	echo Y >$health/fail_recover
	echo "lab: F35" >$health/break_health 2>/dev/null
	sleep 2
	unplug
}
recover() {
	echo N >$health/fail_recover
	devlink health recover netdevsim/netdevsim1 reporter dummy
	plug
}
symptoms() {
	effect rose 1 "errors of the reporter dummy" "reporter error"
	effect rose 1 "carrier changes of sim1" "cat /sys/class/net/sim1/carrier_changes"
	symptom fell 50 "bytes sent by sim1" "cat /sys/class/net/sim1/statistics/tx_bytes"
}

stream_over_sim() {
	cat <<END
      {"signal": "nic.tx.*", "entity": "netdev:sim1"},
      {"signal": "nic.rx.*", "entity": "netdev:sim1"},
      {"signal": "nic.tx.*", "entity": "netdev:@peer/sim2"},
      {"signal": "nic.rx.*", "entity": "netdev:@peer/sim2"},
      {"signal": "net.tcp.*", "entity": "host"},
      {"signal": "net.tcp.*", "entity": "host:@peer"}
END
}

label() {
	cat <<END
  "symptom": [
$(stream_over_sim)
  ],
  "root": [
    {"signal": "firmware.reporter.errors", "entity": "reporter:netdevsim/netdevsim1/dummy"},
    {"signal": "firmware.reporter.state", "entity": "reporter:netdevsim/netdevsim1/dummy"},
    {"signal": "firmware.notice.reporter.error", "entity": "reporter:netdevsim/netdevsim1/dummy"},
    {"signal": "firmware.trace.health.report", "entity": "reporter:netdevsim/netdevsim1/dummy"}
  ],
  "chain": [
    [
      {"signal": "firmware.reporter.*", "entity": "reporter:netdevsim/netdevsim1/dummy"},
      {"signal": "firmware.notice.reporter.*", "entity": "reporter:netdevsim/netdevsim1/dummy"},
      {"signal": "firmware.trace.health.*", "entity": "reporter:netdevsim/netdevsim1/dummy"}
    ],
    [
      {"signal": "nic.carrier*", "entity": "netdev:sim1"},
      {"signal": "nic.operstate", "entity": "netdev:sim1"},
      {"signal": "nic.notice.*", "entity": "netdev:sim1"},
      {"signal": "nic.carrier*", "entity": "netdev:@peer/sim2"},
      {"signal": "nic.operstate", "entity": "netdev:@peer/sim2"},
      {"signal": "nic.notice.*", "entity": "netdev:@peer/sim2"}
    ],
    [
$(stream_over_sim)
    ]
  ],
  "must_edges": [[0, 1], [1, 2]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["invariant", "wrong_place"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "nic.queue.tx_timeout", "entity": "queue:eth0/tx-0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["confirmed", "likely"]
END
}
