#!/usr/bin/python3
"""How well each signal is known to be right: prints docs/coverage.md.

  real        an independent tool said the same in the same second, on a running kernel: tests/coverage/agreed.tsv, which
              `tests/coverage/coverage.py --add FILE` extends by what the live tests noted (AGREED=FILE KERNEL=6.12 ...)
  captured    it stands in something a running kernel wrote: tests/fixtures but those called made-*, and events of their logs
  documented  read in the kernel's source or a vendor's documents; tried on forms made by hand only
"""
import argparse
import collections
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
AGREED = os.path.join(ROOT, "tests/coverage/agreed.tsv")
CLASSES = ("real", "captured", "documented")


def signals():
    """(name, kind) of docs/signals.md's first table."""
    found = []
    with open(os.path.join(ROOT, "docs/signals.md"), encoding="utf-8") as page:
        for line in page:
            if found and not line.strip():
                return found
            row = re.match(r"\| `([^`]+)` \| (\w+)", line)
            if row and not row[1].startswith("self."):  # what faultline says of itself is no kernel's
                found.append((row[1], row[2]))
    return found


def agreed():
    """{signal: {(test, kernel)}}"""
    known = collections.defaultdict(set)
    if os.path.exists(AGREED):
        with open(AGREED, encoding="utf-8") as rows:
            for line in rows:
                signal, test, kernel = line.rstrip("\n").split("\t")
                known[signal].add((test, kernel))
    return known


def first_column(pattern, column):
    found = collections.defaultdict(set)
    for path in glob.glob(os.path.join(ROOT, pattern)):
        name = os.path.basename(path).rsplit(".", 1)[0]
        if name.startswith("made-"):
            continue
        with open(path, encoding="utf-8", errors="replace") as rows:
            for line in rows:
                cells = line.split("\t")
                if len(cells) > column:
                    found[cells[column]].add(name)
    return found


def captured():
    found = first_column("tests/fixtures/*.sample", 0)
    for signal, names in first_column("tests/fixtures/logs/*.events", 1).items():
        found[signal] |= names
    return found


def shorten(names, most=3):
    names = sorted(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def where(tests):
    kernels = collections.defaultdict(set)
    for test, kernel in tests:
        kernels[test].add(kernel)
    return "; ".join(f"{test} on {', '.join(sorted(kernels[test], key=version))}" for test in sorted(kernels))


def version(kernel):
    return [int(part) for part in re.findall(r"\d+", kernel)]


def page():
    real, seen = agreed(), captured()
    count = collections.defaultdict(collections.Counter)
    rows = []
    for name, kind in signals():
        layer = name.split(".")[0]
        if name in real:
            how, by = "real", where(real[name])
        elif name in seen:
            how, by = "captured", shorten(seen[name])
        else:
            how, by = "documented", ""
        count[layer][how] += 1
        rows.append(f"| `{name}` | {kind} | {how} | {by} |")
    total = sum(count.values(), collections.Counter())
    out = ["# How each signal was tried", "",
           "Written by `make docs` from docs/signals.md, tests/coverage/agreed.tsv and the fixtures; a test compares it.",
           "*real*: an independent tool said the same in the same second on a running kernel, in a test of tests/live.",
           "*captured*: it stands in what a running kernel wrote. *documented*: source and documents only, on made forms.", "",
           "| layer | real | captured | documented |", "|---|---|---|---|"]
    for layer in sorted(count):
        out.append(f"| {layer} | " + " | ".join(str(count[layer][how]) for how in CLASSES) + " |")
    out.append("| all | " + " | ".join(str(total[how]) for how in CLASSES) + " |")
    out += ["", "| signal | kind | tried | by |", "|---|---|---|---|"] + rows
    return "\n".join(out) + "\n"


def add(paths):
    known = agreed()
    for path in paths:
        with open(path, encoding="utf-8") as rows:
            for line in rows:
                cells = line.rstrip("\n").split("\t")
                if len(cells) != 3:
                    sys.exit(f"{path}: a line is not SIGNAL<TAB>TEST<TAB>KERNEL; write it with AGREED=FILE sh tests/live/all.sh")
                known[cells[0]].add((cells[1], cells[2]))
    names = {name for name, _ in signals()}
    with open(AGREED + ".new", "w", encoding="utf-8") as out:
        for signal in sorted(names & set(known)):
            for test, kernel in sorted(known[signal], key=lambda pair: (pair[0], version(pair[1]))):
                out.write(f"{signal}\t{test}\t{kernel}\n")
    os.replace(AGREED + ".new", AGREED)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--add", nargs="+", metavar="FILE", help="what live tests noted, to tests/coverage/agreed.tsv")
    given = parser.parse_args()
    if given.add:
        add(given.add)
    else:
        sys.stdout.write(page())


main()
