/* Notices: from the words of a parser to an event, and from a socket to the parser. */
#include "listen/notice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "listen/listen.h"

enum {
	MESSAGE = 32 << 10, /* the kernel's messages of one object are shorter */
	AT_ONCE = 1024,     /* then the others are asked too */
};

void notice_say(struct notices *out, const struct notice *n, const char *format, ...)
{
	struct notice said = *n;
	char text[NOTICE_TEXT];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length < 0)
		return;
	said.text =
		(str){ text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1 };
	out->give(out->self, &said);
}

static void give_event(void *self, const struct notice *n)
{
	const struct hearing *h = self;
	struct session *s = listening_session(h->listening);

	listening_event(h->listening, n->row,
		(struct event){ .who = entity_add(&s->entities, n->scope, h->ns, n->name),
			.severity = n->severity,
			.count = n->count,
			.arrival_lo_ns = h->arrival_lo_ns,
			.text = n->text });
}

struct notices hearing_notices(struct hearing *h)
{
	return (struct notices){ .give = give_event, .self = h };
}

int hear_netlink(int fd, void (*take)(void *self, str message), void *self)
{
	char bytes[MESSAGE];
	struct host_message message;
	bool lost = false;
	int r = 1;

	for (int i = 0; i < AT_ONCE && r; i++) {
		r = host_netlink_next(fd, bytes, sizeof(bytes), &message);
		if (r < 0 && r != -ENOBUFS)
			return r;
		lost |= r == -ENOBUFS;
		/* anyone in the namespace may send to the socket; a message that was cut tells nothing */
		if (r <= 0 || message.sender || (message.uid && message.uid != UINT32_MAX))
			continue;
		if (message.whole > message.n)
			lost = true;
		else
			take(self, (str){ bytes, message.n });
	}
	return lost ? -ENOBUFS : 0;
}
