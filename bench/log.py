"""What does it cost to read 100 MB of log? usage: bench/log.py FAULTLINE

The logs of tests/fixtures/logs, again and again, in four formats; and one in which every line is an event.
Beside it wc -l and grep -a -c -E with six words over the same file, both in the C locale. Processor time of whole
processes, the better of two runs. Fails over 10 s or 100 MiB of memory.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

FAULTLINE = sys.argv[1]
SIZE = int(os.environ.get("LOG_MB", "100")) * 1000000
MOST_S, MOST_MIB = 10 * SIZE / 100e6, 100
LOGS = "tests/fixtures/logs"
WORDS = "AER:|DMAR:|Link is Down|oom-killer|soft lockup|timed out"


def messages():
    """Boot logs of three kernels, nineteen times as often as those of incidents."""
    found = []
    for name in sorted(os.listdir(LOGS)):
        if name.endswith(".log"):
            with open(os.path.join(LOGS, name), encoding="utf-8", errors="replace") as file:
                lines = [line.rstrip("\n") for line in file if not line.startswith((" ", "{"))]
            lines = [re.sub(r"^(\[ *[\d.]+\] |\d+,\d+,\d+,-[^;]*;|\[\w{3} .{20}\] |\w{3} [ \d]\d [\d:.]+ \S+ kernel: (\[ *[\d.]+\] )?)", "", line)
                     for line in lines]
            found += [line for line in lines if line] * (19 if name.startswith("boot") else 1)
    return found


def dmesg(n, text):
    return f"[{n / 1000:12.6f}] {text}\n"


def kmsg(n, text):
    return f"6,{n},{n * 1000},-;{text}\n"


def syslog(n, text):
    return f"Nov 21 {n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d} host kernel: [{n / 1000:12.6f}] {text}\n"


def journal(n, text):
    return json.dumps({"__CURSOR": "s=6f0b2c1de3a94a55b7c1d2e3f4a5b6c7;i=1", "__REALTIME_TIMESTAMP": str(1763803212000212 + n),
                       "_TRANSPORT": "kernel", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "kernel", "_HOSTNAME": "host",
                       "MESSAGE": text}) + "\n"


def storm(n, _):
    return f"[{n / 1000:12.6f}] mlx5_core 0000:04:00.0 eth{n % 8}: Link {'up' if n & 8 else 'down'}\n"


def write(path, form, texts):
    n = 0
    with open(path, "w", encoding="utf-8") as file:
        while file.tell() < SIZE:
            file.write("".join(form(n + i, text) for i, text in enumerate(texts)))
            n += len(texts)


def cost(*command):
    """Processor seconds and MiB of one run, its output thrown away."""
    # not to /dev/null: grep stops at the first hit when nobody can see the count
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode > 1:
        sys.exit(f"bench/log.py: {command[0]} did not run: {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def better(*command):
    return min(cost(*command), cost(*command))


def main():
    texts, failed = messages(), 0
    print(f"{SIZE / 1e6:.0f} MB of        faultline   memory    wc -l   grep -cE")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        for form in (dmesg, kmsg, syslog, journal, storm):
            write(path, form, texts)
            seconds, mib = better(FAULTLINE, "events", "--log", path)
            print(f"  {form.__name__:12} {seconds:8.2f} s {mib:6.0f} MiB {better('wc', '-l', path)[0]:6.2f} s "
                  f"{better('grep', '-cE', WORDS, path)[0]:7.2f} s", flush=True)
            failed += seconds > MOST_S or mib > MOST_MIB
            os.remove(path)
    if failed:
        print(f"over {MOST_S:.0f} s or {MOST_MIB} MiB")
    return 1 if failed else 0


sys.exit(main())
