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
echo "0 $sectors linear $loop 0" | dmsetup create "$name"
dmsetup mknodes "$name"
mkfs.ext4 -q "/dev/mapper/$name"
mkdir "$scratch/disk"
# errors=continue: the file system is to stay, whatever the journal thinks of its disk
mount -o errors=continue,data=writeback "/dev/mapper/$name" "$scratch/disk" || { bad 'the file system does not mount'; finish; exit; }
store=$scratch/disk/store

"$FAULTLINE" record --store "$store" --every 500ms --for 200s >"$scratch/said" 2>&1 &
recorder=$!
tries=300
while ! grep -qs '^recording into' "$scratch/said" && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
sleep 6
disk bad
sleep 8
if kill -0 $recorder 2>/dev/null; then ok 'the recorder goes on when its disk fails'; else bad "it ended: $(cat "$scratch/said")"; fi
failed_lines=$(grep -ci 'input/output\|I/O error\|read-only' "$scratch/said")
if [ "$failed_lines" -eq 1 ]; then ok "it says so once: $(grep -i 'input/output\|I/O error\|read-only' "$scratch/said")"; else bad "it says so $failed_lines times: $(cat "$scratch/said")"; fi
disk good
sleep 6
kill -TERM $recorder
tries=100
while kill -0 $recorder 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
wait $recorder
code=$?
if [ $code -le 1 ]; then ok "SIGTERM ends it ($code)"; else bad "SIGTERM: exit code $code: $(cat "$scratch/said")"; fi
# as after a reboot: from the disk, not from the memory of the file system that failed
umount "$scratch/disk" && mount "/dev/mapper/$name" "$scratch/disk" || bad 'the file system does not mount again'
if "$FAULTLINE" store verify "$store" >"$scratch/verify" 2>&1; then ok "the store: $(head -n 1 "$scratch/verify")"; else bad "the store: $(head -n 3 "$scratch/verify")"; fi
"$FAULTLINE" store info "$store"
cat "$scratch/said"
finish
