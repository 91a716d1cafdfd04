"""A run: all tools for a moment, then under load; what each cost."""
import statistics
import time

import load
import measure
import nest

SHORT_S, WARM_S, TRACE_S = 4, 10, 10


class Figures:
    """One tool in one run."""
    def __init__(self, values):
        self.values, self.samples = values, 0
        self.cpu_us = self.rss_mb = self.pss_mb = self.calls = self.calls_on_sys = self.disk = self.xz = self.processes = 0.0
        self.lost = 0


def start_all(chosen, directory):
    for tool in chosen:
        tool.start(f"{directory}/{tool.name}")


def check_all(chosen):
    for tool in chosen:
        if tool.fallen():
            raise nest.Trouble(f"{tool.name} has ended by itself: {tool.log_end()}")


def end_all(chosen):
    for tool in chosen:
        tool.before_end()
    for tool in chosen:
        tool.stop()


def sizes(tool):
    """Samples, bytes, bytes behind xz of one that has ended."""
    if not tool.keeps:
        return tool.samples(), len(tool.text) * tool.samples(), 0
    return tool.samples(), measure.bytes_in(tool.kept_in()), measure.bytes_xz(tool.kept_in()) if tool.raw else 0


def short_run(chosen, directory):
    """What a store costs that holds next to nothing."""
    start_all(chosen, directory)
    time.sleep(SHORT_S)
    check_all(chosen)
    end_all(chosen)
    return {tool.name: sizes(tool) for tool in chosen}


def window(given, chosen):
    """CPU of each over the window, the processes at its end, and how many series moved."""
    moved = []
    before = {tool.name: measure.cpu_seconds(tool.pids()) for tool in chosen}
    begin_s = time.monotonic()
    for part in range(1, 4):
        moved.append(load.changing())
        time.sleep(max(0.0, begin_s + given.seconds * part / 3 - time.monotonic()))
    took_s = time.monotonic() - begin_s
    pids = {tool.name: tool.pids() for tool in chosen}
    spent = {tool.name: measure.spent(before[tool.name], measure.cpu_seconds(pids[tool.name])) / took_s for tool in chosen}
    return spent, pids, moved


def trace_all(pids, directory):
    """Calls a second."""
    paths = {name: f"{directory}/{name}.strace" for name in pids}
    begin_s = time.monotonic()
    traces = [measure.trace(pids[name], path) for name, path in paths.items()]
    time.sleep(TRACE_S)
    for trace in traces:
        nest.stop(trace)
    took_s = time.monotonic() - begin_s
    return {name: [n / took_s for n in measure.calls(path)] for name, path in paths.items()}


def long_run(given, chosen, directory, running):
    start_all(chosen, directory)
    begin_s = time.monotonic()
    time.sleep(WARM_S)
    check_all(chosen)
    spent, pids, moved = window(given, chosen)
    memory = {tool.name: measure.memory_mb(pids[tool.name]) for tool in chosen}
    calls = trace_all(pids, directory)
    check_all(chosen)
    if load.fallen(running):
        raise nest.Trouble(f"a part of the load ended early: {load.fallen(running)[0]}; --keep DIR keeps its log, DIR/*/load/load.log")
    end_all(chosen)
    return spent, pids, memory, calls, moved, time.monotonic() - begin_s


def run_once(given, chosen, directory, far):
    seconds = SHORT_S + WARM_S + given.seconds + TRACE_S + 40
    running = load.begin(seconds, f"{directory}/load", far)
    empty = short_run(chosen, f"{directory}/short")
    spent, pids, memory, calls, moved, took_s = long_run(given, chosen, f"{directory}/long", running)
    load.end(running)
    found = {}
    for tool in chosen:
        f = found[tool.name] = Figures(tool.values())
        f.samples, size, packed = sizes(tool)
        f.lost = max(0, int(took_s) - 3 - f.samples)  # starting and ending take a second or two
        f.cpu_us = spent[tool.name] / f.values * 1e6
        f.rss_mb, f.pss_mb = memory[tool.name]
        f.calls, f.calls_on_sys = (n / f.values for n in calls[tool.name])
        f.processes = len(pids[tool.name])
        kept = (f.samples - empty[tool.name][0]) * f.values
        f.disk, f.xz = (size - empty[tool.name][1]) / kept, (packed - empty[tool.name][2]) / kept
    return found, (statistics.median(n for n, _ in moved), moved[-1][1])


def run_all(given, chosen):
    far = load.wire()
    runs = []
    for number in range(1, given.runs + 1):
        print(f"run {number} of {given.runs}: {given.seconds + SHORT_S + WARM_S + TRACE_S} s", flush=True)
        runs.append(run_once(given, chosen, f"{given.inside}/runs/{number}", far))
    return runs
