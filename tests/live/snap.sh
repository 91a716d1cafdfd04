#!/bin/sh
# A snap of this kernel, read again from the copy: the same rows, byte for byte; and a namespace in it.
. tests/live/lib.sh

name=faultline-snap-$$
if ip netns add "$name" 2>/dev/null; then
	trap 'ip netns del "$name"; rm -rf "$scratch"' EXIT
	ip -n "$name" link set lo up
else
	skip 'a snap with a namespace: no network namespace can be made here'
	name=''
fi
if "$FAULTLINE" snap "$scratch/snap"; then ok 'a snap was made'; else bad 'no snap was made'; fi
"$FAULTLINE" sample --root "$scratch/snap" >"$scratch/rows"
rows=$(wc -l <"$scratch/rows")
if [ "$rows" -gt 0 ] && cmp -s "$scratch/rows" "$scratch/snap/rows.tsv"; then
	ok "sample of the snap gives its rows.tsv byte for byte: $rows rows"
else
	bad "sample of the snap differs from its rows.tsv: $(diff "$scratch/rows" "$scratch/snap/rows.tsv" | head -n 2)"
fi
if [ -n "$name" ]; then
	if [ -n "$(value net.tcp.in_segs "host:@$name")" ]; then ok 'its namespace is in it'; else bad 'its namespace is not in it'; fi
fi
# on whatever this is: the guest's own root is an overlay, whose files are on other devices than their directories
mkdir "$scratch/dir"
if "$FAULTLINE" snap --anonymous "$scratch/dir/copy" && "$FAULTLINE" sample --root "$scratch/dir/copy" >"$scratch/rows" &&
	[ -s "$scratch/rows" ] && cmp -s "$scratch/rows" "$scratch/dir/copy/rows.tsv"; then
	ok "an anonymous copy gives its own $(wc -l <"$scratch/rows") rows"
else
	bad 'no anonymous copy, or it gives other rows'
fi
if [ "$(ls -A "$scratch/dir")" = copy ]; then ok 'and nothing else is left'; else bad "left beside it: $(ls -A "$scratch/dir")"; fi
finish
