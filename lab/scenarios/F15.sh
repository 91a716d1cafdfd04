# shellcheck shell=bash disable=SC2034,SC2154
# F15: the receive ring of the NIC is cut from 1,024 descriptors to 80. The load comes in bursts that are longer than
# that: what finds no descriptor is lost in the NIC. To change the ring resets e1000e, its link is down for two seconds.
about="The receive ring of the NIC is cut to 80 descriptors (ethtool -G) while packets come in bursts."
kernels=6.12

setup() {
	peer
	each ethtool -G eth0 rx 1024
	# from now on the sender may have a burst on the way that is longer than the small ring
	at_peer sysctl -qw net.ipv4.tcp_wmem="4096 1000000 4000000"
	sleep 3
}
load() { receive_from_peer "$1" --rate 5000000 --tick 200; }
inject() { ethtool -G eth0 rx 80; }
recover() { ethtool -G eth0 rx 1024; }
symptoms() {
	effect rose 20 "packets that found no descriptor" "nic rx_missed_errors"
	symptom fell 20 "bytes received by eth0" "nic rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "nic.ring.*", "entity": "netdev:eth0"}
  ],
  "chain": [
    [
      {"signal": "nic.ring.*", "entity": "netdev:eth0"}
    ],
    [
      {"signal": "nic.rx.missed", "entity": "netdev:eth0"},
      {"signal": "nic.rx.no_buffer", "entity": "netdev:eth0"},
      {"signal": "nic.rx.no_descriptor", "entity": "netdev:eth0"}
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": [[0, 1], [1, 2]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]},
    {"signal": "iommu.log.dma_fault", "entity": "pci:0000:01:00.0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "note": "The change itself resets the NIC, so its carrier goes and comes once at either end of the fault."
END
}
