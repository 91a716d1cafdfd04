# shellcheck shell=bash disable=SC2034,SC2154
# F4: bus mastering of the NIC is switched off under traffic: it may not read or write memory any more.
# What stands in its ring stays there, the watchdog fires after five seconds and resets it in vain.
about="Bus mastering of the NIC is switched off under traffic (setpci COMMAND=0:4): its DMA stalls."
kernels=6.12

setup() { peer; warm_aer; }
# The other end of the wire corrects an error each second, before, during and after: a decoy.
load() {
	"$lab/aer-inject" --rate 1 --for "$1" 0000:81:00.0 cor BadTLP &
	send_to_peer "$1"
}
inject() { setpci -s "$nic" COMMAND=0:4; }
# The driver has given up by then: the adapter must be started again.
recover() {
	setpci -s "$nic" COMMAND=4:4
	ip link set eth0 down
	ip link set eth0 up
}
symptoms() {
	effect rose 1 "transmit timeouts of its queue" "cat /sys/class/net/eth0/queues/tx-0/tx_timeout"
	symptom fell 80 "bytes sent by eth0" "nic tx_bytes"
}

label() {
	cat <<END
  "symptom": [
    {"signal": "nic.tx.*", "entity": "netdev:eth0"},
    {"signal": "nic.rx.*", "entity": "netdev:eth0"},
    {"signal": "nic.tx.*", "entity": "netdev:@peer/eth1"},
    {"signal": "nic.rx.*", "entity": "netdev:@peer/eth1"},
    {"signal": "net.tcp.*", "entity": "host"},
    {"signal": "net.tcp.*", "entity": "host:@peer"}
  ],
  "root": [
    {"signal": "pcie.command.bus_master", "entity": "pci:0000:01:00.0"},
    {"signal": "nic.queue.inflight", "entity": "queue:eth0/tx-0"}
  ],
  "chain": [
    [
      {"signal": "pcie.command.bus_master", "entity": "pci:0000:01:00.0"}
    ],
    [
      {"signal": "nic.queue.inflight", "entity": "queue:eth0/tx-0"}
    ],
    [
      {"signal": "nic.tx.*", "entity": "netdev:eth0"},
      {"signal": "nic.rx.*", "entity": "netdev:eth0"},
      {"signal": "nic.tx.*", "entity": "netdev:@peer/eth1"},
      {"signal": "nic.rx.*", "entity": "netdev:@peer/eth1"},
      {"signal": "net.tcp.*", "entity": "host"},
      {"signal": "net.tcp.*", "entity": "host:@peer"}
    ],
    [
      {"signal": "nic.queue.tx_timeout", "entity": "queue:eth0/tx-0"},
      {"signal": "nic.log.tx.timeout", "entity": "netdev:eth0"},
      {"signal": "nic.log.hang", "entity": "netdev:eth0"}
    ],
    [
      {"signal": "nic.carrier*", "entity": "netdev:eth0"},
      {"signal": "nic.operstate", "entity": "netdev:eth0"},
      {"signal": "nic.link", "entity": "netdev:eth0"},
      {"signal": "nic.log.link.*", "entity": "netdev:eth0"},
      {"signal": "nic.log.reset*", "entity": "netdev:eth0"},
      {"signal": "rdma.port.*", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.log.port.*", "entity": "rdma:rxe0/1"}
    ]
  ],
  "must_edges": [[0, 1], [1, 2], [1, 3], [3, 4]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:81:00.0", "reasons": ["invariant", "wrong_place"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]}
  ],
  "missing_sources": []
END
}
