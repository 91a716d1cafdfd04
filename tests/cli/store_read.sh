#!/bin/sh
# Recordings that stand in for the machine: check, sample, events and explain of stores, at any time in them; what is
# wrong with one; and that a store says what the tape says it was made of. usage: sh tests/cli/store_read.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
make_store=$(dirname "$FAULTLINE")/tests/make-store
cd "$scratch" || exit 3
TZ=UTC export TZ

# same NAME: the files one and two
same() { if [ -s one ] && cmp -s one two; then ok "$1"; else bad "$1: $(diff one two | head -n 3 | tr '\n' ' ')"; fi; }

of_one_reading() { grep -v -e '	task:' -e app.tasks.unlisted -e irq.device.skew -e irq.silent -e nic.queue.held; }
# numbered: each row of many readings behind its reading's number
numbered() { awk '/^# / { n++ } { print n "\t" $0 }'; }

# ---- a store says what its tape says ----
for name in F4 F21 N1; do
	mkdir $name && tar -xJf "$here/tests/tapes/$name/recording.tar.xz" -C $name && mv $name/recording/* $name/ || exit 3
	"$make_store" $name $name.store || { bad "$name: no store was made of its tape"; continue; }
	"$FAULTLINE" explain --root $name --format json >one
	"$FAULTLINE" explain --store $name.store --format json >two
	same "$name: explain says of the store what it says of the tape"
	# what is gone comes in no particular order
	"$FAULTLINE" sample --root $name --every 100ms | numbered | sort >one
	"$FAULTLINE" sample --store $name.store --every 100ms | numbered | sort >two
	same "$name: every reading"
	# which tasks are looked at depends on the reading before, and some rows are made of two readings
	"$FAULTLINE" sample --root $name --every 7s | numbered | of_one_reading | sort >one
	"$FAULTLINE" sample --store $name.store --every 7s | numbered | of_one_reading | sort >two
	same "$name: readings that are left out are not lost to the next one"
	"$FAULTLINE" sample --root $name | of_one_reading >one
	"$FAULTLINE" sample --store $name.store | of_one_reading >two
	same "$name: the last reading"
	"$FAULTLINE" explain --root $name --last 40s | sed -n '1p; /^ROOT/,/^$/p' >one
	"$FAULTLINE" explain --store $name.store --last 40s | sed -n '1p; /^ROOT/,/^$/p' >two
	same "$name: and the same root of the last 40 s"
	"$FAULTLINE" events --root $name | cut -f 2- >one
	"$FAULTLINE" events --store $name.store | cut -f 2- >two
	if cmp -s one two; then ok "$name: events"; else bad "$name: other events: $(diff one two | head -n 3 | tr '\n' ' ')"; fi
done
"$FAULTLINE" sample --root F4 --every 100ms | sed -n 's/^# //p' >moments
first=$(head -n 1 moments) middle=$(sed -n 30p moments) after=$(sed -n 31p moments) last=$(tail -n 1 moments)

# ---- scored, also as if less had been recorded; without its log F6 has no fault ----
for name in F4 F6; do
	mkdir -p score/tape/$name score/store/$name
	cp "$here/tests/tapes/$name/label.json" score/tape/$name
	cp "$here/tests/tapes/$name/label.json" score/store/$name
done
ln -s "$here/tests/tapes/F6/recording.tar.xz" score/tape/F6/recording.tar.xz
tar -xJf "$here/tests/tapes/F6/recording.tar.xz" && "$make_store" recording score/store/F6/recording.store
ln -s ../../../F4 score/tape/F4/recording
xz -c F4.store >score/store/F4/recording.store.xz
for kind in tape store; do
	"$FAULTLINE" score score/$kind --quick --degrade --format json | grep -v -e explain_s -e '"corpus"' >scored.$kind
done
if grep -q 'without log' scored.store && cmp -s scored.tape scored.store; then ok 'score: the same of a store as of the tape, also degraded'; else bad "score: $(diff scored.tape scored.store | head -n 4 | tr '\n' ' ')"; fi

# ---- at a time ----
"$FAULTLINE" sample --store F4.store --from "$middle" --to "$after" | sed '1d; /^# /,$d' >one
"$FAULTLINE" sample --store F4.store --at "$middle" >two
same 'the state at a time is the first reading from there on'
"$FAULTLINE" sample --store F4.store --to "$after" | awk '/^# /{ n++ } END { print n }' >count
if [ "$(cat count)" -eq 30 ] || [ "$(cat count)" -eq 31 ]; then ok '--to ends the readings'; else bad "--to the 31st reading gives $(cat count)"; fi
if [ -s two ] && ! "$FAULTLINE" sample --store F4.store | cmp -s - two; then ok 'the state at a time is not the last one'; else bad '--at gives the last state'; fi
if [ "$("$FAULTLINE" sample --store F4.store --last 5s | grep -c '^# ')" -eq 6 ]; then ok '--last 5s of a reading each second'; else bad '--last 5s does not give six readings'; fi
"$FAULTLINE" sample --store F4.store --at "$after" --format json >json
if grep -q "\"time\": \"20" json; then ok 'the time of the state is told'; else bad 'no time in JSON'; fi
TZ=Asia/Kolkata "$FAULTLINE" sample --store F4.store --at "$after" >two
"$FAULTLINE" sample --store F4.store --at "$after" >one
same 'a time with a zone is the same everywhere'
hour=$(TZ=Asia/Kolkata date -d "$after" +'%F %H:%M:%S.%3N')
TZ=Asia/Kolkata "$FAULTLINE" sample --store F4.store --at "$hour" >two
same 'a time without one is of the zone of who asks'
expect 'a time before the recording' 3 'no tick in that window; it was recorded from' "$FAULTLINE" sample --store F4.store --at '2020-01-01T00:00:00Z'
expect 'a time after it' 3 'no tick in that window; it was recorded from' "$FAULTLINE" check --store F4.store --at '2030-01-01T00:00:00Z'
expect 'a time of the clock since boot' 3 'recorded from mono:' "$FAULTLINE" check --store F4.store --at mono:99999999
expect 'events of no window' 3 'no tick in that window' "$FAULTLINE" events --store F4.store --from '2030-01-01T00:00:00Z'
expect 'an explanation of no window' 5 'no tick in that window' "$FAULTLINE" explain --store F4.store --from '2030-01-01T00:00:00Z'
if [ "$(wc -l <err)" -eq 1 ]; then ok 'it is said once'; else bad "it is said in $(wc -l <err) lines"; fi

# ---- check ----
"$FAULTLINE" check --store F4.store --at "$last" --for 10s >out 2>err
code=$?
if [ $code -le 2 ] && grep -q '^rates over 10\.' out && [ ! -s err ]; then ok 'check judges rates over what was asked for'; else bad "check --for 10s: $code, $(sed -n 2p out), $(head -n 1 err)"; fi
"$FAULTLINE" check --store F4.store >out
if [ "$(grep -cE '^[a-z]+ +(YES|NO|BLIND) ' out)" -eq 16 ] && ! grep -q '^cost' out; then ok 'check has a line for each layer, and no cost'; else bad "check of a store: $(tail -n 1 out)"; fi
"$FAULTLINE" check --store F4.store --at "$first" >out
if grep -q '^one reading' out; then ok 'the first reading has no rates'; else bad "rates of the first reading: $(sed -n 2p out)"; fi
fault=$("$FAULTLINE" events --store F4.store | sed -n '10s/\t.*//p')
expect 'check at the time of the fault finds it' 1 '^pcie .* YES' "$FAULTLINE" check --store F4.store --at "$fault"
expect 'and not where nothing had happened yet' 0 '^pcie .* NO' "$FAULTLINE" check --store F4.store --at "$first"

