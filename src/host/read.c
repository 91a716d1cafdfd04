/* Reading a whole file or directory into an arena. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"

enum { FIRST_READ = 4096 };

static ssize_t read_at(int fd, char *to, size_t n, size_t at)
{
	ssize_t got;

	do
		got = pread(fd, to, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got;
}

/*
 * The text grows at the tip of the arena, so that a file of any length costs one copy. sysfs gives
 * a value in one piece: a short read is its end (whole_at_once). A file of proc ends only where 0
 * is read.
 */
int read_all(int fd, struct arena *a, bool whole_at_once, str *ret)
{
	char *start = arena_mark(a);
	size_t n = 0, room = FIRST_READ;

	for (;;) {
		size_t left = (size_t)(a->end - start);
		ssize_t got;

		if (n == HOST_MAX_FILE || n + 1 >= left)
			return -EFBIG;
		if (room > left - n - 1)
			room = left - n - 1;
		if (room > HOST_MAX_FILE - n)
			room = HOST_MAX_FILE - n;
		got = read_at(fd, start + n, room, n);
		if (got < 0)
			return -errno;
		n += (size_t)got;
		if (got == 0 || (whole_at_once && (size_t)got < room))
			break;
		room = n;
		if (room < FIRST_READ)
			room = FIRST_READ;
	}
	arena_take(a, n + 1);
	start[n] = '\0';
	*ret = (str){ start, n };
	return 0;
}

int read_first(int fd, struct arena *a, size_t most, str *ret)
{
	char *text = arena_take(a, most + 1);
	ssize_t got;

	if (!text)
		return -EFBIG;
	got = read_at(fd, text, most, 0);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	*ret = (str){ text, (size_t)got };
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return str_order(*(const str *)a, *(const str *)b);
}

static int gather(DIR *dir, struct arena *a, str **ret_names, size_t *ret_n)
{
	size_t n = 0, cap = 64;
	str *names = own_alloc(cap, sizeof(*names));

	for (;;) {
		const struct dirent *entry;
		str name;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		name = str_of(entry->d_name);
		/* a name with a line end could pass for two: no kernel directory has one */
		if (str_is(name, ".") || str_is(name, "..") || str_has(name, '\n'))
			continue;
		if (n == HOST_MAX_NAMES) {
			errno = E2BIG;
			break;
		}
		if (n == cap)
			names = own_grow(names, cap *= 2, sizeof(*names));
		name = str_of(
			arena_printf(a, "%s%s", entry->d_name, entry->d_type == DT_DIR ? "/" : ""));
		if (name.n)
			names[n++] = name;
	}
	*ret_names = names;
	*ret_n = n;
	return -errno;
}

int list_all(int fd, struct arena *a, str *ret)
{
	DIR *dir = fdopendir(fd);
	OWN_MEMORY str *names = NULL;
	size_t n = 0, size = 1;
	char *text, *to;
	int r;

	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	r = gather(dir, a, &names, &n);
	closedir(dir);
	if (r < 0)
		return r;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++)
		size += names[i].n + 1;
	text = to = arena_take(a, size);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		memcpy(to, names[i].p, names[i].n);
		to += names[i].n;
		*to++ = '\n';
	}
	*to = '\0';
	*ret = (str){ text, size - 1 };
	return 0;
}
