/* Messages as the kernel sends them, made for tests and as seeds of the fuzz target. */
#pragma once

#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/str.h"

enum { HEARD_ROOM = 4096 };

/* A link as rtnetlink tells of it. */
struct told_link {
	uint16_t type; /* RTM_NEWLINK, RTM_DELLINK */
	int index;
	unsigned flags;
	const char *name;
	uint32_t mtu;
	uint8_t operstate, carrier, family;
	bool counted;
	uint32_t up_count, down_count;
};

__attribute__((unused)) static str tell_link(char *to, const struct told_link *link)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(to);
	struct ifinfomsg *info;

	header->nlmsg_type = link->type;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = link->family;
	info->ifi_index = link->index;
	info->ifi_flags = link->flags;
	mnl_attr_put_strz(header, IFLA_IFNAME, link->name);
	mnl_attr_put_u32(header, IFLA_MTU, link->mtu);
	mnl_attr_put_u8(header, IFLA_OPERSTATE, link->operstate);
	mnl_attr_put_u8(header, IFLA_CARRIER, link->carrier);
	mnl_attr_put_u32(header, 60000 & NLA_TYPE_MASK, 7); /* that nobody knows */
	if (link->counted) {
		mnl_attr_put_u32(header, IFLA_CARRIER_UP_COUNT, link->up_count);
		mnl_attr_put_u32(header, IFLA_CARRIER_DOWN_COUNT, link->down_count);
	}
	return (str){ to, header->nlmsg_len };
}

/* What devlink tells; name NULL: of a device or a port, not of a reporter. */
struct told_devlink {
	uint8_t command;
	const char *bus, *device, *netdev, *reporter;
	bool of_port;
	uint32_t port;
	uint8_t state;
	uint64_t errors, recoveries;
};

__attribute__((unused)) static str tell_devlink(char *to, const struct told_devlink *told)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(to);
	struct genlmsghdr *command;
	struct nlattr *nest;

	header->nlmsg_type = 0x17;
	command = mnl_nlmsg_put_extra_header(header, sizeof(*command));
	command->cmd = told->command;
	command->version = DEVLINK_GENL_VERSION;
	mnl_attr_put_strz(header, DEVLINK_ATTR_BUS_NAME, told->bus);
	mnl_attr_put_strz(header, DEVLINK_ATTR_DEV_NAME, told->device);
	if (told->of_port)
		mnl_attr_put_u32(header, DEVLINK_ATTR_PORT_INDEX, told->port);
	if (told->netdev)
		mnl_attr_put_strz(header, DEVLINK_ATTR_PORT_NETDEV_NAME, told->netdev);
	if (told->reporter) {
		nest = mnl_attr_nest_start(header, DEVLINK_ATTR_HEALTH_REPORTER);
		mnl_attr_put_strz(header, DEVLINK_ATTR_HEALTH_REPORTER_NAME, told->reporter);
		mnl_attr_put_u8(header, DEVLINK_ATTR_HEALTH_REPORTER_STATE, told->state);
		mnl_attr_put_u64(header, DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT, told->errors);
		mnl_attr_put_u64(
			header, DEVLINK_ATTR_HEALTH_REPORTER_RECOVER_COUNT, told->recoveries);
		mnl_attr_nest_end(header, nest);
	}
	return (str){ to, header->nlmsg_len };
}

/* The controller's answer about a family with two groups. */
__attribute__((unused)) static str tell_family(char *to, uint16_t family, uint32_t group)
{
	static const char *const names[] = { "other", "config" };
	struct nlmsghdr *header = mnl_nlmsg_put_header(to);
	struct genlmsghdr *command;
	struct nlattr *groups, *one;

	header->nlmsg_type = GENL_ID_CTRL;
	command = mnl_nlmsg_put_extra_header(header, sizeof(*command));
	command->cmd = CTRL_CMD_NEWFAMILY;
	mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, "devlink");
	mnl_attr_put_u16(header, CTRL_ATTR_FAMILY_ID, family);
	groups = mnl_attr_nest_start(header, CTRL_ATTR_MCAST_GROUPS);
	for (unsigned i = 0; i < 2; i++) {
		one = mnl_attr_nest_start(header, (uint16_t)(i + 1));
		mnl_attr_put_strz(header, CTRL_ATTR_MCAST_GRP_NAME, names[i]);
		mnl_attr_put_u32(header, CTRL_ATTR_MCAST_GRP_ID, group + i - 1);
		mnl_attr_nest_end(header, one);
	}
	mnl_attr_nest_end(header, groups);
	return (str){ to, header->nlmsg_len };
}

/* Words with a NUL behind each: "change@/devices/x", "ACTION=change", ... NULL at the end. */
__attribute__((unused)) static str tell_uevent(char *to, const char *const *words)
{
	size_t n = 0;

	for (; *words; words++) {
		size_t length = strlen(*words) + 1;

		memcpy(to + n, *words, length);
		n += length;
	}
	return (str){ to, n };
}
