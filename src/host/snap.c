/*
 * A snap copies all that is read from the live machine into a directory that can stand in for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/say.h"
#include "host/door.h"

enum { MAX_LINKS = 40 };

struct snapper {
	int root;
	json_t *files, *lists;
	int64_t wall_ns, mono_ns, boot_ns;
	int error; /* of the first copy that could not be written */
	bool finished;
};

static bool is_empty(int dir)
{
	struct arena a;
	str names = { NULL, 0 };
	int copy = dup(dir);
	bool empty = false;

	if (copy >= 0 && arena_open(&a, 16 << 20) == 0) {
		empty = list_all(copy, &a, &names) == 0 && names.n == 0;
		arena_close(&a);
	}
	return empty;
}

int snapper_open(const char *dir, struct snapper **ret)
{
	OWN_FD root = -1;
	struct snapper *s;

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return -errno;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	if (!is_empty(root))
		return -EEXIST;
	s = own_alloc(1, sizeof(*s));
	*s = (struct snapper){
		.root = own_take_fd(&root),
		.files = json_object(),
		.lists = json_object(),
		.wall_ns = clock_wall_ns(),
		.mono_ns = clock_mono_ns(),
		.boot_ns = clock_boot_ns(),
	};
	*ret = s;
	return 0;
}

static void make_parents(int root, const char *path)
{
	char part[PATH_BYTES];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdirat(root, part, 0777);
	}
}

/* Append a link's target or a name to a path without links, taking "." and ".." at their word. */
static void append(char path[PATH_BYTES], str part)
{
	size_t n = strlen(path);
	char *slash;

	if (part.n == 0 || str_is(part, "."))
		return;
	if (str_is(part, "..")) {
		slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
		return;
	}
	snprintf(path + n, PATH_BYTES - n, "%s%.*s", n ? "/" : "", STR_ARG(part));
}

/*
 * sysfs is a web of links. The copy gets each link that a path went through, so that joins by path
 * hold in it as they do live; the outcome is the path without links, where the file is written.
 */
static int copy_links(struct snapper *s, const char *path, char out[PATH_BYTES])
{
	char left[PATH_BYTES], target[PATH_BYTES], next[PATH_BYTES];

	snprintf(left, sizeof(left), "%s", path);
	out[0] = '\0';
	for (int links = 0; left[0];) {
		str name = str_of(left), rest = { "", 0 };
		char with[PATH_BYTES], live[PATH_BYTES + 1];
		ssize_t n;

		str_cut(name, '/', &name, &rest);
		snprintf(with, sizeof(with), "%s", out);
		append(with, name);
		snprintf(live, sizeof(live), "/%s", with);
		n = rest.n ? readlink(live, target, sizeof(target) - 1) : -1;
		if (n < 0) {
			snprintf(out, PATH_BYTES, "%s", with);
			snprintf(next, sizeof(next), "%.*s", STR_ARG(rest));
		} else {
			target[n] = '\0';
			if (++links > MAX_LINKS)
				return -ELOOP;
			make_parents(s->root, with);
			symlinkat(target, s->root, with);
			if (target[0] == '/')
				out[0] = '\0';
			if ((size_t)snprintf(next, sizeof(next), "%s/%.*s",
				    target[0] == '/' ? target + 1 : target,
				    STR_ARG(rest)) >= sizeof(next))
				return -ENAMETOOLONG;
		}
		snprintf(left, sizeof(left), "%s", next);
	}
	return 0;
}

/*
 * proc has links of its own (proc/net goes through the reader's number); they are copied as
 * directories.
 */
static int place(struct snapper *s, const char *path, char out[PATH_BYTES])
{
	if (str_starts(str_of(path), STR("sys/")))
		return copy_links(s, path, out);
	snprintf(out, PATH_BYTES, "%s", path);
	return 0;
}

