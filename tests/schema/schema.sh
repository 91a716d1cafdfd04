#!/bin/sh
# The JSON that faultline prints fits docs/schema/: of this machine and of every fixture. FAULTLINE is the program.
set -u
cd "$(dirname "$0")/../.." || exit 3
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	echo "SKIPPED schema: python3-jsonschema is not installed (make deps)"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sh tests/unpack.sh "$scratch" || exit 3
FAULTLINE=${FAULTLINE:-build/faultline} /usr/bin/python3 tests/schema/validate.py "$scratch"/*/ tests/fixtures/*/
