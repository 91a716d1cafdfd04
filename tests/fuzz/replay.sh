#!/bin/sh
# Replays what once crashed a target, and fresh seeds: tests/fuzz/replay.sh TARGET REPLAY
set -eu
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
sh tests/fuzz/seed.sh "$2" "$seeds"
[ ! -d "tests/fuzz/regress/$1" ] || set -- "$1" "$2" "tests/fuzz/regress/$1"
shift
"$@" "$seeds"
