/* Rules, linked by name with the signals of this session. */
#include <errno.h>
#include <stdlib.h>

#include "explain/inquiry.h"

static const struct group *group_find(const struct inquiry *q, str name)
{
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < q->known[layer]->n_groups; i++)
			if (str_eq(str_of(q->known[layer]->groups[i].name), name))
				return &q->known[layer]->groups[i];
	return NULL;
}

static void add_signal(const struct inquiry *q, str name, uint16_t *list, unsigned *n)
{
	uint16_t sig = catalog_find(&q->tape->session->catalog, name);

	if (sig != SIGNAL_NONE && *n < GROUP_SIGNALS)
		list[(*n)++] = sig;
}

/* A signal, or all members of a group. */
static void add_named(const struct inquiry *q, const char *name, uint16_t *list, unsigned *n)
{
	const struct group *group = name[0] == '@' ? group_find(q, str_of(name)) : NULL;
	str members = str_of(group ? group->members : name), member;

	while (str_next_word(&members, &member))
		add_signal(q, member, list, n);
}

/* "6.12.117-amd64" is 6012; 0 when it is not a version. */
static unsigned version_of(str text)
{
	uint64_t major, minor;
	str first, rest;
	size_t n = 0;

	if (!str_cut(text, '.', &first, &rest) || str_u64(first, &major) < 0)
		return 0;
	while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
		n++;
	if (str_u64((str){ rest.p, n }, &minor) < 0 || major > 1000 || minor > 999)
		return 0;
	return (unsigned)(major * 1000 + minor);
}

/* "-6.4": up to; "6.5-": from; "6.1-6.4": both. A kernel that is not known may be any. */
static bool is_for_kernel(const char *kernels, unsigned version)
{
	str from, until;

	if (!kernels || version == 0 || !str_cut(str_of(kernels), '-', &from, &until))
		return true;
	return (from.n == 0 || version >= version_of(from)) &&
	       (until.n == 0 || version <= version_of(until));
}

static unsigned kernel_of(const struct inquiry *q)
{
	const struct session *s = q->tape->session;
	uint16_t sig = catalog_find(&s->catalog, STR("hardware.kernel.release"));

	for (uint32_t i = sig == SIGNAL_NONE ? 0 : q->tape->first[sig]; i;
		i = q->tape->series[i - 1].next) {
		const struct series *series = &q->tape->series[i - 1];

		if (series->n)
			return version_of(names_get(
				&s->texts, (uint32_t)series->points[series->n - 1].value));
	}
	return 0;
}

static void link_rule(struct inquiry *q, const struct rule *rule)
{
	struct linked_rule *r = &q->rules[q->n_rules];

	*r = (struct linked_rule){ .rule = rule, .from_wire = (rule->where & WIRE_PEER) != 0 };
	if (!r->from_wire)
		add_named(q, rule->from, r->from, &r->n_from);
	add_named(q, rule->to, r->to, &r->n_to);
	q->n_rules += (r->n_from || r->from_wire) && r->n_to;
}

int rules_link(struct inquiry *q)
{
	unsigned version = kernel_of(q);

	q->rules = arena_take(q->a, RULES_MOST * sizeof(*q->rules));
	if (!q->rules)
		return -ENOMEM;
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < q->known[layer]->n_rules; i++)
			if (q->n_rules < RULES_MOST &&
				is_for_kernel(q->known[layer]->rules[i].kernels, version))
				link_rule(q, &q->known[layer]->rules[i]);
	return 0;
}

static bool has(const uint16_t *list, unsigned n, uint16_t sig)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == sig)
			return true;
	return false;
}

bool rule_is_from(const struct linked_rule *r, uint16_t sig)
{
	return has(r->from, r->n_from, sig);
}

bool rule_is_to(const struct linked_rule *r, uint16_t sig)
{
	return has(r->to, r->n_to, sig);
}
