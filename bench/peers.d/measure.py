"""What processes cost: CPU by the kernel's clocks of processes, memory, system calls by strace, bytes of files."""
import os
import re
import subprocess
import time

import nest


def stat_fields(pid):
    """Those behind the name, which may hold anything; field 3 of proc(5) is the first."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def tree(roots):
    """Roots, their sessions, and all that descends from them."""
    parent, session = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = stat_fields(name)
            except OSError:
                continue
            parent[int(name)], session[int(name)] = int(fields[1]), int(fields[3])
    found = {pid for pid in parent if pid in roots or session[pid] in roots}
    while True:
        more = {pid for pid in parent if parent[pid] in found} - found
        if not more:
            return sorted(found)
        found |= more


def cpu_seconds(pids):
    """Per process: its clock (threads that have ended are in it) and what its ended children had used."""
    found = {}
    for pid in pids:
        try:
            children = sum(int(field) for field in stat_fields(pid)[13:15]) / os.sysconf("SC_CLK_TCK")
            found[pid] = time.clock_gettime((~pid << 3) | 2) + children  # CPUCLOCK_SCHED, of the whole process
        except OSError:
            continue
    return found


def spent(before, after):
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())


def memory_mb(pids):
    """RSS and PSS."""
    sums = {"Rss": 0, "Pss": 0}
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name in sums:
                    sums[name] += int(rest.split()[0])
    return sums["Rss"] / 1024, sums["Pss"] / 1024


def bytes_in(directory):
    """Of all files below; allocated, where less than their length is (files with holes)."""
    total = 0
    for place, _, names in os.walk(directory):
        for name in names:
            info = os.lstat(os.path.join(place, name))
            total += min(info.st_size, info.st_blocks * 512)
    return total


def bytes_xz(directory):
    """The same behind xz, each file for itself, as logrotate and pmlogger_daily would."""
    total = 0
    for place, _, names in os.walk(directory):
        for name in names:
            with subprocess.Popen(["xz", "--stdout", os.path.join(place, name)], stdout=subprocess.PIPE) as xz:
                total += sum(len(piece) for piece in iter(lambda: xz.stdout.read(1 << 16), b""))
            if xz.returncode:
                raise nest.Trouble(f"xz of {name} failed")
    return total


def trace(pids, path):
    """strace, attached to them and what they start; it says on which file a call was."""
    command = ["strace", "-f", "-qq", "-y", "-e", "signal=none", "-o", path]
    for pid in pids:
        command += ["-p", str(pid)]
    return nest.spawn(command, path + ".log")


CALL = re.compile(r"^\d+ +(\w+)\((.*)$")


def calls(path):
    """Of a trace: all calls, and those of them on files of /sys. What was resumed was counted when it began."""
    n = on_sys = 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = CALL.match(line)
            if match:
                n += 1
                on_sys += "</sys/" in match[2] or '"/sys/' in match[2]
    return n, on_sys
