#!/bin/sh
# Runs the live tests and the unit's in the guests, on Debian's 6.1 and 6.12 kernels, and three faults of the lab in short:
# tests/guest.sh BUILD. The kernels' suites run beside each other: an emulated guest is busy with one core most of the time.
set -u
cd "$(dirname "$0")/.." || exit 3
build=${1:-build}
passed=0 failed=0 skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ -x lab/guest ] || { echo "SKIPPED guest: lab/guest is not there"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
# suite NAME COMMAND...: its output and its exit code are for count()
suite() {
	name=$1
	shift
	echo "$name" >>"$scratch/$kernel.names"
	"$@" >"$scratch/$name" 2>&1
	echo $? >"$scratch/$name.code"
}
# in_guest NAME OPTION... -- COMMAND...
in_guest() {
	name=$1
	shift
	suite "$name" lab/guest --name "$name" --kernel "$kernel" "$@"
}
# suites KERNEL
suites() {
	kernel=$1
	in_guest "live-$kernel" --timeout 1500 -- env FAULTLINE="$PWD/$build/faultline" LIVE_TIMEOUT=240 sh tests/live/all.sh
	in_guest "journal-$kernel" --timeout 600 --systemd --bare -- env FAULTLINE="$PWD/$build/faultline" LIVE_TIMEOUT=240 \
		sh tests/live/all.sh journal
	suite "rows-$kernel" sh tests/rows.sh "$build" "$kernel"
	# ten minutes of emulation: UNIT_TESTS=1 asks for it
	if [ -n "${UNIT_TESTS:-}" ]; then
		in_guest "unit-$kernel" --timeout 1800 --systemd -- env FAULTLINE="$PWD/$build/faultline" \
			UNIT="$PWD/$build/systemd/faultline.service" sh tests/systemd/unit.sh
	fi
}
# count NAME: what a suite said; its last line is added
count() {
	sed "s/^\(FAILED *\|SKIPPED *\)\{0,1\}/\1$1: /" "$scratch/$1"
	code=$(cat "$scratch/$1.code")
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$scratch/$1" | tail -n 1)
	counts() { p=${1:-0} f=${2:-1} s=${3:-0}; }
	# shellcheck disable=SC2046 # three words
	counts $(echo "$line" | tr -cs '0-9' ' ')
	if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	[ -n "$line" ] || echo "FAILED  $1: no result (exit code $code)"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
suites 6.1 &
suites 6.12
wait
for kernel in 6.1 6.12; do
	while read -r name; do count "$name"; done <"$scratch/$kernel.names"
	[ -n "${UNIT_TESTS:-}" ] || { skipped=$((skipped + 1)) && echo "SKIPPED unit-$kernel: ten minutes of emulation; UNIT_TESTS=1 make guest-test runs it"; }
done
# One AER, one RNR and one DMAR fault: does it take effect, and is it recorded?
if [ -x "$build/rdma-flow" ]; then
	for name in F1 F21 F6; do
		if FAULTLAB_QUICK=1 BUILD=$build lab/faultlab run "$name" >"$scratch/fault" 2>&1; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAILED  lab/faultlab run $name"
			cat "$scratch/fault"
		fi
	done
else
	skipped=$((skipped + 1))
	echo "SKIPPED faultlab: $build/rdma-flow is not built: libibverbs-dev is missing (make deps-lab)"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
