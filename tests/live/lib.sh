# Shared by the live tests: compare what faultline reads with what an independent tool says in the same second.
# Source it, call the checks, end with `finish`. Runs on the host and in the guest.

FAULTLINE=${FAULTLINE:-build/faultline}
passed=0
failed=0
skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 143' TERM # a test that is stopped cleans up as well

ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; }
skip() { skipped=$((skipped + 1)); echo "SKIPPED $1"; }

# note SIGNAL...: an independent tool agrees on them; AGREED=FILE has them gathered for tests/coverage/coverage.py --add
note() {
	[ -z "${AGREED:-}" ] || [ $# -eq 0 ] || printf "%s\t$(basename "$0" .sh)\t$(uname -r | grep -oE '^[0-9]+\.[0-9]+')\n" "$@" >>"$AGREED"
}

# take: one reading of faultline into $scratch/rows
take() { "$FAULTLINE" sample "$@" >"$scratch/rows"; }

# value SIGNAL ENTITY [SUB]: prints what faultline read, nothing when there is no such row
value() { awk -F '\t' -v s="$1" -v e="$2" -v u="${3:--}" '$1 == s && $2 == e && $3 == u { print $4 }' "$scratch/rows"; }

# equal NAME EXPECTED SIGNAL ENTITY [SUB]
equal() {
	got=$(value "$3" "$4" "${5:--}")
	if [ -n "$got" ] && [ "$got" = "$2" ]; then ok "$1 = $got" && note "$3"; else bad "$1: tool says '$2', faultline '$got'"; fi
}

# between NAME BEFORE AFTER SIGNAL ENTITY [SUB]: a counter that the tool read before and after faultline did
between() {
	got=$(value "$4" "$5" "${6:--}")
	if [ -n "$got" ] && [ -n "$2" ] && [ "$got" -ge "$2" ] && [ "$got" -le "$3" ]; then
		ok "$1: $2 <= $got <= $3"
		note "$4"
	else
		bad "$1: tool says '$2' to '$3', faultline '$got'"
	fi
}

# agree FILE: many at once, for slow machines. Lines SIGNAL<TAB>ENTITY<TAB>BEFORE<TAB>AFTER; a text, or a number
# that may have grown in between, has BEFORE and AFTER all the same.
agree() {
	awk -F '\t' '
		NR == FNR { row[$1 "\t" $2] = $4; next }
		!(($1 "\t" $2) in row) { print "FAILED  " $1 " of " $2 ": tool says \047" $3 "\047, faultline has no row"; next }
		{ got = row[$1 "\t" $2] }
		got == $3 || got == $4 { print "ok      " $1 " of " $2 " = " got; next }
		$3 ~ /^-?[0-9]+$/ && $4 ~ /^-?[0-9]+$/ && (got - $3) * ($4 - got) >= 0 && got ~ /^-?[0-9]+$/ {
			print "ok      " $1 " of " $2 ": " $3 ", " got ", " $4; next }
		{ print "FAILED  " $1 " of " $2 ": tool says \047" $3 "\047 to \047" $4 "\047, faultline \047" got "\047" }
	' "$scratch/rows" "$1" >"$scratch/agreed"
	cat "$scratch/agreed"
	passed=$((passed + $(grep -c '^ok' "$scratch/agreed")))
	failed=$((failed + $(grep -c '^FAILED' "$scratch/agreed")))
	# shellcheck disable=SC2046 # one word a signal
	note $(awk '$1 == "ok" { print $2 }' "$scratch/agreed" | sort -u)
}

# by_sub: from here on the rows' entities carry their sub, as in "host cpu=3"
by_sub() {
	awk -F '\t' -v OFS='\t' '{ print $1, ($3 == "-" ? $2 : $2 " " $3), "-", $4 }' "$scratch/rows" >"$scratch/flat"
	mv "$scratch/flat" "$scratch/rows"
}

# both: $scratch/before and after, lines SIGNAL<TAB>ENTITY<TAB>VALUE in the same order, into what agree() takes
both() {
	paste "$scratch/before" "$scratch/after" |
		awk -F '\t' -v OFS='\t' '$1 == $4 && $2 == $5 { print $1, $2, $3, $6 }' >"$scratch/both"
}

# still: of those, what stood still in between: a gauge may go up and down
still() { awk -F '\t' '$3 == $4' "$scratch/both" >"$scratch/stood" && mv "$scratch/stood" "$scratch/both"; }

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
