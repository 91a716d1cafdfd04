#!/bin/sh
# faultline store as a stranger meets it; what it exports is read by others. FAULTLINE is the program, beside it
# lies tests/test_store_verify, which makes the stores.
. "$(dirname "$0")/lib.sh"
maker=$(dirname "$FAULTLINE")/tests/test_store_verify
schema=$PWD/docs/schema/store.json
export TZ=UTC
if [ ! -x "$maker" ]; then
	skip "store: $maker is not built"
	finish
	exit
fi
cd "$scratch" || exit 3
exec </dev/null
"$maker" . || exit 3

# same NAME EXPECTED GOT
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1: '$3', not '$2'"; fi; }
store() { "$FAULTLINE" store "$@"; }

expect 'no verb' 3 'nothing to do' "$FAULTLINE" store
expect 'an unknown verb' 3 'unknown verb shred' "$FAULTLINE" store shred x
expect 'no file' 3 'a file is missing after info' "$FAULTLINE" store info
expect 'a file too many' 3 'too many files' "$FAULTLINE" store verify a b
expect 'an option of another verb' 3 'does not take' "$FAULTLINE" store info closed.db --events
expect 'options may stand before the file' 0 '^time,' "$FAULTLINE" store export --format csv closed.db
expect 'no format' 3 'format is missing' "$FAULTLINE" store export closed.db
expect 'an unknown format' 3 'unknown format xml' "$FAULTLINE" store export closed.db --format xml
expect 'events in OpenMetrics' 3 'no events' "$FAULTLINE" store export closed.db --format openmetrics --events
expect '--to before --from' 3 'before --from' "$FAULTLINE" store copy closed.db x --from 10:00:00 --to 09:00:00
expect '--last beside --from' 3 'exclude each other' "$FAULTLINE" store copy closed.db x --from 10:00:00 --last 1s
expect '--last may stand beside --to' 0 '' "$FAULTLINE" store export closed.db --format csv --to mono:12 --last 1s
expect 'a wrong time' 3 'not a time' "$FAULTLINE" store copy closed.db x --from yesterday

# ---- what is no store
: >empty
echo 'some text that is no database at all, whatever its length is' >text
mkdir folder
mkfifo fifo
for file in empty text folder fifo; do
	expect "verify: $file is unreadable" 2 "^faultline: $file: " timeout 10 "$FAULTLINE" store verify "$file"
	expect "info: $file cannot be read" 3 "^faultline: $file: " timeout 10 "$FAULTLINE" store info "$file"
	expect "copy: $file cannot be read" 3 "^faultline: $file: " timeout 10 "$FAULTLINE" store copy "$file" not-made
done
expect 'verify: a file that is not there' 3 'nowhere: No such file' "$FAULTLINE" store verify nowhere
[ ! -e not-made ] && ok 'nothing was made of them' || bad 'something was made of what is no store'

# ---- info
expect 'info' 0 '^ticks     60, lost 0, gaps 1$' "$FAULTLINE" store info closed.db
expect 'info tells the gap' 0 '^gaps      2026-11-22T04:10:02.900Z to 2026-11-22T04:10:04.000Z$' "$FAULTLINE" store info closed.db
expect 'info of one that was killed' 0 '^segments  5 rolled over, 1 open$' "$FAULTLINE" store info killed.db
store info killed.db >out
same 'info fits 80 columns' '' "$(awk 'length($0) > 80' out)"
same 'info: bytes are those of the files' "$(cat killed.db killed.db-wal | wc -c)" "$(sed -n 's/^bytes  *\([0-9]*\):.*/\1/p' out)"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	for name in closed killed; do
		store info $name.db --format json >$name.json
		expect "info of $name fits its schema, and no less would" 0 '' /usr/bin/python3 -c '
import json, jsonschema, sys
schema, document = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
check.validate(document)
for part in [document, document["schema"], document["bytes"], document["eras"][0]] + document["gaps"][:1]:
    for key in list(part):
        value = part.pop(key)
        assert not check.is_valid(document), key
        part[key] = value
    part["surprise"] = 1
    assert not check.is_valid(document), "surprise"
    del part["surprise"]
' "$schema" $name.json
	done
else
	skip 'the schema of info: python3-jsonschema is not installed'
fi

