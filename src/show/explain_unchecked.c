/* What explain could not read, and why: never ruled out. */
#include "base/own.h"
#include "show/explain_parts.h"
#include "show/explain_words.h"
#include "show/wrap.h"

enum { SIGNALS_NAMED = 4 };

static int by_reason(const void *a, const void *b)
{
	const struct unchecked *x = *(const struct unchecked *const *)a,
			       *y = *(const struct unchecked *const *)b;
	int order = text_order(x->reason, y->reason);

	if (order == 0)
		order = text_order(x->signal, y->signal);
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
		if (i && text_order(rows[i]->signal, rows[i - 1]->signal) == 0)
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
		for (k = 1; i + k < n && text_order(rows[i + k]->reason, rows[i]->reason) == 0;)
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
