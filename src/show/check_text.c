/* The health of a host as text. */
#include "show/check.h"

#include <inttypes.h>

#include "base/clock.h"
#include "host/host.h"
#include "model/reading.h"
#include "show/command.h"
#include "show/wrap.h"

enum { LABEL = 10, BODY = 4, HISTORY_SHOWN = 8, UNSEEN_SHOWN = 2 };

static void print_place(FILE *out, const struct session *s, const struct finding *f)
{
	char sub[SUB_TEXT];
	uint32_t port = relation_one(&s->relations, f->who, VIA_UPSTREAM);

	fprintf(out, "%s of ", f->signal->name);
	print_escaped(out, entity_text(&s->entities, f->who));
	if (f->signal->sub != NONE)
		fprintf(out, " %s", sub_format(f->signal->sub, f->sub, sub));
	/* an error on a link belongs to both ends: the port is named with the device */
	if (port != ENTITY_NONE) {
		fputs(" behind ", out);
		print_escaped(out, entity_text(&s->entities, port));
	}
}

static void print_evidence(FILE *out, const struct session *s, const struct finding *f)
{
	char text[READING_TEXT];

	print_place(out, s, f);
	fputs(" is ", out);
	if (f->has_reading)
		fputs(reading_format(f->signal, f->reading, text), out);
	else
		session_print_value(s, out, f->signal, f->raw);
	if (f->watch->how == IS_NOT)
		fprintf(out, ", not %s", f->watch->than);
	else if (f->watch->how == IS_STUCK)
		fputs(", no less than before, and nothing left in between", out);
	else if (f->watch->how == IS_UNDER)
		fprintf(out, ", under %s = %s", f->watch->than,
			reading_format(f->signal, f->threshold, text));
	else
		fprintf(out, ", %s %s", f->watch->how == IS_BELOW ? "under" : "over",
			reading_format(f->signal, f->threshold, text));
	if (f->siblings)
		fprintf(out, " (%s)", f->siblings);
}

static bool is_first_of(const struct finding *list, const struct finding *f)
{
	for (; list < f; list++)
		if (list->who == f->who)
			return false;
	return true;
}

static void print_details(FILE *out, const struct check_answer *answer, uint32_t who)
{
	const struct health *health = answer->health;

	for (unsigned i = 0; i < health->n_details; i++) {
		const struct detail *d = &health->details[i];

		if (d->who != who)
			continue;
		wrap(out, BODY, "", d->about);
		for (unsigned k = 0; k < d->n; k++)
			wrap(out, BODY + 2, "", d->lines[k]);
		if (d->n == 0)
			wrap(out, BODY + 2, "", "empty");
		if (d->more)
			fprintf(out, "%*sand %" PRIu64 " more lines\n", BODY + 2, "", d->more);
	}
}

static void print_finding(FILE *out, const struct check_answer *answer, const struct finding *f)
{
	const struct session *s = answer->session;
	struct text t;

	wrap(out, 2, f->severity == CRITICAL ? "CRITICAL  " : "WARNING   ", f->watch->title);
	print_evidence(text_open(&t), s, f);
	text_wrap(&t, out, BODY, "seen      ");
	print_command(text_open(&t), f->watch->check, entity_name(&s->entities, f->who));
	text_wrap(&t, out, BODY, "confirm   ");
	wrap(out, BODY, "helps     ", f->watch->fix);
	wrap(out, BODY, "level     ", f->watch->source);
}

static bool has_finding(const struct layer_health *layer, uint32_t who)
{
	for (size_t i = 0; i < layer->n_findings; i++)
		if (layer->findings[i].who == who)
			return true;
	return false;
}

static void print_history(
	FILE *out, const struct check_answer *answer, const struct layer_health *layer)
{
	for (size_t i = 0; i < layer->n_history && i < HISTORY_SHOWN; i++) {
		struct text t;
		FILE *to = text_open(&t);

		print_place(to, answer->session, &layer->history[i]);
		fputs(" = ", to);
		session_print_value(
			answer->session, to, layer->history[i].signal, layer->history[i].raw);
		if (signal_saturated(layer->history[i].signal, layer->history[i].raw))
			fputs(" (at its maximum: it cannot count further)", to);
		text_wrap(&t, out, 2, "since boot  ");
		if (!has_finding(layer, layer->history[i].who) &&
			is_first_of(layer->history, &layer->history[i]))
			print_details(out, answer, layer->history[i].who);
	}
	if (layer->n_history > HISTORY_SHOWN)
		fprintf(out, "  since boot  and %zu more (--format json has all)\n",
			layer->n_history - HISTORY_SHOWN);
}