# ---- what is wrong with it ----
expect 'a store that is not there' 3 'nowhere: No such file' "$FAULTLINE" check --store nowhere
echo text >text
for command in check sample events explain; do
	expect "$command: no store" 3 'text: .*faultline' "$FAULTLINE" $command --store text
	expect "$command: two sources" 3 'exclude each other' "$FAULTLINE" $command --store F4.store --root F4
done
expect '--at of the machine' 3 'give --store' "$FAULTLINE" check --at -1m
expect '--last of the machine' 3 'give --store' "$FAULTLINE" sample --last 1m
expect '--from of a log' 3 'give --store' "$FAULTLINE" events --from -1m text
expect '--at and many readings' 3 '--at' "$FAULTLINE" sample --store F4.store --at "$last" --every 1s
expect 'many readings as JSON' 3 'tsv only' "$FAULTLINE" sample --store F4.store --last 1m --format json
expect 'unknown lines of a store' 3 'events only' "$FAULTLINE" events --unknown --store F4.store
"$FAULTLINE" record --store empty --collectors softnet --root nothing >/dev/null 2>&1
if [ -e empty ]; then expect 'a store without a tick' 5 'not a single tick' "$FAULTLINE" explain --store empty; fi

# ---- two boots ----
if command -v sqlite3 >/dev/null; then
	cp F21.store before.store
	sqlite3 before.store "UPDATE era SET boot_id = 'before'"
	"$FAULTLINE" store merge boots.store before.store F4.store >/dev/null
	expect 'ticks of an earlier boot are left out, and counted' 0 'ticks of earlier boots were left out' "$FAULTLINE" explain --store boots.store
	"$FAULTLINE" sample --store boots.store --every 10s >one 2>/dev/null
	"$FAULTLINE" sample --store F4.store --every 10s >two
	same 'the last boot is read'
	moment=$("$FAULTLINE" sample --store F21.store --every 10s | sed -n 's/^# //p' | sed -n 3p)
	"$FAULTLINE" sample --store boots.store --at "$moment" >one 2>err
	"$FAULTLINE" sample --store F21.store --at "$moment" >two
	same 'a time chooses the earlier boot'
