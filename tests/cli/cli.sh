#!/bin/sh
# The program as a stranger meets it: help, errors, exit codes, empty and broken cases, output that cannot be written.
# usage: FAULTLINE=build/faultline sh tests/cli/cli.sh
. "$(dirname "$0")/lib.sh"
repository=$PWD
cd "$scratch" || exit 3

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
expect 'a tree cannot be asked' 3 'needs a live machine' "$FAULTLINE" check --root empty --deep
mkdir -p part/proc/net
cp /proc/net/softnet_stat part/proc/net/
expect 'a part of a host is judged' 0 '^softirq .* NO ' "$FAULTLINE" check --root part
expect 'what a tree lacks says nothing of the host' 0 '^sched .* BLIND .*the tree does not have it' "$FAULTLINE" check --root part
expect 'lint finds nothing' 0 ' 0 errors' "$FAULTLINE" lint
expect 'signals of one layer' 0 '^rdma.rnr_nak.sent' "$FAULTLINE" signals rdma.
expect 'a derived reading is listed' 0 '^softirq.share.highest' "$FAULTLINE" signals softirq.share
expect 'a prefix that nothing has' 3 'no signal begins with nonsense' "$FAULTLINE" signals nonsense
mkdir -p sockets/sys/bus/pci/devices sockets/sys/devices/system/node/node0 sockets/sys/devices/system/node/node1
printf '0-1\n' >sockets/sys/devices/system/node/online
for node in 0 1; do
	printf '%s\n' "$((node * 64))-$((node * 64 + 63))" >sockets/sys/devices/system/node/node$node/cpulist
	printf '10 20\n' >sockets/sys/devices/system/node/node$node/distance
done
i=16
while [ $i -lt 40 ]; do
	slot=$(printf '0000:%02x:00.0' $i)
	mkdir -p "sockets/sys/devices/pci0000:$i/$slot"
	echo 0x020700 >"sockets/sys/devices/pci0000:$i/$slot/class"
	echo $((i % 2)) >"sockets/sys/devices/pci0000:$i/$slot/numa_node"
	ln -s "../../../devices/pci0000:$i/$slot" "sockets/sys/bus/pci/devices/$slot"
	i=$((i + 1))
done
expect 'topo of two sockets' 0 '^ *23 nic  *0000:27:00.0 .* NODE' "$FAULTLINE" topo --root sockets
if [ "$(wc -L <out)" -le 80 ]; then ok 'topo of 24 devices fits 80 columns'; else bad "topo is $(wc -L <out) columns wide"; fi
expect 'topo says what could not be read' 0 '^not read: proc/irq' "$FAULTLINE" topo --root sockets
sh "$repository/tests/gpu_tree.sh" gpus
expect 'topo names the NICs nearest to a GPU' 0 '^ *nearest  *RDMA NICs, NODE: 1 mlx5_0, 4 mlx5_1, 5 mlx5_2$' "$FAULTLINE" topo --root gpus
expect 'topo says where nobody knows' 0 '^ *nearest  *nobody knows which RDMA NIC$' "$FAULTLINE" topo --root gpus
expect 'topo of this machine' 0 '^ n0 ' "$FAULTLINE" topo
expect 'topo of nothing' 3 'no layer could be read' "$FAULTLINE" topo --root empty
expect 'topo in a wrong format' 3 'yaml' "$FAULTLINE" topo --format yaml
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

expect 'a tape' 0 '' "$FAULTLINE" snap --every 100ms --for 300ms tape/
if [ "$("$FAULTLINE" sample --root tape --every 100ms | grep -c '^# ')" -eq 4 ]; then ok 'both ends of a tape are readings'; else bad 'a tape of 300ms, every 100ms, is not four readings'; fi
if "$FAULTLINE" sample --root tape | cmp -s - tape/rows.tsv; then ok 'sample of a tape is its rows.tsv, byte for byte'; else bad 'sample of a tape differs from its rows.tsv'; fi
if [ "$("$FAULTLINE" sample --root tape --every 200ms | grep -c '^# ')" -eq 2 ]; then ok 'a tape read with wider steps'; else bad 'a tape of 300ms, read every 200ms, is not two readings'; fi
"$FAULTLINE" check --root tape >out 2>err
if [ $? -le 2 ] && grep -q "^$(hostname)" out; then ok 'check reads a tape'; else bad "check does not read a tape: $(head -n 1 err)"; fi
expect 'a tape in the place of another' 3 'not there yet, or is empty' "$FAULTLINE" snap --every 1s --count 2 tape
expect 'a tape where none can be' 3 'nothing was left' "$FAULTLINE" snap --every 1s --count 2 nowhere/tape
expect 'a tape without an end' 3 'needs --for or --count' "$FAULTLINE" snap --every 1s endless
expect 'readings too far apart' 3 'longer than --for' "$FAULTLINE" snap --every 2s --for 1s never
expect 'readings without a distance' 3 'need --every' "$FAULTLINE" sample --for 1s
expect 'readings at no distance' 3 'not a duration' "$FAULTLINE" snap --every 0s --for 1s never
expect 'no reading' 3 'not a number' "$FAULTLINE" sample --every 1s --count 0
expect 'more readings than can be kept' 3 'more than 100000' "$FAULTLINE" snap --every 10ms --for 1d never
expect 'an anonymous tape' 3 'one reading only' "$FAULTLINE" snap --anonymous --every 1s --count 2 never
expect 'readings as JSON' 3 'tsv only' "$FAULTLINE" sample --every 1s --count 2 --format json
expect 'readings of a tree' 3 'a tree is one reading' "$FAULTLINE" sample --root tree --every 1s
if [ -e never ] || [ -e never.unfinished ] || [ -e endless.unfinished ]; then bad 'what was refused left something'; else ok 'what was refused left nothing'; fi
"$FAULTLINE" sample --every 100ms --count 3 >rows
if awk -F '\t' '/^#/ { n++; next } NF != 4 { bad = 1 } { rows[n]++ } END { exit bad || n != 3 || rows[1] < 100 || rows[2] >= rows[1] || !rows[2] }' rows; then ok 'the first reading is whole, the next ones are what changed'; else bad 'sample --every does not print a whole reading and then changes'; fi

