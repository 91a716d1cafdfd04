/* What explain could rule out, and what it could not read. */
#include "base/own.h"
#include "show/explain_parts.h"
#include "show/explain_words.h"
#include "show/wrap.h"

enum { NEAR_SHOWN = 12, GROUPS_SHOWN = 14, SIGNALS_NAMED = 4 };

static const char *const many[SCOPES + 1] = { "hosts", "PCI functions", "interfaces", "queues",
	"RDMA ports", "queue pairs", "interrupts", "CPUs", "nodes", "cgroups", "tasks", "GPUs",
	"disks", "IOMMU groups", "reporters", "sensors", "entities" };

static const char *out_signal(const struct ruled_out *o)
{
	return o->signal ? o->signal->name : "?";
}

static int by_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* ---- ruled out ---- */

/* Flat is what most are and says least: it stands last. */
static int by_reason_and_signal(const void *a, const void *b)
{
	const struct ruled_out *x = *(const struct ruled_out *const *)a,
			       *y = *(const struct ruled_out *const *)b;
	int order = (x->reason == OUT_FLAT) - (y->reason == OUT_FLAT);

	if (order == 0)
		order = (x->reason > y->reason) - (x->reason < y->reason);
	if (order == 0)
		order = strcmp(out_signal(x), out_signal(y));
	if (order == 0)
		order = (x->who > y->who) - (x->who < y->who);
	return order ? order : (x > y) - (x < y);
}

/* Rows from..until of one reason and signal, in one line. */
static void print_out(
	FILE *out, const struct report *r, const struct ruled_out *const *rows, size_t n)
{
	const struct ruled_out *o = rows[0];
	size_t distinct = 1;
	bool same = true;
	char label[32];
	struct text t;
	FILE *to = text_open(&t);

	for (size_t i = 1; i < n; i++) {
		distinct += rows[i]->who != rows[i - 1]->who;
		same = same && by_text(rows[i]->evidence, o->evidence) == 0;
	}
	fprintf(to, "%s of ", out_signal(o));
	if (distinct == 1)
		print_ascii_name(to, report_entity(r, o->who));
	else
		fprintf(to, "%zu %s", distinct, many[entity_scope(&r->session->entities, o->who)]);
	if (o->evidence) {
		fputs(same ? ": " : ": such as ", to);
		print_ascii(to, str_of(o->evidence));
	}
	snprintf(label, sizeof(label), "  %-13s", rule_out_names[o->reason]);
	text_fold(&t, out, label, "               ");
}

static void print_near_out(FILE *out, const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_ruled_out; i++) {
		const struct ruled_out *o = &r->ruled_out[i];

		if (o->near && n++ < NEAR_SHOWN)
			print_out(out, r, &o, 1);
	}
	if (n > NEAR_SHOWN)
		fprintf(out,
			"  and %zu more that a rule ties to the chain (--format json has all)\n",
			n - NEAR_SHOWN);
}

static size_t same_out(const struct ruled_out *const *rows, size_t n)
{
	size_t k = 1;

	while (k < n && rows[k]->reason == rows[0]->reason &&
		strcmp(out_signal(rows[k]), out_signal(rows[0])) == 0)
		k++;
	return k;
}

/* Without a fault nobody asks for each signal that did not move. */
static void print_far_out(
	FILE *out, const struct report *r, const struct ruled_out *const *rows, size_t n)
{
	size_t shown = 0, hidden = 0, flat = 0, k;

	for (size_t i = 0; i < n; i += k) {
		k = same_out(rows + i, n - i);
		if (r->verdict == NO_FAULT && rows[i]->reason == OUT_FLAT)
			flat++;
		else if (shown++ < GROUPS_SHOWN)
			print_out(out, r, rows + i, k);
		else
			hidden++;
	}
	if (hidden)
		fprintf(out, "  and %zu more signals (--format json has all)\n", hidden);
	if (flat)
		fprintf(out, "  %-13s%zu signal%s, read and judged (--format json has all)\n",
			rule_out_names[OUT_FLAT], flat, flat == 1 ? "" : "s");
}

