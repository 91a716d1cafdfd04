#!/bin/sh
# Runs the live tests, here or in the guest: tests/live/all.sh [NAME...]. FAULTLINE is the program (build/faultline).
set -u
cd "$(dirname "$0")/../.." || exit 3
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

for test in tests/live/*.sh; do
	name=$(basename "$test" .sh)
	case $name in lib | all) continue ;; esac
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	begin=$(date +%s)
	timeout -k 5 "${LIVE_TIMEOUT:-90}" sh "$test" >"$out" 2>&1
	code=$?
	# the last line of a test is its count; one that ends without is a failure
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out" | tail -n 1)
	if [ -n "$line" ]; then
		# shellcheck disable=SC2046 # three words
		set_counts() { p=$1 f=$2 s=${3:-0}; }
		set_counts $(echo "$line" | tr -cs '0-9' ' ')
	else
		p=0 f=0 s=0
	fi
	[ "$code" -eq 0 ] || [ "$f" -gt 0 ] || f=1
	[ -n "$line" ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "live $name: ${line:-no result} (exit code $code, $(($(date +%s) - begin)) s)"
	grep '^SKIPPED' "$out"
	[ "$f" -eq 0 ] || grep -v -e '^ok ' -e '^SKIPPED' "$out" | sed "s/^FAILED */FAILED  $name: /"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