static void print_derived(FILE *out, const struct layer_health *layer)
{
	char text[READING_TEXT], sub[SUB_TEXT];

	for (size_t i = 0; i < layer->n_derived; i++) {
		const struct derived *d = &layer->derived[i];
		struct text t;
		FILE *to = text_open(&t);

		fprintf(to, "%s%s: %s", sub_format(d->of->sub, d->sub, sub),
			d->since_boot ? " since boot" : "",
			reading_format(d->of, d->reading, text));
		for (unsigned k = 0; k < d->n_siblings && k < 8; k++)
			fprintf(to, "%s %s", k ? "" : "; the others",
				reading_format(d->of, d->siblings[d->n_siblings - 1 - k], text));
		if (d->n_siblings > 8)
			fprintf(to, " and %u less busy ones", d->n_siblings - 8);
		fprintf(out, "  %s\n", d->derive->about);
		text_wrap(&t, out, BODY, "");
	}
}

/* Sources that are unseen for one reason are said in one breath. */
static bool same_reason(const struct unseen *a, const struct unseen *b)
{
	return a->why == b->why || (a->why && b->why && strcmp(a->why, b->why) == 0)
		       ? a->why || strcmp(host_reason(a->error), host_reason(b->error)) == 0
		       : false;
}

static bool was_said(const struct layer_health *layer, size_t i)
{
	const struct unseen *u = &layer->unseen[i];

	/* a host without RDMA has none of its files either: one line says so */
	if (layer->verdict == BLIND && !layer->judged && !layer->waiting && u->why)
		return true;
	for (size_t k = 0; k < i; k++)
		if (same_reason(&layer->unseen[k], &layer->unseen[i]))
			return true;
	return u->why && strcmp(u->why, layer->reason) == 0;
}

static void print_source(FILE *out, const struct check_answer *answer, const struct unseen *u)
{
	fputs(u->path, out);
	if (u->who != ENTITY_NONE) {
		fputs(" of ", out);
		print_escaped(out, entity_text(&answer->session->entities, u->who));
	}
}

static void print_unseen(
	FILE *out, const struct check_answer *answer, const struct layer_health *layer)
{
	for (size_t i = 0; i < layer->n_unseen; i++) {
		const struct unseen *u = &layer->unseen[i];
		struct text t;
		FILE *to;
		unsigned n = 0;

		if (was_said(layer, i))
			continue;
		to = text_open(&t);
		fprintf(to, "%s: ", u->why ? u->why : host_reason(u->error));
		for (size_t k = i; k < layer->n_unseen; k++) {
			if (!same_reason(u, &layer->unseen[k]))
				continue;
			if (n < UNSEEN_SHOWN) {
				fputs(n ? ", " : "", to);
				print_source(to, answer, &layer->unseen[k]);
			}
			n++;
		}
		if (n > UNSEEN_SHOWN)
			fprintf(to, " and %u more", n - UNSEEN_SHOWN);
		text_wrap(&t, out, 2, "not seen    ");
	}
}

static void print_layer(FILE *out, const struct check_answer *answer, unsigned i)
{
	const struct layer_health *layer = &answer->health->layers[i];
	char label[32];

	snprintf(label, sizeof(label), "%-*s%-7s", LABEL, layer_names[i],
		verdict_names[layer->verdict]);
	wrap(out, 0, label, layer->reason);
	for (size_t k = 0; k < layer->n_findings; k++) {
		print_finding(out, answer, &layer->findings[k]);
		if (is_first_of(layer->findings, &layer->findings[k]))
			print_details(out, answer, layer->findings[k].who);
	}
	print_derived(out, layer);
	print_history(out, answer, layer);
	print_unseen(out, answer, layer);
	if (layer->elsewhere)
		wrap(out, 2, "elsewhere   ", layer->elsewhere);
	if (layer->gap)
		wrap(out, 2, "not built   ", layer->gap);
}

void check_text(FILE *out, const struct check_answer *answer)
{
	const struct health *health = answer->health;
	char time[CLOCK_TEXT];

	fprintf(out, "%s, Linux %s, %s\n", answer->host, answer->release,
		answer->wall_ns ? clock_format(answer->wall_ns, time)
				: "at a time that the tree does not tell");
	if (health->window_s > 0)
		fprintf(out, "rates over %.1f s\n", health->window_s);
	else
		fputs("one reading: levels and states are judged, rates are not (check --for 5s)\n",
			out);
	for (unsigned i = 0; i < 4 && answer->notes[i]; i++)
		wrap(out, 0, "", answer->notes[i]);
	fputc('\n', out);
	for (unsigned i = 0; i < LAYERS; i++)
		print_layer(out, answer, i);
	fprintf(out, "\n%u critical, %u warning%s; %u of %d layers not seen\n", health->n_critical,
		health->n_warning, health->n_warning == 1 ? "" : "s", health->n_blind, LAYERS);
	if (health->dropped)
		fprintf(out, "%" PRIu64 " further findings were left out: a layer holds %d\n",
			health->dropped, HEALTH_FINDINGS);
	if (answer->wall_ms > 0)
		fprintf(out, "cost: %.1f ms of CPU, %.1f ms, %" PRIu64 " reads\n", answer->cpu_ms,
			answer->wall_ms, answer->reads);
}
