#!/bin/sh
# Replays what once crashed a parser, and fresh seeds: tests/fuzz/replay.sh FUZZ_REPLAY
set -eu
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
sh tests/fuzz/seed.sh "$1" "$seeds"
"$1" tests/fuzz/regress "$seeds"
