/* What explain knows, as a page for people who want to see it before they believe an answer. */
#include "show/rules.h"

static const struct {
	enum where where;
	const char *text;
} places[] = {
	{ SAME_DEVICE, "the same device" },
	{ LINK_PARTNER, "the port above or the device below" },
	{ SAME_QUEUE, "the same queue" },
	{ IRQ_CPU, "a CPU of the device's interrupts" },
	{ SAME_CPU, "the same CPU" },
	{ SAME_NODE, "the same NUMA node" },
	{ SAME_CGROUP, "the same cgroup or one above" },
	{ SAME_TASK, "the same task" },
	{ WIRE_PEER, "another host" },
	{ ANYWHERE, "this host" },
};

static void print_where(FILE *out, unsigned where)
{
	const char *before = "";

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (where & places[i].where) {
			fprintf(out, "%s%s", before, places[i].text);
			before = "; ";
		}
}

static void print_rules(FILE *out, const struct knowledge *k)
{
	if (k->n_rules == 0)
		return;
	fprintf(out,
		"\n### What it leads to\n\n| from | to | where | after (s) | because | source |\n"
		"|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < k->n_rules; i++) {
		const struct rule *r = &k->rules[i];

		fprintf(out, "| `%s` | `%s`%s%s | ", r->from, r->to,
			r->need == MUST ? " (must)" : "", r->sticky ? " (stays)" : "");
		print_where(out, r->where);
		if (r->where & WIRE_PEER)
			fprintf(out, " | ");
		else
			fprintf(out, " | %g to %g", r->lag_min_ms / 1e3, r->lag_max_ms / 1e3);
		fprintf(out, " | %s%s%s | %s |\n", r->because, r->kernels ? "; kernels " : "",
			r->kernels ? r->kernels : "", r->source);
	}
}

static void print_indicators(FILE *out, const struct knowledge *k)
{
	if (k->n_indicators == 0)
		return;
	fprintf(out,
		"\n### What begins\n\n| signal | how it is found | part | level |\n|---|---|---|---|\n");
	for (size_t i = 0; i < k->n_indicators; i++) {
		const struct indicator *in = &k->indicators[i];

		fprintf(out, "| `%s` | %s | %s%s | ", in->signal, sense_names[in->how],
			role_names[in->role], in->felt ? ", felt" : "");
		if (in->with)
			fprintf(out, "`%s`", in->with);
		else if (in->floor > 0)
			fprintf(out, "%g", in->floor);
		fprintf(out, " |\n");
	}
}

static void print_groups(FILE *out, const struct knowledge *k)
{
	if (k->n_groups == 0)
		return;
	fprintf(out, "\n### Groups\n\n");
	for (size_t i = 0; i < k->n_groups; i++)
		fprintf(out, "- `%s`: %s\n", k->groups[i].name, k->groups[i].members);
}

void rules_markdown(FILE *out, const struct knowledge *const *known)
{
	fprintf(out,
		"# What explain knows\n\n"
		"Written by `faultline explain --rules` from the tables in `src/know`; `make docs` writes it again.\n\n"
		"A *cause* may be a root; a *link* only where nothing that was seen explains it; a *symptom* never; *felt*\n"
		"is what users notice. *Must*: the effect has to follow. *Stays*: it may outlive its cause. Lags are those\n"
		"between the two beginnings; what sampling adds comes on top.\n");
	for (unsigned layer = 0; layer < LAYERS; layer++) {
		const struct knowledge *k = known[layer];

		if (k->n_indicators + k->n_rules == 0)
			continue;
		fprintf(out, "\n## %s\n", k->layer);
		print_indicators(out, k);
		print_groups(out, k);
		print_rules(out, k);
	}
}
