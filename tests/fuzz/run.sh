#!/bin/sh
# Fuzzes each target for some seconds from fresh seeds: tests/fuzz/run.sh BUILD SECONDS [TARGET...]. BUILD has -Dfuzz=true.
# What crashes is kept in tests/fuzz/regress/TARGET/. FUZZ_CORPUS keeps the corpora there.
set -eu
build=${1:?usage: tests/fuzz/run.sh BUILD SECONDS [TARGET...]}
seconds=${2:?usage: tests/fuzz/run.sh BUILD SECONDS [TARGET...]}
shift 2
[ $# -gt 0 ] || set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
for target; do
	corpus=${FUZZ_CORPUS:-$work}/$target
	mkdir -p "$corpus" "tests/fuzz/regress/$target"
	sh tests/fuzz/seed.sh "$build/tests/fuzz_${target}_replay" "$corpus"
	code=0
	"$build/tests/fuzz_$target" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=3000 \
		-artifact_prefix="tests/fuzz/regress/$target/" -print_final_stats=1 "$corpus" "tests/fuzz/regress/$target" \
		>"$work/said.txt" 2>&1 || code=$?
	echo "$target:"
	grep -E 'ERROR|SUMMARY|broken|stat::number_of_executed|stat::average|Test unit written' "$work/said.txt" || tail -n 20 "$work/said.txt"
	if [ "$code" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && tail -n 60 "$work/said.txt"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
