#!/bin/sh
# Health reporters against `devlink health` in the same second: healthy, broken and recovered, broken for good, recovered
# by hand; versions against `devlink dev info`; what check and check --deep say of it, and what the listener heard.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin
LISTEN=${LISTEN:-$(dirname "$FAULTLINE")/tests/listen_print}

# said WHAT PATTERN FILE, unsaid WHAT PATTERN FILE
said() { if grep -q -e "$2" "$3"; then ok "$1"; else bad "$1: nothing about $2"; sed 's/^/    /' "$3" | head -n 30; fi; }
unsaid() { if grep -q -e "$2" "$3"; then bad "$1: $(grep -m 1 -e "$2" "$3")"; else ok "$1"; fi; }

if ! grep -qs ' devlink_nl_' /proc/kallsyms; then
	"$FAULTLINE" check >"$scratch/check"
	said "without devlink the layer is blind, and says why" '^firmware  *BLIND  *the kernel has no devlink' "$scratch/check"
	skip 'devlink: this kernel has no devlink (lab/guest has)'
	finish
	exit
fi
[ "$(id -u)" -eq 0 ] || { skip 'devlink: needs root for a device that is made'; finish; exit; }
modprobe netdevsim 2>/dev/null || { skip 'devlink: no netdevsim for this kernel (lab/fetch-netdevsim builds it)'; finish; exit; }

[ -z "$(devlink health show)" ] || { skip 'devlink: other devices have health reporters here'; finish; exit; }

