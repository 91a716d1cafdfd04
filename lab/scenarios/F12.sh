# shellcheck shell=bash disable=SC2034,SC2154
# F12: the interrupts of both NICs are moved to the CPU on which the two programs of a busy stream run. Nobody hogs
# anything: one CPU does what two did. How much of it is felt depends on how the emulated processors share the work.
about="All interrupts of both NICs are moved to the CPU that the programs of a busy stream run on."
kernels=6.12 may_stay_still=6.12

# interrupts_to CPU: those of eth0 and of eth1, whose function is 0000:81:00.0
interrupts_to() {
	local irq
	for irq in "/sys/bus/pci/devices/$nic"/msi_irqs/* /sys/bus/pci/devices/0000:81:00.0/msi_irqs/*; do
		echo "$1" >"/proc/irq/${irq##*/}/smp_affinity_list"
	done
}
irq_of() { awk -v name="$1" '$NF == name { sub(":", "", $1); print $1 }' /proc/interrupts; }
setup() {
	peer
	each interrupts_to 0
	note rx "$(irq_of eth0-rx-0)"
	note tx "$(irq_of eth0-tx-0)"
	note link "$(irq_of eth0)"
	note others "$(ls /sys/bus/pci/devices/0000:81:00.0/msi_irqs | xargs)"
}
load() { receive_from_peer "$1" --rate 18000000 --tick 10; }
inject() { interrupts_to 1; }
recover() { interrupts_to 0; }
symptoms() {
	effect rose 100 "interrupts of eth0 on CPU 1" "awk '/eth0/ { n += \$3 } END { print n }' /proc/interrupts"
	symptom fell 15 "bytes received by eth0" "nic rx_bytes"
}

# All are moved by one command: each of them is an answer.
moved_irqs() {
	local irq
	for irq in $(field a rx) $(field a tx) $(field a link) $(field a others); do
		echo "      {\"signal\": \"irq.affinity.*\", \"entity\": \"irq:$irq\"},"
	done
}
label() {
	cat <<END
  "symptom": [
$(stream_nodes)
  ],
  "root": [
$(moved_irqs)
      {"signal": "irq.cpu.*", "entity": "cpu:1"}
  ],
  "chain": [
    [
$(moved_irqs | sed '$ s/,$//')
    ],
    [
      {"signal": "softirq.*", "entity": "host"},
      {"signal": "softirq.*", "entity": "cpu:1"},
      {"signal": "sched.cpu.*", "entity": "host"},
      {"signal": "sched.cpu.*", "entity": "cpu:1"},
      {"signal": "sched.psi.cpu.*", "entity": "host"}
    ],
    [
$(stream_nodes)
    ]
  ],
  "must_edges": $(if [ "$moved" = yes ]; then echo "[[0, 2]]"; else echo "[]"; fi),
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "memory.log.oom.kill", "entity": "host", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": $(if [ "$moved" = yes ]; then echo '["confirmed", "likely"]'; else echo '["latent", "no_fault"]'; fi),
  "note": "No hog: the interrupts and what they feed share one CPU."
END
}
