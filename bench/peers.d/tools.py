"""The tools: how each is told to keep about what sadc keeps each second, and how its values are counted."""
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time

import measure
import nest

SADC = "/usr/lib/sysstat/sadc"
LOOPBACK = "127.0.0.1"


def said(command, **more):
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **more).stdout


class Tool:
    """One of them at work: files below `store`, one or more processes."""
    name = program = ""
    raw = keeps = True

    def __init__(self, given):
        self.given, self.processes, self.directory, self.store = given, [], "", ""

    def missing(self):
        return None if os.access(self.program, os.X_OK) else f"{self.name} is left out: {self.program} is not installed"

    def start(self, directory):
        self.directory, self.store, self.processes = directory, f"{directory}/store", []
        os.makedirs(self.store)
        self.begin()

    def run(self, *command, **more):
        self.processes.append(nest.spawn(command, f"{self.directory}/log", cwd=self.directory, **more))

    def pids(self):
        return measure.tree({process.pid for process in self.processes})

    def fallen(self):
        return any(process.poll() is not None for process in self.processes)

    def log_end(self):
        with open(f"{self.directory}/log", encoding="utf-8", errors="replace") as file:
            return (file.read().strip().splitlines() or ["nothing was said"])[-1]

    def before_end(self):
        """What only the running tool can be asked."""

    def stop(self):
        for process in reversed(self.processes):
            nest.stop(process)

    def kept_in(self):
        return self.store

    # begin(); values(), of the last sample, and samples(), all that were kept: both when it has ended


class Sysstat(Tool):
    name, program = "sysstat", SADC
    COLUMNS = re.compile(r"^\d+: \[..\] A_\w+ +[YN]: +(\d+)(?:x(\d+))?\t\((\d+),(\d+),(\d+)\)", re.M)

    def begin(self):
        self.run(SADC, "-S", "XALL", "1", "1000000", f"{self.store}/sa")

    def values(self):
        """Items (times sub-items) of each activity by the numbers in an item: the header has both."""
        found = self.COLUMNS.findall(said(["sadf", "-H", f"{self.store}/sa"]))
        return sum(int(items) * int(subs or 1) * sum(map(int, counts)) for items, subs, *counts in found)

    def samples(self):
        return 1 + sum(not line.startswith("#") for line in said(["sadf", "-d", f"{self.store}/sa", "--", "-q", "LOAD"]).splitlines())


