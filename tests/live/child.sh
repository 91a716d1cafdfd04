#!/bin/sh
# What may hang is read by a child: it stands still, and everything else goes on; it is said, given up, and followed by another.
. tests/live/lib.sh

"$FAULTLINE" help record | grep -q -e --patience || { bad 'record has no patience'; finish; exit; }
store=$scratch/store
tree=$scratch/tree
cp -r tests/fixtures/made-mlx5 "$tree"
mkdir -p "$tree/proc"
cat /proc/stat >"$tree/proc/stat" # what the recorder itself reads in every tick

# start: sets `recorder`
start() {
	"$FAULTLINE" record --store "$store" --root "$tree" --every 100ms --patience 300ms --cpu-budget 100 --for 120s >"$scratch/said" 2>&1 &
	recorder=$!
}

# child: prints its pid, nothing when there is none
child() { pgrep -P $recorder -f 'record --child'; }

# soon TENTHS COMMAND...: true when it becomes true in that time
soon() {
	tries=$1
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}
said() { [ "$("$FAULTLINE" events --store "$store" | grep -c "self.child.$1")" -ge "${2:-1}" ]; }
blind() { "$FAULTLINE" check --store "$store" | tr -s ' \n' ' ' | grep -q 'did not answer: sys/class/infiniband'; }
reads() { [ -n "$("$FAULTLINE" sample --store "$store" | grep '^rdma.port.state')" ]; }
reads_not() { ! reads; }

# Nothing there that could hang: a PCI function without a link is no device, and no process is worth it.
function=$scratch/plain/sys/bus/pci/devices/0000:00:00.0
mkdir -p "$function/power" "$scratch/plain/proc"
echo active >"$function/power/runtime_status"
cat /proc/stat >"$scratch/plain/proc/stat"
"$FAULTLINE" record --store "$scratch/none" --root "$scratch/plain" --every 100ms >/dev/null &
recorder=$!
soon 30 test -s "$scratch/none"
sleep 1
if [ -z "$(child)" ]; then ok 'no child where nothing can hang'; else bad 'a child where nothing can hang'; fi
kill $recorder
wait $recorder
if "$FAULTLINE" sample --store "$scratch/none" | grep -q '^pcie.runtime_status'; then ok 'what a child would read is read all the same'; else bad 'what a child would read is not read'; fi

