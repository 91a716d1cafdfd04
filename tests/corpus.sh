#!/bin/sh
# The corpus: recordings of which the truth is known. Right roots, no wrong rule-out, no root in health, never a wrong
# confirmed root, also without one source or with a reading every ten seconds (CORPUS_WHOLE=1: only as it is, as a
# thousand more answers take minutes where a build is slow on purpose); the same bytes twice, and in a second (CORPUS_MS).
set -u
cd "$(dirname "$0")/.." || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; }

degrade='--degrade --require degraded_sound>=1'
[ -z "${CORPUS_WHOLE:-}" ] || degrade=''
# shellcheck disable=SC2086 # words
"$FAULTLINE" score tests/corpus --quick $degrade --format json \
	--require 'real.root_top1>=1' --require 'real.root_entity>=1' --require 'real.verdict>=1' \
	--require 'real.rule_out_precision>=1' --require 'real.chain_f1>=0.9' \
	--require 'healthy.healthy_quiet>=1' >"$work/score.json" 2>"$work/err"
code=$?
if [ "$code" -eq 0 ]; then
	ok
else
	bad "score ends with $code: $(head -n 3 "$work/err")"
	"$FAULTLINE" score tests/corpus --quick --degrade
fi

# unpack CASE: its recording below $work; prints the option that names it
unpack() {
	to=$work/$(basename "$1")
	mkdir "$to"
	if [ -e "$1/recording.tar.xz" ]; then
		tar -xJf "$1/recording.tar.xz" -C "$to" && echo "--root $to/recording"
	elif [ -e "$1/recording.store" ]; then
		echo "--store $1/recording.store"
	else
		xz -dc "$1/recording.store.xz" >"$to/recording.store" && echo "--store $to/recording.store"
	fi
}

for case in tests/corpus/*/; do
	name=$(basename "$case")
	source=$(unpack "$case") || { bad "$name: its recording cannot be unpacked"; continue; }
	[ "$name" = F4 ] && told=$source
	begin=$(date +%s%N)
	"$FAULTLINE" explain $source >"$work/one"
	end=$(date +%s%N)
	"$FAULTLINE" explain $source >"$work/two"
	if cmp -s "$work/one" "$work/two"; then ok; else bad "$name: the same recording gives other bytes"; fi
	if [ "$(awk 'length($0) > 80' "$work/one" | wc -l)" -eq 0 ]; then ok; else bad "$name: wider than 80 columns"; fi
	ms=$(((end - begin) / 1000000))
	if [ "$ms" -lt "${CORPUS_MS:-1000}" ]; then ok; else bad "$name: explain took $ms ms"; fi
done
# a log that tells again what the recording holds changes nothing
"$FAULTLINE" events $told | cut -f 6 | sed 's/\\n/\n/g' >"$work/again"
"$FAULTLINE" explain $told --log "$work/again" >"$work/two"
"$FAULTLINE" explain $told >"$work/one"
if [ -s "$work/again" ] && cmp -s "$work/one" "$work/two"; then ok; else bad "a log beside the recording counts twice"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
