/* Collectors that a child reads: when it is asked, and what becomes of its answers. */
#include "cmd/outside.h"

#include <errno.h>

#include "base/clock.h"
#include "collect/hang.h"
#include "collect/run.h"

/* It reads while we do: that long its answer may come after our own work, and still be of this tick. */
enum { PART_OF_TICK = 4 };
static const int64_t longest_wait_ns = 50 * MS_NS;

bool outside_open(struct outside *o, const struct outside_options *options)
{
	*o = (struct outside){ .options = *options };
	if (options->n > OUTSIDE_COLLECTORS)
		return false;
	o->n_may = hang_split(options->list, options->n, o->may, o->others);
	return true;
}

void outside_close(struct outside *o)
{
	if (o->opened)
		child_close(&o->child);
	o->opened = false;
}

const struct collector *const *outside_choose(struct outside *o, size_t *ret_n)
{
	/* once there is a child, it stays: what it read last may be what took the device away */
	o->on = o->on || hang_is_possible(o->options.host, o->may, o->n_may);
	*ret_n = o->on ? o->options.n - o->n_may : o->options.n;
	return o->on ? o->others : o->options.list;
}

int outside_begin_era(struct outside *o, struct session *session)
{
	const struct child_options options = { o->options.root, o->may, o->n_may,
		o->options.patience_ns, o->options.event, o->options.self };
	unsigned first = session->n_sources;

	if (!o->on)
		return 0;
	if (!o->opened)
		child_open(&o->child, &options);
	else
		child_renew(&o->child);
	o->opened = true;
	run_declare(session, o->may, o->n_may);
	return adopt_open(&o->adopt, session, first, session->n_sources - first);
}

void outside_end_era(struct outside *o)
{
	if (o->on)
		adopt_close(&o->adopt);
}

bool outside_wants_era(const struct outside *o)
{
	return !o->on && hang_is_possible(o->options.host, o->may, o->n_may);
}

void outside_begin_tick(struct outside *o, bool fast, bool rescan, int64_t every_ns, int64_t now_ns)
{
	o->begin_ns = now_ns;
	o->every_ns = every_ns;
	o->fast = fast;
	if (o->on)
		child_ask(&o->child,
			(fast ? (unsigned)CHILD_FAST : 0) | (rescan ? (unsigned)CHILD_RESCAN : 0),
			now_ns);
}

/* Also true of one that ended and whose successor has not read yet. */
static bool is_lost(const struct outside *o)
{
	return o->child.lost_ns != 0;
}

static void take_answer(struct outside *o, struct frame *frame)
{
	str packet;

	if (!child_answer(&o->child, o->fast, &packet))
		return;
	if (packet.n && adopt_packet(&o->adopt, packet, frame) < 0)
		child_renew(&o->child);
	child_done(&o->child);
	/* one that is always late is asked on, and a tick behind */
	if (o->child.asked_ns < o->begin_ns)
		child_ask(&o->child, 0, clock_mono_ns());
}

void outside_end_tick(struct outside *o, struct frame *frame)
{
	int64_t wait_ns = o->every_ns / PART_OF_TICK;

	if (!o->on)
		return;
	child_wait(&o->child, o->begin_ns, wait_ns < longest_wait_ns ? wait_ns : longest_wait_ns);
	if (!o->fast)
		child_watch(&o->child, o->every_ns, clock_mono_ns());
	take_answer(o, frame);
	if (is_lost(o) && !o->fast)
		adopt_lose(&o->adopt, -ETIMEDOUT, frame);
}

int outside_fd(const struct outside *o)
{
	return o->opened ? child_fd(&o->child) : -1;
}

void outside_take(struct outside *o)
{
	if (o->opened)
		child_take(&o->child);
}

int64_t outside_cpu_ns(const struct outside *o)
{
	return o->opened ? child_cpu_ns(&o->child) : 0;
}

void outside_state(const struct outside *o, int64_t now_ns, struct own_state *ret)
{
	ret->has_child = o->opened;
	ret->child_cpu_ns = outside_cpu_ns(o);
	ret->child_stuck_ns = o->opened && is_lost(o) ? now_ns - o->child.lost_ns : 0;
}
