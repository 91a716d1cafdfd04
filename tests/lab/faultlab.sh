#!/bin/sh
# The lab without a guest: its commands, when a counter has moved, and every label: as the scenarios have it
# and as the corpus has it. FAULTLINE is the program.
set -u
cd "$(dirname "$0")/../.." || exit 3
FAULTLINE=${FAULTLINE:-build/faultline}
export FAULTLINE
passed=0 failed=0 skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; }

# refused WHAT WORDS...: exit code 3, and one line on stderr that says WHAT
refused() {
	what=$1
	shift
	"$@" >"$scratch/out" 2>"$scratch/err"
	code=$?
	if [ "$code" -eq 3 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q -e "$what" "$scratch/err"; then
		ok
	else
		bad "$*: exit code $code, $(head -n 2 "$scratch/err")"
	fi
}
refused "no such scenario: F99" lab/faultlab run F99
refused "which scenario" lab/faultlab run
refused "no such option: --what" lab/faultlab run --what
refused "no such kernel: 5.10" lab/faultlab run F1 --kernel 5.10
refused "needs a value" lab/faultlab run F1 --out
refused "no such command: walk" lab/faultlab walk
refused "not 'b'" lab/faultlab label F1 b
refused "faultline is not there" env BUILD="$scratch" lab/faultlab run F1
refused "listen=PORT or connect=PORT" lab/guest --wire tie=3000 -- true
refused "no dots\|not 'a/b'" lab/guest --name a/b -- true

names=$(lab/faultlab list | awk '{ print $1 }' | tr '\n' ' ')
for name in F1 F2 F4 F6 F11 F16 F21 F26 N1 N2 N3 N4; do
	case " $names" in *" $name "*) ok ;; *) bad "lab/faultlab list does not name $name: $names" ;; esac
done

# moved YES|NO HOW N START INJECT RECOVER: ten seconds each
moved() {
	said=$(lab/moved "$2" "$3" 10 10 10 "$4" "$5" "$6" "$6")
	if [ "${said%% *}" = "$1" ]; then ok; else bad "lab/moved $2 $3 $4 $5 $6: $said, expected $1"; fi
}
moved yes fell 50 0 1000 1500
moved no fell 50 0 1000 1510
moved no fell 50 0 0 0
moved yes rose 5 0 0 5
moved no rose 5 0 0 4
moved no rose 5 0 10 30
moved yes rose 5 0 10 40
moved yes steady 10 0 1000 1900
moved no steady 10 0 1000 1890
moved no steady 10 0 1000 2110
moved no steady 10 0 0 0
moved yes noise 5 0 5 10
moved no noise 5 0 4 10
moved no noise 5 0 5 9

mkdir "$scratch/labels"
for name in $names; do
	lab/faultlab label "$name" >"$scratch/labels/$name" || bad "lab/faultlab label $name"
done
lab/faultlab label F16 b >"$scratch/labels/F16-sender" || bad "lab/faultlab label F16 b"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	set -- "$scratch"/labels/*
	for label in tests/corpus/*/label.json; do
		[ ! -e "$label" ] || set -- "$@" "$label"
	done
	/usr/bin/python3 tests/lab/labels.py "$@" >"$scratch/said"
	grep FAILED "$scratch/said"
	counts=$(tail -n 1 "$scratch/said" | tr -cs '0-9' ' ')
	# shellcheck disable=SC2086 # two numbers
	set -- $counts
	passed=$((passed + ${1:-0})) failed=$((failed + ${2:-1}))
else
	skipped=1
	echo "SKIPPED labels: python3-jsonschema is not installed (make deps)"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
