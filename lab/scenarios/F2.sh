# shellcheck shell=bash disable=SC2034,SC2154
# F2: the answer to a read of the NIC does not come (Completion Timeout, uncorrectable, not fatal). The
# kernel recovers the device: e1000e is detached and reset, its link goes down for seconds, traffic with it.
about="PCIe completion timeouts of the NIC under traffic (aer_inject CmpltTO): recovery, reset, a dip each."

setup() { peer; warm_aer; }
load() { send_to_peer "$1"; }
inject() { every 9 "$1" "$lab/aer-inject" "$nic" nonfatal CmpltTO; }
recover() { :; }
symptoms() {
	effect rose 1 "completion timeouts" \
		"awk '\$1 == \"CmpltTO\" { print \$2 }' /sys/bus/pci/devices/$nic/aer_dev_nonfatal"
	effect rose 2 "carrier changes of eth0" "cat /sys/class/net/eth0/carrier_changes"
	symptom fell 15 "bytes sent by eth0" "nic tx_bytes"
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
    {"signal": "pcie.aer.nonfatal*", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.aer.rootport.nonfatal", "entity": "pci:0000:00:01.0"},
    {"signal": "pcie.log.aer.nonfatal", "entity": "pci:0000:01:00.0"}
  ],
  "chain": [
    [
      {"signal": "pcie.aer.nonfatal*", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.aer.rootport.nonfatal", "entity": "pci:0000:00:01.0"},
      {"signal": "pcie.log.aer.nonfatal", "entity": "pci:0000:01:00.0"}
    ],
    [
      {"signal": "pcie.log.recovered", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.log.recovered", "entity": "pci:0000:00:01.0"}
    ],
    [
      {"signal": "nic.carrier*", "entity": "netdev:eth0"},
      {"signal": "nic.operstate", "entity": "netdev:eth0"},
      {"signal": "nic.link", "entity": "netdev:eth0"},
      {"signal": "nic.log.link.*", "entity": "netdev:eth0"},
      {"signal": "nic.log.reset*", "entity": "netdev:eth0"},
      {"signal": "rdma.port.*", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.log.port.*", "entity": "rdma:rxe0/1"}
    ],
    [
      {"signal": "nic.tx.*", "entity": "netdev:eth0"},
      {"signal": "nic.rx.*", "entity": "netdev:eth0"},
      {"signal": "nic.tx.*", "entity": "netdev:@peer/eth1"},
      {"signal": "nic.rx.*", "entity": "netdev:@peer/eth1"},
      {"signal": "net.tcp.*", "entity": "host"},
      {"signal": "net.tcp.*", "entity": "host:@peer"}
    ]
  ],
  "must_edges": [[0, 2], [2, 3]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "nic.queue.tx_timeout", "entity": "queue:eth0/tx-0", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]}
  ],
  "missing_sources": []
END
}
