#!/bin/sh
# Tracepoints: the instance of our own comes and goes, and, in the guest, injected AER errors against the counters of
# sysfs and the kernel's log.
. tests/live/lib.sh

print=$(dirname "$FAULTLINE")/tests/listen_print
tracing=$(awk '$3 == "tracefs" { print $2; exit }' /proc/mounts)
if [ -z "$tracing" ] || [ ! -w "$tracing/instances" ]; then
	skip 'trace: no tracefs here in which we may make an instance'
	finish
	exit
fi
wanted='ras:aer_event devlink:devlink_health_report devlink:devlink_health_reporter_state_update
	devlink:devlink_health_recover_aborted devlink:devlink_hwerr iommu:io_page_fault'

# heard DURATION: starts the listener and returns when it listens; its number is $listener
heard() {
	"$print" "$1" tracepoint >"$scratch/events" &
	listener=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		! grep -q '^ready' "$scratch/events" || break
		sleep 0.3
	done
}
# one that a killed faultline left: no process has this number
stale=$tracing/instances/faultline-$(($(cat /proc/sys/kernel/pid_max) + 1))
mkdir "$stale"
before=$(cat "$tracing/set_event" "$tracing/trace_clock")
heard 12s
own=$tracing/instances/faultline-$listener
for point in $wanted; do
	[ -d "$tracing/events/${point%:*}/${point#*:}" ] && echo "$point"
done | sort >"$scratch/there"
sort "$own/set_event" >"$scratch/on"
if ! [ -s "$scratch/there" ]; then
	wait "$listener"
	if grep -q 'without ras, devlink or iommu tracepoints' "$scratch/events"; then
		ok 'a kernel without such tracepoints: blind, with the reason'
	else
		bad "no tracepoints here, and it says: $(grep '^source' "$scratch/events")"
	fi
	rmdir "$stale" 2>/dev/null
	finish
	exit
fi
if cmp -s "$scratch/there" "$scratch/on"; then ok "on: $(wc -l <"$scratch/on") tracepoints, all there are"; else bad "$(diff "$scratch/there" "$scratch/on")"; fi
if grep -q '\[mono\]' "$own/trace_clock"; then ok 'its clock is the monotonic one'; else bad "its clock: $(cat "$own/trace_clock")"; fi
if [ "$(cat "$tracing/set_event" "$tracing/trace_clock")" = "$before" ]; then ok "others' tracing is as it was"; else bad "others' tracing changed"; fi
if [ -d "$stale" ]; then bad 'the instance of a dead process is still there'; else ok 'the instance of a dead process went'; fi
wait "$listener"
if [ -d "$own" ]; then bad 'its instance is still there'; else ok 'its instance went with it'; fi
missing=$(($(echo "$wanted" | wc -w) - $(wc -l <"$scratch/there")))
if [ "$missing" -gt 0 ] && ! grep -q '^missing' "$scratch/events"; then bad "$missing are not there, and nothing is said"; fi

# killed: the next one cleans up; any other that begins in just this moment does as well
for _ in 1 2 3; do
	heard 60s
	kill -9 "$listener"
	wait "$listener" 2>/dev/null
	left=$tracing/instances/faultline-$listener
	[ ! -d "$left" ] || break
done
if [ -d "$left" ]; then ok 'one that was killed leaves its instance'; else bad 'no instance was left'; fi
# whoever has got its number meanwhile keeps it there as long as it lives
for _ in 1 2 3; do
	heard 1s
	wait "$listener"
	[ -d "$left" ] || break
	alive=$(cat "/proc/${left##*-}/comm" 2>/dev/null)
	sleep 2
done
if [ -d "$left" ]; then bad "the next one did not remove it${alive:+: $alive has its number}"; else ok 'the next one removes it'; fi

inject=lab/aer-inject
if [ ! -c /dev/aer_inject ] || [ ! -x "$inject" ]; then
	skip 'trace: no /dev/aer_inject: nothing was injected'
	finish
	exit
fi
# The first function with AER that is below a root port.
for path in /sys/bus/pci/devices/*/aer_dev_correctable; do
	path=${path%/*}
	[ -e "$path/aer_rootport_total_err_cor" ] || break
done
slot=${path##*/}
# bit FILE NAME: what sysfs counted
bit() { awk -v b="$2" '$1 == b { print $2 }' "$path/aer_dev_$1"; }
# told SIGNAL NAME: in how many events of the device this bit was set
told() {
	awk -F '\t' -v s="pcie.trace.aer.$1" -v e="pci:$slot" -v b="$2" '$2 == s && $3 == e {
		t = $6; sub(/.*: /, "", t); k = split(t, bits, " "); for (i = 1; i <= k; i++) n += bits[i] == b } END { print n + 0 }' "$scratch/events"
}
for counter in correctable:RxErr correctable:BadTLP correctable:Timeout nonfatal:CmpltTO; do
	echo "$counter $(bit "${counter%:*}" "${counter#*:}")"
done >"$scratch/before"
log=$(dmesg | wc -l)
heard 25s
"$inject" "$slot" cor RxErr
"$inject" "$slot" cor BadTLP Timeout
"$inject" "$slot" nonfatal CmpltTO
sleep 2
"$inject" --rate 20 --for 2 "$slot" cor RxErr 2>/dev/null # refused while one is on its way
wait "$listener"
while read -r counter was; do
	kind=${counter%:*} name=${counter#*:}
	grew=$(($(bit "$kind" "$name") - was)) events=$(told "$kind" "$name")
	if [ "$grew" -gt 0 ] && [ "$grew" -eq "$events" ]; then
		ok "$slot $kind $name: sysfs counts $grew, so many events"
	else
		bad "$slot $kind $name: sysfs counts $grew, $events events"
	fi
done <"$scratch/before"
# the kernel's log tells of the first one too; printk's clock is not quite the monotonic one
line=$(dmesg | tail -n +$((log + 1)) | grep -m 1 "$slot: PCIe Bus Error" | sed 's/^\[ *\([0-9.]*\)\].*/\1/')
event=$(awk -F '\t' '$2 ~ /^pcie.trace.aer/ { sub(/mono:/, "", $1); print $1; exit }' "$scratch/events")
arrival=$(awk -F '\t' '$1 == "arrival" { print $3; exit }' "$scratch/events")
if awk -v a="$line" -v b="$event" -v c="$arrival" 'BEGIN { exit !(a != "" && b != "" && a - b < 1 && b - a < 1 && c >= b && c - b < 1) }'; then
	ok "one moment: the log says $line, the event $event, it arrived by $arrival"
else
	bad "one moment: the log says $line, the event $event, it arrived by $arrival"
fi
finish
