#!/bin/sh
# faultline score on a corpus made here: table, JSON, exit codes, damaged labels and recordings. FAULTLINE is the program.
. "$(dirname "$0")/../live/lib.sh"
case $FAULTLINE in /*) ;; *) FAULTLINE=$PWD/$FAULTLINE ;; esac
here=$PWD
cd "$scratch" || exit 3

# label NAME KIND FIELDS
label() {
	mkdir -p "corpus/$1/recording"
	printf '{"schema":{"name":"faultline.label","version":1},"name":"%s","kind":"%s","kernel":"6.1.0",%s}\n' "$1" "$2" "$3" \
		>"corpus/$1/label.json"
}
nic='"entity":"pci:0000:01:00.0"'
root='"injected_at":"2026-11-22T10:01:00Z","recovered_at":null,"root":[{"signal":"pcie.aer.nonfatal",'$nic'}]'
chain='"chain":[[{"signal":"pcie.aer.nonfatal",'$nic'}],[{"signal":"nic.carrier","entity":"*"}]],"missing_sources":[]'
symptom='"symptom":[{"signal":"nic.tx.bytes","entity":"netdev:eth0"}],"moved":true'
decoys='"decoys":[{"signal":"softirq.time_squeeze","entity":"*","reasons":["invariant"]}]'
label a-fault real "$root,$chain,$symptom,$decoys"
label b-void real "$root,$chain,\"symptom\":[],\"moved\":false,\"decoys\":[]"
label c-made synthetic "$root,$chain,$symptom,$decoys"
label d-quiet healthy '"injected_at":null,"recovered_at":null,"root":[],"chain":[],"symptom":[],"decoys":[],"missing_sources":[],"moved":false'

window='"window":{"from":"2026-11-22T10:00:00Z","until":"2026-11-22T10:03:00Z"}'
from='{"signal":"pcie.aer.nonfatal",'$nic',"onset":["2026-11-22T10:01:00Z","2026-11-22T10:01:01Z"]}'
to='{"signal":"nic.carrier","entity":"netdev:eth0","onset":["2026-11-22T10:01:02Z","2026-11-22T10:01:03Z"]}'
out='"ruled_out":[{"signal":"softirq.time_squeeze","entity":"cpu:0","reason":"invariant"}]'
mkdir answers
echo "{\"verdict\":\"confirmed\",$window,\"roots\":[$from],\"chain\":[{\"from\":$from,\"to\":$to}],$out}" >answers/a-fault.json
cp answers/a-fault.json answers/b-void.json
cp answers/a-fault.json answers/c-made.json
echo "{\"verdict\":\"no_fault\",$window,\"roots\":[]}" >answers/d-quiet.json

with='' # an environment for the next ones
# expect NAME CODE PATTERN OPTION...: exit code, and what is said; an error is one line on stderr and nothing else
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	# shellcheck disable=SC2086 # none or one
	env $with "$FAULTLINE" score "$@" >out 2>err
	got=$?
	if [ "$got" -ne "$code" ]; then
		bad "$name: exit code $got, not $code: $(head -n 1 err)"
	elif ! cat out err | grep -q -- "$pattern"; then
		bad "$name: nothing says '$pattern': $(head -n 1 err)"
	elif [ "$code" -eq 3 ] && { [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; }; then
		bad "$name: an error is one line on stderr and nothing else"
	else
		ok "$name"
	fi
}

saved='--answers answers'
# shellcheck disable=SC2086 # options
{
expect 'a perfect answer' 0 '^a-fault  *real  *confirmed  *right  *right  *1/1  *1/1  *-$' corpus $saved
if [ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' out)" -le 80 ]; then ok 'the table fits 80 columns'; else bad "the table is wider than 80 columns: $(awk 'length($0) > 80' out | head -n 1)"; fi
expect 'kinds stand apart, with Wilson intervals' 0 '^  root_top1  *first root right  *1/1  *1.000  *0.207..1.000$' corpus $saved
expect 'a void case is said and not counted' 0 '^real: 2 cases, 1 of them void' corpus $saved
expect 'roots a host-day' 0 '^  roots_per_day .* 0/0.002083 d  *0  0..1761' corpus $saved
expect 'requirements that are met' 0 '^met  *root_top1>=1$' corpus $saved --require 'root_top1>=1' --require 'roots_per_day<=0'
expect 'one case alone' 0 '^synthetic: 1 case$' corpus $saved --only c-made
if grep -q a-fault out; then bad 'one case alone: another is shown'; else ok 'one case alone means one'; fi
expect 'what was not measured is not met' 1 '^NOT MET  *honesty>=0' corpus $saved --require 'honesty>=0'
sed 's/"confirmed"/"likely"/; s/pcie.aer.nonfatal/sched.psi.cpu/' answers/a-fault.json >wrong
cp wrong answers/c-made.json
expect 'a wrong root of one kind' 1 'names sched.psi.cpu of' corpus $saved --require 'root_top1>=0.95'
expect '... is none of the other' 0 '^met' corpus $saved --require 'real.root_top1>=0.95'
cp wrong answers/b-void.json
expect 'a wrong root of a void case is wrong' 1 'NOT MET' corpus $saved --require 'real.root_top1>=0.95'
cp wrong answers/d-quiet.json
expect 'a root of a healthy case' 1 'names a root where there is none' corpus $saved --require 'healthy_quiet>=1'

if "$FAULTLINE" score corpus $saved --require 'root_top1>=1' --format json >score.json; then bad 'JSON: the exit code is that of the text'; else ok 'JSON has the exit code of the text'; fi
if grep -q '"require": "root_top1>=1"' score.json && grep -A1 'root_top1>=1' score.json | grep -q '"met": false'; then ok 'JSON says which requirement was not met'; else bad 'JSON does not say which requirement was not met'; fi
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	skip 'schemas: python3-jsonschema is not installed (make deps)'
else
	# fits SCHEMA FILE...: and the schema must be able to fail
	fits() {
		/usr/bin/python3 - "$here/docs/schema/$1.json" "$2" <<-'END'
		import json, sys, jsonschema
		validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
		document = json.load(open(sys.argv[2]))
		validator.validate(document)
		for key in document:
		    if key not in ("must_edges", "verdicts", "note"):
		        assert not validator.is_valid({k: v for k, v in document.items() if k != key}), key
		assert not validator.is_valid({**document, "surprise": 1})
		END
	}
	if fits score score.json 2>err; then ok 'the JSON fits its schema'; else bad "the JSON does not fit its schema: $(tail -n 1 err)"; fi
	for file in corpus/*/label.json "$here"/tests/corpus/*/label.json; do
		[ -e "$file" ] || continue
		if fits label "$file" 2>err; then ok 'a label fits its schema'; else bad "$file does not fit its schema: $(tail -n 1 err)"; fi
	done
fi

if "$FAULTLINE" help score | awk 'length($0) > 90' | grep -q .; then bad 'help is too wide'; else ok 'help fits the screen'; fi
expect 'no corpus' 3 'no corpus given' --quick
expect 'a corpus that is not there' 3 'nowhere: No such file' nowhere
expect 'a corpus without a case' 3 'no case in it' answers
expect 'no such case' 3 'no case is called x' corpus --only x
expect 'a requirement of nothing' 3 'beauty>=1' corpus --require 'beauty>=1'
expect 'a wrong format' 3 'yaml' corpus --format yaml
expect 'saved answers cannot be asked' 3 'degrade' corpus $saved --degrade
rm answers/c-made.json
expect 'an answer that is not there' 3 'answers/c-made.json: No such file' corpus $saved
echo '{' >answers/c-made.json
expect 'an answer that is cut' 3 'answers/c-made.json: line' corpus $saved
}
expect 'a recording that is empty' 3 'a-fault/recording' corpus --only a-fault
rmdir corpus/a-fault/recording
expect 'no recording' 3 'a-fault: no recording in it' corpus --only a-fault
head -c 100 /dev/urandom >corpus/a-fault/recording.tar.xz
with=TMPDIR=$PWD
expect 'a packed recording that is torn' 3 'a-fault/recording.tar.xz: tar could not unpack' corpus --only a-fault
if ls -d faultline-score-* >/dev/null 2>&1; then bad 'what was unpacked is left behind'; else ok 'nothing unpacked is left behind'; fi
with=PATH=$PWD
expect 'without tar' 3 'install tar' corpus --only a-fault
with=''
echo '{"name": 5}' >corpus/b-void/label.json
expect 'a damaged label' 3 'b-void/label.json: "schema" is missing' corpus --answers answers
expect 'a damaged label of another case' 0 'd-quiet' corpus --answers answers --only d-quiet
finish
