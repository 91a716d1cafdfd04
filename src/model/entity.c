/* Entities: interned spellings. */
#include "model/entity.h"

#include <stdio.h>

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

uint32_t entity_add(struct entities *es, enum scope scope, const char *ns, str name)
{
	char text[ENTITY_NAME];
	size_t n = 0;

	if (scope == HOST && !*ns)
		return names_add(&es->names, STR("host"));
	n = (size_t)snprintf(text, sizeof(text), "%s:", scope_names[scope]);
	if (*ns)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "@%s%s", ns, scope == HOST ? "" : "/");
	if (n + name.n > sizeof(text)) {
		es->names.dropped++;
		return ENTITY_NONE;
	}
	if (name.n)
		memcpy(text + n, name.p, name.n);
	return names_add(&es->names, (str){ text, n + name.n });
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
