# shellcheck shell=bash disable=SC2034,SC2154
# F34: the driver of a device reports an error and recovers from it at once, four times. The reporter is in error for
# less than a millisecond each time; what is left is a count, a stored dump and a notification. Nobody feels it.
about="A health reporter of a device meets four errors and recovers from each (netdevsim break_health)."

health=/sys/kernel/debug/netdevsim/netdevsim1/health
reporter() { devlink -j health show netdevsim/netdevsim1 reporter dummy | tr ',' '\n' | sed -n "s/^\"$1\":\([0-9]*\).*/\1/p"; }
break_it() { echo "lab: F34" >"$health/break_health"; }
setup() {
	peer
	each modprobe netdevsim
	echo "1 1" >/sys/bus/netdevsim/new_device || die "netdevsim makes no device"
	warm reporter error
}
# A stream over another device, which must not care.
load() { send_to_peer "$1"; }
inject() { every 6 "$1" break_it; }
recover() { :; }
symptoms() {
	effect rose 2 "errors of the reporter dummy" "reporter error"
	effect rose 2 "recoveries of the reporter dummy" "reporter recover"
	effect steady 40 "bytes sent by eth0" "nic tx_bytes"
}

label() {
	cat <<END
  "symptom": [],
  "root": [
    {"signal": "firmware.reporter.errors", "entity": "reporter:netdevsim/netdevsim1/dummy"},
    {"signal": "firmware.notice.reporter.error", "entity": "reporter:netdevsim/netdevsim1/dummy"},
    {"signal": "firmware.trace.health.report", "entity": "reporter:netdevsim/netdevsim1/dummy"}
  ],
  "chain": [
    [
      {"signal": "firmware.reporter.errors", "entity": "reporter:netdevsim/netdevsim1/dummy"},
      {"signal": "firmware.reporter.recoveries", "entity": "reporter:netdevsim/netdevsim1/dummy"},
      {"signal": "firmware.reporter.dump.time", "entity": "reporter:netdevsim/netdevsim1/dummy"},
      {"signal": "firmware.notice.reporter.*", "entity": "reporter:netdevsim/netdevsim1/dummy"},
      {"signal": "firmware.trace.health.*", "entity": "reporter:netdevsim/netdevsim1/dummy"}
    ]
  ],
  "decoys": [
    {"signal": "firmware.reporter.state", "entity": "reporter:netdevsim/netdevsim1/dummy", "reasons": ["flat"]},
    {"signal": "nic.carrier.changes", "entity": "netdev:eth0", "reasons": ["flat"]},
    {"signal": "pcie.aer.correctable.messages", "entity": "pci:0000:01:00.0", "reasons": ["flat"]}
  ],
  "missing_sources": [],
  "verdicts": ["latent"]
END
}