"$FAULTLINE" snap --every 100ms --for 60s early &
recording=$!
sleep 0.5
kill -INT $recording
kill -TERM $recording
wait $recording
code=$?
if [ $code -eq 0 ] && [ -e early/rows.tsv ] && grep -q '"ticks"' early/manifest.json; then ok 'a signal ends a tape early and well'; else bad "a signal ended a tape with $code"; fi
"$FAULTLINE" snap --every 100ms --for 1500ms stopped &
recording=$!
sleep 0.3
kill -STOP $recording
sleep 0.7
kill -CONT $recording
wait $recording
readings=$("$FAULTLINE" sample --root stopped --every 10ms | grep -c '^# ')
if [ "$readings" -ge 3 ] && [ "$readings" -le 11 ]; then ok 'readings that were missed are not made up for'; else bad "a recording of 16 readings, stopped during 7 of them, has $readings"; fi
"$FAULTLINE" snap --every 50ms --for 60s killed &
recording=$!
sleep 1
kill -KILL $recording
wait $recording 2>/dev/null
expect 'a tape that was killed can be read' 0 '^softirq.' "$FAULTLINE" sample --root killed.unfinished
expect 'and is not overwritten' 3 'did not end' "$FAULTLINE" snap --every 50ms --count 2 killed
mv killed.unfinished killed
before=$("$FAULTLINE" sample --root killed --every 10ms | grep -c '^# ')
truncate -s -9 killed/tape
expect 'a reading that was cut is said' 0 'a tick is cut at byte' "$FAULTLINE" sample --root killed
after=$("$FAULTLINE" sample --root killed --every 10ms 2>/dev/null | grep -c '^# ')
if [ "$before" -ge 2 ] && [ "$after" -eq $((before - 1)) ]; then ok 'and only that one is lost'; else bad "of $before readings a cut left $after"; fi

# broken NAME COMMAND: a copy of the tape with something done to it, in the directory of that name
broken() {
	cp -r tape "$1"
	(cd "$1" && eval "$2")
}
broken flipped 'printf X | dd of=tape bs=1 seek=$(($(stat -c %s tape) - 50)) conv=notrunc 2>/dev/null'
expect 'a flipped byte ends a tape before it' 0 'a tick is damaged at byte' "$FAULTLINE" sample --root flipped
broken first 'printf XXXXX | dd of=tape bs=1 seek=100 conv=notrunc 2>/dev/null'
expect 'a tape damaged in its first reading' 3 'not a single whole reading' "$FAULTLINE" sample --root first
expect 'its readings' 3 'not a single whole reading' "$FAULTLINE" sample --root first --every 1s
broken bare 'truncate -s 17 tape'
expect 'a tape without a reading' 3 'not a single whole reading' "$FAULTLINE" check --root bare
broken zero ': >tape'
expect 'an empty tape' 3 'not there, or not a tape' "$FAULTLINE" check --root zero
broken gone 'rm tape'
expect 'a manifest without its tape' 3 'not there, or not a tape' "$FAULTLINE" check --root gone
broken pipe 'rm tape; mkfifo tape'
expect 'a pipe in place of the tape' 3 'not there, or not a tape' "$FAULTLINE" check --root pipe
broken nomanifest 'rm manifest.json'
expect 'a tape without its manifest' 3 'nomanifest/manifest.json' "$FAULTLINE" check --root nomanifest
broken badmanifest 'echo "{" >manifest.json'
expect 'a tape with a damaged manifest' 3 'badmanifest/manifest.json' "$FAULTLINE" sample --root badmanifest --every 1s
broken newer 'sed -i "s/\"version\": 1/\"version\": 2/" manifest.json'
expect 'a tape of a newer faultline' 3 'newer faultline' "$FAULTLINE" check --root newer
broken short 'sed -i "s/\"ticks\": 4/\"ticks\": 5/" manifest.json'
expect 'fewer readings than the manifest says' 0 'other than its manifest says' "$FAULTLINE" sample --root short
if unshare -m true 2>/dev/null; then
	mkdir small
	unshare -m sh -c 'mount -t tmpfs -o size=256k small small && "$1" snap --every 50ms --for 60s small/tape; echo $? >code; "$1" sample --root small/tape.unfinished >rows' sh "$FAULTLINE" >out 2>err
	if [ "$(cat code)" -eq 3 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q 'No space left.*readings until then' err && [ "$(wc -l <rows)" -gt 100 ]; then
		ok 'a full disk ends a tape, and what was recorded stays'
	else
		bad "a full disk under a tape: $(head -n 1 err)"
	fi
else
	skip 'a full disk under a tape: no mount namespace can be made here'
fi

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
