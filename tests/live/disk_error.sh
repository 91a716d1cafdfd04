#!/bin/sh
# A disk that fails under the store, in the guest: dm's error target takes the place of the disk for some seconds. The
# recorder goes on, says so, and what it has on the disk stays sound.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

# only where everything goes with the machine: a mapping that is left would be the host's
grep -q '^overlay / ' /proc/mounts && grep -q psi=1 /proc/cmdline || { skip 'disk_error: for the guest only'; finish; exit; }
modprobe -a loop dm-mod ext4 2>/dev/null
if ! command -v dmsetup >/dev/null || ! dmsetup version >/dev/null 2>&1 || ! command -v mkfs.ext4 >/dev/null; then
	skip 'disk_error: no device mapper here (Debian: dmsetup, e2fsprogs)'
	finish
	exit
fi
name=faultline-disk
truncate -s 64M "$scratch/image"
loop=$(losetup --find --show "$scratch/image")
sectors=$(blockdev --getsz "$loop")
clean() {
	kill -9 $recorder 2>/dev/null
	umount -l "$scratch/disk" 2>/dev/null
	dmsetup remove --force "$name" 2>/dev/null
	losetup --detach "$loop" 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
# disk TARGET: what the mapping is from now on
disk() {
	case $1 in
	good) table="0 $sectors linear $loop 0" ;;
	bad) table="0 $sectors error" ;;
	esac
	dmsetup suspend --noflush --nolockfs "$name"
	echo "$table" | dmsetup reload "$name"
	dmsetup resume "$name"
}
recorder=''
mkdir "$scratch/disk"
# record_over OPTION...: a file system made so, a recorder on it for 6 s, 8 s without a disk, 6 s with one again, its end;
# sets code, and ticks: what is in the store afterwards
record_over() {
	echo "0 $sectors linear $loop 0" | dmsetup create "$name"
	dmsetup mknodes "$name"
	mkfs.ext4 -q -F "$@" "/dev/mapper/$name"
	# errors=continue: the file system is to stay, whatever it thinks of its disk
	mount -o errors=continue "/dev/mapper/$name" "$scratch/disk" || { bad 'the file system does not mount'; return 1; }
	store=$scratch/disk/store
	"$FAULTLINE" record --store "$store" --every 500ms --for 200s >"$scratch/said" 2>&1 &
	recorder=$!
	tries=300
	while ! grep -qs '^recording into' "$scratch/said" && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
	sleep 6
	disk bad
	sleep 8
	if kill -0 $recorder 2>/dev/null; then ok "$what: the recorder goes on when its disk fails"; else bad "$what: it ended: $(cat "$scratch/said")"; fi
	complaints=$(grep -c "^faultline: $store: " "$scratch/said")
	if [ "$complaints" -eq 1 ]; then ok "$what: it says so once: $(sed -n "s|^faultline: $store: ||p" "$scratch/said")"; else bad "$what: it says so $complaints times: $(cat "$scratch/said")"; fi
	disk good
	sleep 6
	kill -TERM $recorder
	tries=100
	while kill -0 $recorder 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
	wait $recorder
	code=$?
	recorder=''
	# as after a reboot: from the disk, not from the memory of a file system that failed
	umount "$scratch/disk" && mount "/dev/mapper/$name" "$scratch/disk" || bad "$what: the file system does not mount again"
	if "$FAULTLINE" store verify "$store" >"$scratch/verify" 2>&1; then ok "$what: the store is $(head -n 1 "$scratch/verify")"; else bad "$what: the store: $(head -n 3 "$scratch/verify")"; fi
	ticks=$(sed -n '1s/.* \([0-9]*\) ticks.*/\1/p' "$scratch/verify")
}
put_away() {
	umount "$scratch/disk"
	dmsetup remove "$name"
}

what='without a journal'
if record_over -O ^has_journal; then
	if [ $code -eq 0 ]; then ok "$what: it ends well"; else bad "$what: exit code $code: $(cat "$scratch/said")"; fi
	if [ "${ticks:-0}" -ge 38 ]; then ok "$what: $ticks ticks of 54 are on the disk"; else bad "$what: '$ticks' ticks of some 54 are on the disk"; fi
	put_away
fi
# ext4 gives the journal up, and takes nothing more until it is mounted again
what='with a journal'
if record_over; then
	if [ $code -eq 3 ] && grep -q 'what came last is not in it' "$scratch/said"; then ok "$what: $(tail -n 1 "$scratch/said")"; else bad "$what: exit code $code: $(cat "$scratch/said")"; fi
	if [ "${ticks:-0}" -ge 8 ]; then ok "$what: $ticks ticks from before are on the disk"; else bad "$what: '$ticks' ticks are on the disk"; fi
	put_away
fi
finish
