# shellcheck shell=bash disable=SC2034,SC2154
# N4: an RDMA job has done its work and ends: its traffic goes to nothing, its queue pairs are torn down.
about="An RDMA job ends: its traffic goes to zero because there is nothing left to do."
kind=healthy

setup() { :; }
load() {
	rdma-flow --receive 0.0.0.0 --seconds $((warm + healthy + 3)) >/dev/null &
	sleep 1
	rdma-flow --send 10.99.0.1 --seconds $((warm + healthy)) >/dev/null
}
inject() { :; }
recover() { :; }
symptoms() {
	effect fell 95 "messages received by rxe0" "rdma rdma_recvs"
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
