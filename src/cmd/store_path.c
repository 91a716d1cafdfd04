/* The default store, and the directory that it lies in. */
#include "cmd/store_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"

bool store_default_path(char out[static STORE_PATH])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n;

	if (geteuid() == 0)
		n = snprintf(out, STORE_PATH, "/var/lib/faultline/store");
	else if (state && state[0] == '/')
		n = snprintf(out, STORE_PATH, "%s/faultline/store", state);
	else if (home && home[0] == '/')
		n = snprintf(out, STORE_PATH, "%s/.local/state/faultline/store", home);
	else
		return false;
	return n > 0 && n < STORE_PATH;
}

/* SQLite does not tell a read-only file system from one that is not ours. */
static bool can_write_in(const char *dir)
{
	if (access(dir, W_OK) == 0)
		return true;
	say("%s: %s; make it writable, or give --store FILE", dir, strerror(errno));
	return false;
}

bool store_make_directory(const char *path)
{
	char dir[STORE_PATH];
	char *end;

	if (snprintf(dir, sizeof(dir), "%s", path) >= STORE_PATH)
		return true; /* whoever opens it will say so */
	end = strrchr(dir, '/');
	for (char *slash = dir + 1; end && slash <= end; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(dir, 0750) < 0 && errno != EEXIST && errno != EISDIR) {
			say("%s: %s; make it, or give --store FILE", dir, strerror(errno));
			return false;
		}
		*slash = '/';
	}
	return can_write_in(end == dir ? "/" : end ? (*end = '\0', dir) : ".");
}

const char *store_trouble(int error)
{
	return error == -EBADMSG ? "what the disk gives back of it is damaged" : strerror(-error);
}
