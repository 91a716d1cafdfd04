/*
 * Taking the names out of a snap. Names are the words of interfaces, RDMA devices, namespaces,
 * cgroups, tasks and the host itself; each is replaced by another of the same length, so that
 * binary replies and columns stay as they are. What a word means decides where it is replaced: a
 * task may be called "Slab" and must not change /proc/meminfo by it.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <rdma/rdma_netlink.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/netlink.h"
#include "base/own.h"
#include "host/copy.h"
#include "host/door.h"
#include "host/private.h"

enum { SHORTEST = 3, FILE_BYTES = 128 << 20 };

struct anonymizer {
	struct names words; /* word i has the pseudonym i */
	struct names pseudonyms;
	struct names keep; /* words of the kernel's own vocabulary */
	bool *anywhere; /* of word i: replaced in every text, or only in those of tasks and groups */
	uint32_t cap;
	struct arena memory;
	uint64_t seed, secret; /* the second one stays what it is */
	const char *from, *to;
	int error;
};

static struct anonymizer
	*walking; /* nftw() hands nothing through; set for the length of one walk */

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool next_word(str text, size_t *at, str *ret)
{
	size_t from = *at, to;

	while (from < text.n && !is_word_char(text.p[from]))
		from++;
	for (to = from; to < text.n && is_word_char(text.p[to]);)
		to++;
	*at = to;
	*ret = (str){ text.p + from, to - from };
	return to > from;
}

/* Letters change, digits and underscores stay: "mlx5_0" may become "qwe5_0". */
static str invent(struct anonymizer *z, str word)
{
	char name[256];

	for (size_t i = 0; i < word.n; i++) {
		bool upper = word.p[i] >= 'A' && word.p[i] <= 'Z',
		     lower = word.p[i] >= 'a' && word.p[i] <= 'z';

		z->seed = hash_mix(z->seed + 0x9e3779b97f4a7c15u);
		name[i] = upper || lower ? (char)((upper ? 'A' : 'a') + (char)(z->seed % 26))
					 : word.p[i];
	}
	return arena_copy(&z->memory, (str){ name, word.n });
}

static bool has_letter(str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (is_word_char(word.p[i]) && word.p[i] != '_' &&
			(word.p[i] < '0' || word.p[i] > '9'))
			return true;
	return false;
}

static void hide_word(struct anonymizer *z, str word, bool anywhere)
{
	uint32_t id, n = z->words.n;
	str pseudonym;

	if (word.n < SHORTEST || word.n > 255 || !has_letter(word) ||
		names_find(&z->keep, word) != NAMES_NONE)
		return;
	id = names_add(&z->words, word);
	if (id == NAMES_NONE) {
		z->error = -E2BIG;
		return;
	}
	if (id >= z->cap) {
		z->cap = z->cap ? z->cap * 2 : 256;
		z->anywhere = own_grow(z->anywhere, z->cap, sizeof(*z->anywhere));
	}
	if (id < n) {
		z->anywhere[id] |= anywhere;
		return;
	}
	do
		pseudonym = invent(z, word);
	while (pseudonym.p &&
		(names_find(&z->pseudonyms, pseudonym) != NAMES_NONE ||
			names_find(&z->keep, pseudonym) != NAMES_NONE || str_eq(pseudonym, word)));
	z->anywhere[id] = anywhere;
	names_add(&z->pseudonyms, pseudonym);
}

static void hide_words(struct anonymizer *z, str text, bool anywhere)
{
	size_t at = 0;
	str word;

	while (next_word(text, &at, &word))
		hide_word(z, word, anywhere);
}

static void keep_words(struct anonymizer *z, str text)
{
	size_t at = 0;
	str word;

	while (next_word(text, &at, &word))
		names_add(&z->keep, word);
}

/* "netdev:@pod/eth0": the namespace and the name behind it are both names. */
static void hide_entity(struct anonymizer *z, str entity, const struct names *kernel_tasks)
{
	str scope, name;

	if (!str_cut(entity, ':', &scope, &name))
		return;
	if (str_is(scope, "netdev") || str_is(scope, "queue") || str_is(scope, "rdma") ||
		str_is(scope, "host")) {
		str_cut_last(name, '/', &name, NULL);
		hide_words(z, name, true);
		if (str_cut_last(entity, '/', NULL, &name) && str_is(scope, "netdev"))
			hide_words(z, name, true);
	} else if (str_is(scope, "cgroup")) {
		hide_words(z, name, false);
	} else if (str_is(scope, "task") && names_find(kernel_tasks, entity) == NAMES_NONE) {
		hide_words(z, str_cut(name, '/', NULL, &name) ? name : (str){ "", 0 }, false);
	}
}

