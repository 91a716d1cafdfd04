/*
 * An entity is what a row is about: "host", "pci:0000:04:00.0", "netdev:@pod/eth0". Known by a
 * small number.
 */
#pragma once

#include "base/names.h"
#include "model/signal.h"

#define ENTITY_NONE NAMES_NONE
enum { ENTITY_LIMIT = 65536, ENTITY_NAME = 1024 };

struct entities {
	struct names names;
};

int entities_open(struct entities *es); /* 0 or -ENOMEM */
void entities_close(struct entities *es);

/*
 * `name` is what follows the colon; `ns` is "" or the network namespace. ENTITY_NONE when full or
 * too long.
 */
uint32_t entity_add(struct entities *es, enum scope scope, const char *ns, str name);
uint32_t entity_parse(struct entities *es, str text); /* the whole spelling */
str entity_text(const struct entities *es, uint32_t id);
enum scope entity_scope(const struct entities *es, uint32_t id);
str entity_name(const struct entities *es, uint32_t id); /* what follows the colon */
bool entity_number(const struct entities *es, uint32_t id, unsigned most,
	unsigned *ret); /* "cpu:3"; below `most` */
