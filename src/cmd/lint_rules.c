/* faultline lint: what explain knows. Every name resolves, and nothing is claimed without a source. */
#include "cmd/lint_rules.h"

#include <stdio.h>

#include "model/knowledge.h"

struct linting {
	const struct catalog *catalog;
	unsigned errors;
	char where[160];
};

static void complain(struct linting *l, const char *what, const char *name)
{
	printf("%s: %s%s%s\n", l->where, what, *name ? " " : "", name);
	l->errors++;
}

static bool is_empty(const char *text)
{
	return !text || !*text;
}

static const struct indicator *indicator_of(const char *signal)
{
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < knowledge[layer]->n_indicators; i++)
			if (strcmp(knowledge[layer]->indicators[i].signal, signal) == 0)
				return &knowledge[layer]->indicators[i];
	return NULL;
}

static const struct watch *watch_of(const char *signal)
{
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < knowledge[layer]->n_watches; i++)
			if (strcmp(knowledge[layer]->watches[i].signal, signal) == 0)
				return &knowledge[layer]->watches[i];
	return NULL;
}

static const struct group *group_of(const char *name, unsigned *ret_times)
{
	const struct group *found = NULL;

	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < knowledge[layer]->n_groups; i++)
			if (strcmp(knowledge[layer]->groups[i].name, name) == 0) {
				found = &knowledge[layer]->groups[i];
				*ret_times += 1;
			}
	return found;
}

static const struct signal *signal_of(const struct linting *l, str name)
{
	uint16_t sig = catalog_find(l->catalog, name);

	return sig == SIGNAL_NONE ? NULL : catalog_get(l->catalog, sig);
}

static void lint_named(struct linting *l, const char *signal)
{
	if (signal && !signal_of(l, str_of(signal)))
		complain(l, "no such signal:", signal);
}

static void lint_all_named(struct linting *l, const char *signals)
{
	str rest = str_of(signals ? signals : ""), name;
	char one[80];

	while (str_next_word(&rest, &name)) {
		snprintf(one, sizeof(one), "%.*s", STR_ARG(name));
		lint_named(l, one);
	}
}

/* Two looks at one signal are of different entities when one asks for what the other refuses. */
static bool is_apart(const struct indicator *a, const struct indicator *b)
{
	return (a->only_if && b->unless && strstr(b->unless, a->only_if)) ||
	       (b->only_if && a->unless && strstr(a->unless, b->only_if));
}

/* Which kinds each sense can be asked of. */
static bool is_fit(const struct indicator *in, const struct signal *s)
{
	switch (in->how) {
	case SENSE_QUIET:
	case SENSE_NOISY:
	case SENSE_TRAFFIC:
		return s->kind == COUNTER;
	case SENSE_SHARE:
		return s->kind == COUNTER && in->floor > 0 && in->floor < 1;
	case SENSE_EVENT:
		return s->kind == EVENT;
	case SENSE_CHANGE:
		return s->kind == FACT || s->kind == STATE;
	case SENSE_GAUGE:
		return s->kind == GAUGE;
	case SENSE_STUCK:
		return s->kind == GAUGE || s->kind == STATE;
	case SENSE_BELOW:
		return s->kind == STATE && (in->floor > 0 || in->with);
	case SENSE_ABOVE:
		return s->kind == STATE && s->unit != TEXT;
	default:
		return s->kind != EVENT;
	}
}

static void lint_texts(struct linting *l, const struct indicator *in)
{
	const struct watch *watch = watch_of(in->signal);

	if (in->role == CONTEXT)
		return;
	if (is_empty(in->title) && !watch)
		complain(l, "has no title, and no watch that has one", "");
	if ((in->fix && strchr(in->fix, '%')) || (watch && watch->fix && strchr(watch->fix, '%')))
		complain(l, "what helps is a sentence: no name is put into it", "");
	if (is_empty(in->check) && !watch)
		complain(l, "has no command that confirms it", "");
	if (is_empty(in->source) && !watch)
		complain(l, "has no source", "");
	if (is_empty(in->fix) && !watch && (in->role == CAUSE || in->role == LINK))
		complain(l, "may be a root and says nothing of what helps", "");
}

