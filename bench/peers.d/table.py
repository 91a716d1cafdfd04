"""The figures of all runs as one table in Markdown."""
import os
import platform

TARGETS = {"cpu_us": 1.5, "disk": 0.4, "rss_mb": 10, "calls": 0.2}
NEEDED = 200
COLUMNS = [("values", "values a second", "{:.0f}"), ("cpu_us", "CPU us/value", "{:.2f}"), ("disk", "disk B/value", "{:.2f}"),
           ("xz", "after xz", "{:.2f}"), ("rss_mb", "RSS MB", "{:.1f}"), ("pss_mb", "PSS MB", "{:.1f}"), ("calls", "calls/value", "{:.3f}"),
           ("processes", "processes", "{:.0f}"), ("lost", "samples missing", "{:.0f}")]
COMPARED = ["cpu_us", "disk", "xz", "rss_mb", "pss_mb", "calls"]


def machine():
    model = platform.processor()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as file:
        kib = int(file.readline().split()[1])
    with open("/etc/os-release", encoding="utf-8") as file:
        system = [line for line in file if line.startswith("PRETTY_NAME=")][0].partition("=")[2].strip().strip('"')
    return f"{model}, {os.cpu_count()} CPUs, {kib / 2**20:.0f} GiB; Linux {platform.release()}; {system}"


def mean(runs, name, field):
    return sum(getattr(found[name], field) for found, _ in runs) / len(runs)


def cell(runs, tool, field, form, best):
    figures = [form.format(getattr(found[tool.name], field)) for found, _ in runs]
    if field == "xz" and not tool.raw:
        return "-"
    if field == "calls":
        figures = [f"{getattr(found[tool.name], 'calls') - found[tool.name].calls_on_sys:.3f}+{found[tool.name].calls_on_sys:.3f}"
                   for found, _ in runs]
    text = figures[0] if len(set(figures)) == 1 else ", ".join(figures)
    if field == "disk" and not tool.keeps:
        return f"({text} as text)"
    if best.get(field):
        text += f" ({mean(runs, tool.name, field) / best[field]:.2f}x)"
    if tool.name == "faultline" and field in TARGETS and mean(runs, tool.name, field) > TARGETS[field]:
        text += " **MISS**"
    return text


def best_peers(runs, chosen):
    """The least mean of those that are not ours, a column."""
    best = {}
    for field in COMPARED:
        peers = [tool for tool in chosen if tool.name != "faultline" and (field != "xz" or tool.raw) and (field != "disk" or tool.keeps)]
        if peers:
            best[field] = min(mean(runs, tool.name, field) for tool in peers)
    return best


def print_all(given, runs):
    chosen = [tool for tool in given.tools if tool.name in runs[0][0]]
    best = best_peers(runs, chosen)
    print(f"\n{machine()}")
    print(f"{len(runs)} runs of {given.seconds} s, all tools at once, each at 1 Hz; (1.00x) is the best peer of a column")
    for number, (_, (moved, numbers)) in enumerate(runs, 1):
        print(f"run {number}: {moved:.0f} of {numbers} numbers in those files of /proc changed from one second to the next"
              + ("" if moved >= NEEDED else f": TOO FEW, {NEEDED} are wanted"))
    print("\n| tool | " + " | ".join(title for _, title, _ in COLUMNS) + " |")
    print("|---|" + "---|" * len(COLUMNS))
    for tool in chosen:
        print(f"| {tool.name} | " + " | ".join(cell(runs, tool, field, form, best) for field, _, form in COLUMNS) + " |")
    print("| target | " + " | ".join(f"<= {TARGETS[field]}" if field in TARGETS else "" for field, _, _ in COLUMNS) + " |")
    ours = [tool for tool in chosen if tool.name == "faultline"]
    return int(any(mean(runs, "faultline", field) > TARGETS[field] for field in TARGETS) if ours else False)
