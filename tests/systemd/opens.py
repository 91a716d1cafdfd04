#!/usr/bin/env python3
"""Opens what listeners have to write to, and prints one line for each: NAME ok, or NAME and the error."""
import os
import socket

SO_RCVBUFFORCE, ROOM = 33, 4 << 20


def trigger(path):
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(fd, b"some 100000 2000000\0")
    os.close(fd)


def tracepoint(name):
    instance = "/sys/kernel/tracing/instances/faultline-test"
    os.mkdir(instance)
    try:
        with open(f"{instance}/events/{name}/enable", "w") as enable:
            enable.write("1")
        os.close(os.open(f"{instance}/per_cpu/cpu0/trace_pipe_raw", os.O_RDONLY | os.O_NONBLOCK))
    finally:
        os.rmdir(instance)


def netlink_room(_):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)


def refused(path):
    """What nobody needs may not be had."""
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        return
    raise OSError(0, "can be written")


for what, subject in [
    (trigger, "/proc/pressure/cpu"),
    (trigger, "/sys/fs/cgroup/system.slice/memory.pressure"),
    (tracepoint, "sched/sched_process_exit"),
    (netlink_room, "4 MiB"),
    (refused, "/proc/sys/kernel/printk"),
    (refused, "/sys/bus/pci/devices/0000:01:00.0/config"),
    (refused, "/sys/kernel/tracing/tracing_on"),
    (refused, "/etc/hostname"),
]:
    try:
        what(subject)
        print(f"{what.__name__} {subject}: ok")
    except OSError as error:
        print(f"{what.__name__} {subject}: {error.strerror}")
