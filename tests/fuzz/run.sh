#!/bin/sh
# Fuzzes for some seconds from fresh seeds: tests/fuzz/run.sh BUILD SECONDS [CORPUS]. BUILD has -Dfuzz=true.
# What crashes is kept in tests/fuzz/regress/.
set -eu
build=${1:?usage: tests/fuzz/run.sh BUILD SECONDS [CORPUS]}
seconds=${2:?usage: tests/fuzz/run.sh BUILD SECONDS [CORPUS]}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
corpus=${3:-$work/corpus}
mkdir -p "$corpus"
sh tests/fuzz/seed.sh "$build/tests/fuzz_replay" "$corpus"
code=0
"$build/tests/fuzz_collectors" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=3000 \
	-artifact_prefix=tests/fuzz/regress/ -print_final_stats=1 "$corpus" tests/fuzz/regress >"$work/log" 2>&1 || code=$?
grep -E 'ERROR|SUMMARY|broken|stat::number_of_executed|stat::average|Test unit written' "$work/log" || tail -n 20 "$work/log"
if [ "$code" -eq 0 ]; then echo "1 passed, 0 failed"; else tail -n 60 "$work/log"; echo "0 passed, 1 failed"; fi
exit "$code"
