/* Transceivers that tests make: pages as the standards lay them out, and the kernel's answers with them. */
#pragma once

#include "run_bench.h"

#include <linux/ethtool_netlink.h>

#include "made_netlink.h"

extern const struct collector transceiver_collector;
static const struct collector *const list[] = { &transceiver_collector };
static struct made_reply reply;

/* ---- what reads them ---- */

__attribute__((unused)) static void start(struct bench *b)
{
	assert_int_equal(
		run_open(b->host, &b->session, list, 1, &(struct run_options){ 0 }, &b->run), 0);
}

__attribute__((unused)) static void begin(struct bench *b)
{
	tree_link(b->dir, "sys/class/net/eth0/device/driver", "../../../../bus/pci/drivers/ice");
	start(b);
}

static const struct block *block_of(const struct bench *b, const char *signal)
{
	return ledger_find(&b->session.ledger,
		names_find(&b->session.entities.names, STR("netdev:eth0")),
		catalog_find(&b->session.catalog, str_of(signal)));
}

/* NONE_THERE: nobody says it. */
enum { NONE_THERE = -1000000 };

static int64_t lane(const struct bench *b, const char *signal, unsigned sub)
{
	const struct block *block = block_of(b, signal);

	return block && block_has(block, sub) ? block->values[sub] : NONE_THERE;
}

__attribute__((unused)) static int64_t value(const struct bench *b, const char *signal)
{
	return lane(b, signal, 0);
}

__attribute__((unused)) static bool is_form(const struct bench *b, const char *text)
{
	int64_t id = value(b, "nic.module.type");

	return id >= 0 && str_is(names_get(&b->session.texts, (uint32_t)id), text);
}

static void tick(struct bench *b)
{
	run_tick(b->run, &b->frame); /* it fails where nothing at all was understood */
}

/* ---- pages ---- */

struct page {
	unsigned char p[256];
};

static void put(struct page *page, unsigned at, int value16)
{
	page->p[at] = (unsigned char)(value16 >> 8);
	page->p[at + 1] = (unsigned char)value16;
}

/* high alarm, low alarm, high warning, low warning */
static void put_limits(struct page *page, unsigned at, int ha, int la, int hw, int lw)
{
	put(page, at, ha);
	put(page, at + 2, la);
	put(page, at + 4, hw);
	put(page, at + 6, lw);
}

static void put_sum(struct page *page, unsigned first, unsigned last)
{
	unsigned sum = 0;

	for (unsigned i = first; i <= last; i++)
		sum += page->p[i];
	page->p[last + 1] = (unsigned char)sum;
}

static void make_reply(const char *name, const void *data, size_t n)
{
	reply.n = 0;
	made_genl(&reply, ETHTOOL_MSG_MODULE_EEPROM_GET_REPLY);
	made_nest(&reply, ETHTOOL_A_MODULE_EEPROM_HEADER);
	made_u32(&reply, ETHTOOL_A_HEADER_DEV_INDEX, 2);
	made_text(&reply, ETHTOOL_A_HEADER_DEV_NAME, name);
	made_unnest(&reply);
	made_put(&reply, ETHTOOL_A_MODULE_EEPROM_DATA, data, n);
	made_end(&reply);
	made_ack(&reply);
}

static void write_part(
	const struct bench *b, const char *part, const struct page *page, unsigned from, unsigned n)
{
	char path[64];

	snprintf(path, sizeof(path), "ask/ethtool_module/eth0/%s", part);
	make_reply("eth0", page->p + from, n);
	tree_write(b->dir, path, reply.p, reply.n);
}

/* A transceiver in memory: what its standard calls lower memory and pages, or A0h and A2h. */
struct made_module {
	struct page lower, options, thresholds, lanes;
};

