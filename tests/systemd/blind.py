#!/usr/bin/env python3
"""Prints what an answer of check (JSON) does not see: blind.py FILE [judged]. One line for each layer, source and note."""
import json
import sys

answer = json.load(open(sys.argv[1]))
lines = {f"note\t{note}" for note in answer["notes"]}
for layer in answer["layers"]:
    name, blind = layer["layer"], layer["verdict"] == "BLIND"
    lines.add(f"{name}\tBLIND\t{layer['reason']}" if blind else f"{name}\tseen")
    if "judged" in sys.argv[2:]:
        lines.add(f"{name}\tjudged\t{layer['judged']} of {layer['checks']}")
    for absent in layer["not_seen"]:
        lines.add("\t".join([name, absent.get("source") or absent["why"], absent["reason"]]))
print("\n".join(sorted(lines)))
