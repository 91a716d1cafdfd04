/* Whom a message is about. */
#include "log/about.h"

#include <stdio.h>

#include "base/pci_address.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t hex_digits(str s)
{
	size_t n = 0;

	while (n < s.n && is_hex(s.p[n]))
		n++;
	return n;
}

/* Hex digits of this length before `end`; what follows the end character stays in *rest. */
static bool take_hex(str *rest, size_t min, size_t max, char end, uint64_t *ret)
{
	size_t n = hex_digits(*rest);

	if (n < min || n > max || str_hex((str){ rest->p, n }, ret) < 0)
		return false;
	*rest = str_from(*rest, n);
	if (end == '\0')
		return true;
	if (rest->n == 0 || rest->p[0] != end)
		return false;
	*rest = str_from(*rest, 1);
	return true;
}

bool pci_address(str text, char out[static ADDRESS_BYTES], str *ret)
{
	uint64_t segment = 0, bus = 0, device = 0, function = 0;
	str rest = text, short_form = text;

	if (!take_hex(&rest, 4, 8, ':', &segment)) {
		segment = 0;
		rest = short_form;
	}
	if (!take_hex(&rest, 2, 2, ':', &bus) || !take_hex(&rest, 2, 2, '\0', &device) ||
		device > 0x1f)
		return false;
	if (rest.n && (rest.p[0] != '.' || rest.n != 2 || rest.p[1] < '0' || rest.p[1] > '7'))
		return false;
	function = rest.n ? (uint64_t)(rest.p[1] - '0') : 0;
	ret->n = (size_t)snprintf(out, ADDRESS_BYTES, "%04llx:%02llx:%02llx.%llx",
		(unsigned long long)segment, (unsigned long long)bus, (unsigned long long)device,
		(unsigned long long)function);
	ret->p = out;
	return true;
}

/* The word before the next blank, and whether a colon ends the naming there. */
static bool take_word(str *rest, str *ret, bool *ret_last)
{
	if (!str_cut(*rest, ' ', ret, rest))
		return false;
	*ret_last = str_ends(*ret, STR(":"));
	if (*ret_last)
		ret->n--;
	return ret->n > 0;
}

/* The name of a netdev after the address: "eth2: ", "eth2 (unregistering): ". */
static void take_netdev(struct speaker *s, str rest)
{
	str name, state;
	bool last;

	if (!take_word(&rest, &name, &last) || name.n > 15 || name.p[0] == '(')
		return;
	if (!last) {
		if (rest.n == 0 || rest.p[0] != '(' || !str_cut(rest, ')', &state, &rest) ||
			!str_starts(rest, STR(": ")))
			return;
		rest = str_from(rest, 2);
	}
	s->netdev = name;
	s->rest = rest;
}

struct speaker speaker_of(str text)
{
	struct speaker s = { .rest = text };
	str rest = text, driver, device;
	bool last;

	if (!take_word(&rest, &driver, &last) || last || !take_word(&rest, &device, &last))
		return s;
	if (pci_is_address(device)) {
		s.pci = device;
		s.rest = rest;
		if (!last)
			take_netdev(&s, rest);
	} else if (last && str_is(driver, "infiniband")) {
		s.rdma = device;
		s.rest = rest;
	}
	return s;
}

/* All that the line names, by kind of entity. */
struct named {
	str by[SCOPES]; /* n is 0: not named */
	char addresses[4][ADDRESS_BYTES];
	char task[64], rdma[80];
};

static void name_pci(struct named *n, enum scope scope, str text, unsigned buffer)
{
	str address;

	if (text.n && pci_address(text, n->addresses[buffer], &address))
		n->by[scope] = address;
}

/* Bus, device and function of a requester id; its segment is that of the port that tells. */
static void name_rid(struct named *n, str rid, str segment)
{
	uint64_t id;

	if (rid.n != 4 || str_hex(rid, &id) < 0)
		return;
	if (!str_cut(segment, ':', &segment, NULL) || segment.n > 8)
		segment = STR("0000");
	n->by[PCI].p = n->addresses[0];
	n->by[PCI].n = (size_t)snprintf(n->addresses[0], ADDRESS_BYTES, "%.*s:%02x:%02x.%x",
		STR_ARG(segment), (unsigned)(id >> 8), (unsigned)(id >> 3 & 0x1f),
		(unsigned)(id & 7));
}

static void name_number(struct named *n, enum scope scope, str text)
{
	uint64_t value;

	if (str_u64(text, &value) < 0)
		return;
	while (text.n > 1 && text.p[0] == '0')
		text = str_from(text, 1);
	n->by[scope] = text;
}

static void name_task(struct named *n, str pid, str comm)
{
	uint64_t value;

	if (str_u64(pid, &value) < 0 || comm.n == 0 || comm.n > 32)
		return;
	n->by[TASK] = (str){ n->task, (size_t)snprintf(n->task, sizeof(n->task), "%llu/%.*s",
					      (unsigned long long)value, STR_ARG(comm)) };
}