else
	skip 'two boots in a store: no sqlite3'
fi

# ---- damaged ----
cp F4.store torn
dd if=/dev/urandom of=torn bs=1024 seek=120 count=40 conv=notrunc 2>/dev/null
for command in check sample events; do
	expect "$command: nothing of it can be read" 3 'store verify' "$FAULTLINE" $command --store torn
done
if command -v sqlite3 >/dev/null; then
	cp F4.store partly
	sqlite3 partly 'UPDATE chunk SET data = zeroblob(length(data)) WHERE segment = 2'
	expect 'a damaged part of a store' 0 'what can be read is answered' "$FAULTLINE" explain --store partly
	if [ "$(wc -l <err)" -eq 1 ] && grep -q '^ROOT' out; then ok 'is said once, and the rest is explained'; else bad "a damaged part: $(cat err)"; fi
	"$FAULTLINE" sample --store partly --every 1s >one 2>/dev/null
	"$FAULTLINE" sample --store F4.store --every 1s >two
	if [ "$(grep -c '^# ' one)" -gt 60 ] && [ "$(wc -l <one)" -lt "$(wc -l <two)" ]; then ok 'and nothing is made up'; else bad 'a damaged part changes nothing, or all'; fi
else
	skip 'a damaged part of a store: no sqlite3'
fi

# ---- the one of this machine ----
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 .
	cp "$FAULTLINE" program
	mkdir -p state/faultline
	user="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nowhere XDG_STATE_HOME=$PWD/state ./program"
	expect 'nothing was recorded yet' 3 'state/faultline/store; start faultline record' $user explain --last 40s
	cp F4.store state/faultline/store
	chmod 644 state/faultline/store
	expect 'the last of what this machine recorded' 0 'aer' $user explain --last 80s
	expect 'without a window nothing is chosen' 3 'give --last' $user explain
else
	skip 'the usual store of a user: not root, or no setpriv'
fi
finish
