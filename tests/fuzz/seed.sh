#!/bin/sh
# Writes fuzz seeds; of the collectors from this machine and all fixtures: tests/fuzz/seed.sh REPLAY OUT
set -eu
replay=${1:?usage: tests/fuzz/seed.sh REPLAY OUT}
out=${2:?usage: tests/fuzz/seed.sh REPLAY OUT}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
case $replay in
*fuzz_collectors_replay) sh tests/unpack.sh "$work" ;;
esac
set --
for tree in tests/fixtures/*/ "$work"/*/; do
	[ ! -d "$tree" ] || set -- "$@" "$tree"
done
"$replay" --seed "$out" "$@"
