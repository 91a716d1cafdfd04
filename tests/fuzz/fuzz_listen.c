/*
 * The fuzz target of what listeners hear: the first byte chooses the parser, the rest is one message,
 * or several with their lengths before them where a parser remembers what came before.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/names.h"
#include "base/own.h"
#include "fuzz.h"
#include "listen/cgroup.h"
#include "listen/clock.h"
#include "listen/devlinks.h"
#include "listen/groups.h"
#include "listen/journal.h"
#include "listen/links.h"
#include "listen/psi.h"
#include "listen/rdma.h"
#include "listen/trace_decode.h"
#include "listen/uevent.h"
#include "listen/verbs.h"

#include "../unit/heard_bytes.h"
#include "../unit/nldev_bytes.h"

enum { MOST_NOTICES = 65536 };

static unsigned noticed;

/* What is told is about somebody, and is text that ends. */
static void check(void *self, const struct notice *n)
{
	const unsigned *rows = self;

	MUST(n->row < *rows && n->severity < EVENT_SEVERITIES && n->scope < SCOPES);
	MUST(n->scope == HOST || (n->name.n > 0 && n->name.n < 256));
	MUST(n->text.n > 0 && n->text.n < NOTICE_TEXT);
	MUST(strnlen(n->text.p, n->text.n + 1) == n->text.n);
	MUST(++noticed <= MOST_NOTICES);
}

/* Cut the next message off: two bytes of length, and memory of its own that ends where it ends. */
static bool next_message(str *rest, char **ret_copy, str *ret)
{
	size_t n;

	if (rest->n < 2)
		return false;
	n = (size_t)(unsigned char)rest->p[0] << 8 | (unsigned char)rest->p[1];
	*rest = str_from(*rest, 2);
	n = n < rest->n ? n : rest->n;
	*ret_copy = own_alloc(1, n ? n : 1);
	if (n)
		memcpy(*ret_copy, rest->p, n);
	*ret = (str){ *ret_copy, n };
	*rest = str_from(*rest, n);
	return true;
}

static void fuzz_uevent(str from, struct notices *out)
{
	OWN_MEMORY char *copy = own_alloc(1, from.n ? from.n : 1);
	int r;

	if (from.n)
		memcpy(copy, from.p, from.n);
	r = uevent_parse((str){ copy, from.n }, out);
	MUST(r == 0 || r == -EBADMSG);
	MUST(r == 0 || noticed == 0);
}

static void check_links(const struct links *links)
{
	MUST(links->n <= LINKS_MOST && links->n <= links->cap);
	for (uint32_t i = 0; i < links->n; i++) {
		MUST(i == 0 || links->items[i - 1].index < links->items[i].index);
		MUST(strnlen(links->items[i].name, LINK_NAME) < LINK_NAME);
	}
}

/* The first is what there is to begin with; then, in turn, one is heard and one is a dump. */
static void fuzz_links(str from, struct notices *out)
{
	struct links links = { 0 };
	str message;

	for (unsigned i = 0; i < 64; i++) {
		OWN_MEMORY char *copy = NULL;
		int r;

		if (!next_message(&from, &copy, &message))
			break;
		if (i % 3 == 2)
			links_begin(&links);
		r = links_parse(&links, message, i ? out : NULL);
		MUST(r == 0 || r == -EBADMSG);
		if (i % 3 == 2)
			links_end(&links, out);
		check_links(&links);
	}
	links_close(&links);
}

static void check_devlinks(const struct devlinks *known)
{
	MUST(known->n_reporters <= REPORTERS_MOST && known->n_ports <= PORTS_MOST);
	for (uint32_t i = 0; i < known->n_reporters; i++)
		MUST(strnlen(known->reporters[i].name, REPORTER_NAME) < REPORTER_NAME);
}

static void fuzz_devlinks(str from, struct notices *out)
{
	static struct devlinks known;
	str message;

	known = (struct devlinks){ 0 };
	for (unsigned i = 0; i < 64; i++) {
		OWN_MEMORY char *copy = NULL;
		int r;

		if (!next_message(&from, &copy, &message))
			break;
		r = devlinks_parse(&known, message, i ? out : NULL);
		MUST(r == 0 || r == -EBADMSG);
		check_devlinks(&known);
	}
}

static void fuzz_family(str from, struct notices *out)
{
	OWN_MEMORY char *copy = own_alloc(1, from.n ? from.n : 1);
	uint16_t family;
	uint32_t group;
	int r;

	(void)out;
	if (from.n)
		memcpy(copy, from.p, from.n);
	r = family_parse((str){ copy, from.n }, "config", &family, &group);
	MUST(r == 0 || r == -ENOENT || r == -EBADMSG);
}

