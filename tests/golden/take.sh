#!/bin/sh
# Take the golden fixtures again: this machine (as root, and as nobody) and the guests, each a snap in tests/fixtures.
# usage: sh tests/golden/take.sh [NAME...]; afterwards FAULTLINE_BLESS=1 sh tests/golden/golden.sh, and read the diff.
set -eu
cd "$(dirname "$0")/../.."
faultline=$PWD/build/faultline
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# pack NAME DIR: one archive that does not change when the tree does not
pack() {
	tar -C "$2" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cJf "tests/fixtures/$1.tar.xz" .
	echo "$1: $(find "$2" -type f | wc -l) files, $(wc -c <"tests/fixtures/$1.tar.xz") bytes packed"
}

# guest NAME OPTION...: AER errors on the NIC, RDMA traffic, then the snap
guest() {
	name=$1
	shift
	lab/guest --out "$work/$name" "$@" sh -c '
		lab/aer-inject 0000:01:00.0 cor RxErr
		lab/aer-inject 0000:01:00.0 cor BadTLP
		lab/aer-inject 0000:81:00.0 nonfatal CmpltTO
		lab/rdma-traffic 3
		build/faultline snap /tmp/snap && cp -a /tmp/snap "$OUT/snap"'
	pack "$name" "$work/$name/snap"
}

take() {
	case $1 in
	host-6.18)
		"$faultline" snap --anonymous "$work/$1"
		pack "$1" "$work/$1"
		;;
	host-6.18-not-root)
		mkdir -m 777 "$work/open"
		setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \
			"$faultline" snap --anonymous "$work/open/$1"
		pack "$1" "$work/open/$1"
		;;
	guest-6.1) guest "$1" --kernel 6.1 ;;
	guest-6.12) guest "$1" --kernel 6.12 ;;
	guest-6.1-no-psi) guest "$1" --kernel 6.1 --append psi=0 ;;
	*)
		echo "take.sh: no fixture $1" >&2
		exit 3
		;;
	esac
}

[ $# -gt 0 ] || set -- host-6.18 host-6.18-not-root guest-6.1 guest-6.12 guest-6.1-no-psi
for name; do take "$name"; done
