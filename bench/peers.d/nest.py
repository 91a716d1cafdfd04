"""Namespaces and a scratch directory in which nothing outlives the run, and the packages."""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# The tools' writable directories, as their packages have them.
WRITABLE = ["/var/lib/pcp", "/var/log/pcp", "/var/lib/netdata", "/var/cache/netdata", "/var/log/netdata"]


class Trouble(Exception):
    """Why it cannot go on: one line."""


class Ended(BaseException):
    """A signal asked us to."""


def guarded(work):
    """The exit code of `work`; 3 when it could not run."""
    try:
        return work()
    except Trouble as trouble:
        print(f"bench/peers: {trouble}", file=sys.stderr)
    except OSError as error:
        print(f"bench/peers: {error.filename or 'a call'}: {error.strerror}", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"bench/peers: {' '.join(error.cmd)}: exit code {error.returncode}", file=sys.stderr)
    except (Ended, KeyboardInterrupt):
        print("bench/peers: ended by a signal; nothing was left behind", file=sys.stderr)
    return 3


# ---- outside ----

def install():
    """As packages/peers says, and nothing is started or enabled: PCP's package asks systemctl itself."""
    with tempfile.TemporaryDirectory(prefix="faultline-peers-") as shims:
        for name in ("systemctl", "deb-systemd-helper", "deb-systemd-invoke", "update-rc.d", "invoke-rc.d", "service"):
            path = os.path.join(shims, name)
            with open(path, "w", encoding="ascii") as file:
                file.write("#!/bin/sh\nexit 0\n")
            os.chmod(path, 0o755)
        apt = os.path.join(shims, "apt.conf")
        with open(apt, "w", encoding="ascii") as file:
            file.write(f'DPkg::Path "{shims}:/usr/sbin:/usr/bin:/sbin:/bin";\n')
        result = subprocess.run(["sh", f"{ROOT}/tools/deps.sh", f"{ROOT}/packages/peers"], check=False,
                                env=dict(os.environ, APT_CONFIG=apt), stdout=subprocess.DEVNULL)
        if result.returncode:
            raise Trouble("packages are missing; see above, or use --no-install")


def on_signal(number, frame):
    """The first signal ends us; those that follow do not end the tidying up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Ended()


def remove(directory):
    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.1)
    raise Trouble(f"{directory} could not be removed")


def run_inside(given):
    if os.geteuid() != 0:
        raise Trouble("namespaces and the tools' own directories take root; run it with sudo")
    if given.keep and os.path.exists(given.keep):
        raise Trouble(f"{given.keep} is there already; --keep takes a new one")
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, on_signal)
    if not given.no_install:
        install()
    scratch = tempfile.mkdtemp(prefix="faultline-peers-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    try:
        return run_child(scratch)
    finally:
        if given.keep and os.path.isdir(f"{scratch}/runs"):
            shutil.copytree(f"{scratch}/runs", given.keep, ignore=shutil.ignore_patterns("socket", "*.socket"))
        remove(scratch)


def run_child(scratch):
    """The same program as the first process of new namespaces. The kernel ends all others before that one is gone."""
    child = subprocess.Popen(
        ["unshare", "--net", "--pid", "--mount", "--ipc", "--fork", "--kill-child", "--mount-proc", "--", sys.executable,
         f"{ROOT}/bench/peers", "--inside", scratch] + sys.argv[1:],
        process_group=0, preexec_fn=die_with_parent)
    try:
        return child.wait()
    finally:
        end_first_process(child)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: for when we are killed ourselves


def end_first_process(unshare):
    for _ in range(50):
        if unshare.poll() is not None:
            return
        with open(f"/proc/{unshare.pid}/task/{unshare.pid}/children", encoding="ascii") as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGKILL)
        try:
            unshare.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
    unshare.kill()
    unshare.wait()


# ---- inside ----

def furnish(scratch):
    """Inside: the new network's own /sys, and copies of what the tools write to."""
    for command in (["mount", "-t", "sysfs", "none", "/sys"], ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", "/run"],
                    ["ip", "link", "set", "lo", "up"]):
        subprocess.run(command, check=True)
    os.makedirs("/run/pcp")
    for number, path in enumerate(WRITABLE):
        copy = f"{scratch}/writable/{number}"
        if os.path.isdir(path):
            shutil.copytree(path, copy, symlinks=True)
            subprocess.run(["mount", "--bind", copy, path], check=True)
    os.makedirs(f"{scratch}/runs")


def spawn(command, log, **more):
    """A process in a session of its own, so that all that it starts can be found."""
    with open(log, "ab") as file:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, **more)


def stop(process, number=signal.SIGTERM, patience_s=20):
    """Ask, wait, insist. True: it ended by itself."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(patience_s)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