static void fuzz_clocks(str from, struct notices *out)
{
	struct clocks two[2] = { 0 };
	struct clock_change change;

	(void)out;
	memcpy(two, from.p, from.n < sizeof(two) ? from.n : sizeof(two));
	change = clocks_compare(&two[0], &two[1]);
	MUST(change.asleep_ns >= 0);
	MUST(change.step_ns == 0 || change.step_ns >= CLOCK_LEAST_STEP_NS ||
		change.step_ns <= -CLOCK_LEAST_STEP_NS);
}

static void fuzz_files(str from, struct notices *out)
{
	OWN_MEMORY char *copy = own_alloc(1, from.n ? from.n : 1);
	struct group_values values = { 0 }, none = { 0 };
	char root[GROUP_PATH];
	uint64_t total;
	str text;

	(void)out;
	if (from.n)
		memcpy(copy, from.p, from.n);
	text = (str){ copy, from.n };
	psi_total(text, "some", &total);
	MUST(!groups_find(text, root) || strnlen(root, GROUP_PATH) < GROUP_PATH);
	for (enum group_file file = 0; file < GROUP_FILES; file++) {
		int r = group_values_read(file, text, &values);

		MUST(r == 0 || r == -EBADMSG);
	}
	for (unsigned key = 0; key < GROUP_KEYS; key++)
		MUST(group_key_grown(key, &none, &values) == 0);
}

/* The words are those of the entry, which may have none. */
static void check_entry(void *self, const struct notice *n)
{
	(void)self;
	MUST(n->row < JOURNAL_ROWS && n->severity < EVENT_SEVERITIES);
	MUST(n->scope == HOST || (n->scope == CGROUP && n->name.n > 0));
	MUST(++noticed <= 1);
}

/* The fields of an entry, with their lengths before them. */
static void fuzz_journal(str from, struct notices *out)
{
	struct notices entry_out = { .give = check_entry };
	char *copies[JOURNAL_FIELDS] = { NULL };
	struct journal_entry entry = { 0 };

	(void)out;
	for (unsigned i = 0; i < JOURNAL_FIELDS; i++)
		if (!next_message(&from, &copies[i], &entry.fields[i]))
			break;
	journal_understand(&entry, &entry_out);
	for (unsigned i = 0; i < JOURNAL_FIELDS; i++)
		free(copies[i]);
}

static void fuzz_trace(str from, struct notices *out)
{
	OWN_MEMORY char *copy = own_alloc(1, from.n ? from.n : 1);
	struct trace_page page;
	int64_t at_ns;
	str record;

	(void)out;
	if (from.n)
		memcpy(copy, from.p, from.n);
	if (trace_page_open((str){ copy, from.n }, &page) < 0)
		return;
	while (trace_page_next(&page, &at_ns, &record)) {
		MUST(record.p >= copy && record.n <= from.n);
		MUST(record.p + record.n <= copy + from.n);
	}
}

static void fuzz_rdma(str from, struct notices *out)
{
	OWN_MEMORY char *copy = own_alloc(1, from.n ? from.n : 1);
	int r;

	if (from.n)
		memcpy(copy, from.p, from.n);
	r = rdma_notice_parse((str){ copy, from.n }, out);
	MUST(r == 0 || r == -EBADMSG);
	rdma_tells((str){ copy, from.n });
}

static void fuzz_verbs(str from, struct notices *out)
{
	OWN_MEMORY char *copy = own_alloc(1, from.n ? from.n : 1);
	struct host_verbs_message m;
	int r;

	if (from.n)
		memcpy(copy, from.p, from.n);
	r = verbs_parse((str){ copy, from.n }, &m, out);
	MUST(r == 0 || r == -EBADMSG);
	MUST(r < 0 ||
		(m.kind < VERBS_KINDS && strnlen(m.device, sizeof(m.device)) < sizeof(m.device)));
	MUST(r == 0 || noticed == 0);
}

static const struct {
	void (*run)(str from, struct notices *out);
	unsigned rows;
} parsers[] = { { fuzz_uevent, 64 }, { fuzz_links, LINK_ROWS }, { fuzz_devlinks, DEVLINK_ROWS },
	{ fuzz_family, 0 }, { fuzz_clocks, 0 }, { fuzz_files, 0 }, { fuzz_journal, 0 },
	{ fuzz_trace, 0 }, { fuzz_rdma, RDMA_ROWS }, { fuzz_verbs, VERBS_ROWS } };
enum {
	OF_UEVENT,
	OF_LINKS,
	OF_DEVLINKS,
	OF_FAMILY,
	OF_CLOCKS,
	OF_FILES,
	OF_JOURNAL,
	OF_TRACE,
	OF_RDMA,
	OF_VERBS,
	PARSERS = sizeof(parsers) / sizeof(*parsers)
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned rows;
	struct notices out = { .give = check, .self = &rows };

