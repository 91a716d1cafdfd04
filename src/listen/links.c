/* Interfaces as rtnetlink tells of them, and what is different from the time before. */
#include "listen/links.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/netlink.h"
#include "base/own.h"

/* net/core/net-sysfs.c: operstates[], the words of the sysfs file for the numbers of RFC 2863 */
static const char *const operstates[] = { "unknown", "notpresent", "down", "lowerlayerdown",
	"testing", "dormant", "up" };

enum { ATTRIBUTES = IFLA_CARRIER_DOWN_COUNT + 1 };

void links_close(struct links *known)
{
	free(known->items);
	*known = (struct links){ 0 };
}

/* Where it stands, or where it would. */
static uint32_t place_of(const struct links *known, uint32_t index)
{
	uint32_t low = 0, high = known->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (known->items[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct link *find(const struct links *known, uint32_t index)
{
	uint32_t at = place_of(known, index);

	return at < known->n && known->items[at].index == index ? &known->items[at] : NULL;
}

static void add(struct links *known, const struct link *link)
{
	uint32_t at = place_of(known, link->index);

	if (known->n == LINKS_MOST)
		return;
	if (known->n == known->cap) {
		known->cap = known->cap ? known->cap * 2 : 16;
		known->items = own_grow(known->items, known->cap, sizeof(*known->items));
	}
	memmove(known->items + at + 1, known->items + at, (known->n - at) * sizeof(*known->items));
	known->items[at] = *link;
	known->n++;
}

static void drop(struct links *known, struct link *link)
{
	size_t behind = (size_t)(known->items + known->n - link) - 1;

	memmove(link, link + 1, behind * sizeof(*link));
	known->n--;
}

static const char *operstate_word(uint8_t state)
{
	return state < sizeof(operstates) / sizeof(*operstates) ? operstates[state] : "?";
}

static struct notice about(const struct link *link, unsigned row, enum event_severity severity)
{
	return (struct notice){
		.row = row, .severity = severity, .scope = NETDEV, .name = str_of(link->name)
	};
}

/* How often between the two: the kernel's own count, because it tells of changes in bursts. */
static uint32_t times(bool counted, uint32_t before, uint32_t after, bool seen)
{
	enum { TOO_OFTEN = 1 << 20 };
	uint32_t n = after - before;

	if (!counted || n > TOO_OFTEN || (seen && n == 0))
		return seen;
	return n;
}

static void say_lost(const struct link *link, uint32_t n, struct notices *out)
{
	bool up = link->flags & IFF_UP;
	struct notice notice = about(link, CARRIER_LOST, up ? EVENT_WARNING : EVENT_INFO);

	notice.count = n;
	if (n)
		notice_say(out, &notice, "the carrier is lost%s",
			up ? "" : ": the interface was set down");
}

static void say_gained(const struct link *link, uint32_t n, struct notices *out)
{
	struct notice notice = about(link, CARRIER_GAINED, EVENT_INFO);

	notice.count = n;
	if (n)
		notice_say(out, &notice, "the carrier is there");
}

/* In the order in which it must have been: what holds now came last. */
static void say_carrier(const struct link *before, const struct link *now, struct notices *out)
{
	bool counted = before->has_counts && now->has_counts;
	uint32_t lost = times(
		counted, before->down_count, now->down_count, before->carrier && !now->carrier);
	uint32_t gained =
		times(counted, before->up_count, now->up_count, !before->carrier && now->carrier);

	if (now->carrier)
		say_lost(now, lost, out);
	say_gained(now, gained, out);
	if (!now->carrier)
		say_lost(now, lost, out);
}

static void say_changes(const struct link *before, const struct link *now, struct notices *out)
{
	struct notice notice;

	if (strcmp(before->name, now->name) != 0) {
		notice = about(now, LINK_RENAMED, EVENT_INFO);
		notice_say(out, &notice, "the interface was called %s", before->name);
	}
	if ((before->flags ^ now->flags) & IFF_UP) {
		bool up = now->flags & IFF_UP;

		notice = about(now, up ? ADMIN_UP : ADMIN_DOWN, EVENT_INFO);
		notice_say(out, &notice, "somebody set the interface %s", up ? "up" : "down");
	}
	say_carrier(before, now, out);
	if (before->operstate != now->operstate) {
		notice = about(now, LINK_OPERSTATE, EVENT_INFO);
		notice_say(out, &notice, "operational state %s, before %s",
			operstate_word(now->operstate), operstate_word(before->operstate));
	}
	if (before->mtu != now->mtu) {
		notice = about(now, LINK_MTU, EVENT_INFO);
		notice_say(out, &notice, "MTU %u, before %u", now->mtu, before->mtu);
	}
}

static void say_one(
	const struct link *link, unsigned row, enum event_severity severity, struct notices *out)
{
	struct notice notice = about(link, row, severity);

	if (!out)
		return;
	out->rescan = true;
	notice_say(out, &notice,
		row == LINK_GONE ? "the interface is gone from here" : "an interface appeared");
}

/* What the kernel accepts as a name: net/core/dev.c, dev_valid_name(). */
static bool read_name(str text, char out[static LINK_NAME])
{
	if (text.n == 0 || text.n >= LINK_NAME)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == '/' || text.p[i] == 0x7f)
			return false;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

static bool read_number(str value, uint32_t *ret)
{
	int64_t number;

	if (attribute_u32(value, &number) < 0)
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* What a message leaves out stays as it was. */
static bool read_link(const struct ifinfomsg *info, str from, struct link *link)
{
	str a[ATTRIBUTES] = { 0 };
	int64_t number;

	if (!attributes_sort(from, a, ATTRIBUTES) ||
		!read_name(attribute_text(a[IFLA_IFNAME]), link->name))
		return false;
	link->index = (uint32_t)info->ifi_index;
	link->flags = info->ifi_flags;
	link->carrier = info->ifi_flags & IFF_LOWER_UP;
	if (attribute_u8(a[IFLA_CARRIER], &number) == 0)
		link->carrier = number;
	if (attribute_u8(a[IFLA_OPERSTATE], &number) == 0)
		link->operstate = (uint8_t)number;
	read_number(a[IFLA_MTU], &link->mtu);
	link->has_counts = read_number(a[IFLA_CARRIER_UP_COUNT], &link->up_count) &&
			   read_number(a[IFLA_CARRIER_DOWN_COUNT], &link->down_count);
	link->seen = true;
	return true;
}

static int take_new(
	struct links *known, const struct ifinfomsg *info, str from, struct notices *out)
{
	struct link *before = find(known, (uint32_t)info->ifi_index);
	struct link now = before ? *before : (struct link){ 0 };

	if (!read_link(info, from, &now))
		return -EBADMSG;
	if (before && out)
		say_changes(before, &now, out);
	if (before) {
		*before = now;
	} else {
		add(known, &now);
		say_one(&now, LINK_APPEARED, EVENT_INFO, out);
	}
	return 0;
}

static void take_gone(struct links *known, const struct ifinfomsg *info, struct notices *out)
{
	struct link *link = find(known, (uint32_t)info->ifi_index);

	if (!link)
		return;
	say_one(link, LINK_GONE, EVENT_WARNING, out);
	drop(known, link);
}

static int take_one(
	struct links *known, const struct nlmsghdr *header, str payload, struct notices *out)
{
	struct ifinfomsg info;

	if (header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK)
		return 0;
	if (payload.n < sizeof(info))
		return -EBADMSG;
	memcpy(&info, payload.p, sizeof(info));
	if (info.ifi_family != AF_UNSPEC)
		return 0; /* a bridge speaks of its ports: they neither come nor go */
	if (header->nlmsg_type == RTM_NEWLINK)
		return take_new(known, &info, str_from(payload, NLMSG_ALIGN(sizeof(info))), out);
	take_gone(known, &info, out);
	return 0;
}

int links_parse(struct links *known, str messages, struct notices *out)
{
	struct nlmsghdr header;
	str payload;
	int r, result = 0;

	while ((r = message_next(&messages, &header, &payload)) > 0)
		if (take_one(known, &header, payload, out) < 0)
			result = -EBADMSG;
	return r < 0 ? r : result;
}

void links_begin(struct links *known)
{
	for (uint32_t i = 0; i < known->n; i++)
		known->items[i].seen = false;
}

void links_end(struct links *known, struct notices *out)
{
	for (uint32_t i = 0; i < known->n;)
		if (known->items[i].seen) {
			i++;
		} else {
			say_one(&known->items[i], LINK_GONE, EVENT_WARNING, out);
			drop(known, &known->items[i]);
		}
}
