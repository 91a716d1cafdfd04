#!/bin/sh
# The recorder's unit: systemd reads it without complaint, and its exposure does not grow: tests/lint/unit.sh
# UNIT is the unit as it is built (build/systemd/faultline.service).
set -u
UNIT=${UNIT:-build/systemd/faultline.service}
most=27 # tenths, as systemd-analyze of Debian 12 counts

if ! command -v systemd-analyze >/dev/null || ! [ -x /lib/systemd/systemd ]; then
	echo "SKIPPED unit: systemd is not installed here"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# The program is not where it will be installed.
sed "s|^ExecStart=[^ ]*|ExecStart=/bin/true|" "$UNIT" >"$scratch/faultline.service"
if systemd-analyze verify "$scratch/faultline.service" >"$scratch/said" 2>&1 && [ ! -s "$scratch/said" ]; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	echo "FAILED  systemd does not like the unit:"
	cat "$scratch/said"
fi
if systemd-analyze security --no-pager --offline=true --threshold=$most "$scratch/faultline.service" >"$scratch/said" 2>&1; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	echo "FAILED  more is open than was:"
	tail -n 2 "$scratch/said"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
