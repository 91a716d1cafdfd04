/* The door of test_bad_input: the linker puts __wrap_host_read() in the place of host_read(), and
 * so on. */
#include "damaged_door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/host.h"

int __real_host_read(
	struct host *h, struct arena *a, unsigned ns, const char *path, int *fd, str *ret);
int __real_host_read_head(struct host *h, struct arena *a, unsigned ns, const char *path,
	size_t most, int *fd, str *ret);
int __real_host_link(struct host *h, struct arena *a, unsigned ns, const char *path, str *ret);
int __real_host_list(struct host *h, struct arena *a, unsigned ns, const char *dir, str *ret);
int __real_host_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);
void __real_host_find_namespaces(struct host *h, str proc);
int __wrap_host_read(
	struct host *h, struct arena *a, unsigned ns, const char *path, int *fd, str *ret);
int __wrap_host_read_head(struct host *h, struct arena *a, unsigned ns, const char *path,
	size_t most, int *fd, str *ret);
int __wrap_host_link(struct host *h, struct arena *a, unsigned ns, const char *path, str *ret);
int __wrap_host_list(struct host *h, struct arena *a, unsigned ns, const char *dir, str *ret);
int __wrap_host_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret);
void __wrap_host_find_namespaces(struct host *h, str proc);

struct record records[RECORDS];
struct names keys;
static struct arena recorded;
static bool namespaces_found;

struct damage damage = { .record = NAMES_NONE };

static uint32_t known(char op, unsigned ns, const char *path)
{
	char key[4600];

	damage.reads++;
	snprintf(key, sizeof(key), "%c%u/%s", op, ns, path);
	return names_add(&keys, str_of(key));
}

static int serve(uint32_t id, struct arena *a, str *ret)
{
	int error = records[id].error;
	str text = records[id].text, copy;

	if (id == damage.record) {
		damage.served++;
		error = damage.error;
		text = damage.text;
	}
	if (error < 0)
		return error;
	copy = arena_copy(a, text);
	if (!copy.p)
		return -EFBIG;
	*ret = copy;
	return 0;
}

static bool is_new(uint32_t id)
{
	if (id >= RECORDS)
		abort();
	return records[id].op == 0;
}

static int keep(uint32_t id, char op, int r, const str *text)
{
	records[id] =
		(struct record){ op, r, r == 0 ? arena_copy(&recorded, *text) : (str){ "", 0 } };
	return r;
}

int __wrap_host_read(
	struct host *h, struct arena *a, unsigned ns, const char *path, int *fd, str *ret)
{
	uint32_t id = known('R', ns, path);

	(void)fd;
	return is_new(id) ? keep(id, 'R', __real_host_read(h, a, ns, path, NULL, ret), ret)
			  : serve(id, a, ret);
}

int __wrap_host_read_head(struct host *h, struct arena *a, unsigned ns, const char *path,
	size_t most, int *fd, str *ret)
{
	uint32_t id = known('R', ns, path);

	(void)fd;
	return is_new(id)
		       ? keep(id, 'R', __real_host_read_head(h, a, ns, path, most, NULL, ret), ret)
		       : serve(id, a, ret);
}

int __wrap_host_link(struct host *h, struct arena *a, unsigned ns, const char *path, str *ret)
{
	uint32_t id = known('L', ns, path);

	return is_new(id) ? keep(id, 'L', __real_host_link(h, a, ns, path, ret), ret)
			  : serve(id, a, ret);
}

int __wrap_host_list(struct host *h, struct arena *a, unsigned ns, const char *dir, str *ret)
{
	uint32_t id = known('D', ns, dir);

	return is_new(id) ? keep(id, 'D', __real_host_list(h, a, ns, dir, ret), ret)
			  : serve(id, a, ret);
}

int __wrap_host_ask(
	struct host *h, struct arena *a, unsigned ns, const struct host_question *q, str *ret)
{
	uint32_t id = known('A', ns, q->key);

	return is_new(id) ? keep(id, 'A', __real_host_ask(h, a, ns, q, ret), ret)
			  : serve(id, a, ret);
}

void __wrap_host_find_namespaces(struct host *h, str proc)
{
	if (!namespaces_found)
		__real_host_find_namespaces(h, proc);
	namespaces_found = true;
}

int door_open(void)
{
	if (names_open(&keys, RECORDS - 1, 64 << 20) < 0)
		return -ENOMEM;
	return arena_open(&recorded, (size_t)1 << 30);
}

void door_close(void)
{
	names_close(&keys);
	arena_close(&recorded);
}
