#!/bin/sh
# Runs test_bad_input with the unpacked fixtures too: tests/unit/bad_input.sh TEST_BAD_INPUT
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sh tests/unpack.sh "$scratch"
code=0
FAULTLINE_TREES=$scratch "$1" || code=$?
exit "$code"