	if (size < 1)
		return 0;
	noticed = 0;
	rows = parsers[data[0] % PARSERS].rows;
	parsers[data[0] % PARSERS].run((str){ (const char *)data + 1, size - 1 }, &out);
	return 0;
}

/* Messages of a seed, one behind the other. */
struct seed {
	char bytes[1 << 16];
	size_t n;
};

static void add_message(struct seed *seed, str message)
{
	seed->bytes[seed->n++] = (char)(message.n >> 8);
	seed->bytes[seed->n++] = (char)(message.n & 0xff);
	memcpy(seed->bytes + seed->n, message.p, message.n);
	seed->n += message.n;
}

static int write_seed(const char *out, unsigned parser, str bytes)
{
	char path[512];
	OWN_FILE file = NULL;

	snprintf(path, sizeof(path), "%s/%u-%016llx", out, parser,
		(unsigned long long)hash_bytes(bytes.p, bytes.n));
	file = fopen(path, "we");
	if (!file)
		return 1;
	fputc((int)parser, file);
	fwrite(bytes.p, 1, bytes.n, file);
	return 0;
}

static int seed_links(const char *out)
{
	static struct seed seed;
	struct told_link link = { .type = RTM_NEWLINK,
		.index = 4,
		.flags = IFF_UP | IFF_LOWER_UP,
		.name = "eth0",
		.mtu = 1500,
		.operstate = 6,
		.carrier = 1,
		.counted = true };
	char bytes[HEARD_ROOM];

	add_message(&seed, tell_link(bytes, &link));
	link.carrier = 0, link.operstate = 2, link.down_count = 1;
	add_message(&seed, tell_link(bytes, &link));
	link.name = "up0", link.mtu = 9000, link.flags = 0;
	add_message(&seed, tell_link(bytes, &link));
	link.index = 5, link.counted = false;
	add_message(&seed, tell_link(bytes, &link));
	link.type = RTM_DELLINK;
	add_message(&seed, tell_link(bytes, &link));
	return write_seed(out, OF_LINKS, (str){ seed.bytes, seed.n });
}

static int seed_devlinks(const char *out)
{
	static struct seed seed;
	struct told_devlink told = { .command = DEVLINK_CMD_HEALTH_REPORTER_RECOVER,
		.bus = "pci",
		.device = "0000:04:00.0",
		.reporter = "tx",
		.of_port = true,
		.port = 65535 };
	char bytes[HEARD_ROOM];

	for (uint8_t i = 0; i < 6; i++) {
		told.errors = i / 2, told.recoveries = i / 3, told.state = i % 2;
		add_message(&seed, tell_devlink(bytes, &told));
	}
	told.reporter = NULL, told.netdev = "eth0";
	for (uint8_t command = DEVLINK_CMD_PORT_NEW; command <= DEVLINK_CMD_PORT_DEL; command++) {
		told.command = command;
		add_message(&seed, tell_devlink(bytes, &told));
	}
	told.of_port = false;
	for (uint8_t command = DEVLINK_CMD_NEW; command <= DEVLINK_CMD_DEL; command++) {
		told.command = command;
		add_message(&seed, tell_devlink(bytes, &told));
	}
	return write_seed(out, OF_DEVLINKS, (str){ seed.bytes, seed.n });
}

/* An interface that comes to a port, and one that goes. */
static int seed_rdma(const char *out)
{
	enum { MONITOR = 28, EVENT_TYPE = 102 };
	static struct nldev_message m;
	struct pack all = { 0 };
	int failed;

	for (uint8_t type = 0; type < 5; type++) {
		struct nlmsghdr *header = nldev_begin(&m, MONITOR, 3, "mlx5_0");

		mnl_attr_put_u32(header, RDMA_NLDEV_ATTR_PORT_INDEX, type);
		mnl_attr_put_strz(header, RDMA_NLDEV_ATTR_NDEV_NAME, "eth0");
		mnl_attr_put_u8(header, EVENT_TYPE, type);
		nldev_put(&all, &m);
	}
	failed = write_seed(out, OF_RDMA, (str){ all.p, all.n });
	pack_free(&all);
	return failed;
}

static int seed_verbs(const char *out)
{
	struct host_verbs_message m = { .device = "mlx5_0", .port = 1 };
	int failed = 0;

	for (uint32_t kind = 0; kind < VERBS_KINDS; kind++) {
		m.kind = kind;
		failed += write_seed(out, OF_VERBS, (str){ (const char *)&m, sizeof(m) });
	}
	m.kind = VERBS_EVENT;
	for (m.value = 7; m.value < 19; m.value++)
		failed += write_seed(out, OF_VERBS, (str){ (const char *)&m, sizeof(m) });
	return failed;
}

