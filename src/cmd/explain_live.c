/* Explaining while it happens. */
#include "cmd/explain_live.h"

#include <errno.h>

#include "base/clock.h"
#include "base/names.h"
#include "base/own.h"
#include "cmd/follow.h"

enum {
	MOST_TICKS =
		7200 /* then the tape begins anew, with what the store has of the last minutes */
};
static const int64_t usual_span_ns = 600 * SECOND_NS, again_ns = 5 * SECOND_NS;

struct living {
	struct replay_options options;
	struct replay replay;
	struct follow *follow;
	struct frame frame;
	int64_t answered_ns;
	uint64_t told; /* a sum of the last answer */
	bool (*tell)(void *self, const struct report *report);
	void *self;
};

/* What makes an answer another one: the verdict, and which roots there are. */
static uint64_t sum_of(const struct report *r)
{
	uint64_t sum = hash_mix(r->verdict + 1u);

	for (size_t i = 0; i < r->n_roots; i++) {
		const struct node *n = r->roots[i].node;

		sum = hash_mix(sum ^ hash_bytes(n->signal->name, strlen(n->signal->name)));
		sum = hash_mix(sum ^ n->who);
	}
	return sum;
}

/* The tape goes on: what tape_finish() made of it is made again each time. */
static bool answer(struct living *l)
{
	struct tape *tape = &l->replay.tape;
	struct report report;
	uint64_t sum;

	free(tape->events);
	tape->events = NULL;
	tape->n_events = 0;
	arena_release(&l->replay.watching.answer, l->replay.watching.answer.base);
	if (!replay_explain(&l->replay, &report))
		return false;
	sum = sum_of(&report);
	if (sum == l->told)
		return true;
	l->told = sum;
	return l->tell(l->self, &report);
}

static bool begin(struct living *l)
{
	int r;

	if (!replay_open(&l->options, &l->replay))
		return false;
	r = follow_open(l->options.store, &l->replay.watching.session, &l->follow);
	if (r < 0)
		follow_say(l->options.store, r);
	return r == 0;
}

static void end(struct living *l)
{
	l->follow = follow_close(l->follow);
	replay_close(&l->replay);
}

static int take_next(struct living *l)
{
	int64_t end_ns = 0;
	int r = follow_next(l->follow, -1, &l->frame, &end_ns, &l->replay.events);

	if (r == FOLLOW_TICK)
		tape_add(&l->replay.tape, &l->frame, end_ns);
	if (r == FOLLOW_TICK && clock_mono_ns() - l->answered_ns >= again_ns) {
		if (!answer(l))
			return -EPIPE;
		l->answered_ns = clock_mono_ns();
	}
	return r;
}

bool explain_live(const struct replay_options *options,
	bool (*tell)(void *self, const struct report *report), void *self)
{
	struct living l = { .options = *options, .tell = tell, .self = self };
	bool good;

	if (window_is_open(&l.options.window))
		l.options.window.span_ns = usual_span_ns;
	good = frame_open(&l.frame) == 0 && begin(&l);
	while (good) {
		int r = take_next(&l);

		if (r < 0 || r == FOLLOW_ENDED) {
			good = r == FOLLOW_ENDED;
			break;
		}
		if (l.replay.tape.n_ticks < MOST_TICKS)
			continue;
		end(&l);
		good = begin(&l);
	}
	end(&l);
	frame_close(&l.frame);
	return good;
}
