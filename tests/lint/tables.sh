#!/bin/sh
# faultline's own tables: `faultline lint` finds nothing, and docs/signals.md, docs/rules.md and docs/coverage.md are what they say.
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
# page FILE COMMAND...: it is what the command prints
page() {
	page=$1
	shift
	if [ ! -e "$page" ]; then
		skipped=$((skipped + 1))
		echo "SKIPPED $page: not there (make docs)"
	elif "$@" >"$scratch/page" 2>&1 && cmp -s "$scratch/page" "$page"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED  $page is not what the tables say: make docs"
		diff -u "$page" "$scratch/page" | head -n 10
	fi
}
page docs/signals.md "$FAULTLINE" signals --doc
page docs/rules.md "$FAULTLINE" explain --rules
page docs/coverage.md python3 tests/coverage/coverage.py
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
