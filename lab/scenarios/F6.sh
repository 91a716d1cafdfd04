# shellcheck shell=bash disable=SC2034,SC2154
# F6: a device reads memory that nobody gave it, ten times a second (it takes a tenth
# of one for each); the IOMMU refuses each read. The traffic of others does not care.
about="A device (QEMU's edu) does DMA to addresses that are not its own: the IOMMU refuses it."

edu=0000:00:03.0
setup() {
	peer
	warm edu-dma --seconds 0
	each setpci -s "$edu" COMMAND=6:6
	note dmar "$(awk '/dmar0/ { sub(":", "", $1); print $1 }' /proc/interrupts)"
}
load() { send_to_peer "$1"; }
inject() { edu-dma --device "$edu" --rate 10 --seconds "$1"; }
recover() { :; }
symptoms() {
	effect rose 1 "lines about DMA faults" "dmesg | grep -c 'DMAR:.*fault addr'"
	effect rose 50 "interrupts of the IOMMU" "awk '/dmar0/ { print \$2 + \$3 }' /proc/interrupts"
	effect steady 30 "bytes sent by eth0" "nic tx_bytes"
}

label() {
	cat <<END
  "symptom": [],
  "root": [
    {"signal": "iommu.log.dma_fault", "entity": "pci:0000:00:03.0"}
  ],
  "chain": [
    [
      {"signal": "iommu.log.dma_fault", "entity": "pci:0000:00:03.0"}
    ],
    [
      {"signal": "irq.count*", "entity": "irq:$(field a dmar)"},
      {"signal": "irq.total", "entity": "host"},
      {"signal": "irq.cpu.time", "entity": "host"}
    ]
  ],
  "must_edges": [],
  "decoys": [
    {"signal": "pcie.aer.nonfatal.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat", "wrong_place"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["latent"]
END
}
