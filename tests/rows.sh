#!/bin/sh
# A store that was recorded on another kernel says the same here as it did there: tests/rows.sh BUILD KERNEL, KERNEL being
# one of the guest's. The guest records, tells all it can of its store, and gives both away.
set -u
cd "$(dirname "$0")/.." || exit 3

# tell STORE DIR: the same questions on either side
tell() {
	"$FAULTLINE" store export "$1" --format csv --every-tick >"$2/rows"
	"$FAULTLINE" sample --store "$1" >"$2/sample"
	"$FAULTLINE" events --store "$1" >"$2/events"
	"$FAULTLINE" check --store "$1" --format json >"$2/check"
	"$FAULTLINE" explain --store "$1" --format json >"$2/explain"
}
if [ "${1:-}" = --inside ]; then
	"$FAULTLINE" record --store /tmp/rows.store --for 12s 2>/dev/null || exit
	mkdir "$OUT/there"
	"$FAULTLINE" store copy /tmp/rows.store "$OUT/store" && tell "$OUT/store" "$OUT/there"
	exit
fi

build=${1:?usage: tests/rows.sh BUILD KERNEL}
kernel=${2:?usage: tests/rows.sh BUILD KERNEL}
FAULTLINE=$PWD/$build/faultline
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0 failed=0
lab/guest --name "rows-$kernel" --kernel "$kernel" --timeout 400 --out "$out" -- env FAULTLINE="$FAULTLINE" sh tests/rows.sh --inside
mkdir "$out/here"
tell "$out/store" "$out/here"
for what in rows sample events check explain; do
	if [ -s "$out/here/$what" ] && cmp -s "$out/there/$what" "$out/here/$what"; then
		passed=$((passed + 1))
		echo "ok      $what: $(wc -l <"$out/here/$what") lines of $kernel, the same on $(uname -r)"
	else
		failed=$((failed + 1))
		echo "FAILED  $what of $kernel: $(diff "$out/there/$what" "$out/here/$what" 2>&1 | head -n 3 | tr '\n' ' ')"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
