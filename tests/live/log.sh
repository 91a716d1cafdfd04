#!/bin/sh
# The kernel's log read from /dev/kmsg, and as dmesg prints it in its formats: the same events. In the guest with
# errors that were really injected.
. "$(dirname "$0")/lib.sh"

if ! dmesg >/dev/null 2>&1 || ! "$FAULTLINE" events >/dev/null 2>&1 </dev/null; then
	skip "log: the kernel's log may not be read here"
	finish
	exit
fi

inject=$(dirname "$0")/../../lab/aer-inject
slot=0000:01:00.0
injected=
if [ -e /dev/aer_inject ] && "$inject" "$slot" cor RxErr && "$inject" "$slot" nonfatal CmpltTO; then
	injected=yes
fi
# a device that was reset has its link again after some seconds: until then each reading would be of another log
for _ in 1 2 3 4 5 6; do
	before=$(dmesg | wc -l)
	sleep 3
	[ "$(dmesg | wc -l)" -ne "$before" ] || break
done
# what and about whom, without the times, which dmesg cuts or leaves out
what() { "$FAULTLINE" events "$@" 2>"$scratch/err" </dev/null | cut -f 2-5; }
# same NAME OPTION...: the log as it is now, in one way and in another; one that says something in between is asked again
same() {
	name=$1
	shift
	for _ in 1 2 3; do
		dmesg -r >"$scratch/raw"
		what --log "$scratch/raw" >"$scratch/raw.events"
		if [ $# -gt 0 ]; then
			dmesg "$@" >"$scratch/other" 2>/dev/null || return 2
			what --log "$scratch/other" >"$scratch/events"
		else
			what >"$scratch/events"
		fi
		! cmp -s "$scratch/raw.events" "$scratch/events" || return 0
		[ "$(dmesg -r | wc -l)" -ne "$(wc -l <"$scratch/raw")" ] || return 1
	done
	return 1
}
# tell NAME OPTION...
tell() {
	same "$@"
	case $? in
	0) ok "$1 and dmesg -r: $(wc -l <"$scratch/events") events" ;;
	1) bad "$1 and dmesg -r: $(diff "$scratch/raw.events" "$scratch/events" | head -n 2 | tail -n 1)" ;;
	2) skip "log: no $1 here" ;;
	esac
}
tell /dev/kmsg
cp "$scratch/events" "$scratch/kmsg.events"
cp "$scratch/raw" "$scratch/kmsg.raw"
for how in -T -x '-x -T' '--time-format iso' -d; do
	# shellcheck disable=SC2086 # words
	tell "dmesg $how" $how
done

if [ -n "$injected" ]; then
	for kind in Correct Non-Fatal; do
		signal=$(case $kind in C*) echo correctable ;; *) echo nonfatal ;; esac)
		grep -c "AER: .*$kind.* received from $slot" "$scratch/kmsg.raw" >"$scratch/n"
		got=$(grep -c "^pcie.log.aer.$signal	pci:$slot	" "$scratch/kmsg.events")
		if [ "$got" -eq "$(cat "$scratch/n")" ] && [ "$got" -gt 0 ]; then
			ok "injected: $got reports of $signal errors"
		else
			bad "injected: grep counts $(cat "$scratch/n") reports of $signal errors, faultline $got"
		fi
	done
fi
finish