# ---- verify
expect 'verify' 0 '^sound: 6 segments, 60 ticks' "$FAULTLINE" store verify closed.db
expect 'verify of one that was killed' 0 '^sound: 6 segments, 60 ticks' "$FAULTLINE" store verify killed.db
if command -v sqlite3 >/dev/null; then
	cp closed.db broken.db
	sqlite3 broken.db "UPDATE segment SET head = x'00' WHERE id = 3"
	expect 'verify tells what is damaged' 1 '^segment 3: its head' "$FAULTLINE" store verify broken.db
	grep -c '^readable: ' out >count
	same 'verify tells what is readable before and behind it' 2 "$(cat count)"
	expect 'what is not damaged is exported' 0 'broken.db: ' "$FAULTLINE" store export broken.db --format csv
	sqlite3 broken.db "UPDATE segment SET head = x'00'; PRAGMA user_version = 1"
	expect 'verify: not a tick can be read' 2 'nothing can be read' "$FAULTLINE" store verify broken.db
	cp closed.db broken.db
	sqlite3 broken.db 'CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (VALUES (101) UNION ALL SELECT i + 1 FROM n WHERE i < 130) SELECT i FROM n;
		INSERT INTO series SELECT era, i, slot, signal, entity, sub, sum FROM series, n WHERE grp = 1;
		INSERT INTO chunk (segment, grp, data) SELECT 1, i, zeroblob(20) FROM n'
	expect 'verify tells of each damaged chunk' 1 '^damaged: 30 faults; 5 segments are sound' "$FAULTLINE" store verify broken.db
	grep -c '^segment 1: chunk' out >count
	same 'not more than 20 lines of it' 20 "$(cat count)"
	grep -c '^and 10 more$' out >count
	same 'and how many more' 1 "$(cat count)"
	cp closed.db newer.db
	sqlite3 newer.db 'PRAGMA user_version = 99'
	expect 'a store of a newer faultline' 3 'newer faultline' "$FAULTLINE" store info newer.db
else
	skip 'broken stores: sqlite3 is not installed'
fi

# ---- copy and merge
expect 'copy' 0 '' "$FAULTLINE" store copy killed.db copy.db
expect 'the copy is sound' 0 '^sound: 6 segments, 60 ticks' "$FAULTLINE" store verify copy.db
store export killed.db --format csv >a
store export copy.db --format csv >b
if cmp -s a b; then ok 'the copy gives the same rows'; else bad 'the copy gives other rows'; fi
same 'the copy is one file that needs no log' '01 01' "$(od -An -tx1 -j18 -N2 copy.db | xargs)"
expect 'copy over a file' 3 'is there already' "$FAULTLINE" store copy closed.db copy.db
expect 'copy of what is not there' 3 'nowhere' "$FAULTLINE" store copy nowhere new.db
expect 'copy into no folder' 3 'nothing was left' "$FAULTLINE" store copy closed.db nowhere/new.db
expect 'copy of a window' 0 '' "$FAULTLINE" store copy closed.db window.db --from 2026-11-22T04:10:02Z --to 2026-11-22T04:10:02.5Z
expect 'it has the segments of that window' 0 '^sound: 2 segments, 20 ticks' "$FAULTLINE" store verify window.db
expect 'copy since boot' 0 '' "$FAULTLINE" store copy closed.db mono.db --from mono:15.5
expect 'it has the last segments' 0 '^sound: 2 segments' "$FAULTLINE" store verify mono.db
expect 'copy of a window without a tick' 3 'no tick in that window' "$FAULTLINE" store copy closed.db none.db --to 2020-01-01T00:00:00Z
expect 'merge' 0 '^2 eras, 12 segments; 8 were in several stores$' "$FAULTLINE" store merge merged.db closed.db killed.db copy.db window.db
expect 'what was merged is sound' 0 '^sound: 12 segments, 120 ticks' "$FAULTLINE" store verify merged.db
{ cat a; store export closed.db --format csv | tail -n +2; } >expected
store export merged.db --format csv >b
if cmp -s expected b; then ok 'both boots are exported, the older first'; else bad 'what was merged gives other rows'; fi
expect 'merge of two hosts' 3 'of another host' "$FAULTLINE" store merge two.db closed.db other.db
expect 'merge over a file' 3 'is there already' "$FAULTLINE" store merge copy.db closed.db
if unshare -m true 2>/dev/null; then
	mkdir small
	unshare -m sh -c 'mount -t tmpfs -o size=40k small small && "$1" store copy closed.db small/copy.db; echo $? >code; ls small >left' sh "$FAULTLINE" >out 2>err
	if [ "$(cat code)" -eq 3 ] && grep -q 'nothing was left' err && [ ! -s left ]; then ok 'a full disk under a copy'; else bad "a full disk under a copy: $(head -n 1 err)"; fi
else
	skip 'a full disk under a copy: no mount namespace can be made here'
fi
same 'nothing half made was left' '' "$(find . -name '*.partial-*')"
[ ! -e new.db ] && [ ! -e none.db ] && [ ! -e two.db ] && ok 'nor anything whole of what failed' || bad 'a copy or merge that failed left a file'

# ---- export, read by others
store export merged.db --format csv >rows.csv
store export merged.db --format jsonl >rows.jsonl
store export merged.db --format csv --every-tick >dense.csv
store export merged.db --format csv --events >events.csv
store export merged.db --format jsonl --events >events.jsonl
cat >compare.py <<'P'
import csv, json
def read(name):
    with open(name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))
