# shellcheck shell=bash disable=SC2034,SC2154
# F14: received packets are steered to another CPU in software (RPS), all the time. Then the queue in which they wait
# there is cut to two packets: what finds no place is dropped behind the NIC, and TCP sends it again.
about="net.core.netdev_max_backlog is set to 2 where RPS steers packets: they are dropped behind the NIC."
kernels=6.12

setup() {
	peer
	# merged, a burst would be one packet
	each ethtool -K eth0 gro off
	echo 2 >/sys/class/net/eth0/queues/rx-0/rps_cpus
	for irq in "/sys/bus/pci/devices/$nic"/msi_irqs/*; do echo 0 >"/proc/irq/${irq##*/}/smp_affinity_list"; done
	note backlog "$(cat /proc/sys/net/core/netdev_max_backlog)"
}
load() { receive_from_peer "$1" --rate 8000000 --tick 100; }
inject() { echo 2 >/proc/sys/net/core/netdev_max_backlog; }
recover() { echo 1000 >/proc/sys/net/core/netdev_max_backlog; }
symptoms() {
	effect rose 20 "packets dropped at a CPU's backlog" "softnet 2"
	symptom fell 20 "bytes received by eth0" "nic rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "net.sysctl.core.netdev_max_backlog", "entity": "host"}
  ],
  "chain": [
    [
      {"signal": "net.sysctl.core.netdev_max_backlog", "entity": "host"}
    ],
    [
      {"signal": "softirq.softnet.dropped", "entity": "host"},
      {"signal": "softirq.softnet.dropped", "entity": "cpu:1"}
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": [[0, 1], [1, 2]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "nic.rx.missed", "entity": "netdev:eth0", "reasons": ["flat"]}
  ],
  "missing_sources": []
END
}
