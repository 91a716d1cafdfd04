#!/bin/sh
# Runs the live tests and the unit's in the guests, on Debian's 6.1 and 6.12 kernels, and three faults of the lab in short:
# tests/guest.sh BUILD
set -u
cd "$(dirname "$0")/.." || exit 3
build=${1:-build}
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

[ -x lab/guest ] || { echo "SKIPPED guest: lab/guest is not there"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
# counted NAME OPTION... -- COMMAND...: a suite in a guest; its last line is added
counted() {
	name=$1
	shift
	lab/guest "$@" >"$out" 2>&1
	code=$?
	sed "s/^/$name: /" "$out"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out" | tail -n 1)
	counts() { p=${1:-0} f=${2:-1} s=${3:-0}; }
	# shellcheck disable=SC2046 # three words
	counts $(echo "$line" | tr -cs '0-9' ' ')
	[ "$code" -eq 0 ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
for kernel in 6.1 6.12; do
	counted "$kernel" --kernel "$kernel" --timeout 1800 -- env FAULTLINE="$PWD/$build/faultline" LIVE_TIMEOUT=400 sh tests/live/all.sh
	counted "journal on $kernel" --kernel "$kernel" --timeout 600 --systemd --bare -- env FAULTLINE="$PWD/$build/faultline" \
		LIVE_TIMEOUT=300 sh tests/live/all.sh journal
	# ten minutes of emulation each: UNIT_TESTS=1 asks for them
	if [ -n "${UNIT_TESTS:-}" ]; then
		counted "unit on $kernel" --kernel "$kernel" --timeout 1800 --systemd -- env FAULTLINE="$PWD/$build/faultline" \
			UNIT="$PWD/$build/systemd/faultline.service" sh tests/systemd/unit.sh
	else
		skipped=$((skipped + 1))
		echo "SKIPPED unit on $kernel: ten minutes of emulation; UNIT_TESTS=1 make guest-test runs it"
	fi
done
# One AER, one RNR and one DMAR fault: does it take effect, and is it recorded?
if [ -x "$build/rdma-flow" ]; then
	for name in F1 F21 F6; do
		if FAULTLAB_QUICK=1 BUILD=$build lab/faultlab run "$name" >"$out" 2>&1; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAILED  lab/faultlab run $name"
			cat "$out"
		fi
	done
else
	skipped=$((skipped + 1))
	echo "SKIPPED faultlab: $build/rdma-flow is not built: libibverbs-dev is missing (make deps-lab)"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
