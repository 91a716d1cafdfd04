#!/bin/sh
# Compares what faultline makes of each fixture with what was blessed, byte for byte: tests/golden/golden.sh [NAME...]
#   tests/fixtures/NAME/ or NAME.tar.xz   a tree
#   tests/fixtures/NAME.sample            `faultline sample --root` of it
#   tests/fixtures/NAME.check             `faultline check --root` of it, if the file is there
# FAULTLINE is the program (build/faultline); FAULTLINE_BLESS=1 rewrites what differs: read the diff afterwards.
set -u
cd "$(dirname "$0")/../.." || exit 3
FAULTLINE=${FAULTLINE:-build/faultline}
bless=${FAULTLINE_BLESS:-}
export TZ=UTC
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# compare NAME EXPECTED HIGHEST-EXIT-CODE WORD...
compare() {
	name=$1 expected=$2 highest=$3
	shift 3
	"$FAULTLINE" "$@" >"$scratch/out" 2>"$scratch/err"
	code=$?
	if [ "$code" -gt "$highest" ]; then
		failed=$((failed + 1))
		echo "FAILED  $name: $1 ended with $code: $(head -n 3 "$scratch/err")"
	elif cmp -s "$scratch/out" "$expected"; then
		passed=$((passed + 1))
	elif [ -n "$bless" ]; then
		passed=$((passed + 1))
		cp "$scratch/out" "$expected"
		echo "blessed $expected"
	else
		failed=$((failed + 1))
		echo "FAILED  $name: $1 differs from $expected (FAULTLINE_BLESS=1 sh tests/golden/golden.sh $name)"
		[ ! -e "$expected" ] || diff -u "$expected" "$scratch/out" | head -n 20
	fi
}

sh tests/unpack.sh "$scratch/trees" || exit 3
for fixture in tests/fixtures/*/ tests/fixtures/*.tar.xz; do
	[ -e "$fixture" ] && [ "$fixture" != tests/fixtures/logs/ ] || continue
	name=$(basename "$fixture" .tar.xz)
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	tree=tests/fixtures/$name
	[ -d "$tree" ] || tree=$scratch/trees/$name
	compare "$name" "tests/fixtures/$name.sample" 0 sample --root "$tree"
	if [ -e "tests/fixtures/$name.check" ]; then
		compare "$name" "tests/fixtures/$name.check" 2 check --root "$tree"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