def lines(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
rows, objects = read("rows.csv"), lines("rows.jsonl")
assert len(rows) == len(objects) > 500, (len(rows), len(objects))
for row, o in zip(rows, objects):
    value = "" if o["value"] is None else str(o["value"])
    assert [row["time"], row["time_ns"], row["signal"], row["entity"], row["sub"], row["value"]] == \
        [o["time"], str(o["time_ns"]), o["signal"], o["entity"], o["sub"], value], (row, o)
key = lambda row: (row["signal"], row["entity"], row["sub"])
# what did not change is the same as before: the dense rows follow from the others, tick by tick
dense, state, at = read("dense.csv"), {}, 0
assert len(dense) == 120 * 9 + 120 // 2, len(dense)
first_of_boot = rows[0]["time_ns"][:10]
for time in sorted({row["time_ns"] for row in dense}, key=int):
    while at < len(rows) and int(rows[at]["time_ns"]) <= int(time):
        state[key(rows[at])] = rows[at]["value"]
        at += 1
    now = {key(row): row["value"] for row in dense if row["time_ns"] == time}
    there = {k: v for k, v in state.items() if v != ""}
    if len(time) and now != there:
        # of another boot nothing goes on
        assert set(there) - set(now) == {("made.came", "queue:eth0/rx-3", "-")}, (time, now, there)
        state.pop(("made.came", "queue:eth0/rx-3", "-"))
assert at == len(rows)
by = {}
for row in rows:
    by.setdefault(key(row), []).append(row["value"])
assert by[("nic.rx.bytes", 'netdev:@pod/a,"b\\c', "-")][0] == str(2**63)
assert by[("made.driver", "netdev:eth0", "-")] == ["mlx5_core", 'odd, "one"\n'] * 2
assert by[("irq.count", "irq:40", "cpu=4")] == ["0", "0"]
assert by[("made.came", "queue:eth0/rx-3", "-")] == ["7", "", "7", "", "7"] * 2
events, event_objects = read("events.csv"), lines("events.jsonl")
assert len(events) == len(event_objects) == 6
for row, o in zip(events, event_objects):
    assert row["text"] == o["text"] == 'it, "happened"\nagain' and row["time"] == o["time"], (row, o)
    assert (row["signal"], row["entity"], row["severity"], row["count"]) == ("made.happened", "host", "warning", "2"), row
P
expect 'csv and jsonl say the same, and dense rows what follows from the changes' 0 '' /usr/bin/python3 compare.py
same 'only what was asked for is exported' 'irq:40 cpu=1' "$(store export closed.db --format csv --signal 'irq.*' --entity irq:40 | awk -F, '$5 == "cpu=1" { print $4, $5 }' | sort -u)"
same '--last counts back from the end' 11 "$(store export closed.db --format csv --signal nic.rx.bytes --entity netdev:eth0 --last 1s | tail -n +2 | wc -l)"
same '--last before --to' 3 "$(store export closed.db --format csv --signal nic.rx.bytes --entity netdev:eth0 --last 200ms --to 2026-11-22T04:10:02Z | tail -n +2 | wc -l)"
store export merged.db --format openmetrics >rows.om
if /usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	cat >openmetrics.py <<'P'
import csv
from prometheus_client.openmetrics.parser import text_fd_to_metric_families
from prometheus_client.samples import Timestamp
# until 0.17 it compares seconds or nanoseconds: 1.0 came before 0.9
Timestamp.__gt__ = lambda a, b: (a.sec, a.nsec) > (b.sec, b.nsec)
with open("rows.om", encoding="utf-8") as file:
    families = {family.name: family for family in text_fd_to_metric_families(file)}
kinds = {name: (family.type, family.unit) for name, family in families.items()}
assert kinds == {"faultline_irq_count": ("counter", ""), "faultline_made_came": ("gauge", ""), "faultline_made_driver": ("info", ""),
                 "faultline_made_level_seconds": ("gauge", "seconds"), "faultline_nic_rx_bytes": ("counter", "bytes")}, kinds
with open("rows.csv", newline="", encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if row["value"] != ""]
def samples(name, **labels):
    return [s for s in families[name].samples if all(s.labels.get(k) == v for k, v in labels.items())]
assert sum(len(family.samples) for family in families.values()) == len(rows)
levels = [row for row in rows if row["signal"] == "made.level"]
for sample, row in zip(samples("faultline_made_level_seconds"), levels, strict=True):
    assert sample.value == int(row["value"]) / 1e6, (sample, row)
    assert sample.timestamp.sec * 10**9 + sample.timestamp.nsec == int(row["time_ns"]), (sample, row)
pod = samples("faultline_nic_rx_bytes", entity='netdev:@pod/a,"b\\c')
assert pod and pod[0].name == "faultline_nic_rx_bytes_total" and pod[0].value == 2.0**63
assert samples("faultline_made_driver", value='odd, "one"\n')[0].name == "faultline_made_driver_info"
assert len(samples("faultline_irq_count", cpu="0")) == 120
P
	expect 'OpenMetrics, read by prometheus_client' 0 '' /usr/bin/python3 openmetrics.py
else
	skip 'OpenMetrics: python3-prometheus-client is not installed'
fi
same 'OpenMetrics ends' '# EOF' "$(tail -n 1 rows.om)"
if [ -e /dev/full ]; then
	expect 'a full disk under the output' 3 'not complete' sh -c '"$1" store export closed.db --format csv >/dev/full' sh "$FAULTLINE"
else
	skip 'a full disk under the output: no /dev/full here'
fi
"$FAULTLINE" help store | awk 'length($0) > 90' >wide
same 'help fits the screen' '' "$(cat wide)"
finish
