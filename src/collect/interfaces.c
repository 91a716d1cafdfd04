/* Network interfaces that are asked one by one, and those that replies know by number. */
#include "collect/interfaces.h"

#include <errno.h>
#include <stdio.h>

bool interface_is_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] == '/' || name.p[i] == 0x7f)
			return false;
	return name.n > 0 && name.n < IFNAMSIZ;
}

static struct interface *find_or_make(struct interfaces *all, str name)
{
	struct interface *free = NULL;

	for (unsigned i = 0; i < all->n; i++) {
		struct interface *one = &all->items[i];

		if (str_is(name, one->name))
			return one;
		if (!one->here && !free)
			free = one;
	}
	if (name.n >= IFNAMSIZ)
		return NULL;
	if (all->n < MOST_INTERFACES)
		free = &all->items[all->n++];
	if (free) {
		*free = (struct interface){ 0 };
		memcpy(free->name, name.p, name.n);
	}
	return free;
}

int interfaces_add(struct interfaces *all, str name)
{
	struct interface *one = find_or_make(all, name);

	if (!one)
		return -E2BIG;
	one->here = true;
	return 0;
}

int interface_try(struct collect *c, struct interface *one, unsigned question, unsigned text,
	const struct host_question *q, int64_t longest_ns)
{
	struct patience *p = &one->with[question];
	int64_t now_ns = collect_emit(c)->at_ns;

	if (patience_is_due(p, now_ns))
		patience_note(p, collect_ask(c, text, 0, q), now_ns, longest_ns);
	return p->error;
}

void interface_failure(struct collect *c, const struct interface *one, unsigned text, int error)
{
	collect_failure(c, text, emit_entity(collect_emit(c), NETDEV, str_of(one->name)), error);
}

void interface_ask(struct collect *c, struct interface *one, unsigned question, unsigned text,
	const struct host_question *q)
{
	int r = interface_try(c, one, question, text, q, PATIENCE_HOUR_NS);

	if (r < 0 && r != -EOPNOTSUPP && !host_absence(r))
		interface_failure(c, one, text, r);
}

void interfaces_find(
	struct collect *c, struct interfaces *all, unsigned devices, unsigned asked, unsigned n)
{
	const char *absent = "no interface here has a device of its own";
	int r;

	for (unsigned i = 0; i < all->n; i++)
		all->items[i].here = false;
	r = collect_declared_one(c, devices);
	for (unsigned i = 0; i < all->n; i++)
		if (all->items[i].here)
			absent = "no driver of an interface here has it";
	for (unsigned text = asked; text < asked + n; text++) {
		collect_absent(c, text, absent);
		if (r == -HOST_NOT_RECORDED)
			collect_failure(c, text, ENTITY_NONE, r);
	}
}

/* "@pod/eth0" of namespace "pod": the name behind it, or nothing when it is of another one. */
static str name_within(const struct entities *es, uint32_t who, const char *ns)
{
	str name = entity_name(es, who), owner = { "", 0 }, rest = name;

	if (str_starts(name, STR("@")) && str_cut(str_from(name, 1), '/', &owner, &rest))
		name = rest;
	return str_is(owner, ns) ? name : (str){ "", 0 };
}

void interface_numbers_read(const struct emit *out, const char *ns, struct interface_numbers *ret)
{
	const struct session *s = out->session;
	uint16_t sig = catalog_find(&s->catalog, STR("nic.ifindex"));

	ret->n = 0;
	for (uint32_t i = 0; i < s->ledger.n && ret->n < MOST_NUMBERS && sig != SIGNAL_NONE; i++) {
		const struct block *b = &s->ledger.blocks[i];

		if (b->sig != sig || !block_has(b, 0) || !name_within(&s->entities, b->who, ns).n)
			continue;
		ret->items[ret->n].number = (uint32_t)b->values[0];
		ret->items[ret->n++].who = b->who;
	}
}

uint32_t interface_by_number(const struct interface_numbers *all, int64_t number)
{
	for (unsigned i = 0; i < all->n; i++)
		if (all->items[i].number == number)
			return all->items[i].who;
	return ENTITY_NONE;
}

uint32_t interface_queue(struct emit *out, uint32_t netdev, const char *way, uint64_t queue)
{
	char text[ENTITY_NAME];
	str name = name_within(&out->session->entities, netdev, out->ns);
	int n = snprintf(
		text, sizeof(text), "%.*s/%s-%llu", STR_ARG(name), way, (unsigned long long)queue);

	if (name.n == 0 || n <= 0 || (size_t)n >= sizeof(text))
		return ENTITY_NONE;
	return emit_entity(out, QUEUE, (str){ text, (size_t)n });
}
