# shellcheck shell=bash disable=SC2034,SC2154
# F31: the cable of the NIC loses its contact five times, for two seconds each. The driver sees its link go and come;
# the cause is outside of the host.
about="The link of the NIC goes down and comes back five times (QEMU's set_link) under traffic."
monitor=yes

setup() { peer; }
load() { send_to_peer "$1"; }
# QEMU's e1000e does not tell its driver that the wire went: it is asked to look.
flap() {
	monitor set_link nic1 off
	ethtool -r eth0
	sleep 2
	monitor set_link nic1 on
}
inject() { every 5 "$1" flap; }
recover() { :; }
symptoms() {
	effect rose 4 "carrier changes of eth0" "cat /sys/class/net/eth0/carrier_changes"
	symptom fell 20 "bytes sent by eth0" "nic tx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "nic.carrier*", "entity": "netdev:eth0"},
    {"signal": "nic.operstate", "entity": "netdev:eth0"},
    {"signal": "nic.notice.carrier.lost", "entity": "netdev:eth0"},
    {"signal": "nic.log.link.down", "entity": "netdev:eth0"},
    {"signal": "nic.phy.link_downs", "entity": "netdev:eth0"}
  ],
  "chain": [
    [
$(link_nodes)
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": [[0, 1]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "nic.queue.tx_timeout", "entity": "queue:eth0/tx-0", "reasons": ["flat"]},
    {"signal": "pcie.aer.rootport.fatal", "entity": "pci:0000:00:01.0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["external", "confirmed", "likely"]
END
}
