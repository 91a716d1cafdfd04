#!/bin/sh
# Writes fuzz seeds from this machine and all fixtures: tests/fuzz/seed.sh FUZZ_REPLAY OUT
set -eu
replay=${1:?usage: tests/fuzz/seed.sh FUZZ_REPLAY OUT}
out=${2:?usage: tests/fuzz/seed.sh FUZZ_REPLAY OUT}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
set --
for fixture in tests/fixtures/*; do
	case $fixture in
	*.tar.xz)
		name=$(basename "$fixture" .tar.xz)
		mkdir "$work/$name"
		tar -xJf "$fixture" -C "$work/$name"
		set -- "$@" "$work/$name"
		;;
	*) [ -d "$fixture" ] && set -- "$@" "$fixture" ;;
	esac
done
"$replay" --seed "$out" "$@"
