#!/bin/sh
# The program as a stranger meets it: help, errors, exit codes, empty and broken cases, output that cannot be written.
# usage: FAULTLINE=build/faultline sh tests/cli/cli.sh
. "$(dirname "$0")/../live/lib.sh"
case $FAULTLINE in /*) ;; *) FAULTLINE=$PWD/$FAULTLINE ;; esac
cd "$scratch" || exit 3

# expect NAME CODE PATTERN COMMAND...: the exit code, and what is said on stdout or stderr
expect() {
	name=$1 code=$2 pattern=$3
	shift 3
	"$@" >out 2>err
	got=$?
	if [ "$got" -ne "$code" ]; then
		bad "$name: exit code $got, not $code: $(head -n 1 err)"
	elif [ -n "$pattern" ] && ! cat out err | grep -q -- "$pattern"; then
		bad "$name: nothing says '$pattern': $(head -n 1 err)"
	elif [ "$code" -eq 3 ] && { [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; }; then
		bad "$name: an error is one line on stderr and nothing else"
	else
		ok "$name"
	fi
}

expect 'help lists the commands' 0 'what is wrong with this host' "$FAULTLINE" help
expect '--help is help' 0 'usage: faultline' "$FAULTLINE" --help
expect 'help of a command' 0 'Exit code: 0 healthy' "$FAULTLINE" help check
expect '--help of a command' 0 'Exit code: 0 healthy' "$FAULTLINE" check --help
expect '--version' 0 '^faultline [0-9]' "$FAULTLINE" --version
expect 'no command' 3 'faultline help' "$FAULTLINE"
expect 'an unknown command is answered with the nearest' 3 'did you mean "sample"' "$FAULTLINE" smaple
expect 'help of an unknown command too' 3 'did you mean "check"' "$FAULTLINE" help chekc
expect 'an unknown option is named' 3 '--rot' "$FAULTLINE" check --rot x
expect 'a missing value is named' 3 'value is missing' "$FAULTLINE" check --root
expect 'a wrong format is named' 3 'yaml' "$FAULTLINE" sample --format yaml
expect 'a wrong duration is named' 3 '5 parsecs' "$FAULTLINE" check --for '5 parsecs'
expect 'a word too many is named' 3 'surplus' "$FAULTLINE" sample surplus
expect 'a root that is not there' 3 'nowhere: No such file' "$FAULTLINE" check --root nowhere
echo text >file
expect 'a root that is a file' 3 'Not a directory' "$FAULTLINE" sample --root file
mkdir empty
expect 'an empty root' 3 'no layer could be read' "$FAULTLINE" check --root empty
mkdir damaged
echo '{ "files": ' >damaged/manifest.json
expect 'a damaged manifest' 3 'damaged/manifest.json' "$FAULTLINE" sample --root damaged
expect 'rates of a tree' 3 'a tree is one reading' "$FAULTLINE" check --root empty --for 1s
mkdir -p part/proc/net
cp /proc/net/softnet_stat part/proc/net/
expect 'a part of a host is judged' 0 '^softirq .* NO ' "$FAULTLINE" check --root part
expect 'what a tree lacks says nothing of the host' 0 '^sched .* BLIND .*the tree does not have it' "$FAULTLINE" check --root part
expect 'lint finds nothing' 0 ' 0 errors' "$FAULTLINE" lint
expect 'signals of one layer' 0 '^rdma.rnr_nak.sent' "$FAULTLINE" signals rdma.
expect 'a derived reading is listed' 0 '^softirq.share.highest' "$FAULTLINE" signals softirq.share
expect 'a prefix that nothing has' 3 'no signal begins with nonsense' "$FAULTLINE" signals nonsense
expect 'self tells what each collector costs' 0 '^interrupts ' "$FAULTLINE" self

expect 'a snap' 0 '' "$FAULTLINE" snap tree/
"$FAULTLINE" sample --root tree >rows
if cmp -s rows tree/rows.tsv; then ok 'sample of the snap is its rows.tsv, byte for byte'; else bad 'sample of the snap differs from its rows.tsv'; fi
expect 'a second snap in its place' 3 'not there yet, or is empty' "$FAULTLINE" snap tree
expect 'a snap where none can be' 3 'nothing was left' "$FAULTLINE" snap nowhere/tree
mkdir waiting
expect 'a snap into an empty directory' 0 '' "$FAULTLINE" snap waiting
expect 'an anonymous snap' 0 '' "$FAULTLINE" snap --anonymous secret
"$FAULTLINE" sample --root secret >rows
if cmp -s rows secret/rows.tsv; then ok 'sample of the anonymous snap is its rows.tsv'; else bad 'sample of the anonymous snap differs'; fi
leaked=$(ip -o link 2>/dev/null | awk -F ': ' '$2 != "lo" { sub(/@.*/, "", $2); print $2 }' | head -n 3)
for name in $leaked $(hostname); do
	[ ${#name} -gt 2 ] || continue
	if grep -rqwI -- "$name" secret || find secret | grep -qw -- "$name"; then bad "the anonymous snap holds the name $name"; else ok "the anonymous snap does not hold the name $name"; fi
done
if find . -name '*.unfinished' -o -name '*.names' | grep -q .; then bad 'a snap left its work behind'; else ok 'snaps leave no work behind'; fi

"$FAULTLINE" check >out 2>err
code=$?
if [ "$code" -le 2 ] && [ ! -s err ]; then ok "check of this machine ends with $code"; else bad "check of this machine ends with $code"; fi
if [ "$(awk '{ n = length($0); if (n > most) most = n } END { print most + 0 }' out)" -le 80 ]; then ok 'check fits 80 columns'; else bad "check is wider than 80 columns: $(awk 'length($0) > 80' out | head -n 1)"; fi
if [ "$(grep -cE '^[a-z]+ +(YES|NO|BLIND) ' out)" -eq 16 ]; then ok 'check has a line for each layer'; else bad 'check does not have a line for each layer'; fi
"$FAULTLINE" help | awk 'length($0) > 80' >wide
for command in check sample signals self snap lint; do "$FAULTLINE" help $command | awk 'length($0) > 90' >>wide; done
if [ -s wide ]; then bad "help is too wide: $(head -n 1 wide)"; else ok 'help fits the screen'; fi

if [ -e /dev/full ]; then
	expect 'a full disk under the output' 3 'not complete' sh -c '"$1" sample >/dev/full' sh "$FAULTLINE"
else
	skip 'a full disk under the output: no /dev/full here'
fi
finish
