# Shared by the live tests: compare what faultline reads with what an independent tool says in the same second.
# Source it, call the checks, end with `finish`. Runs on the host and in the guest.

FAULTLINE=${FAULTLINE:-build/faultline}
passed=0
failed=0
skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; }
skip() { skipped=$((skipped + 1)); echo "SKIPPED $1"; }

# take: one reading of faultline into $scratch/rows
take() { "$FAULTLINE" sample "$@" >"$scratch/rows"; }

# value SIGNAL ENTITY [SUB]: prints what faultline read, nothing when there is no such row
value() { awk -F '\t' -v s="$1" -v e="$2" -v u="${3:--}" '$1 == s && $2 == e && $3 == u { print $4 }' "$scratch/rows"; }

# equal NAME EXPECTED SIGNAL ENTITY [SUB]
equal() {
	got=$(value "$3" "$4" "${5:--}")
	if [ -n "$got" ] && [ "$got" = "$2" ]; then ok "$1 = $got"; else bad "$1: tool says '$2', faultline '$got'"; fi
}

# between NAME BEFORE AFTER SIGNAL ENTITY [SUB]: a counter that the tool read before and after faultline did
between() {
	got=$(value "$4" "$5" "${6:--}")
	if [ -n "$got" ] && [ -n "$2" ] && [ "$got" -ge "$2" ] && [ "$got" -le "$3" ]; then
		ok "$1: $2 <= $got <= $3"
	else
		bad "$1: tool says '$2' to '$3', faultline '$got'"
	fi
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
