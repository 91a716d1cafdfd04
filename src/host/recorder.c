/*
 * The writing side of recordings. What is read in a tick is compared with what was read in the one
 * before, and packed if it differs; nothing is written while the tick goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "host/door.h"
#include "host/patch.h"
#include "host/tape.h"

struct recorder {
	int root, tape;
	struct shelf shelf;
	struct pack body, payload;
	struct host_clock first, clock;
	int64_t every_ns;
	uint64_t size;          /* of the file: whole ticks */
	uint32_t tick, on_tape; /* keys that the tape knows */
	int error;
};

static int64_t now_ns(struct host_clock *clock)
{
	clock->wall_ns = clock_wall_ns();
	clock->boot_ns = clock_boot_ns();
	clock->mono_ns = clock_mono_ns();
	return clock->mono_ns;
}

static int write_all(int fd, str bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes = str_from(bytes, (size_t)n);
	}
	return 0;
}

/* Half a tick helps nobody: the tape ends where the last whole one does. */
static int append(struct recorder *rec, str bytes)
{
	int r = write_all(rec->tape, bytes);

	if (r == 0)
		rec->size += bytes.n;
	else if (ftruncate(rec->tape, (off_t)rec->size) == 0)
		lseek(rec->tape, (off_t)rec->size, SEEK_SET);
	return r;
}

static void read_boot_id(char out[static 64])
{
	OWN_FILE in = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!in || !fgets(out, 64, in))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static char *manifest_text(const struct recorder *rec, bool finished)
{
	char taken[CLOCK_TEXT], boot_id[64];
	json_t *whole;
	char *text;

	read_boot_id(boot_id);
	whole = json_pack("{s:{s:s, s:i}, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:i}", "schema",
		"name", TAPE_SCHEMA, "version", TAPE_MANIFEST_VERSION, "faultline",
		FAULTLINE_VERSION, "boot_id", boot_id, "time",
		clock_format(rec->first.wall_ns, taken), "wall_ns", (json_int_t)rec->first.wall_ns,
		"mono_ns", (json_int_t)rec->first.mono_ns, "boot_ns",
		(json_int_t)rec->first.boot_ns, "every_ns", (json_int_t)rec->every_ns, "uid",
		(int)getuid());
	if (whole && finished)
		json_object_set_new(whole, "ticks", json_integer((json_int_t)rec->tick));
	text = whole ? json_dumps(whole, JSON_INDENT(1)) : NULL;
	json_decref(whole);
	return text;
}