number=7 device=netdevsim/netdevsim7
health=/sys/kernel/debug/netdevsim/netdevsim$number/health
listener=''
clean() {
	[ -z "$listener" ] || kill "$listener" 2>/dev/null
	echo $number >/sys/bus/netdevsim/del_device 2>/dev/null
	modprobe -r netdevsim 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 130' INT TERM
echo "$number 2" >/sys/bus/netdevsim/new_device || { skip 'devlink: netdevsim makes no device here'; finish; exit; }

# told: what devlink says of all reporters, as SIGNAL<TAB>ENTITY<TAB>VALUE
told() {
	devlink -j health show | tr -d ' \n' | sed 's/,"last_dump_[a-z]*":"[^"]*"//g; s/"\([a-z]*\/[^"]*\)":\[/\ndevice \1\n/g; s/{"reporter"/\nreporter/g' |
		awk -v OFS='\t' '
		/^device / { device = $2; next }
		/^reporter/ {
			n = split($0, part, /[,:{}"\]]+/)
			who = "reporter:" device "/" part[2]
			for (i = 3; i < n; i += 2) {
				value = part[i + 1]
				if (value == "true" || value == "error") value = 1
				if (value == "false" || value == "healthy") value = 0
				if (part[i] == "state") print "firmware.reporter.state", who, value
				if (part[i] == "error") print "firmware.reporter.errors", who, value
				if (part[i] == "recover") print "firmware.reporter.recoveries", who, value
				if (part[i] == "grace_period") print "firmware.reporter.grace", who, value
				if (part[i] == "auto_recover") print "firmware.reporter.auto_recover", who, value
				if (part[i] == "auto_dump") print "firmware.reporter.auto_dump", who, value
			}
		}'
}
# same WHEN: all of it is what faultline says, and faultline knows of no other reporter
same() {
	told >"$scratch/before"
	take
	told >"$scratch/after"
	both
	echo "-- $1"
	agree "$scratch/both"
	ours=$(awk -F '\t' '$1 == "firmware.reporter.state"' "$scratch/rows" | wc -l)
	theirs=$(grep -c 'reporter.state' "$scratch/after")
	if [ "$ours" -eq "$theirs" ] && [ "$ours" -gt 0 ]; then ok "$1: $ours reporters"; else bad "$1: $ours reporters, devlink has $theirs"; fi
}
dummy=reporter:$device/dummy
# dumped: seconds since 1970 at which the dump of dummy was stored, by devlink
dumped() { date -d "$(devlink health show $device reporter dummy | sed -n 's/.*last_dump_date \([^ ]*\) last_dump_time \([^ ]*\).*/\1 \2/p')" +%s 2>/dev/null; }
judge() {
	"$FAULTLINE" check "$@" >"$scratch/check" 2>"$scratch/err"
	code=$?
}

if [ -x "$LISTEN" ]; then
	"$LISTEN" 600s devlink >"$scratch/heard" 2>&1 &
	listener=$!
	tries=150
	until grep -q '^ready' "$scratch/heard" || [ $((tries -= 1)) -eq 0 ]; do sleep 0.2; done
else
	skip "devlink: no $LISTEN here (ninja builds it)"
fi
same healthy
judge
said "with healthy reporters nothing is wrong" '^firmware  *NO ' "$scratch/check"
unsaid "a reporter without errors has no history" "firmware.reporter.errors of reporter:$device" "$scratch/check"

# versions, as far as this kernel's netdevsim has any
devlink -j dev info $device | tr -d ' \n' >"$scratch/info"
driver=$(sed -n 's/.*"driver":"\([^"]*\)".*/\1/p' "$scratch/info")
equal "driver" "$driver" firmware.driver "reporter:$device"
for kind in fixed running stored; do
	sed -n "s/.*\"$kind\":{\([^}]*\)}.*/\1/p" "$scratch/info" | tr ',' '\n' | tr -d '"' | while IFS=: read -r name version || [ -n "$name" ]; do
		printf 'firmware.%s.%s\treporter:%s\t%s\t%s\n' $kind "$(echo "$name" | tr '.' '_')" "$device" "$version" "$version"
	done
done >"$scratch/versions"
if [ -s "$scratch/versions" ]; then
	agree "$scratch/versions"
	equal "nothing waits for a reset" 0 firmware.update.pending "reporter:$device"
else
	skip "devlink: netdevsim of $(uname -r) tells no versions"
fi

# it breaks and recovers: only the count tells
echo first >"$health/break_health"
same recovered
equal "an error" 1 firmware.reporter.errors "$dummy"
equal "and its recovery" 1 firmware.reporter.recoveries "$dummy"
stored=$(value firmware.reporter.dump.time "$dummy")
if [ -n "$stored" ] && [ "$((stored / 1000000000))" = "$(dumped)" ]; then
	ok "the dump was stored at $(dumped)"
	note firmware.reporter.dump.time
else
	bad "the dump: devlink says '$(dumped)', faultline '$stored' ns"
fi
judge --deep
said "what recovered is history" 'since boot .*firmware.reporter.errors of' "$scratch/check"
said "and its dump is told" '^ *break_message: first' "$scratch/check"
unsaid "a healthy reporter is not diagnosed" diagnosis "$scratch/check"
# of this layer: a test before this one may have left pressure behind
said "an error that recovered is no alarm" '^firmware  *NO' "$scratch/check"

# it breaks and does not recover
echo Y >"$health/fail_recover"
echo second >"$health/break_health" 2>/dev/null && bad "the recovery did not fail"
same broken
equal "in error" 1 firmware.reporter.state "$dummy"
judge
said "check names the reporter" "CRITICAL  a part of the device is in error" "$scratch/check"
said "and where" "firmware.reporter.state of $dummy is" "$scratch/check"
said "and how to confirm it" "devlink health show $device reporter" "$scratch/check"
unsaid "nobody was asked for a diagnosis or dump" break_message "$scratch/check"
if [ "$code" -eq 2 ]; then ok "check ends with 2"; else bad "check ends with $code"; fi
"$FAULTLINE" snap "$scratch/snap" >/dev/null 2>"$scratch/err" || bad "snap: $(cat "$scratch/err")"
judge --root "$scratch/snap"
said "a snap has it too" "firmware.reporter.state of $dummy is" "$scratch/check"
judge --deep
said "check --deep has a diagnosis" 'recovered_break_message: first' "$scratch/check"
said "and the dump of the first error" '^ *break_message: first' "$scratch/check"
# what devlink prints, by name and value: each of them stands in ours
devlink health diagnose $device reporter dummy >"$scratch/diagnose" 2>/dev/null
devlink health dump show $device reporter dummy >"$scratch/dump" 2>/dev/null
tr -d '\n' <"$scratch/diagnose" >"$scratch/theirs"
for word in 'test_bool: true' 'test_u8: 1' 'test_u32: 3' 'test_u64: 4' 'test_string: somestring'; do
	name=${word%%:*} what=${word#*: }
	if grep -q "$name: $what" "$scratch/theirs" && [ "$(grep -c " $word\$" "$scratch/check")" -eq 2 ]; then
		ok "diagnosis and dump: $word"
	else
		bad "diagnosis and dump: $word: devlink says $(cat "$scratch/theirs"); faultline $(grep -c "$word" "$scratch/check") times"
	fi
done
said "objects in objects" 'test_nest.nested_test_u8: 0' "$scratch/check"
said "arrays" 'test_u32_array: 0 1 2 3 4 5 6 7 8 9' "$scratch/check"
said "arrays of objects" 'test_array_of_objects\[9\].in_array_nested_test_u8: 9' "$scratch/check"
judge --deep --format json
said "in JSON too" '"about": "diagnosis"' "$scratch/check"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	if /usr/bin/python3 -c 'import json, jsonschema, sys; jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))' \
		docs/schema/check.json "$scratch/check" >"$scratch/valid" 2>&1; then
		ok "which docs/schema/check.json describes"
	else
		bad "docs/schema/check.json: $(tail -n 3 "$scratch/valid")"
	fi
fi

# a dump that is not stored is not taken, and nothing is cleared or recovered
devlink health dump clear $device reporter dummy
judge --deep
unsaid "no dump is told" '^ *dump of' "$scratch/check"
devlink health show >"$scratch/show"
unsaid "and none was taken" last_dump "$scratch/show"
said "the reporter is as it was" 'state error error 2 recover 1' "$scratch/show"
if command -v setpriv >/dev/null; then
	setpriv --reuid 65534 --regid 65534 --clear-groups "$FAULTLINE" check --deep >"$scratch/check" 2>"$scratch/err"
	said "who may not ask is told so" "may not ask $device/dummy: no permission; run it as root" "$scratch/err"
	if [ "$(wc -l <"$scratch/err")" -eq 1 ]; then ok "in one line"; else bad "$(wc -l <"$scratch/err") lines: $(head -n 2 "$scratch/err")"; fi
	said "and sees the state all the same" "firmware.reporter.state of $dummy is" "$scratch/check"
fi
judge --deep --root /
said "a tree cannot be asked" 'needs a live machine' "$scratch/err"

echo N >"$health/fail_recover"
devlink health recover $device reporter dummy
same "recovered by hand"
equal "healthy again" 0 firmware.reporter.state "$dummy"

if [ -n "$listener" ]; then
	sleep 1
	kill "$listener"
	wait "$listener"
	listener=''
	heard=$(awk -F '\t' -v e="$dummy" '$2 == "firmware.notice.reporter.error" && $3 == e { n += $5 } END { print n + 0 }' "$scratch/heard")
	if [ "$heard" = "$(value firmware.reporter.errors "$dummy")" ]; then ok "the listener heard of $heard errors, the counter has as many"; else bad "the listener heard of $heard errors, the counter has $(value firmware.reporter.errors "$dummy")"; fi
	healthy=$(awk -F '\t' -v e="$dummy" '$2 == "firmware.notice.reporter.healthy" && $3 == e' "$scratch/heard" | wc -l)
	if [ "$healthy" -ge 1 ]; then ok "and that it is healthy again"; else bad "nobody heard that it is healthy again: $(cat "$scratch/heard")"; fi
fi
finish
