/* The score as text: a line for each case, what went wrong, then the measures of each kind. */
#include "score/scorecard.h"

#include <math.h>

enum { WIDTH = 80, FRACTION = 40 };

static const char *root_word(const struct mark *m)
{
	if (m->kind == CASE_HEALTHY)
		return m->root == ROOT_NONE ? "none" : "named";
	if (m->is_void && m->root != ROOT_WRONG)
		return "void";
	return root_mark_names[m->root];
}

static const char *entity_word(const struct mark *m)
{
	if (m->kind == CASE_HEALTHY || m->root == ROOT_NONE)
		return "-";
	return m->entity_right ? "right" : "wrong";
}

/* "3/3", with "+1" for links that are false; "-" where the label names none. */
static const char *fraction(
	unsigned good, unsigned all, unsigned surplus, char out[static FRACTION])
{
	if (!all && !surplus)
		snprintf(out, FRACTION, "-");
	else if (surplus)
		snprintf(out, FRACTION, "%u/%u+%u", good, all, surplus);
	else
		snprintf(out, FRACTION, "%u/%u", good, all);
	return out;
}

static void print_case(FILE *out, const struct mark *m)
{
	char edges[FRACTION], decoys[FRACTION], seconds[32] = "-";

	if (m->explain_s >= 0)
		snprintf(seconds, sizeof(seconds), "%.2f", m->explain_s);
	fprintf(out, "%-25.25s %-9s %-12s %-6s %-6s %-6s %-5s %4s\n", m->name,
		case_kind_names[m->kind], conclusion_names[m->verdict], root_word(m),
		entity_word(m), fraction(m->edges_found, m->edges_expected, m->edges_false, edges),
		fraction(m->decoys_out, m->decoys, 0, decoys), seconds);
}

/* A remark folded at the end of the line; names hold no blanks, so that they stay whole. */
static void print_remark(FILE *out, const char *text)
{
	size_t column = 4;
	str rest = str_of(text), word;

	fputs("  -", out);
	while (str_next_word(&rest, &word)) {
		if (column > 4 && column + 1 + word.n > WIDTH) {
			fputs("\n   ", out);
			column = 4;
		}
		fprintf(out, " %.*s", STR_ARG(word));
		column += 1 + word.n;
	}
	fputc('\n', out);
}

static void print_remarks(FILE *out, const struct scorecard *card)
{
	for (size_t i = 0; i < card->n_marks; i++) {
		const struct mark *m = &card->marks[i];

		if (!m->n_remarks)
			continue;
		fprintf(out, "\n%s\n", m->name);
		for (size_t k = 0; k < m->n_remarks; k++)
			print_remark(out, m->remarks[k]);
		if (m->n_remarks == MARK_REMARKS)
			print_remark(out, "and more of the kind");
	}
}

static const char *seconds(double value, char out[static FRACTION])
{
	if (isinf(value))
		return "never";
	snprintf(out, FRACTION, "%.1f s", value);
	return out;
}

static void print_figure(FILE *out, enum measure_id id, const struct figure *f)
{
	char count[FRACTION], median[FRACTION], last[FRACTION];

	snprintf(count, sizeof(count), "%.4g/%.4g%s", f->tally.good, f->tally.all,
		measures[id].kind == A_RATE ? " d" : "");
	fprintf(out, "  %-19s %-24s %12s  ", measures[id].name, measures[id].about, count);
	if (measures[id].kind == A_TIME)
		fprintf(out, "%s, p95 %s\n", seconds(f->value, median), seconds(f->high, last));
	else if (measures[id].kind == A_RATE)
		fprintf(out, "%.4g  %.4g..%.4g\n", f->value, f->low, f->high);
	else
		fprintf(out, "%.3f  %.3f..%.3f\n", f->value, f->low, f->high);
}

static void print_kind(FILE *out, const struct scorecard *card, enum kind_of_case kind)
{
	size_t cases = 0, voids = 0;

	for (size_t i = 0; i < card->n_marks; i++)
		if (card->marks[i].kind == kind) {
			cases++;
			voids += card->marks[i].is_void;
		}
	if (!cases)
		return;
	fprintf(out, "\n%s: %zu case%s", case_kind_names[kind], cases, cases == 1 ? "" : "s");
	if (voids)
		fprintf(out, ", %zu of them void (the symptom did not move)", voids);
	fputc('\n', out);
	for (int id = 0; id < MEASURES; id++) {
		struct figure f =
			measure_figure(card->marks, card->n_marks, kind, (enum measure_id)id);

		if (f.known)
			print_figure(out, (enum measure_id)id, &f);
	}
}

static void print_requirements(FILE *out, const struct scorecard *card)
{
	for (size_t i = 0; i < card->n_requirements; i++)
		fprintf(out, "%s%-8s %s\n", i ? "" : "\n",
			requirement_met(&card->requirements[i], card->marks, card->n_marks)
				? "met"
				: "NOT MET",
			card->requirements[i].text);
}

void scorecard_text(FILE *out, const struct scorecard *card)
{
	fprintf(out, "%-25s %-9s %-12s %-6s %-6s %-6s %-5s %4s\n", "case", "kind", "verdict",
		"root", "entity", "edges", "decoy", "s");
	for (size_t i = 0; i < card->n_marks; i++)
		print_case(out, &card->marks[i]);
	print_remarks(out, card);
	for (int kind = 0; kind < CASE_KINDS; kind++)
		print_kind(out, card, (enum kind_of_case)kind);
	fputs("\nIntervals are 95 % (Wilson; of rates, Poisson). Edges: found/expected+false.\n",
		out);
	print_requirements(out, card);
}