/* What the snap is about stands in its rows: signal, entity, sub, value. */
static int gather(struct anonymizer *z, str rows)
{
	struct names kernel_tasks;
	str rest = rows, line, signal, entity, value;

	if (names_open(&kernel_tasks, 65536, 16 << 20) < 0)
		return -ENOMEM;
	while (str_next_line(&rest, &line))
		if (str_cut(line, '\t', &signal, &entity) && str_is(signal, "app.task.kernel") &&
			str_cut_last(line, '\t', NULL, &value) && str_is(value, "1") &&
			str_cut(entity, '\t', &entity, NULL))
			names_add(&kernel_tasks, entity);
	for (rest = rows; str_next_line(&rest, &line);)
		if (str_cut(line, '\t', &signal, &entity) && str_cut(entity, '\t', &entity, NULL))
			hide_entity(z, entity, &kernel_tasks);
	names_close(&kernel_tasks);
	return z->error;
}

/* Options of the kernel's command line whose values name disks, hosts and addresses. */
static void gather_cmdline(struct anonymizer *z, str line)
{
	static const char *const telling[] = { "root", "resume", "BOOT_IMAGE", "ip", "nfsroot",
		"rd.luks.uuid", "rd.luks.name", "rd.lvm.lv", "systemd.hostname", "nameserver",
		"netdev", "init", "rdinit" };
	str word, key, value;

	while (str_next_word(&line, &word)) {
		if (str_is(word, "--")) { /* the rest is for init, and none of ours */
			hide_words(z, line, true);
			return;
		}
		for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++)
			if (str_cut(word, '=', &key, &value) && str_is(key, telling[i]))
				hide_words(z, value, true);
	}
}

static bool is_of_task_or_group(const char *path)
{
	return (str_starts(str_of(path), STR("proc/")) && path[5] >= '0' && path[5] <= '9') ||
	       strstr(path, "fs/cgroup") || strstr(path, "ask/rdma/") ||
	       strcmp(path, "manifest.json") == 0;
}

/* Same length: the text is changed in place. */
static void replace(const struct anonymizer *z, char *bytes, size_t n, bool all)
{
	size_t at = 0;
	str word;

	while (next_word((str){ bytes, n }, &at, &word)) {
		uint32_t id = names_find(&z->words, word);

		if (id != NAMES_NONE && (all || z->anywhere[id]))
			memcpy(bytes + (word.p - bytes), names_get(&z->pseudonyms, id).p, word.n);
	}
}

/* Hardware addresses are names that are not words. */
static void blank_addresses(char *bytes, size_t n)
{
	struct nlmsghdr header;

	for (size_t at = 0; at + sizeof(header) <= n; at += NLMSG_ALIGN(header.nlmsg_len)) {
		struct rtattr attribute;
		size_t end;

		memcpy(&header, bytes + at, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > n - at)
			return;
		end = at + header.nlmsg_len;
		for (size_t in = at + NLMSG_LENGTH(sizeof(struct ifinfomsg));
			in + sizeof(attribute) <= end; in += RTA_ALIGN((size_t)attribute.rta_len)) {
			memcpy(&attribute, bytes + in, sizeof(attribute));
			if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > end - in)
				break;
			if (attribute.rta_type == IFLA_ADDRESS ||
				attribute.rta_type == IFLA_BROADCAST ||
				attribute.rta_type == IFLA_PERM_ADDRESS ||
				attribute.rta_type == IFLA_IFALIAS ||
				attribute.rta_type == IFLA_PHYS_PORT_ID ||
				attribute.rta_type == IFLA_PHYS_SWITCH_ID)
				memset(bytes + in + sizeof(attribute), 0,
					attribute.rta_len - sizeof(attribute));
		}
	}
}

static void blank_value(char *bytes, str value)
{
	memset(bytes + (value.p - bytes), 0, value.n);
}

/*
 * What devlink says of a device names it by its serial number; its reply is no list of links. What cannot be
 * taken apart is not kept.
 */
static void blank_serials(char *bytes, size_t n)
{
	str rest = { bytes, n }, payload;
	struct nlmsghdr header;
	int r;

	while ((r = message_next(&rest, &header, &payload)) > 0) {
		str attributes = str_from(payload, GENL_HDRLEN);
		struct attribute one;

		while (header.nlmsg_type >= NLMSG_MIN_TYPE && attribute_next(&attributes, &one))
			if (one.type == DEVLINK_ATTR_INFO_SERIAL_NUMBER ||
				one.type == DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER)
				blank_value(bytes, one.value);
	}
	if (r < 0)
		memset(bytes + (rest.p - bytes), 0, rest.n);
}

