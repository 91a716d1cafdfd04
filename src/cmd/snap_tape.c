/* faultline snap --every: one reading after the other, on a tape. */
#include <errno.h>
#include <stdio.h>

#include "base/say.h"
#include "cmd/snap.h"
#include "host/copy.h"

static int take_tick(struct watching *w)
{
	host_begin_tick(w->host);
	if (!watching_tick(w))
		return -ENODATA;
	snap_read_for_check(w);
	arena_release(&w->answer, w->answer.base);
	return host_end_tick(w->host);
}

static int record(struct watching *w, struct pace *pace)
{
	int r = 0;

	while (r == 0 && pace_next(pace))
		r = take_tick(w);
	return r < 0 ? r : host_finish(w->host);
}

/* The rows are those of the tape, read back: that it can be read is shown, not assumed. */
static int finish(const char *work, const char *dir)
{
	struct host *host;
	int r = host_tree(work, &host);

	if (r == 0)
		r = snap_rows(host, work);
	return r == 0 && rename(work, dir) < 0 ? -errno : r;
}

static int give_up(const char *work, const char *dir, unsigned ticks, int r)
{
	if (ticks == 0) {
		if (r != -EEXIST) /* then it is somebody else's */
			host_remove_copy(work);
		say("snap: %s: %s; nothing was left there; see that it can be written and has room",
			dir, strerror(-r));
	} else {
		say("snap: %s: %s; the %u readings until then are in %s: see that there is room, and move it away",
			dir, strerror(-r), ticks, work);
	}
	return EXIT_CANNOT;
}

int snap_tape(struct pace *pace, const char *work, const char *dir)
{
	struct watching w;
	struct host *host;
	unsigned ticks;
	int r = host_record(work, pace->every_ns, &host);

	if (r < 0)
		return give_up(work, dir, 0, r);
	if (!watching_open_for_ticks(&w, host)) {
		host_remove_copy(work);
		return EXIT_CANNOT;
	}
	r = record(&w, pace);
	ticks = host_ticks(w.host);
	watching_close(&w);
	if (r == 0)
		r = finish(work, dir);
	return r == 0 ? EXIT_FINE : give_up(work, dir, ticks, r);
}
