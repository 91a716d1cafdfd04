#!/bin/sh
# The journal against journalctl: services that end, fail and are killed, and what systemd-oomd says; where process 1
# is systemd and the machine is a guest of the lab. Elsewhere: blind, with the reason.
. tests/live/lib.sh

print=$(dirname "$FAULTLINE")/tests/listen_print
if ! [ -d /run/log/journal ] && ! ls /var/log/journal/*/system.journal >/dev/null 2>&1; then
	"$print" 100ms journal >"$scratch/events"
	if grep -q '^source	journal	absent	no journal here' "$scratch/events"; then
		ok 'no journal: blind, with the reason'
	else
		bad "no journal, and it says: $(grep '^source' "$scratch/events")"
	fi
	skip 'journal: there is none here'
	finish
	exit
fi
if ! [ -d /run/systemd/system ] || ! grep -q '^overlay / ' /proc/mounts; then
	skip 'journal: not in a guest with systemd as process 1'
	finish
	exit
fi

# memory PID: what is resident, apart and of files
memory() { awk '/^Rss(Anon|File)/ { print $1 $2 }' "/proc/$1/status" | tr '\n' ' '; }
heard() {
	"$print" "$@" >"$scratch/events" &
	listener=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		! grep -q '^ready' "$scratch/events" || break
		sleep 0.3
	done
}
heard 6s clock
without=$(memory $listener)
wait $listener

since=$(date +'%Y-%m-%d %H:%M:%S')
sleep 1
heard "${JOURNAL_FOR:-60s}" journal
systemd-run --quiet --unit=faultline-exits sh -c 'exit 3'
systemd-run --quiet --unit=faultline-oom -p MemoryMax=8M -p MemorySwapMax=0 sh -c 'head -c 64M /dev/zero | tail'
# whoever writes what process 1 would write is not process 1
printf 'MESSAGE=ssh.service: Failed\nMESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c\nUNIT=ssh.service\n' | logger --journald
if [ -e /lib/systemd/system/systemd-oomd.service ] && systemctl start systemd-oomd; then
	oomd=yes
	mkdir -p /run/systemd/oomd.conf.d
	printf '[OOM]\nDefaultMemoryPressureDurationSec=2s\n' >/run/systemd/oomd.conf.d/faultline.conf
	systemctl restart systemd-oomd
	systemd-run --quiet --slice=faultlinepressed.slice --unit=faultline-pressed -p MemoryHigh=8M -p MemorySwapMax=0 \
		sh -c 'while :; do head -c 32M /dev/zero | tail >/dev/null; done'
	systemctl set-property --runtime faultlinepressed.slice ManagedOOMMemoryPressure=kill ManagedOOMMemoryPressureLimit=5%
else
	oomd=''
fi
sleep 15
with=$(memory $listener)
wait $listener
systemctl stop faultline-pressed 2>/dev/null

# count FIELD=VALUE...: so many entries journalctl has
count() { journalctl -q -o cat --since "$since" "$@" | wc -l; }
told() { awk -F '\t' -v s="$1" '$2 == s { n++ } END { print n + 0 }' "$scratch/events"; }
same() { if [ "$2" = "$3" ] && [ "$2" -ge "$4" ]; then ok "$1: $2"; else bad "$1: journalctl has $2, events $3"; fi; }
same 'services that failed' "$(count _PID=1 MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c)" "$(told app.journal.unit.failed)" 2
same 'processes that ended' "$(count _PID=1 MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15)" "$(told app.journal.unit.exited)" 2
same 'kills of the kernel' "$(count _PID=1 MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef)" "$(told cgroup.journal.unit.oom_kill)" 1
if grep -q '	app.journal.unit.failed	cgroup:/system.slice/faultline-exits.service	warning	1	.*exit-code' "$scratch/events"; then
	ok 'the service is named, with its result'
else
	bad 'the service that exits is not named'
fi
if grep -q 'ssh.service' "$scratch/events"; then bad 'words of somebody else were believed'; else ok 'words of somebody else are not believed'; fi
stamp=$(journalctl -q -o export --since "$since" _PID=1 MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c | sed -n 's/^__MONOTONIC_TIMESTAMP=//p' | head -n 1)
event=$(awk -F '\t' '$2 == "app.journal.unit.failed" { sub(/mono:/, "", $1); print $1; exit }' "$scratch/events")
if awk -v a="$stamp" -v b="$event" 'BEGIN { d = a / 1e6 - b; exit !(a != "" && b != "" && d < 0.001 && d > -0.001) }'; then
	ok "the stamp is journald's: $event"
else
	bad "the stamp: journald's is $stamp us, the event's $event s"
fi
if [ -n "$oomd" ]; then
	same 'kills of systemd-oomd' "$(journalctl -q -o cat --since "$since" -u systemd-oomd.service | grep -c '^Killed /')" \
		"$(told cgroup.journal.oomd.kill)" 1
	grep 'cgroup.journal.*oomd' "$scratch/events" | head -n 3
else
	skip 'systemd-oomd is not here'
fi
echo "memory without the journal: $without, with it: $with"
[ "$failed" -eq 0 ] || cat "$scratch/events"
finish
