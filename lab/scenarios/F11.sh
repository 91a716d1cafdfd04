# shellcheck shell=bash disable=SC2034,SC2154
# F11: all interrupts of the NIC go to CPU 0, and a real-time task takes that CPU. Before Linux 6.4 pending
# softirqs wait for ksoftirqd once that is awake, and it gets what real-time throttling leaves: 50 ms of each
# second. Later kernels go on handling them on return from the interrupt, and may not feel the task at all: then
# the root is latent. The load comes in bursts that are long enough to wake ksoftirqd.
about="All interrupts of the NIC are moved to CPU 0, and a SCHED_FIFO 99 task takes CPU 0."
kernels="6.1 6.12" may_stay_still=6.12

# interrupts_to CPU: those of eth0
interrupts_to() {
	local irq
	for irq in /sys/class/net/eth0/device/msi_irqs/*; do
		echo "$1" >"/proc/irq/${irq##*/}/smp_affinity_list"
	done
}
irq_of() { awk -v name="$1" '$NF == name { sub(":", "", $1); print $1 }' /proc/interrupts; }
setup() {
	peer
	each interrupts_to 1
	warm cpu-hog --seconds 0
	note ksoftirqd "$(pgrep -x ksoftirqd/0)"
	note rx "$(irq_of eth0-rx-0)"
	note tx "$(irq_of eth0-tx-0)"
	note link "$(irq_of eth0)"
}
load() { receive_from_peer "$1" --rate 5000000 --tick 100; }
inject() {
	interrupts_to 0
	cpu-hog --cpu 0 --fifo 99 --seconds "$1" &
	note hog $!
	wait
}
recover() { interrupts_to 1; }
symptoms() {
	effect rose 100 "interrupts of eth0 on CPU 0" "awk '/eth0/ { n += \$2 } END { print n }' /proc/interrupts"
	symptom fell 30 "bytes received by eth0" "nic rx_bytes"
}

label() {
	cat <<END
  "symptom": [
    {"signal": "nic.rx.bytes", "entity": "netdev:eth0"},
    {"signal": "nic.rx.packets", "entity": "netdev:eth0"},
    {"signal": "nic.tx.bytes", "entity": "netdev:eth0"},
    {"signal": "nic.tx.packets", "entity": "netdev:eth0"},
    {"signal": "nic.tx.*", "entity": "netdev:@peer/eth1"},
    {"signal": "nic.rx.*", "entity": "netdev:@peer/eth1"},
    {"signal": "net.tcp.*", "entity": "host"},
    {"signal": "net.tcp.*", "entity": "host:@peer"}
  ],
  "root": [
    {"signal": "sched.task.*", "entity": "task:$(field a hog)/cpu-hog"},
    {"signal": "app.task.*", "entity": "task:$(field a hog)/cpu-hog"},
    {"signal": "sched.cpu.run_delay", "entity": "host"},
    {"signal": "sched.cpu.run_delay", "entity": "cpu:0"},
    {"signal": "sched.psi.cpu.*", "entity": "host"},
    {"signal": "sched.log.rt_throttled", "entity": "host"},
    {"signal": "irq.affinity.*", "entity": "irq:$(field a rx)"},
    {"signal": "irq.affinity.*", "entity": "irq:$(field a tx)"},
    {"signal": "irq.affinity.*", "entity": "irq:$(field a link)"}
  ],
  "chain": [
    [
      {"signal": "sched.task.*", "entity": "task:$(field a hog)/cpu-hog"},
      {"signal": "app.task.*", "entity": "task:$(field a hog)/cpu-hog"},
      {"signal": "sched.cpu.run_delay", "entity": "host"},
      {"signal": "sched.cpu.run_delay", "entity": "cpu:0"},
      {"signal": "sched.psi.cpu.*", "entity": "host"},
      {"signal": "sched.log.rt_throttled", "entity": "host"},
      {"signal": "irq.affinity.*", "entity": "irq:$(field a rx)"},
      {"signal": "irq.affinity.*", "entity": "irq:$(field a tx)"},
      {"signal": "irq.affinity.*", "entity": "irq:$(field a link)"}
    ],
    [
      {"signal": "sched.task.run_delay", "entity": "task:$(field a ksoftirqd)/ksoftirqd/0"},
      {"signal": "softirq.*", "entity": "host"},
      {"signal": "softirq.*", "entity": "cpu:0"}
    ],
    [
      {"signal": "nic.rx.missed", "entity": "netdev:eth0"},
      {"signal": "nic.rx.dropped", "entity": "netdev:eth0"},
      {"signal": "nic.rx.fifo", "entity": "netdev:eth0"},
      {"signal": "nic.rx.errors", "entity": "netdev:eth0"},
      {"signal": "nic.rx.over", "entity": "netdev:eth0"}
    ],
    [
      {"signal": "nic.rx.bytes", "entity": "netdev:eth0"},
      {"signal": "nic.rx.packets", "entity": "netdev:eth0"},
      {"signal": "nic.tx.bytes", "entity": "netdev:eth0"},
      {"signal": "nic.tx.packets", "entity": "netdev:eth0"},
      {"signal": "nic.tx.*", "entity": "netdev:@peer/eth1"},
      {"signal": "nic.rx.*", "entity": "netdev:@peer/eth1"},
      {"signal": "net.tcp.*", "entity": "host"},
      {"signal": "net.tcp.*", "entity": "host:@peer"}
    ]
  ],
  "must_edges": $(if [ "$moved" = yes ]; then echo "[[0, 3]]"; else echo "[]"; fi),
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "iommu.log.dma_fault", "entity": "pci:0000:01:00.0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": $(if [ "$moved" = yes ]; then echo '["confirmed", "likely"]'; else echo '["latent"]'; fi),
  "note": "Two things were done at once, and only both together do harm: the interrupts were moved, and their CPU was taken."
END
}
