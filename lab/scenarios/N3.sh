# shellcheck shell=bash disable=SC2034,SC2154
# N3: a receive queue of 16 and bursts of 16: now and then a message finds no buffer, waits 0.64 ms, and the
# throughput is what it should be all the time.
about="An RDMA receiver with 16 buffers says RNR all the time at full throughput (RNR timer 0.64 ms)."
kind=healthy guests=2

setup() { :; }
load() {
	case $role in
	a) rdma-flow --receive 0.0.0.0 --seconds "$1" --depth 16 --rnr-timer 12 >/dev/null ;;
	b) sleep 1 && rdma-flow --send 10.99.0.1 --seconds $(($1 - 2)) --rate 400 --tick 80 >/dev/null ;;
	esac
}
inject() { :; }
recover() { :; }
symptoms() {
	case $role in
	a)
		effect noise $((fault * 2)) "messages that found no buffer" "rdma send_rnr_err"
		effect steady 25 "messages received by rxe0" "rdma rdma_recvs"
		;;
	esac
}

label() {
	cat <<'END'
  "symptom": [],
  "root": [],
  "chain": [],
  "decoys": [],
  "missing_sources": []
END
}
