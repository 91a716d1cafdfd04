#!/bin/sh
# The JSON that faultline prints fits docs/schema/: of this machine and of every fixture. FAULTLINE is the program.
set -u
cd "$(dirname "$0")/../.." || exit 3
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	echo "SKIPPED schema: python3-jsonschema is not installed (make deps)"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/trees" "$scratch/explained"
sh tests/unpack.sh "$scratch/trees" && sh tests/gpu_tree.sh "$scratch/trees/made-gpus" || exit 3
export FAULTLINE="${FAULTLINE:-build/faultline}"
# the reports that a unit test makes by hand
show=$(dirname "$FAULTLINE")/tests/test_explain_show
if [ -x "$show" ]; then
	"$show" "$scratch/explained" || rm -f "$scratch"/explained/* # none is a failure
	export EXPLAINED="$scratch/explained"
else
	echo "SKIPPED explain: $show is not built"
fi
# tapes
for name in F4 F16-receiver N4; do
	mkdir -p "$scratch/tapes/$name" && tar -xJf "tests/tapes/$name/recording.tar.xz" -C "$scratch/tapes/$name" || exit 3
done
export TAPES="$scratch/tapes"
/usr/bin/python3 tests/schema/validate.py "$scratch"/trees/*/ tests/fixtures/*/
