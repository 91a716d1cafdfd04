# shellcheck shell=bash disable=SC2034,SC2154
# N1: a link corrects three errors a second all the time, and the traffic over it does not care.
about="A link corrects three errors a second all the time; the traffic over it is steady."
kind=healthy

setup() { peer; }
load() {
	"$lab/aer-inject" --rate 3 --for "$1" "$nic" cor RxErr &
	send_to_peer "$1"
}
inject() { :; }
recover() { :; }
symptoms() {
	effect noise $((fault * 2)) "errors that the link of eth0 corrected" \
		"awk '\$1 == \"RxErr\" { print \$2 }' /sys/bus/pci/devices/$nic/aer_dev_correctable"
	effect steady 25 "bytes sent by eth0" "nic tx_bytes"
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
