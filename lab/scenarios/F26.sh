# shellcheck shell=bash disable=SC2034,SC2154
# F26: the limit of a service's cgroup is lowered below what it needs at its peaks. The kernel kills it for
# that; its queue pair goes with it, and whoever sends to it retries until the connection is given up.
about="memory.max of an RDMA service's cgroup is lowered below what it needs: the kernel kills it again and again."
kernels=6.12

service=/sys/fs/cgroup/service
setup() {
	each mkdir "$service"
	echo 192M >"$service/memory.max"
	echo 0 >"$service/memory.swap.max" 2>/dev/null
}
load() {
	"$lab/aer-inject" --rate 1 --for "$1" "$nic" cor BadTLP & # all the time: a decoy
	# The shell's own process enters the cgroup and becomes the service.
	serve "$1" bash -c "echo \$\$ >$service/cgroup.procs && exec rdma-flow --receive 0.0.0.0 --work 48 \"\$@\"" sh &
	sleep 1
	rdma-flow --send 10.99.0.1 --patient 1 --seconds $(($1 - 2)) >/dev/null
}
inject() { echo 32M >"$service/memory.max"; }
recover() { echo 192M >"$service/memory.max"; }
symptoms() {
	effect rose 1 "processes that the kernel killed for memory" "event service oom_kill"
	symptom fell 40 "messages received by rxe0" "rdma rdma_recvs"
}

label() {
	cat <<END
  "symptom": [
    {"signal": "rdma.rx_packets", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.tx_packets", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.rdma_recvs", "entity": "rdma:rxe0/1"},
    {"signal": "rdma.rdma_sends", "entity": "rdma:rxe0/1"}
  ],
  "root": [
    {"signal": "cgroup.memory.max", "entity": "cgroup:/service"},
    {"signal": "cgroup.memory.events.max", "entity": "cgroup:/service"}
  ],
  "chain": [
    [
      {"signal": "cgroup.memory.max", "entity": "cgroup:/service"}
    ],
    [
      {"signal": "cgroup.memory.events.max", "entity": "cgroup:/service"}
    ],
    [
      {"signal": "cgroup.psi.memory.*", "entity": "cgroup:/service"},
      {"signal": "memory.psi.memory.*", "entity": "host"}
    ],
    [
      {"signal": "cgroup.memory.events.oom*", "entity": "cgroup:/service"},
      {"signal": "cgroup.log.oom.*", "entity": "*"},
      {"signal": "memory.log.oom.*", "entity": "*"},
      {"signal": "memory.oom_kill", "entity": "host"}
    ],
    [
      {"signal": "rdma.completer_retry", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.req_transport_retries_exceeded", "entity": "rdma:rxe0/1"}
    ],
    [
      {"signal": "rdma.rx_packets", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.tx_packets", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.rdma_recvs", "entity": "rdma:rxe0/1"},
      {"signal": "rdma.rdma_sends", "entity": "rdma:rxe0/1"}
    ]
  ],
  "must_edges": [[0, 1], [1, 3], [3, 5]],
  "decoys": [
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["invariant"]},
    {"signal": "rdma.rnr_nak.sent", "entity": "rdma:rxe0/1", "reasons": ["flat"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]}
  ],
  "missing_sources": []
END
}
