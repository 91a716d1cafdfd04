#!/bin/sh
# Unpacks the fixtures that are archives: tests/unpack.sh DIR gives DIR/NAME for each tests/fixtures/NAME.tar.xz
set -eu
for archive in tests/fixtures/*.tar.xz; do
	[ -e "$archive" ] || continue
	name=$(basename "$archive" .tar.xz)
	mkdir -p "$1/$name"
	tar -xJf "$archive" --no-same-owner -C "$1/$name"
done
