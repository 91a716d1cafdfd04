/* Who is due: by pace, by what a read costs the device, by the budget. */
#include "collect/schedule.h"

#include "base/clock.h"
#include "base/own.h"

/*
 * What is one text of kernel memory is read in every tick, and so is what rates are made of. SOON:
 * states, counters and tasks in many small files, where seconds matter and a read of all of them
 * costs a millisecond or more on a large host. SLOW: configuration whose change may be a cause, and
 * errors that stay counted until somebody comes. RARE: what is as good as never changed; what comes
 * and goes with a device is read at once when the device does.
 */
static const int64_t pace_ns[PACES] = {
	[EVERY_TICK] = 0,
	[SOON] = 2 * SECOND_NS,
	[SLOW] = 10 * SECOND_NS,
	[RARE] = 60 * SECOND_NS,
};

/* Where a read is a command to a device, it gets at most this part of the time. */
enum { FIRMWARE_PART = 200 };
static const int64_t cheap_firmware_ns = MS_NS; /* cheap enough for fast ticks */
static const int64_t shortest_spared_ns = 250 * MS_NS, longest_spared_ns = 64 * SECOND_NS;

static bool has_firmware(const struct collector *c)
{
	for (size_t i = 0; i < c->n_signals; i++)
		if (c->signals[i].cost == FIRMWARE)
			return true;
	return false;
}

/* The turns of one pace lie side by side in its period. */
static void spread(
	struct schedule *s, const struct collector *const *list, enum collector_pace pace)
{
	size_t n = 0, nth = 0;

	for (size_t i = 0; i < s->n; i++)
		n += list[i]->pace == pace;
	for (size_t i = 0; i < s->n; i++)
		if (list[i]->pace == pace)
			s->turns[i].phase_ns = pace_ns[pace] / (int64_t)n * (int64_t)nth++;
}

void schedule_open(
	struct schedule *s, const struct collector *const *list, size_t n, bool scheduled)
{
	*s = (struct schedule){ .on = scheduled, .n = n, .turns = own_alloc(n, sizeof(*s->turns)) };
	for (size_t i = 0; i < n; i++)
		s->turns[i].firmware = has_firmware(list[i]);
	for (enum collector_pace pace = EVERY_TICK; pace < PACES; pace++)
		spread(s, list, pace);
}

void schedule_close(struct schedule *s)
{
	free(s->turns);
	*s = (struct schedule){ 0 };
}

void schedule_begin_tick(struct schedule *s, int64_t now_ns)
{
	if (!s->begun)
		s->start_ns = now_ns;
	s->begun = true;
	s->ticks++;
}

/* In steps that double: what is measured differs from run to run, and turns should not. */
static int64_t spared_ns(const struct run_cost *cost)
{
	int64_t least = cost->last_ns * FIRMWARE_PART, step = shortest_spared_ns;

	if (least < step)
		return 0;
	while (step < least && step < longest_spared_ns)
		step *= 2;
	return step;
}

static int64_t interval_of(const struct schedule *s, size_t i, const struct run_cost *cost)
{
	int64_t pace = pace_ns[cost->collector->pace] * cost->every;
	int64_t spared = s->turns[i].firmware ? spared_ns(cost) : 0;

	return spared > pace ? spared : pace;
}

/* How many turns there were until then; -1 before the first one. */
static int64_t turns_until(const struct schedule *s, size_t i, int64_t interval_ns, int64_t at_ns)
{
	int64_t age_ns = at_ns - s->start_ns - s->turns[i].phase_ns;

	return age_ns < 0 ? -1 : age_ns / interval_ns;
}

bool schedule_is_due(
	const struct schedule *s, size_t i, const struct run_cost *cost, int64_t now_ns)
{
	const struct turn *t = &s->turns[i];
	int64_t interval_ns = s->on ? interval_of(s, i, cost) : 0;
	bool paced = s->on && cost->collector->pace != EVERY_TICK;

	if (t->at_once || !t->ran)
		return true;
	if (!paced && (s->ticks - 1) % cost->every != 0)
		return false;
	return interval_ns == 0 || now_ns < t->ran_ns ||
	       turns_until(s, i, interval_ns, now_ns) > turns_until(s, i, interval_ns, t->ran_ns);
}

void schedule_ran(struct schedule *s, size_t i, int64_t now_ns, uint64_t cells)
{
	struct turn *t = &s->turns[i];

	t->ran = true;
	t->ran_ns = now_ns;
	t->at_once = false;
	t->cells = cells < UINT32_MAX ? (uint32_t)cells : UINT32_MAX;
}

int64_t schedule_turn_s(const struct schedule *s, const struct collector *c)
{
	return s->on && c->pace != EVERY_TICK ? pace_ns[c->pace] / SECOND_NS : 1;
}

void schedule_hurry(struct schedule *s, size_t i)
{
	s->turns[i].at_once = true;
}

static bool is_cheap(const struct turn *t, const struct run_cost *cost)
{
	return cost->every == 1 && !(t->firmware && cost->last_ns > cheap_firmware_ns);
}

/* The next in the order of `fast`; n: none. */
static size_t next_fast(const struct run_cost *costs, size_t n, unsigned after)
{
	size_t found = n;

	for (size_t i = 0; i < n; i++) {
		unsigned place = costs[i].collector->fast;

		if (place > after && (found == n || place < costs[found].collector->fast))
			found = i;
	}
	return found;
}

void schedule_choose_fast(const struct schedule *s, struct run_cost *costs)
{
	uint32_t left = FAST_CELLS;

	for (size_t i = 0; i < s->n; i++) {
		costs[i].fast = NOT_FAST;
		costs[i].interval_ns = s->on ? interval_of(s, i, &costs[i]) : 0;
	}
	for (size_t i = next_fast(costs, s->n, 0); i < s->n;
		i = next_fast(costs, s->n, costs[i].collector->fast)) {
		const struct turn *t = &s->turns[i];

		if (!t->ran)
			continue;
		if (t->cells > left || !is_cheap(t, &costs[i])) {
			costs[i].fast = FAST_LEFT_OUT;
			continue;
		}
		costs[i].fast = IS_FAST;
		left -= t->cells;
	}
}
