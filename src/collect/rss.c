/* How network interfaces spread what they receive over their queues: table and key of the hash. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <stdio.h>

#include "collect/genl.h"
#include "collect/interfaces.h"

/* Those of a further context stand behind, in the same order. */
enum row { TABLE, KEY, FUNCTION, ENTRIES, QUEUES, MOST, OF_CONTEXT };

/* clang-format off */
static const struct signal signals[] = {
	[TABLE]    = { "nic.rss.table",    NULL, FACT, TEXT,     NETDEV, NONE, FIRMWARE, "sum of the table that leads from hashes to receive queues: another sum, another table" },
	[KEY]      = { "nic.rss.key",      NULL, FACT, TEXT,     NETDEV, NONE, FIRMWARE, "sum of the key of the hash: with another key all flows find other queues" },
	[FUNCTION] = { "nic.rss.function", NULL, FACT, TEXT,     NETDEV, NONE, FIRMWARE, "hash that chooses the receive queue of a flow" },
	[ENTRIES]  = { "nic.rss.entries",  NULL, FACT, ONE,      NETDEV, NONE, FIRMWARE, "entries of the table" },
	[QUEUES]   = { "nic.rss.queues",   NULL, FACT, ONE,      NETDEV, NONE, FIRMWARE, "receive queues that stand in the table: the others get no flow by the hash" },
	[MOST]     = { "nic.rss.most",     NULL, FACT, SHARE_E4, NETDEV, NONE, FIRMWARE, "share of the entries that the queue with the most of them has" },
	[OF_CONTEXT + TABLE]    = { "nic.rss.context.table",    NULL, FACT, TEXT,     NETDEV, BY_CONTEXT, CHEAP, "sum of the table of a further context, which flows reach by a rule (6.12 and later)" },
	[OF_CONTEXT + KEY]      = { "nic.rss.context.key",      NULL, FACT, TEXT,     NETDEV, BY_CONTEXT, CHEAP, "sum of the key of the hash of a further context, where it has one of its own" },
	[OF_CONTEXT + FUNCTION] = { "nic.rss.context.function", NULL, FACT, TEXT,     NETDEV, BY_CONTEXT, CHEAP, "hash of a further context, where it has one of its own" },
	[OF_CONTEXT + ENTRIES]  = { "nic.rss.context.entries",  NULL, FACT, ONE,      NETDEV, BY_CONTEXT, CHEAP, "entries of the table of a further context" },
	[OF_CONTEXT + QUEUES]   = { "nic.rss.context.queues",   NULL, FACT, ONE,      NETDEV, BY_CONTEXT, CHEAP, "receive queues that stand in the table of a further context" },
	[OF_CONTEXT + MOST]     = { "nic.rss.context.most",     NULL, FACT, SHARE_E4, NETDEV, BY_CONTEXT, CHEAP, "share of the entries that the queue with the most of them has, of a further context" },
};
/* clang-format on */

enum { DEVICE, SPREAD, CONTEXTS };
static const struct text_source texts[] = {
	[DEVICE] = INTERFACE_DEVICES,
	[SPREAD] = { .path = "ask/ethtool/*/rss", .who = "netdev:%1", .may_be_silent = true },
	[CONTEXTS] = { .path = "ask/ethtool_netlink/*/rss_contexts",
		.who = "netdev:%1",
		.may_be_silent = true },
};

/* 6.3 and 6.12, include/uapi/linux/ethtool_netlink.h */
enum { MSG_RSS_GET = 38, MSG_RSS_GET_REPLY = 38 };
enum {
	RSS_HEADER = 1,
	RSS_CONTEXT,
	RSS_FUNCTION,
	RSS_TABLE,
	RSS_KEY,
	RSS_START_CONTEXT = 7,
	RSS_KNOWN
};

/* net/ethtool/common.c: rss_hash_func_strings */
static const char *const functions[] = { "toeplitz", "xor", "crc32" };

enum { MOST_QUEUES = 4096, SUM_TEXT = 9 };
/* The kernel gives the lowest number that is free; who has more of them is told of these. */
enum { CONTEXT_LIMIT = 64 };

/* Whose table it is: of an interface, or of one of its contexts. */
struct spread {
	uint32_t who;
	unsigned row, context;
};

/* FNV-1a: it only has to differ when the bytes do. */
static str sum_of(str bytes, char text[static SUM_TEXT])
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < bytes.n; i++)
		sum = (sum ^ (unsigned char)bytes.p[i]) * 16777619u;
	snprintf(text, SUM_TEXT, "%08x", sum);
	return (str){ text, SUM_TEXT - 1 };
}

static void emit_table(struct emit *out, struct spread of, str table)
{
	uint32_t counts[MOST_QUEUES] = { 0 };
	size_t n = table.n / sizeof(uint32_t);
	uint32_t queues = 0, most = 0, queue;
	char text[SUM_TEXT];

	for (size_t i = 0; i < n; i++) {
		memcpy(&queue, table.p + i * sizeof(queue), sizeof(queue));
		if (queue >= MOST_QUEUES)
			continue;
		queues += counts[queue]++ == 0;
		if (counts[queue] > most)
			most = counts[queue];
	}
	emit_text_at(out, of.row + TABLE, of.who, of.context, sum_of(table, text));
	emit_at(out, of.row + ENTRIES, of.who, of.context, (int64_t)n);
	emit_at(out, of.row + QUEUES, of.who, of.context, queues);
	emit_at(out, of.row + MOST, of.who, of.context, (int64_t)(most * UINT64_C(10000) / n));
}

static void emit_key(struct emit *out, struct spread of, str key)
{
	char text[SUM_TEXT];

	emit_text_at(out, of.row + KEY, of.who, of.context, sum_of(key, text));
}

