#!/bin/sh
# Fails when a folder includes what it may not (ARCHITECTURE.md has the picture):
#   base <- host <- model <- { collect know log listen record detect explain show score steer probe load rdma } <- cmd
# Every run first plants a breach of each rule in a scratch tree and must find it.
set -u
cd "$(dirname "$0")/../.." || exit 3

# breaches ROOT: prints "FILE: why" for each include that breaks a rule
breaches() {
	(cd "$1" && find src -name '*.[ch]' -o -name '*.c.in' | sort | xargs grep -Hn '#include "' /dev/null) | awk -F '[:"]' '
	BEGIN {
		allow["base"] = " base "
		allow["host"] = " base host "
		allow["model"] = " base host model "
		split("collect know log listen record detect explain show score steer probe load rdma", verbs, " ")
		for (i in verbs) allow[verbs[i]] = " base host model " verbs[i] " "
		allow["cmd"] = " base host model collect know log listen record detect explain show score steer probe load rdma cmd "
	}
	{
		split($1, from, "/"); n = split($4, to, "/"); where = $1 ":" $2 ": "
		if (!(from[2] in allow)) print where "folder " from[2] " is not in the list of tests/lint/layers.sh"
		else if (n < 2) print where "\"" $4 "\" names no folder"
		else if (!index(allow[from[2]], " " to[1] " ")) print where from[2] " may not include " to[1]
		else if ($4 == "host/door.h" && from[2] != "host") print where "host/door.h is for src/host only"
		else if ($4 ~ /^host\/(write|change)/ && from[2] !~ /^(host|steer)$/) print where "only steer writes to the host"
	}'
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0 passed=0

# planted WHY FILE INCLUDE [fine]
planted() {
	mkdir -p "$scratch/src/$(dirname "$2")"
	printf '#include <stdio.h>\n#include "base/str.h"\n#include "%s"\n' "$3" >"$scratch/src/$2"
	found=$(breaches "$scratch" | wc -l)
	rm -r "$scratch/src"
	if [ "$found" -eq "${4:-1}" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED  self test: $1: $found breaches found, expected ${4:-1}"
	fi
}
planted "base includes nothing above it" base/a.c model/frame.h
planted "host does not know the model" host/a.h model/frame.h
planted "model does not know collectors" model/a.c collect/emit.h
planted "verbs do not include each other" detect/a.c collect/run.h
planted "knowledge includes no verb" know/pcie.c detect/judge.h
planted "nobody includes cmd" show/a.c cmd/command.h
planted "a new folder must be listed" other/a.c base/str.h 2
planted "an include names its folder" show/a.c rows.h
planted "the door's own header stays inside" collect/a.c host/door.h
planted "only steer writes" collect/a.c host/write.h
planted "steer may write" steer/a.c host/write.h 0
planted "cmd wires all" cmd/a.c explain/explain.h 0
planted "a verb includes itself and the model" collect/a.c model/session.h 0

list=$(breaches .)
if [ -n "$list" ]; then
	echo "$list" | sed 's/^/FAILED  /'
	failed=$((failed + $(echo "$list" | wc -l)))
else
	passed=$((passed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
