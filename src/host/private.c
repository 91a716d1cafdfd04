/* What a copy of a machine need not tell: who is connected to whom, and which files a process has open. */
#include "host/private.h"

#include <linux/if_addr.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/names.h"
#include "base/netlink.h"

/* ---- what a process has open ---- */

bool private_is_open_file(const char *path)
{
	str process, rest = str_of(path);
	uint64_t value;

	return str_starts(rest, STR("proc/")) && str_cut(str_from(rest, 5), '/', &process, &rest) &&
	       str_u64(process, &value) == 0 && str_starts(rest, STR("fd/")) &&
	       str_u64(str_from(rest, 3), &value) == 0;
}

str private_held(str target)
{
	uint64_t number;
	str inside = target;

	if (str_starts(target, STR("socket:[")) && str_ends(target, STR("]"))) {
		inside = str_from(target, sizeof("socket:[") - 1);
		inside.n--;
		if (str_u64(inside, &number) == 0)
			return target;
	}
	if (str_numbered(target, STR("/dev/nvidia"), &number) == 0 ||
		str_numbered(target, STR("/dev/dri/renderD"), &number) == 0)
		return target;
	return STR("-");
}

/* ---- connections ---- */

static void drop_extras(char *bytes, str payload, uint64_t secret)
{
	str attributes = str_from(payload, NLMSG_ALIGN(sizeof(struct inet_diag_msg)));
	struct attribute one;

	(void)secret;
	while (attribute_next(&attributes, &one))
		if (one.type != INET_DIAG_INFO)
			memset(bytes + (one.value.p - bytes), 0, one.value.n);
	memset(bytes + (attributes.p - bytes), 0, attributes.n);
}

/* ---- addresses ---- */

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
enum { V4 = 4, V6 = 16 };

static void invent(unsigned char *to, size_t n, uint64_t secret)
{
	uint64_t h = hash_mix(secret ^ hash_bytes(to, n));

	for (size_t i = 0; i < n; i++) {
		h = hash_mix(h + 0x9e3779b97f4a7c15u);
		to[i] = (unsigned char)h;
	}
}

/* One of 10.0.0.0/8; the host itself stays what it is. */
static void hide_v4(unsigned char *at, uint64_t secret)
{
	if (at[0] == 127)
		return;
	invent(at, V4, secret);
	at[0] = 10;
}

/* One of fd00::/8. An address of IPv4 is the same one wherever it stands. */
static void hide_v6(unsigned char *at, uint64_t secret)
{
	static const unsigned char one[V6] = { [V6 - 1] = 1 };

	if (memcmp(at, one, V6) == 0)
		return;
	if (memcmp(at, mapped, sizeof(mapped)) == 0) {
		hide_v4(at + sizeof(mapped), secret);
		return;
	}
	invent(at, V6, secret);
	at[0] = 0xfd;
}

static void hide(char *at, size_t n, uint64_t secret)
{
	if (n == V4)
		hide_v4((unsigned char *)at, secret);
	else if (n == V6)
		hide_v6((unsigned char *)at, secret);
	else
		memset(at, 0, n);
}

static void hide_of_interface(char *bytes, str payload, uint64_t secret)
{
	str attributes = str_from(payload, NLMSG_ALIGN(sizeof(struct ifaddrmsg)));
	struct attribute one;

	while (attribute_next(&attributes, &one))
		if (one.type == IFA_ADDRESS || one.type == IFA_LOCAL || one.type == IFA_BROADCAST ||
			one.type == IFA_ANYCAST || one.type == IFA_MULTICAST)
			hide(bytes + (one.value.p - bytes), one.value.n, secret);
	if (attributes.n)
		memset(bytes + (attributes.p - bytes), 0, attributes.n);
}

static void hide_connection(char *bytes, str payload, uint64_t secret)
{
	struct inet_diag_msg about;
	char *at = bytes + (payload.p - bytes);
	size_t size;

	if (payload.n < sizeof(about)) {
		memset(at, 0, payload.n);
		return;
	}
	memcpy(&about, at, sizeof(about));
	size = about.idiag_family == AF_INET ? V4 : V6;
	about.id.idiag_sport = about.id.idiag_dport = 0;
	about.idiag_uid = 0;
	hide((char *)about.id.idiag_src, size, secret);
	hide((char *)about.id.idiag_dst, size, secret);
	memcpy(at, &about, sizeof(about));
}

/* What cannot be taken apart is not kept. */
static void each_message(char *bytes, size_t n, uint16_t type,
	void (*hide_payload)(char *bytes, str payload, uint64_t secret), uint64_t secret)
{
	str rest = { bytes, n }, payload;
	struct nlmsghdr header;
	int r;

	while ((r = message_next(&rest, &header, &payload)) > 0)
		if (header.nlmsg_type == type)
			hide_payload(bytes, payload, secret);
	if (r < 0)
		memset(bytes + (rest.p - bytes), 0, rest.n);
}

void private_addresses(char *bytes, size_t n, uint64_t secret)
{
	each_message(bytes, n, RTM_NEWADDR, hide_of_interface, secret);
}

void private_connections(char *bytes, size_t n, uint64_t secret)
{
	each_message(bytes, n, SOCK_DIAG_BY_FAMILY, hide_connection, secret);
}

void private_extras(char *bytes, size_t n)
{
	each_message(bytes, n, SOCK_DIAG_BY_FAMILY, drop_extras, 0);
}
