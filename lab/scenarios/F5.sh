# shellcheck shell=bash disable=SC2034,SC2154
# F5: the NIC is pulled from its slot under traffic. The driver loses its device, the interface and the RDMA device on it
# are gone; whoever sends to it retries in vain.
about="The NIC is unplugged from its slot under traffic (QEMU's device_del): interface and RDMA device vanish."
kernels=6.12 monitor=yes

setup() { peer; warm_aer; }
load() { send_to_peer "$1"; }
inject() { monitor device_del nic1; }
recover() {
	monitor device_add e1000e,id=nic1,bus=port1,netdev=net1,romfile=,mac=52:54:00:99:01:01
	eth0_again
}
symptoms() {
	symptom fell 80 "bytes that reached the peer" "peers rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "pcie.log.hotplug.*", "entity": "pci:0000:00:01.0"},
    {"signal": "pcie.notice.removed", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.notice.unbound", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.config.present", "entity": "pci:0000:01:00.0"}
  ],
  "chain": [
    [
      {"signal": "pcie.log.hotplug.*", "entity": "pci:0000:00:01.0"},
      {"signal": "pcie.notice.removed", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.notice.unbound", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.config.present", "entity": "pci:0000:01:00.0"}
    ],
    [
$(link_nodes),
      {"signal": "rdma.notice.*", "entity": "*"}
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": [[0, 2]],
  "decoys": [
    {"signal": "pcie.aer.rootport.fatal", "entity": "pci:0000:00:01.0", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]},
    {"signal": "iommu.log.dma_fault", "entity": "pci:0000:01:00.0", "reasons": ["flat"]}
  ],
  "missing_sources": []
END
}
