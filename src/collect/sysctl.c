/* Kernel settings that steer the network path, memory and the scheduler, from /proc/sys. */
#include <errno.h>

#include "collect/collector.h"

/* One line is both a signal and the file it is read from. */
/* clang-format off */
#define SETTINGS(row) \
	row("net.sysctl.core.", "net/core/", netdev_budget,          ONE,   "packets one round of the receive softirq may take") \
	row("net.sysctl.core.", "net/core/", netdev_budget_usecs,    USEC,  "time one round of the receive softirq may take") \
	row("net.sysctl.core.", "net/core/", netdev_max_backlog,     ONE,   "packets that may wait in a CPU's backlog") \
	row("net.sysctl.core.", "net/core/", dev_weight,             ONE,   "packets one poll of a backlog may take") \
	row("net.sysctl.core.", "net/core/", dev_weight_rx_bias,     ONE,   "factor on that for receiving") \
	row("net.sysctl.core.", "net/core/", dev_weight_tx_bias,     ONE,   "factor on that for sending") \
	row("net.sysctl.core.", "net/core/", rps_sock_flow_entries,  ONE,   "size of the table that steers flows to their readers (0: off)") \
	row("net.sysctl.core.", "net/core/", rps_default_mask,       TEXT,  "CPUs that new interfaces spread received packets over (6.3 and later)") \
	row("net.sysctl.core.", "net/core/", flow_limit_cpu_bitmap,  TEXT,  "CPUs whose backlog spares room for small flows") \
	row("net.sysctl.core.", "net/core/", flow_limit_table_len,   ONE,   "size of the table that finds large flows") \
	row("net.sysctl.core.", "net/core/", gro_normal_batch,       ONE,   "packets handed up the stack at once") \
	row("net.sysctl.core.", "net/core/", busy_poll,              USEC,  "time poll() and select() poll the device themselves (0: off)") \
	row("net.sysctl.core.", "net/core/", busy_read,              USEC,  "time a blocking read polls the device itself (0: off)") \
	row("net.sysctl.core.", "net/core/", rmem_default,           BYTES, "receive buffer a socket starts with") \
	row("net.sysctl.core.", "net/core/", rmem_max,               BYTES, "largest receive buffer a program may ask for") \
	row("net.sysctl.core.", "net/core/", wmem_default,           BYTES, "send buffer a socket starts with") \
	row("net.sysctl.core.", "net/core/", wmem_max,               BYTES, "largest send buffer a program may ask for") \
	row("net.sysctl.core.", "net/core/", optmem_max,             BYTES, "largest ancillary buffer of a socket") \
	row("net.sysctl.core.", "net/core/", somaxconn,              ONE,   "longest accept queue a program may ask for") \
	row("net.sysctl.core.", "net/core/", default_qdisc,          TEXT,  "queueing discipline that new interfaces get") \
	row("net.sysctl.core.", "net/core/", netdev_tstamp_prequeue, ONE,   "1: packets are stamped before they are steered to another CPU") \
	row("net.sysctl.core.", "net/core/", bpf_jit_enable,         ONE,   "0: BPF programs are interpreted, which is slow") \
	row("net.sysctl.core.", "net/core/", high_order_alloc_disable, ONE, "1: the stack allocates single pages only") \
	row("net.sysctl.core.", "net/core/", skb_defer_max,          ONE,   "packets that may wait to be freed by the CPU that received them (6.12 and later)") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_rmem,               TEXT,  "receive buffer of a TCP socket in bytes: least, at first, most") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_wmem,               TEXT,  "send buffer of a TCP socket in bytes: least, at first, most") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_mem,                TEXT,  "memory of all TCP sockets in pages: no worry, pressure, limit") \
	row("net.sysctl.ipv4.", "net/ipv4/", udp_mem,                TEXT,  "memory of all UDP sockets in pages: no worry, pressure, limit") \
	row("net.sysctl.ipv4.", "net/ipv4/", udp_rmem_min,           BYTES, "receive buffer a UDP socket has even under pressure") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_congestion_control, TEXT,  "how TCP finds its sending rate") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_available_congestion_control, TEXT, "the ways that are loaded") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_min_tso_segs,       ONE,   "fewest segments in one large send") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_tso_win_divisor,    ONE,   "part of the window one large send may take") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_tso_rtt_log,        ONE,   "how fast large sends shrink with a longer round trip (5.18 and later)") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_limit_output_bytes, BYTES, "bytes of one connection that may wait in the host's own queues") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_notsent_lowat,      ONE,   "unsent bytes above which a socket is not writable") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_pacing_ss_ratio,    ONE,   "pacing in slow start, in percent of the window per round trip") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_pacing_ca_ratio,    ONE,   "pacing afterwards, in percent of the window per round trip") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_autocorking,        ONE,   "1: small sends wait for each other") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_ecn,                ONE,   "explicit congestion notification: 0 off, 1 on, 2 when asked, 3 and more: accurate") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_sack,               ONE,   "1: selective acknowledgements") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_dsack,              ONE,   "1: reports of segments that came twice") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_timestamps,         ONE,   "1: timestamps in segments") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_window_scaling,     ONE,   "0: windows end at 64 KiB") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_moderate_rcvbuf,    ONE,   "1: receive buffers grow with the connection") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_adv_win_scale,      ONE,   "part of the receive buffer that is offered as window") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_slow_start_after_idle, ONE, "1: a connection that was idle starts slowly again") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_no_metrics_save,    ONE,   "1: what was learned of a peer is forgotten") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_mtu_probing,        ONE,   "search for the path's packet size: 0 off, 1 after a black hole, 2 always") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_base_mss,           BYTES, "segment size that search starts with") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_reordering,         ONE,   "segments out of order before loss is assumed") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_recovery,           ONE,   "which ways of recovering from loss are on (bits)") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_early_retrans,      ONE,   "tail loss probes: 0 off, 3 on") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_frto,               ONE,   "detection of timeouts for nothing: 0 off") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_retries2,           ONE,   "timeouts before an open connection is given up") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_syn_retries,        ONE,   "times a connection request is sent again") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_syncookies,         ONE,   "SYN cookies: 0 off, 1 when the queue is full, 2 always") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_max_syn_backlog,    ONE,   "longest queue of half open connections") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_abort_on_overflow,  ONE,   "1: a full accept queue answers with a reset") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_max_orphans,        ONE,   "most sockets without a program") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_max_tw_buckets,     ONE,   "most connections in TIME-WAIT") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_fin_timeout,        ONE,   "seconds a half closed connection is kept") \
	row("net.sysctl.ipv4.", "net/ipv4/", tcp_comp_sack_delay_ns, NSEC,  "longest time acknowledgements are held back to merge them") \
	row("net.sysctl.ipv4.", "net/ipv4/", ip_local_port_range,    TEXT,  "ports for connections opened from here") \
	row("net.sysctl.ipv4.", "net/ipv4/", ipfrag_high_thresh,     BYTES, "memory that fragments may hold") \
	row("net.sysctl.ipv4.", "net/ipv4/", ipfrag_time,            ONE,   "seconds a packet waits for its other fragments") \
	row("net.sysctl.ipv4.", "net/ipv4/", ip_forward,             ONE,   "1: the host forwards packets") \
	row("memory.sysctl.vm.", "vm/", swappiness,                  ONE,   "how readily anonymous pages are swapped, against dropping file pages") \
	row("memory.sysctl.vm.", "vm/", min_free_kbytes,             KIBIBYTES, "memory kept free for allocations that cannot wait, such as receive buffers") \
	row("memory.sysctl.vm.", "vm/", watermark_scale_factor,      SHARE_E4, "distance between the watermarks that wake and stop kswapd, as a share of memory") \
	row("memory.sysctl.vm.", "vm/", watermark_boost_factor,      SHARE_E4, "how far fragmentation lifts the watermark") \
	row("memory.sysctl.vm.", "vm/", overcommit_memory,           ONE,   "promises of memory: 0 guess, 1 always, 2 strict") \
	row("memory.sysctl.vm.", "vm/", overcommit_ratio,            ONE,   "percent of memory that may be promised under the strict rule") \
	row("memory.sysctl.vm.", "vm/", dirty_ratio,                 ONE,   "percent of memory that may be dirty before writers must write") \
	row("memory.sysctl.vm.", "vm/", dirty_background_ratio,      ONE,   "percent of memory that may be dirty before the kernel writes") \
	row("memory.sysctl.vm.", "vm/", dirty_bytes,                 BYTES, "the first of these in bytes, when it is not 0") \
	row("memory.sysctl.vm.", "vm/", dirty_background_bytes,      BYTES, "the second of these in bytes, when it is not 0") \
	row("memory.sysctl.vm.", "vm/", dirty_expire_centisecs,      TICKS, "age at which dirty pages must be written") \
	row("memory.sysctl.vm.", "vm/", dirty_writeback_centisecs,   TICKS, "how often the writers wake") \
	row("memory.sysctl.vm.", "vm/", vfs_cache_pressure,          ONE,   "how readily caches of names and inodes are dropped (100: as pages are)") \
	row("memory.sysctl.vm.", "vm/", nr_hugepages,                ONE,   "huge pages set aside") \
	row("memory.sysctl.vm.", "vm/", nr_overcommit_hugepages,     ONE,   "huge pages that may be added when those are used up") \
	row("memory.sysctl.vm.", "vm/", compaction_proactiveness,    ONE,   "how eagerly memory is compacted in the background") \
	row("memory.sysctl.vm.", "vm/", max_map_count,               ONE,   "most mappings of one process") \
	row("memory.sysctl.vm.", "vm/", panic_on_oom,                ONE,   "1: the host panics when memory runs out") \
	row("numa.sysctl.vm.", "vm/", zone_reclaim_mode,             ONE,   "not 0: memory of the own node is reclaimed before another node is asked") \
	row("numa.sysctl.vm.", "vm/", numa_stat,                     ONE,   "0: numastat counts nothing") \
	row("numa.sysctl.kernel.", "kernel/", numa_balancing,        ONE,   "0 off; 1: pages follow the tasks that use them; 2: between tiers of memory") \
	row("sched.sysctl.kernel.", "kernel/", sched_schedstats,     ONE,   "1: the scheduler keeps detailed times") \
	row("sched.sysctl.kernel.", "kernel/", sched_rt_runtime_us,  USEC,  "share of each period real-time tasks may take (-1: all)") \
	row("sched.sysctl.kernel.", "kernel/", sched_rt_period_us,   USEC,  "length of that period") \
	row("sched.sysctl.kernel.", "kernel/", sched_autogroup_enabled, ONE, "1: each session's tasks share as one group") \
	row("sched.sysctl.kernel.", "kernel/", timer_migration,      ONE,   "1: timers may move to busy CPUs") \
	row("sched.sysctl.kernel.", "kernel/", hung_task_timeout_secs, ONE, "seconds in D state after which the log names a task (0: off)") \
	row("sched.sysctl.kernel.", "kernel/", watchdog,             ONE,   "1: the lockup detectors are on") \
	row("sched.sysctl.kernel.", "kernel/", soft_watchdog,        ONE,   "1: the detector of CPUs that do not schedule is on") \
	row("sched.sysctl.kernel.", "kernel/", nmi_watchdog,         ONE,   "1: the detector of CPUs that take no interrupts is on (it takes a hardware counter)") \
	row("sched.sysctl.kernel.", "kernel/", watchdog_thresh,      ONE,   "seconds until they speak") \
	row("sched.sysctl.kernel.", "kernel/", printk_ratelimit,     ONE,   "seconds in which messages of one kind are held back") \
	row("sched.sysctl.kernel.", "kernel/", printk_ratelimit_burst, ONE, "messages that get through before that")