class Pcp(Tool):
    name, program = "pcp", "/usr/lib/pcp/bin/pmcd"
    AGENTS = ("pmcd\t2\tdso\tpmcd_init\t/var/lib/pcp/pmdas/pmcd/pmda_pmcd.so\n"
              "linux\t60\tpipe\tbinary\t/var/lib/pcp/pmdas/linux/pmdalinux\n")
    METRICS = """
        kernel.percpu.cpu.{user,nice,sys,idle,steal,guest,guest_nice} kernel.percpu.cpu.wait.total kernel.percpu.cpu.irq
        kernel.all.cpu.{user,nice,sys,idle,steal,guest,guest_nice} kernel.all.cpu.wait.total kernel.all.cpu.irq
        kernel.all.{pswitch,sysfork,intr,load,nprocs,runnable,blocked,pressure,nptys} kernel.percpu.interrupts
        kernel.all.interrupts.total swap.pagesin swap.pagesout
        mem.vmstat.{pgpgin,pgpgout,pgfault,pgmajfault,pgfree,pgscan_kswapd,pgscan_direct,pgsteal_kswapd,pgsteal_direct}
        disk.all.{read,write,read_bytes,write_bytes,discard,discard_bytes}
        mem.util.{free,bufmem,cached,available,swapFree,swapTotal,swapCached,committed_AS,active,inactive,dirty,anonpages}
        mem.util.{slab,kernelStack,pageTables,vmallocUsed,hugepagesTotal,hugepagesFree,hugepagesRsvd,hugepagesSurp}
        vfs.files.count vfs.inodes.count vfs.inodes.free vfs.dentry.free tty.serial
        disk.dev.{read,write,read_bytes,write_bytes,read_rawactive,write_rawactive,avactive,aveq,discard,discard_bytes}
        network.interface.in network.interface.out network.interface.collisions network.interface.speed network.interface.duplex
        network.sockstat network.ip network.icmp network.udp network.ip6 network.icmp6 network.udp6 network.softnet.percpu
        network.tcp.{activeopens,passiveopens,attemptfails,estabresets,insegs,outsegs,retranssegs,inerrs,outrsts}
        filesys.{capacity,free,avail,maxfiles,freefiles} rpc.client rpc.server"""

    def metrics(self):
        for word in self.METRICS.split():
            begin, brace, rest = word.partition("{")
            for leaf in rest.rstrip("}").split(",") if brace else [""]:
                yield begin + leaf

    def begin(self):
        environment = dict(os.environ, PCP_DERIVED_CONFIG="")
        with open(f"{self.directory}/pmcd.conf", "w", encoding="ascii") as file:
            file.write(self.AGENTS)
        with open(f"{self.directory}/pmlogger.conf", "w", encoding="ascii") as file:
            file.write("log mandatory on every 1 second {\n" + "\n".join(self.metrics()) + "\n}\n")
        if os.path.exists("/var/lib/pcp/pmns/.NeedRebuild"):
            subprocess.run(["./Rebuild", "-s"], cwd="/var/lib/pcp/pmns", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.unlink("/var/lib/pcp/pmns/.NeedRebuild")
        self.run(self.program, "-f", "-i", LOOPBACK, "-s", f"{self.directory}/socket", "-U", "root",
                 "-c", f"{self.directory}/pmcd.conf", "-l", f"{self.directory}/pmcd.log", env=environment)
        for _ in range(100):
            if subprocess.run(["pmprobe", "-h", LOOPBACK, "pmcd.version"], check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=environment).returncode == 0:
                break
            time.sleep(0.1)
        self.run("pmlogger", "-h", LOOPBACK, "-U", "root", "-c", f"{self.directory}/pmlogger.conf",
                 "-l", f"{self.directory}/pmlogger.log", f"{self.store}/archive", env=environment)

    def records(self):
        """The numbers of values in each record of the archive; the first and last are about the archive itself."""
        found = []
        for line in said(["pmdumplog", f"{self.store}/archive"]).splitlines():
            if re.match(r"^\d\d:\d\d:\d\d\.\d+ +\d+ metrics?$", line):
                found.append(0)
            elif found and " value " in line:
                found[-1] += 1
        return [n for n in found if n > 100]

    def values(self):
        return self.records()[-1]

    def samples(self):
        return len(self.records())


class Netdata(Tool):
    """Its plugin for /proc and that for file systems; alarms, anomalies and its charts about itself are off."""
    name, program, raw = "netdata", "/usr/sbin/netdata", False
    OFF = ["apps", "cgroups", "tc", "idlejitter", "checks", "slabinfo", "perf", "nfacct", "timex", "statsd", "charts.d", "python.d",
           "go.d", "node.d", "fping", "ioping", "freeipmi", "cups", "xenstat", "ebpf", "netdata monitoring", "enable running new plugins"]
    ON = ["stat", "loadavg", "vmstat", "meminfo", "interrupts", "net/dev", "net/sockstat", "net/sockstat6", "net/netstat", "net/snmp",
          "net/snmp6", "net/softnet_stat", "diskstats", "pressure", "net/rpc/nfs", "net/rpc/nfsd", "stat/cpu"]
    MODULES = ["/proc/stat", "/proc/uptime", "/proc/loadavg", "/proc/sys/kernel/random/entropy_avail", "/proc/pressure",
               "/proc/interrupts", "/proc/softirqs", "/proc/vmstat", "/proc/meminfo", "/sys/kernel/mm/ksm", "/sys/block/zram",
               "/sys/devices/system/edac/mc", "/sys/devices/system/node", "/proc/net/dev", "/proc/net/wireless", "/proc/net/sockstat",
               "/proc/net/sockstat6", "/proc/net/netstat", "/proc/net/snmp", "/proc/net/snmp6", "/proc/net/sctp/snmp",
               "/proc/net/softnet_stat", "/proc/net/ip_vs/stats", "/sys/class/infiniband", "/proc/net/stat/conntrack",
               "/proc/net/stat/synproxy", "/proc/diskstats", "/proc/mdstat", "/proc/net/rpc/nfsd", "/proc/net/rpc/nfs",
               "/proc/spl/kstat/zfs/arcstats", "/proc/spl/kstat/zfs/pool/state", "/sys/fs/btrfs", "ipc", "/sys/class/power_supply"]

    def begin(self):
        lines = ["[global]", "run as user = root", "hostname = bench",
                 "[db]", "mode = dbengine", "update every = 1", "storage tiers = 1",
                 "[directories]", f"cache = {self.store}", f"lib = {self.directory}", f"log = {self.directory}",
                 "[web]", f"bind to = {LOOPBACK}:19999", "[health]", "enabled = no", "[ml]", "enabled = no", "[statsd]", "enabled = no",
                 "[registry]", "enabled = no", "[plugins]", "proc = yes", "diskspace = yes"]
        lines += [f"{plugin} = no" for plugin in self.OFF]
        lines.append("[plugin:proc]")
        for module in self.MODULES:
            lines.append(f"{module} = {'yes' if module.removeprefix('/proc/') in self.ON else 'no'}")
        with open(f"{self.directory}/netdata.conf", "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        os.makedirs(f"{self.directory}/cloud.d")
        with open(f"{self.directory}/cloud.d/cloud.conf", "w", encoding="ascii") as file:
            file.write("[global]\nenabled = no\n")
        self.run(self.program, "-D", "-u", "root", "-c", f"{self.directory}/netdata.conf", "-P", f"{self.directory}/pid")

    def before_end(self):
        charts = json.loads(ask(19999, "/api/v1/charts"))["charts"]
        self.n_values = sum(len(chart["dimensions"]) for chart in charts.values())
        loads = json.loads(ask(19999, "/api/v1/chart?chart=system.cpu"))
        self.n_samples = loads["last_entry"] - loads["first_entry"] + 1

    def kept_in(self):
        """What it remembers of names and hosts, beside it, is not counted."""
        return f"{self.store}/dbengine"

    def values(self):
        return self.n_values

    def samples(self):
        return self.n_samples


def ask(port, path):
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse().read()
    connection.close()
    return answer


class NodeExporter(Tool):
    name, program, raw, keeps = "node_exporter", "/usr/bin/prometheus-node-exporter", False, False
    COLLECTORS = ["cpu", "stat", "interrupts", "loadavg", "meminfo", "vmstat", "diskstats", "filesystem", "netdev", "netstat",
                  "sockstat", "softnet", "filefd", "pressure", "cpufreq", "nfs", "nfsd", "netclass"]

    def begin(self):
        self.run(self.program, f"--web.listen-address={LOOPBACK}:19100", "--web.disable-exporter-metrics", "--log.level=error",
                 "--collector.disable-defaults", *[f"--collector.{name}" for name in self.COLLECTORS])
        self.n_samples, self.text, self.ending = 0, b"", threading.Event()
        self.thread = threading.Thread(target=self.scrape, daemon=True)
        self.thread.start()

    def scrape(self):
        """What a Prometheus would do. Our own cost is not counted."""
        due = time.monotonic() + 1
        while not self.ending.wait(max(0, due - time.monotonic())):
            due += 1
            try:
                self.text = ask(19100, "/metrics")
                self.n_samples += 1
            except OSError:
                pass  # not listening yet; it shows in the number of samples

    def stop(self):
        self.ending.set()
        self.thread.join()
        super().stop()

    def values(self):
        return sum(not line.startswith((b"#", b"node_scrape_")) for line in self.text.splitlines())

    def samples(self):
        return self.n_samples


class Faultline(Tool):
    """Restricted to the collectors that read what sadc reads, and to one reading a second like the others."""
    name, raw = "faultline", False
    COLLECTORS = ["stat", "interrupts", "softirqs", "meminfo", "vmstat", "netdev", "snmp", "sockstat", "softnet", "pressure"]

    def missing(self):
        self.program = self.given.faultline
        if not os.access(self.program, os.X_OK):
            return f"faultline is left out: {self.program} is not there; run make"
        help_text = subprocess.run([self.program, "help", "record"], check=False, capture_output=True, text=True)
        if help_text.returncode or "--store" not in help_text.stdout:
            return "faultline record is not there yet"
        return None

    def begin(self):
        self.run(self.program, "record", "--store", f"{self.store}/store", "--every", "1s", "--fast", "0", "--for", "7d",
                 "--collectors", ",".join(self.COLLECTORS))

    def info(self):
        return json.loads(said([self.program, "store", "info", f"{self.store}/store", "--format", "json"]))

    def samples(self):
        return self.info()["ticks"]

    def values(self):
        about = self.info()
        return about["values"] / about["ticks"]

    def stop(self):
        for process in self.processes:
            if not nest.stop(process, signal.SIGINT):
                raise nest.Trouble("faultline record did not end within 20 s of SIGINT")


ALL = [Faultline, Sysstat, Pcp, Netdata, NodeExporter]