static void name_rdma(struct named *n, str device, str port)
{
	uint64_t number;

	if (device.n == 0 || device.n > 64)
		return;
	n->by[RDMA] = device;
	if (str_u64(port, &number) == 0 && number < 256)
		n->by[RDMA] = (str){ n->rdma, (size_t)snprintf(n->rdma, sizeof(n->rdma), "%.*s/%u",
						      STR_ARG(device), (unsigned)number) };
}

static void name_groups(struct named *n, const struct match *m, str segment)
{
	const str *g = m->groups;

	name_pci(n, PCI, g[GROUP_PCI], 0);
	name_rid(n, g[GROUP_RID], segment);
	name_pci(n, GPU, g[GROUP_GPU], 1);
	n->by[NETDEV] = g[GROUP_NETDEV];
	n->by[CGROUP] = g[GROUP_CGROUP];
	n->by[DISK] = g[GROUP_DISK];
	name_rdma(n, g[GROUP_RDMA], g[GROUP_PORT]);
	name_number(n, CPU, g[GROUP_CPU]);
	name_number(n, IRQ, g[GROUP_IRQ]);
	name_number(n, NODE, g[GROUP_NODE]);
	name_task(n, g[GROUP_PID], g[GROUP_TASK]);
}

/* What DEVICE= and the beginning of the message name, where the groups named nothing. */
static void name_speaker(struct named *n, const struct log_line *line, const struct speaker *s)
{
	str device;

	if (str_starts(line->device, STR("+pci:")) && !n->by[PCI].n)
		name_pci(n, PCI, str_from(line->device, 5), 2);
	if (!n->by[PCI].n)
		name_pci(n, PCI, s->pci, 2);
	if (!n->by[NETDEV].n)
		n->by[NETDEV] = s->netdev;
	if (str_starts(line->device, STR("+infiniband:")) && !n->by[RDMA].n)
		n->by[RDMA] = str_from(line->device, 12);
	if (!n->by[RDMA].n)
		n->by[RDMA] = s->rdma;
	device = str_from(line->device, 6);
	if (str_starts(line->device, STR("+nvme:")) && !n->by[DISK].n)
		n->by[DISK] = device;
}

static uint32_t entity_of(struct session *s, const struct named *n, enum scope scope)
{
	return n->by[scope].n ? entity_add(&s->entities, scope, "", n->by[scope]) : ENTITY_NONE;
}

static void relate(struct session *s, uint32_t a, enum via via, uint32_t b)
{
	if (a != ENTITY_NONE && b != ENTITY_NONE && a != b)
		relation_say(&s->relations, a, via, b, SAID_BY_LOG, 0, 0);
}

/* Who stands on which function; and which port tells about which device. */
static void relate_all(struct session *s, const struct log_line *line, const struct named *n,
	const struct speaker *speaker)
{
	uint32_t pci = entity_of(s, n, PCI), port = ENTITY_NONE;
	char address[ADDRESS_BYTES];
	str text;

	if (speaker->pci.n && pci_address(speaker->pci, address, &text))
		port = entity_add(&s->entities, PCI, "", text);
	if (port != ENTITY_NONE && port != pci && n->by[PCI].n) {
		if (str_starts(line->text, STR("pcieport ")) &&
			relation_one(&s->relations, pci, VIA_UPSTREAM) == ENTITY_NONE)
			relate(s, pci, VIA_UPSTREAM, port);
		return;
	}
	relate(s, entity_of(s, n, NETDEV), VIA_PCI, pci);
	relate(s, entity_of(s, n, RDMA), VIA_PCI, pci);
	relate(s, entity_of(s, n, GPU), VIA_PCI, pci);
	relate(s, entity_of(s, n, DISK), VIA_PCI, pci);
}

uint32_t about_entity(struct session *session, const struct log_line *line, const struct match *m)
{
	static const enum scope order[] = { NETDEV, RDMA, GPU, PCI, DISK, CGROUP, TASK, IRQ, CPU,
		NODE };
	enum scope wanted = catalog_get(&session->catalog, m->sig)->scope;
	struct speaker speaker = speaker_of(line->text);
	struct named named = { 0 };
	uint32_t who = ENTITY_NONE;

	name_groups(&named, m, speaker.pci);
	name_speaker(&named, line, &speaker);
	if (!named.by[GPU].n && wanted == GPU)
		named.by[GPU] = named.by[PCI];
	if (!named.by[PCI].n)
		named.by[PCI] = named.by[GPU];
	relate_all(session, line, &named, &speaker);
	if (wanted != HOST)
		who = entity_of(session, &named, wanted);
	for (size_t i = 0;
		wanted != HOST && who == ENTITY_NONE && i < sizeof(order) / sizeof(*order); i++)
		who = entity_of(session, &named, order[i]);
	if (who == ENTITY_NONE)
		who = entity_add(&session->entities, HOST, "", STR(""));
	return who;
}