/* Replaced in one step: a recording that is killed has the old one or the new one. */
static int write_manifest(const struct recorder *rec, bool finished)
{
	OWN_MEMORY char *text = manifest_text(rec, finished);
	OWN_FD fd = openat(rec->root, "manifest.json.new",
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	int r;

	if (!text)
		return -ENOMEM;
	if (fd < 0)
		return -errno;
	r = write_all(fd, str_of(text));
	if (r == 0)
		r = write_all(fd, STR("\n"));
	if (r == 0 && renameat(rec->root, "manifest.json.new", rec->root, "manifest.json") < 0)
		r = -errno;
	if (r < 0)
		unlinkat(rec->root, "manifest.json.new", 0);
	return r;
}

int recorder_open(const char *dir, int64_t every_ns, struct recorder **ret)
{
	struct recorder *rec;
	int r = 0;

	if (mkdir(dir, 0777) < 0)
		return -errno;
	rec = own_alloc(1, sizeof(*rec));
	rec->every_ns = every_ns;
	rec->tape = -1;
	now_ns(&rec->first);
	rec->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rec->root >= 0)
		rec->tape = openat(rec->root, "tape",
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (rec->tape < 0)
		r = -errno;
	if (r == 0)
		r = shelf_open(&rec->shelf);
	if (r == 0)
		r = append(rec, TAPE_MAGIC);
	if (r == 0)
		r = write_manifest(rec, false);
	if (r < 0)
		recorder_close(rec);
	else
		*ret = rec;
	return r;
}

struct recorder *recorder_close(struct recorder *rec)
{
	if (!rec)
		return NULL;
	shelf_close(&rec->shelf);
	pack_free(&rec->body);
	pack_free(&rec->payload);
	own_close_fd(&rec->tape);
	own_close_fd(&rec->root);
	free(rec);
	return NULL;
}

void recorder_begin(struct recorder *rec)
{
	now_ns(&rec->clock);
	rec->clock.tick = rec->tick;
	rec->clock.end_ns = 0;
	rec->tick++;
	rec->body.n = 0;
	pack_u64(&rec->body, rec->clock.tick);
	pack_u64(&rec->body, (uint64_t)rec->clock.wall_ns);
	pack_u64(&rec->body, (uint64_t)rec->clock.mono_ns);
	pack_u64(&rec->body, (uint64_t)rec->clock.boot_ns);
	for (unsigned i = 0; i < 3; i++)
		pack_u64(&rec->body, 0); /* the end, when it is known */
}

const struct host_clock *recorder_clock(const struct recorder *rec)
{
	return &rec->clock;
}

bool recorder_has(const struct recorder *rec, enum shelf_kind kind, const char *path,
	struct arena *a, int *ret_error, str *ret)
{
	uint32_t id = shelf_find(&rec->shelf, kind, path);

	if (id == NAMES_NONE || !rec->shelf.items[id].there ||
		rec->shelf.items[id].tick != rec->tick)
		return false;
	*ret_error = shelved_take(&rec->shelf.items[id], a, ret);
	return true;
}

static void put_record(struct recorder *rec, enum tape_record kind)
{
	pack_number(&rec->body, kind);
	pack_text(&rec->body, (str){ rec->payload.p, rec->payload.n });
}

static void begin_payload(struct recorder *rec, uint32_t id)
{
	int64_t ns = clock_mono_ns() - rec->clock.mono_ns;

	rec->payload.n = 0;
	pack_number(&rec->payload, id);
	pack_number(&rec->payload, ns > 0 ? (uint64_t)(ns / MS_NS) : 0);
}

static uint32_t key_number(struct recorder *rec, enum shelf_kind kind, const char *path)
{
	char buffer[SHELF_KEY];
	str key = shelf_spell(kind, path, buffer);
	uint32_t id = key.n ? shelf_add(&rec->shelf, key) : NAMES_NONE;

	if (id != NAMES_NONE && id >= rec->on_tape) {
		rec->payload.n = 0;
		pack_bytes(&rec->payload, key);
		put_record(rec, TAPE_KEY);
		rec->on_tape = id + 1;
	}
	return id;
}

static void put_text(struct recorder *rec, uint32_t id, struct shelved *item, str text)
{
	enum patch_unit unit =
		shelf_kind_of(&rec->shelf, id) == SHELF_ASK ? PATCH_BYTES4 : PATCH_WORDS;
	bool patched = false;

	begin_payload(rec, id);
	if (item->there && item->error == 0)
		patched = patch_make(&rec->payload, unit, (str){ item->bytes, item->n }, text);
	if (!patched)
		pack_bytes(&rec->payload, text);
	put_record(rec, patched ? TAPE_PATCH : TAPE_TEXT);
	shelved_put(item, text);
}

void recorder_put(struct recorder *rec, enum shelf_kind kind, const char *path, int error, str text)
{
	uint32_t id = key_number(rec, kind, path);
	struct shelved *item;

	if (id == NAMES_NONE) {
		rec->error = rec->error ? rec->error : -E2BIG;
		return;
	}
	item = &rec->shelf.items[id];
	item->tick = rec->tick;
	if (error < 0 && !(item->there && item->error == error)) {
		begin_payload(rec, id);
		pack_number(&rec->payload, (uint64_t)-error);
		put_record(rec, TAPE_ERROR);
		shelved_fail(item, error);
	}
	if (error == 0 &&
		!(item->there && item->error == 0 && str_eq((str){ item->bytes, item->n }, text)))
		put_text(rec, id, item, text);
}

/* Lists are read every ten seconds only, and hold until they are read again. */
static bool is_lasting(enum shelf_kind kind)
{
	return kind == SHELF_LIST || kind == SHELF_NAMESPACES;
}

static void put_gone(struct recorder *rec)
{
	uint32_t last = 0;

	rec->payload.n = 0;
	for (uint32_t id = 0; id < rec->shelf.keys.n; id++) {
		struct shelved *item = &rec->shelf.items[id];

		if (!item->there || item->tick == rec->tick ||
			is_lasting(shelf_kind_of(&rec->shelf, id)))
			continue;
		pack_number(&rec->payload, id - last);
		last = id;
		shelved_drop(item);
	}
	if (rec->payload.n)
		put_record(rec, TAPE_GONE);
}

static void put_at(struct pack *pack, size_t at, uint64_t value)
{
	size_t n = pack->n;

	pack->n = at;
	pack_u64(pack, value);
	pack->n = n;
}

int recorder_end(struct recorder *rec)
{
	struct pack head = { 0 };
	struct host_clock end;
	int r = rec->error;

	put_gone(rec);
	rec->clock.end_ns = now_ns(&end);
	put_at(&rec->body, 32, (uint64_t)end.wall_ns);
	put_at(&rec->body, 40, (uint64_t)end.mono_ns);
	put_at(&rec->body, 48, (uint64_t)end.boot_ns);
	pack_bytes(&head, TAPE_TICK);
	pack_u64(&head, rec->body.n);
	pack_u64(&head, hash_bytes(rec->body.p, rec->body.n));
	if (r == 0 && rec->body.n > TAPE_BODY)
		r = -EFBIG;
	pack_bytes(&head, (str){ rec->body.p, rec->body.n });
	if (r == 0)
		r = append(rec, (str){ head.p, head.n });
	pack_free(&head);
	rec->error = r;
	rec->tick -= r < 0;
	return r;
}

uint32_t recorder_ticks(const struct recorder *rec)
{
	return rec->tick;
}

int recorder_finish(struct recorder *rec)
{
	return rec->error ? rec->error : write_manifest(rec, true);
}
