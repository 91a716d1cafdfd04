#!/bin/sh
# Runs all quick suites in a build directory and ends with one line: tests/run.sh BUILD [MESON-TEST-OPTION...]
build=${1:?usage: tests/run.sh BUILD}
shift
log=$build/meson-logs/testlog.json
rm -f "$log"
/usr/bin/meson test -C "$build" --print-errorlogs "$@" >"$build/meson-logs/run.txt" 2>&1
code=$?
[ -s "$log" ] || { cat "$build/meson-logs/run.txt"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
# what failed, in full; the rest is one line a suite
[ "$code" -eq 0 ] || cat "$build/meson-logs/run.txt"
/usr/bin/python3 tools/summary "$log"