#define SIGNAL_OF(prefix, dir, name, unit, about) { prefix #name, #name, FACT, unit, HOST, NONE, FREE, about },
#define TEXT_OF(prefix, dir, name, unit, about) { .path = "proc/sys/" dir #name, .who = "host" },
/* clang-format on */

static const struct signal signals[] = { SETTINGS(SIGNAL_OF) };
static const struct text_source texts[] = { SETTINGS(TEXT_OF) };

/* Several values are separated by tabs: one blank each, as sysctl users write them. */
static void emit_words(struct emit *out, unsigned row, str from)
{
	char line[TEXT_BYTES];
	size_t n = 0;
	str word;

	while (str_next_word(&from, &word) && word.n + 1 < sizeof(line) - n) {
		if (n)
			line[n++] = ' ';
		memcpy(line + n, word.p, word.n);
		n += word.n;
	}
	if (n)
		emit_text(out, row, out->who, (str){ line, n });
}

/* Text and row have the same number. */
static int parse(struct emit *out, unsigned text, str from)
{
	int64_t value;

	if (signals[text].unit == TEXT) {
		emit_words(out, text, from);
		return 0;
	}
	if (str_i64(str_trim(from), &value) < 0)
		return -EBADMSG;
	emit(out, text, value);
	return 0;
}

const struct collector sysctl_collector = {
	.name = "sysctl",
	.about = "kernel settings that steer network, memory and scheduler",
	.pace = SLOW,
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
};
