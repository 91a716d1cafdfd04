/*
 * What drivers of network interfaces tell by ioctl only: statistics under their own names, and on older
 * kernels how flows are spread over queues.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

enum { MOST_STATISTICS = 16384, ATTEMPTS = 3, MOST_ENTRIES = 65536, MOST_KEY = 4096 };
/* The kernel writes as many values as the driver has by then, whatever room we said there is. */
enum { MORE_STATISTICS = 4096 };

static int open_socket(struct host *h, unsigned ns)
{
	int r = netns_enter(h, ns), fd;

	if (r < 0)
		return r;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r = fd < 0 ? -errno : fd;
	netns_leave(h, ns);
	return r;
}

static int ask(int fd, const char *device, void *command)
{
	struct ifreq request = { .ifr_data = command };

	if (strlen(device) >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, device, strlen(device));
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

static int count_statistics(int fd, const char *device, uint32_t *ret)
{
	struct ethtool_sset_info about = { .cmd = ETHTOOL_GSSET_INFO,
		.sset_mask = UINT64_C(1) << ETH_SS_STATS };
	_Alignas(struct ethtool_sset_info) char
		set[sizeof(about) + sizeof(*ret)]; /* and one number */
	uint32_t n = 0;
	int r;

	memset(set, 0, sizeof(set));
	memcpy(set, &about, sizeof(about));
	r = ask(fd, device, set);
	if (r < 0)
		return r;
	memcpy(&about, set, sizeof(about));
	if (about.sset_mask)
		memcpy(&n, set + sizeof(about), sizeof(n));
	if (n == 0)
		return -EOPNOTSUPP;
	*ret = n;
	return n > MOST_STATISTICS ? -EFBIG : 0;
}

/* -EAGAIN: there are others by now. */
static int ask_statistics(int fd, struct arena *a, const char *device, str *ret)
{
	char *mark = arena_mark(a);
	size_t names_bytes, values_bytes;
	struct ethtool_gstrings *names;
	struct ethtool_stats *values;
	uint32_t n;
	char *reply;
	int r = count_statistics(fd, device, &n);

	if (r < 0)
		return r;
	names_bytes = sizeof(*names) + (size_t)n * ETH_GSTRING_LEN;
	values_bytes = sizeof(*values) + (size_t)n * sizeof(uint64_t);
	reply = arena_take(a, names_bytes + values_bytes);
	names = arena_take_zeroed(a, names_bytes + MORE_STATISTICS * ETH_GSTRING_LEN);
	values = arena_take_zeroed(a, values_bytes + MORE_STATISTICS * sizeof(uint64_t));
	if (!reply || !names || !values)
		return -EFBIG;
	*names = (struct ethtool_gstrings){ ETHTOOL_GSTRINGS, ETH_SS_STATS, n };
	*values = (struct ethtool_stats){ ETHTOOL_GSTATS, n };
	r = ask(fd, device, names);
	if (r == 0)
		r = ask(fd, device, values);
	if (r == 0 && (names->len != n || values->n_stats != n))
		r = -EAGAIN;
	if (r < 0) {
		arena_release(a, mark);
		return r;
	}
	memcpy(reply, names, names_bytes);
	memcpy(reply + names_bytes, values, values_bytes);
	arena_release(a, reply + names_bytes + values_bytes);
	*ret = (str){ reply, names_bytes + values_bytes };
	return 0;
}

/* The sizes are told when none are given; -EAGAIN: they are others by now. */
static int ask_spread(int fd, struct arena *a, const char *device, str *ret)
{
	struct ethtool_rxfh sizes = { .cmd = ETHTOOL_GRSSH };
	struct ethtool_rxfh *reply;
	char *mark = arena_mark(a);
	size_t bytes;
	int r = ask(fd, device, &sizes);

	if (r < 0)
		return r;
	if (sizes.indir_size > MOST_ENTRIES || sizes.key_size > MOST_KEY)
		return -EFBIG;
	bytes = sizeof(sizes) + sizes.indir_size * sizeof(uint32_t) + sizes.key_size;
	reply = arena_take_zeroed(a, bytes);
	if (!reply)
		return -EFBIG;
	*reply = (struct ethtool_rxfh){
		.cmd = ETHTOOL_GRSSH, .indir_size = sizes.indir_size, .key_size = sizes.key_size
	};
	r = ask(fd, device, reply);
	/* the kernel refuses sizes that are no longer right */
	if (r == -EINVAL || (r == 0 && (reply->indir_size != sizes.indir_size ||
					       reply->key_size != sizes.key_size)))
		r = -EAGAIN;
	if (r < 0)
		arena_release(a, mark);
	else
		*ret = (str){ (const char *)reply, bytes };
	return r;
}

int ethtool_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	int fd = open_socket(h, ns), r = -EAGAIN;

	if (fd < 0)
		return fd;
	for (int attempt = 0; attempt < ATTEMPTS && r == -EAGAIN; attempt++)
		r = q->spread ? ask_spread(fd, a, q->device, ret)
			      : ask_statistics(fd, a, q->device, ret);
	close(fd);
	return r;
}

static void describe_spread(FILE *out, str reply)
{
	struct ethtool_rxfh about;
	size_t at = sizeof(about);
	uint32_t queue;

	memcpy(&about, reply.p, sizeof(about));
	fprintf(out, "functions 0x%x\ntable", about.hfunc);
	for (uint32_t i = 0; i < about.indir_size && at + sizeof(queue) <= reply.n; i++) {
		memcpy(&queue, reply.p + at, sizeof(queue));
		fprintf(out, " %u", queue);
		at += sizeof(queue);
	}
	fprintf(out, "\nkey");
	for (; at < reply.n; at++)
		fprintf(out, " %02x", (unsigned char)reply.p[at]);
	fprintf(out, "\n");
}

static void describe_statistics(FILE *out, str reply)
{
	const size_t head = sizeof(struct ethtool_gstrings) + sizeof(struct ethtool_stats);
	struct ethtool_gstrings about;
	uint64_t value;
	size_t n;

	if (reply.n < head)
		return;
	memcpy(&about, reply.p, sizeof(about));
	n = (reply.n - head) / (ETH_GSTRING_LEN + sizeof(value));
	for (size_t i = 0; i < n && i < about.len; i++) {
		const char *name = reply.p + sizeof(about) + i * ETH_GSTRING_LEN;

		memcpy(&value, reply.p + head + n * ETH_GSTRING_LEN + i * sizeof(value),
			sizeof(value));
		fprintf(out, "%.*s: %llu\n", ETH_GSTRING_LEN, name, (unsigned long long)value);
	}
}

void ethtool_describe(FILE *out, str reply)
{
	uint32_t command = 0;

	if (reply.n >= sizeof(struct ethtool_rxfh))
		memcpy(&command, reply.p, sizeof(command));
	if (command == ETHTOOL_GRSSH)
		describe_spread(out, reply);
	else
		describe_statistics(out, reply);
}
