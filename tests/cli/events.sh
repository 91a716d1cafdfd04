#!/bin/sh
# faultline events as a stranger meets it: inputs, errors, exit codes, following. usage: sh tests/cli/events.sh
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 3

down='mlx5_core 0000:04:00.0 eth2: Link down'
row='mono:12.345678	nic.log.link.down	netdev:eth2	warning	1	mlx5_core 0000:04:00.0 eth2: Link down'
printf '[   12.345678] %s\n[   12.4] something else\n' "$down" >log
printf '<3>[   13.0] an error\n<6>[   13.0] no error\n[   13.0] who knows\n' >levels

expect 'a named log' 0 "^$row\$" "$FAULTLINE" events log
expect '--log' 0 "^$row\$" "$FAULTLINE" events --log log
expect 'a log as input' 0 "^$row\$" sh -c '"$1" events <log' sh "$FAULTLINE"
expect 'a piped log' 0 "^$row\$" sh -c 'cat log | "$1" events -' sh "$FAULTLINE"
if [ "$("$FAULTLINE" events log log | wc -l)" -eq 2 ]; then ok 'two logs'; else bad 'two logs give no two events'; fi
printf '\n \n' >blank
"$FAULTLINE" events blank >out 2>err
if [ $? -eq 0 ] && [ ! -s out ] && [ ! -s err ]; then ok 'a log without events says nothing'; else bad "a log without events: $(cat out err | head -n 1)"; fi
expect 'unknown lines' 0 '^mono:12.400000	-	-	-	1	something else$' "$FAULTLINE" events --unknown log
"$FAULTLINE" events --unknown --level err levels >out 2>err
if [ "$(cat out)" = 'mono:13.000000	-	-	err	1	an error' ] && grep -q '^faultline: 1 unknown lines tell no level' err; then
	ok 'unknown errors'
else
	bad "unknown errors: $(head -n 1 out) $(head -n 1 err)"
fi
head -c 100000 /dev/zero | tr '\0' '\1' | sed 's/\x01\{99\}/&\n/g' >binary
expect 'garbage is left out and counted' 0 'lines are no text' "$FAULTLINE" events binary log
expect 'and the rest is read' 0 "^$row\$" "$FAULTLINE" events binary log

expect 'a log that is not there' 3 'nowhere: No such file' "$FAULTLINE" events log nowhere
expect 'a folder' 3 'Is a directory' "$FAULTLINE" events log .
expect 'nothing half written in JSON' 3 'Is a directory' "$FAULTLINE" events --format json log .
gzip -c log >log.gz
expect 'a packed log' 3 'zcat log.gz as its input' "$FAULTLINE" events log.gz
printf 'LPKSHHRH and more' >journal
expect 'a journal' 3 'journalctl -o json --file journal as its input' "$FAULTLINE" events journal
expect 'a wrong level' 3 'loud' "$FAULTLINE" events --unknown --level loud log
expect 'a level of nothing' 3 'goes with --unknown' "$FAULTLINE" events --level err log
expect 'a wrong format' 3 'yaml' "$FAULTLINE" events --format yaml log
expect 'two sources' 3 'exclude each other' "$FAULTLINE" events --root . log
expect 'two logs to follow' 3 'only one log' "$FAULTLINE" events --follow log log
expect 'a root without a log' 3 '--log FILE' "$FAULTLINE" events --root .
expect 'a tree that is not there' 3 'nowhere: No such file' "$FAULTLINE" events --root nowhere
if [ "$(id -u)" -eq 0 ] && [ "$(cat /proc/sys/kernel/dmesg_restrict)" = 1 ] && command -v setpriv >/dev/null; then
	chmod 755 .
	cp "$FAULTLINE" program
	expect 'a kernel log that is not ours to read' 3 'CAP_SYSLOG' setpriv --reuid=65534 --bounding-set=-all --inh-caps=-all ./program events </dev/null
else
	skip 'a kernel log that is not ours to read: not root, or kernel.dmesg_restrict is 0'
fi
if [ -e /dev/full ]; then
	expect 'a full disk under the output' 3 'not complete' sh -c '"$1" events log >/dev/full' sh "$FAULTLINE"
else
	skip 'a full disk under the output: no /dev/full here'
fi

# within SECONDS COMMAND: true as soon as the command is
within() {
	tries=$(($1 * 20))
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" && return 0
		tries=$((tries - 1))
		sleep 0.05
	done
	return 1
}
lines() { [ "$(wc -l <"$1")" -eq "$2" ]; }

cp log grows
: >followed
"$FAULTLINE" events --follow grows >followed 2>err &
pid=$!
if within 10 lines followed 1; then ok 'a followed log: what is there'; else bad 'a followed log does not give what is there'; fi
printf '[   14.0] %s\n[   15.0] mlx5_core 0000:04:00.0 eth2: Li' "$down" >>grows
if within 10 lines followed 2; then ok 'and what comes'; else bad 'a followed log does not give what comes'; fi
sleep 0.5
printf 'nk up\n' >>grows
if within 10 grep -q '^mono:15.000000	nic.log.link.up' followed; then ok 'half a line waits for its other half'; else bad "half a line: $(tail -n 1 followed)"; fi
printf '[   16.0] %s\n' "$down" >grows
if within 10 grep -q '^mono:16.000000	' followed; then ok 'a log that was cut begins again'; else bad 'a log that was cut is lost'; fi
kill -TERM $pid
wait $pid
code=$?
if [ $code -eq 0 ] && [ ! -s err ]; then ok 'SIGTERM ends it with 0'; else bad "SIGTERM: exit code $code, $(head -n 1 err)"; fi

mkfifo pipe
"$FAULTLINE" events --follow - <pipe >followed 2>err &
pid=$!
exec 4>pipe
printf '[   14.0] %s\n' "$down" >&4
if within 10 lines followed 1; then ok 'a followed pipe'; else bad 'a followed pipe gives nothing'; fi
exec 4>&-
if within 10 sh -c '! kill -0 $1 2>/dev/null' sh $pid; then ok 'ends with the pipe'; else bad 'a pipe that ended is followed on'; fi
wait $pid
code=$?
[ $code -eq 0 ] || bad "a followed pipe: exit code $code"

{ "$FAULTLINE" events --follow grows 2>err; echo $? >code; } | head -n 1 >/dev/null
if within 10 test -s code && [ "$(cat code)" -eq 0 ] && [ ! -s err ]; then ok 'a reader that goes away ends it with 0'; else bad "a reader that goes away: exit code $(cat code), $(head -n 1 err)"; fi

"$FAULTLINE" help events | awk 'length($0) > 96' >wide
if [ -s wide ]; then bad "help is too wide: $(head -n 1 wide)"; else ok 'help fits the screen'; fi
finish
