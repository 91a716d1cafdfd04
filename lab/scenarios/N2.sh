# shellcheck shell=bash disable=SC2034,SC2154
# N2: the budget of the network softirq is used up several times a second, all the time, at a steady load.
about="time_squeeze rises all the time at a steady load (netdev_budget 2); nothing is lost or late."
kind=healthy kernels=6.12

setup() {
	peer
	each sysctl -q -w net.core.netdev_budget=2
}
load() { receive_from_peer "$1"; }
inject() { :; }
recover() { :; }
symptoms() {
	effect noise $((fault * 2)) "times the softirq used up its budget" "softnet 3"
	effect steady 25 "bytes received by eth0" "nic rx_bytes"
}

label() {
	cat <<'END'
  "symptom": [],
  "root": [],
  "chain": [],
  "decoys": [],
  "missing_sources": []
END
}
