/* Windows of time, as options say them. */
#include "cmd/window.h"

#include "base/clock.h"

bool window_is_option(int option)
{
	return option == WINDOW_FROM || option == WINDOW_TO || option == WINDOW_LAST ||
	       option == WINDOW_AT;
}

static bool take_span(struct window *w, const struct command *command, const char *value)
{
	if (clock_duration(str_of(value), &w->span_ns) == 0 && w->span_ns > 0)
		return true;
	command_usage(command, "not a duration:", value);
	return false;
}

static bool take_time(
	struct window *w, const struct command *command, const char *value, int64_t *ret)
{
	bool other = ret == &w->first_ns ? w->last_ns : w->first_ns;
	enum clock_kind kind;

	if (clock_parse(str_of(value), clock_wall_ns(), &kind, ret) < 0 || *ret <= 0) {
		command_usage(command, "not a time:", value);
		return false;
	}
	if (other && w->in_mono != (kind == MONO_CLOCK)) {
		command_usage(command, "--from and --to are of two clocks:", value);
		return false;
	}
	w->in_mono = kind == MONO_CLOCK;
	return true;
}

/* What was asked for before and does not go with it. */
static bool is_conflict(const struct window *w, int option)
{
	bool since = w->first_ns != 0, until = w->last_ns && !w->at, last = w->span_ns != 0;

	switch (option) {
	case WINDOW_FROM:
		return last || w->at;
	case WINDOW_TO:
		return w->at;
	case WINDOW_LAST:
		return since || w->at;
	default:
		return since || until || last;
	}
}

bool window_option(struct window *w, const struct command *command, int option, const char *value)
{
	if (is_conflict(w, option)) {
		command_usage(command, "--at, --from and --last exclude each other:", value);
		return false;
	}
	if (option == WINDOW_LAST)
		return take_span(w, command, value);
	w->at = option == WINDOW_AT;
	return take_time(w, command, value, option == WINDOW_FROM ? &w->first_ns : &w->last_ns);
}

bool window_check(const struct window *w, const struct command *command)
{
	if (!w->first_ns || !w->last_ns || w->first_ns <= w->last_ns)
		return true;
	command_usage(command, "--to is before --from", "");
	return false;
}

bool window_is_open(const struct window *w)
{
	return !w->first_ns && !w->last_ns && !w->span_ns;
}

struct store_window window_of(const struct window *w, const struct store_about *about)
{
	struct store_window ret = { w->first_ns, w->last_ns, w->in_mono };
	int64_t end_ns = w->in_mono ? about->last_mono_ns : about->last_wall_ns;

	if (w->span_ns) {
		end_ns = w->last_ns && w->last_ns < end_ns ? w->last_ns : end_ns;
		ret.first_ns = end_ns > w->span_ns ? end_ns - w->span_ns : 1;
	}
	return ret;
}
