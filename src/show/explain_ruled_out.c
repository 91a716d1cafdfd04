/* What explain could rule out, and by which counter. */
#include "base/own.h"
#include "show/explain_parts.h"
#include "show/explain_words.h"
#include "show/wrap.h"

/* From ALIKE signals on, those with one evidence share a paragraph. */
enum { ALIKE = 3, ALIKE_NAMED = 12 };

static const char *const many[SCOPES + 1] = { "hosts", "PCI functions", "interfaces", "queues",
	"RDMA ports", "queue pairs", "interrupts", "CPUs", "nodes", "cgroups", "tasks", "GPUs",
	"disks", "IOMMU groups", "reporters", "sensors", "entities" };

static const char *out_signal(const struct ruled_out *o)
{
	return o->signal ? o->signal->name : "?";
}

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

/* Rows of one reason and one signal. */
struct bunch {
	const struct ruled_out *const *rows;
	size_t n, entities;
	bool same; /* one evidence for all */
	bool told;
};

static struct bunch bunch_of(const struct ruled_out *const *rows, size_t n)
{
	struct bunch b = { rows, 1, 1, true, false };

	for (; b.n < n && rows[b.n]->reason == rows[0]->reason &&
		strcmp(out_signal(rows[b.n]), out_signal(rows[0])) == 0;
		b.n++) {
		b.entities += rows[b.n]->who != rows[b.n - 1]->who;
		b.same = b.same && text_order(rows[b.n]->evidence, rows[0]->evidence) == 0;
	}
	return b;
}

static bool is_of_host(const struct report *r, const struct bunch *b)
{
	return entity_scope(&r->session->entities, b->rows[0]->who) == HOST;
}

static void print_owners(FILE *to, const struct report *r, const struct bunch *b)
{
	uint32_t who = b->rows[0]->who;

	if (b->entities == 1)
		print_ascii_name(to, report_entity(r, who));
	else
		fprintf(to, "%zu" GLUE "%s", b->entities,
			many[entity_scope(&r->session->entities, who)]);
}

static void fold_out(struct text *t, FILE *out, enum rule_out reason)
{
	char label[32];

	snprintf(label, sizeof(label), "  %-13s", rule_out_names[reason]);
	text_fold(t, out, label, "               ");
}

static void print_bunch(FILE *out, const struct report *r, const struct bunch *b)
{
	const struct ruled_out *o = b->rows[0];
	struct text t;
	FILE *to = text_open(&t);

	fprintf(to, "%s of ", out_signal(o));
	print_owners(to, r, b);
	if (o->evidence) {
		fputs(b->same ? ": " : ": such as ", to);
		print_ascii(to, str_of(o->evidence));
	}
	fold_out(&t, out, o->reason);
}

static void print_near_out(FILE *out, const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_ruled_out; i++) {
		const struct ruled_out *o = &r->ruled_out[i];

		if (o->near && n++ < NEAR_SHOWN) {
			const struct bunch b = bunch_of(&o, 1);

			print_bunch(out, r, &b);
		}
	}
	if (n > NEAR_SHOWN)
		fprintf(out,
			"  and %zu more that a rule ties to the chain (--format json has all)\n",
			n - NEAR_SHOWN);
}

static bool are_alike(const struct bunch *a, const struct bunch *b)
{
	return a->same && b->same && a->rows[0]->reason == b->rows[0]->reason &&
	       text_order(a->rows[0]->evidence, b->rows[0]->evidence) == 0;
}

/* Many signals with one evidence, in one breath: "a, b (2 interfaces), c: 0/s in 61 readings". */
static void print_alike(FILE *out, const struct report *r, struct bunch *bunches, size_t n)
{
	const struct bunch first = bunches[0];
	size_t named = 0;
	struct text t;
	FILE *to = text_open(&t);

	for (size_t i = 0; i < n; i++) {
		if (bunches[i].told || !are_alike(&first, &bunches[i]))
			continue;
		bunches[i].told = true;
		if (named++ >= ALIKE_NAMED)
			continue;
		fprintf(to, "%s%s", named > 1 ? ", " : "", out_signal(bunches[i].rows[0]));
		if (bunches[i].entities == 1 && is_of_host(r, &bunches[i]))
			continue;
		fputs(" (", to);
		print_owners(to, r, &bunches[i]);
		fputc(')', to);
	}
	if (named > ALIKE_NAMED)
		fprintf(to, " and %zu more", named - ALIKE_NAMED);
	if (first.rows[0]->evidence) {
		fputs(": ", to);
		print_ascii(to, str_of(first.rows[0]->evidence));
	}
	fold_out(&t, out, first.rows[0]->reason);
}

static size_t count_alike(const struct bunch *bunches, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !bunches[i].told && are_alike(&bunches[0], &bunches[i]);
	return count;
}

static void print_bunches(FILE *out, const struct report *r, struct bunch *bunches, size_t n)
{
	size_t shown = 0, hidden = 0;

	for (size_t i = 0; i < n; i++) {
		if (bunches[i].told)
			continue;
		if (shown++ >= GROUPS_SHOWN)
			hidden++;
		else if (count_alike(bunches + i, n - i) >= ALIKE)
			print_alike(out, r, bunches + i, n - i);
		else
			print_bunch(out, r, &bunches[i]);
	}
	if (hidden)
		fprintf(out, "  and %zu more signals (--format json has all)\n", hidden);
}

/* Without a fault nobody asks for each signal that did not move. */
static void print_far_out(
	FILE *out, const struct report *r, const struct ruled_out *const *rows, size_t n)
{
	OWN_MEMORY struct bunch *bunches = own_alloc(n, sizeof(*bunches));
	size_t n_bunches = 0, flat = 0;

	for (size_t i = 0; i < n;) {
		struct bunch b = bunch_of(rows + i, n - i);

		i += b.n;
		if (r->verdict == NO_FAULT && b.rows[0]->reason == OUT_FLAT)
			flat++;
		else
			bunches[n_bunches++] = b;
	}
	print_bunches(out, r, bunches, n_bunches);
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