static void emit_function(struct emit *out, struct spread of, int64_t bits)
{
	for (unsigned i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (bits == 1 << i)
			emit_text_at(
				out, of.row + FUNCTION, of.who, of.context, str_of(functions[i]));
}

/* As the door gives it: struct ethtool_rxfh, then the table, then the key. */
static int parse_spread(struct emit *out, str from)
{
	struct ethtool_rxfh about;
	struct spread of;
	size_t table;

	if (from.n < sizeof(about))
		return -EBADMSG;
	memcpy(&about, from.p, sizeof(about));
	table = (size_t)about.indir_size * sizeof(uint32_t);
	if (about.cmd != ETHTOOL_GRSSH || from.n != sizeof(about) + table + about.key_size)
		return -EBADMSG;
	of = (struct spread){ emit_entity(out, NETDEV, out->match[0]), 0, 0 };
	if (table)
		emit_table(out, of, (str){ from.p + sizeof(about), table });
	if (about.key_size)
		emit_key(out, of, (str){ from.p + sizeof(about) + table, about.key_size });
	if (table)
		emit_function(out, of, about.hfunc);
	return 0;
}

/* ---- further contexts ---- */

static int find_owner(struct emit *out, str header, struct spread *ret)
{
	str head[ETHTOOL_A_HEADER_MAX + 1] = { 0 }, name;

	if (!attributes_sort(header, head, ETHTOOL_A_HEADER_MAX + 1))
		return -EBADMSG;
	name = attribute_text(head[ETHTOOL_A_HEADER_DEV_NAME]);
	if (!interface_is_name(name))
		return -EBADMSG;
	ret->who = emit_entity(out, NETDEV, name);
	return 0;
}

/* Who names no context speaks of the first one, which the ioctl told. */
static int take_context(struct emit *out, str from)
{
	str a[RSS_KNOWN] = { 0 };
	struct spread of = { .row = OF_CONTEXT };
	int r = attributes_sort(from, a, RSS_KNOWN) ? 0 : -EBADMSG;
	int64_t number = 0;

	if ((a[RSS_CONTEXT].p && attribute_u32(a[RSS_CONTEXT], &number) < 0) ||
		find_owner(out, a[RSS_HEADER], &of) < 0)
		return -EBADMSG;
	if (number == 0)
		return r;
	if (number >= CONTEXT_LIMIT)
		return -E2BIG;
	of.context = (unsigned)number;
	if (a[RSS_TABLE].n % sizeof(uint32_t))
		r = -EBADMSG;
	else if (a[RSS_TABLE].n)
		emit_table(out, of, a[RSS_TABLE]);
	if (a[RSS_KEY].n)
		emit_key(out, of, a[RSS_KEY]);
	if (!a[RSS_FUNCTION].p)
		return r;
	if (attribute_u32(a[RSS_FUNCTION], &number) < 0)
		return -EBADMSG;
	emit_function(out, of, number);
	return r;
}

static int parse_contexts(struct emit *out, str from)
{
	struct genl_reply reply = { .rest = from };
	str attributes;
	int r, result = 0;

	while (genl_next(&reply, MSG_RSS_GET_REPLY, &attributes)) {
		r = take_context(out, attributes);
		if (r < 0)
			result = r;
	}
	r = genl_result(&reply);
	return r < 0 ? r : result;
}

static int parse(struct emit *out, unsigned text, str from)
{
	if (text == DEVICE)
		return interfaces_add(out->state, out->match[0]);
	return text == SPREAD ? parse_spread(out, from) : parse_contexts(out, from);
}

/* ---- asking ---- */

static void ask_spread(struct collect *c, struct interface *one)
{
	char key[IFNAMSIZ + 32];
	const struct host_question q = { .key = key, .device = one->name, .spread = true };

	snprintf(key, sizeof(key), "ethtool/%s/rss", one->name);
	interface_ask(c, one, SPREAD, SPREAD, &q);
}

/* A dump of one interface, from the first further context on: the kernel keeps those itself. */
static void ask_contexts(struct collect *c, struct interface *one)
{
	static const uint32_t first = 1;
	struct genl_request head, request;
	char key[IFNAMSIZ + 48];
	const struct host_question q = { .key = key,
		.protocol = NETLINK_GENERIC,
		.request = &request,
		.request_size = sizeof(request),
		.family = ETHTOOL_GENL_NAME };

	genl_begin(&head, 0, false);
	genl_put(&head, ETHTOOL_A_HEADER_DEV_NAME, one->name, strlen(one->name) + 1);
	genl_begin(&request, MSG_RSS_GET, true);
	genl_put(&request, NLA_F_NESTED | RSS_HEADER, head.attributes, genl_size(&head));
	genl_put(&request, RSS_START_CONTEXT, &first, sizeof(first));
	snprintf(key, sizeof(key), "ethtool_netlink/%s/rss_contexts", one->name);
	collect_absent(c, CONTEXTS, "kernel before 6.12");
	interface_ask(c, one, CONTEXTS, CONTEXTS, &q);
}

static int collect(struct collect *c)
{
	struct interfaces *all = collect_emit(c)->state;

	interfaces_find(c, all, DEVICE, SPREAD, 2);
	for (unsigned i = 0; i < all->n; i++)
		if (all->items[i].here) {
			ask_spread(c, &all->items[i]);
			ask_contexts(c, &all->items[i]);
		}
	return 0;
}

const struct collector rss_collector = {
	.name = "rss",
	.about = "how network interfaces spread what they receive over their queues",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = SLOW,
	.may_hang = true,
	.state_size = sizeof(struct interfaces),
};
