"""The load, the same for all: traffic over twelve pairs of veth, CPU, memory and timers by stress-ng, and a little of much else.

The far ends are in a network namespace that has neither a name nor a process, only sockets: faultline would read it as
well, and the others would not. Each part ends by its own clock. Run as a program it is one part: load.py PART SECONDS ARG.
"""
import contextlib
import ctypes
import mmap
import os
import socket
import subprocess
import sys
import time

import nest

PAIRS, STREAMS = 12, 6  # those behind the streams carry ping, in fragments
CLONE_NEWNET = 0x40000000
# What the tools read, too: two readings, a second apart, tell how many series move.
READ = ["stat", "interrupts", "softirqs", "meminfo", "vmstat", "diskstats", "loadavg", "net/dev", "net/snmp", "net/snmp6",
        "net/netstat", "net/sockstat", "net/softnet_stat", "pressure/cpu", "pressure/io", "pressure/memory"]


def enter(fd):
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
        raise nest.Trouble(f"setns: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def inside(far):
    """The calling thread is in the far namespace; sockets that it opens there stay there."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(far)
    try:
        yield
    finally:
        enter(own)
        os.close(own)


def new_namespace():
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise nest.Trouble(f"unshare: {os.strerror(ctypes.get_errno())}")
    far = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(own)
    os.close(own)
    return far


def wire():
    """The near ends, where the tools look, are in our namespace. The descriptor of the far one."""
    far = new_namespace()
    for n in range(PAIRS):
        run(f"ip link add near{n} type veth peer name far{n} netns /proc/{os.getpid()}/fd/{far}")
        bring_up(f"near{n}", n, 1)
        with inside(far):
            bring_up(f"far{n}", n, 2)
    return far


def run(command):
    subprocess.run(command.split(), check=True)


def bring_up(name, n, host):
    run(f"ip addr add 198.18.{n}.{host}/24 dev {name}")
    run(f"ip addr add fd00:{n}::{host}/64 dev {name} nodad")
    run(f"ip link set {name} up")


def address(n, host):
    return f"fd00:{n}::{host}" if n % 4 > 1 else f"198.18.{n}.{host}"


def begin(seconds, directory, far):
    os.makedirs(f"{directory}/stress")
    log, me = f"{directory}/load.log", os.path.realpath(__file__)
    running = [nest.spawn([sys.executable, me, "streams", str(seconds), str(far)], log, pass_fds=[far]),
               nest.spawn([sys.executable, me, "rest", str(seconds), f"{directory}/stress"], log),
               nest.spawn(["stress-ng", "--temp-path", f"{directory}/stress", "--timeout", f"{seconds}s",
                           "--cpu", "1", "--cpu-load", "10", "--vm", "1", "--vm-bytes", "16m", "--vm-hang", "1",
                           "--timer", "1", "--timer-freq", "200"], log)]
    for n in range(STREAMS, PAIRS):
        running.append(nest.spawn(["ping", "-q", "-i", "0.2", "-s", "4000", "-w", str(seconds), address(n, 2)], log))
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


# ---- streams: 4 Mbit/s each, TCP and UDP, v4 and v6, towards the far end and back ----

def reusable(family, kind):
    """A second run finds the connections of the first one waiting for their end."""
    made = socket.socket(family, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def pair(n, far):
    """Two connected sockets, the first one sends."""
    family = socket.AF_INET6 if n % 4 > 1 else socket.AF_INET
    kind = socket.SOCK_DGRAM if n % 2 else socket.SOCK_STREAM
    with inside(far):
        there = reusable(family, kind)
        there.bind((address(n, 2), 5000))
        if kind == socket.SOCK_STREAM:
            there.listen()
    here = reusable(family, kind)
    here.bind((address(n, 1), 5000))
    here.connect((address(n, 2), 5000))
    if kind == socket.SOCK_STREAM:
        listener, there = there, there.accept()[0]
        listener.close()
    else:
        there.connect((address(n, 1), 5000))
    for each in (here, there):
        each.setblocking(False)
    return (here, there) if n < STREAMS / 2 else (there, here)


def stream(sender, receiver):
    """What is due in 20 ms."""
    with contextlib.suppress(BlockingIOError):
        if sender.type == socket.SOCK_STREAM:
            sender.send(bytes(10000))
        else:
            for _ in range(10):
                sender.send(bytes(1000))
    with contextlib.suppress(BlockingIOError):
        while receiver.recv(16384):
            pass


def use_streams(far):
    pairs = [pair(n, far) for n in range(STREAMS)]
    while True:
        for sender, receiver in pairs:
            stream(sender, receiver)
        yield 0.02


# ---- the rest ----

def use_disk(path):
    """Written, and read again from the disk."""
    with open(path, "wb") as file:
        file.write(os.urandom(256 << 10))
        os.fsync(file.fileno())
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as text:
            return sum(text[::4096])


def use_sockets(family, where):
    """A connection that comes and goes, and a datagram that nobody waits for."""
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind((where, 0))
        server.listen()
        with socket.create_connection(server.getsockname()[:2]), server.accept()[0]:
            pass
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", (where, 9))


def use_rest(directory):
    while True:
        use_disk(os.path.join(directory, "written"))
        use_sockets(socket.AF_INET, "127.0.0.1")
        use_sockets(socket.AF_INET6, "::1")
        subprocess.run(["/bin/true"], check=True)
        yield 0.2


def main(part, seconds, argument):
    end_s = time.monotonic() + float(seconds)
    for pause_s in use_streams(int(argument)) if part == "streams" else use_rest(argument):
        if time.monotonic() > end_s:
            return
        time.sleep(pause_s)


if __name__ == "__main__":
    main(*sys.argv[1:])
