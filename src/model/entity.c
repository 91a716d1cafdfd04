/* Entities: interned spellings. */
#include "model/entity.h"

int entities_open(struct entities *es)
{
	return names_open(&es->names, ENTITY_LIMIT, 16 << 20);
}

void entities_close(struct entities *es)
{
	names_close(&es->names);
}

uint32_t entity_parse(struct entities *es, str text)
{
	return names_add(&es->names, text);
}

static bool append(char text[static ENTITY_NAME], size_t *n, str part)
{
	if (part.n > ENTITY_NAME - *n)
		return false;
	if (part.n)
		memcpy(text + *n, part.p, part.n);
	*n += part.n;
	return true;
}

uint32_t entity_add(struct entities *es, enum scope scope, const char *ns, str name)
{
	char text[ENTITY_NAME];
	size_t n = 0;
	bool fits = append(text, &n, str_of(scope_names[scope]));

	if (scope != HOST || *ns)
		fits = fits && append(text, &n, STR(":"));
	if (*ns)
		fits = fits && append(text, &n, STR("@")) && append(text, &n, str_of(ns)) &&
		       (scope == HOST || append(text, &n, STR("/")));
	if (scope != HOST)
		fits = fits && append(text, &n, name);
	if (!fits) {
		es->names.dropped++;
		return ENTITY_NONE;
	}
	return names_add(&es->names, (str){ text, n });
}

str entity_text(const struct entities *es, uint32_t id)
{
	return names_get(&es->names, id);
}

enum scope entity_scope(const struct entities *es, uint32_t id)
{
	str scope = entity_text(es, id);

	str_cut(scope, ':', &scope, NULL);
	for (int i = 0; i < SCOPES; i++)
		if (str_is(scope, scope_names[i]))
			return (enum scope)i;
	return SCOPES;
}

str entity_name(const struct entities *es, uint32_t id)
{
	str name = entity_text(es, id);

	return str_cut(name, ':', NULL, &name) ? name : (str){ "", 0 };
}

bool entity_number(const struct entities *es, uint32_t id, unsigned most, unsigned *ret)
{
	uint64_t number;

	if (str_u64(entity_name(es, id), &number) < 0 || number >= most)
		return false;
	*ret = (unsigned)number;
	return true;
}
