# shellcheck shell=bash disable=SC2034,SC2154
# F3: the link of the NIC is no more reliable (Data Link Protocol Error, fatal). The kernel resets the link below the root
# port and asks the driver to go on. Whether e1000e comes back from it or not, what was under way is lost.
about="A fatal PCIe error of the NIC under traffic (aer_inject DLP): the link is reset, the traffic breaks off."
kernels=6.12

setup() { peer; warm_aer; }
load() { send_to_peer "$1"; }
inject() { "$lab/aer-inject" "$nic" fatal DLP; }
# The function is given up by then: it is found again behind its port.
recover() {
	echo 1 >"/sys/bus/pci/devices/$nic/remove"
	echo 1 >/sys/bus/pci/rescan
	eth0_again
}
symptoms() {
	effect rose 1 "fatal errors that came in at the root port" \
		"cat /sys/bus/pci/devices/0000:00:01.0/aer_rootport_total_err_fatal"
	symptom fell 80 "bytes that reached the peer" "peers rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "pcie.aer.latched.fatal", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.aer.fatal*", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.aer.rootport.fatal", "entity": "pci:0000:00:01.0"},
    {"signal": "pcie.log.aer.fatal", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.trace.aer.fatal", "entity": "pci:0000:01:00.0"}
  ],
  "chain": [
    [
      {"signal": "pcie.aer.latched.fatal", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.aer.fatal*", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.aer.rootport.fatal", "entity": "pci:0000:00:01.0"},
      {"signal": "pcie.log.aer.fatal", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.trace.aer.fatal", "entity": "pci:0000:01:00.0"}
    ],
    [
      {"signal": "pcie.log.link_reset*", "entity": "pci:0000:00:01.0"},
      {"signal": "pcie.log.recover*", "entity": "pci:0000:00:01.0"},
      {"signal": "pcie.log.recover*", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.notice.recovery*", "entity": "pci:0000:01:00.0"}
    ],
    [
$(link_nodes),
      {"signal": "nic.log.gone", "entity": "netdev:eth0"}
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": [[0, 3]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]},
    {"signal": "memory.log.oom.kill", "entity": "host", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "note": "The kernel does not read the registers of an endpoint whose error is fatal, so the error stays in its status and aer_dev_fatal does not count it: only the port does. That the status belongs to the acceptable roots was added after the first run."
END
}
