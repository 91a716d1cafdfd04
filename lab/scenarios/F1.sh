# shellcheck shell=bash disable=SC2034,SC2154
# F1: a PCIe link corrects five errors a second; nothing runs over it, so nobody feels it.
about="The link of an idle NIC corrects five receiver errors a second (aer_inject RxErr)."
kernels=6.12

setup() { warm_aer; }
load() { :; }
inject() { "$lab/aer-inject" --rate 5 --for "$1" "$nic" cor RxErr; }
recover() { :; }
symptoms() {
	effect rose $((fault * 3)) "errors that the link of eth0 corrected" \
		"awk '\$1 == \"RxErr\" { print \$2 }' /sys/bus/pci/devices/$nic/aer_dev_correctable"
	effect rose $((fault * 3)) "messages at its root port" \
		"cat /sys/bus/pci/devices/0000:00:0?.0/aer_rootport_total_err_cor | awk '{ n += \$1 } END { print n }'"
}

label() {
	cat <<END
  "symptom": [],
  "root": [
    {"signal": "pcie.aer.correctable*", "entity": "pci:0000:01:00.0"},
    {"signal": "pcie.aer.rootport.correctable", "entity": "pci:0000:00:01.0"},
    {"signal": "pcie.log.aer.correctable", "entity": "pci:0000:01:00.0"}
  ],
  "chain": [
    [
      {"signal": "pcie.aer.correctable*", "entity": "pci:0000:01:00.0"},
      {"signal": "pcie.aer.rootport.correctable", "entity": "pci:0000:00:01.0"},
      {"signal": "pcie.log.aer.correctable", "entity": "pci:0000:01:00.0"}
    ]
  ],
  "decoys": [
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "pcie.aer.nonfatal.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["latent"]
END
}
