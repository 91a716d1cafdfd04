#!/bin/sh
# Topology against hwloc: what lies between each two PCI devices, the node of each, its near CPUs; and lscpu's nodes.
. "$(dirname "$0")/lib.sh"

if ! command -v lstopo-no-graphics >/dev/null; then skip 'topo: no lstopo-no-graphics (hwloc-nox)'; finish; exit; fi
if ! /usr/bin/python3 -c 'import json, xml.etree.ElementTree' 2>/dev/null; then skip 'topo: no python3'; finish; exit; fi
if [ ! -d /sys/bus/pci/devices ]; then skip 'topo: no PCI bus'; finish; exit; fi
"$FAULTLINE" topo --format json >"$scratch/topo.json" || bad 'topo failed'
"$FAULTLINE" snap "$scratch/snap" >/dev/null && "$FAULTLINE" topo --root "$scratch/snap" --format json >"$scratch/snap.json"
lstopo-no-graphics --whole-io --of xml >"$scratch/hwloc.xml" 2>/dev/null
command -v lscpu >/dev/null && lscpu -p=CPU,NODE >"$scratch/lscpu"
for path in /sys/bus/pci/devices/*; do
	printf '%s\t%s\t%s\n' "${path##*/}" "$(cat "$path/local_cpulist")" "$(cat "$path/numa_node")"
done >"$scratch/kernel"

/usr/bin/python3 - "$scratch" >"$scratch/compared" <<'END' || bad 'the comparison ended early'
import glob, json, os, sys, xml.etree.ElementTree as tree

scratch = sys.argv[1]
ours = json.load(open(f"{scratch}/topo.json"))
root = tree.parse(f"{scratch}/hwloc.xml").getroot()
above = {child: parent for parent in root.iter() for child in parent}
functions = {o.get("pci_busid"): o for o in root.iter("object") if o.get("pci_busid") and o.get("type") in ("PCIDev", "Bridge")}


def note(good, what):
    print(("ok      " if good else "FAILED  ") + what)


def chain(item):
    """The object and all above it, from the top."""
    found = []
    while item is not None:
        if item.tag == "object":
            found.append(item)
        item = above.get(item)
    return found[::-1]


def nodes(item):
    """hwloc's NUMA nodes of the first object above that is not I/O."""
    for o in reversed(chain(item)):
        if o.get("nodeset"):
            mask = int("".join(part.replace("0x", "").zfill(8) for part in o.get("nodeset").split(",")), 16)
            return {i for i in range(mask.bit_length()) if mask >> i & 1}
    return set()


