/* Where devices, their interrupts and CPUs sit, as text. */
#include "show/topo.h"

#include "base/clock.h"
#include "model/session.h"
#include "show/wrap.h"

enum { LABEL = 25, CELL = 5, CELLS = (COLUMNS - LABEL) / CELL, BODY = 6 };

static void print_label(FILE *out, const struct topology *t, size_t i)
{
	const struct topology_device *d = &t->devices[i];
	str name = d->n_names ? d->names[0] : d->address;
	char plain[LABEL] = "";
	unsigned n = 0;

	/* names are what somebody chose: only what is one column wide goes into a table */
	for (size_t k = 0; k < name.n && n < LABEL - 11; k++)
		plain[n++] = name.p[k] > ' ' && name.p[k] < 0x7f ? name.p[k] : '?';
	fprintf(out, "%3zu %-5s %-*.*s", i, device_kind_names[d->kind], LABEL - 10, (int)n, plain);
}

static void print_head(FILE *out, const struct topology *t, size_t first, size_t last)
{
	char head[24];

	fprintf(out, "%*s", LABEL, "");
	for (size_t i = first; i < last; i++) {
		if (i < t->n)
			snprintf(head, sizeof(head), "%zu", i);
		else
			snprintf(head, sizeof(head), "n%u", t->nodes[i - t->n].number);
		fprintf(out, "%*s", CELL, head);
	}
	fputc('\n', out);
}

