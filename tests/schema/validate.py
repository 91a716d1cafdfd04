"""Validates faultline's JSON of the live machine and of the given trees against docs/schema/COMMAND.json."""
import glob
import json
import os
import subprocess
import sys

import jsonschema

FAULTLINE = os.environ["FAULTLINE"]
passed = failed = 0


def note(good, what):
    global passed, failed
    passed += good
    failed += not good
    if not good:
        print(f"FAILED  {what}")


def unique(pairs):
    """json.loads takes the last of two equal keys in silence; here that is a fault."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key appears twice in {keys}")
    return dict(pairs)


def run(command, args):
    done = subprocess.run([FAULTLINE, command, "--format", "json", *args], capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout


def check_breach(validator, document, command):
    """The schema must be able to fail: without a required key, and with one it does not know."""
    for key in list(document):
        without = {k: v for k, v in document.items() if k != key}
        note(not validator.is_valid(without), f"{command}: the schema accepts an object without \"{key}\"")
    note(not validator.is_valid({**document, "surprise": 1}), f"{command}: the schema accepts an unknown key")


def objects(value):
    """Every object in a document; of a long list the first ones."""
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value[:3]:
            yield from objects(inner)


def check_every_breach(validator, document, what):
    """As check_breach, for every object inside."""
    for found in list(objects(document)):
        for key in list(found):
            value = found.pop(key)
            note(not validator.is_valid(document), f"{what}: the schema accepts an object without \"{key}\"")
            found[key] = value
        found["surprise"] = 1
        note(not validator.is_valid(document), f"{what}: the schema accepts an unknown key beside {list(found)[:3]}")
        del found["surprise"]


def read_schema(command):
    with open(f"docs/schema/{command}.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def validate_files(command, folder):
    """What a unit test wrote."""
    validator = read_schema(command)
    names = sorted(os.listdir(folder))
    note(bool(names), f"{command}: nothing was written to {folder}")
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            document = json.load(file, object_pairs_hook=unique)
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
        note(not errors, f"{command} of {name}: {errors[:3]}")
        document["ruled_out"] = document["ruled_out"][:3]
        check_every_breach(validator, document, f"{command} of {name}")


def validate(command, highest, trees):
    validator = read_schema(command)
    for tree in [None, *trees]:
        what = f"{command} of {tree or 'this machine'}"
        code, text = run(command, ["--root", tree] if tree else [])
        if code > highest:
            note(False, f"{what}: exit code {code}")
            continue
        try:
            document = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
        except ValueError as error:
            note(False, f"{what}: {error}")
            continue
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
        note(not errors, f"{what}: {errors[:3]}")
        if tree is None:
            check_breach(validator, document, command)
        if command == "sample":
            tsv = subprocess.run([FAULTLINE, "sample", *(["--root", tree] if tree else [])], capture_output=True,
                                 timeout=60, check=False).stdout
            if tree:
                note(tsv.count(b"\n") == len(document["rows"]), f"{what}: as many rows in JSON as in TSV")


def validate_logs(folder):
    """Every log of the folder, its events and its unknown lines; as many of them in JSON as in TSV."""
    validator = read_schema("events")
    logs = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".log")]
    note(bool(logs), f"events: no log in {folder}")
    for log in logs:
        for key, words in (("events", []), ("unknown", ["--unknown"])):
            what = f"events {' '.join(words)} of {log}"
            code, text = run("events", [*words, "--log", log])
            document = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
            errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
            note(code == 0 and not errors, f"{what}: exit code {code}, {errors[:3]}")
            tsv = subprocess.run([FAULTLINE, "events", *words, "--log", log], capture_output=True, timeout=60, check=False)
            note(tsv.stdout.count(b"\n") == len(document[key]), f"{what}: as many in JSON as in TSV")
            note(len(document[key]) == document["read"][key], f"{what}: as many as were counted")
            document[key] = document[key][:3]
            check_every_breach(validator, document, what)


def validate_answers(folder, recordings):
    """What explain says of real logs and recordings."""
    validator = read_schema("explain")
    asked = [["--log", os.path.join(folder, name)] for name in sorted(os.listdir(folder)) if name.endswith(".log")]
    asked += [["--root", recording] for recording in recordings]
    for words in asked:
        what = f"explain {' '.join(words)}"
        code, text = run("explain", words)
        document = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
        note(code in (0, 4, 5) and not errors, f"{what}: exit code {code}, {errors[:3]}")


def main():
    trees = [tree for tree in sys.argv[1:] if os.path.isdir(tree) and os.path.basename(tree.rstrip("/")) != "logs"]
    buses = [tree for tree in trees if glob.glob(os.path.join(tree, "sys/bus/pci/devices/*/class"))]
    for command, highest, of in (("sample", 0, trees), ("check", 2, trees), ("topo", 0, buses)):
        if os.path.exists(f"docs/schema/{command}.json"):
            validate(command, highest, of)
        else:
            print(f"SKIPPED {command}: docs/schema/{command}.json is not there")
    if os.environ.get("EXPLAINED"):
        validate_files("explain", os.environ["EXPLAINED"])
    validate_logs("tests/fixtures/logs")
    tapes = os.environ.get("TAPES", "")
    validate_answers("tests/fixtures/logs", [os.path.join(tapes, name, "recording") for name in sorted(os.listdir(tapes))] if tapes else [])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
