/*
 * Network interfaces that are asked one by one. Who refuses a question twice is asked it less and
 * less often: some ports write to the kernel's log each time. Once is no refusal: a device that is
 * being reset answers the next time.
 */
#pragma once

#include <net/if.h>

#include "collect/patience.h"
#include "collect/run.h"

enum { MOST_INTERFACES = 64, INTERFACE_QUESTIONS = 8 };

struct interface {
	char name[IFNAMSIZ];
	struct patience with[INTERFACE_QUESTIONS];
	bool here; /* in this turn */
};

struct interfaces {
	struct interface items[MOST_INTERFACES];
	unsigned n;
};

/* What the kernel accepts as a name (net/core/dev.c: dev_valid_name), and the colon of old aliases. */
bool interface_is_name(str name);

/* The text `devices` of those who ask: the interfaces that have a driver, and so somebody to answer. */
#define INTERFACE_DEVICES                                                                          \
	{                                                                                          \
		.path = "sys/class/net/*/device/driver", .who = "netdev:%1", .kind = LINK_TEXT,    \
		.may_be_silent = true, .asks_device = true,                                        \
		.absent = "no interface here has a device of its own"                              \
	}

/*
 * A turn: text `devices` says who is here, through interfaces_add(). Where it was not recorded, nothing
 * is known of the n texts from `asked` on; where they have no answer, why: there is no such interface,
 * or no driver has it.
 */
void interfaces_find(
	struct collect *c, struct interfaces *all, unsigned devices, unsigned asked, unsigned n);
int interfaces_add(struct interfaces *all, str name); /* of parse(): 0, or -E2BIG */

/*
 * Ask, unless it refused lately; a failure is recorded as long as it lasts. That a driver does not
 * have what was asked for is none. `question` numbers the caller's questions.
 */
void interface_ask(struct collect *c, struct interface *one, unsigned question, unsigned text,
	const struct host_question *q);
/*
 * As that, but it records nothing, and it is asked again after `longest_ns` at the latest: 0, or what the
 * last answer was, whether it was asked now or not.
 */
int interface_try(struct collect *c, struct interface *one, unsigned question, unsigned text,
	const struct host_question *q, int64_t longest_ns);
void interface_failure(struct collect *c, const struct interface *one, unsigned text, int error);

/*
 * Interfaces of one namespace by their number, as what was read of them says. To be read anew in
 * each turn: a number may be given again.
 */
enum { MOST_NUMBERS = 4096 };
struct interface_numbers {
	struct {
		uint32_t number, who;
	} items[MOST_NUMBERS];
	unsigned n;
};
void interface_numbers_read(const struct emit *out, const char *ns, struct interface_numbers *ret);
uint32_t interface_by_number(const struct interface_numbers *all, int64_t number);

/* "eth0/tx-3" of the interface; ENTITY_NONE when there is no room. */
uint32_t interface_queue(struct emit *out, uint32_t netdev, const char *way, uint64_t queue);
