#!/bin/sh
# A made tree of two sockets, for tests of topo: tests/gpu_tree.sh DIR. On each a GPU beside a NIC with RDMA below one
# switch; on the first another GPU, two ports of one adapter and a plain NIC; a GPU that nobody placed.
set -eu
mkdir -p "$1"
cd "$1"
# pci_function PATH CLASS NODE [RDMA]
pci_function() {
	address=${1##*/}
	mkdir -p "sys/devices/$1" sys/bus/pci/devices
	echo "$2" >"sys/devices/$1/class"
	echo 0x10de >"sys/devices/$1/vendor"
	echo "$3" >"sys/devices/$1/numa_node"
	ln -s "../../../devices/$1" "sys/bus/pci/devices/$address"
	[ -n "${4:-}" ] || return 0
	mkdir -p "sys/class/infiniband/$4"
	ln -s "../../../devices/$1" "sys/class/infiniband/$4/device"
	echo '1: CA' >"sys/class/infiniband/$4/node_type"
}
for node in 0 1; do
	mkdir -p sys/devices/system/node/node$node
	echo "$((node * 32))-$((node * 32 + 31))" >sys/devices/system/node/node$node/cpulist
	echo "$([ $node = 0 ] && echo '10 21' || echo '21 10')" >sys/devices/system/node/node$node/distance
done
echo 0-1 >sys/devices/system/node/online
mkdir -p proc/sys/kernel
echo made >proc/sys/kernel/hostname
echo 6.12.0 >proc/sys/kernel/osrelease
pci_function pci0000:10/0000:10:01.0/0000:11:00.0/0000:12:00.0/0000:13:00.0 0x030200 0
pci_function pci0000:10/0000:10:01.0/0000:11:00.0/0000:12:01.0/0000:14:00.0 0x020700 0 mlx5_0
pci_function pci0000:20/0000:20:01.0/0000:21:00.0 0x030200 0
pci_function pci0000:30/0000:30:01.0/0000:31:00.0 0x020700 0 mlx5_1
pci_function pci0000:30/0000:30:01.0/0000:31:00.1 0x020700 0 mlx5_2
pci_function pci0000:20/0000:20:02.0/0000:22:00.0 0x020000 0
pci_function pci0000:90/0000:90:01.0/0000:91:00.0/0000:92:00.0/0000:93:00.0 0x120000 1
pci_function pci0000:90/0000:90:01.0/0000:91:00.0/0000:92:01.0/0000:94:00.0 0x020700 1 mlx5_3
pci_function pci0000:a0/0000:a0:01.0/0000:a1:00.0 0x030200 -1
