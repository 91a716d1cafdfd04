/* faultline check --deep: what devices say of health reporters that met an error. */
#include "cmd/deep.h"

#include <errno.h>

#include "base/clock.h"
#include "base/say.h"
#include "collect/devlink_request.h"
#include "collect/fmsg.h"

enum { REPORTERS_MOST = 16, REPLY_BYTES = 20 << 20 };

struct deep {
	struct watching *w;
	struct health *health;
	struct detail *details;
	struct arena replies;
	uint32_t asked[REPORTERS_MOST];
	unsigned n_asked;
	bool refused; /* we may not: nobody else's answer will be another */
};

/* -1: nobody says it. */
static int64_t value_of(const struct deep *d, const char *signal, uint32_t who)
{
	const struct session *s = &d->w->session;
	const struct block *b =
		ledger_find(&s->ledger, who, catalog_find(&s->catalog, str_of(signal)));

	return b && block_is_there(b) && block_has(b, 0) ? b->values[0] : -1;
}

/* "pci/0000:04:00.0/tx", as the collector spells it. */
static bool find_reporter(
	const struct deep *d, uint32_t who, struct devlink_handle *ret, str *ret_reporter)
{
	int64_t port = value_of(d, "firmware.reporter.port", who);
	str name = entity_name(&d->w->session.entities, who), device;

	*ret = (struct devlink_handle){ .port = port < 0 ? DEVLINK_OF_DEVICE : (uint32_t)port };
	return str_cut_last(name, '/', &device, ret_reporter) &&
	       str_cut(device, '/', &ret->bus, &ret->device);
}

static void say_refused(struct deep *d, uint32_t who, const char *what, int error)
{
	str name = entity_name(&d->w->session.entities, who);

	if (error == -EPERM || error == -EACCES) {
		say("--deep may not ask %.*s: no permission; run it as root (CAP_NET_ADMIN)",
			STR_ARG(name));
		d->refused = true;
	} else if (error == -EFBIG) {
		say("the %s of %.*s is longer than 16 MiB; see it with devlink health", what,
			STR_ARG(name));
	} else if (error != -EOPNOTSUPP) { /* the reporter has none */
		say("the %s of %.*s cannot be had: %s; see dmesg", what, STR_ARG(name),
			host_reason(error));
	}
}

static void keep(struct deep *d, uint32_t who, const char *about, const struct fmsg *said)
{
	struct arena *a = &d->w->answer;
	const char **lines = arena_take(a, (said->n + 1) * sizeof(*lines));

	if (!lines)
		return;
	for (unsigned i = 0; i < said->n; i++)
		lines[i] = said->lines[i];
	d->details[d->health->n_details++] =
		(struct detail){ who, about, lines, said->n, said->more };
}

static void ask(struct deep *d, uint32_t who, uint8_t command, const char *what, const char *about)
{
	bool dumped = command == DEVLINK_CMD_HEALTH_REPORTER_DUMP_GET;
	struct devlink_request request;
	struct devlink_handle h;
	struct fmsg said;
	str reporter, reply;
	int r;

	if (d->refused || !find_reporter(d, who, &h, &reporter))
		return;
	devlink_question(&request, command, &h, reporter, dumped, what);
	r = host_ask(d->w->host, &d->replies, 0, &request.question, &reply);
	if (r == 0)
		r = fmsg_read(reply, &d->w->answer, &said);
	arena_release(&d->replies, d->replies.base);
	if (r < 0)
		say_refused(d, who, what, r);
	else
		keep(d, who, about, &said);
}

static void ask_reporter(struct deep *d, uint32_t who)
{
	int64_t dump_ns = value_of(d, "firmware.reporter.dump.time", who);
	char time[CLOCK_TEXT];

	if (value_of(d, "firmware.reporter.state", who) > 0)
		ask(d, who, DEVLINK_CMD_HEALTH_REPORTER_DIAGNOSE, "diagnosis", "diagnosis");
	if (dump_ns >= 0)
		ask(d, who, DEVLINK_CMD_HEALTH_REPORTER_DUMP_GET, "dump",
			dump_ns ? arena_printf(
					  &d->w->answer, "dump of %s", clock_format(dump_ns, time))
				: "dump");
}

static void look_at(struct deep *d, const struct finding *list, size_t n)
{
	for (size_t i = 0; i < n && d->n_asked < REPORTERS_MOST; i++) {
		uint32_t who = list[i].who;
		unsigned k = 0;

		if (entity_scope(&d->w->session.entities, who) != REPORTER ||
			value_of(d, "firmware.reporter.state", who) < 0)
			continue;
		while (k < d->n_asked && d->asked[k] != who)
			k++;
		if (k < d->n_asked)
			continue;
		d->asked[d->n_asked++] = who;
		ask_reporter(d, who);
	}
}

void deep_ask(struct watching *w, struct health *health)
{
	struct deep d = { .w = w, .health = health };

	d.details = arena_take(&w->answer, 2 * REPORTERS_MOST * sizeof(*d.details));
	if (!d.details || arena_open(&d.replies, REPLY_BYTES) < 0) {
		say("no memory for what devices say; raise the limit on address space (ulimit -v)");
		return;
	}
	health->details = d.details;
	for (unsigned i = 0; i < LAYERS; i++) {
		look_at(&d, health->layers[i].findings, health->layers[i].n_findings);
		look_at(&d, health->layers[i].history, health->layers[i].n_history);
	}
	arena_close(&d.replies);
}