# A real device, at rest: what the child read is what a direct reading says.
if ! ls /sys/class/infiniband/* >/dev/null 2>&1; then
	skip 'no RDMA device here: a tree stands in for it'
else
	"$FAULTLINE" record --store "$scratch/live" --every 500ms >/dev/null &
	recorder=$!
	soon 100 child
	live=$(child)
	sleep 12 # all paces up to 10 s had their turn
	own=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/${live:-none}/status")
	if [ "${own:-99999}" -le 4000 ]; then ok "the child has $own kB of its own"; else bad "a device, and a child '$live' of '$own' kB"; fi
	kill $recorder
	wait $recorder
	of_child='^(rdma|gpu|pcie\.(link|config|command|runtime))[.\t]'
	"$FAULTLINE" sample --store "$scratch/live" | grep -E "$of_child" | sort >"$scratch/recorded"
	"$FAULTLINE" sample | grep -E "$of_child" | sort >"$scratch/direct"
	if [ -s "$scratch/direct" ] && cmp -s "$scratch/recorded" "$scratch/direct"; then
		ok "$(wc -l <"$scratch/direct") values of real devices, as when they are read directly"
	else
		bad "real devices: $(diff "$scratch/recorded" "$scratch/direct" | head -n 10)"
	fi
fi

# Patience of a third of a second is for machines that start a program in less.
ms=100000
for _ in 1 2 3 4 5; do
	begin=$(date +%s%N)
	"$FAULTLINE" sample --root "$tree" >/dev/null
	took=$((($(date +%s%N) - begin) / 1000000))
	[ $took -ge $ms ] || ms=$took
done
if [ $ms -gt 250 ]; then
	skip "a child that stands still: one reading of a tree takes $ms ms here, and its patience would be 300"
	finish
	exit
fi

start
soon 100 reads || bad "no RDMA port was read: $(cat "$scratch/said")"
first=$(child)
if [ -n "$first" ]; then ok "a child reads: $first"; else bad 'there is no child'; fi
"$FAULTLINE" sample --store "$store" | sort >"$scratch/recorded"
"$FAULTLINE" sample --root "$tree" | sort >"$scratch/direct"
if cmp -s "$scratch/recorded" "$scratch/direct"; then
	ok "$(wc -l <"$scratch/direct") values, as when all are read directly"
else
	bad "other values than when all are read directly: $(diff "$scratch/recorded" "$scratch/direct" | head -n 5)"
fi
files=$(find "/proc/$first/fd" -type l -printf '%l\n' | grep -c -e "$store")
if [ "$files" -eq 0 ]; then ok 'it has no file of the store'; else bad "it has $files files of the store"; fi

# It stands still, as one does that waits for a device.
kill -STOP "$first"
if soon 50 said stuck; then ok "said: $("$FAULTLINE" events --store "$store" | grep -m 1 self.child.stuck | cut -f 2,6)"; else bad 'it stands still, and nobody says so'; fi
if soon 50 blind; then ok 'its sources are BLIND: did not answer'; else bad "they are not BLIND: $("$FAULTLINE" check --store "$store" | grep -A 5 '^rdma')"; fi
if soon 50 reads_not; then ok 'what it read is known no more'; else bad 'a value of a source that does not answer'; fi
if soon 100 said gone; then ok "said: $("$FAULTLINE" events --store "$store" | grep -m 1 self.child.gone | cut -f 2,6)"; else bad 'it was not given up'; fi
if kill -0 "$first" 2>/dev/null; then bad 'it is still there'; else ok 'it is gone'; fi
if soon 150 said back && soon 50 reads; then ok 'another one reads'; else bad 'no other one reads'; fi
second=$(child)
if [ -n "$second" ] && [ "$second" != "$first" ]; then ok "$second after $first"; else bad "child '$second' after $first"; fi

# Somebody kills it.
kill -9 "$second"
if soon 150 said gone 2 && soon 150 said back 2 && soon 50 reads; then ok 'one that was killed is followed'; else bad 'one that was killed is not followed'; fi

# The recorder ends while it stands still.
third=$(child)
kill -STOP "$third"
sleep 0.5
kill -TERM $recorder
if soon 20 sh -c "! kill -0 $recorder"; then ok 'the recorder ends within 2 s all the same'; else bad 'the recorder waits for it' && kill -9 $recorder; fi
wait $recorder
code=$?
if [ $code -eq 0 ]; then ok 'its exit code is 0'; else bad "its exit code is $code: $(cat "$scratch/said")"; fi
if kill -0 "$third" 2>/dev/null; then bad 'the child was left behind' && kill -9 "$third"; else ok 'and the child with it'; fi

# Everything else was read all the time. A machine that did not run is no fault of the recorder: it says so.
"$FAULTLINE" store export "$store" --format csv --signal sched.switches --every-tick >"$scratch/ticks"
"$FAULTLINE" events --store "$store" | awk -F '\t' '$2 == "self.ticks.missed"' >"$scratch/missed"
gap=$(awk -F, 'NR > 2 { gap = ($2 - before) / 1000000; if (gap > most) most = gap } { before = $2 } END { printf "%d", most }' "$scratch/ticks")
ticks=$(($(wc -l <"$scratch/ticks") - 1))
if [ "$ticks" -gt 60 ] && { [ "$gap" -le 250 ] || [ -s "$scratch/missed" ]; } && [ "$gap" -le 1000 ]; then
	ok "$ticks ticks of 100 ms, never more than $gap ms apart"
else
	bad "$ticks ticks of 100 ms, up to $gap ms apart"
fi
longest=$("$FAULTLINE" store export "$store" --format csv --signal self.child.stuck_for | awk -F, 'NR > 1 && $6 > most { most = $6 } END { printf "%d", most / 1000000 }')
if [ "$longest" -ge 3000 ]; then ok "for up to $longest ms nothing was read there, and it counted"; else bad "self.child.stuck_for reached $longest ms only"; fi
if "$FAULTLINE" store verify "$store" >"$scratch/verify"; then ok "$(head -n 1 "$scratch/verify")"; else bad "$(cat "$scratch/verify")"; fi

# It does not outlive a recorder that is killed.
start
soon 100 child || bad 'there is no child'
fourth=$(child)
kill -STOP "$fourth"
kill -9 $recorder
wait $recorder 2>/dev/null
# who is dead and not yet fetched by process 1 has ended
ended() { ! grep -qs '^State:[^Z]*$' "/proc/$fourth/status"; }
if soon 50 ended; then ok 'it ends with a recorder that was killed'; else bad 'it outlives a recorder that was killed' && kill -9 "$fourth"; fi
finish
