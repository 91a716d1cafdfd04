/* Hosts over time: a live machine that is recorded tick by tick, and a recording that stands in for it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "host/copy.h"
#include "host/door.h"

enum { LOG_BYTES = 8 << 20 }; /* more than host_log() takes at once */

int host_tape(const char *dir, struct host **ret)
{
	struct host *h;
	int r = host_open_dir(dir, &h);

	if (r < 0)
		return r;
	if (!h->player) {
		host_close(h);
		return -ENOTSUP;
	}
	*ret = h;
	return 0;
}

int host_tree(const char *dir, struct host **ret)
{
	struct host *h;
	bool any = false;
	int r = host_open_dir(dir, &h);

	if (r < 0)
		return r;
	while (h->player && player_next(h->player) == 0)
		any = true;
	if (h->player && !any) {
		host_close(h);
		return -ENODATA;
	}
	*ret = h;
	return 0;
}

bool host_is_tape(const struct host *h)
{
	return h->player;
}

int host_next(struct host *h)
{
	return h->player ? player_next(h->player) : -ENODATA;
}

const char *host_damage(const struct host *h)
{
	return h->player ? player_damage(h->player) : NULL;
}

void host_clock(const struct host *h, struct host_clock *ret)
{
	if (h->player)
		*ret = *player_clock(h->player);
	else if (h->recorder)
		*ret = *recorder_clock(h->recorder);
	else
		*ret = (struct host_clock){
			.wall_ns = clock_wall_ns(),
			.mono_ns = clock_mono_ns(),
			.boot_ns = clock_boot_ns(),
		};
}

int host_record(const char *dir, int64_t every_ns, struct host **ret)
{
	struct recorder *recorder;
	int r = recorder_open(dir, every_ns, &recorder);

	if (r < 0)
		return r;
	r = host_live(ret);
	if (r < 0) {
		recorder_close(recorder);
		return r;
	}
	(*ret)->recorder = recorder;
	(*ret)->log_error = host_log_open(*ret, true);
	return 0;
}

void host_begin_tick(struct host *h)
{
	if (h->recorder)
		recorder_begin(h->recorder);
}

/* What the kernel said since the tick before; or why that cannot be known. */
static void record_log(struct host *h)
{
	struct arena a = { 0 };
	str records = { "", 0 };
	int r = h->log_error;

	if (r == 0)
		r = arena_open(&a, LOG_BYTES);
	if (r == 0)
		r = host_log(h, &a, &records);
	recorder_put(h->recorder, SHELF_LOG, "dev/kmsg", r, records);
	arena_close(&a);
}

int host_end_tick(struct host *h)
{
	if (!h->recorder)
		return 0;
	record_log(h);
	return recorder_end(h->recorder);
}

unsigned host_ticks(const struct host *h)
{
	return h->recorder ? recorder_ticks(h->recorder) : 0;
}