/* Who is connected to whom, in one connection of many. */
static void blank_connection(char *bytes, str entry)
{
	struct attribute one;

	while (attribute_next(&entry, &one))
		if (one.type == RDMA_NLDEV_ATTR_RES_SRC_ADDR ||
			one.type == RDMA_NLDEV_ATTR_RES_DST_ADDR)
			blank_value(bytes, one.value);
}

static void blank_connections(char *bytes, str entries)
{
	struct attribute one;

	while (attribute_next(&entries, &one))
		blank_connection(bytes, one.value);
}

/* What an RDMA device says of itself has the hardware addresses of its ports. */
static void blank_identities(char *bytes, size_t n)
{
	str rest = { bytes, n }, payload;
	struct nlmsghdr header;
	struct attribute one;
	int r;

	while ((r = message_next(&rest, &header, &payload)) > 0)
		while (attribute_next(&payload, &one))
			if (one.type == RDMA_NLDEV_ATTR_RES_CM_ID)
				blank_connections(bytes, one.value);
			else if (one.type == RDMA_NLDEV_ATTR_RES_RAW || /* addresses among others */
				 one.type == RDMA_NLDEV_ATTR_NODE_GUID ||
				 one.type == RDMA_NLDEV_ATTR_SYS_IMAGE_GUID ||
				 one.type == RDMA_NLDEV_ATTR_SUBNET_PREFIX)
				blank_value(bytes, one.value);
	if (r < 0)
		memset(bytes + (rest.p - bytes), 0, rest.n);
}

static const struct {
	const char *name;
	void (*blank)(char *bytes, size_t n);
} telling_replies[] = {
	{ "ask/rtnl/link", blank_addresses },
	{ "ask/devlink/", blank_serials },
	{ "ask/rdma/", blank_identities },
};

static void blank_letters(char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_letter((str){ bytes + i, 1 }))
			bytes[i] = 'x';
}

/* The mount table names servers and directories; only the lines of cgroups are read. */
static void blank_mounts(char *bytes, size_t n)
{
	str rest = { bytes, n }, line;

	while (str_next_line(&rest, &line))
		if (!str_starts(line, STR("cgroup")))
			blank_letters(bytes + (line.p - bytes), line.n);
}

/* A thread may be called after what it serves: "(name)" in its stat, the first line of its status. */
static void blank_thread(char *bytes, size_t n)
{
	str text = { bytes, n }, name, line = { bytes, 0 };

	str_next_line(&text, &line);
	if (str_starts(line, STR("Name:"))) {
		blank_letters(bytes + 5, line.n - 5);
		return;
	}
	if (str_cut((str){ bytes, n }, '(', NULL, &name) && str_cut_last(name, ')', &name, NULL))
		blank_letters(bytes + (name.p - bytes), name.n);
}

/* The first one is called as its process is, and has to be found by that. */
static bool is_of_thread(const char *path)
{
	str process, thread, rest = str_of(path);

	return str_starts(rest, STR("proc/")) && str_cut(str_from(rest, 5), '/', &process, &rest) &&
	       str_starts(rest, STR("task/")) &&
	       !(str_cut(str_from(rest, 5), '/', &thread, NULL) && str_eq(process, thread));
}

static int write_new(const char *path, str bytes)
{
	OWN_FILE out = fopen(path, "wxe");

	if (!out || fwrite(bytes.p, 1, bytes.n, out) != bytes.n || fflush(out))
		return -errno;
	return 0;
}

static int read_whole(struct anonymizer *z, const char *path, str *ret)
{
	OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : read_all(fd, &z->memory, false, ret);
}

static int write_twin(const char *path, const char *inner, str reply)
{
	char twin[PATH_BYTES + 8];
	OWN_FILE out = NULL;

	snprintf(twin, sizeof(twin), "%s.txt", path);
	out = fopen(twin, "wxe");
	if (!out)
		return -errno;
	ask_describe(inner, out, reply);
	return fflush(out) ? -errno : 0;
}

