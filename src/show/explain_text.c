/* The answer of explain as text. */
#include "show/explain_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

#include "show/command.h"
#include "show/explain_parts.h"
#include "show/explain_words.h"
#include "show/wrap.h"

enum { VIEWS_SHOWN = 4, ALTERNATIVES_SHOWN = 8, SYMPTOMS_SHOWN = 12 };

static void print_counts(FILE *to, const struct report *r)
{
	if (r->n_ticks)
		fprintf(to, "%" PRIu32 " tick%s, %" PRIu32 " gap%s, ", r->n_ticks,
			r->n_ticks == 1 ? "" : "s", r->n_gaps, r->n_gaps == 1 ? "" : "s");
	fprintf(to, "%" PRIu32 " event%s", r->n_events, r->n_events == 1 ? "" : "s");
	if (r->n_ticks)
		fprintf(to, ", %" PRIu64 " series read", r->n_series);
	else
		fputs(", nothing but the log", to);
	if (r->dropped)
		fprintf(to, "; %" PRIu64 " did not fit and were left out", r->dropped);
}

static void print_headline(FILE *out, const struct report *r)
{
	const char *verdict = conclusion_names[r->verdict];
	char from[CLOCK_TEXT], until[CLOCK_TEXT];
	struct text t;
	FILE *to = text_open(&t);

	for (; *verdict; verdict++)
		fputc(*verdict == '_' ? ' ' : toupper((unsigned char)*verdict), to);
	fputs(": ", to);
	print_ascii(to, str_of(report_summary(r)));
	text_fold(&t, out, "", "  ");
	to = text_open(&t);
	if (r->has_time)
		fprintf(to, "%s .. %s: ", time_format(r, r->from_ns, from),
			time_format(r, r->until_ns, until));
	else if (r->n_events)
		fputs("no line has a time, so only their order is known: ", to);
	print_counts(to, r);
	text_fold(&t, out, "  ", "  ");
}

/* The devices that are views of one PCI function: people know it by these. */
static void print_views(FILE *out, const struct report *r, uint32_t who)
{
	const struct relations *rs = &r->session->relations;
	FILE *to = NULL;
	struct text t;

	for (uint32_t i = 0, n = 0; i < rs->n && n < VIEWS_SHOWN; i++) {
		if (rs->items[i].via != VIA_PCI || rs->items[i].b != who)
			continue;
		if (n++ == 0)
			to = text_open(&t);
		fputs(n == 1 ? "known as " : ", ", to);
		print_ascii_name(to, report_entity(r, rs->items[i].a));
	}
	if (to)
		text_fold(&t, out, "      ", "      ");
}

static void print_moments(FILE *to, const struct report *r, const struct node *n)
{
	char began[MOMENT_TEXT], ended[MOMENT_TEXT];

	fputs(moment_format(r, n->began, began), to);
	if (r->has_time && n->ended.lo_ns == INT64_MAX)
		fputs(", until the end", to);
	else if (r->has_time && n->ended.hi_ns > n->began.hi_ns &&
		 strcmp(moment_format(r, n->ended, ended), began) != 0)
		fprintf(to, ", until %s", ended);
}

static void print_log_line(FILE *out, const struct node *n)
{
	struct text t;

	if (!node_text(n))
		return;
	print_node_text(text_open(&t), "", n);
	text_fold(&t, out, "      ", "      ");
}

static void print_advice(FILE *out, const struct report *r, const struct node *n)
{
	str name = entity_name(&r->session->entities, n->who);
	struct text t;

	if (n->indicator && n->indicator->check) {
		print_command(text_open(&t), n->indicator->check, name);
		text_fold_command(&t, out, "  confirm: ", "    ");
	}
	if (n->indicator && n->indicator->fix)
		wrap(out, 2, "helps:   ", n->indicator->fix);
}

static void print_score(FILE *out, const struct root *root)
{
	struct text t;
	FILE *to = text_open(&t);

	if (isfinite(root->score_db))
		fprintf(to, "%.1f dB", root->score_db);
	else
		fputs("no score", to);
	if (isfinite(root->over_next_db))
		fprintf(to, ", %.1f dB over the next", root->over_next_db);
	else
		fputs(", nothing else comes into question", to);
	fprintf(to, ", seen in %u layer%s", root->layers, root->layers == 1 ? "" : "s");
	text_fold(&t, out, "      ", "      ");
}

