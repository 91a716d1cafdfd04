#!/bin/sh
# Who follows a recorder: frames, events within moments, an answer that is told again; who does not keep up is let go.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

# its limits are of a machine that is not emulated
if grep -q '^overlay / ' /proc/mounts && grep -q psi=1 /proc/cmdline; then skip 'follow: an emulated guest is too slow for its limits'; finish; exit; fi

space=faultline-follow-$$
ip netns add "$space" 2>/dev/null || { skip 'follow: no network namespace can be made here'; finish; exit; }
ip -n "$space" link add name wire type veth peer name other || { ip netns del "$space"; skip 'follow: no veth here'; finish; exit; }
ip -n "$space" link set other up
trap 'kill $recorder $slow 2>/dev/null; ip netns del "$space"; rm -rf "$scratch"' EXIT
slow=''

"$FAULTLINE" record --store "$scratch/store" --for 25s --fast 0 --collectors stat,netdev,meminfo >"$scratch/said" 2>&1 &
recorder=$!
tries=50
while [ ! -S "$scratch/store.socket" ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done

# --foreground: else `timeout` sends its signal twice, and a second one hangs a sanitizer that looks for leaks
limit='timeout --foreground -k 5'

# The first reading is whole, the others are what changes.
$limit 5 "$FAULTLINE" sample --follow --store "$scratch/store" >"$scratch/rows.all"
readings=$(grep -c '^# ' "$scratch/rows.all")
awk '/^# /{n++; next} n == 1' "$scratch/rows.all" | cut -f 1-3 >"$scratch/first"
"$FAULTLINE" sample --store "$scratch/store" | cut -f 1-3 >"$scratch/stored"
if [ "$readings" -ge 2 ]; then ok "$readings readings in 5 s"; else bad "$readings readings in 5 s"; fi
if [ -s "$scratch/first" ] && cmp -s "$scratch/first" "$scratch/stored"; then
	ok "the first one has the $(wc -l <"$scratch/first") rows that the store has"
else
	bad "the first reading and the store differ: $(diff "$scratch/first" "$scratch/stored" | head -n 3 | tr '\n' ' ')"
fi

# An event is heard at once: from the end of the command that makes it to the line.
python3 - "$FAULTLINE" "$scratch/store" "$space" >"$scratch/latency" <<'END'
import subprocess, sys, time
faultline, store, space = sys.argv[1:]
heard = subprocess.Popen(['timeout', '--foreground', '-k', '5', '15', faultline, 'events', '--follow', '--store', store], stdout=subprocess.PIPE, text=True)
time.sleep(2.5)
delays = []
for n in range(12):
    begin = time.monotonic()
    subprocess.run(['ip', '-n', space, 'link', 'set', 'wire', 'up' if n % 2 == 0 else 'down'], check=True)
    line = 'begin'
    while line and 'netdev:' not in line:
        line = heard.stdout.readline()
    if not line:
        sys.exit('event %d was not heard' % n)
    delays.append((time.monotonic() - begin) * 1000)
    time.sleep(0.15)
heard.terminate()
heard.wait()
delays.sort()
print('%.1f %.1f' % (delays[len(delays) // 2], delays[-1]))
END
read -r median most <"$scratch/latency"
if [ -n "$median" ] && [ "${median%.*}" -le 50 ]; then ok "12 events, each with its command, were heard after $median ms (median), $most ms (most)"; else bad "events were heard after '$median' ms"; fi

# One that does not read costs the recorder nothing.
mkfifo "$scratch/stuck"
"$FAULTLINE" sample --follow --store "$scratch/store" >"$scratch/stuck" &
slow=$!
exec 3<"$scratch/stuck"
sleep 2

$limit 4 "$FAULTLINE" explain --live --store "$scratch/store" >"$scratch/answer"
if grep -qE '^(NO FAULT|UNDETERMINED|POSSIBLE|LIKELY|CONFIRMED|LATENT|EXTERNAL)' "$scratch/answer"; then ok "explain --live: $(head -n 1 "$scratch/answer")"; else bad "explain --live: $(head -n 1 "$scratch/answer")"; fi

wait $recorder
code=$?
if [ $code -eq 0 ]; then ok 'the recorder ended in its time'; else bad "the recorder ended with $code: $(cat "$scratch/said")"; fi
exec 3<&-
"$FAULTLINE" events --follow --store "$scratch/store" >"$scratch/out" 2>"$scratch/err"
code=$?
if [ $code -eq 3 ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -q 'nobody records there' "$scratch/err"; then ok "$(cat "$scratch/err")"; else bad "with nobody to follow: exit code $code, $(cat "$scratch/err")"; fi
finish
