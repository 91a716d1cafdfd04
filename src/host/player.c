/*
 * The reading side of recordings. Whatever is wrong with a tape ends it there: the ticks before
 * stand, each proven by its sum. No length is believed before it was compared with what is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"
#include "host/patch.h"
#include "host/tape.h"

enum { TICK_TEXTS = 1 << 30 };

struct player {
	int fd;
	uint64_t at;  /* of the next tick in the file */
	int64_t said; /* ticks, as the manifest has it; -1: it was not finished */
	uint64_t
		number; /* that the next one must have: it tells what is other than in the one before */
	uint64_t ticks, made; /* whole ones; bytes of text in the present one */
	struct shelf shelf;
	struct host_clock clock;
	struct pack body, text;
	int ended; /* what player_next() says from now on */
	char damage[160];
};

static int read_exactly(int fd, char *to, size_t n, uint64_t at)
{
	while (n) {
		ssize_t got = pread(fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ENODATA;
		to += got;
		n -= (size_t)got;
		at += (uint64_t)got;
	}
	return 0;
}

static uint64_t file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

/* Only a plain file is read: a tape may come from a stranger. */
static int open_tape(int root)
{
	OWN_FD fd = openat(root, "tape", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -EUCLEAN : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? own_take_fd(&fd) : -EUCLEAN;
}

static bool has_magic(int fd)
{
	char magic[32];

	return read_exactly(fd, magic, TAPE_MAGIC.n, 0) == 0 &&
	       str_eq((str){ magic, TAPE_MAGIC.n }, TAPE_MAGIC);
}

bool player_is_there(int root)
{
	OWN_FD fd = open_tape(root);

	return fd >= 0 && has_magic(fd);
}

int player_open(int root, const struct manifest *manifest, struct player **ret)
{
	OWN_FD fd = open_tape(root);
	struct player *p;

	if (fd < 0)
		return fd;
	if (manifest_version(manifest) != TAPE_MANIFEST_VERSION)
		return -EPROTONOSUPPORT;
	if (!has_magic(fd))
		return -EUCLEAN;
	p = own_alloc(1, sizeof(*p));
	if (shelf_open(&p->shelf) < 0) {
		free(p);
		return -ENOMEM;
	}
	p->fd = own_take_fd(&fd);
	p->at = TAPE_MAGIC.n;
	p->said = manifest_ticks(manifest);
	*ret = p;
	return 0;
}

struct player *player_close(struct player *p)
{
	if (!p)
		return NULL;
	shelf_close(&p->shelf);
	pack_free(&p->body);
	pack_free(&p->text);
	own_close_fd(&p->fd);
	free(p);
	return NULL;
}

static int end(struct player *p, const char *why)
{
	snprintf(p->damage, sizeof(p->damage),
		"%s at byte %" PRIu64 "; the %" PRIu64 " ticks before it were read", why, p->at,
		p->ticks);
	p->ended = -EBADMSG;
	return -EBADMSG;
}

static int end_of_tape(struct player *p)
{
	if (p->said >= 0 && (uint64_t)p->said != p->ticks)
		return end(p, "it ends, other than its manifest says,");
	p->ended = -ENODATA;
	return -ENODATA;
}

static struct shelved *unpack_item(struct player *p, str *rest)
{
	uint64_t id, ms;

	if (!unpack_number(rest, &id) || !unpack_number(rest, &ms) || id >= p->shelf.keys.n)
		return NULL;
	return &p->shelf.items[id];
}

static bool do_key(struct player *p, str key)
{
	uint32_t known = p->shelf.keys.n;

	return key.n > 0 && key.n < SHELF_KEY && shelf_add(&p->shelf, key) == known;
}

/* A patch may make much of little: there is an end to it. */
static bool put(struct player *p, struct shelved *item, str text)
{
	p->made += text.n;
	if (text.n > HOST_MAX_FILE || p->made > TICK_TEXTS)
		return false;
	shelved_put(item, text);
	return true;
}

static bool do_text(struct player *p, str payload)
{
	struct shelved *item = unpack_item(p, &payload);

	return item && put(p, item, payload);
}

static bool do_patch(struct player *p, str payload)
{
	struct shelved *item = unpack_item(p, &payload);

	p->text.n = 0;
	if (!item || !item->there || item->error ||
		!patch_apply(&p->text, (str){ item->bytes, item->n }, payload, HOST_MAX_FILE))
		return false;
	return put(p, item, (str){ p->text.p, p->text.n });
}

static bool do_error(struct player *p, str payload)
{
	struct shelved *item = unpack_item(p, &payload);
	uint64_t error;

	if (!item || !unpack_number(&payload, &error) || error == 0 || error > 4095)
		return false;
	shelved_fail(item, -(int)error);
	return true;
}

static bool do_gone(struct player *p, str payload)
{
	uint64_t id = 0, step;

	while (payload.n) {
		if (!unpack_number(&payload, &step) || step >= p->shelf.keys.n)
			return false;
		id += step;
		if (id >= p->shelf.keys.n)
			return false;
		shelved_drop(&p->shelf.items[id]);
	}
	return true;
}

static bool do_record(struct player *p, str *rest)
{
	uint64_t kind;
	str payload;

	if (!unpack_number(rest, &kind) || !unpack_text(rest, &payload))
		return false;
	switch (kind) {
	case TAPE_KEY:
		return do_key(p, payload);
	case TAPE_TEXT:
		return do_text(p, payload);
	case TAPE_PATCH:
		return do_patch(p, payload);
	case TAPE_ERROR:
		return do_error(p, payload);
	case TAPE_GONE:
		return do_gone(p, payload);
	default:
		return true; /* of a newer faultline */
	}
}

static bool do_body(struct player *p, str body)
{
	uint64_t first[7];

	p->made = 0;
	for (unsigned i = 0; i < 7; i++)
		if (!unpack_u64(&body, &first[i]) || first[i] > INT64_MAX / 2)
			return false; /* so that two times can be subtracted by whoever wants */
	if (first[0] != p->number)
		return false;
	while (body.n)
		if (!do_record(p, &body))
			return false;
	p->number++;
	p->clock = (struct host_clock){
		.tick = first[0],
		.wall_ns = (int64_t)first[1],
		.mono_ns = (int64_t)first[2],
		.boot_ns = (int64_t)first[3],
		.end_ns = (int64_t)first[5],
	};
	return true;
}

/* A head that was checked against what is left of the file; *ret_size is that of its body. */
static int read_head(struct player *p, uint64_t left, uint64_t *ret_size, uint64_t *ret_sum)
{
	char head[TAPE_HEAD];
	str rest = { head, sizeof(head) }, word;

	if (left < TAPE_HEAD)
		return end(p, "a tick is cut");
	if (read_exactly(p->fd, head, sizeof(head), p->at) < 0)
		return end(p, "it cannot be read");
	if (!unpack_bytes(&rest, TAPE_TICK.n, &word) || !str_eq(word, TAPE_TICK) ||
		!unpack_u64(&rest, ret_size) || !unpack_u64(&rest, ret_sum) ||
		*ret_size > TAPE_BODY || *ret_size < TAPE_FIRST)
		return end(p, "there is no tick");
	if (*ret_size > left - TAPE_HEAD)
		return end(p, "a tick is cut");
	return 0;
}

/* One tick: its head, its sum, its records. *ret_n is how long it is in the file. */
static int read_tick(struct player *p, uint64_t left, uint64_t *ret_n)
{
	uint64_t size, sum;
	int r = read_head(p, left, &size, &sum);

	if (r < 0)
		return r;
	p->body.n = 0;
	pack_room(&p->body, (size_t)size);
	if (read_exactly(p->fd, p->body.p, (size_t)size, p->at + TAPE_HEAD) < 0)
		return end(p, "it cannot be read");
	if (hash_bytes(p->body.p, (size_t)size) != sum)
		return end(p, "a tick is damaged");
	*ret_n = TAPE_HEAD + size;
	return do_body(p, (str){ p->body.p, (size_t)size }) ? 0 : -EINVAL;
}

/* Its sum is right and it makes no sense: what it changed before that was seen is taken back. */
static int take_back(struct player *p)
{
	uint64_t until = p->at, n;
	struct shelf fresh;

	if (shelf_open(&fresh) < 0)
		return -ENOMEM;
	shelf_close(&p->shelf);
	p->shelf = fresh;
	p->number = 0;
	for (p->at = TAPE_MAGIC.n; p->at < until && read_tick(p, until - p->at, &n) == 0;)
		p->at += n;
	return end(p, "a tick is not understood");
}

int player_next(struct player *p)
{
	uint64_t all = file_size(p->fd), n;
	int r;

	if (p->ended)
		return p->ended;
	if (all <= p->at)
		return end_of_tape(p);
	r = read_tick(p, all - p->at, &n);
	if (r == -EINVAL)
		return take_back(p);
	if (r < 0)
		return r;
	p->at += n;
	p->ticks++;
	return 0;
}

const struct host_clock *player_clock(const struct player *p)
{
	return &p->clock;
}

const char *player_damage(const struct player *p)
{
	return p->damage[0] ? p->damage : NULL;
}

int player_read(
	const struct player *p, enum shelf_kind kind, const char *path, struct arena *a, str *ret)
{
	uint32_t id = shelf_find(&p->shelf, kind, path);

	return id == NAMES_NONE ? -HOST_NOT_RECORDED : shelved_take(&p->shelf.items[id], a, ret);
}
