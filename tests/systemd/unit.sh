#!/bin/sh
# The recorder's unit under systemd, in a guest: what it sees, beside plain root; the watchdog; how it ends.
#   lab/guest --systemd env FAULTLINE=$PWD/build/faultline UNIT=$PWD/build/systemd/faultline.service sh tests/systemd/unit.sh
. tests/live/lib.sh
UNIT=${UNIT:-build/systemd/faultline.service}
store=/var/lib/faultline

if [ "$(cat /proc/1/comm)" != systemd ] || [ "$(cat /proc/sys/kernel/hostname)" != faultline-lab ]; then
	skip 'the unit: this is no guest of the lab with systemd as process 1'
	finish
	exit
fi
program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$UNIT")
install -D "$FAULTLINE" "$program"
install -m 644 "$UNIT" /etc/systemd/system/faultline.service

# What only root may look into: a namespace with a name, and one of another user's without any.
ip netns add named
ip link add there type veth peer name back netns named
ip link set there up
setpriv --reuid 65534 --regid 65534 --clear-groups unshare -rn sleep 600 &
sleep 2

# show PROPERTY: what systemd says of the unit
show() { systemctl show -p "$1" --value faultline.service; }

# same NAME ROOT UNIT [judged]: what each does not see
same() {
	for side in "$2" "$3"; do
		# shellcheck disable=SC2086 # a word or none
		python3 tests/systemd/blind.py "$side" ${4:-} >"$side.blind" || { bad "$1: no answer"; return; }
	done
	if [ "$(wc -l <"$2.blind")" -ge 16 ] && diff "$2.blind" "$3.blind" >"$scratch/diff"; then
		ok "$1: the same $(wc -l <"$2.blind") lines of what is seen and what is not"
	else
		bad "$1: < plain root, > the unit"
		cat "$scratch/diff"
	fi
}

# in_the_sandbox NAME SETTING... -- COMMAND...: a one-shot unit with the sandbox of faultline.service, its output in
# $scratch/NAME; each SETTING is added
in_the_sandbox() {
	name=$1 added=''
	shift
	while [ "$1" != -- ]; do added="$added$1
" && shift; done
	shift
	{
		grep -v -E '^(\[Install\]|WantedBy|Type|NotifyAccess|Watchdog|Restart|RuntimeDirectory|StateDirectory|ExecStart)' "$UNIT"
		printf '%s' "$added"
		printf 'Type=oneshot\nSuccessExitStatus=1 2\nStandardOutput=truncate:%s\nExecStart=%s\n' "$scratch/$name" "$*"
	} >"/run/systemd/system/$name.service"
	systemctl daemon-reload
	systemctl start "$name.service" || journalctl -u "$name.service" -n 5 --no-pager
}

# Sandboxed and plain, each with the control groups that the unit's weights bring about.
in_the_sandbox sandboxed -- "$program" check --format json
systemd-run -q --wait -p CPUWeight=20 -p IOWeight=20 -p MemoryMax=256M -p TasksMax=64 -p SuccessExitStatus="1 2" \
	-p StandardOutput="truncate:$scratch/plain" "$program" check --format json
same 'check in the sandbox' "$scratch/plain" "$scratch/sandboxed" judged

# The comparison sees what a hardening takes away.
in_the_sandbox blinded ProcSubset=pid -- "$program" check --format json
python3 tests/systemd/blind.py "$scratch/blinded" >"$scratch/blinded.blind"
if diff -q "$scratch/plain.blind" "$scratch/blinded.blind" >/dev/null; then
	bad 'ProcSubset=pid takes nothing away: the comparison compares nothing'
else
	ok 'a sandbox that blinds is told from one that does not'
fi

# What check does not read and the recorder does.
in_the_sandbox kmsg -- "$program" events --format tsv --unknown
if [ -s "$scratch/kmsg" ]; then ok "the kernel's log: $(wc -l <"$scratch/kmsg") lines"; else bad "the kernel's log cannot be read"; fi
in_the_sandbox config -- /usr/bin/wc -c /sys/bus/pci/devices/0000:01:00.0/config
if grep -q '^4096 ' "$scratch/config"; then ok 'PCI configuration space, all of it'; else bad "PCI configuration space: $(cat "$scratch/config")"; fi
install -m 644 tests/systemd/opens.py /usr/local/lib/faultline-opens.py
in_the_sandbox opens -- /usr/bin/python3 /usr/local/lib/faultline-opens.py
while read -r line; do
	case $line in *': ok') ok "$line" ;; *) bad "$line" ;; esac
done <"$scratch/opens"
[ "$(wc -l <"$scratch/opens")" -eq 8 ] || bad 'not all was tried that is opened to be written'
finish