/* A block of the matrix that is as wide as a line: columns first to last - 1, of all devices. */
static void print_block(FILE *out, const struct topology *t, size_t first, size_t last)
{
	print_head(out, t, first, last);
	for (size_t row = 0; row < t->n; row++) {
		print_label(out, t, row);
		for (size_t i = first; i < last; i++)
			fprintf(out, "%*s", CELL,
				proximity_names[i < t->n ? topology_between(t, row, i)
							 : topology_to_node(t, row, i - t->n)]);
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void print_legend(FILE *out, const struct topology *t)
{
	bool seen[PROXIMITIES] = { 0 };

	for (size_t a = 0; a < t->n; a++) {
		for (size_t b = 0; b < t->n; b++)
			seen[topology_between(t, a, b)] = true;
		for (size_t b = 0; b < t->n_nodes; b++)
			seen[topology_to_node(t, a, b)] = true;
	}
	for (unsigned i = PROXIMITY_PIX; i < PROXIMITIES; i++)
		if (seen[i])
			fprintf(out, "%-5s %s\n", proximity_names[i], proximity_about[i]);
	fputc('\n', out);
}

static void print_matrix(FILE *out, const struct topology *t)
{
	size_t all = t->n + t->n_nodes;

	for (size_t first = 0; first < all; first += CELLS)
		print_block(out, t, first, first + CELLS < all ? first + CELLS : all);
	print_legend(out, t);
}

static void print_node_of(FILE *to, const struct topology *t, const struct topology_device *d)
{
	if (d->node >= 0)
		fprintf(to, ", node %d", d->node);
	else if (d->node == NODE_UNREAD)
		fputs(", node not read", to);
	else
		fprintf(to, ", the firmware told no node%s",
			t->n_nodes > 1 ? ": the kernel takes every CPU for near" : "");
}

static void print_interrupts(FILE *to, const struct topology_device *d)
{
	fprintf(to, "%u line%s", d->lines, d->lines == 1 ? "" : "s");
	if (d->unread_lines < d->lines) {
		fputs(" to CPUs ", to);
		cpus_print(to, d->irq_cpus);
	}
	if (d->unread_lines)
		fprintf(to, ", %u of them to CPUs that were not read", d->unread_lines);
	if (!d->local)
		fputs("; nobody knows which CPUs are near", to);
	else if (d->outside_lines)
		fprintf(to, "; %u of them to CPUs outside of its node", d->outside_lines);
	else if (d->unread_lines < d->lines)
		fputs(", all near", to);
}

/* What is nearest is how the box is built: which of them a program uses is not seen here. */
static void print_nearest(FILE *out, const struct topology *t, size_t gpu)
{
	struct topology_nearest nearest;
	const char *what = "NIC";
	struct text text;
	FILE *to;

	if (!topology_nearest_nics(t, gpu, &nearest))
		return;
	to = text_open(&text);
	if (nearest.rdma)
		what = "RDMA NIC";
	if (!nearest.n)
		fprintf(to, "nobody knows which %s", what);
	else
		fprintf(to, "%s%s, %s: ", what, nearest.n > 1 ? "s" : "",
			proximity_names[nearest.proximity]);
	for (unsigned i = 0; i < nearest.n; i++) {
		const struct topology_device *d = &t->devices[nearest.nics[i]];

		fprintf(to, "%s%zu ", i ? ", " : "", nearest.nics[i]);
		print_escaped(to, d->n_names ? d->names[0] : d->address);
	}
	if (nearest.more)
		fprintf(to, " and %u more", nearest.more);
	if (nearest.n && nearest.unknown)
		fprintf(to, "; how near %u other%s, nobody knows", nearest.unknown,
			nearest.unknown == 1 ? " is" : "s are");
	text_wrap(&text, out, BODY, "nearest     ");
}

static void print_device(FILE *out, const struct topology *t, size_t i)
{
	const struct topology_device *d = &t->devices[i];
	char label[32];
	struct text text;
	FILE *to = text_open(&text);

	snprintf(label, sizeof(label), "%3zu   ", i);
	fprintf(to, "%s ", device_kind_names[d->kind]);
	print_escaped(to, d->address);
	for (unsigned k = 0; k < d->n_names; k++) {
		fputs(k ? ", " : " ", to);
		print_escaped(to, d->names[k]);
	}
	if (d->more_names)
		fprintf(to, " and %u more", d->more_names);
	fputs(d->driver.n ? ", driver " : ", no driver", to);
	print_escaped(to, d->driver);
	print_node_of(to, t, d);
	if (d->local) {
		fputs(", near CPUs ", to);
		cpus_print(to, d->local);
	}
	text_wrap(&text, out, 0, label);
	if (topology_is_gpu(d))
		print_nearest(out, t, i);
	if (!d->lines)
		return;
	print_interrupts(text_open(&text), d);
	text_wrap(&text, out, BODY, "interrupts  ");
}

static void print_node(FILE *out, const struct topology *t, size_t i)
{
	const struct topology_node *node = &t->nodes[i];
	char label[32];
	struct text text;
	FILE *to = text_open(&text);
	int64_t distance;

	fputs(node->has_cpus ? "CPUs " : "no CPUs", to);
	cpus_print(to, &node->cpus);
	for (size_t k = 0; k < t->n_nodes; k++)
		if (k != i && topology_distance(t, i, k, &distance))
			fprintf(to, ", distance to n%u %lld", t->nodes[k].number,
				(long long)distance);
	snprintf(label, sizeof(label), " n%-4u", node->number);
	text_wrap(&text, out, 0, label);
}

void topo_text(FILE *out, const struct topo_answer *answer)
{
	const struct topology *t = answer->topology;
	char time[CLOCK_TEXT];

	fprintf(out, "%s, Linux %s, %s\n\n", answer->host, answer->release,
		answer->wall_ns ? clock_format(answer->wall_ns, time)
				: "at a time that the tree does not tell");
	if (t->n)
		print_matrix(out, t);
	else
		fputs("no network, NVMe or graphics device on a PCI bus was seen\n\n", out);
	for (size_t i = 0; i < t->n; i++)
		print_device(out, t, i);
	for (size_t i = 0; i < t->n_nodes; i++)
		print_node(out, t, i);
	if (t->virtual_functions)
		fprintf(out,
			"left out: %u virtual functions, which sit where their physical function sits\n",
			t->virtual_functions);
	if (t->left_out)
		fprintf(out, "left out: %u devices over the limit of %d\n", t->left_out,
			TOPOLOGY_DEVICES);
	for (size_t i = 0; i < answer->n_notes; i++)
		wrap(out, 0, "not read: ", answer->notes[i]);
}