static void print_root(FILE *out, const struct report *r, const struct root *root)
{
	const struct node *n = root->node;
	struct text t;
	FILE *to = text_open(&t);

	print_node_place(to, r, n);
	text_fold(&t, out, "ROOT  ", "      ");
	print_views(out, r, n->who);
	to = text_open(&t);
	print_moments(to, r, n);
	print_node_change(to, "  ", n);
	text_fold(&t, out, "      ", "      ");
	print_score(out, root);
	if (node_title(n))
		wrap(out, 6, "", node_title(n));
	print_log_line(out, n);
	print_advice(out, r, n);
}

/* The line of the log stands there already. */
static bool is_in_chain(const struct report *r, const struct node *n)
{
	for (size_t i = 0; i < r->n_roots; i++)
		if (r->roots[i].node == n)
			return true;
	for (size_t i = 0; i < r->n_links; i++)
		if (r->links[i].from == n || r->links[i].to == n)
			return true;
	return false;
}

static void print_symptom(FILE *out, const struct report *r, const struct node *n, bool explained)
{
	struct text t;
	FILE *to = text_open(&t);

	print_moments(to, r, n);
	fputs("  ", to);
	print_node_place(to, r, n);
	print_node_change(to, "  ", n);
	text_fold(&t, out, "  ", "      ");
	if (node_title(n))
		wrap(out, 6, "", node_title(n));
	if (!is_in_chain(r, n))
		print_log_line(out, n);
	if (!explained)
		fputs("      no root explains it\n", out);
}

static bool is_among(const struct node *n, const struct node *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == n)
			return true;
	return false;
}

static void print_symptoms(FILE *out, const struct report *r)
{
	size_t n = 0;

	if (r->n_symptoms + r->n_unexplained)
		fputs("\nSYMPTOMS\n", out);
	for (size_t i = 0; i < r->n_unexplained; i++)
		if (n++ < SYMPTOMS_SHOWN)
			print_symptom(out, r, r->unexplained[i], false);
	for (size_t i = 0; i < r->n_symptoms; i++)
		if (!is_among(r->symptoms[i], r->unexplained, r->n_unexplained) &&
			n++ < SYMPTOMS_SHOWN)
			print_symptom(out, r, r->symptoms[i], true);
	if (n > SYMPTOMS_SHOWN)
		fprintf(out, "  and %zu more (--format json has all)\n", n - SYMPTOMS_SHOWN);
}

static void print_alternative(FILE *out, const struct report *r, const struct alternative *a)
{
	char moment[MOMENT_TEXT];
	struct text t;
	FILE *to = text_open(&t);

	print_node_place(to, r, a->node);
	fprintf(to, ", %s", moment_format(r, a->node->began, moment));
	if (isfinite(a->behind_db))
		fprintf(to, ", %.1f dB behind", a->behind_db);
	else if (isfinite(a->score_db))
		fprintf(to, ", %.1f dB", a->score_db);
	if (a->why) {
		fputs(": ", to);
		print_ascii(to, str_of(a->why));
	}
	text_fold(&t, out, "  ", "      ");
}

static void print_alternatives(FILE *out, const struct report *r)
{
	if (r->n_alternatives)
		fputs("\nALTERNATIVES\n", out);
	for (size_t i = 0; i < r->n_alternatives && i < ALTERNATIVES_SHOWN; i++)
		print_alternative(out, r, &r->alternatives[i]);
	if (r->n_alternatives > ALTERNATIVES_SHOWN)
		fprintf(out, "  and %zu more (--format json has all)\n",
			r->n_alternatives - ALTERNATIVES_SHOWN);
}

static void print_next(FILE *out, const struct report *r)
{
	struct text t;

	if (!r->next_signal && !r->next_command)
		return;
	fputs("\nNEXT\n", out);
	if (r->next_signal) {
		print_ascii(text_open(&t), str_of(r->next_signal));
		text_fold(&t, out, "  read ", "       ");
	}
	if (r->next_command) {
		print_ascii(text_open(&t), str_of(r->next_command));
		text_fold_command(&t, out, "  run  ", "    ");
	}
}

void explain_text(FILE *out, const struct report *r)
{
	print_headline(out, r);
	for (size_t i = 0; i < r->n_roots; i++) {
		fputc('\n', out);
		print_root(out, r, &r->roots[i]);
	}
	print_chain(out, r);
	print_symptoms(out, r);
	print_alternatives(out, r);
	print_ruled_out(out, r);
	print_unchecked(out, r);
	print_next(out, r);
}
