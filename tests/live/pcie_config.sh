#!/bin/sh
# Capabilities of PCI functions against `lspci -vvv` and setpci; in the guest, errors that a device latches and tells nobody of.
. tests/live/lib.sh
PATH=$PATH:/usr/sbin:/sbin

if ! ls /sys/bus/pci/devices/* >/dev/null 2>&1; then
	skip 'pcie_config: no PCI bus'
	finish
	exit
fi
if ! command -v lspci >/dev/null || ! command -v setpci >/dev/null; then
	skip 'pcie_config: no lspci or setpci'
	finish
	exit
fi
if [ "$(id -u)" -ne 0 ]; then
	skip 'pcie_config: capabilities are for root'
	finish
	exit
fi

# sleeping: functions that are left alone
sleeping() {
	grep -lsE '^suspend' /sys/bus/pci/devices/*/power/runtime_status | sed 's|.*/devices/\(.*\)/power/.*|\1|'
}
# rows_of_lspci [SLOT]: what it prints, as SIGNAL<TAB>ENTITY<TAB>VALUE
rows_of_lspci() {
	# shellcheck disable=SC2086 # two words, or none
	lspci -Dvvv ${1:+-s $1} 2>/dev/null >"$scratch/lspci"
	awk -v OFS='\t' -v asleep="$(sleeping | tr '\n' ' ')" '
	function say(signal, value) { if (!skipped) print signal, "pci:" slot, value }
	function on(name) { return match(" " $0, "[ \t]" name "[+-]") ? substr(" " $0, RSTART + length(name) + 1, 1) == "+" : -1 }
	function flag(signal, name) { if (on(name) >= 0) say(signal, on(name)) }
	function set(signal, names, words,    n, i, all, w, text) {
		n = split(names, all, " "); split(words, w, " "); text = ""
		for (i = 1; i <= n; i++) if (on(all[i]) == 1) text = text (text == "" ? "" : " ") w[i]
		say(signal, text == "" ? "none" : text)
	}
	function bits(signal, how,    n, i, all) {
		n = split("DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol", all, " ")
		for (i = 1; i <= n; i++)
			if (fatal[all[i]] == how) print signal, "pci:" slot " bit=" all[i], latched[all[i]] && !masked[all[i]]
	}
	function after(text) { return substr($0, index($0, text) + length(text)) }
	/^[0-9a-f]+:[0-9a-f]+:[0-9a-f]+\.[0-7] / {
		slot = $1; link = reports = bandwidth = port = inslot = power = light = 0; where = ""
		skipped = index(" " asleep, " " slot " ") > 0
	}
	/Capabilities: \[/ { where = "" }
	/Capabilities: .* Express \(v/ {
		where = "express"
		type = after(") "); sub(/[,(].*/, "", type); sub(/ *$/, "", type)
		names["Endpoint"] = "endpoint"; names["Legacy Endpoint"] = "legacy endpoint"; names["Root Port"] = "root port"
		names["Upstream Port"] = "upstream port"; names["Downstream Port"] = "downstream port"
		names["Root Complex Integrated Endpoint"] = "endpoint of the root complex"
		names["Root Complex Event Collector"] = "event collector of the root complex"
		if (type in names) say("pcie.port.type", names[type])
		port = type ~ /Root Port|Downstream Port/; inslot = /\(Slot\+\)/
	}
	/^\t\tDevCap:\tMaxPayload/ { split(after("MaxPayload "), w, " "); say("pcie.payload.max", w[1]) }
	/^\t\tDevCtl:/ { set("pcie.reporting", "CorrErr NonFatalErr FatalErr UnsupReq", "correctable nonfatal fatal unsupported"); control = 1 }
	/^\t\t\tRlxdOrd/ { flag("pcie.relaxed_ordering", "RlxdOrd"); flag("pcie.extended_tag", "ExtTag"); flag("pcie.no_snoop", "NoSnoop") }
	/^\t\t\tMaxPayload .*MaxReadReq/ { say("pcie.payload", $2); say("pcie.read_request", $5) }
	/^\t\tDevSta:/ {
		flag("pcie.detected.correctable", "CorrErr"); flag("pcie.detected.nonfatal", "NonFatalErr")
		flag("pcie.detected.fatal", "FatalErr"); flag("pcie.detected.unsupported", "UnsupReq")
	}
	/^\t\tLnkCap:/ { link = !/Width x0/; slow = / Speed 2\.5GT/ }
	/^\t\t\tClockPM.*LLActRep/ && link { reports = on("LLActRep"); bandwidth = on("BwNot") }
	/^\t\tLnkCtl:\tASPM/ && link {
		aspm = after("ASPM "); sub(/;.*/, "", aspm); sub(/ Enabled/, "", aspm)
		say("pcie.link.aspm", aspm == "Disabled" ? "none" : aspm)
		if (port) flag("pcie.link.disabled", "Disabled")
	}
	/^\t\t\tTrErr/ && link && port {
		flag("pcie.link.training", "Train")
		if (reports) flag("pcie.link.active", "DLActive")
		if (bandwidth) { flag("pcie.link.bandwidth_changed", "BWMgmt"); flag("pcie.link.bandwidth_chosen", "ABWMgmt") }
	}
	/^\t\tSltCap:/ { power = on("PwrCtrl"); light = on("AttnInd") }
	/^\t\t\tControl: AttnInd/ && light && inslot { w[1] = $3; sub(/,/, "", w[1]); if (w[1] != "Unknown") say("pcie.slot.attention", w[1] == "Blink" ? "blinking" : tolower(w[1])) }
	/^\t\tSltSta:/ && inslot { flag("pcie.slot.present", "PresDet"); if (power) flag("pcie.slot.power_fault", "PowerFlt") }
	/^\t\t\tChanged: MRL/ && inslot { flag("pcie.slot.link_changed", "LinkState") }
	# it says 2.5 where the register is 0, too
	/^\t\tLnkCtl2: Target/ && link { split(after("Speed: "), w, "GT"); if (w[1] != 2.5 || slow) say("pcie.link.speed.target", w[1] * 1000) }
	/Capabilities: .* MSI: Enable/ { flag("pcie.msi.enabled", "Enable") }
	/Capabilities: .* MSI-X: Enable/ {
		flag("pcie.msix.enabled", "Enable"); flag("pcie.msix.masked", "Masked")
		split(after("Count="), w, " "); say("pcie.msix.vectors", w[1])
	}
	/^\t\tStatus: D[0-3] / { say("pcie.power_state", substr($2, 2)) }
	/^\t\tUESta:/ { n = split("DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol", all, " "); for (i = 1; i <= n; i++) latched[all[i]] = on(all[i]) }
	/^\t\tUEMsk:/ { for (i = 1; i <= n; i++) masked[all[i]] = on(all[i]) }
	/^\t\tUESvrt:/ {
		for (i = 1; i <= n; i++) fatal[all[i]] = on(all[i])
		if (!skipped) { bits("pcie.aer.latched.nonfatal", 0); bits("pcie.aer.latched.fatal", 1) }
	}
	/^\t\tCESta:/ { m = split("RxErr BadTLP BadDLLP Rollover Timeout AdvNonFatalErr", cor, " "); for (i = 1; i <= m; i++) clatched[i] = on(cor[i]) }
	/^\t\tCEMsk:/ && !skipped {
		for (i = 1; i <= m; i++)
			print "pcie.aer.latched.correctable", "pci:" slot " bit=" (cor[i] == "AdvNonFatalErr" ? "NonFatalErr" : cor[i]), clatched[i] && !on(cor[i])
	}
	/^\t\tRootCmd:/ { set("pcie.aer.rootport.reporting", "CERptEn NFERptEn FERptEn", "correctable nonfatal fatal") }
	/^\t\tACSCtl:/ {
		set("pcie.acs", "SrcValid TransBlk ReqRedir CmpltRedir UpstreamFwd EgressCtrl DirectTrans",
			"validation blocking request_redirect completion_redirect upstream_forwarding egress_control direct_translated")
	}
	/^\t\tDpcSta:/ { flag("pcie.dpc.triggered", "Trigger") }
	/^\t\tL1SubCtl1:/ { set("pcie.link.substates", "PCI-PM_L1.2 PCI-PM_L1.1 ASPM_L1.2 ASPM_L1.1", "PCI-PM_L1.2 PCI-PM_L1.1 ASPM_L1.2 ASPM_L1.1") }' "$scratch/lspci"
	# what lspci does not print as a number
	for slot in $(awk '/^[0-9a-f]/ { slot = $1 } /Advanced Error Reporting/ { print slot }' "$scratch/lspci"); do
		sleeping | grep -qx "$slot" && continue
		setpci -s "$slot" ECAP_AER+4.l ECAP_AER+8.l ECAP_AER+c.l ECAP_AER+10.l ECAP_AER+14.l |
			paste -d ' ' - - - - - | while read -r status mask severity corrected unreported; do
			printf 'pcie.aer.%s\tpci:%s\t0x%s\n' uncorrectable.status "$slot" "$status" uncorrectable.mask "$slot" "$mask" \
				uncorrectable.severity "$slot" "$severity" correctable.status "$slot" "$corrected" correctable.mask "$slot" "$unreported"
		done
	done
}

# compare WHEN [SLOT]
compare() {
	echo "--- $1"
	take
	by_sub
	rows_of_lspci "${2:-}" >"$scratch/tool"
	awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, $3 }' "$scratch/tool" >"$scratch/both"
	if [ -s "$scratch/both" ]; then agree "$scratch/both"; else skip "pcie_config: no function here has a capability that lspci shows"; fi
	# and no function has what lspci does not see
	awk -F '\t' -v only="${2:+pci:$2}" '
		NR == FNR { known[$1]; tool[$1 "\t" $2]; next }
		($1 in known) && $2 !~ / bit=/ && (only == "" || $2 == only) && !(($1 "\t" $2) in tool) { print $1 " of " $2 }' "$scratch/tool" "$scratch/rows" >"$scratch/more"
	if [ -s "$scratch/more" ]; then bad "$1: lspci does not have $(head -n 3 "$scratch/more" | tr '\n' ' ')"; else ok "$1: lspci has all of it"; fi
}
compare 'as found'

# Only the guest of the lab has this device and may damage it; its monitor latches an error and sends no message.
nic=0000:01:00.0 port=0000:00:01.0
monitor=$(grep -lsx monitor /sys/class/virtio-ports/*/name)
if [ ! -c /dev/aer_inject ] || [ -z "$monitor" ] || [ ! -d "/sys/bus/pci/devices/$nic/net/eth0" ]; then
	skip 'pcie_config: errors latched and masks set: not a guest of the lab that may ask its monitor (lab/guest --monitor)'
	finish
	exit
fi
monitor=${monitor%/name}
monitor=/dev/${monitor##*/}
# latch ERROR: as QEMU calls it
latch() {
	echo "pcie_aer_inject_error nic1 $1" >"$monitor"
	sleep 1
}
# check, then says TEXT NAME, silent TEXT NAME: what it finds
check() {
	"$FAULTLINE" check | tr -s ' \n' ' ' >"$scratch/check"
	grep -q 'pcie .*with AER' "$scratch/check" || bad 'check says nothing of AER'
}
says() { if grep -qF "$1" "$scratch/check"; then ok "$2: check says so"; else bad "$2: check does not say: $1"; fi; }
silent() { if grep -qF "$1" "$scratch/check"; then bad "$2: check says: $1"; else ok "$2: check is silent"; fi; }
# confirms COMMAND WORD: what check gives to confirm it does
confirms() { if sh -c "$1" 2>/dev/null | grep -q "$2"; then ok "confirmed: $1"; else bad "not confirmed: $1"; fi; }
clear_all() {
	setpci -s "$nic" ECAP_AER+10.l=ffffffff
	setpci -s "$nic" ECAP_AER+4.l=ffffffff
	setpci -s "$nic" CAP_EXP+a.w=f
}

# what another test made the kernel make up of this device's registers goes with the module
modprobe -r aer_inject && modprobe aer_inject
# bits that nobody has counted yet
if grep -qE '^(BadDLLP|Rollover|CmpltAbrt|MalfTLP) [^0]' "/sys/bus/pci/devices/$nic"/aer_dev_*; then
	skip 'pcie_config: errors latched: they were counted before'
	finish
	exit
fi
ip link set eth0 up
check
silent 'the kernel was not told' 'as found'
latch BAD_DLLP
latch COMP_ABORT
latch MALF_TLP
compare 'latched' "$nic"
check
says 'bit=BadDLLP' 'a correctable error'
says 'an error that was corrected, and the kernel was not told' 'a correctable error'
confirms "lspci -vvvs $nic | grep -E 'CESta|CEMsk|DevCtl:|DevSta'" 'BadDLLP+'
says 'bit=CmpltAbrt' 'a transaction lost'
says 'bit=MalfTLP' 'a link that failed'
confirms "lspci -vvvs $nic | grep -E 'UESta|UEMsk|UESvrt|DevCtl:|DevSta'" 'MalfTLP+'
equal 'the first error' "$(printf '%d' "0x$(lspci -vvvs "$nic" 2>/dev/null | sed -n 's/.*First Error Pointer: \([0-9a-f]*\).*/\1/p')")" pcie.aer.first_error "pci:$nic"

setpci -s "$nic" ECAP_AER+14.l=80:80
compare 'latched and masked' "$nic"
check
silent 'bit=BadDLLP' 'masked'
setpci -s "$nic" ECAP_AER+14.l=0:80
check
says 'bit=BadDLLP' 'not masked any more'
clear_all
compare 'cleared' "$nic"
check
silent 'the kernel was not told' 'cleared'

latch UNSUP
compare 'a request for what is not there' "$nic"
check
silent 'the kernel was not told' 'a request for what is not there'
clear_all

setpci -s "$nic" CAP_MSIX+2.w=4000:4000
compare 'MSI-X masked' "$nic"
check
says 'all interrupts of a device in use are masked' 'MSI-X masked'
confirms "lspci -vvs $nic | grep MSI-X" 'Masked+'
setpci -s "$nic" CAP_MSIX+2.w=0:4000
check
silent 'are masked' 'MSI-X not masked any more'

was=$(setpci -s "$port" CAP_EXP+8.w)
setpci -s "$port" CAP_EXP+8.w=0:f
compare 'a port that reports nothing' "$port"
equal 'a port that reports nothing' none pcie.reporting "pci:$port"
setpci -s "$port" "CAP_EXP+8.w=$was"
compare 'as found, again' "$port"

# the last one: from then on the kernel makes up these registers itself
inject=lab/aer-inject
if [ -x "$inject" ]; then
	"$inject" "$nic" cor Rollover || bad "lab/aer-inject $nic cor Rollover"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -q '^Rollover 0' "/sys/bus/pci/devices/$nic/aer_dev_correctable" || break
		sleep 0.3
	done
	check
	silent 'the kernel was not told' 'an error that was told and counted'
else
	skip 'pcie_config: an error that is told: no lab/aer-inject'
fi
finish
