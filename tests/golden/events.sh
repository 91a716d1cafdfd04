#!/bin/sh
# Compares the events of each log, and what explain makes of them, with what was blessed, byte for byte: tests/golden/events.sh [NAME...]
#   tests/fixtures/logs/NAME.log      made-*: written by hand; boot-*: a healthy boot of a real kernel, nothing but "info";
#                                     aer-*: errors that lab/aer-inject made in a guest
#   tests/fixtures/logs/NAME.events   `faultline events --log` of it
#   tests/fixtures/logs/NAME.explain  `faultline explain --log` of it, down to the chain
# FAULTLINE is the program (build/faultline); FAULTLINE_BLESS=1 rewrites what differs: read the diff afterwards.
set -u
cd "$(dirname "$0")/../.." || exit 3
FAULTLINE=${FAULTLINE:-build/faultline}
bless=${FAULTLINE_BLESS:-}
export TZ=UTC
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

failure() {
	failed=$((failed + 1))
	echo "FAILED  $*"
}

# agree NAME FILE: $scratch/out is what was blessed
agree() {
	if cmp -s "$scratch/out" "$2"; then
		passed=$((passed + 1))
	elif [ -n "$bless" ]; then
		passed=$((passed + 1))
		cp "$scratch/out" "$2"
		echo "blessed $2"
	else
		failure "$1 differs from $2 (FAULTLINE_BLESS=1 sh tests/golden/events.sh $1)"
		[ ! -e "$2" ] || diff -u "$2" "$scratch/out" | head -n 20
	fi
}

for log in tests/fixtures/logs/*.log; do
	name=$(basename "$log" .log)
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	# stamps of syslog have no year: it follows from when the file was written
	cp "$log" "$scratch/log" && touch -d 2025-11-24T00:00:00Z "$scratch/log" || exit 3
	if ! "$FAULTLINE" events --log "$scratch/log" >"$scratch/out" 2>"$scratch/err" || [ -s "$scratch/err" ]; then
		failure "$name: $(head -n 3 "$scratch/err")"
	elif case $name in boot-*) cut -f 4 "$scratch/out" | grep -qvx info ;; *) false ;; esac; then
		failure "$name: a healthy boot is no fault: $(cut -f 2,4 "$scratch/out" | grep -v 'info$' | head -n 1)"
	else
		agree "$name" "tests/fixtures/logs/$name.events"
	fi
	"$FAULTLINE" explain --log "$scratch/log" 2>"$scratch/err" | sed '/^SYMPTOMS/,$d; /^RULED OUT/,$d; s/20[0-9][0-9]-\([0-9]*\)-/YEAR-\1-/g' >"$scratch/out"
	if [ -s "$scratch/err" ]; then failure "$name: explain: $(head -n 1 "$scratch/err")"; else agree "$name" "tests/fixtures/logs/$name.explain"; fi
	case $name in
	boot-*) if grep -q '^NO FAULT' "$scratch/out"; then passed=$((passed + 1)); else failure "$name: explain finds a fault in a healthy boot"; fi ;;
	esac
done
[ "$((passed + failed))" -gt 0 ] || failure "there is no log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