def cpus(text):
    found = set()
    for part in filter(None, (text or "").strip().split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def expected(a, b):
    """From hwloc's tree alone: what is the last object above both?"""
    x, y = chain(functions[a]), chain(functions[b])
    shared = [p for p, q in zip(x, y) if p is q]
    last = shared[-1]
    if last.get("type") == "Bridge" and last.get("bridge_type", "").startswith("1"):
        deep = max(len(x), len(y)) - len(shared)
        return ("PIX" if deep <= 2 else "PXB"), last.get("pci_busid")
    if last.get("type") == "Bridge":
        return "PHB", None
    m, n = nodes(functions[a]), nodes(functions[b])
    return ("NODE" if m == n else "SYS"), None


many = len(ours["nodes"]) > 1
told = {d["address"]: d["node"] is not None and d["node"] >= 0 for d in ours["devices"]}
for pair in ours["pairs"]:
    a, b = pair["a"], pair["b"]
    found, common = expected(a, b)
    if found in ("NODE", "SYS") and many and not (told[a] and told[b]):
        note(pair["proximity"] == "?", f"{a} to {b}: {pair['proximity']}, the firmware told no node")
        continue
    note(pair["proximity"] == found, f"{a} to {b}: {pair['proximity']}, hwloc {found}")
    if common:
        note(pair["common"] == common, f"{a} and {b} are below {pair['common']}, hwloc {common}")
near = ["PIX", "PXB", "PHB", "NODE", "SYS"]
for nearest in ours["nearest_nics"]:
    gpu = nearest["gpu"]
    ways = {}
    for d in ours["devices"]:
        if d["kind"] == "nic" and (not nearest["rdma"] or glob.glob(f"/sys/bus/pci/devices/{d['address']}/infiniband")):
            found, _ = expected(gpu, d["address"])
            if found not in ("NODE", "SYS") or not many or (told[gpu] and told[d["address"]]):
                ways[d["address"]] = near.index(found)
    best = min(ways.values(), default=None)
    note(nearest["proximity"] == (None if best is None else near[best]), f"{gpu}: nearest NIC {nearest['proximity']}, hwloc {best}")
    note(set(nearest["nics"]) == {nic for nic, way in ways.items() if way == best}, f"{gpu}: nearest NICs {nearest['nics']}, hwloc {ways}")
missing = [d["address"] for d in ours["devices"] if d["address"] not in functions]
note(not missing, f"hwloc knows all {len(ours['devices'])} devices {missing}")
kernel = dict((line.split("\t")[0], line.rstrip("\n").split("\t")[1:]) for line in open(f"{scratch}/kernel"))
for d in ours["devices"]:
    near, number = kernel[d["address"]]
    note(d["node"] == int(number), f"{d['address']}: node {d['node']}, the kernel {number}")
    if d["node"] >= 0:
        note(nodes(functions[d["address"]]) == {d["node"]}, f"{d['address']}: node {d['node']}, hwloc {nodes(functions[d['address']])}")
    if d["local_cpus"] is not None:
        note(cpus(d["local_cpus"]) == cpus(near), f"{d['address']}: near CPUs {d['local_cpus']}, the kernel {near}")
    else:
        note(d["node"] < 0 and many, f"{d['address']}: near CPUs are not known only where no node was told")
wanted = {b for b, o in functions.items() if o.get("type") == "PCIDev" and o.get("pci_type", "")[:2] in ("02", "03")}
note(wanted <= {d["address"] for d in ours["devices"]}, f"no NIC or display of hwloc's is left out: {sorted(wanted)}")
named = {o.get("name"): o for o in root.iter("object") if o.get("type") == "OSDev" and o.get("osdev_type") in ("2", "3")}
for d in ours["devices"]:
    for name in d["names"]:
        if name in named:
            note(functions.get(d["address"]) in chain(named[name]), f"{name} is on {d['address']}")
distances = {n["node"]: {x["node"]: x["distance"] for x in n["distances"]} for n in ours["nodes"]}
for number, row in distances.items():
    said = open(f"/sys/devices/system/node/node{number}/distance").read().split()
    note([str(row[k]) for k in sorted(row)] == said, f"distances of node {number}: {row}")
if os.path.exists(f"{scratch}/lscpu"):
    by_node = {}
    for line in open(f"{scratch}/lscpu"):
        if not line.startswith("#"):
            cpu, node = line.strip().split(",")
            by_node.setdefault(int(node or 0), set()).add(int(cpu))
    for n in ours["nodes"]:
        note(cpus(n["cpus"]) == by_node.get(n["node"], set()), f"CPUs of node {n['node']}: {n['cpus']}, lscpu {sorted(by_node.get(n['node'], set()))}")
for d in ours["devices"]:
    lines = d["interrupts"]
    folder = f"/sys/bus/pci/devices/{d['address']}/msi_irqs"
    used = {line.split(":")[0].strip() for line in open("/proc/interrupts") if ":" in line and len(line.split()) > 1}
    irqs = [i for i in (os.listdir(folder) if os.path.isdir(folder) else []) if i in used]
    if not irqs:
        continue
    going = set()
    for irq in irqs:
        going |= cpus(open(f"/proc/irq/{irq}/effective_affinity_list").read()) or cpus(open(f"/proc/irq/{irq}/smp_affinity_list").read())
    note(lines["lines"] == len(irqs), f"{d['address']}: {lines['lines']} lines, the kernel {len(irqs)}")
    note(cpus(lines["cpus"]) == going, f"{d['address']}: to CPUs {lines['cpus']}, the kernel {sorted(going)}")
snap = json.load(open(f"{scratch}/snap.json"))
for key in ("nodes", "pairs", "places", "nearest_nics"):
    note(snap[key] == ours[key], f"{key} of a snap are those of the machine")
for d, e in zip(ours["devices"], snap["devices"]):
    note({k: v for k, v in d.items() if k != "interrupts"} == {k: v for k, v in e.items() if k != "interrupts"}, f"{d['address']} in the snap")
END
cat "$scratch/compared"
passed=$((passed + $(grep -c '^ok' "$scratch/compared")))
failed=$((failed + $(grep -c '^FAILED' "$scratch/compared")))
[ -s "$scratch/compared" ] || bad 'nothing was compared'
[ "$failed" -gt 0 ] || note pcie.path pcie.numa_node numa.distance irq.affinity.effective
finish
