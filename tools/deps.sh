#!/bin/sh
# Installs the Debian packages of the given lists that are missing: tools/deps.sh LIST...
# Without root it prints the command that would and exits 3. Silent when all are there.
set -eu

missing=
for list; do
	[ -r "$list" ] || { echo "deps: $list: no such list of packages" >&2; exit 3; }
	while read -r package; do
		case $package in '' | '#'*) continue ;; esac
		case " $missing " in *" $package "*) continue ;; esac
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			missing="$missing $package"
	done <"$list"
done
[ -n "$missing" ] || exit 0

echo "deps: missing Debian packages:$missing" >&2
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: not root; run: apt-get install -y --no-install-recommends$missing" >&2
	exit 3
fi
export DEBIAN_FRONTEND=noninteractive
ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || apt-get -qq update
# shellcheck disable=SC2086 # a list of words; lists that are too old name files that are gone
apt-get -qq install -y --no-install-recommends $missing ||
	{ apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing; } ||
	{ echo "deps: apt-get failed; see above, then run make again" >&2; exit 3; }
