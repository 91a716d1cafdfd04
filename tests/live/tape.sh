#!/bin/sh
# A tape of this kernel: what happened while it ran is in its readings, when it happened; and what a reading costs.
. tests/live/lib.sh

# cpu: sets ms to the CPU time of the children so far; `times` knows none in a subshell
cpu() {
	times >"$scratch/times"
	ms=$(awk 'NR == 2 { split($1, u, /[ms]/); split($2, s, /[ms]/); printf "%d", (u[1] + s[1]) * 60000 + (u[2] + s[2]) * 1000 }' "$scratch/times")
}

link=fltape$$
"$FAULTLINE" snap --every 500ms --for 8s "$scratch/tape" &
recording=$!
sleep 1
marker="faultline tape test $$"
# shellcheck disable=SC3037
if { echo "<6>$marker" >/dev/kmsg; } 2>/dev/null; then logged=yes; else logged=''; fi
if ip link add "$link" type dummy 2>/dev/null; then
	sleep 3
	ip link del "$link"
else
	link=''
fi
wait $recording
code=$?
if [ $code -eq 0 ]; then ok 'a tape was made'; else bad "a recording ended with $code"; fi
"$FAULTLINE" sample --root "$scratch/tape" >"$scratch/rows"
if cmp -s "$scratch/rows" "$scratch/tape/rows.tsv"; then
	ok "sample of the tape gives its rows.tsv byte for byte: $(wc -l <"$scratch/rows") rows"
else
	bad 'sample of the tape differs from its rows.tsv'
fi
"$FAULTLINE" sample --root "$scratch/tape" --every 10ms >"$scratch/all"
readings=$(grep -c '^# ' "$scratch/all")
if [ "$readings" -ge 3 ] && [ "$readings" -le 17 ]; then ok "it has $readings readings"; else bad "8 s at 500 ms gave $readings readings"; fi
if [ -n "$logged" ]; then
	if grep -aq "$marker" "$scratch/tape/tape"; then ok "the kernel's log is in it"; else bad "what was written to the kernel's log is not in it"; fi
else
	skip "the kernel's log: /dev/kmsg cannot be written here"
fi
if [ -n "$link" ]; then
	came=$(awk -F '\t' -v who="netdev:$link" '/^#/ { n++ } $2 == who && $4 != "-" { print n; exit }' "$scratch/all")
	went=$(awk -F '\t' -v who="netdev:$link" '/^#/ { n++ } $2 == who && $4 == "-" { print n; exit }' "$scratch/all")
	if [ -n "$came" ] && [ -n "$went" ] && [ "$came" -gt 1 ] && [ "$went" -gt "$came" ]; then
		ok "an interface came in reading $came and was gone in reading $went"
	else
		bad "an interface that came and went is in it from reading '$came' to '$went'"
	fi
else
	skip 'an interface that comes and goes: none can be made here'
fi

cpu
at=$ms
for _ in 1 2 3; do "$FAULTLINE" check >/dev/null; done
cpu
check=$(((ms - at) / 3)) at=$ms
"$FAULTLINE" snap --every 100ms --count 30 "$scratch/cost"
cpu
reading=$(((ms - at) / 30))
bytes=$(($(stat -c %s "$scratch/cost/tape") / 30))
if [ "$reading" -le $((check + 5)) ]; then
	ok "a reading of a tape takes $reading ms of CPU and $bytes bytes; check takes $check ms"
else
	bad "a reading of a tape takes $reading ms of CPU, more than check with its $check ms"
fi
finish
