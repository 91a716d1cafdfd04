#!/bin/sh
# faultline's own tables: `faultline lint` finds nothing, and docs/signals.md is what the tables say.
set -u
cd "$(dirname "$0")/../.." || exit 3
FAULTLINE=${FAULTLINE:-build/faultline}
passed=0 failed=0 skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if "$FAULTLINE" lint >"$scratch/out" 2>&1; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	sed 's/^/FAILED  lint: /' "$scratch/out"
fi
if [ ! -e docs/signals.md ]; then
	skipped=$((skipped + 1))
	echo "SKIPPED docs/signals.md: not there (make docs)"
elif "$FAULTLINE" signals --doc >"$scratch/signals.md" 2>&1 && cmp -s "$scratch/signals.md" docs/signals.md; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	echo "FAILED  docs/signals.md is not what the tables say: make docs"
	diff -u docs/signals.md "$scratch/signals.md" | head -n 10
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
