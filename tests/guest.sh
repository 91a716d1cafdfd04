#!/bin/sh
# Runs the live tests and the unit's in the guests, on Debian's 6.1 and 6.12 kernels, and three faults of the lab in short:
# tests/guest.sh BUILD; with ALL_TESTS=1 everything on both. With AGREED=FILE it is noted there which signals the tools
# agreed on, for tests/coverage/coverage.py, and everything is run as well.
set -u
cd "$(dirname "$0")/.." || exit 3
build=${1:-build}
[ -z "${AGREED:-}" ] || ALL_TESTS=1
passed=0 failed=0 skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ -x lab/guest ] || { echo "SKIPPED guest: lab/guest is not there"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
# suite NAME COMMAND...: counted; one that says nothing for nine minutes is stopped
suite() {
	name=$1
	shift
	"$@" >"$scratch/$name" 2>&1 &
	running=$!
	while kill -0 $running 2>/dev/null; do
		sleep 1
		if [ -n "$(find "$scratch/$name" -mmin +9)" ]; then
			echo "tests/guest.sh: nothing came for nine minutes; it is stopped" >>"$scratch/$name"
			kill $running
			break
		fi
	done
	wait $running
	count "$name" $?
}
# in_guest NAME OPTION... -- COMMAND...
in_guest() {
	name=$1
	shift
	suite "$name" lab/guest --name "$name" --kernel "$kernel" "$@"
}
# tests_in NAME OPTION... -- TEST...: live tests
tests_in() {
	options=''
	name=$1
	shift
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # a list of words
	in_guest "$name" $options ${AGREED:+--out "$scratch/$name.out"} -- env FAULTLINE="$PWD/$build/faultline" LIVE_TIMEOUT=500 \
		${AGREED:+AGREED=/out/agreed} sh tests/live/all.sh "$@"
	gather "$name"
}
# with_devices NAME DEVICES SETUP TEST...: live tests in a guest that has more devices, after SETUP
with_devices() {
	name=$1 devices=$2 setup=$3
	shift 3
	# shellcheck disable=SC2086 # words of a command
	suite "$name" $within lab/guest --name "$name" --kernel "$kernel" --timeout 900 --bare --more "$devices" \
		${AGREED:+--out "$scratch/$name.out"} -- sh -c "$setup; FAULTLINE=$PWD/$build/faultline LIVE_TIMEOUT=500 \
			${AGREED:+AGREED=/out/agreed} sh tests/live/all.sh $*"
	gather "$name"
}
# gather NAME: what its tests noted
gather() { [ -z "${AGREED:-}" ] || [ ! -e "$scratch/$1.out/agreed" ] || cat "$scratch/$1.out/agreed" >>"$AGREED"; }
# live NAME TEST...: a guest that ends before its tests do is followed by another one, for those that are left; the
# fourth that does is a failure
live() {
	whole=$1 guests=1
	shift
	left=$*
	while true; do
		before=$failed suffix=''
		[ $guests -eq 1 ] || suffix=-$guests
		# shellcheck disable=SC2086 # a list of names
		tests_in "$whole$suffix" --monitor --timeout 2700 -- $left
		[ -z "$line" ] || return
		# what its tests said counts, and it stands in the output
		again=''
		for test in $left; do
			if result=$(grep "^live $test: " "$scratch/$whole$suffix"); then
				# shellcheck disable=SC2046 # three words
				counts $(echo "${result%%(*}" | tr -cs '0-9' ' ')
				passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s)) before=$((before + f))
			else
				again="$again $test"
			fi
		done
		left=$again guests=$((guests + 1))
		[ -n "$left" ] && [ $guests -gt 4 ] && return
		failed=$before # that failure was a guest's and not a test's
		[ -n "$left" ] || return
	done
}
counts() { p=${1:-0} f=${2:-1} s=${3:-0}; }
# count NAME CODE: what a suite said, and how it ended; its last line is added
count() {
	sed "s/^\(FAILED *\|SKIPPED *\)\{0,1\}/\1$1: /" "$scratch/$1"
	line=$(tail -n 1 "$scratch/$1" | grep -E '^[0-9]+ passed, [0-9]+ failed') # one before that is of a single test
	# shellcheck disable=SC2046 # three words
	counts $(echo "$line" | tr -cs '0-9' ' ')
	if [ "$2" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	[ -n "$line" ] || echo "FAILED  $1: no result (exit code $2)"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
# device_place has a guest of its own, with a GPU
tests=$(for test in tests/live/*.sh; do basename "$test" .sh; done | grep -vx -e lib -e all -e device_place)
# what asks nothing of a kernel that the other one and this machine do not answer
ours='child disk_error follow log namespace record snap tape'
# nor what both kernels write alike, or a device answers
ours="$ours irq_managed irq_place meminfo netqueue numa pcie_config pcie_payload gpu_load pressure snmp sockstat softirqs stat sysctl vmstat"
# and what the two kernels answer alike, the newer one is not asked
alike='aer cgroup cgroup_events interrupts iommu irq_affinity pcie psi qdisc rdma_counter rdma_place schedstat softnet tasks'
# two switches, one below the other, two more host bridges on either node, a display on a link and one on each node
switches='-device pcie-root-port,id=port3,chassis=3,slot=3,bus=pcie.0 -device x3130-upstream,id=up1,bus=port3
	-device xio3130-downstream,id=down1,chassis=11,slot=11,bus=up1 -device xio3130-downstream,id=down2,chassis=12,slot=12,bus=up1
	-device xio3130-downstream,id=down3,chassis=13,slot=13,bus=up1 -device virtio-net-pci,bus=down1,romfile=
	-device nvme,serial=a,bus=down2 -device x3130-upstream,id=up2,bus=down3
	-device xio3130-downstream,id=down4,chassis=14,slot=14,bus=up2 -device nvme,serial=b,bus=down4
	-device pxb-pcie,id=more0,bus_nr=64,numa_node=0,bus=pcie.0 -device pcie-root-port,id=port4,chassis=4,slot=4,bus=more0
	-device nvme,serial=c,bus=port4 -device pxb-pcie,id=more1,bus_nr=192,numa_node=1,bus=pcie.0
	-device pcie-root-port,id=port5,chassis=5,slot=5,bus=more1 -device nvme,serial=d,bus=port5
	-device pcie-root-port,id=port6,chassis=6,slot=6,bus=pcie.0 -device bochs-display,bus=port6
	-device pcie-root-port,id=port7,chassis=7,slot=7,bus=node1 -device pcie-pci-bridge,id=bridge1,bus=port7
	-device ati-vga,bus=bridge1,addr=1,romfile= -device pcie-root-port,id=port8,chassis=8,slot=8,bus=more0
	-device pcie-pci-bridge,id=bridge2,bus=port8 -device ati-vga,bus=bridge2,addr=1,romfile='
# a controller with virtual functions
virtual='-device pcie-root-port,id=port3,chassis=3,slot=3,bus=pcie.0 -device nvme-subsys,id=subsystem
	-device nvme,serial=v,subsys=subsystem,bus=port3,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=9'
# an interface with four queues and RSS
queues='-device pcie-root-port,id=port4,chassis=4,slot=4,bus=pcie.0
	-netdev tap,id=net4,ifname=tap0,queues=4,script=no,downscript=no
	-device virtio-net-pci,bus=port4,netdev=net4,romfile=,mq=on,rss=on,hash=on,vectors=10'
within=''
# on KERNEL: all that is run there
on() {
	kernel=$1 space=faultline-guest-$$-$1
	trap 'ip netns del "$space" 2>/dev/null' EXIT
	names=$tests left_out=$ours elsewhere='6.12 and here'
	[ "$kernel" = 6.1 ] || left_out=$alike elsewhere=6.1
	if [ -z "${ALL_TESTS:-}" ]; then
		# shellcheck disable=SC2086 # one word a line
		names=$(echo "$tests" | grep -vxF "$(printf '%s\n' $left_out)")
		echo "SKIPPED live-$kernel: $left_out: they run on $elsewhere; ALL_TESTS=1 make guest-test runs them"
		skipped=$((skipped + 1))
	fi
	# shellcheck disable=SC2086 # a list of names
	live "live-$kernel" $names
	# systemd and the shape of the bus are the same on either kernel, virtual functions are not
	if [ "$kernel" = 6.1 ] || [ -n "${ALL_TESTS:-}" ]; then
		tests_in "journal-$kernel" --timeout 600 --systemd --bare -- journal
		with_devices "topo-$kernel" "$switches" 'modprobe nvme; sleep 1' topo pcie_payload gpu_load
	fi
	if [ "$kernel" = 6.12 ] || [ -n "${ALL_TESTS:-}" ]; then
		with_devices "gpu-$kernel" '-device pcie-root-port,id=port3,chassis=3,slot=3,bus=node1 -device virtio-gpu-pci,bus=port3' true device_place
		with_devices "vfio-$kernel" "$virtual" 'modprobe nvme; sleep 1' vfio pcie_config
	fi
	# a tap with four queues, where nobody else sees it
	if ip netns add "$space" 2>/dev/null; then
		ip -n "$space" tuntap add dev tap0 mode tap multi_queue && ip -n "$space" link set tap0 up
		within="ip netns exec $space"
		with_devices "queues-$kernel" "$queues" 'modprobe netdevsim && echo 1 1 >/sys/bus/netdevsim/new_device
			for i in eth0 eth1 eth2; do ethtool -L $i combined 4 2>/dev/null && ip link set $i up; done' \
			ethtool_netlink netdev_queue netqueue interrupts
		within=''
		ip netns del "$space"
	else
		skipped=$((skipped + 1))
		echo "SKIPPED queues-$kernel: no network namespace can be made here"
	fi
	suite "rows-$kernel" sh tests/rows.sh "$build" "$kernel"
	# ten minutes of emulation: ALL_TESTS=1 asks for it
	if [ -n "${ALL_TESTS:-}" ]; then
		in_guest "unit-$kernel" --timeout 1800 --systemd -- env FAULTLINE="$PWD/$build/faultline" \
			UNIT="$PWD/$build/systemd/faultline.service" sh tests/systemd/unit.sh
	else
		skipped=$((skipped + 1))
		echo "SKIPPED unit-$kernel: ten minutes of emulation; ALL_TESTS=1 make guest-test runs it"
	fi
	echo "$passed $failed $skipped" >"$scratch/counts-$kernel"
}
# A guest has one thread for both its processors: two guests, where there are two processors. They are fetched one by one.
for kernel in 6.1 6.12; do
	lab/fetch-kernels $kernel && lab/fetch-netdevsim $kernel
done
for kernel in 6.1 6.12; do
	(on $kernel) &
	[ "$(nproc)" -gt 1 ] || wait
done
wait
for kernel in 6.1 6.12; do
	p=0 f=1 s=0
	read -r p f s 2>/dev/null <"$scratch/counts-$kernel" || echo "FAILED  $kernel: its tests did not come to their end"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
# One AER, one RNR and one DMAR fault: does it take effect, and is it recorded? Two emulated guests on one wire may miss
# each other, and where a program takes seconds to start a fault of 12 s is over too soon: there is a second try, three
# times as long, and it is said.
fault() {
	FAULTLAB_QUICK=$2 BUILD=$build timeout 800 lab/faultlab run "$1" >"$scratch/fault" 2>&1 && return
	sed "s/^/$1: /" "$scratch/fault"
	return 1
}
if [ -x "$build/rdma-flow" ]; then
	for name in F1 F21 F6; do
		if fault "$name" 1 || { echo "lab/faultlab run $name: once more" && fault "$name" 3; }; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAILED  lab/faultlab run $name"
		fi
	done
else
	skipped=$((skipped + 1))
	echo "SKIPPED faultlab: $build/rdma-flow is not built: libibverbs-dev is missing (make deps-lab)"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