static int seed_uevents(const char *out)
{
	static const char *const of[][9] = {
		{ "change@/devices/pci0000:00/0000:04:00.0", "ACTION=change", "SUBSYSTEM=pci",
			"DEVPATH=/devices/pci0000:00/0000:04:00.0", "DRIVER=mlx5_core",
			"PCI_SLOT_NAME=0000:04:00.0", "ERROR_EVENT=FAILED_RECOVERY",
			"DEVICE_ONLINE=0", NULL },
		{ "move@/devices/x/net/up0", "ACTION=move", "DEVPATH=/devices/x/net/up0",
			"DEVPATH_OLD=/devices/x/net/eth0", "SUBSYSTEM=net", "INTERFACE=up0", NULL },
		{ "offline@/devices/system/cpu/cpu3", "ACTION=offline",
			"DEVPATH=/devices/system/cpu/cpu3", "SUBSYSTEM=cpu", NULL },
		{ "change@/devices/0000:03:00.0/drm/card0", "ACTION=change",
			"DEVPATH=/devices/0000:03:00.0/drm/card0", "SUBSYSTEM=drm", "WEDGED=rebind",
			NULL },
		{ "add@/devices/0000:04:00.0", "ACTION=add", "SUBSYSTEM=pci",
			"DEVPATH=/devices/0000:04:00.0", "SYNTH_UUID=0", NULL },
	};
	char bytes[HEARD_ROOM];
	int failed = 0;

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++)
		failed += write_seed(out, OF_UEVENT, tell_uevent(bytes, of[i]));
	return failed;
}

static int seed_files(const char *out)
{
	static const char *const files[] = {
		"some avg10=4.05 avg60=0.82 avg300=0.17 total=610350\nfull avg10=0.00 total=17\n",
		"proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n",
		"low 1\nhigh 20\nmax 300\noom 4\noom_kill 5\noom_group_kill 6\n",
		"populated 1\nfrozen 0\n",
	};
	int failed = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		failed += write_seed(out, OF_FILES, str_of(files[i]));
	return failed;
}

static int seed_journal(const char *out)
{
	static const char *const entries[][JOURNAL_FIELDS] = {
		{ [MESSAGE] = "x@1.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED",
			[MESSAGE_ID] = "98e322203f7a4ed290d09fe03c09fe15",
			[UNIT] = "x@1.service",
			[EXIT_CODE] = "exited",
			[EXIT_STATUS] = "3",
			[TRUSTED_PID] = "1" },
		{ [MESSAGE] = "systemd-oomd killed 3 process(es) in this unit.",
			[MESSAGE_ID] = "d989611b15e44c9dbf31e3c81256e4ed",
			[UNIT] = "a-b.service",
			[N_PROCESSES] = "3",
			[TRUSTED_PID] = "1" },
		{ [MESSAGE] = "Killed /a.slice/b.service due to memory pressure for /a.slice",
			[TRUSTED_UNIT] = "systemd-oomd.service" },
	};
	int failed = 0;

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		static struct seed seed;

		seed.n = 0;
		for (unsigned k = 0; k < JOURNAL_FIELDS; k++)
			add_message(&seed, entries[i][k] ? str_of(entries[i][k]) : STR(""));
		failed += write_seed(out, OF_JOURNAL, (str){ seed.bytes, seed.n });
	}
	return failed;
}

/* A page with a record of one word, one with a length of its own, times and a hole. */
static int seed_trace(const char *out)
{
	const uint32_t page[] = { 1000, 0, 0xc0000000u + 14 * 4, 0, 1 | 5 << 5, 7, 30 | 7 << 5, 3,
		0 | 1 << 5, 12, 1, 2, 29 | 1 << 5, 8, 0, 31 | 1 << 5, 2, 2, 77, 0 };

	return write_seed(out, OF_TRACE, (str){ (const char *)page, sizeof(page) });
}

int fuzz_make_seeds(const char *out, int n_trees, char **trees)
{
	char bytes[HEARD_ROOM];

	(void)n_trees;
	(void)trees;
	return seed_links(out) + seed_devlinks(out) + seed_uevents(out) + seed_files(out) +
	       seed_journal(out) + seed_trace(out) + seed_rdma(out) + seed_verbs(out) +
	       write_seed(out, OF_FAMILY, tell_family(bytes, 0x1a, 9)) +
	       write_seed(out, OF_CLOCKS, (str){ "0123456789abcdef0123456789abcdef", 32 });
}