void print_ruled_out(FILE *out, const struct report *r)
{
	OWN_MEMORY const struct ruled_out **rows = own_alloc(r->n_ruled_out, sizeof(*rows));
	size_t n = 0;

	if (r->n_ruled_out == 0)
		return;
	fputs("\nRULED OUT\n", out);
	for (size_t i = 0; i < r->n_ruled_out; i++)
		if (!r->ruled_out[i].near)
			rows[n++] = &r->ruled_out[i];
	qsort(rows, n, sizeof(*rows), by_reason_and_signal);
	print_near_out(out, r);
	print_far_out(out, r, (const struct ruled_out *const *)rows, n);
}

/* ---- not checked ---- */

static int by_reason(const void *a, const void *b)
{
	const struct unchecked *x = *(const struct unchecked *const *)a,
			       *y = *(const struct unchecked *const *)b;
	int order = by_text(x->reason, y->reason);

	if (order == 0)
		order = by_text(x->signal, y->signal);
	return order ? order : (x > y) - (x < y);
}

static const char *reason_of(const struct unchecked *u)
{
	return u->reason ? u->reason : "it could not be read";
}

static void print_near_unchecked(FILE *out, const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_unchecked; i++) {
		const struct unchecked *u = &r->unchecked[i];
		struct text t;
		FILE *to;

		if (!u->near || n++ >= NEAR_SHOWN)
			continue;
		to = text_open(&t);
		print_ascii(to, str_of(u->signal));
		if (u->who != ENTITY_NONE) {
			fputs(" of ", to);
			print_ascii_name(to, report_entity(r, u->who));
		}
		fputs(": ", to);
		print_ascii(to, str_of(reason_of(u)));
		text_fold(&t, out, "  ", "      ");
	}
	if (n > NEAR_SHOWN)
		fprintf(out,
			"  and %zu more that a rule ties to the chain (--format json has all)\n",
			n - NEAR_SHOWN);
}

/* All that one reason hides, in one breath. */
static void print_hidden(FILE *out, const struct unchecked *const *rows, size_t n)
{
	size_t named = 0;
	struct text t;
	FILE *to = text_open(&t);

	print_ascii(to, str_of(reason_of(rows[0])));
	for (size_t i = 0; i < n; i++) {
		if (i && by_text(rows[i]->signal, rows[i - 1]->signal) == 0)
			continue;
		if (named++ >= SIGNALS_NAMED)
			continue;
		fputs(named == 1 ? ": " : ", ", to);
		print_ascii(to, str_of(rows[i]->signal));
	}
	if (named > SIGNALS_NAMED)
		fprintf(to, " and %zu more", named - SIGNALS_NAMED);
	text_fold(&t, out, "  ", "      ");
}

static void print_far_unchecked(FILE *out, const struct unchecked *const *rows, size_t n)
{
	size_t shown = 0, k;

	for (size_t i = 0; i < n; i += k) {
		for (k = 1; i + k < n && by_text(rows[i + k]->reason, rows[i]->reason) == 0;)
			k++;
		if (shown++ < GROUPS_SHOWN)
			print_hidden(out, rows + i, k);
	}
	if (shown > GROUPS_SHOWN)
		fprintf(out, "  and for %zu more reasons (--format json has all)\n",
			shown - GROUPS_SHOWN);
}

void print_unchecked(FILE *out, const struct report *r)
{
	OWN_MEMORY const struct unchecked **rows = own_alloc(r->n_unchecked, sizeof(*rows));
	size_t n = 0;

	if (r->n_unchecked == 0)
		return;
	fputs("\nNOT CHECKED\n", out);
	for (size_t i = 0; i < r->n_unchecked; i++)
		if (!r->unchecked[i].near)
			rows[n++] = &r->unchecked[i];
	qsort(rows, n, sizeof(*rows), by_reason);
	print_near_unchecked(out, r);
	print_far_unchecked(out, (const struct unchecked *const *)rows, n);
}
