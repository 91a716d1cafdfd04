# shellcheck shell=bash disable=SC2034,SC2154
# F15: the receive ring of a NIC is cut from 1,024 descriptors to 32 while packets come in bursts that are longer than
# that: what finds no descriptor is lost in the NIC. Of QEMU's NICs only vmxnet3 drops it; the others let the wire wait.
about="The receive ring of the NIC is cut to 32 descriptors (ethtool -G) while packets come in bursts."
kernels=6.12
more="-device pcie-root-port,id=port3,chassis=3,slot=3,bus=pcie.0 -netdev hubport,id=net3,hubid=1
	-device vmxnet3,bus=port3,netdev=net3,romfile=,mac=52:54:00:99:01:03"

setup() {
	# before eth1 leaves, whose name would be free
	each modprobe vmxnet3
	appears eth2
	peer
	each ip -n peer address add 10.99.1.9/24 dev eth1
	each ip address add 10.99.1.1/24 dev eth2
	each ip link set eth2 up
	each ethtool -G eth2 rx 1024
	sleep 3
}
load() { receive_from_peer "$1" --to 10.99.1.1 --rate 5000000 --tick 200; }
inject() { ethtool -G eth2 rx 32; }
recover() { ethtool -G eth2 rx 1024; }
no_buffer() { ethtool -S eth2 | awk '/pkts rx OOB/ { n += $NF } END { print n }'; }
symptoms() {
	effect rose 5 "packets that found no descriptor" no_buffer
	symptom fell 20 "bytes received by eth2" "cat /sys/class/net/eth2/statistics/rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes eth2)
  ],
  "root": [
    {"signal": "nic.ring.*", "entity": "netdev:eth2"}
  ],
  "chain": [
    [
      {"signal": "nic.ring.*", "entity": "netdev:eth2"}
    ],
    [
      {"signal": "nic.rx.missed", "entity": "netdev:eth2"},
      {"signal": "nic.rx.no_buffer", "entity": "netdev:eth2"},
      {"signal": "nic.rx.no_descriptor", "entity": "netdev:eth2"}
    ],
    [
      {"signal": "nic.rx.bytes", "entity": "netdev:eth2"},
      {"signal": "nic.tx.bytes", "entity": "netdev:eth2"},
      {"signal": "nic.rx.bytes", "entity": "netdev:@peer/eth1"},
      {"signal": "nic.tx.bytes", "entity": "netdev:@peer/eth1"},
      {"signal": "net.tcp.*", "entity": "host"},
      {"signal": "net.tcp.*", "entity": "host:@peer"}
    ]
  ],
  "must_edges": [[0, 1], [1, 2]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]},
    {"signal": "iommu.log.dma_fault", "entity": "pci:0000:02:00.0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "note": "The change itself resets the NIC, so its carrier goes and comes once at either end of the fault."
END
}
