/* Config space of one PCI function: its header and some capabilities, since a read of a register may act. */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

enum {
	DWORD = 4,
	FIRST_CAPABILITY = PCI_STD_HEADER_SIZEOF,
	FIRST_EXTENDED = PCI_CFG_SPACE_SIZE,
	MOST_BYTES = 0x38, /* of one capability */
	MOST_PIECES = 96,  /* a list with more of them is none */
	PIECE_HEAD = 4,
	NO_EXPRESS = -1,
	LANE_ERRORS_END = 12, /* of the secondary PCI Express capability (7.7.3.3) */
};

struct config {
	int fd;
	int port_type; /* of PCI Express, or NO_EXPRESS */
	unsigned n_pieces;
	bool seen[PCI_CFG_SPACE_EXP_SIZE / DWORD];
	size_t n;
	char reply[PIECE_HEAD + PCI_STD_HEADER_SIZEOF + MOST_PIECES * (PIECE_HEAD + MOST_BYTES) +
		   PIECE_HEAD];
};

static unsigned word_of(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

/* How many bytes there were: 0 where the file ends before, be that what it has or what we may see of it. */
static int read_registers(int fd, unsigned at, unsigned n, unsigned char *to)
{
	ssize_t got;

	do
		got = pread(fd, to, n, at);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got > 0 && (unsigned)got < n ? -EIO : (int)got;
}

static void put_head(struct config *c, unsigned at, unsigned n)
{
	const unsigned char head[PIECE_HEAD] = { (unsigned char)at, (unsigned char)(at >> 8),
		(unsigned char)n, (unsigned char)(n >> 8) };

	memcpy(c->reply + c->n, head, sizeof(head));
	c->n += sizeof(head);
}

static void put_piece(struct config *c, unsigned at, const unsigned char *bytes, unsigned n)
{
	put_head(c, at, n);
	memcpy(c->reply + c->n, bytes, n);
	c->n += n;
}

/* ---- how much of each capability ---- */

/* Links and slots are where the kind of function has them (PCIe base specification 7.5.3). */
static unsigned express_bytes(unsigned flags)
{
	switch ((flags & PCI_EXP_FLAGS_TYPE) >> 4) {
	case PCI_EXP_TYPE_RC_END:
	case PCI_EXP_TYPE_RC_EC:
		return PCI_EXP_LNKCAP;
	case PCI_EXP_TYPE_ROOT_PORT:
	case PCI_EXP_TYPE_DOWNSTREAM:
		return (flags & PCI_EXP_FLAGS_VERS) > 1 ? PCI_EXP_SLTCAP2 : PCI_EXP_RTCTL;
	default:
		return (flags & PCI_EXP_FLAGS_VERS) > 1 ? PCI_EXP_SLTCAP2 : PCI_EXP_SLTCAP;
	}
}

static unsigned standard_bytes(struct config *c, const unsigned char *head)
{
	unsigned flags = word_of(head + PCI_EXP_FLAGS);

	switch (head[PCI_CAP_LIST_ID]) {
	case PCI_CAP_ID_PM:
		return PCI_PM_SIZEOF;
	case PCI_CAP_ID_EXP:
		c->port_type = (int)(flags & PCI_EXP_FLAGS_TYPE) >> 4;
		return express_bytes(flags);
	default:
		return DWORD; /* what MSI and MSI-X are asked for stands beside their id */
	}
}

/* The header log of AER is left alone save where the root registers stand behind it. */
static unsigned extended_bytes(struct config *c, const unsigned char *head)
{
	switch (word_of(head)) {
	case PCI_EXT_CAP_ID_ERR:
		return c->port_type == PCI_EXP_TYPE_ROOT_PORT || c->port_type == PCI_EXP_TYPE_RC_EC
			       ? PCI_ERR_ROOT_ERR_SRC + DWORD
			       : PCI_ERR_HEADER_LOG;
	case PCI_EXT_CAP_ID_ACS:
		return PCI_ACS_EGRESS_CTL_V;
	case PCI_EXT_CAP_ID_DPC:
		return PCI_EXP_DPC_RP_PIO_STATUS;
	case PCI_EXT_CAP_ID_SECPCI:
		return LANE_ERRORS_END;
	case PCI_EXT_CAP_ID_L1SS:
		return PCI_L1SS_CTL2;
	default:
		return DWORD;
	}
}

/* ---- the lists ---- */

/* The first four bytes say what it is, and so how many there are. 1; 0: it is not there; -errno. */
static int read_capability(struct config *c, unsigned at, unsigned end, unsigned char *bytes)
{
	int r = read_registers(c->fd, at, DWORD, bytes);
	unsigned n;

	if (r <= 0)
		return r;
	n = end == FIRST_EXTENDED ? standard_bytes(c, bytes) : extended_bytes(c, bytes);
	if (n > end - at)
		n = end - at;
	if (n > DWORD) {
		r = read_registers(c->fd, at + DWORD, n - DWORD, bytes + DWORD);
		if (r <= 0)
			return r < 0 ? r : -EIO;
	}
	put_piece(c, at, bytes, n);
	c->n_pieces++;
	return 1;
}

/* Each one is read once, wherever the list leads. */
static bool goes_on(struct config *c, unsigned at, unsigned begin)
{
	if (at < begin || c->n_pieces == MOST_PIECES || c->seen[at / DWORD])
		return false;
	c->seen[at / DWORD] = true;
	return true;
}

/* drivers/pci/pci-sysfs.c: without CAP_SYS_ADMIN the file ends where the list begins. */
static int walk_standard(struct config *c, unsigned at)
{
	unsigned char bytes[MOST_BYTES] = { 0 };

	while (goes_on(c, at & ~3u, FIRST_CAPABILITY)) {
		int r = read_capability(c, at & ~3u, FIRST_EXTENDED, bytes);

		if (r <= 0)
			return r < 0 ? r : -EACCES;
		if (bytes[PCI_CAP_LIST_ID] == 0xff)
			break;
		at = bytes[PCI_CAP_LIST_NEXT];
	}
	return 0;
}

/* A host bridge that cannot reach it shows no more than 256 bytes, which is no failure. */
static int walk_extended(struct config *c)
{
	unsigned char bytes[MOST_BYTES] = { 0 };
	unsigned at = FIRST_EXTENDED;

	while (goes_on(c, at, FIRST_EXTENDED)) {
		int r = read_capability(c, at, PCI_CFG_SPACE_EXP_SIZE, bytes);

		if (r <= 0)
			return r;
		at = (word_of(bytes + 2) >> 4) & ~3u;
	}
	return 0;
}

static bool is_answer(const unsigned char *header)
{
	for (unsigned i = 0; i < PCI_STD_HEADER_SIZEOF; i++)
		if (header[i] != 0xff)
			return true;
	return false;
}

static int read_config(struct config *c)
{
	unsigned char header[PCI_STD_HEADER_SIZEOF];
	int r = read_registers(c->fd, 0, sizeof(header), header);

	if (r <= 0)
		return r < 0 ? r : -EIO;
	put_piece(c, 0, header, sizeof(header));
	r = 0;
	if (is_answer(header) && (header[PCI_STATUS] & PCI_STATUS_CAP_LIST) &&
		(header[PCI_HEADER_TYPE] & 0x7f) <= PCI_HEADER_TYPE_BRIDGE)
		r = walk_standard(c, header[PCI_CAPABILITY_LIST]);
	if (r == 0 && c->port_type != NO_EXPRESS)
		r = walk_extended(c);
	put_head(c, 0, 0);
	return r;
}

int config_read(int fd, struct arena *a, str *ret)
{
	struct config c = { .fd = fd, .port_type = NO_EXPRESS };
	int r = read_config(&c);
	str copy;

	if (r < 0)
		return r;
	copy = arena_copy(a, (str){ c.reply, c.n });
	if (!copy.p)
		return -EFBIG;
	*ret = copy;
	return 0;
}

int config_ask(struct host *h, struct arena *a, const char *function, str *ret)
{
	char path[PATH_BYTES];
	OWN_FD fd = -1;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config", function);
	fd = openat(h->root, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : config_read(fd, a, ret);
}

/* As lspci -xxxx prints what it reads. */
void config_describe(FILE *out, str reply)
{
	while (reply.n >= PIECE_HEAD) {
		const unsigned char *p = (const unsigned char *)reply.p;
		unsigned at = word_of(p), n = word_of(p + 2);

		reply = str_from(reply, PIECE_HEAD);
		if (n > reply.n)
			return;
		for (unsigned i = 0; i < n; i++) {
			if (i % 16 == 0)
				fprintf(out, "%s%03x:", i ? "\n" : "", at + i);
			fprintf(out, " %02x", p[PIECE_HEAD + i]);
		}
		fputs(n ? "\n" : "", out);
		reply = str_from(reply, n);
	}
}