static int copy_file(struct anonymizer *z, const char *path, const char *inner, const char *to)
{
	bool reply = strstr(inner, "ask/") != NULL;
	char *mark = arena_mark(&z->memory);
	str bytes;
	int r;

	if (strcmp(inner, "rows.tsv") == 0 || (reply && str_ends(str_of(inner), STR(".txt"))))
		return 0; /* both are made again */
	r = read_whole(z, path, &bytes);
	if (r < 0)
		return r;
	replace(z, mark, bytes.n,
		is_of_task_or_group(inner)); /* read_all() put the text where the mark is */
	for (size_t i = 0; i < sizeof(telling_replies) / sizeof(*telling_replies); i++)
		if (strstr(inner, telling_replies[i].name))
			telling_replies[i].blank(mark, bytes.n);
	if (strstr(inner, "ask/rtnl/address"))
		private_addresses(mark, bytes.n, z->secret);
	if (strstr(inner, "ask/diag/"))
		private_connections(mark, bytes.n, z->secret);
	if (strcmp(inner, "proc/mounts") == 0)
		blank_mounts(mark, bytes.n);
	if (is_of_thread(inner))
		blank_thread(mark, bytes.n);
	/* a host may be called "vm", which is a word of the kernel and stays one elsewhere */
	if (strcmp(inner, "proc/sys/kernel/hostname") == 0)
		blank_letters(mark, bytes.n);
	r = write_new(to, bytes);
	if (r == 0 && reply)
		r = write_twin(to, inner, bytes);
	arena_release(&z->memory, mark);
	return r;
}

static int copy_link(
	const struct anonymizer *z, const char *path, const char *inner, bool all, const char *to)
{
	char target[PATH_BYTES];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (private_is_open_file(inner))
		return symlink(private_held(str_of(target)).p, to) < 0 ? -errno : 0;
	replace(z, target, (size_t)n, all);
	return symlink(target, to) < 0 ? -errno : 0;
}

static int copy_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	struct anonymizer *z = walking;
	const char *inner = path + strlen(z->from);
	char to[PATH_BYTES];
	size_t head = strlen(z->to);
	bool all;

	(void)st;
	(void)at;
	inner += *inner == '/';
	all = is_of_task_or_group(inner);
	if (snprintf(to, sizeof(to), "%s/%s", z->to, inner) >= (int)sizeof(to)) {
		z->error = -ENAMETOOLONG;
		return 1;
	}
	replace(z, to + head, strlen(to + head), all);
	if (kind == FTW_D)
		z->error = mkdir(to, 0777) < 0 ? -errno : 0;
	else if (kind == FTW_SL || kind == FTW_SLN)
		z->error = copy_link(z, path, inner, all, to);
	else if (kind == FTW_F)
		z->error = copy_file(z, path, inner, to);
	else
		z->error = -EACCES;
	return z->error < 0;
}

static int open_anonymizer(struct anonymizer *z, const char *const *vocabulary, size_t n)
{
	static const char usual[] =
		"slice service scope system user session init machine host unified";

	if (names_open(&z->words, 65536, 16 << 20) < 0 ||
		names_open(&z->pseudonyms, 65536, 16 << 20) < 0 ||
		names_open(&z->keep, 65536, 16 << 20) < 0 || arena_open(&z->memory, FILE_BYTES) < 0)
		return -ENOMEM;
	/* without a secret a name could be found again by trying */
	if (getrandom(&z->seed, sizeof(z->seed), 0) != sizeof(z->seed) ||
		getrandom(&z->secret, sizeof(z->secret), 0) != sizeof(z->secret))
		return -EIO;
	keep_words(z, str_of(usual));
	for (size_t i = 0; i < n; i++)
		keep_words(z, str_of(vocabulary[i]));
	return 0;
}

static void close_anonymizer(struct anonymizer *z)
{
	names_close(&z->words);
	names_close(&z->pseudonyms);
	names_close(&z->keep);
	arena_close(&z->memory);
	free(z->anywhere);
}

static int gather_all(struct anonymizer *z)
{
	char path[PATH_BYTES];
	str text;
	int r;

	snprintf(path, sizeof(path), "%s/rows.tsv", z->from);
	r = read_whole(z, path, &text);
	if (r == 0)
		r = gather(z, text);
	snprintf(path, sizeof(path), "%s/proc/sys/kernel/hostname", z->from);
	if (r == 0 && read_whole(z, path, &text) == 0)
		hide_words(z, text, true);
	snprintf(path, sizeof(path), "%s/proc/cmdline", z->from);
	if (r == 0 && read_whole(z, path, &text) == 0)
		gather_cmdline(z, text);
	return r;
}

int host_anonymize(const char *from, const char *to, const char *const *vocabulary, size_t n)
{
	struct anonymizer z = { .from = from, .to = to };
	int r = open_anonymizer(&z, vocabulary, n);

	if (r == 0)
		r = gather_all(&z);
	if (r == 0) {
		walking = &z;
		/* without FTW_MOUNT: on an overlay the files of a directory may be on other devices */
		if (nftw(from, copy_one, 32, FTW_PHYS) < 0 && z.error == 0)
			z.error = -errno;
		walking = NULL;
		r = z.error;
	}
	close_anonymizer(&z);
	return r;
}
