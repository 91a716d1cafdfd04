/* Finding the cases of a corpus. */
#include "score/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_there(const char *path, mode_t kind)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* What is open comes before what is packed, and a store before a tape. */
static void find_recording(const char *dir, struct arena *arena, struct corpus_case *c)
{
	static const struct {
		const char *name;
		mode_t kind;
		enum corpus_packing packing;
	} forms[] = {
		{ "recording.store", S_IFREG, NOT_PACKED },
		{ "recording", S_IFDIR, NOT_PACKED },
		{ "recording.store.xz", S_IFREG, PACKED_STORE },
		{ "recording.tar.xz", S_IFREG, PACKED_TAPE },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms) && !c->recording; i++) {
		const char *path = arena_printf(arena, "%s/%s/%s", dir, c->name, forms[i].name);

		if (!is_there(path, forms[i].kind))
			continue;
		c->recording = path;
		c->packing = forms[i].packing;
	}
}

static int read_case(const char *dir, const char *name, struct arena *arena,
	struct corpus_case *ret, const char **ret_problem)
{
	const char *path = arena_printf(arena, "%s/%s/label.json", dir, name);

	*ret = (struct corpus_case){ .name = arena_copy(arena, str_of(name)).p };
	if (!ret->name)
		return -ENOMEM;
	find_recording(dir, arena, ret);
	return label_read(path, ret->name, arena, &ret->label, ret_problem);
}

/* What begins with a dot, and plain files beside the cases, are no cases. */
static bool is_case(const char *dir, const char *name, struct arena *arena)
{
	char *before = arena_mark(arena);
	bool is;

	if (name[0] == '.')
		return false;
	is = is_there(arena_printf(arena, "%s/%s", dir, name), S_IFDIR);
	arena_release(arena, before);
	return is;
}

static int read_cases(struct dirent **entries, size_t n, const char *only, struct arena *arena,
	struct corpus *c, const char **ret_problem)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		int r;

		if ((only && strcmp(only, name) != 0) || !is_case(c->dir, name, arena))
			continue;
		if (c->n_cases == CORPUS_CASES) {
			*ret_problem = arena_printf(arena,
				"%s: more than %d cases; score parts of it with --only", c->dir,
				CORPUS_CASES);
			return -EBADMSG;
		}
		r = read_case(c->dir, name, arena, &c->cases[c->n_cases++], ret_problem);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_entries(struct dirent **entries, size_t n, const char *only, struct arena *arena,
	struct corpus *c, const char **ret_problem)
{
	int r;

	c->cases = arena_take(arena, CORPUS_CASES * sizeof(*c->cases));
	if (!c->cases)
		return -ENOMEM;
	r = read_cases(entries, n, only, arena, c, ret_problem);
	if (r == 0 && !c->n_cases) {
		*ret_problem =
			only ? arena_printf(arena, "%s: no case is called %s; ls shows the names",
				       c->dir, only)
			     : arena_printf(arena,
				       "%s: no case in it; a case is a directory with label.json",
				       c->dir);
		return -EBADMSG;
	}
	return r;
}

static int order_of_names(const void *a, const void *b)
{
	const struct dirent *x = *(struct dirent *const *)a, *y = *(struct dirent *const *)b;

	return strcmp(x->d_name, y->d_name);
}

int corpus_read(const char *dir, const char *only, struct arena *arena, struct corpus *ret,
	const char **ret_problem)
{
	struct corpus c = { .dir = dir };
	struct dirent **entries;
	int r, n = scandir(dir, &entries, NULL, NULL);

	if (n < 0) {
		*ret_problem = arena_printf(arena,
			"%s: %s; give the directory that holds the cases", dir, strerror(errno));
		return -EBADMSG;
	}
	/* by bytes, whatever the language of the user: the table is the same everywhere */
	qsort(entries, (size_t)n, sizeof(*entries), order_of_names);
	r = read_entries(entries, (size_t)n, only, arena, &c, ret_problem);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	if (r == -ENOMEM)
		*ret_problem = "no memory for the corpus; free some, or score a part with --only";
	if (r < 0)
		return -EBADMSG;
	*ret = c;
	return 0;
}
