/* Small stores for tests, written by the real writer: made ticks of a made machine, all known. */
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/store.h"
#include "record/writer.h"

static const struct signal small_signals[] = {
	{ "nic.rx.bytes", "", COUNTER, BYTES, NETDEV, NONE, FREE, "what came in" },
	{ "irq.count", "", COUNTER, ONE, IRQ, BY_CPU, FREE, "how often, by CPU" },
	{ "made.level", "", GAUGE, USEC, HOST, NONE, FREE, "up and down, \"quoted\\\"" },
	{ "made.driver", "", FACT, TEXT, NETDEV, NONE, FREE, "a text" },
	{ "made.came", "", GAUGE, ONE, QUEUE, NONE, FREE, "what comes and goes" },
	{ "made.happened", "", EVENT, ONE, HOST, NONE, FREE, "an event" },
};
enum { SMALL_SIGNALS = sizeof(small_signals) / sizeof(*small_signals), SMALL_CPUS = 5 };

struct small_store {
	const char *path, *boot, *host;
	int64_t wall_ns, mono_ns; /* of the first tick */
	int64_t segment_ns;
	unsigned ticks;
	unsigned gap_at; /* before this tick ten are missing; 0: none */
	bool killed;     /* the last segment stays open */
};

struct small_writer {
	struct session session;
	struct frame frame;
	struct packet_writer packets;
	struct writer *writer;
	struct pack pack;
	uint16_t first;
	uint32_t nic, irq, host, queue, quoted;
};

static void small_cell(
	struct small_writer *w, uint32_t who, unsigned sig, unsigned sub, int64_t value)
{
	struct ledger *l = &w->session.ledger;

	ledger_write(l, &w->frame, ledger_block(l, 0, who, (uint16_t)(w->first + sig), sub + 1),
		sub, value);
}

static uint32_t small_text(struct small_writer *w, const char *text)
{
	return names_add(&w->session.texts, str_of(text));
}

/* What the tick of that number reads; one cell is 0 always, one moves in every tick. */
static void small_values(struct small_writer *w, unsigned tick)
{
	small_cell(w, w->nic, 0, 0, (int64_t)tick * tick * 1000);
	small_cell(w, w->quoted, 0, 0, INT64_MIN + tick / 10);
	for (unsigned cpu = 0; cpu < SMALL_CPUS; cpu++)
		small_cell(w, w->irq, 1, cpu, cpu == 4 ? 0 : (int64_t)(tick / (cpu + 1)));
	small_cell(w, w->host, 2, 0, tick % 7 == 3 ? -1500000 : (int64_t)tick % 3);
	small_cell(w, w->nic, 3, 0, small_text(w, tick < 20 ? "mlx5_core" : "odd, \"one\"\n"));
	if (tick % 20 >= 10)
		small_cell(w, w->queue, 4, 0, 7);
}

static void small_tick(struct small_writer *w, const struct small_store *o, unsigned tick)
{
	unsigned number = tick + (o->gap_at && tick >= o->gap_at ? 10 : 0);
	bool full = atomic_load(&writer_status(w->writer)->wants_full) || tick == 0;
	struct event e = { w->host, (uint16_t)(w->first + 5), 2, EVENT_WARNING, MONO_STAMP };
	unsigned flags = (full ? PACKET_FULL : 0) | (tick == 0 ? PACKET_RENEWS : 0);

	frame_clear(&w->frame);
	w->session.ledger.tick++;
	w->frame.mono_ns = o->mono_ns + (int64_t)number * 100 * MS_NS;
	w->frame.wall_ns = o->wall_ns + (int64_t)number * 100 * MS_NS;
	w->frame.boot_ns = w->frame.mono_ns;
	small_values(w, tick);
	ledger_seal(&w->session.ledger, &w->frame, 0);
	frame_read(&w->frame, (struct source_read){ .files = 1,
				      .begin_ns = w->frame.mono_ns,
				      .end_ns = w->frame.mono_ns + 1000 });
	e.at_ns = e.arrival_lo_ns = w->frame.mono_ns;
	e.arrival_hi_ns = w->frame.mono_ns + 5;
	e.text = STR("it, \"happened\"\nagain");
	w->pack.n = 0;
	packet_write(&w->packets, &w->frame, w->frame.mono_ns + MS_NS, &e, tick % 25 == 5, flags,
		&w->pack);
	assert_true(writer_put(w->writer, (str){ w->pack.p, w->pack.n }, full));
}

static void small_open(struct small_writer *w, const struct small_store *o)
{
	const struct writer_options options = { .path = o->path,
		.boot_id = o->boot,
		.host = o->host,
		.release = "6.1.0-made",
		.every_ns = 100 * MS_NS,
		.segment_ns = o->segment_ns,
		.commit_ns = MS_NS };
	char why[STORE_WHY];

	*w = (struct small_writer){ 0 };
	assert_int_equal(session_open(&w->session), 0);
	assert_int_equal(frame_open(&w->frame), 0);
	w->first = catalog_link(&w->session.catalog, small_signals, SMALL_SIGNALS);
	w->session.sources[0] =
		(struct source){ "proc/made", "made", NULL, 1, w->first, SMALL_SIGNALS };
	w->session.n_sources = 1;
	w->nic = entity_add(&w->session.entities, NETDEV, "", STR("eth0"));
	w->quoted = entity_add(&w->session.entities, NETDEV, "pod", STR("a,\"b\\c"));
	w->irq = entity_add(&w->session.entities, IRQ, "", STR("40"));
	w->host = entity_add(&w->session.entities, HOST, "", STR(""));
	w->queue = entity_add(&w->session.entities, QUEUE, "", STR("eth0/rx-3"));
	packet_writer_open(&w->packets, &w->session);
	assert_int_equal(writer_open(&options, &w->writer, why), 0);
}

/* The writer decides where a segment ends once it has seen the packets: each one is waited for. */
static void small_wait(const struct small_writer *w, uint64_t packets, uint64_t commits)
{
	const struct writer_status *status = writer_status(w->writer);

	while (atomic_load(&status->packets) < packets || atomic_load(&status->commits) < commits)
		usleep(100);
}

static void small_write(const struct small_store *o)
{
	struct small_writer w;

	small_open(&w, o);
	for (unsigned tick = 0; tick < o->ticks; tick++) {
		small_tick(&w, o, tick);
		small_wait(&w, tick + 1u, tick + 1u); /* so that each tick is a tail of its own */
	}
	if (o->killed) { /* what the last commit has stays */
		const struct writer_status *status = writer_status(w.writer);

		while (atomic_load(&status->committed_mono_ns) < w.frame.mono_ns)
			usleep(100);
		_exit(0);
	}
	assert_int_equal(writer_close(w.writer), 0);
	packet_writer_close(&w.packets);
	pack_free(&w.pack);
	frame_close(&w.frame);
	session_close(&w.session);
}

/* In a process of its own where the recorder is killed. */
__attribute__((unused)) static void small_store(const struct small_store *o)
{
	pid_t child;
	int status;

	if (!o->killed) {
		small_write(o);
		return;
	}
	fflush(stdout);
	child = fork();
	if (child == 0)
		small_write(o);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The usual one: 60 ticks in six segments, the last one open. Begins at 2026-11-22T03:10:00Z. */
__attribute__((unused)) static const struct small_store small_usual = {
	.boot = "11111111-2222-3333-4444-555555555555",
	.host = "made-host",
	.wall_ns = INT64_C(1795317000) * SECOND_NS,
	.mono_ns = 5000 * SECOND_NS,
	.segment_ns = SECOND_NS,
	.ticks = 60,
	.killed = true,
};