static int write_copy(struct snapper *s, const char *path, str bytes)
{
	char where[PATH_BYTES];
	OWN_FD fd = -1;
	int r = place(s, path, where);

	if (r < 0)
		return r;
	make_parents(s->root, where);
	fd = openat(s->root, where, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0)
		return -errno;
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

static void note_copy(struct snapper *s, const char *path, int r)
{
	if (r < 0 && s->error == 0) {
		s->error = r;
		say("snap: %s could not be copied: %s; free some space or choose another directory",
			path, strerror(-r));
	}
}

static json_t *note_read(struct snapper *s, const char *path, int error, int64_t begin_ns)
{
	json_t *entry = json_pack("{s:I, s:I}", "begin_ns", (json_int_t)begin_ns, "end_ns",
		(json_int_t)clock_mono_ns());

	if (error < 0)
		json_object_set_new(entry, "errno", json_string(strerrorname_np(-error)));
	json_object_set_new(s->files, path, entry);
	return entry;
}

void snapper_file(struct snapper *s, const char *path, int error, str bytes, int64_t begin_ns)
{
	json_t *entry = note_read(s, path, error, begin_ns);

	if (error == 0) {
		json_object_set_new(entry, "bytes", json_integer((json_int_t)bytes.n));
		note_copy(s, path, write_copy(s, path, bytes));
	}
}

void snapper_link(struct snapper *s, const char *path, int error, str target, int64_t begin_ns)
{
	char where[PATH_BYTES];
	int r;

	note_read(s, path, error, begin_ns);
	if (error < 0)
		return;
	r = place(s, path, where);
	if (r == 0) {
		make_parents(s->root, where);
		r = symlinkat(target.p, s->root, where) < 0 && errno != EEXIST ? -errno : 0;
	}
	note_copy(s, path, r);
}

void snapper_list(struct snapper *s, const char *path, int error, str names, int64_t begin_ns)
{
	json_t *list;
	str name;

	note_read(s, path, error, begin_ns);
	if (error < 0)
		return;
	list = json_array();
	while (str_next_line(&names, &name))
		json_array_append_new(list, json_stringn(name.p, name.n));
	json_object_set_new(s->lists, path, list);
}

/* What was read once is read from the copy: two collectors that share a file see the same bytes. */
bool snapper_has(struct snapper *s, struct arena *a, const char *path, int *ret_error, str *ret)
{
	json_t *entry = json_object_get(s->files, path);
	const char *error = json_string_value(json_object_get(entry, "errno"));
	OWN_FD fd = -1;

	if (!entry)
		return false;
	if (error) {
		*ret_error = -manifest_error_of_name(error);
		return true;
	}
	if (json_object_get(s->lists, path))
		return false;
	fd = openat(s->root, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	*ret_error = read_all(fd, a, false, ret);
	return true;
}

static void write_manifest(struct snapper *s)
{
	char taken[CLOCK_TEXT], boot_id[64] = "";
	OWN_FILE in = fopen("/proc/sys/kernel/random/boot_id", "re");
	OWN_MEMORY char *text = NULL;
	json_t *whole;

	if (in && fgets(boot_id, sizeof(boot_id), in))
		boot_id[strcspn(boot_id, "\n")] = '\0';
	whole = json_pack("{s:{s:s, s:i}, s:s, s:s, s:s, s:I, s:I, s:I, s:i, s:O, s:O}", "schema",
		"name", "faultline.snap", "version", 1, "faultline", FAULTLINE_VERSION, "boot_id",
		boot_id, "time", clock_format(s->wall_ns, taken), "wall_ns", (json_int_t)s->wall_ns,
		"mono_ns", (json_int_t)s->mono_ns, "boot_ns", (json_int_t)s->boot_ns, "uid",
		(int)getuid(), "files", s->files, "lists", s->lists);
	text = whole ? json_dumps(whole, JSON_INDENT(1)) : NULL;
	json_decref(whole);
	note_copy(
		s, "manifest.json", text ? write_copy(s, "manifest.json", str_of(text)) : -ENOMEM);
}

int snapper_finish(struct snapper *s)
{
	if (!s->finished)
		write_manifest(s);
	s->finished = true;
	return s->error;
}

struct snapper *snapper_close(struct snapper *s)
{
	if (!s)
		return NULL;
	snapper_finish(s);
	json_decref(s->files);
	json_decref(s->lists);
	own_close_fd(&s->root);
	free(s);
	return NULL;
}
