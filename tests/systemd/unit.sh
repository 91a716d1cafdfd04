#!/bin/sh
# The recorder's unit under systemd, in a guest: what it sees, beside plain root; the watchdog; how it ends.
#   lab/guest --systemd env FAULTLINE=$PWD/build/faultline UNIT=$PWD/build/systemd/faultline.service sh tests/systemd/unit.sh
. tests/live/lib.sh
UNIT=${UNIT:-build/systemd/faultline.service}

if [ "$(cat /proc/1/comm)" != systemd ] || [ "$(cat /proc/sys/kernel/hostname)" != faultline-lab ]; then
	skip 'the unit: this is no guest of the lab with systemd as process 1'
	finish
	exit
fi
program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$UNIT")
install -D "$FAULTLINE" "$program"
install -m 644 "$UNIT" /etc/systemd/system/faultline.service

# What only root may look into: a namespace with a name, and one of another user's without any.
ip netns add named
ip link add there type veth peer name back netns named
ip link set there up
setpriv --reuid 65534 --regid 65534 --clear-groups unshare -rn sleep 600 &
sleep 2

# show PROPERTY: what systemd says of the unit
show() { systemctl show -p "$1" --value faultline.service; }

# same NAME ROOT UNIT [judged]: what each does not see
same() {
	for side in "$2" "$3"; do
		# shellcheck disable=SC2086 # a word or none
		python3 tests/systemd/blind.py "$side" ${4:-} >"$side.blind" || { bad "$1: no answer"; return; }
	done
	if [ "$(wc -l <"$2.blind")" -ge 16 ] && diff "$2.blind" "$3.blind" >"$scratch/diff"; then
		ok "$1: the same $(wc -l <"$2.blind") lines of what is seen and what is not"
	else
		bad "$1: < plain root, > the unit"
		cat "$scratch/diff"
	fi
}

# in_the_sandbox NAME SETTING... -- COMMAND...: a one-shot unit with the sandbox of faultline.service, its output in
# $scratch/NAME; each SETTING is added
in_the_sandbox() {
	name=$1 added=''
	shift
	while [ "$1" != -- ]; do added="$added$1
" && shift; done
	shift
	{
		grep -v -E '^(\[Install\]|WantedBy|Type|NotifyAccess|Watchdog|Restart|StateDirectory|ExecStart)' "$UNIT"
		printf '%s' "$added"
		printf 'Type=oneshot\nSuccessExitStatus=1 2\nStandardOutput=truncate:%s\nExecStart=%s\n' "$scratch/$name" "$*"
	} >"/run/systemd/system/$name.service"
	systemctl daemon-reload
	systemctl start "$name.service" || journalctl -u "$name.service" -n 5 --no-pager
}

# Sandboxed and plain, each with the control groups that the unit's weights bring about.
in_the_sandbox sandboxed -- "$program" check --format json
systemd-run -q --wait -p CPUWeight=20 -p IOWeight=20 -p MemoryMax=256M -p TasksMax=64 -p SuccessExitStatus="1 2" \
	-p StandardOutput="truncate:$scratch/plain" "$program" check --format json
same 'check in the sandbox' "$scratch/plain" "$scratch/sandboxed" judged

# The comparison sees what a hardening takes away.
in_the_sandbox blinded ProcSubset=pid -- "$program" check --format json
python3 tests/systemd/blind.py "$scratch/blinded" >"$scratch/blinded.blind"
if diff -q "$scratch/plain.blind" "$scratch/blinded.blind" >/dev/null; then
	bad 'ProcSubset=pid takes nothing away: the comparison compares nothing'
else
	ok 'a sandbox that blinds is told from one that does not'
fi

# What check does not read and the recorder does.
in_the_sandbox kmsg -- "$program" events --format tsv --unknown
if [ -s "$scratch/kmsg" ]; then ok "the kernel's log: $(wc -l <"$scratch/kmsg") lines"; else bad "the kernel's log cannot be read"; fi
in_the_sandbox config -- /usr/bin/wc -c /sys/bus/pci/devices/0000:01:00.0/config
if grep -q '^4096 ' "$scratch/config"; then ok 'PCI configuration space, all of it'; else bad "PCI configuration space: $(cat "$scratch/config")"; fi
install -m 644 tests/systemd/opens.py /usr/local/lib/faultline-opens.py
in_the_sandbox opens -- /usr/bin/python3 /usr/local/lib/faultline-opens.py
while read -r line; do
	case $line in *': ok') ok "$line" ;; *) bad "$line" ;; esac
done <"$scratch/opens"
[ "$(wc -l <"$scratch/opens")" -eq 8 ] || bad 'not all was tried that is opened to be written'

# ---- the recorder itself ----

"$program" help record >/dev/null 2>&1 || { skip 'the recorder: this build has none'; finish; exit; }

