/* The manifest of a snap, read back: which reads failed and how, and what the directories held. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "host/door.h"
#include "host/tape.h"

struct manifest {
	json_t *files, *lists;
	json_t *whole;
};

int manifest_error_of_name(const char *name)
{
	for (int error = 1; error < 200; error++) {
		const char *known = strerrorname_np(error);

		if (known && strcmp(known, name) == 0)
			return error;
	}
	return EIO; /* an errno of a newer system: it was a failure all the same */
}

int manifest_load(int root, struct manifest **ret)
{
	OWN_FD fd = openat(root, "manifest.json", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct manifest *m;
	json_t *whole;

	if (fd < 0)
		return -errno;
	whole = json_loadfd(fd, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(whole)) {
		json_decref(whole);
		return -EBADMSG;
	}
	m = own_alloc(1, sizeof(*m));
	m->whole = whole;
	m->files = json_object_get(whole, "files");
	m->lists = json_object_get(whole, "lists");
	*ret = m;
	return 0;
}

struct manifest *manifest_free(struct manifest *m)
{
	if (m)
		json_decref(m->whole);
	free(m);
	return NULL;
}

int64_t manifest_taken_ns(const struct manifest *m)
{
	return json_integer_value(json_object_get(m->whole, "wall_ns"));
}

bool manifest_is_tape(const struct manifest *m)
{
	const char *name =
		json_string_value(json_object_get(json_object_get(m->whole, "schema"), "name"));

	return name && strcmp(name, TAPE_SCHEMA) == 0;
}

int64_t manifest_version(const struct manifest *m)
{
	return json_integer_value(json_object_get(json_object_get(m->whole, "schema"), "version"));
}

int64_t manifest_ticks(const struct manifest *m)
{
	const json_t *ticks = json_object_get(m->whole, "ticks");

	return json_is_integer(ticks) ? json_integer_value(ticks) : -1;
}

int manifest_error(const struct manifest *m, const char *path)
{
	const json_t *entry = json_object_get(m->files, path);
	const char *name = json_string_value(json_object_get(entry, "errno"));

	if (!entry)
		return json_object_get(m->lists, path) ? 0 : -HOST_NOT_RECORDED;
	return name ? -manifest_error_of_name(name) : 0;
}

bool manifest_list(const struct manifest *m, struct arena *a, const char *dir, str *ret)
{
	const json_t *names = json_object_get(m->lists, dir), *name;
	size_t i, n = 0;
	char *start, *to;

	if (!json_is_array(names))
		return false;
	json_array_foreach(names, i, name) n += json_string_length(name) + 1;
	start = to = arena_take(a, n + 1);
	if (!start)
		return false;
	json_array_foreach(names, i, name)
	{
		if (!json_is_string(name))
			continue;
		memcpy(to, json_string_value(name), json_string_length(name));
		to += json_string_length(name);
		*to++ = '\n';
	}
	*to = '\0';
	*ret = (str){ start, (size_t)(to - start) };
	return true;
}
