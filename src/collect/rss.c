/* How network interfaces spread what they receive over their queues: table and key of the hash. */
#include <errno.h>
#include <linux/ethtool.h>
#include <stdio.h>

#include "collect/interfaces.h"

enum row { TABLE, KEY, FUNCTION, ENTRIES, QUEUES, MOST };

/* clang-format off */
static const struct signal signals[] = {
	[TABLE]    = { "nic.rss.table",    NULL, FACT, TEXT,     NETDEV, NONE, FIRMWARE, "sum of the table that leads from hashes to receive queues: another sum, another table" },
	[KEY]      = { "nic.rss.key",      NULL, FACT, TEXT,     NETDEV, NONE, FIRMWARE, "sum of the key of the hash: with another key all flows find other queues" },
	[FUNCTION] = { "nic.rss.function", NULL, FACT, TEXT,     NETDEV, NONE, FIRMWARE, "hash that chooses the receive queue of a flow" },
	[ENTRIES]  = { "nic.rss.entries",  NULL, FACT, ONE,      NETDEV, NONE, FIRMWARE, "entries of the table" },
	[QUEUES]   = { "nic.rss.queues",   NULL, FACT, ONE,      NETDEV, NONE, FIRMWARE, "receive queues that stand in the table: the others get no flow by the hash" },
	[MOST]     = { "nic.rss.most",     NULL, FACT, SHARE_E4, NETDEV, NONE, FIRMWARE, "share of the entries that the queue with the most of them has" },
};
/* clang-format on */

enum { DEVICE, SPREAD };
static const struct text_source texts[] = {
	[DEVICE] = { .path = "sys/class/net/*/device/driver",
		.who = "netdev:%1",
		.kind = LINK_TEXT,
		.may_be_silent = true,
		.asks_device = true,
		.absent = "no interface here has a device of its own" },
	[SPREAD] = { .path = "ask/ethtool/*/rss", .who = "netdev:%1", .may_be_silent = true },
};

/* net/ethtool/common.c: rss_hash_func_strings */
static const char *const functions[] = { "toeplitz", "xor", "crc32" };

enum { MOST_QUEUES = 4096, SUM_TEXT = 9 };

/* FNV-1a: it only has to differ when the bytes do. */
static str sum_of(str bytes, char text[static SUM_TEXT])
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < bytes.n; i++)
		sum = (sum ^ (unsigned char)bytes.p[i]) * 16777619u;
	snprintf(text, SUM_TEXT, "%08x", sum);
	return (str){ text, SUM_TEXT - 1 };
}

static void emit_table(struct emit *out, uint32_t who, str table)
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
	emit_text(out, TABLE, who, sum_of(table, text));
	emit_at(out, ENTRIES, who, 0, (int64_t)n);
	emit_at(out, QUEUES, who, 0, queues);
	emit_at(out, MOST, who, 0, (int64_t)(most * UINT64_C(10000) / n));
}

/* As the door gives it: struct ethtool_rxfh, then the table, then the key. */
static int parse_spread(struct emit *out, str from)
{
	struct ethtool_rxfh about;
	char text[SUM_TEXT];
	size_t table;
	uint32_t who;

	if (from.n < sizeof(about))
		return -EBADMSG;
	memcpy(&about, from.p, sizeof(about));
	table = (size_t)about.indir_size * sizeof(uint32_t);
	if (about.cmd != ETHTOOL_GRSSH || from.n != sizeof(about) + table + about.key_size)
		return -EBADMSG;
	who = emit_entity(out, NETDEV, out->match[0]);
	if (table)
		emit_table(out, who, (str){ from.p + sizeof(about), table });
	if (about.key_size)
		emit_text(out, KEY, who,
			sum_of((str){ from.p + sizeof(about) + table, about.key_size }, text));
	for (unsigned i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (about.hfunc == 1u << i && table)
			emit_text(out, FUNCTION, who, str_of(functions[i]));
	return 0;
}

static int parse(struct emit *out, unsigned text, str from)
{
	return text == SPREAD ? parse_spread(out, from) : interfaces_add(out->state, out->match[0]);
}

static int collect(struct collect *c)
{
	struct interfaces *all = collect_emit(c)->state;

	interfaces_find(c, all, DEVICE, SPREAD, 1);
	for (unsigned i = 0; i < all->n; i++) {
		char key[IFNAMSIZ + 32];
		const struct host_question q = {
			.key = key, .device = all->items[i].name, .spread = true
		};

		snprintf(key, sizeof(key), "ethtool/%s/rss", all->items[i].name);
		if (all->items[i].here)
			interface_ask(c, &all->items[i], 0, SPREAD, &q);
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