store=/var/lib/faultline/store
# within SECONDS COMMAND...: until it succeeds. Each try is work for a guest, so there are few.
within() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $deadline ] || return 1
		sleep 3
	done
}
# in_the_store SIGNAL-OR-ENTITY: something was recorded of it
in_the_store() { "$program" sample --store "$store" | grep -q -- "$1"; }
hog_is_gone() { ! systemctl is-active -q hog.service; }
was_restarted() { [ "$(show NRestarts)" -gt "$restarts" ] && systemctl is-active -q faultline.service; }

# A test cannot wait for the real limits.
mkdir -p /etc/systemd/system/faultline.service.d
printf '[Service]\nWatchdogSec=15\nTimeoutAbortSec=2\n' >/etc/systemd/system/faultline.service.d/test.conf
systemctl daemon-reload
if systemctl start faultline.service; then
	ok "READY: $(show StatusText)"
else
	bad 'the recorder did not start'
	journalctl -u faultline.service -n 10 --no-pager
	finish
	exit
fi
[ -n "$(show StatusText)" ] || bad 'it has no status'

# systemd sets the time itself when the unit starts: only a later one is a life sign.
first=$(show WatchdogTimestampMonotonic)
sleep 11
second=$(show WatchdogTimestampMonotonic)
if [ "${first:-0}" -gt 0 ] && [ "$second" -gt "$first" ]; then ok "WATCHDOG=1 arrives"; else bad "life signs: $first, then $second"; fi

# What comes up later is seen by name through the unit's own mount namespace.
ip netns add late
if within 40 in_the_store 'host:@late'; then ok 'a network namespace that came later is seen'; else bad 'a network namespace that came later is not seen'; fi

# What others do is heard through the journal: a service that fails, and one that systemd-oomd kills.
heard() { "$program" store export "$store" --events --format csv | grep -q -- "$1"; }
systemd-run -q --unit=fails false
if within 20 heard 'app.journal.unit.failed,cgroup:/system.slice/fails.service'; then ok 'a service that failed'; else bad 'a service that failed was not heard of'; fi
if [ -x /lib/systemd/systemd-oomd ]; then
	mkdir -p /etc/systemd/oomd.conf.d
	printf '[OOM]\nDefaultMemoryPressureDurationSec=2s\n' >/etc/systemd/oomd.conf.d/test.conf
	printf '[Slice]\nManagedOOMMemoryPressure=kill\nManagedOOMMemoryPressureLimit=1%%\n' >/run/systemd/system/pressed.slice
	systemctl daemon-reload
	systemctl start systemd-oomd.service
	# It reads its own program again and again: without that there is no reclaim, and oomd wants some.
	systemd-run -q --unit=hog --slice=pressed.slice -p MemoryHigh=12M python3 -c 'import time
held = []
for _ in range(2000):
    held.append(bytearray(1 << 20))
    time.sleep(0.02)'
	within 120 hog_is_gone
	if within 30 heard 'cgroup.journal.oomd.kill,cgroup:/pressed.slice/hog.service'; then
		ok 'a service that systemd-oomd killed'
	elif journalctl -u systemd-oomd.service --no-pager -o cat | grep -q '^Killed '; then
		bad 'a kill of systemd-oomd was not heard of'
	else
		skip "a kill of systemd-oomd: it did not kill: $(tail -n 1 /sys/fs/cgroup/pressed.slice/memory.pressure)"
	fi
	systemctl stop hog.service systemd-oomd.socket systemd-oomd.service
else
	skip 'a kill of systemd-oomd: its package could not be fetched'
fi

# A recorder that hangs is replaced, and its store is sound.
restarts=$(show NRestarts)
kill -STOP "$(show MainPID)"
if within 90 was_restarted; then ok 'one that hung was replaced'; else bad "one that hung was not replaced: $(show Result)"; fi
sleep 3
echo "memory: $(show MemoryCurrent) bytes"
systemctl stop faultline.service
# By the journal's clock, as systemctl itself is slow to start in a guest, and a unit that has ended is forgotten.
journalctl --sync
ms=$(journalctl -u faultline.service -n 6 -o short-unix --no-pager |
	awk '/: Stopping / { a = $1 } /: Deactivated successfully/ { b = $1 } END { if (a && b >= a) printf "%d", (b - a) * 1000 }')
if [ "${ms:-9999}" -lt 5000 ]; then ok "it stops in $ms ms"; else bad "it stops in '$ms' ms: $(journalctl -u faultline.service -n 3 --no-pager -o cat)"; fi
if "$program" store verify "$store" >"$scratch/verify" 2>&1; then
	ok "its store: $(head -n 1 "$scratch/verify")"
else
	bad "its store: $(head -n 1 "$scratch/verify")"
fi

# Beside a recorder that is plain root's: what neither saw of the layers, and what listeners are deaf to.
systemctl start faultline.service
"$program" record --store /run/plain --for 12s
systemctl stop faultline.service
"$program" check --store "$store" --format json >"$scratch/recorded"
"$program" check --store /run/plain --format json >"$scratch/recorded_plain"
same 'what the recorder kept' "$scratch/recorded_plain" "$scratch/recorded"
finish
