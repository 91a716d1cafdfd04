# shellcheck shell=bash disable=SC2034,SC2154
# F9: somebody gives the NIC to vfio-pci while it is in use. No fault of any device: its driver is taken away, and the
# interface goes with it.
about="The NIC is taken from its driver and given to vfio-pci while it carries traffic."
kernels=6.12

setup() {
	peer
	each modprobe vfio-pci
}
load() { send_to_peer "$1"; }
# given_to DRIVER: "" is whoever knows the device
given_to() {
	echo "$1" >"/sys/bus/pci/devices/$nic/driver_override"
	echo "$nic" >"/sys/bus/pci/devices/$nic/driver/unbind"
	echo "$nic" >/sys/bus/pci/drivers_probe
}
inject() { given_to vfio-pci; }
recover() {
	given_to ""
	eth0_again
}
symptoms() {
	effect rose 1 "functions that vfio-pci has" "find /sys/bus/pci/drivers/vfio-pci/ -type l -name '0000:*' | wc -l"
	symptom fell 80 "bytes that reached the peer" "peers rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "vfio.bound", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.driver", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.notice.unbound", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.notice.bound", "entity": "pci:0000:01:00.0"}
  ],
  "chain": [
    [
      {"signal": "vfio.bound", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.driver", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.notice.unbound", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.notice.bound", "entity": "pci:0000:01:00.0"}
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