/* SFF-8472: 25 degrees, 3.3 V, 6 mA, 500 uW sent, 400 uW received; the limits of a 10GBASE-SR. */
__attribute__((unused)) static void make_sfp(struct made_module *m)
{
	*m = (struct made_module){ 0 };
	m->lower.p[0] = 0x03;
	m->options.p[92] = 0x68;
	m->options.p[94] = 8;
	put_limits(&m->thresholds, 0, 78 * 256, -13 * 256, 73 * 256, -8 * 256);
	put_limits(&m->thresholds, 8, 37000, 29000, 36000, 30000);
	put_limits(&m->thresholds, 16, 5900, 1000, 5750, 1250);
	put_limits(&m->thresholds, 24, 12589, 1000, 10000, 1995);
	put_limits(&m->thresholds, 32, 12589, 407, 10000, 1023);
	put_sum(&m->thresholds, 0, 94);
	put(&m->lanes, 96, 25 * 256 + 128);
	put(&m->lanes, 98, 33000);
	put(&m->lanes, 100, 3000);
	put(&m->lanes, 102, 5000);
	put(&m->lanes, 104, 4000);
}

__attribute__((unused)) static void write_sfp(const struct bench *b, const struct made_module *m)
{
	write_part(b, "identity", &m->lower, 0, 3);
	write_part(b, "options", &m->options, 92, 3);
	write_part(b, "thresholds", &m->thresholds, 0, 96);
	write_part(b, "monitors", &m->lanes, 96, 10);
}

/* SFF-8636: four lanes; 100GBASE-SR4. */
__attribute__((unused)) static void make_qsfp(struct made_module *m)
{
	*m = (struct made_module){ 0 };
	m->lower.p[0] = 0x11;
	put(&m->lower, 22, -5 * 256 - 155);
	put(&m->lower, 26, 33160);
	for (unsigned i = 0; i < 4; i++) {
		put(&m->lower, 34 + 2 * i, (int)(8000 + i));
		put(&m->lower, 42 + 2 * i, 3700);
		put(&m->lower, 50 + 2 * i, 9000);
	}
	put_limits(&m->thresholds, 128, 75 * 256, -5 * 256, 70 * 256, 0);
	put_limits(&m->thresholds, 144, 36300, 29700, 34650, 31350);
	put_limits(&m->thresholds, 176, 21878, 446, 17378, 1122);
	put_limits(&m->thresholds, 184, 5000, 500, 4500, 1000);
	put_limits(&m->thresholds, 192, 21878, 741, 17378, 1513);
}

__attribute__((unused)) static void write_qsfp(const struct bench *b, const struct made_module *m)
{
	write_part(b, "identity", &m->lower, 0, 3);
	write_part(b, "thresholds", &m->thresholds, 128, 72);
	write_part(b, "monitors", &m->lower, 22, 36);
}

/* CMIS: eight lanes of which `used` have light; the current counts in steps of 4 uA. */
__attribute__((unused)) static void make_cmis(struct made_module *m, unsigned used)
{
	*m = (struct made_module){ 0 };
	m->lower.p[0] = 0x18;
	m->lower.p[1] = 0x50;
	put(&m->lower, 14, 60 * 256);
	put(&m->lower, 16, 32500);
	m->options.p[129] = 9; /* not in the sum */
	m->options.p[159] = 0x03;
	m->options.p[160] = 0x0f;
	put_sum(&m->options, 130, 254);
	put_limits(&m->thresholds, 128, 80 * 256, -10 * 256, 75 * 256, -5 * 256);
	put_limits(&m->thresholds, 136, 36300, 29700, 34650, 31350);
	put_limits(&m->thresholds, 176, 31622, 500, 25118, 1000);
	put_limits(&m->thresholds, 184, 60000, 5000, 50000, 10000);
	put_limits(&m->thresholds, 192, 31622, 400, 25118, 794);
	put_sum(&m->thresholds, 128, 254);
	for (unsigned i = 0; i < used; i++) {
		put(&m->lanes, 154 + 2 * i, 12000);
		put(&m->lanes, 170 + 2 * i, 20000);
		put(&m->lanes, 186 + 2 * i, 9000);
	}
}

__attribute__((unused)) static void write_cmis(const struct bench *b, const struct made_module *m)
{
	write_part(b, "identity", &m->lower, 0, 3);
	write_part(b, "options", &m->options, 128, 128);
	write_part(b, "thresholds", &m->thresholds, 128, 128);
	write_part(b, "monitors", &m->lower, 14, 4);
	write_part(b, "lanes", &m->lanes, 154, 48);
}
