# shellcheck shell=bash disable=SC2034,SC2154
# F13: a round of the receive softirq may take two packets instead of three hundred. It stops with work left again and
# again; ksoftirqd has to do what the interrupts' tails did.
about="net.core.netdev_budget is set to 2: rounds of the receive softirq end with work left."
kernels=6.12 may_stay_still=6.12

setup() { peer; }
load() { receive_from_peer "$1" --rate 20000000 --tick 10; }
inject() { echo 2 >/proc/sys/net/core/netdev_budget; }
recover() { echo 300 >/proc/sys/net/core/netdev_budget; }
symptoms() {
	effect rose 50 "rounds that ended with work left" "softnet 3"
	symptom fell 15 "bytes received by eth0" "nic rx_bytes"
}

label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
    {"signal": "net.sysctl.core.netdev_budget", "entity": "host"}
  ],
  "chain": [
    [
      {"signal": "net.sysctl.core.netdev_budget", "entity": "host"}
    ],
    [
      {"signal": "softirq.softnet.time_squeeze", "entity": "host"},
      {"signal": "softirq.softnet.time_squeeze", "entity": "cpu:0"},
      {"signal": "softirq.softnet.time_squeeze", "entity": "cpu:1"}
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": [[0, 1]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "softirq.softnet.dropped", "entity": "host", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": $(if [ "$moved" = yes ]; then echo '["confirmed", "likely"]'; else echo '["latent"]'; fi)
END
}
