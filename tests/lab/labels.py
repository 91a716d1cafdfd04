"""Labels against docs/schema/label.json and against the signals that exist: labels.py LABEL..."""
import json
import os
import subprocess
import sys

import jsonschema


def unique(pairs):
    """json.loads takes the last of two equal keys in silence; here that is a mistake."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key appears twice in {keys}")
    return dict(pairs)


def places(value):
    """Every {signal, entity} of a label."""
    if isinstance(value, dict):
        if "signal" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from places(inner)


def main():
    with open("docs/schema/label.json", encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft202012Validator(schema)
    listed = subprocess.run([os.environ["FAULTLINE"], "signals"], capture_output=True, timeout=60, check=True, text=True)
    signals = {line.split()[0] for line in listed.stdout.splitlines() if line and not line[0].isspace()}
    passed = failed = 0
    for path in sys.argv[1:]:
        problems = []
        try:
            with open(path, encoding="utf-8") as file:
                label = json.load(file, object_pairs_hook=unique)
            problems += [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(label)]
            for place in places(label):
                name = place["signal"]
                if not (any(s.startswith(name[:-1]) for s in signals) if name.endswith("*") else name in signals):
                    problems.append(f"there is no signal {name}")
        except ValueError as error:
            problems.append(str(error))
        passed += not problems
        failed += bool(problems)
        if problems:
            print(f"FAILED  {path}: {problems[:3]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
