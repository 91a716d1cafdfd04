/* Which traffic class a priority has, and which of them may be paused, from rtnetlink's DCB messages. */
#include <errno.h>
#include <linux/dcbnl.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>

#include "base/netlink.h"
#include "collect/interfaces.h"

enum row { CLASS, PFC, BANDWIDTH };

/* clang-format off */
static const struct signal signals[] = {
	[CLASS]     = { "nic.dcb.class",     NULL, FACT, ONE,      NETDEV, BY_PRIORITY, FIRMWARE, "traffic class that packets of this priority are sent in" },
	[PFC]       = { "nic.dcb.pfc",       NULL, FACT, ONE,      NETDEV, BY_PRIORITY, FIRMWARE, "1: this priority may be paused, and is not dropped (PFC)" },
	[BANDWIDTH] = { "nic.dcb.bandwidth", NULL, FACT, SHARE_E4, NETDEV, BY_PRIORITY, FIRMWARE, "share of the link that the traffic class of this priority is given" },
};
/* clang-format on */

enum { DEVICE, SETTINGS };
static const struct text_source texts[] = {
	[DEVICE] = INTERFACE_DEVICES,
	[SETTINGS] = { .path = "ask/dcb/*", .who = "netdev:%1", .may_be_silent = true },
};

enum { CLASSES = IEEE_8021QAZ_MAX_TCS };

/* include/uapi/linux/dcbnl.h: struct ieee_ets, struct ieee_pfc */
static int emit_classes(struct emit *out, uint32_t who, str from)
{
	struct ieee_ets ets;

	if (from.n < sizeof(ets))
		return -EBADMSG;
	memcpy(&ets, from.p, sizeof(ets));
	for (unsigned i = 0; i < CLASSES; i++) {
		unsigned class = ets.prio_tc[i];

		emit_at(out, CLASS, who, i, class);
		if (class < CLASSES && ets.tc_tsa[class] == IEEE_8021QAZ_TSA_ETS)
			emit_at(out, BANDWIDTH, who, i, ets.tc_tx_bw[class] * 100);
	}
	return 0;
}

static int emit_pauses(struct emit *out, uint32_t who, str from)
{
	size_t at = offsetof(struct ieee_pfc, pfc_en);

	if (from.n <= at)
		return -EBADMSG;
	for (unsigned i = 0; i < CLASSES; i++)
		emit_at(out, PFC, who, i, (unsigned char)from.p[at] >> i & 1);
	return 0;
}

static int parse_message(struct emit *out, str from)
{
	str attributes[DCB_ATTR_IEEE + 1] = { 0 }, inside[DCB_ATTR_IEEE_PFC + 1] = { 0 }, name;
	int r = attributes_sort(from, attributes, DCB_ATTR_IEEE + 1) ? 0 : -EBADMSG;
	uint32_t who;

	name = attribute_text(attributes[DCB_ATTR_IFNAME]);
	if (!interface_is_name(name))
		return -EBADMSG;
	if (!attributes_sort(attributes[DCB_ATTR_IEEE], inside, DCB_ATTR_IEEE_PFC + 1))
		r = -EBADMSG;
	who = emit_entity(out, NETDEV, name);
	if (inside[DCB_ATTR_IEEE_ETS].p && emit_classes(out, who, inside[DCB_ATTR_IEEE_ETS]) < 0)
		r = -EBADMSG;
	if (inside[DCB_ATTR_IEEE_PFC].p && emit_pauses(out, who, inside[DCB_ATTR_IEEE_PFC]) < 0)
		r = -EBADMSG;
	return r;
}

/* The answer is a message of the kind of the question, and ends with the acknowledgement. */
static int parse_settings(struct emit *out, str from)
{
	struct nlmsghdr header;
	str payload;
	bool ended = false;
	int r = 0, next;

	while ((next = message_next(&from, &header, &payload)) > 0) {
		ended |= header.nlmsg_type == NLMSG_ERROR;
		if (header.nlmsg_type != RTM_GETDCB && header.nlmsg_type != RTM_SETDCB)
			continue;
		if (payload.n < sizeof(struct dcbmsg) ||
			parse_message(out, str_from(payload, NLMSG_ALIGN(sizeof(struct dcbmsg)))) <
				0)
			r = -EBADMSG;
	}
	return next < 0 || !ended ? -EBADMSG : r;
}

static int parse(struct emit *out, unsigned text, str from)
{
	return text == SETTINGS ? parse_settings(out, from)
				: interfaces_add(out->state, out->match[0]);
}

static void ask_one(struct collect *c, struct interface *one)
{
	struct {
		struct nlmsghdr header;
		struct dcbmsg message;
		struct nlattr attribute;
		char name[IFNAMSIZ];
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETDCB,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.message = { .dcb_family = AF_UNSPEC, .cmd = DCB_CMD_IEEE_GET },
		.attribute = { .nla_len = sizeof(struct nlattr) + IFNAMSIZ,
			.nla_type = DCB_ATTR_IFNAME },
	};
	char key[IFNAMSIZ + 16];
	const struct host_question q = { .key = key,
		.protocol = NETLINK_ROUTE,
		.request = &request,
		.request_size = sizeof(request) };

	memcpy(request.name, one->name, sizeof(request.name));
	snprintf(key, sizeof(key), "dcb/%s", one->name);
	interface_ask(c, one, 0, SETTINGS, &q);
}

static int collect(struct collect *c)
{
	struct interfaces *all = collect_emit(c)->state;

	interfaces_find(c, all, DEVICE, SETTINGS, 1);
	for (unsigned i = 0; i < all->n; i++)
		if (all->items[i].here)
			ask_one(c, &all->items[i]);
	return 0;
}

const struct collector dcb_collector = {
	.name = "dcb",
	.about = "traffic classes of priorities, and which of them may be paused",
	SIGNALS(signals),
	TEXTS(texts),
	.parse = parse,
	.collect = collect,
	.pace = RARE, /* a driver asks its firmware several times for one answer */
	.may_hang = true,
	.state_size = sizeof(struct interfaces),
};
