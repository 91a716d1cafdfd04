"""The load, the same for all: traffic over twelve pairs of veth, CPU, memory and timers by stress-ng, and a little of much else.

Each part ends by its own clock. Run as a program it is the last part: load.py SECONDS DIR.
"""
import mmap
import os
import socket
import subprocess
import sys
import time

import nest

PAIRS, STREAMS = 12, 6  # those behind the streams carry ping, in fragments
# What the tools read, too: two readings, a second apart, tell how many series move.
READ = ["stat", "interrupts", "softirqs", "meminfo", "vmstat", "diskstats", "loadavg", "net/dev", "net/snmp", "net/snmp6",
        "net/netstat", "net/sockstat", "net/softnet_stat", "pressure/cpu", "pressure/io", "pressure/memory"]


def wire():
    """The far ends are in namespaces of their own; the near ones, where the tools look, in ours."""
    for n in range(PAIRS):
        for command in (f"ip netns add far{n}",
                        f"ip link add near{n} type veth peer name far{n} netns far{n}",
                        f"ip addr add 198.18.{n}.1/24 dev near{n}",
                        f"ip addr add fd00:{n}::1/64 dev near{n} nodad",
                        f"ip link set near{n} up",
                        f"ip -n far{n} addr add 198.18.{n}.2/24 dev far{n}",
                        f"ip -n far{n} addr add fd00:{n}::2/64 dev far{n} nodad",
                        f"ip -n far{n} link set far{n} up"):
            subprocess.run(command.split(), check=True)


def begin(seconds, directory):
    os.makedirs(f"{directory}/stress")
    log = f"{directory}/load.log"
    running = [nest.spawn(["ip", "netns", "exec", f"far{n}", "iperf3", "--server", "--one-off"], log) for n in range(STREAMS)]
    time.sleep(1)
    for n in range(PAIRS):
        far = f"fd00:{n}::2" if n % 4 > 1 else f"198.18.{n}.2"
        kind = ["--udp", "--length", "1000"] if n % 2 else ["--length", "8K"]
        command = (["iperf3", "--client", far, "--bitrate", "4M", "--time", str(seconds), *kind, *(["--reverse"] if n > 3 else [])]
                   if n < STREAMS else ["ping", "-q", "-i", "0.2", "-s", "4000", "-w", str(seconds), far])
        running.append(nest.spawn(command, log))
    running.append(nest.spawn(["stress-ng", "--temp-path", f"{directory}/stress", "--timeout", f"{seconds}s",
                               "--cpu", "1", "--cpu-load", "10", "--vm", "1", "--vm-bytes", "16m", "--vm-hang", "1",
                               "--timer", "1", "--timer-freq", "200"], log))
    running.append(nest.spawn([sys.executable, os.path.realpath(__file__), str(seconds), f"{directory}/stress"], log))
    return running


def fallen(running):
    """Whether a part has ended before its time."""
    return [" ".join(process.args[:6]) for process in running if process.poll() is not None]


def end(running):
    for process in running:
        nest.stop(process, patience_s=5)


def words():
    found = []
    for name in READ:
        try:
            with open(f"/proc/{name}", encoding="ascii", errors="replace") as file:
                found.append(file.read().split())
        except OSError:
            found.append([])  # this kernel has none
    return found


def changing():
    """How many numbers of those files differ a second later, and of how many."""
    before = words()
    time.sleep(1)
    after = words()
    moved = sum(a != b for old, new in zip(before, after) for a, b in zip(old, new))
    return moved, sum(word.strip(":%").isdigit() for file in after for word in file)


def use_disk(path):
    """Written, and read again from the disk."""
    with open(path, "wb") as file:
        file.write(os.urandom(256 << 10))
        os.fsync(file.fileno())
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as text:
            return sum(text[::4096])


def use_sockets(family, address):
    """A connection that comes and goes, and a datagram that nobody waits for."""
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind((address, 0))
        server.listen()
        with socket.create_connection(server.getsockname()[:2]), server.accept()[0]:
            pass
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (address, 9))


def use_all(seconds, directory):
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        use_disk(os.path.join(directory, "written"))
        use_sockets(socket.AF_INET, "127.0.0.1")
        use_sockets(socket.AF_INET6, "::1")
        subprocess.run(["/bin/true"], check=True)
        time.sleep(0.2)


if __name__ == "__main__":
    use_all(int(sys.argv[1]), sys.argv[2])