static void lint_indicator(struct linting *l, const struct knowledge *k, size_t i)
{
	const struct indicator *in = &k->indicators[i];
	const struct signal *s = signal_of(l, str_of(in->signal));

	snprintf(l->where, sizeof(l->where), "know/%s: indicator %s", k->layer, in->signal);
	lint_named(l, in->signal);
	lint_named(l, in->only_if);
	lint_all_named(l, in->unless);
	if (s && !is_fit(in, s))
		complain(l, "its sense does not fit its kind", sense_names[in->how]);
	if (in->how == SENSE_STUCK && is_empty(in->with))
		complain(l, "does not say what stands still with it", "");
	for (size_t j = 0; j < i; j++)
		if (strcmp(k->indicators[j].signal, in->signal) == 0 &&
			k->indicators[j].how == in->how && !is_apart(&k->indicators[j], in))
			complain(l, "stands there twice", "");
	if (s && !str_eq(signal_layer(s), str_of(k->layer)))
		complain(l, "is of another layer", "");
	lint_texts(l, in);
}

static void lint_member(struct linting *l, str member)
{
	char name[80];

	snprintf(name, sizeof(name), "%.*s", STR_ARG(member));
	lint_named(l, name);
	if (!indicator_of(name))
		complain(l, "has no indicator, so it can neither begin nor follow:", name);
}

/* A signal, or a group with its members. */
static void lint_side(struct linting *l, const char *name)
{
	unsigned times = 0;
	const struct group *group = name[0] == '@' ? group_of(name, &times) : NULL;
	str members = str_of(group ? group->members : name), member;

	if (name[0] == '@' && !group) {
		complain(l, "no such group:", name);
		return;
	}
	while (str_next_word(&members, &member))
		lint_member(l, member);
}

static void lint_rule(struct linting *l, const struct knowledge *k, size_t i)
{
	const struct rule *r = &k->rules[i];

	snprintf(l->where, sizeof(l->where), "know/%s: rule %s -> %s", k->layer, r->from, r->to);
	if (!(r->where & WIRE_PEER))
		lint_side(l, r->from);
	lint_side(l, r->to);
	if (is_empty(r->because))
		complain(l, "does not say because of what", "");
	if (is_empty(r->source))
		complain(l, "has no source", "");
	if (r->where == 0)
		complain(l, "does not say where", "");
	if (r->lag_min_ms > r->lag_max_ms)
		complain(l, "its shortest lag is longer than its longest", "");
	for (size_t j = 0; j < i; j++)
		if (strcmp(k->rules[j].from, r->from) == 0 && strcmp(k->rules[j].to, r->to) == 0)
			complain(l, "stands there twice", "");
}

/* Whether some rule names the group. */
static bool is_used(const char *group)
{
	for (unsigned layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < knowledge[layer]->n_rules; i++)
			if (strcmp(knowledge[layer]->rules[i].from, group) == 0 ||
				strcmp(knowledge[layer]->rules[i].to, group) == 0)
				return true;
	return false;
}

static void lint_group(struct linting *l, const struct knowledge *k, const struct group *group)
{
	unsigned times = 0;

	snprintf(l->where, sizeof(l->where), "know/%s: group %s", k->layer, group->name);
	group_of(group->name, &times);
	if (group->name[0] != '@')
		complain(l, "its name does not begin with @", "");
	if (times > 1)
		complain(l, "there are several of this name", "");
	if (!is_used(group->name))
		complain(l, "no rule names it", "");
}

unsigned lint_rules(const struct catalog *catalog, size_t *ret_indicators, size_t *ret_rules)
{
	struct linting l = { .catalog = catalog };

	*ret_indicators = *ret_rules = 0;
	for (unsigned layer = 0; layer < LAYERS; layer++) {
		const struct knowledge *k = knowledge[layer];

		for (size_t i = 0; i < k->n_indicators; i++)
			lint_indicator(&l, k, i);
		for (size_t i = 0; i < k->n_rules; i++)
			lint_rule(&l, k, i);
		for (size_t i = 0; i < k->n_groups; i++)
			lint_group(&l, k, &k->groups[i]);
		*ret_indicators += k->n_indicators;
		*ret_rules += k->n_rules;
	}
	return l.errors;
}
