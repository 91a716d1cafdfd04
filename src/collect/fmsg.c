/* devlink's formatted messages: a stream of begins, names, values and ends, in as many messages as it takes. */
#include "collect/fmsg.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "base/netlink.h"
#include "model/devlink.h"

enum { DEPTH = 16, VALUE = 96 };

/* Numbers of the kernel's own (include/net/netlink.h), which the uapi has had as names since 6.14 only. */
enum value_type {
	TYPE_U8 = 1,
	TYPE_U32 = 3,
	TYPE_U64 = 4,
	TYPE_FLAG = 6,
	TYPE_TEXT = 10,
	TYPE_BINARY = 11,
};

struct level {
	unsigned kind; /* the attribute that began it */
	str name;
	unsigned items; /* of an array: how many there were */
};

struct reading {
	struct fmsg *to;
	struct arena *a;
	struct level levels[DEPTH];
	unsigned depth;
	int64_t type; /* of the next value */
	char line[FMSG_LINE];
	size_t n; /* of an array's line that is not ended */
	bool cut;
};

static void put(struct reading *r, str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (r->n == sizeof(r->line)) {
			r->cut = true;
			return;
		}
		r->line[r->n++] = text.p[i] >= ' ' && text.p[i] < 0x7f ? text.p[i] : '?';
	}
}

static void end_line(struct reading *r)
{
	struct fmsg *to = r->to;
	str line;

	if (r->n == 0)
		return;
	if (r->cut)
		memset(r->line + sizeof(r->line) - 3, '.', 3);
	line = to->n < FMSG_LINES ? arena_copy(r->a, (str){ r->line, r->n }) : (str){ NULL, 0 };
	if (line.p)
		to->lines[to->n++] = line.p;
	else
		to->more++;
	r->n = 0;
	r->cut = false;
}

/* "rings[3].state: " */
static void put_path(struct reading *r)
{
	char number[32];

	for (unsigned i = 0; i < r->depth; i++) {
		if (i > 0 && r->levels[i - 1].kind == DEVLINK_ATTR_FMSG_ARR_NEST_START) {
			int n = snprintf(number, sizeof(number), "[%u]", r->levels[i - 1].items);

			put(r, (str){ number, (size_t)n });
		}
		if (!r->levels[i].name.n)
			continue;
		if (r->n)
			put(r, STR("."));
		put(r, r->levels[i].name);
	}
	if (r->n)
		put(r, STR(": "));
}

static str bytes_text(str value, char out[static VALUE])
{
	size_t n = 0;

	for (size_t i = 0; i < value.n && n + 6 < VALUE; i++)
		n += (size_t)snprintf(out + n, VALUE - n, "%02x", (unsigned char)value.p[i]);
	return (str){ out, n };
}

static str value_text(int64_t type, str value, char out[static VALUE])
{
	uint64_t number = 0;
	int n;

	if (type == TYPE_TEXT)
		return attribute_text(value);
	if (value.n == 0 || value.n > sizeof(number) || type == TYPE_BINARY)
		return bytes_text(value, out);
	memcpy(&number, value.p, value.n); /* little endian, as all that we run on */
	if (type == TYPE_FLAG)
		return number ? STR("true") : STR("false");
	n = snprintf(out, VALUE, "%" PRIu64, number);
	return (str){ out, (size_t)n };
}

static bool in_array(const struct reading *r)
{
	return r->depth && r->levels[r->depth - 1].kind == DEVLINK_ATTR_FMSG_ARR_NEST_START;
}

static void take_value(struct reading *r, str value)
{
	char text[VALUE];

	if (r->n == 0)
		put_path(r);
	else
		put(r, STR(" "));
	put(r, value_text(r->type, value, text));
	if (in_array(r))
		r->levels[r->depth - 1].items++;
	else
		end_line(r);
}

static int begin(struct reading *r, unsigned kind)
{
	if (r->depth == DEPTH)
		return -EBADMSG;
	end_line(r);
	r->levels[r->depth++] = (struct level){ .kind = kind };
	return 0;
}

/* Drivers end more than they begin, and nobody stops them: netdevsim does so in each of its messages. */
static void end(struct reading *r)
{
	end_line(r);
	if (r->depth)
		r->depth--;
	if (in_array(r))
		r->levels[r->depth - 1].items++;
}

static int take_item(struct reading *r, const struct attribute *item)
{
	switch (item->type) {
	case DEVLINK_ATTR_FMSG_OBJ_NEST_START:
	case DEVLINK_ATTR_FMSG_PAIR_NEST_START:
	case DEVLINK_ATTR_FMSG_ARR_NEST_START:
		return begin(r, item->type);
	case DEVLINK_ATTR_FMSG_NEST_END:
		end(r);
		return 0;
	case DEVLINK_ATTR_FMSG_OBJ_NAME:
		if (r->depth)
			r->levels[r->depth - 1].name = attribute_text(item->value);
		return 0;
	case DEVLINK_ATTR_FMSG_OBJ_VALUE_TYPE:
		return attribute_u8(item->value, &r->type);
	case DEVLINK_ATTR_FMSG_OBJ_VALUE_DATA:
		take_value(r, item->value);
		return 0;
	default:
		return 0;
	}
}

static int take_message(struct reading *r, str attributes)
{
	static const uint16_t message = DEVLINK_ATTR_FMSG;
	struct attribute item;
	str nest = { 0 };
	int error = 0;

	if (!devlink_sort(attributes, &message, &nest, 1))
		return -EBADMSG;
	while (error == 0 && attribute_next(&nest, &item))
		error = take_item(r, &item);
	return error == 0 && nest.n ? -EBADMSG : error;
}

/* These messages do not say whom they are about: who asked knows. */
int fmsg_read(str reply, struct arena *a, struct fmsg *ret)
{
	struct reading reading = { .to = ret, .a = a };
	struct nlmsghdr header;
	str payload;
	int r, result = 0;

	*ret = (struct fmsg){ .n = 0 };
	while (result == 0 && (r = message_next(&reply, &header, &payload)) > 0) {
		if (header.nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		result = payload.n < GENL_HDRLEN
				 ? -EBADMSG
				 : take_message(&reading, str_from(payload, GENL_HDRLEN));
	}
	end_line(&reading);
	return result < 0 ? result : r;
}
