#!/bin/sh
# The recorder: it ends as it is asked to, leaves a sound store however it ends, and says in one line why it cannot begin.
. tests/live/lib.sh

"$FAULTLINE" help record >/dev/null 2>&1 || { bad 'there is no command record'; finish; exit; }

# span_ms STORE: from its first tick to its last; nothing when there is none
span_ms() {
	"$FAULTLINE" store info "$1" --format json | python3 -c '
import json, sys
about = json.load(sys.stdin)
print((about["last_ns"] - about["first_ns"]) // 1000000)'
}

# sound STORE NAME: verify says so
sound() {
	if "$FAULTLINE" store verify "$1" >"$scratch/verify" 2>&1; then ok "$2: $(head -n 1 "$scratch/verify")"; else bad "$2: $(head -n 1 "$scratch/verify")"; fi
}

# start STORE [OPTION...]: sets `recorder`; comes back when it has said that it records
start() {
	rm -f "$scratch/said" # of the one before
	"$FAULTLINE" record --store "$@" >"$scratch/said" 2>&1 &
	recorder=$!
	tries=100
	while ! grep -qs '^recording into' "$scratch/said" && [ $((tries -= 1)) -gt 0 ] && kill -0 $recorder 2>/dev/null; do sleep 0.1; done
}

# ended: waits for it; sets code, and late when it took more than five seconds
ended() {
	late=yes
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 $recorder 2>/dev/null || { late='' && break; }
		sleep 0.5
	done
	[ -z "$late" ] || kill -9 $recorder
	wait $recorder
	code=$?
}

# refused NAME WHAT COMMAND...: exit code 3 and one line, which names WHAT
refused() {
	name=$1 what=$2
	shift 2
	timeout 20 "$@" >"$scratch/out" 2>"$scratch/err"
	code=$?
	if [ $code -eq 3 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q "^faultline: .*$what" "$scratch/err" && [ ! -s "$scratch/out" ]; then
		ok "$name: $(cat "$scratch/err")"
	else
		bad "$name: exit code $code, and it said: $(cat "$scratch/err" "$scratch/out")"
	fi
}

# For a time.
"$FAULTLINE" record --store "$scratch/timed" --every 500ms --for 5s >"$scratch/said" 2>&1
code=$?
if [ $code -eq 0 ]; then ok 'a recorder ended after 5 s'; else bad "a recorder for 5 s ended with $code: $(cat "$scratch/said")"; fi
sound "$scratch/timed" 'its store'
ms=$(span_ms "$scratch/timed")
if [ "${ms:-0}" -ge 3500 ] && [ "$ms" -le 6500 ]; then ok "its ticks span $ms ms"; else bad "its ticks span '$ms' ms of 5000"; fi
if "$FAULTLINE" check --store "$scratch/timed" >/dev/null; [ $? -lt 3 ]; then ok 'check reads it'; else bad 'check cannot read it'; fi

# Killed.
start "$scratch/killed" --every 200ms
sleep 4
kill -9 $recorder
wait $recorder 2>/dev/null
sound "$scratch/killed" 'the store of one that was killed'
ms=$(span_ms "$scratch/killed")
if [ "${ms:-0}" -ge 2000 ]; then ok "after 4 s it had $ms ms on disk"; else bad "after 4 s it had '$ms' ms on disk: more than 2 s are lost"; fi

# Beside another one; ended by a signal.
start "$scratch/both"
refused 'a second recorder' "$scratch/both" "$FAULTLINE" record --store "$scratch/both" --for 5s
if kill -0 $recorder 2>/dev/null; then ok 'the first goes on'; else bad "the first has ended: $(cat "$scratch/said")"; fi
kill -TERM $recorder
ended
if [ $code -eq 0 ] && [ -z "$late" ]; then ok 'SIGTERM ends it'; else bad "SIGTERM: exit code $code${late:+, and only when killed}: $(cat "$scratch/said")"; fi
sound "$scratch/both" 'its store'
start "$scratch/both"
kill -TERM $recorder
ended
if [ $code -eq 0 ]; then ok 'the next one goes on in the same store'; else bad "the next one: exit code $code: $(cat "$scratch/said")"; fi
sound "$scratch/both" 'the store of two runs'

# No place for a store.
echo 'this is no store, and somebody may need it' >"$scratch/text"
cp "$scratch/text" "$scratch/text.before"
refused 'a file that is no store' "$scratch/text" "$FAULTLINE" record --store "$scratch/text" --for 5s
if cmp -s "$scratch/text" "$scratch/text.before"; then ok 'it is as it was'; else bad 'it was written over'; fi
refused 'a directory that is a file' "$scratch/text" "$FAULTLINE" record --store "$scratch/text/store" --for 5s
mkdir "$scratch/disk"
# on_disk OPTIONS COMMAND: in a mount namespace of its own, where $scratch/disk is a file system
on_disk() { unshare -m sh -c "mount -t tmpfs -o $1 tmpfs '$scratch/disk' && $2"; }
if on_disk size=1m true 2>/dev/null; then
	refused 'a read-only file system' "$scratch/disk: Read-only" unshare -m sh -c \
		"mount -t tmpfs -o ro tmpfs '$scratch/disk' && exec '$FAULTLINE' record --store '$scratch/disk/store' --for 5s"
	refused 'a full file system' "$scratch/disk/store: No space" unshare -m sh -c \
		"mount -t tmpfs -o size=64k tmpfs '$scratch/disk' && { cat /dev/zero >'$scratch/disk/fill' 2>/dev/null; exec '$FAULTLINE' record --store '$scratch/disk/store' --for 5s; }"
	# It becomes full, and is not any more: what did not fit is lost, and the recorder is not.
	on_disk size=24m "{ '$FAULTLINE' record --store '$scratch/disk/store' --every 200ms --for 10s 2>'$scratch/err' &
		sleep 3; cat /dev/zero >'$scratch/disk/fill' 2>/dev/null; sleep 3; rm '$scratch/disk/fill'; wait \$!; echo \$? >'$scratch/code'
		'$FAULTLINE' store verify '$scratch/disk/store'; '$FAULTLINE' store copy '$scratch/disk/store' '$scratch/was-full'; }" >"$scratch/verify" 2>&1
	if [ "$(cat "$scratch/code")" = 0 ] && grep -q '^sound' "$scratch/verify"; then
		ok "a disk that was full for 3 s: $(grep '^sound' "$scratch/verify")"
	else
		bad "a disk that was full for 3 s: exit code $(cat "$scratch/code"): $(cat "$scratch/verify" "$scratch/err")"
	fi
	ms=$(span_ms "$scratch/was-full")
	if [ "${ms:-0}" -ge 8000 ]; then ok "what came after is in the store: $ms ms"; else bad "the store ends after '$ms' ms of 10000"; fi
else
	skip 'full and read-only file systems: no mount namespaces here'
fi
finish
