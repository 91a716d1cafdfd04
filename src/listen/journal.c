/* The journal: why systemd-oomd killed, and how services ended. */
#include "listen/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "base/own.h"
#include "listen/listen.h"

/* clang-format off */
static const struct signal signals[] = {
	[OOMD_KILL]          = { "cgroup.journal.oomd.kill",      NULL, EVENT, ONE, CGROUP, NONE, FREE, "systemd-oomd killed a group, with its reason", 0, WRAPS },
	[OOMD_FAILED]        = { "cgroup.journal.oomd.failed",    NULL, EVENT, ONE, CGROUP, NONE, FREE, "systemd-oomd wanted to kill a group and could not", 0, WRAPS },
	[UNIT_OOMD_KILL]     = { "cgroup.journal.unit.oomd_kill", NULL, EVENT, ONE, CGROUP, NONE, FREE, "a service lost so many processes to systemd-oomd", 0, WRAPS },
	[UNIT_OUT_OF_MEMORY] = { "cgroup.journal.unit.oom_kill",  NULL, EVENT, ONE, CGROUP, NONE, FREE, "a service lost a process to the kernel's OOM killer", 0, WRAPS },
	[UNIT_FAILED]        = { "app.journal.unit.failed",       NULL, EVENT, ONE, CGROUP, NONE, FREE, "a service failed, with the result that systemd gives it", 0, WRAPS },
	[UNIT_EXITED]        = { "app.journal.unit.exited",       NULL, EVENT, ONE, CGROUP, NONE, FREE, "a process of a service ended, with its exit code or signal", 0, WRAPS },
};
/* clang-format on */

enum {
	FIELD = 1024,   /* of a field; a longer one is cut */
	AT_ONCE = 1024, /* entries; what is behind them is taken the next time */
};

struct state {
	sd_journal *journal;
	sd_id128_t boot;
	int64_t from_ns; /* monotonic; what is older was there before us */
};

/* What one field is, copied: the journal's own copy is gone with the next call. */
static str field_of(sd_journal *j, const char *name, char to[static FIELD])
{
	const void *data;
	size_t n, skip = strlen(name) + 1;

	if (sd_journal_get_data(j, name, &data, &n) < 0 || n < skip)
		return (str){ NULL, 0 };
	n = n - skip < FIELD ? n - skip : FIELD;
	memcpy(to, (const char *)data + skip, n);
	return (str){ to, n };
}

struct hearer {
	struct listening *listening;
	enum stamp stamp;
	int64_t at_ns;
};

static void give_event(void *self, const struct notice *n)
{
	const struct hearer *h = self;
	struct session *s = listening_session(h->listening);

	listening_event(h->listening, n->row,
		(struct event){ .who = entity_add(&s->entities, n->scope, "", n->name),
			.severity = n->severity,
			.count = n->count,
			.stamp = h->stamp,
			.at_ns = h->at_ns,
			.text = n->text });
}

/* When journald got it, by the clock that does not step; of another boot only its wall clock means something. */
static bool stamp_of(const struct state *s, struct hearer *h)
{
	sd_id128_t boot;
	uint64_t us;

	if (sd_journal_get_monotonic_usec(s->journal, &us, &boot) < 0)
		return false;
	h->stamp = MONO_STAMP;
	if (!sd_id128_equal(boot, s->boot)) {
		h->stamp = WALL_STAMP;
		if (sd_journal_get_realtime_usec(s->journal, &us) < 0)
			return false;
	}
	if (us > INT64_MAX / 1000)
		return false;
	h->at_ns = (int64_t)us * 1000;
	return h->stamp == WALL_STAMP || h->at_ns >= s->from_ns;
}

static void take_entry(struct listening *l, const struct state *s)
{
	static char texts[JOURNAL_FIELDS][FIELD];
	struct journal_entry entry = { 0 };
	struct hearer h = { .listening = l };
	struct notices out = { .give = give_event, .self = &h };

	if (!stamp_of(s, &h))
		return;
	for (unsigned i = 0; i < JOURNAL_FIELDS; i++)
		entry.fields[i] = field_of(s->journal, journal_field_names[i], texts[i]);
	journal_understand(&entry, &out);
}

static int take_all(struct listening *l)
{
	struct state *s = listening_state(l);
	int r = sd_journal_process(s->journal);

	for (unsigned i = 0; i < AT_ONCE && r >= 0; i++) {
		r = sd_journal_next(s->journal);
		if (r <= 0)
			break;
		take_entry(l, s);
	}
	return r < 0 ? r : 0;
}

static int ready(struct listening *l, int fd, uint64_t tag)
{
	(void)fd;
	(void)tag;
	return take_all(l);
}

/* Also what inotify does not tell of, as on some file systems. */
static void rescan(struct listening *l)
{
	(void)take_all(l);
}

static int match(sd_journal *j, const char *name, const char *value)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "%s=%s", name, value);

	return sd_journal_add_match(j, text, (size_t)n);
}

/* (one of the ids and process 1) or systemd-oomd: the rest of the journal is never looked at. */
static int match_all(sd_journal *j)
{
	int r = 0;

	for (unsigned i = 0; journal_message_id(i) && r >= 0; i++)
		r = match(j, journal_field_names[MESSAGE_ID], journal_message_id(i));
	if (r >= 0)
		r = match(j, journal_field_names[TRUSTED_PID], "1");
	if (r >= 0)
		r = sd_journal_add_disjunction(j);
	if (r >= 0)
		r = match(j, journal_field_names[TRUSTED_UNIT], "systemd-oomd.service");
	return r;
}

/* At the end: the next entry is one that comes from now on. */
static int go_to_end(struct state *s)
{
	int r = sd_id128_get_boot(&s->boot);

	s->from_ns = clock_mono_ns();
	if (r >= 0)
		r = sd_journal_seek_tail(s->journal);
	if (r >= 0)
		r = sd_journal_previous(s->journal);
	/* behind a tail before which nothing matches, the first that does would be passed over */
	if (r == 0)
		r = sd_journal_seek_head(s->journal);
	return r;
}

static int open_journal(struct listening *l)
{
	struct state *s = listening_state(l);
	OWN_FD fd = -1;
	int r = sd_journal_open(&s->journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	if (r < 0)
		return r;
	if (sd_journal_has_runtime_files(s->journal) <= 0 &&
		sd_journal_has_persistent_files(s->journal) <= 0)
		return -ENOENT;
	sd_journal_set_data_threshold(s->journal, FIELD);
	r = match_all(s->journal);
	if (r >= 0)
		r = go_to_end(s);
	if (r < 0)
		return r;
	/* its descriptor is the journal's, and ours is closed by who polls it */
	r = sd_journal_get_fd(s->journal);
	if (r < 0)
		return r;
	fd = fcntl(r, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno
		      : listening_add(l, own_take_fd(&fd),
				(uint32_t)sd_journal_get_events(s->journal), 0);
}

static void close_journal(struct listening *l)
{
	struct state *s = listening_state(l);

	sd_journal_close(s->journal);
}

const struct listener journal_listener = {
	.name = "journal",
	.about = "the journal: kills of systemd-oomd with their reason, services that fail",
	.source = "journal",
	.absent = "no journal here: systemd-journald does not run, or keeps nothing",
	.signals = signals,
	.n_signals = sizeof(signals) / sizeof(*signals),
	.state_size = sizeof(struct state),
	.open = open_journal,
	.ready = ready,
	.rescan = rescan,
	.close = close_journal,
};
